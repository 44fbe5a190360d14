//! The program as people and pipelines use it, on files with tokens made at run time: what is
//! found, in each format, where it goes, and the exit code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// Runs `cfleaks` in a folder.
fn cfleaks(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cfleaks"));
    command.current_dir(folder).args(arguments);
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "NO_COLOR", "COLUMNS"] {
        command.env_remove(name);
    }
    command
}

fn git(folder: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=A", "-c", "user.email=a@example.org"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .status()
        .unwrap();
    assert!(status.success(), "git {arguments:?}");
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A token of a kind with a checksum; `number` makes it another one.
fn token(prefix: &str, number: usize) -> String {
    let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let noise = [blake3::hash(&[number as u8]), blake3::hash(&[number as u8, 1])];
    let bytes = noise.iter().flat_map(|hash| hash.as_bytes().iter()).take(40);
    let body: String =
        bytes.map(|byte| char::from(digits[usize::from(*byte) % digits.len()])).collect();
    format!("{prefix}{body}{:08x}", crc32fast::hash(body.as_bytes()))
}

/// The same with a wrong checksum: only possible.
fn doubtful(prefix: &str) -> String {
    let token = token(prefix, 5);
    let last = if token.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &token[..token.len() - 1])
}

fn folder(files: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// A folder with three kinds, one of them twice, and the plaintexts.
fn several() -> (TempDir, Vec<String>) {
    let tokens = vec![token("cfut_", 1), token("cfk_", 2), token("cfat_", 3)];
    let folder = folder(&[
        (".env", format!("# settings\nCLOUDFLARE_API_TOKEN={}\n", tokens[0])),
        ("deploy/run.sh", format!("curl -H 'X-Auth-Key: {}'\ntoken={}", tokens[1], tokens[0])),
        ("main.tf", format!("  api_token = \"{}\"\n", tokens[2])),
        ("README.md", "nothing here\n".to_owned()),
    ]);
    (folder, tokens)
}

fn holds_no_plaintext(output: &[u8], tokens: &[String]) {
    let text = String::from_utf8_lossy(output);
    for token in tokens {
        assert!(!text.contains(token), "{text}");
        assert!(!text.contains(&token[5..30]), "a piece: {text}");
    }
}

#[test]
fn every_format_tells_the_same_findings_and_no_plaintext() {
    let (folder, tokens) = several();
    let text = cfleaks(folder.path(), &["scan"]);
    let json_report = cfleaks(folder.path(), &["scan", "-f", "json"]);
    let lines = cfleaks(folder.path(), &["scan", "-f", "jsonl"]);
    let sarif = cfleaks(folder.path(), &["scan", "-f", "sarif"]);
    for output in [&text, &json_report, &lines, &sarif] {
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        holds_no_plaintext(&output.stdout, &tokens);
    }
    let said = stdout(&text);
    let first = said.lines().next().unwrap();
    assert!(first.starts_with("critical  Cloudflare Global API key  cfk_…"), "{first}");
    for line in
        [".env:2:22\n", "  also    deploy/run.sh:2:7\n", "deploy/run.sh:1:22\n", "main.tf:1:16\n"]
    {
        assert!(said.contains(line), "{line:?} is not in\n{said}");
    }
    assert!(said.contains("3 findings (1 critical, 2 high) in 4 files, "), "{said}");
    // Whoever scans plain files need not be told that they are files.
    assert!(!said.contains("work tree"), "{said}");

    let report = json(&json_report);
    let findings = report["findings"].as_array().unwrap();
    let rules: Vec<&str> = findings.iter().map(|found| found["rule"].as_str().unwrap()).collect();
    assert_eq!(
        rules,
        ["cloudflare-global-api-key", "cloudflare-account-api-token", "cloudflare-user-api-token"]
    );
    assert_eq!(report["complete"], true);
    let records: Vec<Value> =
        stdout(&lines).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 4);
    assert_eq!(records[3]["type"], "summary");
    let sarif = json(&sarif);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    assert_eq!(results[0]["ruleId"], "cloudflare-global-api-key");
}

