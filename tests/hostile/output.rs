//! Where the report goes: readers that leave, disks that are full, files that are replaced whole, and
//! runs that a signal cuts short.

use std::{
    fs,
    io::{Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{
    program::{cfleaks, run, wait},
    repository::Repo,
    token,
};

/// A repository with a secret in its work tree and history.
fn leaking() -> Repo {
    let repo = Repo::with_commit();
    repo.commit_file("key", token("key") + "\n");
    repo
}

const FORMATS: [&str; 4] = ["text", "json", "jsonl", "sarif"];

#[test]
fn a_reader_that_leaves_is_no_fault() {
    let repo = leaking();
    for format in FORMATS {
        let mut command = cfleaks(repo.root(), ["audit", "--format", format]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let found = wait(child, format);
        assert_eq!(found.code, Some(1), "{format}: the findings are there all the same: {found}");
        assert_eq!(found.err, "", "{format}");
    }
    let mut command = cfleaks(repo.root(), ["rules", "list"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(wait(child, "rules").code, Some(0));
}

#[test]
fn a_full_disk_is_an_error() {
    let repo = leaking();
    for format in FORMATS {
        let mut command = cfleaks(repo.root(), ["audit", "--format", format]);
        command.stdin(Stdio::null()).stdout(full()).stderr(Stdio::piped());
        let found = wait(command.spawn().unwrap(), format);
        assert_eq!(found.code, Some(2), "{format}: {found}");
        assert!(found.err.contains("could not be written to standard output"), "{found}");
        let found = run(&mut cfleaks(repo.root(), ["audit", "-f", format, "-o", "/dev/full"]));
        assert_eq!(found.code, Some(2), "{format}: {found}");
        assert!(found.err.contains("cannot write /dev/full"), "{found}");
    }
    let mut command = cfleaks(repo.root(), ["rules", "list"]);
    let child = command.stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
    assert_eq!(wait(child, "rules").code, Some(2));
    // That nothing can be said is no reason to pass.
    let mut command = cfleaks(repo.root(), ["audit"]);
    let child = command.stdout(full()).stderr(full()).spawn().unwrap();
    assert_eq!(wait(child, "all full").code, Some(2));
    let mut command = cfleaks(repo.root(), ["audit", "--exit-zero"]);
    let child = command.stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
    assert_eq!(wait(child, "full, exit zero").code, Some(2));
}

fn full() -> Stdio {
    fs::File::options().write(true).open("/dev/full").unwrap().into()
}

#[test]
fn an_output_file_is_whole_or_as_it_was() {
    let repo = leaking();
    let folder = repo.beside("out");
    fs::create_dir(&folder).unwrap();
    let path = folder.join("report.json");
    let to = |words: &str, path: &Path| {
        let words = words.split(' ').chain(["-f", "json", "-o", path.to_str().unwrap()]);
        run(&mut cfleaks(repo.root(), words))
    };
    let names = || -> Vec<_> {
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    fs::write(&path, "as it was").unwrap();
    for (words, code) in [("history --range nothing", 2), ("scan missing", 2), ("audit /", 2)] {
        let found = to(words, &path);
        assert_eq!(found.code, Some(code), "{words}: {found}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "as it was", "{words}");
    }
    // An open file keeps what it was: the name is given to another.
    let mut open = fs::File::open(&path).unwrap();
    let found = to("audit", &path);
    assert_eq!((found.code, found.out.len()), (Some(1), 0), "{found}");
    let mut before = String::new();
    open.read_to_string(&mut before).unwrap();
    assert_eq!(before, "as it was");
    let report: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(names(), ["report.json"], "nothing else is left behind");

    for (wrong, says) in [
        (folder.join("no/report.json"), "its folder does not exist"),
        (folder.clone(), "it is a folder"),
        (path.join("report.json"), "cannot write"),
    ] {
        let found = to("audit", &wrong);
        assert_eq!(found.code, Some(2), "{found}");
        assert!(found.err.contains(says), "{found}");
    }
    assert_eq!(names(), ["report.json"]);
}

/// Sends a signal once the program catches it and has had time to read something.
fn signal(child: &Child, name: &str) {
    let since = Instant::now();
    while !catches_interrupts(child) && since.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(700));
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Whether a handler for SIGINT is in place. Taken for granted where the system does not tell.
fn catches_interrupts(child: &Child) -> bool {
    const INTERRUPT: u64 = 1 << 1;
    let Ok(status) = fs::read_to_string(format!("/proc/{}/status", child.id())) else {
        return true;
    };
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let mask = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask & INTERRUPT != 0)
}

/// A file that takes long to search: a secret, then holes.
fn endless(repo: &Repo) {
    repo.write("holes", token("before the signal") + "\n");
    fs::File::options().write(true).open(repo.at("holes")).unwrap().set_len(1 << 40).unwrap();
}

#[test]
fn a_signal_ends_the_run_with_what_was_found() {
    let repo = Repo::bare_folder();
    endless(&repo);
    for (name, words) in [
        ("-INT", "scan --threads 1 -f json"),
        ("-TERM", "scan --threads 1 -f json"),
        ("-INT", "scan --threads 1 --exit-zero -f json"),
        ("-INT", "scan --threads 1 -f json -o ../report.json"),
    ] {
        let mut command = cfleaks(repo.root(), words.split(' '));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        signal(&child, name);
        let found = wait(child, words);
        assert_eq!(found.code, Some(130), "{words}: {found}");
        let report = match words.contains("-o ") {
            true => serde_json::from_slice(&fs::read(repo.beside("report.json")).unwrap()).unwrap(),
            false => found.json(),
        };
        assert_eq!(report["interrupted"], true, "{words}");
        assert_eq!(report["complete"], false, "{words}");
        assert_eq!(report["findings"].as_array().unwrap().len(), 1, "{words}: {report:#}");
        assert_eq!(report["exit_code"], 130);
        assert_eq!(report["gaps"][0]["reason"], "interrupted");
    }
}

#[test]
fn a_signal_ends_a_run_that_waits_for_input() {
    let repo = Repo::bare_folder();
    let mut command = cfleaks(repo.root(), ["scan", "-", "-f", "json"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{}", token("before the signal")).unwrap();
    signal(&child, "-INT");
    let found = wait(child, "stdin");
    drop(input);
    assert_eq!(found.code, Some(130), "{found}");
    let report = found.json();
    assert_eq!((&report["interrupted"], &report["complete"]), (&true.into(), &false.into()));
    assert_eq!(report["findings"].as_array().unwrap().len(), 1, "{found}");
}
