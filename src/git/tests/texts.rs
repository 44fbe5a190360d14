//! The texts in git folders.

use std::{fs, os::unix::fs::symlink};

use crate::{
    git::testing::{Sandbox, mkfifo},
    model::GapReason,
};

#[test]
fn texts_that_people_write_are_read_and_samples_are_not() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("one");
    sandbox.git(&["worktree", "add", "-q", "--detach", "../linked"]);
    for name in [
        "MERGE_MSG",
        "hooks/pre-push",
        "hooks/pre-push.sample",
        "rebase-apply/0001",
        "rr-cache/abc/preimage",
    ] {
        sandbox.write(&format!("repo/.git/{name}"), name);
    }
    sandbox.write("repo/.git/worktrees/linked/config.worktree", "x");
    let found = sandbox.open().small_files();
    let text =
        |name: &str| found.files.iter().find(|file| file.0 == name).map(|file| file.1.as_slice());
    assert_eq!(text(".git/MERGE_MSG"), Some(&b"MERGE_MSG"[..]));
    assert_eq!(text(".git/COMMIT_EDITMSG"), Some(&b"one\n"[..]));
    assert_eq!(text(".git/hooks/pre-push"), Some(&b"hooks/pre-push"[..]));
    assert_eq!(text(".git/rebase-apply/0001"), Some(&b"rebase-apply/0001"[..]));
    assert_eq!(text(".git/rr-cache/abc/preimage"), Some(&b"rr-cache/abc/preimage"[..]));
    assert_eq!(text(".git/worktrees/linked/config.worktree"), Some(&b"x"[..]));
    assert!(text(".git/config").unwrap().starts_with(b"[core]"));
    assert_eq!(text(".git/hooks/pre-push.sample"), None);
    assert_eq!(found.gaps, []);
}

#[test]
fn what_is_no_regular_file_is_a_gap() {
    let sandbox = Sandbox::with_repo();
    mkfifo(&sandbox.path("repo/.git/MERGE_MSG"));
    symlink("/etc/hostname", sandbox.path("repo/.git/hooks/pre-commit")).unwrap();
    fs::remove_dir_all(sandbox.path("repo/.git/info")).unwrap();
    symlink("/etc", sandbox.path("repo/.git/info")).unwrap();
    sandbox.write("repo/.git/hooks/folder/file", "not a hook");
    let found = sandbox.open().small_files();
    let gaps: Vec<_> =
        found.gaps.iter().map(|gap| (gap.reason, gap.path.clone().unwrap().to_string())).collect();
    assert!(gaps.contains(&(GapReason::NotAFile, ".git/MERGE_MSG".to_owned())), "{gaps:?}");
    assert!(gaps.contains(&(GapReason::OutsideRepository, ".git/hooks/pre-commit".to_owned())));
    assert!(gaps.contains(&(GapReason::OutsideRepository, ".git/info/exclude".to_owned())));
    assert!(found.files.iter().all(|file| !file.1.starts_with(b"not a hook")));
}
