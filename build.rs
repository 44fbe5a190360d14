//! Gathers `rules/*.toml` and the two files in `rules/data` into JSON texts, which the library
//! includes: a rule is added by adding a file, and no list is kept by hand.
//!
//! What is checked here is what would otherwise surface only at run time: that each file is TOML,
//! that its `id` is its file's name, and that no id comes twice. Everything else about a rule is
//! checked by the unit tests through the very loader that reads a user's own rules.

#![allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=rules");
    if let Err(problems) = gather() {
        for problem in problems {
            // A directive is one line.
            println!("cargo::error={}", problem.trim_end().replace('\n', " | "));
        }
    }
}

fn gather() -> Result<(), Vec<String>> {
    let mut problems = Vec::new();
    let mut rules = Vec::new();
    for path in rule_files(Path::new("rules")).map_err(|problem| vec![problem])? {
        match table(&path).and_then(|rule| named_as_file(&path, rule)) {
            Ok(rule) => rules.push(rule),
            Err(problem) => problems.push(problem),
        }
    }
    let mut data = |name: &str| {
        table(Path::new(name)).unwrap_or_else(|problem| {
            problems.push(problem);
            Map::new()
        })
    };
    let samples =
        data("rules/data/placeholders.toml").remove("samples").unwrap_or_else(|| json!([]));
    let vocabulary = data("rules/data/vocabulary.toml");
    if !problems.is_empty() {
        return Err(problems);
    }
    let out = env::var_os("OUT_DIR").map(PathBuf::from).ok_or_else(|| vec!["no OUT_DIR".into()])?;
    let write = |name: &str, data: Value| {
        fs::write(out.join(name), data.to_string())
            .map_err(|error| vec![format!("{name}: {error}")])
    };
    write("vocabulary.json", Value::Object(vocabulary))?;
    write("rules.json", json!({ "rules": rules, "samples": samples }))
}

/// The rule files, sorted by name, which is by id.
fn rule_files(dir: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", dir.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    // By stem, not by whole name: `a-b.toml` sorts before `a.toml`, but `a` before `a-b`.
    paths.sort_by(|a, b| a.file_stem().cmp(&b.file_stem()));
    Ok(paths)
}

/// One file as a JSON table; TOML's own error names the line and shows it.
fn table(path: &Path) -> Result<Map<String, Value>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn named_as_file(path: &Path, rule: Map<String, Value>) -> Result<Value, String> {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
    match rule.get("id").and_then(Value::as_str) {
        Some(id) if id == stem => Ok(Value::Object(rule)),
        Some(id) => Err(format!("{}: id `{id}` must be `{stem}`, the file's name", path.display())),
        None => Err(format!("{}: add `id = \"{stem}\"`", path.display())),
    }
}
