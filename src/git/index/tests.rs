//! Indexes written by git, read back and compared with `git ls-files`; and damaged ones.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt};

use super::*;
use crate::git::testing::{Sandbox, git};

/// `git ls-files --stage` of `repo`.
fn by_git(sandbox: &Sandbox) -> Vec<String> {
    sandbox
        .git(&["-c", "core.quotePath=false", "ls-files", "--sparse", "--stage", "-z"])
        .split_terminator('\0')
        .map(str::to_owned)
        .collect()
}

fn by_us(index: &Index) -> Vec<String> {
    index
        .iter()
        .map(|entry| format!("{:06o} {} {}\t{}", entry.mode, entry.id, entry.stage, entry.path))
        .collect()
}

fn check(sandbox: &Sandbox) -> Index {
    let index = sandbox.open().index().unwrap();
    assert_eq!(by_us(&index), by_git(sandbox));
    index
}

fn with_files(count: usize) -> Sandbox {
    let sandbox = Sandbox::with_repo();
    for number in 0..count {
        sandbox.write(&format!("repo/d{}/sub/f{number}", number % 7), number.to_string());
    }
    sandbox.git(&["add", "."]);
    sandbox.git(&["commit", "-q", "-m", "x"]);
    sandbox
}

#[test]
fn every_version_is_read() {
    let sandbox = with_files(100);
    for version in ["2", "3", "4"] {
        sandbox.git(&["update-index", "--index-version", version]);
        assert_eq!(check(&sandbox).len(), 100);
        sandbox.git(&[
            "-c",
            "index.threads=2",
            "-c",
            "index.skipHash=true",
            "update-index",
            "--force-write-index",
        ]);
        check(&sandbox);
    }
}

#[test]
fn flags_and_conflict_stages_are_read() {
    let sandbox = with_files(3);
    sandbox.write("repo/announced", "x");
    sandbox.git(&["add", "-N", "announced"]);
    sandbox.git(&["update-index", "--skip-worktree", "d0/sub/f0"]);
    sandbox.git(&["update-index", "--assume-unchanged", "d1/sub/f1"]);
    let index = check(&sandbox);
    let entry = |path: &str| index.get(index.find(path.into()).start).unwrap();
    assert!(entry("announced").intent_to_add && !entry("announced").skip_worktree);
    assert!(entry("d0/sub/f0").skip_worktree && !entry("d0/sub/f0").intent_to_add);
    assert!(entry("d1/sub/f1").assume_valid);
    assert!(index.find("d0/sub".into()).is_empty());

    sandbox.git(&["checkout", "-q", "-b", "other"]);
    sandbox.write("repo/d2/sub/f2", "other");
    sandbox.git(&["commit", "-qam", "other"]);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("repo/d2/sub/f2", "main");
    sandbox.git(&["commit", "-qm", "main", "d2/sub/f2"]);
    let merge = crate::git::testing::command(&sandbox.repo())
        .args(["merge", "-q", "other"])
        .output()
        .unwrap();
    assert!(!merge.status.success());
    let index = check(&sandbox);
    let stages: Vec<_> =
        index.find("d2/sub/f2".into()).map(|at| index.get(at).unwrap().stage).collect();
    assert_eq!(stages, [1, 2, 3]);
}

#[test]
fn a_path_that_is_not_utf8_and_a_long_one_are_read() {
    let sandbox = Sandbox::with_repo();
    let name = OsStr::from_bytes(b"caf\xe9");
    fs::write(sandbox.repo().join(name), "x").unwrap();
    let long = format!("{}/{}", vec!["d".repeat(200); 15].join("/"), "f".repeat(200));
    sandbox.git(&["add", "."]);
    let empty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
    sandbox.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{empty},{long}")]);
    for version in ["2", "4"] {
        sandbox.git(&["update-index", "--index-version", version]);
        let index = sandbox.open().index().unwrap();
        let paths: Vec<_> = index.iter().map(|entry| entry.path.to_owned()).collect();
        assert_eq!(paths, [b"caf\xe9".as_bstr(), long.as_bytes().as_bstr()]);
    }
}

#[test]
fn a_split_index_is_joined_with_its_base() {
    let sandbox = with_files(100);
    sandbox.git(&["update-index", "--split-index"]);
    check(&sandbox);
    // Replaced, deleted and added entries.
    sandbox.write("repo/d3/sub/f3", "changed");
    sandbox.write("repo/d3/sub/f10", "changed");
    sandbox.write("repo/a-new", "new");
    sandbox.git(&["add", "."]);
    sandbox.git(&["rm", "-q", "--cached", "d0/sub/f0", "d6/sub/f97"]);
    let index = check(&sandbox);
    assert_eq!(index.len(), 99);
    let shared: Vec<_> = fs::read_dir(sandbox.path("repo/.git"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("sharedindex"))
        .collect();
    assert!(!shared.is_empty(), "the index is not split, so this proves nothing");
    for path in shared {
        fs::remove_file(path).unwrap();
    }
    assert!(matches!(sandbox.open().index(), Err(Error::Index { .. })));
}

#[test]
fn a_sparse_index_keeps_its_folders() {
    let sandbox = with_files(20);
    sandbox.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "d1"]);
    let index = check(&sandbox);
    assert!(index.is_sparse());
    let folders: Vec<_> = index
        .iter()
        .filter(|entry| entry.mode == 0o40000)
        .map(|entry| entry.path.to_string())
        .collect();
    assert!(folders.contains(&"d0/".to_owned()), "{folders:?}");
    let cached = index.cached_folder("".into()).unwrap();
    assert_eq!(cached.tree.to_string(), sandbox.git(&["rev-parse", "HEAD^{tree}"]));
}

