//! The proof of detection: a mixed corpus that a generator writes from a seed (kinds, spellings,
//! carriers, layers, and as many lookalikes), its answer key apart, and the built program judged by it.
//!
//! The generator knows formats and tools, not the rules' patterns. Recall must be complete and there
//! must be no false alarm at likely or better, but for what `corpus/not_yet.rs` names.
//!
//! ```text
//! CFLEAKS_CORPUS_SEED=9 CFLEAKS_CORPUS_SIZE=5000 cargo test --test corpus -- --nocapture
//! CFLEAKS_CORPUS_DIR=/tmp/corpus cargo test --test corpus -- --ignored write
//! ```
//!
//! `CFLEAKS_CORPUS_SEED` takes several seeds with commas between. The second writes the corpus to a
//! folder, with its answer key in `key.json` beside it, for `benches/corpus.py`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.
#![allow(clippy::print_stdout)] // Figures, with --nocapture.

#[path = "corpus/archives.rs"]
mod archives;
#[path = "corpus/calls.rs"]
mod calls;
#[path = "corpus/code.rs"]
mod code;
#[path = "corpus/drafts.rs"]
mod drafts;
#[path = "corpus/innocent.rs"]
mod innocent;
#[path = "corpus/judge.rs"]
mod judge;
#[path = "corpus/keys.rs"]
mod keys;
#[path = "corpus/kinds.rs"]
mod kinds;
#[path = "corpus/layers.rs"]
mod layers;
#[path = "corpus/lookalikes.rs"]
mod lookalikes;
#[path = "corpus/random.rs"]
mod random;
#[path = "corpus/services.rs"]
mod services;
#[path = "corpus/settings.rs"]
mod settings;
#[path = "corpus/terraform.rs"]
mod terraform;
#[path = "corpus/tools.rs"]
mod tools;
#[path = "corpus/write.rs"]
mod write;

use std::{env, fs, path::Path, process::Command};

use judge::Verdict;
use serde_json::{Value, json};
use tempfile::TempDir;
use write::{Entry, corpus};

/// The seeds of every run, unless others are asked for. Others again were kept unseen while the rules
/// were written.
const SEEDS: &[u64] = &[1, 2];
/// How many secrets each seed's corpus holds.
const SIZE: usize = 1200;

fn seeds() -> Vec<u64> {
    match env::var("CFLEAKS_CORPUS_SEED") {
        Ok(list) => list.split(',').map(|seed| seed.trim().parse().unwrap()).collect(),
        Err(_) => SEEDS.to_vec(),
    }
}

fn size() -> usize {
    env::var("CFLEAKS_CORPUS_SIZE").map_or(SIZE, |size| size.parse().unwrap())
}

/// A temporary folder, in memory where the machine has such a place: thousands of small files take
/// long on a busy disk.
fn scratch() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn save(entries: &[Entry], folder: &Path) {
    for entry in entries {
        let path = folder.join(&entry.file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &entry.file.bytes).unwrap();
    }
}

/// The program's report on a folder. Nothing of the corpus is printed: it is full of secrets' shapes.
fn scan(folder: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_cfleaks"))
        .args(["scan", ".", "--no-ignore"])
        .args(["--format", "json", "--show-secrets", "--min-confidence", "possible"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{:?}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The first lines, as many as `CFLEAKS_CORPUS_LINES` says.
fn some(lines: &[String]) -> String {
    let most = env::var("CFLEAKS_CORPUS_LINES").map_or(50, |lines| lines.parse().unwrap());
    let shown: Vec<&str> = lines.iter().take(most).map(String::as_str).collect();
    format!("{}\n(of {})\n", shown.join("\n"), lines.len())
}

#[test]
fn everything_is_found_and_nothing_else() {
    for seed in seeds() {
        let entries = corpus(seed, size());
        let folder = scratch();
        save(&entries, folder.path());
        let report = scan(folder.path());
        let verdict = Verdict::new(&entries, &report);
        let (found, all) = verdict.sum();
        println!(
            "seed {seed}: {found} of {all}; {} false alarms, {} more only possible",
            verdict.alarms.len(),
            verdict.faint_alarms
        );
        let tables = [
            verdict.table("by kind", |truth| truth.kind.to_owned()),
            verdict.table("by carrier", |truth| truth.carrier.clone()),
            verdict.table("by layer", |truth| truth.layer.to_owned()),
        ];
        let lost = verdict.lost();
        assert!(
            lost.is_empty() && verdict.alarms.is_empty(),
            "seed {seed}\n{}\nlost: {}\nfalse alarms: {}",
            tables.concat(),
            some(&lost),
            some(&verdict.alarms)
        );
    }
}

#[test]
fn a_seed_always_gives_the_same_corpus() {
    let files =
        |seed| corpus(seed, 60).into_iter().map(|entry| entry.file.bytes).collect::<Vec<_>>();
    assert_eq!(files(3), files(3));
    assert_ne!(files(3), files(4));
}

/// Not a test but the writer that `benches/corpus.py` calls.
#[test]
#[ignore = "writes the corpus to the folder CFLEAKS_CORPUS_DIR"]
fn write() {
    let folder = env::var_os("CFLEAKS_CORPUS_DIR").expect("CFLEAKS_CORPUS_DIR");
    let entries = corpus(seeds()[0], size());
    save(&entries, &Path::new(&folder).join("files"));
    let key: Vec<Value> = entries
        .iter()
        .map(|entry| match &entry.truth {
            Some(truth) => json!({
                "path": entry.file.path,
                "kind": truth.kind,
                "carrier": truth.carrier,
                "layer": truth.layer,
                "secret": truth.secret,
                "lines": truth.lines.map(|(first, last)| [first, last]),
                "mangled": truth.is_mangled,
            }),
            None => json!({ "path": entry.file.path, "lookalike": entry.lookalike }),
        })
        .collect();
    fs::write(Path::new(&folder).join("key.json"), serde_json::to_vec(&key).unwrap()).unwrap();
}
