//! A canary of every kind is laid in every place that is read and in every argument, and neither it
//! nor any of its pieces, encodings and hashes may come out again: not in any format, not in any
//! error, not with the progress bar on and backtraces asked for.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

#[path = "canary/repository.rs"]
mod repository;
#[path = "canary/tell.rs"]
mod tell;
#[path = "canary/vault.rs"]
mod vault;

use std::{
    ffi::OsStr,
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use repository::Built;
use vault::Vault;

/// Formats and colours, as arguments.
const FORMATS: [&[&str]; 6] = [
    &["--format", "text", "--color", "never"],
    &["--format", "text", "--color", "always", "--min-confidence", "possible"],
    &["--format", "json"],
    &["--format", "json", "--min-confidence", "possible"],
    &["--format", "jsonl", "--min-confidence", "possible"],
    &["--format", "sarif", "--min-confidence", "possible"],
];

struct Outcome {
    code: i32,
    out: Vec<u8>,
}

struct Watch<'v> {
    vault: &'v Vault,
    /// Where commands are run.
    folder: &'v Path,
}

impl Watch<'_> {
    /// Runs the program and looks at all it says.
    fn run<S: AsRef<OsStr>>(&self, arguments: &[S], input: &[u8]) -> Outcome {
        self.run_with(arguments, input, &[])
    }

    fn run_with<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        input: &[u8],
        environment: &[(&str, &str)],
    ) -> Outcome {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cfleaks"))
            .args(arguments)
            .args(["--progress", "always"])
            .current_dir(self.folder)
            .env("RUST_BACKTRACE", "1")
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A run that reads no input may have ended already.
        let _ = stdin.write_all(input);
        drop(stdin);
        let done = child.wait_with_output().unwrap();
        let what: Vec<_> = arguments.iter().map(|a| a.as_ref().to_string_lossy()).collect();
        let what = what.join(" ");
        let code = done.status.code().unwrap_or(-1);
        for (stream, said) in [("output", &done.stdout), ("errors", &done.stderr)] {
            self.look_at(said, &format!("{stream} of `{what:.300}` (exit {code})"));
        }
        assert!((0..=3).contains(&code), "{what:.300}: {}", String::from_utf8_lossy(&done.stderr));
        Outcome { code, out: done.stdout }
    }

    fn look_at(&self, said: &[u8], whose: &str) {
        let leaks = self.vault.leaks(said);
        assert!(leaks.is_empty(), "{whose} gives away: {leaks:#?}");
    }

    /// In every format, to standard output and to a file.
    fn in_all_formats(&self, job: &[&str], input: &[u8], code: i32) {
        for format in FORMATS {
            let arguments = [job, format].concat();
            let done = self.run(&arguments, input);
            assert_eq!(done.code, code, "{arguments:.300?}");
            assert!(!done.out.is_empty() || code > 1);
        }
        let file = self.folder.join("report.out");
        let done = self.run(&[job, &["-f", "sarif", "-o", file.to_str().unwrap()]].concat(), input);
        assert_eq!((done.code, done.out.len()), (code, 0));
        self.look_at(&fs::read(&file).unwrap(), "the report's file");
        fs::remove_file(file).unwrap();
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn the_watch_sees_a_leak() {
    let vault = Vault::new();
    let line = vault.words("here").remove(0);
    assert!(!vault.leaks(format!("it is {line}").as_bytes()).is_empty());
    assert!(!vault.leaks(&line.as_bytes()[10..]).is_empty());
    assert!(vault.leaks(b"nothing of the kind").is_empty());
    let hash: String =
        tell::sha256(line.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!vault.leaks(hash.as_bytes()).is_empty());
    // And the program, told to show secrets, does.
    let folder = folder();
    let watch = Watch { vault: &vault, folder: folder.path() };
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        watch.run(&["scan", "-", "--show-secrets", "-f", "json"], line.as_bytes())
    }));
    assert!(told.is_err(), "plaintext was shown and not seen");
}