#[test]
fn a_report_goes_to_a_file_whole_and_silently() {
    let (folder, tokens) = several();
    let output = cfleaks(folder.path(), &["scan", ".env", "-f", "json", "-o", "report.json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty() && output.stderr.is_empty());
    let written = fs::read(folder.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    holds_no_plaintext(&written, &tokens);
    let nowhere = cfleaks(folder.path(), &["scan", ".env", "-o", "no/such/folder/report"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(!nowhere.stderr.is_empty());
}

#[test]
fn standard_input_is_searched() {
    let folder = folder(&[]);
    let mut child = command(folder.path(), &["scan", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let token = token("cfat_", 4);
    child.stdin.take().unwrap().write_all(format!("a\nb {token}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = stdout(&output);
    assert!(said.contains("  where   stdin:2:3\n"), "{said}");
    holds_no_plaintext(&output.stdout, &[token]);
}

#[test]
fn confidence_decides_what_is_reported_and_what_is_counted() {
    let folder = folder(&[("a.env", format!("TOKEN={}\n", doubtful("cfut_")))]);
    let likely = cfleaks(folder.path(), &["scan"]);
    assert_eq!(likely.status.code(), Some(0));
    let said = stdout(&likely);
    assert!(said.contains("1 candidate below the asked confidence not shown"), "{said}");
    let possible = cfleaks(folder.path(), &["scan", "--min-confidence", "possible"]);
    assert_eq!(possible.status.code(), Some(1));
    assert!(stdout(&possible).contains("(possible, cloudflare-user-api-token)"));
}

#[test]
fn exit_zero_is_for_those_who_only_want_the_report() {
    let (folder, _) = several();
    let output = cfleaks(folder.path(), &["scan", "--exit-zero"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("3 findings"));
}

#[test]
fn plaintext_is_shown_when_asked_for_but_never_in_sarif() {
    let (folder, tokens) = several();
    let text = cfleaks(folder.path(), &["scan", "main.tf", "--show-secrets"]);
    assert!(stdout(&text).contains(&tokens[2]));
    let sarif = cfleaks(folder.path(), &["scan", "-f", "sarif", "--show-secrets"]);
    assert_eq!(sarif.status.code(), Some(2));
    assert!(sarif.stdout.is_empty());
    let said = String::from_utf8(sarif.stderr).unwrap();
    assert!(said.starts_with("cfleaks: --show-secrets does not go with --format sarif"), "{said}");
    assert_eq!(said.lines().count(), 1);
}

#[test]
fn colours_only_where_they_are_wanted() {
    let (folder, _) = several();
    let coloured = |arguments: &[&str], no_color: bool| {
        let mut command = command(folder.path(), arguments);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        stdout(&command.output().unwrap()).contains('\x1b')
    };
    assert!(!coloured(&["scan"], false));
    assert!(coloured(&["scan", "--color", "always"], false));
    // What is said on the command line counts for more than the environment.
    assert!(coloured(&["scan", "--color", "always"], true));
    assert!(!coloured(&["scan", "--color", "always", "-f", "json"], false));
    assert!(!coloured(&["scan", "--color", "never"], false));
}

#[test]
fn roots_that_overlap_are_read_once() {
    let (folder, _) = several();
    fs::write(folder.path().join(".gitignore"), "deploy\n").unwrap();
    for (arguments, files, places, ignored) in [
        (&["."][..], 4, 1, 1),
        // What is named is read, and what is read is not also ignored.
        (&[".", "deploy"], 5, 2, 0),
        (&["deploy", ".", "./deploy/run.sh", "deploy/../deploy"], 5, 2, 0),
        (&[".env", ".env", "./.env"], 1, 1, 0),
        (&[".", "."], 4, 1, 1),
    ] {
        let output = cfleaks(folder.path(), &[&["scan", "-f", "json"], arguments].concat());
        let report = json(&output);
        assert_eq!(report["stats"]["files"], files, "{arguments:?}");
        assert_eq!(report["stats"]["ignored"], ignored, "{arguments:?}");
        let findings = report["findings"].as_array().unwrap();
        let found =
            findings.iter().find(|found| found["rule"] == "cloudflare-user-api-token").unwrap();
        assert_eq!(found["place_count"], places, "{arguments:?}");
        assert_eq!(found["places"].as_array().unwrap().len(), places, "{arguments:?}");
    }
}

#[test]
fn a_folder_inside_a_repository_takes_what_is_tracked_from_its_index() {
    let (folder, _) = several();
    let root = folder.path();
    git(root, &["init", "-q", "."]);
    fs::write(root.join("deploy/.gitignore"), "*.sh\n*.log\n").unwrap();
    fs::write(root.join("deploy/untracked.log"), token("cfut_", 7)).unwrap();
    git(root, &["add", "-f", "deploy/run.sh", "deploy/.gitignore"]);
    let report =
        |arguments: &[&str]| json(&cfleaks(root, &[&["scan", "-f", "json"], arguments].concat()));
    for target in ["deploy", "."] {
        let scanned = report(&[target]);
        let text = scanned["findings"].to_string();
        assert!(text.contains("deploy/run.sh"), "tracked, though ignored: {text}");
        assert!(!text.contains("untracked.log"), "{text}");
        assert_eq!(scanned["stats"]["ignored"], 1);
        let all = report(&[target, "--no-ignore"]);
        assert!(all["findings"].to_string().contains("deploy/untracked.log"));
        assert_eq!(all["stats"]["ignored"], 0);
    }
    let named = report(&["deploy/untracked.log"]);
    assert_eq!(named["findings"].as_array().unwrap().len(), 1);
}

#[test]
fn rules_of_a_folder_are_proven_by_their_examples() {
    let rule = |example: &str| {
        format!(
            "id = \"shop-key\"\ntitle = \"Shop key\"\nseverity = \"high\"\nconfidence = \"likely\"\n\
             anchors = [\"shop_\"]\npattern = \"(?-u)(?P<secret>shop_[a-z]{{20}})\"\n\
             reach = {{ before = 1, after = 26 }}\nchecks = [\"boundary\"]\nhelp = \"A shop.\"\n\
             [[examples]]\ntext = \"k={example}\"\nnote = \"in a file\"\n\
             [[counter_examples]]\ntext = \"shop_{{{{lower:9}}}}\"\nreason = \"short\"\n"
        )
    };
    let good = folder(&[("rules/shop-key.toml", rule("shop_{{lower:20}}"))]);
    let output = cfleaks(good.path(), &["rules", "check", "rules"]);
    assert_eq!(stdout(&output), "1 rule, 2 examples: all hold\n");
    assert_eq!(output.status.code(), Some(0));
    let bad = folder(&[("rules/shop-key.toml", rule("shop_{{digits:20}}"))]);
    let output = cfleaks(bad.path(), &["rules", "check", "rules"]);
    let said = stdout(&output);
    assert!(
        said.starts_with(
            "rules/shop-key.toml:11:8: example 1 (in a file)\n    \
             wanted  shop-key (likely or better)\n    found   nothing\n    text    k=shop_"
        ),
        "{said}"
    );
    assert!(said.ends_with("\n1 rule, 2 examples: 1 does not hold\n"), "{said}");
    assert_eq!(output.status.code(), Some(2));
    let none = folder(&[("rules/notes.txt", String::new())]);
    assert_eq!(cfleaks(none.path(), &["rules", "check", "rules"]).status.code(), Some(2));
}
