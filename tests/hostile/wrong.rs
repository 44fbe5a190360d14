//! Wrong names on the command line, files that cannot be read, and repositories of a kind that is
//! not supported.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use super::table::{Case, End::*, check, judge};
use crate::support::{
    program::{cfleaks, run},
    repository::Repo,
    token,
};

#[test]
fn what_is_not_there_is_an_error_and_never_clean() {
    const NO_PATH: &str = "does not exist; check the path";
    const NO_FOLDER: &str = "no such file or folder; check the path";
    const NO_REVISION: &str = "unknown revision `";
    check(
        Repo::with_commit,
        &[
            Case {
                name: "a missing path",
                make: |_| {},
                jobs: &[
                    ("scan missing", Error(2, NO_PATH)),
                    ("scan README missing", Error(2, NO_PATH)),
                    ("scan README/missing", Error(2, "check the path")),
                    ("staged missing", Error(2, NO_FOLDER)),
                    ("history missing", Error(2, NO_FOLDER)),
                    ("audit missing", Error(2, NO_FOLDER)),
                ],
            },
            Case {
                name: "an unknown revision",
                make: |_| {},
                jobs: &[
                    ("history --range nothing", Error(2, NO_REVISION)),
                    ("history --range nothing..HEAD", Error(2, NO_REVISION)),
                    ("history --range HEAD...nothing", Error(2, NO_REVISION)),
                    ("history --range ^nothing", Error(2, NO_REVISION)),
                    ("history --range HEAD --range nothing", Error(2, NO_REVISION)),
                    ("history --range HEAD~7", Error(2, "HEAD~7")),
                    ("history --range HEAD:README", Error(2, "is not supported")),
                    ("history --range HEAD^{tree}", Error(2, "HEAD^{tree}")),
                    (
                        "history --range 1234567890123456789012345678901234567890",
                        Error(2, "unknown revision"),
                    ),
                    ("history --exit-zero --range nothing", Error(2, NO_REVISION)),
                ],
            },
        ],
    );
    check(
        Repo::bare_folder,
        &[Case {
            name: "a folder that is no repository",
            make: |repo| repo.write("file", "text\n"),
            jobs: &[
                ("staged", Error(2, "not a git repository")),
                ("history", Error(2, "not a git repository")),
                ("history --range HEAD", Error(2, "not a git repository")),
                ("audit", Error(2, "not a git repository")),
                ("history file", Error(2, "not a git repository")),
                ("scan", Clean),
            ],
        }],
    );
}

#[test]
fn repositories_of_an_unsupported_kind_are_refused() {
    const FORMAT: &str = "object format `sha256`, which is not supported yet";
    const REFS: &str = "refs as `reftable without saying so`, which is not supported";
    check(
        Repo::bare_folder,
        &[
            Case {
                name: "SHA-256",
                make: |repo| {
                    repo.run("init --quiet --object-format=sha256");
                    repo.commit_file("file", "text\n");
                },
                jobs: &[
                    ("staged", Error(3, FORMAT)),
                    ("history", Error(3, FORMAT)),
                    ("history --range HEAD", Error(3, FORMAT)),
                    ("audit", Error(3, FORMAT)),
                    ("scan", Clean),
                ],
            },
            Case {
                name: "reftable that the configuration does not tell",
                make: |repo| {
                    repo.run("init --quiet --ref-format=reftable");
                    repo.commit_file("file", "text\n");
                    repo.run("config --unset extensions.refStorage");
                },
                jobs: &[
                    ("staged", Error(3, REFS)),
                    ("history", Error(3, REFS)),
                    ("audit", Error(3, REFS)),
                    ("scan", Clean),
                ],
            },
            Case {
                name: "a format of the future",
                make: |repo| {
                    repo.run("init --quiet");
                    repo.run("config core.repositoryFormatVersion 9");
                },
                jobs: &[("history", Error(3, "format version 9")), ("scan", Clean)],
            },
        ],
    );
}

/// Root reads everything, so the program runs as somebody else where that can be had.
#[test]
fn an_unreadable_file_is_a_gap() {
    let repo = Repo::with_commit();
    repo.write("shut.txt", "text\n");
    repo.write("closed/file.txt", "text\n");
    repo.commit("Files");
    let shut = |path: &str, mode: u32| {
        fs::set_permissions(repo.at(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    // The temporary folder itself is its owner's alone.
    fs::set_permissions(repo.beside("."), fs::Permissions::from_mode(0o755)).unwrap();
    shut("shut.txt", 0);
    shut("closed", 0);
    let is_root = fs::read(repo.at("shut.txt")).is_ok();
    let as_nobody = |words: &str| {
        let plain = cfleaks(repo.root(), words.split(' ').chain(["--format", "json"]));
        if !is_root {
            let mut plain = plain;
            return run(&mut plain);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        command.arg(plain.get_program()).args(plain.get_args()).current_dir(repo.root());
        run(&mut command)
    };
    let works = as_nobody("rules list").code == Some(0);
    if works {
        let denied = Gaps(&["permission-denied"]);
        for words in ["scan", "scan .", "audit .", "scan shut.txt"] {
            let found = as_nobody(words);
            judge(&found, denied).unwrap_or_else(|why| panic!("{words}: {why}\n{found}"));
        }
        let found = as_nobody("scan --accept-gap permission-denied");
        assert_eq!(found.code, Some(0), "{found}");
        shut(".git/objects", 0o700);
        let found = as_nobody("history .");
        assert_eq!(found.code, Some(3), "{found}");
    } else {
        eprintln!("skipped: the program cannot be run as another user here");
    }
    shut("closed", 0o755);
}

#[test]
fn devices_and_odd_files_that_are_named_are_gaps() {
    let repo = Repo::with_commit();
    crate::support::fifo(&repo.at("fifo"));
    let read_error = Gaps(&["read-error"]);
    let no_file = Gaps(&["not-a-file"]);
    for (words, end) in [
        ("scan fifo", no_file),
        // Not named, it is passed by as git does, and listed.
        ("scan", Accepted(&["not-a-file"])),
        ("scan --strict", no_file),
        ("scan /dev/zero", no_file),
        // A regular file to look at, of which no byte can be read.
        ("scan /proc/self/mem", read_error),
        ("scan /proc/self/cmdline", Clean),
    ] {
        let found = run(&mut cfleaks(repo.root(), words.split(' ').chain(["--format", "json"])));
        judge(&found, end).unwrap_or_else(|why| panic!("{words}: {why}\n{found}"));
    }
}

#[test]
fn a_secret_in_an_argument_is_not_repeated_in_the_error() {
    let repo = Repo::with_commit();
    let secret = token("argument");
    for words in [
        format!("scan {secret}"),
        format!("history --range {secret}"),
        format!("history {secret}"),
        format!("scan --rules {secret}"),
        format!("scan -o {secret}/x"),
        format!("scan --format {secret}"),
        format!("scan --{secret}"),
        secret.clone(),
    ] {
        let found = run(&mut cfleaks(repo.root(), words.split(' ')));
        assert_eq!(found.code, Some(2), "{found}");
        assert!(!found.err.contains(&secret) && !found.err.is_empty(), "{found}");
    }
}
