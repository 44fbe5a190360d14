//! The oracle of delta inheritance: a search of only what deltas insert finds what a search of every
//! object finds.

use serde_json::Value;

use crate::support::{program, repository::Repo, token};

/// Findings with all their places, without what differs from run to run.
fn findings(repo: &Repo, words: &str) -> Value {
    let run = program::report(repo.root(), words);
    assert_eq!(run.code, Some(1), "{run}");
    run.json()["findings"].clone()
}

/// A file of many lines whose tokens move about, are cut, glued and taken away from version to
/// version, so that seams of deltas fall before, in and behind them.
fn version(number: usize) -> String {
    let mut lines: Vec<String> = (0..400).map(|line| format!("line {line} of the file")).collect();
    for (at, name) in ["one", "two", "three", "four"].iter().enumerate() {
        let line = (at * 97 + number * (at + 1)) % lines.len();
        let token = token(name);
        lines[line] = match (number + at) % 5 {
            0 => token[..30].to_owned(),
            1 => format!("left{token}"),
            2 => format!("{token}right {number}"),
            3 => format!("{}\n{}", &token[..number % token.len()], &token[number % token.len()..]),
            _ => format!("KEY={token}"),
        };
    }
    lines.drain(number % 50..number % 50 + number % 7);
    lines.join("\n")
}

#[test]
fn the_findings_are_the_same_with_and_without() {
    let repo = Repo::with_commit();
    for number in 0..60 {
        repo.commit_file("file.txt", version(number));
    }
    for packed in [false, true] {
        if packed {
            repo.run("repack -qadf --depth=50 --window=50");
        }
        let with = findings(&repo, "history --min-confidence possible");
        let without = findings(&repo, "history --min-confidence possible --no-inherit");
        assert_eq!(with, without, "packed: {packed}");
        assert!(with.as_array().unwrap().len() >= 4, "{with}");
    }
}