#[test]
fn files_and_standard_input() {
    let (vault, folder) = (Vault::new(), folder());
    for (number, text) in vault.examples("in a file").iter().enumerate() {
        fs::write(folder.path().join(format!("example-{number}")), text).unwrap();
    }
    repository::names(folder.path(), &vault);
    let watch = Watch { vault: &vault, folder: folder.path() };
    watch.in_all_formats(&["scan"], b"", 1);
    watch.in_all_formats(&["scan", "."], b"", 1);
    let input = vault.examples("on standard input").join(&b'\n');
    watch.in_all_formats(&["scan", "-"], &input, 1);
}

#[test]
fn a_repository_and_its_history() {
    let (vault, folder) = (Vault::new(), folder());
    let built = Built::new(&folder.path().join("r"), &vault);
    let watch = Watch { vault: &vault, folder: &built.path };
    for job in [&["scan"][..], &["staged"], &["history"], &["audit"]] {
        watch.in_all_formats(job, b"", 1);
    }
    // Few of these texts are searched in a range, and all may be shown.
    for range in ["HEAD", "HEAD~2..HEAD", &format!("{}^!", built.first)] {
        watch.in_all_formats(&["history", "--range", range], b"", 1);
    }
}

#[test]
fn what_is_shown_and_was_not_searched() {
    let (vault, outside) = (Vault::new(), folder());
    let mut path = outside.path().to_owned();
    for word in
        vault.words("in the path of a repository").iter().chain(&vault.encoded_words("path"))
    {
        path.push(word);
    }
    let built = Built::empty(&path);
    built.commit(&[("f", b"CF_API_TOKEN=")], "no secret", "A", "a@b");
    let at = built.path.to_str().unwrap();
    let watch = Watch { vault: &vault, folder: outside.path() };
    watch.in_all_formats(&["history", at], b"", 0);
    watch.in_all_formats(&["staged", at], b"", 0);
    watch.in_all_formats(&["history", at, "--range", "HEAD"], b"", 0);
    watch.in_all_formats(&["audit", at], b"", 0);
    let inside = Watch { vault: &vault, folder: &built.path };
    for job in ["scan", "staged", "history", "audit"] {
        inside.in_all_formats(&[job], b"", 0);
    }
    for word in vault.words("as the branch and remote of a run that reads neither") {
        built.write("HEAD", format!("ref: refs/heads/b-{word}\n"));
        let head = format!("{}\n", built.head());
        built.write(&format!("refs/heads/b-{word}"), head);
        built.write(
            "config",
            format!(
                "[remote \"origin\"]\n\turl = https://{word}:{word}@h/{word}/r?{word}#{word}\n"
            ),
        );
        for format in ["text", "json", "jsonl", "sarif"] {
            inside.run(&["staged", "-f", format], b"");
            inside.run(&["history", "--range", "HEAD", "-f", format], b"");
        }
    }
}

#[test]
fn arguments_that_are_refused() {
    let (vault, folder) = (Vault::new(), folder());
    Built::empty(&folder.path().join("r")).commit(&[("f", b"x")], "m", "A", "a@b");
    let watch = Watch { vault: &vault, folder: &folder.path().join("r") };
    let mut all: Vec<String> = vault.lines("as an argument");
    all.extend(vault.encoded_words("as an argument, encoded"));
    all.push(vault.words("as arguments").join(" "));
    for word in &all {
        let option = format!("--{word}");
        let value = format!("--format={word}");
        let short = format!("-f{word}");
        let range = format!("HEAD..{word}");
        let range_past = format!("{word}~3^{{commit}}");
        let path = format!("gone/{word}/x");
        let no_word: &[&[&str]] = &[
            &[word.as_str()],
            &["scan", &option],
            &["scan", &value],
            &["scan", &short],
            &["scan", "--min-confidence", word],
            &["scan", "--accept-gap", word],
            &["scan", "--threads", word],
            &["scan", "--color", word],
            &["scan", "--rules", word],
            &["scan", "--rules", &path],
            &["scan", &path],
            &["scan", "-o", &path],
            &["staged", &path],
            &["staged", word, word],
            &["history", &path],
            &["audit", &path],
            &["history", "--range", word],
            &["history", "--range", &range],
            &["history", "--range", &range_past],
            &["rules", word],
            &["rules", "show", word],
            &["rules", "check", word],
            &["rules", "list", word],
        ];
        for arguments in no_word {
            let done = watch.run(arguments, b"");
            assert_eq!(done.code, 2, "{arguments:?}");
        }
        let category = format!("--category={word}");
        let done = watch.run(&["scan", "-f", "sarif", &category], b"");
        assert_eq!(done.code, 0);
    }
}

