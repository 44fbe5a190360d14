//! The floor under every history scan: how long it takes to decode all objects of a repository once.
//!
//! ```text
//! cargo bench --bench floor -- [--libgit2] [--verify] [--threads N] [--runs N] REPOSITORY...
//! ```
//!
//! For each repository (a git folder, or a folder that holds `.git`) it prints objects, bytes, wall
//! time, CPU time (user and system, all threads) and the peak of resident memory of
//! (a) all objects and (b) blobs alone through the delta forest with a visitor that does nothing, and
//! with `--libgit2` (c) each blob read by name through libgit2, and with `--verify` (d) all objects
//! with SHA-1 of each computed and compared with its name; one that differs counts as a gap. Each is a process of its own, so that
//! the peak is its own; the median of the runs by CPU time is shown. The last column is each CPU time
//! as a multiple of (b).

#![allow(clippy::print_stdout, clippy::print_stderr, clippy::expect_used, missing_docs)]

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
    time::{Duration, Instant},
};

use cfleaks::{
    model::ObjectKind,
    pack::{KindSet, Object, Store, Visitor},
};
use cpu_time::ProcessTime;

/// One measured run.
#[derive(Clone, Copy)]
struct Run {
    objects: u64,
    bytes: u64,
    wall: Duration,
    cpu: Duration,
    peak: u64,
    gaps: usize,
}

const JOBS: [(&str, &str); 4] = [
    ("all", "all objects, forest"),
    ("blobs", "blobs, forest"),
    ("libgit2", "blobs, libgit2"),
    ("verify", "all objects, hashed"),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut repositories, mut jobs) = (Vec::new(), vec!["all", "blobs"]);
    let (mut threads, mut runs) = (0, 3);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // Handed on by `cargo bench`.
            "--bench" => {}
            "--libgit2" => jobs.push("libgit2"),
            "--verify" => jobs.push("verify"),
            "--threads" => threads = number(arguments.next()),
            "--runs" => runs = number(arguments.next()).max(1),
            "--one" => {
                let job = arguments.next().expect("a job");
                let repository = arguments.next().expect("a repository");
                return one(&job, Path::new(&repository), number(arguments.next()));
            }
            _ => repositories.push(argument),
        }
    }
    if repositories.is_empty() {
        println!(
            "usage: cargo bench --bench floor -- [--libgit2] [--verify] [--threads N] [--runs N] REPOSITORY..."
        );
    }
    for repository in repositories {
        println!("{repository}");
        println!(
            "  {:<20} {:>10} {:>9} {:>9} {:>9} {:>9} {:>7} {:>8}",
            "", "objects", "MB", "wall s", "CPU s", "peak MB", "gaps", "CPU/(b)"
        );
        let mut rows: Vec<(&str, Run)> = Vec::new();
        for (job, title) in JOBS.iter().filter(|(job, _)| jobs.contains(job)) {
            let mut all: Vec<Run> = (0..runs).map(|_| spawn(job, &repository, threads)).collect();
            all.sort_by_key(|run| run.cpu);
            rows.push((title, all[all.len() / 2]));
        }
        let floor = rows[1].1.cpu.as_secs_f64();
        for (title, run) in rows {
            println!(
                "  {title:<20} {:>10} {:>9.0} {:>9.2} {:>9.2} {:>9.0} {:>7} {:>8.2}",
                run.objects,
                run.bytes as f64 / 1e6,
                run.wall.as_secs_f64(),
                run.cpu.as_secs_f64(),
                run.peak as f64 / 1e6,
                run.gaps,
                run.cpu.as_secs_f64() / floor
            );
        }
    }
}

fn number(text: Option<String>) -> usize {
    text.and_then(|text| text.parse().ok()).expect("a number")
}

/// Runs one job in a process of its own.
fn spawn(job: &str, repository: &str, threads: usize) -> Run {
    let program = std::env::current_exe().expect("our own path");
    let output = Command::new(program)
        .args(["--one", job, repository, &threads.to_string()])
        .output()
        .expect("a run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let numbers: Vec<u64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    Run {
        objects: numbers[0],
        bytes: numbers[1],
        wall: Duration::from_micros(numbers[2]),
        cpu: Duration::from_micros(numbers[3]),
        peak: numbers[4],
        gaps: numbers[5] as usize,
    }
}

fn one(job: &str, repository: &Path, threads: usize) {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().expect("threads");
    let objects = objects_dir(repository);
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let (count, bytes, gaps) = match job {
        "all" => forest(&objects, KindSet::ALL, false),
        "blobs" => forest(&objects, KindSet::of(&[ObjectKind::Blob]), false),
        "verify" => forest(&objects, KindSet::ALL, true),
        _ => libgit2(&objects),
    };
    let (wall, cpu) = (wall.elapsed(), cpu.elapsed());
    println!("{count} {bytes} {} {} {} {gaps}", wall.as_micros(), cpu.as_micros(), peak());
}

/// The object folder of a git folder, or of a folder that holds `.git`.
fn objects_dir(repository: &Path) -> PathBuf {
    let inner = repository.join(".git").join("objects");
    if inner.is_dir() { inner } else { repository.join("objects") }
}

/// Counts objects and bytes, and touches nothing unless it is to verify names.
struct Count {
    sum: Mutex<(u64, u64, usize)>,
    verify: bool,
}

impl Visitor for Count {
    type Local = (u64, u64, usize);
    type Memory = ();

    fn local(&self) -> Self::Local {
        (0, 0, 0)
    }

    fn visit(&self, local: &mut Self::Local, object: Object<'_>) {
        local.0 += 1;
        local.1 += object.bytes.len() as u64;
        if self.verify {
            let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
            hasher.update(format!("{} {}\0", object.kind, object.bytes.len()).as_bytes());
            hasher.update(object.bytes);
            let name = hasher.try_finalize().expect("no collision attack");
            local.2 += usize::from(name.as_slice() != object.id.0);
        }
    }

    fn finish(&self, local: Self::Local) {
        let mut sum = self.sum.lock().expect("no panic");
        sum.0 += local.0;
        sum.1 += local.1;
        sum.2 += local.2;
    }
}

fn forest(objects: &Path, kinds: KindSet, verify: bool) -> (u64, u64, usize) {
    let (store, gaps) = Store::open(&[objects.to_owned()]).expect("a store");
    let count = Count { sum: Mutex::default(), verify };
    let more = store.traverse(kinds, &count);
    let (objects, bytes, wrong) = count.sum.into_inner().expect("no panic");
    (objects, bytes, gaps.len() + more.len() + wrong)
}

/// Reads each blob by its name, in the order in which libgit2 lists them.
fn libgit2(objects: &Path) -> (u64, u64, usize) {
    let odb = git2::Odb::new().expect("an object database");
    odb.add_disk_alternate(objects.to_str().expect("a path in UTF-8")).expect("objects");
    let (mut count, mut bytes, mut gaps) = (0, 0, 0);
    let mut ids = Vec::new();
    odb.foreach(|id| {
        ids.push(*id);
        true
    })
    .expect("a listing");
    for id in ids {
        match odb.read_header(id) {
            Ok((_, git2::ObjectType::Blob)) => match odb.read(id) {
                Ok(object) => {
                    count += 1;
                    bytes += object.data().len() as u64;
                }
                Err(_) => gaps += 1,
            },
            Ok(_) => {}
            Err(_) => gaps += 1,
        }
    }
    (count, bytes, gaps)
}

/// The peak of resident memory in bytes, where Linux tells it; mapped pages that were touched count.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
    kilobytes.map_or(0, |kilobytes: u64| kilobytes * 1024)
}
