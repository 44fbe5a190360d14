//! A viewer of SARIF files reads ours: `sarif-fmt` (crates.io), where it is installed.
//!
//! It opens the files that a report names and prints the source line, secret included, so it runs
//! in an empty folder here, where there is nothing to open.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

use std::{fs, process::Command};

#[test]
fn sarif_fmt_reads_a_report_and_shows_no_plaintext() {
    if Command::new("sarif-fmt").arg("--version").output().is_err() {
        // Tests may print; `.ci/run` installs it, so there it is never skipped.
        println!("skipped: sarif-fmt is not on the PATH");
        return;
    }
    let noise = blake3::hash(b"any").to_hex().to_uppercase();
    let body = &noise[..40];
    let token = format!("cfut_{body}{:08x}", crc32fast::hash(body.as_bytes()));
    let source = tempfile::tempdir().unwrap();
    fs::write(source.path().join("app.env"), format!("A=1\nTOKEN={token}\n")).unwrap();
    let scanned = Command::new(env!("CARGO_BIN_EXE_cfleaks"))
        .args(["scan", "-f", "sarif"])
        .current_dir(source.path())
        .output()
        .unwrap();
    assert_eq!(scanned.status.code(), Some(1));

    let empty = tempfile::tempdir().unwrap();
    let report = source.path().join("report.sarif");
    fs::write(&report, &scanned.stdout).unwrap();
    let shown = Command::new("sarif-fmt")
        .arg("-i")
        .arg(&report)
        .current_dir(empty.path())
        .output()
        .unwrap();
    let said = [shown.stdout.as_slice(), &shown.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(shown.status.success(), "{said}");
    assert!(said.contains("Cloudflare user API token"), "{said}");
    assert!(!said.contains(body), "{said}");
}