#[test]
fn rule_files_with_mistakes() {
    let (vault, folder) = (Vault::new(), folder());
    let watch = Watch { vault: &vault, folder: folder.path() };
    for (number, line) in vault.lines("in a rule file").iter().enumerate() {
        // Whole: without its quotes, a setting may be no rule's any more. JSON escapes as TOML does.
        let quoted = serde_json::to_string(line).unwrap();
        for (case, text) in [
            format!("{quoted} = 1\n"),
            format!("id = {quoted}\n"),
            format!("id = '{number}-6'\nseverity = {quoted}\nchecks = [{quoted}]\n"),
            format!("= {line}"),
            format!("id = {line}"),
        ]
        .iter()
        .enumerate()
        {
            let rules = folder.path().join(format!("rules-{number}-{case}"));
            fs::create_dir(&rules).unwrap();
            fs::write(rules.join(format!("{number}-6.toml")), text).unwrap();
            let rules = rules.to_str().unwrap();
            assert_eq!(watch.run(&["rules", "check", rules], b"").code, 2);
            assert_eq!(watch.run(&["scan", "--rules", rules], b"").code, 2);
        }
    }
    for word in vault.words("in the path of rules") {
        let rules = folder.path().join(&word);
        fs::create_dir(&rules).unwrap();
        fs::write(rules.join(format!("{word}.toml")), "id = 1").unwrap();
        let rules = rules.to_str().unwrap();
        assert_eq!(watch.run(&["rules", "check", rules], b"").code, 2);
        assert_eq!(watch.run(&["scan", "--rules", rules], b"").code, 2);
    }
}

#[test]
fn what_cannot_be_read() {
    let (vault, outside) = (Vault::new(), folder());
    for (number, damage) in repository::DAMAGES.iter().enumerate() {
        let built = Built::empty(&outside.path().join(format!("r{number}")));
        built.commit(&[("f", b"x")], "m", "A", "a@b");
        // Each kind has its turn; a run for each kind and damage would take minutes.
        let words = vault.words(&format!("in damage {number}"));
        for word in words.iter().cycle().skip(number).take(1) {
            let undo = damage(&built, word);
            let watch = Watch { vault: &vault, folder: &built.path };
            for job in [
                &["scan"][..],
                &["staged"],
                &["history"],
                &["audit"],
                &["history", "--range", "HEAD"],
            ] {
                for format in ["text", "json", "sarif"] {
                    watch.run(&[job, &["-f", format]].concat(), b"");
                }
            }
            undo(&built);
        }
    }
}

#[test]
fn the_environment_of_a_hook() {
    let (vault, folder) = (Vault::new(), folder());
    let built = Built::empty(&folder.path().join("r"));
    built.commit(&[("f", b"x")], "m", "A", "a@b");
    let watch = Watch { vault: &vault, folder: &built.path };
    for word in vault.words("in a variable") {
        for name in [
            "GIT_DIR",
            "GIT_COMMON_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_OBJECT_DIRECTORY",
            "GIT_ALTERNATE_OBJECT_DIRECTORIES",
            "GIT_QUARANTINE_PATH",
        ] {
            for job in ["staged", "history", "audit"] {
                watch.run_with(&[job, "-f", "json"], b"", &[(name, &format!("/gone/{word}"))]);
            }
        }
    }
}
