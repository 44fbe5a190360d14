//! The command line as files a stranger can read: each case in `tests/cmd` is a session at a prompt.
//!
//! `TRYCMD=overwrite cargo test --test cli` writes what the program says now into the cases; read
//! the difference before keeping it. No case holds a token: cases with findings make theirs at run
//! time, in `report_cli.rs`. The commands that the README prints are tried, too.

// They show the options of verification.
#![cfg(feature = "verify")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

use std::{fs, path::Path, process::Command};

#[test]
fn sessions() {
    trycmd::TestCases::new().env("COLUMNS", "100").env("NO_COLOR", "1").case("tests/cmd/*.md");
}

/// Fenced blocks of a language in a page, line by line.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    page.split(&fence)
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .flat_map(str::lines)
        .map(str::to_owned)
        .collect()
}

/// Every command line of ours in the README is one that the program takes.
#[test]
fn the_commands_of_the_readme_are_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("README.md")).unwrap();
    let mut lines = blocks(&page, "sh");
    let recipes = blocks(&page, "yaml");
    lines.extend(recipes.iter().filter_map(|line| {
        line.split_once("run: ").or(line.split_once("entry: ")).map(|(_, run)| run.to_owned())
    }));
    lines.extend(page.split('`').skip(1).step_by(2).map(str::to_owned));
    let mut tried = 0;
    for line in lines {
        let line = line.split(" #").next().unwrap().split(" ;").next().unwrap();
        let line = line.trim().trim_start_matches("exec ");
        let Some(arguments) = line
            .strip_prefix("cargo run --release -- ")
            .or(line.strip_prefix("cfleaks "))
            .filter(|arguments| !arguments.contains('\n'))
        else {
            continue;
        };
        tried += 1;
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("DIR")).unwrap();
        for name in ["FILE", "report.json"] {
            let report = r#"{"schema_version":"1.1","findings":[]}"#;
            fs::write(folder.path().join(name), report).unwrap();
        }
        let git = |arguments: &[&str]| {
            let mut git = Command::new("git");
            git.current_dir(folder.path()).args(["-c", "user.name=A", "-c", "user.email=a@b.c"]);
            git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
            assert!(git.args(arguments).status().unwrap().success());
        };
        git(&["init", "-q", "-b", "main", "."]);
        git(&["commit", "-q", "--allow-empty", "-m", "begin"]);
        for name in ["A", "B"] {
            git(&["tag", name]);
        }
        // `[PATH]...` stands for what a person fills in or leaves out.
        let words = arguments.split_whitespace().filter(|word| !word.starts_with('['));
        let words: Vec<&str> =
            words.map(|word| if word == "list" || word != "ID" { word } else { "x" }).collect();
        let output = Command::new(env!("CARGO_BIN_EXE_cfleaks"))
            .args(&words)
            .current_dir(folder.path())
            .env_remove("GIT_DIR")
            .env_remove("CFLEAKS_ADMIN_TOKEN")
            .env_remove("GIT_INDEX_FILE")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        // An empty folder holds no rule, and without an administrator's token nothing is revoked, and
        // that is what it says; all else must be clean.
        let is_refused = words.contains(&"check") || words.contains(&"--yes");
        let expected = if is_refused { Some(2) } else { Some(0) };
        assert_eq!(output.status.code(), expected, "{line}: {said}");
        assert!(!said.contains("Usage:"), "{line}: {said}");
    }
    assert!(tried >= 9, "only {tried} commands found");
}

/// What the README calls an option is one, and every option is in the README or in `--help`.
#[test]
fn the_options_of_the_readme_are_those_of_the_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("README.md")).unwrap();
    let help = ["history", "revoke"].map(|job| {
        let help = Command::new(env!("CARGO_BIN_EXE_cfleaks")).args([job, "--help"]).output();
        String::from_utf8(help.unwrap().stdout).unwrap()
    });
    let help = help.concat();
    let option = regex::Regex::new(r"--[a-z][a-z-]+").unwrap();
    let ours = ["--release", "--path", "--no-default-features"];
    let mut seen = 0;
    for name in option.find_iter(&page).map(|found| found.as_str()) {
        if !ours.contains(&name) {
            seen += 1;
            assert!(
                help.contains(&format!("{name} ")) || help.contains(&format!("{name}\n")),
                "{name}"
            );
        }
    }
    assert!(seen > 15, "only {seen} options found");
}
