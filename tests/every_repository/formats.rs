//! Formats that are not supported are refused with one sentence, never half-read.

use super::{Repo, program, token};

/// Runs every job on a repository of a format; each must refuse it.
fn refused(format: &str, says: &str) {
    let repo = Repo::bare_folder();
    repo.git(["init", "--quiet", "--initial-branch=main", format]);
    repo.commit_file("file", token("unread"));
    for words in ["history", "staged", "audit", "history --range HEAD"] {
        let run = program::report(repo.root(), words);
        assert_eq!((run.code, run.out.len(), run.err.lines().count()), (Some(3), 0, 1), "{run}");
        assert!(run.err.contains(says), "{run}");
    }
    // Its files are files all the same.
    let run = program::report(repo.root(), "scan");
    assert_eq!(run.secrets(), [token("unread")], "{run}");
}

#[test]
fn sha_256_repositories_are_refused() {
    refused("--object-format=sha256", "`sha256`, which is not supported");
}

#[test]
fn reftable_repositories_are_refused() {
    refused("--ref-format=reftable", "`reftable`, which is not supported");
}

#[test]
fn a_bundle_of_a_sha_256_repository_is_refused() {
    let repo = Repo::bare_folder();
    repo.git(["init", "--quiet", "--initial-branch=main", "--object-format=sha256"]);
    repo.commit_file("file", token("unread"));
    repo.run("bundle create --quiet ../x.bundle --all");
    let run = program::report(repo.root(), "history ../x.bundle");
    assert_eq!((run.code, run.out.len(), run.err.lines().count()), (Some(3), 0, 1), "{run}");
    assert!(run.err.contains("`sha256`"), "{run}");
}
