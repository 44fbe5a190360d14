//! The speed of detection in memory, on one core: all anchors, each pass for them, and judgement,
//! beside `memchr::memmem` for one needle.
//!
//! ```text
//! cargo bench --bench detect -- [--runs N] [--least GB/s] [FOLDER]...
//! ```
//!
//! The files of the folders (by default this crate's own) are read into memory first, up to 512 MB.
//! Each line's figure is the best of the runs, in bytes of text per second of CPU time. With
//! `--least` the bench fails when all anchors together fall below so many GB/s, so that rules added
//! later cannot slow it unnoticed.

#![allow(clippy::print_stdout, clippy::print_stderr, clippy::expect_used, missing_docs)]

use std::{
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    process::ExitCode,
};

use cfleaks::{
    detect::{Detector, Scratch},
    rules::RuleSet,
};
use cpu_time::ThreadTime;
use memchr::memmem;

/// How much text is held at most.
const MOST: usize = 512 << 20;
/// Larger files are no source text.
const LARGEST: u64 = 8 << 20;

struct Options {
    runs: usize,
    least: Option<f64>,
    folders: Vec<PathBuf>,
}

fn options() -> Options {
    let mut options = Options { runs: 5, least: None, folders: Vec::new() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number =
            || -> f64 { arguments.next().and_then(|text| text.parse().ok()).expect("a number") };
        match argument.as_str() {
            // Handed on by `cargo bench`.
            "--bench" => {}
            "--runs" => options.runs = (number() as usize).max(1),
            "--least" => options.least = Some(number()),
            _ => options.folders.push(PathBuf::from(argument)),
        }
    }
    if options.folders.is_empty() {
        options.folders.push(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    }
    options
}

/// The texts below a folder, without git's and cargo's own.
fn read(folder: &Path, texts: &mut Vec<Vec<u8>>, size: &mut usize) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
        if kind.is_dir() {
            if !matches!(entry.file_name().to_str(), Some(".git" | "target" | "node_modules")) {
                read(&path, texts, size);
            }
        } else if kind.is_file()
            && *size < MOST
            && entry.metadata().is_ok_and(|data| data.len() <= LARGEST)
            && let Ok(text) = fs::read(&path)
        {
            *size += text.len();
            texts.push(text);
        }
    }
}

/// The best speed of several runs over all texts, in GB/s, and what one run counted.
fn measure(
    options: &Options,
    texts: &[Vec<u8>],
    mut work: impl FnMut(&[u8]) -> usize,
) -> (f64, usize) {
    let size: usize = texts.iter().map(Vec::len).sum();
    let mut best = f64::INFINITY;
    let mut count = 0;
    for _ in 0..options.runs {
        let began = ThreadTime::now();
        count = texts.iter().map(|text| work(black_box(text))).sum();
        best = best.min(began.elapsed().as_secs_f64());
    }
    (size as f64 / best / 1e9, count)
}

fn main() -> ExitCode {
    let options = options();
    let (mut texts, mut size) = (Vec::new(), 0);
    for folder in &options.folders {
        read(folder, &mut texts, &mut size);
    }
    let detector = Detector::new(RuleSet::builtin(), jiff::Timestamp::now());
    let mut scratch = Scratch::default();
    println!(
        "{} files, {:.1} MB, {} rules; best of {} runs on one core",
        texts.len(),
        size as f64 / 1e6,
        detector.rules().rules().len(),
        options.runs
    );
    let row = |title: &str, (speed, count): (f64, usize)| {
        println!("  {title:<34} {speed:>7.2} GB/s {count:>9} hits");
    };
    let needle = memmem::Finder::new("cfut_");
    row("memmem, one needle", measure(&options, &texts, |text| needle.find_iter(text).count()));
    let all = measure(&options, &texts, |text| detector.anchors(text, &mut scratch).len());
    row("all anchors", all);
    for (set, fragments) in detector.sets().into_iter().enumerate() {
        let figures = measure(&options, &texts, detector.sift_set(set));
        row(&format!("  set {} alone, {fragments} fragments", set + 1), figures);
    }
    row(
        "anchors and judgement",
        measure(&options, &texts, |text| detector.detect(text, &mut scratch).len()),
    );
    match options.least {
        Some(least) if all.0 < least => {
            eprintln!("all anchors: {:.2} GB/s, less than {least}", all.0);
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
