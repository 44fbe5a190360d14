//! What a test expects of a secret's places, and the comparison with a report.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

use crate::support::{
    LENGTH,
    program::{self, Run},
    token,
};

/// One place as the report should tell it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) part: String,
    pub(crate) standing: String,
    pub(crate) path: Option<String>,
    /// First line and column, last line and column.
    pub(crate) region: Option<[u64; 4]>,
    pub(crate) commit: Option<String>,
    pub(crate) layers: Vec<String>,
}

/// A place in a part of the source, at a standing; all else unknown.
pub(crate) fn place(part: &str, standing: &str) -> Place {
    Place {
        part: part.to_owned(),
        standing: standing.to_owned(),
        path: None,
        region: None,
        commit: None,
        layers: Vec::new(),
    }
}

impl Place {
    /// At a path; one that is no UTF-8 is given percent-encoded.
    pub(crate) fn path(mut self, path: &str) -> Place {
        self.path = Some(path.to_owned());
        self
    }

    /// As plain text of a token's length at a line and column.
    pub(crate) fn at(self, line: u64, column: u64) -> Place {
        self.region([line, column, line, column + LENGTH])
    }

    /// In this region.
    pub(crate) fn region(mut self, region: [u64; 4]) -> Place {
        self.region = Some(region);
        self
    }

    /// Brought in by a commit.
    pub(crate) fn by(mut self, commit: &str) -> Place {
        self.commit = Some(commit.to_owned());
        self
    }

    /// Encoded.
    pub(crate) fn through(mut self, layer: &str) -> Place {
        self.layers.push(layer.to_owned());
        self
    }

    fn read(place: &Value) -> Place {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let region = &place["region"];
        let number = |name: &str| region[name].as_u64().unwrap();
        let names = ["start_line", "start_column", "end_line", "end_column"];
        let bytes = place.get("path_bytes");
        Place {
            part: text(&place["part"]).unwrap(),
            standing: text(&place["standing"]).unwrap(),
            path: text(bytes.unwrap_or(&place["path"])),
            region: region.is_object().then(|| names.map(number)),
            commit: text(&place["commit"]["id"]),
            layers: place["layers"]
                .as_array()
                .map(|layers| layers.iter().filter_map(text).collect())
                .unwrap_or_default(),
        }
    }
}

/// How long a hiding place lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// A ref leads to it, or it is a ref: every clone has it.
    ByRefs,
    /// Only reflogs or other worktrees lead to the object, or nothing does: a copy of the objects
    /// has it, where nothing leads to it; a clone over the network has not.
    AsObject,
    /// It is no object: no clone has it.
    Here,
}

/// A secret by the name it was made from, and all places where it must be found.
#[derive(Debug, Clone)]
pub(crate) struct Hidden {
    pub(crate) name: &'static str,
    pub(crate) kept: Kept,
    pub(crate) places: Vec<Place>,
}

/// Compares a report with what was hidden: every secret once, with these places and no others, and
/// nothing else. What differs, in words.
pub(crate) fn differences(run: &Run, hidden: &[Hidden]) -> Vec<String> {
    let report = run.json();
    let mut found: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let secret = finding["secret"].as_str().unwrap().to_owned();
        found.entry(secret).or_default().push(finding);
    }
    let mut said = Vec::new();
    for Hidden { name, places, .. } in hidden {
        let findings = found.remove(&token(name)).unwrap_or_default();
        let [finding] = findings[..] else {
            said.push(format!("{name}: found {} times", findings.len()));
            continue;
        };
        let mut right = places.clone();
        right.sort();
        let listed = finding["places"].as_array().unwrap();
        let mut seen: Vec<Place> = listed.iter().map(Place::read).collect();
        seen.sort();
        if seen != right {
            said.push(format!("{name}: found at\n{seen:?}\nexpected\n{right:?}"));
        }
        let (count, confidence) = (&finding["place_count"], &finding["confidence"]);
        if *count != right.len() || confidence != "certain" {
            said.push(format!("{name}: {count} places, {confidence}"));
        }
    }
    said.extend(found.values().flatten().map(|finding| format!("not hidden: {finding:#}")));
    said
}

/// Runs a job that must find exactly what was hidden and have read everything.
pub(crate) fn check(what: &str, folder: &Path, words: &str, hidden: &[Hidden]) {
    let run = program::report(folder, words);
    let said = differences(&run, hidden);
    assert!(said.is_empty(), "{what}: {}\n{}", said.join("\n"), run.err);
    let report = run.json();
    assert_eq!(report["gaps"], serde_json::json!([]), "{what}");
    assert_eq!(report["complete"], true, "{what}");
    assert_eq!(run.code, Some(i32::from(!hidden.is_empty())), "{what}: {run}");
}
