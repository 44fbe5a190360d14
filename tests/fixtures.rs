//! Holds `fixtures/` clean: nothing in it has a token's shape, and the program, asked to report
//! even what is only possible, reads every file there and reports nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

use std::{fs, path::Path, process::Command};

use regex::Regex;

/// Shapes that identify themselves, rougher than the rules: what they match must not lie here.
const SHAPES: [&str; 8] = [
    r"cf(?:k|ut|at|ast)_[A-Za-z0-9]{20}",
    r"cfo[ar]t_[A-Za-z0-9_-]{20}",
    r"v1\.0-[0-9a-f]{24}",
    r"eyJhIjoi[A-Za-z0-9+/=]{40}",
    r"and0L2V5S[A-Za-z0-9+/=]{40}",
    r"BEGIN (?:ARGO TUNNEL TOKEN|[A-Z ]*PRIVATE KEY)",
    r"0x4AAAAAA[A-Za-z0-9_-]{20}",
    r"deploy_hooks/[0-9a-f-]{36}",
];

fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn shape(text: &str) -> Option<&'static str> {
    SHAPES.into_iter().find(|shape| Regex::new(shape).unwrap().is_match(text))
}

#[test]
fn no_fixture_has_the_shape_of_a_token() {
    let found = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"));
    assert!(found.len() > 5, "only {} fixtures", found.len());
    for (name, text) in found {
        assert_eq!(shape(&text), None, "{name}");
    }
    for token in [format!("cfut_{}", "a1".repeat(24)), format!("eyJhIjoi{}", "Zm9v".repeat(20))] {
        assert!(shape(&format!("x={token}\n")).is_some(), "the check sees {token}");
    }
}

#[test]
fn lookalikes_are_read_and_not_reported() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("fixtures/lookalikes");
    let output = Command::new(env!("CARGO_BIN_EXE_cfleaks"))
        .args(["scan", "fixtures/lookalikes", "--min-confidence", "possible", "--format", "json"])
        .current_dir(root)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(report["findings"], serde_json::json!([]), "{said}");
    assert_eq!(report["complete"], true);
    assert_eq!(report["stats"]["files"], files(&folder).len());
    assert_eq!(output.status.code(), Some(0));
}