#[test]
fn cached_folders_are_the_trees_of_unchanged_folders() {
    let sandbox = with_files(30);
    let index = check(&sandbox);
    for folder in ["", "d0", "d0/sub", "d6/sub"] {
        let cached = index.cached_folder(folder.into()).unwrap();
        assert_eq!(cached.tree.to_string(), sandbox.git(&["rev-parse", &format!("HEAD:{folder}")]));
        assert!(
            cached.entries.clone().all(|at| index
                .get(at)
                .unwrap()
                .path
                .starts_with(folder.as_bytes()))
        );
    }
    assert_eq!(index.cached_folder("".into()).unwrap().entries, 0..30);
    assert_eq!(index.cached_folder("d".into()), None);

    sandbox.write("repo/d0/sub/f0", "changed");
    sandbox.git(&["add", "d0/sub/f0"]);
    let index = check(&sandbox);
    assert_eq!(
        (index.cached_folder("".into()), index.cached_folder("d0/sub".into())),
        (None, None)
    );
    assert!(index.cached_folder("d1".into()).is_some());
}

#[test]
fn below_is_the_folder_and_not_its_namesakes() {
    let sandbox = Sandbox::with_repo();
    for name in ["a", "b-c", "b/x", "b/y", "b.d", "c"] {
        sandbox.write(&format!("repo/{name}"), "");
    }
    sandbox.git(&["add", "."]);
    let index = check(&sandbox);
    let below = |folder: &str| {
        index
            .below(folder.into())
            .map(|at| index.get(at).unwrap().path.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(below("b"), ["b/x", "b/y"]);
    assert!(below("a").is_empty() && below("b/x").is_empty());
    assert_eq!(below("").len(), 6);
}

#[test]
fn every_damage_is_an_error() {
    let sandbox = with_files(10);
    let path = sandbox.path("repo/.git/index");
    let sound = fs::read(&path).unwrap();
    for length in [0, 1, 11, 12, 31, 32, 100, sound.len() - 1] {
        fs::write(&path, &sound[..length]).unwrap();
        assert!(matches!(sandbox.open().index(), Err(Error::Index { .. })), "{length}");
    }
    for at in 0..sound.len() - 20 {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x41;
        assert!(decode::decode(&bytes).is_err(), "{at}");
    }
}

#[test]
fn lies_without_a_checksum_neither_panic_nor_take_memory() {
    let sandbox = with_files(10);
    let check_all = |mut sound: Vec<u8>| {
        let end = sound.len() - 20;
        sound[end..].fill(0);
        for at in 0..end {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = sound.clone();
                bytes[at] = value;
                if let Ok(mut decoded) = decode::decode(&bytes) {
                    if let Some(Ok((_, changes))) = decoded.link.take().map(split::link) {
                        let _ = split::merge(
                            (decoded.records.clone(), decoded.paths.clone()),
                            decoded.records.clone(),
                            &decoded.paths,
                            changes,
                        );
                    }
                    if let Ok(index) = Index::from_decoded(decoded) {
                        let _ = index.cached_folder("d0/sub".into());
                        assert_eq!(index.iter().count(), index.len());
                    }
                }
            }
        }
    };
    let path = sandbox.path("repo/.git/index");
    check_all(fs::read(&path).unwrap());
    sandbox.git(&["update-index", "--index-version", "4"]);
    check_all(fs::read(&path).unwrap());
    sandbox.git(&["update-index", "--split-index"]);
    sandbox.git(&["rm", "-q", "--cached", "d0/sub/f0"]);
    check_all(fs::read(&path).unwrap());
}

#[test]
fn paths_that_grow_without_end_are_refused() {
    // Version 4: every entry keeps the whole path before it and adds a byte.
    let count = 40_000u32;
    let mut bytes = [&b"DIRC"[..], &4u32.to_be_bytes(), &count.to_be_bytes()].concat();
    for _ in 0..count {
        bytes.extend([0; 62]);
        bytes.extend(b"\0a\0");
    }
    bytes.extend([0; 20]);
    assert_eq!(decode::decode(&bytes).unwrap_err(), "its paths are too long");
}

#[test]
fn twenty_thousand_entries_are_read_quickly() {
    let sandbox = Sandbox::with_repo();
    let lines: String = (1..=20_000)
        .map(|number| format!("100644 {number:040x} 0\tdir{}/sub/file{number}.txt\n", number % 100))
        .collect();
    sandbox.write("list", lines);
    let list = fs::File::open(sandbox.path("list")).unwrap();
    let status = crate::git::testing::command(&sandbox.repo())
        .args(["update-index", "--index-info"])
        .stdin(list)
        .status()
        .unwrap();
    assert!(status.success());
    let started = std::time::Instant::now();
    assert_eq!(sandbox.open().index().unwrap().len(), 20_000);
    eprintln!("20,000 entries: {:?}", started.elapsed());
    assert!(started.elapsed().as_secs() < 10);
}

#[test]
fn a_linked_worktree_splits_its_own_index() {
    let sandbox = with_files(10);
    sandbox.git(&["worktree", "add", "-q", "--detach", "../linked"]);
    git(&sandbox.path("linked"), &["update-index", "--split-index"]);
    git(&sandbox.path("linked"), &["rm", "-q", "--cached", "d0/sub/f0"]);
    assert_eq!(sandbox.discover("linked").unwrap().index().unwrap().len(), 9);
    assert_eq!(sandbox.open().index().unwrap().len(), 10);
}
