//! Formats of objects and refs: refs in tables are read; what is not supported is refused with one
//! sentence, never half-read.

use super::{Repo, finds, places, program, token};

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
fn reftable_repositories_with_all_that_tables_hold() {
    let repo = Repo::bare_folder();
    repo.git(["init", "--quiet", "--initial-branch=main", "--ref-format=reftable"]);
    repo.commit_file("file", token("gone"));
    repo.commit_file("file", "nothing\n");
    repo.commit_file("kept", token("kept"));
    let branch = format!("refs/heads/fix-{}", token("branch"));
    repo.git(["update-ref", &branch, "main"]);
    let message = format!("moved {}", token("log"));
    repo.git(["update-ref", "--create-reflog", "-m", &message, "refs/heads/logged", "main"]);
    for name in ["older", "newer"] {
        repo.write("file", token(name));
        repo.run("stash push --quiet");
    }
    repo.commit_file("reset", token("reset away"));
    repo.run("reset --quiet --hard HEAD~1");
    let all = ["gone", "kept", "branch", "log", "older", "newer", "reset away"];
    for merged in [false, true] {
        if merged {
            repo.run("pack-refs --all");
        }
        let run = finds(repo.root(), "history", &all);
        assert_eq!(places(&run, "gone"), ["content history file"]);
        assert_eq!(places(&run, "kept"), ["content at-head kept"]);
        assert_eq!(places(&run, "branch"), [format!("ref-name repository {branch}")]);
        assert_eq!(places(&run, "log"), ["reflog repository refs/heads/logged"]);
        assert_eq!(places(&run, "older"), ["content history file"]);
        assert_eq!(places(&run, "reset away"), ["content unreachable reset"]);
    }
    repo.write("new", token("staged"));
    repo.run("add new");
    finds(repo.root(), "staged", &["staged"]);
    finds(repo.root(), "history --range main~2..main", &["kept"]);
    let linked = repo.beside("linked");
    repo.git(["worktree", "add", "--quiet", "--detach", linked.to_str().unwrap()]);
    std::fs::write(linked.join("there"), token("there")).unwrap();
    repo.git(["-C", linked.to_str().unwrap(), "add", "there"]);
    repo.git(["-C", linked.to_str().unwrap(), "commit", "--quiet", "--message", "There"]);
    let run = program::report(repo.root(), "history");
    assert_eq!(places(&run, "there"), ["content history there"]);
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
