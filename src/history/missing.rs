//! The gaps for what trees list and is not there: of that, what refs or the index lead to.

use bstr::BString;
use rustc_hash::FxHashSet;

use super::links::{Lost, Missing};
use super::swept::Swept;
use super::trace::{Told, Trees, trace_within};
use super::{Graph, Hit, Labels, Objects, Starts};
use crate::model::{Gap, GapReason, ObjectId, ObjectKind, Standing};

/// At most this many missing objects are named one by one.
const MOST_NAMED: usize = 100;

/// The gaps for missing objects that refs or the index lead to. What only unreachable trees list may
/// have been pruned at any time and is no gap. What was noted is sorted. A pass over all trees that was
/// made by the way spares another.
pub fn missing_gaps(
    objects: &impl Objects,
    graph: &Graph,
    labels: &Labels,
    starts: &Starts,
    lost: &Lost,
    swept: Option<&Swept>,
) -> Vec<Gap> {
    let (reason, cause) = if starts.promisor {
        (GapReason::PartialClone, "was left at the server by a partial clone")
    } else {
        (GapReason::MissingObject, "is missing; `git fsck` tells more")
    };
    let mut gaps = Vec::new();
    let mut told = FxHashSet::default();
    let mut tell = |id: ObjectId, path: Option<&BString>, lister: &str| {
        if told.insert(id) && told.len() <= MOST_NAMED {
            let gap = Gap::new(reason, format!("an object that {lister} lists {cause}"));
            let gap = gap.at_object(id);
            gaps.push(match path {
                Some(path) => gap.at_path(path.clone()),
                None => gap,
            });
        }
    };
    for (id, path) in reached(objects, graph, labels, starts, &lost.listed, swept) {
        tell(id, path.as_ref(), "a folder of history");
    }
    for staged in &starts.staged {
        // What is staged need not be in any tree yet.
        if !objects.contains(&staged.blob) {
            tell(staged.blob, Some(&staged.path), "the index");
        }
    }
    if let Some(unnamed @ 1..) = told.len().checked_sub(MOST_NAMED) {
        gaps.push(Gap::new(reason, format!("{unnamed} more objects of which each {cause}")));
    }
    if lost.is_cut {
        let detail = "more objects are missing than could be followed, so that some that refs lead \
                      to may not be named here; `git fsck` names all";
        gaps.push(Gap::new(reason, detail));
    }
    gaps
}

/// The missing objects that refs lead to, each with a path. `missing` is sorted.
fn reached(
    objects: &impl Objects,
    graph: &Graph,
    labels: &Labels,
    starts: &Starts,
    missing: &[Missing],
    swept: Option<&Swept>,
) -> Vec<(ObjectId, Option<BString>)> {
    // Each missing object is traced like a secret: its entry's name in the tree that lists it.
    let mut ids: Vec<ObjectId> = missing.iter().map(|missing| missing.id).collect();
    ids.dedup();
    let hits: Vec<Hit> = missing
        .iter()
        .filter_map(|missing| {
            Some(Hit {
                object: missing.tree,
                kind: ObjectKind::Tree,
                entry: Some(missing.entry.clone()),
                group: ids.binary_search(&missing.id).ok()? as u32,
            })
        })
        .collect();
    let trees = swept.map_or_else(Trees::default, Trees::Listed);
    let traced =
        trace_within(objects, graph, labels, starts, &hits, trees, Told::Places, &|| false);
    let reached = ids.into_iter().zip(traced.groups).filter_map(|(id, group)| {
        let mut sightings = group.sightings.into_iter();
        let sighting = sightings.find(|seen| seen.standing != Standing::Unreachable)?;
        Some((id, sighting.path))
    });
    reached.collect()
}
