//! Tables that git writes, and damaged ones.

use std::fs;

use proptest::prelude::*;

use super::{table::ROOM, *};
use crate::git::{Options, discover, testing::command};

fn git(folder: &Path, args: &[&str]) -> String {
    let output = command(folder).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// A repository with many refs and logs, a tag, a symbolic ref, a stash, and things deleted.
fn repository(dir: &Path) {
    git(dir, &["init", "-q", "-b", "main", "--ref-format=reftable", "."]);
    fs::write(dir.join("file"), "1\n").unwrap();
    git(dir, &["add", "."]);
    git(dir, &["commit", "-q", "-m", "one"]);
    for number in 0..300 {
        git(
            dir,
            &[
                "update-ref",
                "-m",
                "made",
                "--create-reflog",
                &format!("refs/heads/topic/{number:03}"),
                "HEAD",
            ],
        );
    }
    git(dir, &["tag", "-a", "-m", "tagged", "v1"]);
    git(dir, &["symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/main"]);
    git(dir, &["commit", "-q", "--allow-empty", "-m", "two"]);
    for text in ["2\n", "3\n"] {
        fs::write(dir.join("file"), text).unwrap();
        git(dir, &["stash", "-q"]);
    }
    git(dir, &["stash", "drop", "-q", "stash@{1}"]);
    git(dir, &["update-ref", "-d", "refs/heads/topic/007"]);
}

fn check(dir: &Path) {
    let repository = discover(dir, None, &Options::default()).unwrap();
    assert_eq!((repository.gaps(), repository.ref_gaps()), (&[][..], &[][..]));
    let told = git(dir, &["for-each-ref", "--format=%(objectname) %(refname)"]);
    let ours: Vec<String> = repository
        .refs()
        .iter()
        .filter(|each| each.name.starts_with(b"refs/"))
        .map(|each| format!("{} {}", each.target, each.name))
        .collect();
    assert_eq!(ours, told.lines().collect::<Vec<_>>());
    let head = repository.head().unwrap();
    assert_eq!(head.commit.unwrap().to_string(), git(dir, &["rev-parse", "HEAD"]).trim());
    assert_eq!(head.branch, Some("refs/heads/main".into()));
    let mut logs = std::collections::BTreeMap::new();
    assert!(repository.reflogs(|log| drop(logs.insert(log.name.to_string(), log))).is_empty());
    let messages = git(dir, &["log", "-g", "--format=%gs", "main"]);
    for message in messages.lines() {
        assert!(logs["refs/heads/main"].bytes.contains_str(message), "{message}");
    }
    let first = logs["HEAD"].bytes.lines().next().unwrap().as_bstr().to_string();
    assert!(
        first.starts_with(&"0".repeat(40))
            && first.contains(" C <c@example.com> 1700000000 +0000\t"),
        "{first}"
    );
}

#[test]
fn what_git_writes_is_read_before_and_after_tables_are_merged() {
    let dir = tempfile::tempdir().unwrap();
    repository(dir.path());
    check(dir.path());
    git(dir.path(), &["pack-refs", "--all"]);
    check(dir.path());
    // A stash that was dropped leads nowhere any more.
    let repository = discover(dir.path(), None, &Options::default()).unwrap();
    let mut stashes = 0;
    repository.reflogs(|log| stashes += if log.name == "refs/stash" { log.ids.len() } else { 0 });
    assert_eq!(stashes, 1);
}

#[test]
fn refs_of_linked_worktrees_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let (main, linked) = (dir.path().join("main"), dir.path().join("linked"));
    fs::create_dir(&main).unwrap();
    repository(&main);
    git(&main, &["worktree", "add", "-q", "--detach", linked.to_str().unwrap()]);
    git(&linked, &["commit", "-q", "--allow-empty", "-m", "there"]);
    let there = git(&linked, &["rev-parse", "HEAD"]);
    for folder in [&main, &linked] {
        let repository = discover(folder, None, &Options::default()).unwrap();
        let head = repository.refs().iter().find(|each| each.name == "worktrees/linked/HEAD");
        assert_eq!(head.unwrap().target.to_string(), there.trim());
        assert!(repository.ref_gaps().is_empty());
    }
}

/// The bytes of the greatest table.
fn table() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    repository(dir.path());
    git(dir.path(), &["pack-refs", "--all"]);
    let tables = fs::read_dir(dir.path().join(".git/reftable")).unwrap();
    let tables = tables.map(|entry| fs::read(entry.unwrap().path()).unwrap());
    tables.max_by_key(Vec::len).unwrap()
}

#[test]
fn damage_is_told_and_hurts_nothing() {
    let whole = table();
    let (sound, wrong) = Table::read(&whole, &mut ROOM.clone());
    assert_eq!(wrong, None);
    assert!(sound.refs.len() > 300 && sound.logs.len() > 300);
    for end in (0..whole.len()).step_by(7) {
        assert!(Table::read(&whole[..end], &mut ROOM.clone()).1.is_some(), "{end}");
    }
    for at in (0..whole.len()).step_by(11) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x81;
        // A changed byte of a ref's name or value cannot be seen: blocks have no checksum.
        let _ = Table::read(&damaged, &mut ROOM.clone());
    }
    let (table, wrong) = Table::read(&whole, &mut 1000);
    assert_eq!(wrong.unwrap().0, GapReason::LimitHit);
    assert!(table.refs.len() < 30);
}

#[test]
fn a_list_that_leads_out_or_lies_is_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    repository(dir.path());
    let list = dir.path().join(".git/reftable/tables.list");
    for (text, reason) in [
        ("../../elsewhere.ref\n", GapReason::OutsideRepository),
        ("no-such-table.ref\n", GapReason::MissingObject),
        ("tables.list\n", GapReason::Damaged),
    ] {
        fs::write(&list, text).unwrap();
        let repository = discover(dir.path(), None, &Options::default()).unwrap();
        repository.refs();
        let gaps: Vec<_> = repository.gaps().iter().chain(repository.ref_gaps()).collect();
        assert!(gaps.iter().any(|gap| gap.reason == reason), "{text}: {gaps:?}");
    }
}

proptest! {
    #[test]
    fn random_blocks_never_panic(kind in proptest::sample::select(&b"rgio"[..]), content in proptest::collection::vec(any::<u8>(), 0..120)) {
        let header = b"REFT\x01\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02";
        let length = (content.len() + 28) as u32;
        let mut bytes = [&header[..], &[kind], &length.to_be_bytes()[1..], &content].concat();
        bytes.extend_from_slice(header);
        bytes.extend_from_slice(&[0; 44]);
        let (table, _) = Table::read(&bytes, &mut ROOM.clone());
        prop_assert!(table.refs.len() + table.logs.len() <= content.len());
    }
}
