//! Places as SARIF locations.

use std::collections::HashSet;

use serde_json::json;
use serde_sarif::sarif::{
    ArtifactLocation, Location, LogicalLocation, PhysicalLocation, Region, VersionControlDetails,
};

use crate::model::{self, Place};

use super::super::{place, time};
use super::{bag, int, literal};

/// The base that relative URIs stand on. The name is the one code-scanning services know; it is not
/// declared in `originalUriBaseIds`, because what folder it was is nobody's business.
pub(super) const ROOT: &str = "%SRCROOT%";

/// GitHub takes at most this many locations a result, the first one included.
const MOST_LOCATIONS: usize = 1000;

/// The location to show, for a finding's first place.
pub(super) fn primary(place: &Place) -> Location {
    location(place)
}

/// The locations of the further places, each with a number and a message that names the commit.
/// Places that would look the same are listed once: GitHub refuses duplicates.
pub(super) fn related(places: &[Place]) -> Vec<Location> {
    let mut seen = HashSet::new();
    let mut locations = Vec::new();
    for place in places.iter().skip(1) {
        let message = message(place);
        if !seen.insert((place::uri_of(place), place.region, message.clone())) {
            continue;
        }
        let mut location = location(place);
        location.id = Some(int(locations.len() as u64 + 1));
        location.message = Some(message.as_str().into());
        location.properties = Some(bag([
            ("standing", Some(json!(place.standing.name()))),
            ("part", Some(json!(place.part.name()))),
            ("inside", place::inside(place).map(|inside| json!(inside))),
            ("decoded", place::decoded(place).map(|decoded| json!(decoded))),
            ("commit", place.commit.as_ref().map(|commit| json!(commit.id.to_string()))),
            ("object", place.object.map(|id| json!(id.to_string()))),
        ]));
        locations.push(location);
        if locations.len() + 1 >= MOST_LOCATIONS {
            break;
        }
    }
    locations
}

fn message(place: &Place) -> String {
    let part = place::part(place.part).map_or_else(String::new, |part| format!(" {part}"));
    let inside = place::inside(place).map(|inside| format!(" at {}", literal(&inside)));
    let decoded = place::decoded(place).map(|decoded| format!(" at {decoded}"));
    let part = part + &inside.or(decoded).unwrap_or_default();
    let standing = place::standing(place.standing);
    match &place.commit {
        Some(commit) => {
            let day = time::day_of_person(&commit.author)
                .map_or_else(String::new, |day| format!(" of {day}"));
            format!("Also{part}, from commit '{}'{day}: {standing}.", commit.id)
        }
        None => format!("Also{part}: {standing}."),
    }
}

fn location(place: &Place) -> Location {
    let physical = PhysicalLocation {
        artifact_location: Some(artifact(place::uri_of(place))),
        // Lines inside a container are none of the file that is named.
        region: Some(region(place.region.filter(|_| !place.is_inside()))),
        ..PhysicalLocation::default()
    };
    Location {
        physical_location: Some(physical),
        logical_locations: place::logical(place).map(|name| {
            vec![LogicalLocation {
                name: Some(name.clone()),
                fully_qualified_name: Some(name),
                kind: Some(if place.is_inside() { "member" } else { "object" }.to_owned()),
                ..LogicalLocation::default()
            }]
        }),
        ..Location::default()
    }
}

/// A URI reference with the base it stands on; an absolute one needs none.
pub(super) fn artifact(uri: String) -> ArtifactLocation {
    let base = (!uri.starts_with("file:")).then(|| ROOT.to_owned());
    ArtifactLocation { uri: Some(uri), uri_base_id: base, ..ArtifactLocation::default() }
}

/// Services want four numbers from 1. A name has no line; it gets the empty region at the start.
fn region(region: Option<model::Region>) -> Region {
    let (start, end) = match region {
        Some(region) => (region.start, region.end),
        None => (model::Position { line: 1, column: 1 }, model::Position { line: 1, column: 1 }),
    };
    // Annotations show only on regions of one line, so a longer one is shown by its start.
    let end = if end.line > start.line { start } else { end };
    Region {
        start_line: Some(int(start.line.max(1))),
        start_column: Some(int(start.column.max(1))),
        end_line: Some(int(start.line.max(1))),
        end_column: Some(int(end.column.max(start.column).max(1))),
        ..Region::default()
    }
}

/// What was scanned, when it is a repository that others know by an address.
pub(super) fn provenance(repository: &model::Repository) -> Option<Vec<VersionControlDetails>> {
    let address = super::super::uri::of_remote(repository.remote.as_deref()?)?;
    let root = ArtifactLocation { uri_base_id: Some(ROOT.to_owned()), ..Default::default() };
    Some(vec![VersionControlDetails {
        as_of_time_utc: None,
        branch: repository.branch.as_ref().map(ToString::to_string),
        mapped_to: Some(root),
        properties: None,
        repository_uri: address,
        revision_id: repository.head.map(|id| id.to_string()),
        revision_tag: None,
    }])
}
