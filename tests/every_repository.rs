//! Every repository that git can make, one named test each: how packs lie, where objects come from,
//! what is left out on purpose, what leads to commits, and what happens while we read. In each a secret
//! is hidden where only that kind of repository keeps it, and the built program must find it, label
//! it rightly and say what is not there.
//!
//! (`hiding_places` goes through all the places in one repository; `hostile` through damage done on
//! purpose.)

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

#[path = "every_repository/borrowed.rs"]
mod borrowed;
#[path = "every_repository/bundles.rs"]
mod bundles;
#[path = "every_repository/formats.rs"]
mod formats;
#[path = "every_repository/life.rs"]
mod life;
#[path = "every_repository/moving.rs"]
mod moving;
#[path = "every_repository/named.rs"]
mod named;
#[path = "every_repository/packs.rs"]
mod packs;
#[path = "every_repository/partial.rs"]
mod partial;
#[path = "every_repository/submodules.rs"]
mod submodules;
mod support;

use std::path::Path;

use serde_json::Value;

use support::{
    program::{self, Run},
    repository::Repo,
    token,
};

/// Three commits: a secret that came and went, one that stayed, and enough versions of a long file
/// that git makes deltas.
fn with_history() -> Repo {
    let repo = Repo::with_commit();
    let text = |end: &str| format!("{}{end}\n", "a line like any other\n".repeat(200));
    repo.commit_file("config.txt", text(&token("gone")));
    repo.commit_file("config.txt", text("nothing"));
    repo.commit_file("kept.txt", text(&token("kept")));
    repo
}
const IN_HISTORY: [&str; 2] = ["gone", "kept"];

/// Runs a job, which must find these secrets and no others, with gaps of these reasons and no
/// others.
fn finds_with_gaps(folder: &Path, words: &str, names: &[&str], reasons: &[&str]) -> Run {
    let run = program::report(folder, words);
    let mut secrets: Vec<String> = names.iter().map(|name| token(name)).collect();
    secrets.sort();
    assert_eq!(run.secrets(), secrets, "{names:?}: {run}");
    assert_eq!(run.gap_reasons(), reasons, "{run}");
    run
}

/// The same, everything read.
fn finds(folder: &Path, words: &str, names: &[&str]) -> Run {
    let run = finds_with_gaps(folder, words, names, &[]);
    let code = if names.is_empty() { 0 } else { 1 };
    assert_eq!((run.code, &run.json()["complete"]), (Some(code), &Value::Bool(true)), "{run}");
    run
}

/// The finding of a secret.
fn finding(run: &Run, name: &str) -> Value {
    let report = run.json();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|one| one["secret"] == token(name).as_str()).unwrap().clone()
}

/// `part standing path` of each of a secret's places.
fn places(run: &Run, name: &str) -> Vec<String> {
    let finding = finding(run, name);
    let places = finding["places"].as_array().unwrap();
    let words = ["part", "standing", "path"];
    let told = |place: &Value| words.map(|word| place[word].as_str().unwrap_or("-")).join(" ");
    places.iter().map(told).collect()
}

/// The gap of a reason, in words.
fn gap_detail(run: &Run, reason: &str) -> String {
    let report = run.json();
    let mut gaps = report["gaps"].as_array().unwrap().iter();
    gaps.find(|gap| gap["reason"] == reason).unwrap()["detail"].as_str().unwrap().to_owned()
}
