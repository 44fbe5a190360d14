//! Clones that leave something out on purpose: it is a gap, and never fetched.

use super::{IN_HISTORY, Repo, finds, finds_with_gaps, gap_detail, places, token, with_history};

/// A clone as over a network, with these options.
fn cloned(repo: &Repo, options: &str) -> std::path::PathBuf {
    repo.run("config uploadpack.allowFilter true");
    repo.run(&format!(
        "clone --quiet --no-local --bare {options} file://{} ../clone.git",
        repo.root().display()
    ));
    repo.beside("clone.git")
}

#[test]
fn a_shallow_clone_ends_at_a_gap() {
    let repo = with_history();
    let clone = cloned(&repo, "--depth=1");
    let run = finds_with_gaps(&clone, "history", &["kept"], &["shallow-boundary"]);
    assert!(gap_detail(&run, "shallow-boundary").contains("before 1 commit"));
    // A range inside of it has none.
    let inside = repo.commit_file("inside.txt", token("inside"));
    let clone = repo.beside("clone.git");
    repo.git(["-C", clone.to_str().unwrap(), "fetch", "--quiet", "origin", "main:new"]);
    finds(&clone, &format!("history --range {inside}~1..{inside}"), &["inside"]);
}

#[test]
fn a_partial_clone_is_a_gap_and_nothing_is_fetched() {
    let repo = with_history();
    let clone = cloned(&repo, "--filter=blob:none");
    let run = finds_with_gaps(&clone, "history", &[], &["partial-clone"]);
    assert_eq!(run.code, Some(3));
    let blob = repo.run("rev-parse HEAD:kept.txt");
    let missing = repo
        .command([
            "-C",
            clone.to_str().unwrap(),
            "rev-list",
            "--objects",
            "--all",
            "--missing=print",
        ])
        .output()
        .unwrap();
    let missing = String::from_utf8(missing.stdout).unwrap();
    assert!(missing.contains(&format!("?{blob}")), "it is still not here");
}

#[test]
fn a_treeless_clone_is_a_gap() {
    let repo = with_history();
    let clone = cloned(&repo, "--filter=tree:0");
    finds_with_gaps(&clone, "history", &[], &["partial-clone"]);
}

#[test]
fn a_partial_clone_with_its_blobs_fetched_has_no_gap() {
    let repo = with_history();
    let clone = cloned(&repo, "--filter=blob:none");
    repo.git(["-C", clone.to_str().unwrap(), "rev-list", "--objects", "--all", "--quiet"]);
    repo.git([
        "-C",
        clone.to_str().unwrap(),
        "fetch",
        "--quiet",
        "--refetch",
        "--no-filter",
        "origin",
    ]);
    let run = finds(&clone, "history", &IN_HISTORY);
    assert_eq!(places(&run, "gone"), ["content history config.txt"]);
}
