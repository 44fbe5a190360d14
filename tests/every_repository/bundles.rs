//! Bundles: a file that holds refs and a pack.

use std::fs;

use super::{finds, finds_with_gaps, gap_detail, places, program, token, with_history};

#[test]
fn a_bundle_of_everything() {
    let repo = with_history();
    repo.git(["tag", "--annotate", "--message", &token("tag"), "v1"]);
    for version in ["2", "3"] {
        repo.run(&format!("bundle create --quiet --version={version} ../all.bundle --all HEAD"));
        for words in ["history ../all.bundle", "audit ../all.bundle"] {
            let run = finds(repo.root(), words, &["gone", "kept", "tag"]);
            assert_eq!(places(&run, "gone"), ["content history config.txt"]);
            assert_eq!(places(&run, "kept"), ["content at-head kept.txt"]);
        }
    }
}

#[test]
fn a_bundle_with_prerequisites_says_that_it_builds_on_others() {
    let repo = with_history();
    let text = format!("{}{}\n", "a line like any other\n".repeat(200), token("newest"));
    repo.commit_file("kept.txt", text);
    repo.run("bundle create --quiet ../part.bundle HEAD~1..main");
    let run = program::report(repo.root(), "history ../part.bundle");
    assert!(gap_detail(&run, "shallow-boundary").contains("builds on a commit"), "{run}");
    // Its pack is thin: what is a delta on an object that is not in it cannot be read, and is told.
    let thin = run.gap_reasons() == ["missing-object", "shallow-boundary"];
    assert!(thin || run.secrets() == [token("newest")], "{run}");
    assert_eq!(run.json()["complete"], false);
    // Made without deltas, nothing in it stands on what is not.
    repo.commit_file("new.txt", token("new"));
    repo.run("-c pack.window=0 bundle create --quiet ../new.bundle HEAD~1..main");
    finds_with_gaps(repo.root(), "history ../new.bundle", &["new"], &["shallow-boundary"]);
}

#[test]
fn a_filtered_bundle_is_partial() {
    let repo = with_history();
    repo.run("bundle create --quiet ../filtered.bundle --filter=blob:none --all");
    finds_with_gaps(repo.root(), "history ../filtered.bundle", &[], &["partial-clone"]);
}

#[test]
fn secrets_in_the_head_of_a_bundle() {
    let repo = with_history();
    let branch = format!("refs/heads/fix-{}", token("branch"));
    repo.git(["update-ref", &branch, "main"]);
    repo.git([
        "commit",
        "--quiet",
        "--allow-empty",
        "--message",
        &format!("see {}", token("subject")),
    ]);
    repo.commit_file("new.txt", "nothing");
    repo.git([
        "-c",
        "pack.window=0",
        "bundle",
        "create",
        "--quiet",
        "../head.bundle",
        &branch,
        "main",
        "^HEAD~1",
    ]);
    let run =
        finds_with_gaps(repo.root(), "history ../head.bundle", &["subject"], &["shallow-boundary"]);
    assert_eq!(places(&run, "subject"), ["config repository head.bundle"]);
    repo.git(["bundle", "create", "--quiet", "../head.bundle", &branch]);
    let run = finds(repo.root(), "history ../head.bundle", &["gone", "kept", "branch"]);
    assert_eq!(places(&run, "branch"), [format!("ref-name repository {branch}")]);
}

#[test]
fn a_cut_or_damaged_bundle_is_read_as_far_as_it_goes() {
    let repo = with_history();
    repo.run("bundle create --quiet ../all.bundle --all");
    let path = repo.beside("all.bundle");
    let whole = fs::read(&path).unwrap();
    for length in [whole.len() - 1, whole.len() - 30, whole.len() / 2, 300] {
        fs::write(&path, &whole[..length]).unwrap();
        let run = program::report(repo.root(), "history ../all.bundle");
        assert!(matches!(run.code, Some(1 | 3)), "{run}");
        assert!(run.gap_reasons().contains(&"damaged".to_owned()), "{run}");
    }
    let mut wrong = whole;
    let middle = wrong.len() / 2;
    wrong[middle] ^= 0x55;
    fs::write(&path, &wrong).unwrap();
    assert!(!program::report(repo.root(), "history ../all.bundle").gap_reasons().is_empty());
}

#[test]
fn what_a_bundle_has_not_is_refused() {
    let repo = with_history();
    repo.run("bundle create --quiet ../all.bundle --all");
    for words in ["staged ../all.bundle", "history ../all.bundle --range main"] {
        let run = program::report(repo.root(), words);
        assert_eq!((run.code, run.out.len(), run.err.lines().count()), (Some(2), 0, 1), "{run}");
        assert!(run.err.contains("a bundle has no "), "{run}");
    }
    fs::write(repo.beside("new.bundle"), "# v9 git bundle\n\n").unwrap();
    let run = program::report(repo.root(), "history ../new.bundle");
    assert_eq!(run.code, Some(3), "{run}");
}
