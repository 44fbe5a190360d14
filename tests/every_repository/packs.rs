//! How objects are stored: loose, in one pack or several, with whatever git keeps beside packs.

use std::fs;

use super::{IN_HISTORY, Repo, finds, places, token, with_history};

/// Files of this ending in the pack folder.
fn files(repo: &Repo, ending: &str) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(repo.at(".git/objects/pack")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.to_str().unwrap().ends_with(ending)).collect()
}

#[test]
fn loose_objects() {
    let repo = with_history();
    assert_eq!(files(&repo, ".pack").len(), 0);
    finds(repo.root(), "history", &IN_HISTORY);
}

#[test]
fn one_pack_with_deltas() {
    let repo = with_history();
    repo.run("repack -a -d -f --quiet");
    assert!(repo.run("count-objects -v").contains("count: 0"));
    finds(repo.root(), "history", &IN_HISTORY);
}

#[test]
fn several_packs_with_the_same_objects_in_some() {
    let repo = with_history();
    repo.run("repack --quiet");
    repo.commit_file("later.txt", token("later"));
    repo.run("repack --quiet");
    // Everything once more, and loose objects beside it.
    repo.run("repack -a --quiet");
    repo.commit_file("last.txt", token("last"));
    assert!(files(&repo, ".pack").len() >= 3);
    let run = finds(repo.root(), "history", &["gone", "kept", "later", "last"]);
    assert_eq!(run.json()["stats"]["objects"], object_count(&repo));
}

/// How many distinct objects git knows.
fn object_count(repo: &Repo) -> u64 {
    let all = repo.run("cat-file --batch-check --batch-all-objects --unordered");
    all.lines().count() as u64
}

#[test]
fn reverse_indexes_and_bitmaps() {
    let repo = with_history();
    repo.run("-c pack.writeReverseIndex=true repack -a -d --quiet --write-bitmap-index");
    assert_eq!((files(&repo, ".rev").len(), files(&repo, ".bitmap").len()), (1, 1));
    finds(repo.root(), "history", &IN_HISTORY);
}

#[test]
fn multi_pack_index() {
    let repo = with_history();
    repo.run("repack --quiet");
    repo.commit_file("later.txt", token("later"));
    repo.run("repack --quiet");
    repo.run("multi-pack-index write --bitmap");
    assert_eq!(files(&repo, "multi-pack-index").len(), 1);
    finds(repo.root(), "history", &["gone", "kept", "later"]);
}

#[test]
fn cruft_packs_hold_what_nothing_reaches() {
    let repo = with_history();
    repo.feed("hash-object -w --stdin", token("dangling"));
    repo.run("repack -d --cruft --quiet");
    assert_eq!(files(&repo, ".mtimes").len(), 1);
    let run = finds(repo.root(), "history", &["gone", "kept", "dangling"]);
    assert_eq!(places(&run, "dangling"), ["content unreachable -"]);
}

#[test]
fn offsets_of_64_bits() {
    let repo = with_history();
    repo.run("repack -a -d --quiet");
    let (pack, idx) = (repo.pack("pack"), repo.pack("idx"));
    let narrow = fs::metadata(&idx).unwrap().len();
    fs::remove_file(&idx).unwrap();
    // Every offset beyond 0x40 goes into the table of large ones, as beyond 2 GiB.
    repo.git([
        "index-pack",
        "--index-version=2,0x40",
        "-o",
        idx.to_str().unwrap(),
        pack.to_str().unwrap(),
    ]);
    assert!(fs::metadata(&idx).unwrap().len() > narrow);
    finds(repo.root(), "history", &IN_HISTORY);
}

#[test]
fn indexes_of_version_1() {
    let repo = with_history();
    repo.run("-c pack.indexVersion=1 repack -a -d --quiet");
    assert_ne!(fs::read(repo.pack("idx")).unwrap()[..4], *b"\xfftOc");
    finds(repo.root(), "history", &IN_HISTORY);
}

#[test]
fn deltas_on_bases_by_name() {
    let repo = with_history();
    repo.run("-c repack.useDeltaBaseOffset=false repack -a -d -f --quiet");
    finds(repo.root(), "history", &IN_HISTORY);
}

#[test]
fn a_pack_that_is_kept_and_a_promised_one() {
    let repo = with_history();
    repo.run("repack -a -d --quiet");
    fs::write(repo.pack("pack").with_extension("keep"), "").unwrap();
    finds(repo.root(), "history", &IN_HISTORY);
    // All that it promises is here, so nothing is missing.
    fs::write(repo.pack("pack").with_extension("promisor"), "").unwrap();
    finds(repo.root(), "history", &IN_HISTORY);
}

#[test]
fn a_pack_without_its_index() {
    let repo = with_history();
    repo.run("repack -a -d -f --quiet");
    fs::remove_file(repo.pack("idx")).unwrap();
    finds(repo.root(), "history", &IN_HISTORY);
}

#[test]
fn a_pack_left_by_an_interrupted_fetch() {
    let repo = with_history();
    let other = with_history();
    other.commit_file("fetched.txt", token("fetched"));
    other.run("repack -a -d --quiet");
    let mut pack = fs::read(other.pack("pack")).unwrap();
    let unfinished = repo.at(".git/objects/pack/tmp_pack_Qx1z9a");
    fs::write(&unfinished, &pack).unwrap();
    let run = finds(repo.root(), "history", &["gone", "kept", "fetched"]);
    assert_eq!(places(&run, "fetched"), ["content unreachable fetched.txt"]);
    // Cut short: what came is read, and the rest never was here.
    pack.truncate(pack.len() - 30);
    fs::write(&unfinished, &pack).unwrap();
    let run = super::finds_with_gaps(repo.root(), "history", &run_names(&repo), &["damaged"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.json()["complete"], true, "it counts with --strict only");
}

/// Which of the secrets a run finds: what a cut pack still holds is for its order to say.
fn run_names(repo: &Repo) -> Vec<&'static str> {
    let found = super::program::report(repo.root(), "history").secrets();
    let names = ["gone", "kept", "fetched"];
    let names: Vec<_> = names.into_iter().filter(|name| found.contains(&token(name))).collect();
    assert!(names.len() >= 2);
    names
}

#[test]
fn a_bare_repository() {
    let repo = with_history();
    repo.run("clone --quiet --bare . ../bare.git");
    finds(&repo.beside("bare.git"), "history", &IN_HISTORY);
    finds(repo.root(), "history ../bare.git", &IN_HISTORY);
    finds(repo.root(), "audit ../bare.git", &IN_HISTORY);
}

#[test]
fn an_empty_repository() {
    let repo = Repo::new();
    finds(repo.root(), "history", &[]);
}
