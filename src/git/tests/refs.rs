//! Every kind of ref, sound and damaged.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt};

use super::gaps;
use crate::{
    git::{
        Repository,
        testing::{Sandbox, git},
    },
    model::GapReason,
};

fn names(repository: &Repository) -> Vec<String> {
    repository.refs().iter().map(|found| found.name.to_string()).collect()
}

fn target(repository: &Repository, name: &str) -> Option<String> {
    repository.refs().iter().find(|found| found.name == name).map(|found| found.target.to_string())
}

#[test]
fn an_unborn_head_has_a_branch_and_no_commit() {
    let sandbox = Sandbox::with_repo();
    let repository = sandbox.open();
    let head = repository.head().unwrap();
    assert_eq!((head.branch.clone(), head.commit), (Some("refs/heads/main".into()), None));
    assert!(names(&repository).is_empty());
    assert_eq!(gaps(&repository), []);
    assert!(repository.index().unwrap().is_empty());
}

#[test]
fn loose_and_packed_refs_are_listed_once_and_the_loose_one_wins() {
    let sandbox = Sandbox::with_repo();
    let one = sandbox.commit("one");
    sandbox.git(&["tag", "-a", "-m", "x", "v1"]);
    sandbox.git(&["notes", "add", "-m", "note"]);
    sandbox.git(&["update-ref", "refs/custom/deep/er", "HEAD"]);
    sandbox.git(&["pack-refs", "--all"]);
    let two = sandbox.commit("two");
    sandbox.write("repo/one", "changed");
    sandbox.git(&["stash", "-q"]);
    sandbox.git(&["replace", &one, &two]);

    let repository = sandbox.open();
    let replaced = format!("refs/replace/{one}");
    let mut expected = vec![
        "HEAD",
        "ORIG_HEAD",
        "refs/custom/deep/er",
        "refs/heads/main",
        "refs/notes/commits",
        &replaced,
        "refs/stash",
        "refs/tags/v1",
    ];
    // Whether a stash leaves ORIG_HEAD behind depends on the version of git.
    expected.retain(|name| *name != "ORIG_HEAD" || sandbox.path("repo/.git/ORIG_HEAD").exists());
    assert_eq!(names(&repository), expected);
    assert_eq!(target(&repository, "refs/heads/main"), Some(two.clone()));
    assert_eq!(target(&repository, "HEAD"), Some(two.clone()));
    let tag = repository.refs().iter().find(|found| found.name == "refs/tags/v1").unwrap();
    assert_eq!(tag.peeled.unwrap().to_string(), one);
    let head = repository.refs().iter().find(|found| found.name == "HEAD").unwrap();
    assert_eq!(head.symbolic, Some("refs/heads/main".into()));
    assert_eq!(gaps(&repository), []);

    sandbox.git(&["pack-refs", "--all", "--prune"]);
    assert_eq!(sandbox.open().head().unwrap().commit.unwrap().to_string(), two);
}

#[test]
fn heads_of_all_worktrees_count_also_detached() {
    let sandbox = Sandbox::with_repo();
    let one = sandbox.commit("one");
    sandbox.git(&["worktree", "add", "-q", "--detach", "../linked"]);
    sandbox.write("linked/lost", "lost");
    git(&sandbox.path("linked"), &["add", "lost"]);
    git(&sandbox.path("linked"), &["commit", "-q", "-m", "lost"]);
    let lost = git(&sandbox.path("linked"), &["rev-parse", "HEAD"]);
    git(&sandbox.path("linked"), &["update-ref", "refs/bisect/bad", "HEAD"]);
    for start in ["repo", "linked"] {
        let repository = sandbox.discover(start).unwrap();
        assert_eq!(target(&repository, "HEAD"), Some(one.clone()));
        assert_eq!(target(&repository, "worktrees/linked/HEAD"), Some(lost.clone()));
        assert_eq!(target(&repository, "worktrees/linked/refs/bisect/bad"), Some(lost.clone()));
    }
    let linked = sandbox.discover("linked").unwrap();
    assert_eq!(linked.head().unwrap().branch, None);
    assert_eq!(linked.head().unwrap().commit.unwrap().to_string(), lost);
    let logs = logs(&linked);
    assert!(
        logs.iter().any(|log| log.0 == "worktrees/linked/HEAD" && log.1.contains(&lost)),
        "{logs:?}"
    );
}

fn logs(repository: &Repository) -> Vec<(String, Vec<String>)> {
    let mut logs = Vec::new();
    let gaps = repository.reflogs(|log| {
        assert!(!log.bytes.is_empty());
        logs.push((log.name.to_string(), log.ids.iter().map(ToString::to_string).collect()));
    });
    assert_eq!(gaps, []);
    logs.sort();
    logs
}

#[test]
fn reflogs_remember_what_refs_forgot() {
    let sandbox = Sandbox::with_repo();
    let one = sandbox.commit("one");
    let two = sandbox.commit("two");
    sandbox.git(&["reset", "-q", "--hard", &one]);
    let mut ids = vec![one.clone(), two.clone()];
    ids.sort();
    let repository = sandbox.open();
    assert_eq!(
        logs(&repository),
        [("HEAD".to_owned(), ids.clone()), ("refs/heads/main".to_owned(), ids)]
    );
    assert_eq!(target(&repository, "ORIG_HEAD"), Some(two));
}

