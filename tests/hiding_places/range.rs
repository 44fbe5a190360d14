//! `history --range`: what these commits add, merges by what none of their parents has.

use super::files::lines;
use crate::support::{program, repository::Repo, token};

/// A side branch with a secret, a merge that adds another, and a commit that takes back a third.
///
/// ```text
/// base --- main --------- merge --- again --- gone --- last
///     \--- side ---------/
/// ```
fn merged() -> Repo {
    let repo = Repo::with_commit();
    repo.commit_file("old.txt", lines("old"));
    repo.run("tag base");
    repo.run("checkout --quiet -b side");
    repo.commit_file("side.txt", lines("side"));
    repo.run("checkout --quiet main");
    repo.commit_file("main.txt", lines("main"));
    repo.run("merge --quiet --no-commit side");
    // One more line in a file of the side, and one in a file of both.
    repo.write("side.txt", lines("side") + &lines("merge"));
    repo.write("old.txt", lines("old") + &lines("merge too"));
    repo.commit("Merge side");
    repo.run("tag merge");
    repo.commit_file("again.txt", lines("again"));
    repo.commit_file("again.txt", "gone\n");
    repo.git(["commit", "--quiet", "--allow-empty", "--message", &token("said")]);
    repo
}

#[test]
fn a_range_finds_what_its_commits_add_and_no_more() {
    let repo = merged();
    for (ranges, expected) in [
        ("base..main", &["side", "main", "merge", "merge too", "again", "said"][..]),
        ("merge^!", &["merge", "merge too"]),
        ("merge^1..merge", &["side", "merge", "merge too"]),
        ("merge^2..merge", &["main", "merge", "merge too"]),
        ("merge^1...merge^2", &["main", "side"]),
        ("merge..main", &["again", "said"]),
        ("main..base", &[]),
        ("merge~1..merge~1", &[]),
        ("base", &["old"]),
        ("merge^1..merge --range merge..main", &["side", "merge", "merge too", "again", "said"]),
        ("main --range ^merge", &["again", "said"]),
    ] {
        let run = program::report(repo.root(), &format!("history --range {ranges}"));
        let mut right: Vec<String> = expected.iter().copied().map(token).collect();
        right.sort();
        assert_eq!(run.secrets(), right, "{ranges}: {expected:?}");
        assert_eq!(run.gap_reasons(), [""; 0], "{ranges}");
        assert_eq!(run.code, Some(i32::from(!expected.is_empty())), "{ranges}");
    }
}

#[test]
fn a_place_in_a_range_names_its_commit() {
    use super::expect::{Hidden, Kept, check, place};
    let repo = merged();
    let by = |revision: &str| repo.run(&format!("rev-parse {revision}"));
    let added = |path: &str, line: u64, revision: &str| {
        vec![place("content", "history").path(path).at(line, 8).by(&by(revision))]
    };
    let said = place("commit-message", "history").at(1, 1).by(&by("main"));
    let hidden = [
        ("side", added("side.txt", 2, "side")),
        ("main", added("main.txt", 2, "merge^1")),
        ("merge", added("side.txt", 4, "merge")),
        ("merge too", added("old.txt", 4, "merge")),
        ("again", added("again.txt", 2, "main~2")),
        ("said", vec![said]),
    ]
    .map(|(name, places)| Hidden { name, kept: Kept::ByRefs, places });
    check("range", repo.root(), "history --range base..main", &hidden);
}
