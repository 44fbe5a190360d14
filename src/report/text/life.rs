//! The life of a finding in history, in a few lines: where it came in, where it went out, what still
//! has it.

use bstr::{BStr, ByteSlice};

use crate::model::{CommitNote, Commits, ObjectId, Provenance};

use super::super::{escape::human, time};
use super::{finding::brief, number::counted};

/// Commits or refs named before the rest is only counted.
const MOST_NAMED: usize = 3;
/// Repositories told of before the rest is only counted.
const MOST_REPOSITORIES: usize = 3;

/// The lines. `shown` is the commit that a row of its own tells of already.
pub(super) fn lines(histories: &[Provenance], shown: Option<ObjectId>, all: bool) -> Vec<String> {
    let told = if all { histories.len() } else { histories.len().min(MOST_REPOSITORIES) };
    let mut lines: Vec<String> =
        histories[..told].iter().flat_map(|history| of_one(history, shown, all)).collect();
    let rest = (histories.len() - told) as u64;
    if rest > 0 {
        lines.push(format!("and in {}", counted(rest, "more repository", "more repositories")));
    }
    lines
}

fn of_one(history: &Provenance, shown: Option<ObjectId>, all: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let introduced = &history.introduced;
    let is_shown = matches!(&introduced.listed[..], [only] if Some(only.commit.id) == shown);
    if introduced.count > 1 || introduced.count == 1 && !is_shown {
        lines.push(format!("introduced in {}", commits(introduced, all)));
    }
    if history.removed.count > 0 {
        lines.push(format!("removed in {}", commits(&history.removed, all)));
    }
    lines.push(still(history, all));
    if let Some(repository) = &history.repository {
        let name = human(repository);
        lines.iter_mut().for_each(|line| *line = format!("{name}: {line}"));
    }
    lines
}

fn still(history: &Provenance, all: bool) -> String {
    let head = history.at_head.then(|| "HEAD".to_owned());
    let names = history.refs.iter().map(|name| brief(short(name.as_bstr())));
    let names: Vec<String> = head.into_iter().chain(names).collect();
    let count = history.ref_count.saturating_add(history.at_head.into());
    match count {
        0 => "no ref's files have it any more".to_owned(),
        _ => format!("still at {}", list(&names, count, all, ("more ref", "more refs"))),
    }
}

/// A ref's name as people say it.
fn short(name: &BStr) -> &[u8] {
    let sorts: [&[u8]; 3] = [b"refs/heads/", b"refs/tags/", b"refs/remotes/"];
    sorts.iter().find_map(|sort| name.strip_prefix(*sort)).unwrap_or(name)
}

fn commits(commits: &Commits, all: bool) -> String {
    let told: Vec<String> = commits.listed.iter().map(commit).collect();
    list(&told, commits.count, all, ("more commit", "more commits"))
}

/// `0123456789 2021-03-04 by Ada`.
fn commit(note: &CommitNote) -> String {
    let CommitNote { commit, reachable } = note;
    let mut text = commit.id.short();
    if let Some(day) = time::day_of_person(&commit.author) {
        text += &format!(" {day}");
    }
    if !commit.author.name.is_empty() {
        text += &format!(" by {}", brief(&commit.author.name));
    }
    if !reachable {
        text += " (unreachable)";
    }
    text
}

/// Some of `count` things, with how many more there are.
fn list(told: &[String], count: u64, all: bool, (one, many): (&str, &str)) -> String {
    // One more is named sooner than counted.
    let most = if all || told.len() == MOST_NAMED + 1 { told.len() } else { MOST_NAMED };
    let named = &told[..most.min(told.len())];
    let rest = count.saturating_sub(named.len() as u64);
    let mut text = named.join(", ");
    if rest > 0 {
        let rest = counted(rest, one, many);
        text += &if named.is_empty() { rest } else { format!(" and {rest}") };
    }
    text
}