#[test]
fn a_merge_under_way_has_its_heads() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("base");
    let mut sides = Vec::new();
    for side in ["left", "right"] {
        sandbox.git(&["checkout", "-q", "-b", side, "main"]);
        sides.push(sandbox.commit(side));
    }
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.commit("main");
    sandbox.git(&["merge", "-q", "--no-commit", "left", "right"]);
    let repository = sandbox.open();
    let mut heads: Vec<_> = repository.merge_heads().iter().map(ToString::to_string).collect();
    heads.sort();
    sides.sort();
    assert_eq!(heads, sides);
    assert_eq!(repository.refs().iter().filter(|found| found.name == "MERGE_HEAD").count(), 2);
}

#[test]
fn fetched_ids_and_steps_of_a_rebase_count() {
    let sandbox = Sandbox::with_repo();
    let one = sandbox.commit("one");
    sandbox.git(&["fetch", "-q", ".", "main"]);
    sandbox.write("repo/.git/rebase-merge/onto", format!("{one}\n"));
    sandbox.write("repo/.git/AUTO_MERGE", format!("{one}\n"));
    sandbox.write("repo/.git/WEIRD_HEAD", "no id");
    let repository = sandbox.open();
    for name in ["FETCH_HEAD", "rebase-merge/onto", "AUTO_MERGE"] {
        assert_eq!(target(&repository, name), Some(one.clone()), "{name}");
    }
    assert_eq!(gaps(&repository), [(GapReason::Damaged, ".git/WEIRD_HEAD".to_owned())]);
}

#[test]
fn names_that_are_not_utf8_are_kept_raw() {
    let sandbox = Sandbox::with_repo();
    let one = sandbox.commit("one");
    let name = OsStr::from_bytes(b"repo/.git/refs/heads/caf\xe9");
    fs::write(sandbox.path("").join(name), format!("{one}\n")).unwrap();
    for _ in 0..2 {
        let repository = sandbox.open();
        assert!(repository.refs().iter().any(|found| found.name == b"refs/heads/caf\xe9"[..]));
        sandbox.git(&["pack-refs", "--all", "--prune"]);
    }
    assert!(!sandbox.path("").join(name).exists());
}

#[test]
fn damaged_refs_are_gaps_and_the_rest_is_read() {
    let sandbox = Sandbox::with_repo();
    let one = sandbox.commit("one");
    sandbox.write("repo/.git/refs/heads/empty", "");
    sandbox.write("repo/.git/refs/heads/text", "hello\n");
    sandbox.write("repo/.git/refs/heads/null", "0".repeat(40));
    sandbox.write("repo/.git/refs/heads/long", format!("{one}0\n"));
    sandbox.write("repo/.git/refs/heads/escape", "ref: refs/../../../secret\n");
    sandbox.write("repo/.git/refs/heads/gone", "ref: refs/heads/not-there\n");
    sandbox.write("repo/.git/refs/heads/main.lock", "");
    sandbox.write("repo/.git/packed-refs", format!("{one} refs/heads/packed\nrubbish\n"));
    let repository = sandbox.open();
    assert_eq!(names(&repository), ["HEAD", "refs/heads/main", "refs/heads/packed"]);
    let expected = [
        "packed-refs",
        "refs/heads/empty",
        "refs/heads/escape",
        "refs/heads/long",
        "refs/heads/null",
        "refs/heads/text",
    ];
    assert_eq!(
        gaps(&repository),
        expected.map(|name| (GapReason::Damaged, format!(".git/{name}")))
    );
}

#[test]
fn symbolic_refs_in_a_circle_end() {
    let sandbox = Sandbox::with_repo();
    let one = sandbox.commit("one");
    sandbox.write("repo/.git/refs/heads/a", "ref: refs/heads/b\n");
    sandbox.write("repo/.git/refs/heads/b", "ref: refs/heads/a\n");
    sandbox.write("repo/.git/HEAD", "ref: refs/heads/a\n");
    let repository = sandbox.open();
    assert!(repository.head().is_none());
    assert_eq!(target(&repository, "refs/heads/main"), Some(one));
    assert!(gaps(&repository).iter().all(|gap| gap.0 == GapReason::Damaged));
    assert!(gaps(&repository).contains(&(GapReason::Damaged, ".git/HEAD".to_owned())));
}

#[test]
fn an_old_symbolic_link_as_head_is_read_as_text() {
    let sandbox = Sandbox::with_repo();
    let one = sandbox.commit("one");
    fs::remove_file(sandbox.path("repo/.git/HEAD")).unwrap();
    std::os::unix::fs::symlink("refs/heads/main", sandbox.path("repo/.git/HEAD")).unwrap();
    let repository = sandbox.open();
    assert_eq!(repository.head().unwrap().branch, Some("refs/heads/main".into()));
    assert_eq!(target(&repository, "HEAD"), Some(one));
    assert_eq!(gaps(&repository), []);
}
