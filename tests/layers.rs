//! Holds the house together: imports go down only, and what must be absent is absent.
//!
//! Reads every source file's paths and compares them with the table below, which says for each
//! module what it may know. `docs/ARCHITECTURE.md` says why. To change the table is to change the
//! architecture.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

#[path = "layers/source.rs"]
mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Each module, its floor, and the modules it may use.
const HOUSE: [(&str, u8, &[&str]); 12] = [
    (
        "cli",
        4,
        &[
            "scan", "verify", "report", "detect", "history", "rules", "walk", "unpack", "git",
            "pack", "cache", "model",
        ],
    ),
    ("scan", 3, &["detect", "history", "rules", "walk", "unpack", "git", "pack", "cache", "model"]),
    ("verify", 3, &["rules", "model"]),
    ("report", 3, &["rules", "model"]),
    ("detect", 2, &["rules", "model"]),
    ("history", 2, &["git", "pack", "model"]),
    ("rules", 1, &["model"]),
    ("walk", 1, &["model"]),
    ("unpack", 1, &["model"]),
    ("git", 1, &["model"]),
    ("pack", 1, &["model"]),
    ("cache", 1, &["model"]),
];
/// The ground floor, which uses nothing of ours.
const GROUND: &str = "model";

/// Paths that only these modules may use, outside tests, and why.
const RESERVED: [(&str, &[&str], &str); 12] = [
    ("std::env", &["cli"], "the environment is read in one place"),
    ("etcetera", &["cli"], "the environment is read in one place"),
    ("std::process", &["cli"], "no other program is ever started, and only `cli` ends this one"),
    ("std::net", &["verify"], "only verification opens a socket"),
    ("std::os::unix::net", &["verify"], "only verification opens a socket"),
    ("libc::socket", &["verify"], "only verification opens a socket"),
    ("libc::connect", &["verify"], "only verification opens a socket"),
    ("libc::getaddrinfo", &["verify"], "only verification opens a socket"),
    ("rustix::net", &["verify"], "only verification opens a socket"),
    ("ureq", &["verify"], "only verification opens a socket"),
    ("serde_sarif", &["report"], "only `report` knows an output format"),
    ("clap", &["cli"], "the command line is `cli`'s affair"),
];
/// Paths that these modules must do without, outside tests.
const FORBIDDEN: [(&str, &str, &str); 4] = [
    ("detect", "std::fs", "detection does no input or output"),
    ("detect", "std::io", "detection does no input or output"),
    ("model", "std::fs", "the words do nothing"),
    ("report", "git2", "reports are made of the model alone"),
];

/// One source file: its name, its module's steps below `crate`, and what it says.
struct File {
    name: String,
    module: Vec<String>,
    source: source::Source,
}

impl File {
    fn new(name: &str, text: &str) -> File {
        let steps = name.trim_start_matches("src/").trim_end_matches(".rs").split('/');
        let mut module: Vec<String> = steps.map(str::to_owned).collect();
        if module.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
            module.pop();
        }
        File { name: name.to_owned(), source: source::read(text, &module), module }
    }

    fn top(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }

    fn paths(&self) -> &[source::Path] {
        &self.source.paths
    }

    /// Whether it, or a module around it, is declared as a test anywhere in `files`.
    fn is_test(&self, files: &[File]) -> bool {
        let mut declared = files.iter().flat_map(|file| &file.source.test_files);
        declared.any(|test| self.module.starts_with(test))
    }
}

fn rank(module: &str) -> Option<(u8, &'static [&'static str])> {
    if module == GROUND {
        return Some((0, &[]));
    }
    HOUSE.iter().find(|(name, ..)| *name == module).map(|(_, floor, may)| (*floor, *may))
}

/// Every breach of the house's rules, one sentence each.
fn breaches(files: &[File]) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in files {
        // The crate's root and the binary only put things together.
        let Some(top) = file.top() else { continue };
        let Some((_, may)) = rank(top) else {
            breaches.push(format!("{}: give `{top}` a floor in tests/layers.rs", file.name));
            continue;
        };
        let is_test = file.is_test(files);
        for path in file.paths() {
            let place = format!("{}:{}", file.name, path.line);
            breaches.extend(import_breach(top, may, path).map(|why| format!("{place}: {why}")));
            if !is_test && !path.in_test {
                breaches.extend(absence_breach(top, path).map(|why| format!("{place}: {why}")));
            }
        }
    }
    breaches.extend(circles(files));
    breaches.dedup();
    breaches
}

fn import_breach(top: &str, may: &[&str], path: &source::Path) -> Option<String> {
    let [root, used, ..] = &path.steps[..] else { return None };
    if root != "crate" || used == top || may.contains(&used.as_str()) {
        return None;
    }
    match rank(used) {
        Some((floor, _)) => {
            let own = rank(top).map_or(0, |(floor, _)| floor);
            let direction = match floor.cmp(&own) {
                std::cmp::Ordering::Greater => "upward",
                std::cmp::Ordering::Equal => "sideways",
                std::cmp::Ordering::Less => "to a stranger",
            };
            Some(format!("`{top}` imports `{used}`, which is {direction}; it may use {may:?}"))
        }
        None if used == "*" => Some("`crate::*` hides what is used; name it".to_owned()),
        None => None,
    }
}

fn absence_breach(top: &str, path: &source::Path) -> Option<String> {
    let whole = path.steps.join("::");
    let within = |prefix: &str| {
        whole.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let reserved = RESERVED
        .iter()
        .find(|(prefix, owners, _)| within(prefix) && !owners.contains(&top))
        .map(|(prefix, _, why)| format!("`{top}` uses `{prefix}`; {why}"));
    reserved.or_else(|| {
        FORBIDDEN
            .iter()
            .find(|(module, prefix, _)| *module == top && within(prefix))
            .map(|(_, prefix, why)| format!("`{top}` uses `{prefix}`; {why}"))
    })
}

/// Circles among the files of one module. What a `mod.rs` defines itself is common ground to its
/// files and makes no circle; what it re-exports counts as the file it comes from.
fn circles(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    let tops: BTreeSet<&str> = files.iter().filter_map(File::top).collect();
    for top in tops {
        let inside: Vec<&File> = files.iter().filter(|file| file.top() == Some(top)).collect();
        let units: BTreeSet<&str> =
            inside.iter().filter_map(|file| file.module.get(1)).map(String::as_str).collect();
        let exported = exports(&inside, &units);
        let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for file in inside.iter().filter(|file| !file.is_test(files)) {
            let Some(from) = file.module.get(1) else { continue };
            for path in file.paths().iter().filter(|path| !path.in_test) {
                let [root, used, name, ..] = &path.steps[..] else { continue };
                if root != "crate" || used != top {
                    continue;
                }
                let to = units
                    .get(name.as_str())
                    .or_else(|| exported.get(name.as_str()))
                    .filter(|to| **to != from);
                if let Some(to) = to {
                    edges.entry(from).or_default().insert(to);
                }
            }
        }
        found.extend(circle(&edges).map(|round| format!("src/{top}: a circle of {round}")));
    }
    found
}

/// The names that a `mod.rs` re-exports, and the file each comes from.
fn exports<'f>(inside: &[&File], units: &BTreeSet<&'f str>) -> BTreeMap<String, &'f str> {
    let mut exported = BTreeMap::new();
    for file in inside.iter().filter(|file| file.module.len() == 1) {
        for path in file.paths() {
            // Children are named with or without `self::`.
            let steps = match &path.steps[..] {
                [root, _, rest @ ..] if root == "crate" => rest,
                steps => steps,
            };
            if let [unit, .., name] = steps
                && let Some(unit) = units.get(unit.as_str())
            {
                exported.insert(name.clone(), *unit);
            }
        }
    }
    exported
}

/// One circle, if there is any: files that nothing leads out of are taken away until none is left.
fn circle(edges: &BTreeMap<&str, BTreeSet<&str>>) -> Option<String> {
    let mut left = edges.clone();
    loop {
        let free: Vec<&str> = left
            .iter()
            .filter(|(_, to)| !to.iter().any(|to| left.contains_key(to)))
            .map(|(from, _)| *from)
            .collect();
        if free.is_empty() {
            break;
        }
        for from in free {
            left.remove(from);
        }
    }
    // What is left leads into a circle; follow it until a file comes again.
    let mut way = vec![*left.keys().next()?];
    loop {
        let next = left[way[way.len() - 1]].iter().find(|to| left.contains_key(*to))?;
        if let Some(start) = way.iter().position(|at| at == next) {
            way.push(next);
            return Some(way[start..].join(" -> "));
        }
        way.push(next);
    }
}

fn collect(folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
            files.push(File::new(name.to_str().unwrap(), &fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn the_house_stands() {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 10, "only {} source files found", files.len());
    let breaches = breaches(&files);
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn the_table_itself_goes_down_only() {
    for (module, floor, may) in HOUSE {
        for used in may {
            let (below, _) = rank(used).unwrap_or_else(|| panic!("{used} has no floor"));
            assert!(below < floor, "{module} on floor {floor} may use {used} on floor {below}");
        }
    }
}

/// What the checker says of one made-up file.
fn said(name: &str, text: &str) -> Vec<String> {
    breaches(&[File::new(name, text)])
}

#[test]
fn the_checker_sees_each_way_to_import() {
    for text in [
        "use crate::scan::Run;",
        "use crate::{model::Span, scan};",
        "use crate::{model::{Span, Gap}, scan::{self, Run as R}};",
        "use super::super::scan::Run;",
        "use super::{super::scan, open::Links};",
        "fn f() { let x = crate::scan::run(); }",
        "fn f() -> Vec<crate::scan::Run> { format!(\"{}\", 'x') }",
        "mod deeper { use super::super::super::scan; }",
        "#[cfg(test)] mod tests { use crate::scan::Run; }",
        "pub(crate) use crate::scan::*;",
        "fn f<'a>(x: &'a str) { r#\"\"\"#; '\\''; crate::scan::run() }",
        "use crate :: /* here */ scan :: Run;",
    ] {
        let said = said("src/walk/visit.rs", text);
        assert_eq!(said.len(), 1, "{text}: {said:?}");
        assert!(said[0].contains("`walk` imports `scan`, which is upward"), "{said:?}");
    }
}

#[test]
fn the_checker_sees_sideways_and_strange_imports() {
    for (name, text, expected) in [
        ("src/git/mod.rs", "use crate::pack::Store;", "sideways"),
        ("src/scan/files.rs", "use crate::report::json;", "sideways"),
        ("src/detect/mod.rs", "use crate::walk::walk;", "to a stranger"),
        ("src/history/mod.rs", "use crate::rules::RuleSet;", "to a stranger"),
        ("src/report/mod.rs", "use crate::detect::region;", "to a stranger"),
        ("src/model/span.rs", "use crate::rules::Rule;", "upward"),
        ("src/walk/mod.rs", "use crate::*;", "hides what is used"),
        ("src/utils/mod.rs", "", "give `utils` a floor"),
    ] {
        let said = said(name, text);
        assert!(said.len() == 1 && said[0].contains(expected), "{name} {text}: {said:?}");
    }
}

#[test]
fn the_checker_sees_what_must_be_absent_but_not_in_tests() {
    for (name, text) in [
        ("src/git/mod.rs", "use std::env;"),
        ("src/git/mod.rs", "use std::{fs, env::var_os};"),
        ("src/pack/mod.rs", "fn f() { std::process::Command::new(\"git\"); }"),
        ("src/scan/mod.rs", "use serde_sarif::sarif::Sarif;"),
        ("src/detect/mod.rs", "use std::fs::File;"),
        ("src/scan/mod.rs", "use std::net::TcpStream;"),
        ("src/cli/mod.rs", "fn f() { std::net::TcpStream::connect(\"a:1\"); }"),
        ("src/git/mod.rs", "use std::os::unix::net::UnixStream;"),
        ("src/report/mod.rs", "fn f() { ureq::get(\"https://a.example\").call(); }"),
        ("src/walk/mod.rs", "fn f() { libc::socket(1, 1, 0); }"),
    ] {
        assert_eq!(said(name, text).len(), 1, "{name} {text}");
        assert!(said(name, &format!("#[cfg(test)] mod tests {{ {text} }}")).is_empty());
    }
    let sample = || File::new("src/walk/sample/a.rs", "use std::env;");
    let parent = |text| File::new("src/walk/mod.rs", text);
    assert!(breaches(&[parent("#[cfg(test)] mod sample;"), sample()]).is_empty());
    assert_eq!(breaches(&[parent("#[cfg(test)] fn f() {} mod sample;"), sample()]).len(), 1);
}

#[test]
fn the_checker_is_silent_where_all_is_well() {
    for (name, text) in [
        ("src/walk/visit.rs", "use crate::model::{Gap, Span}; use super::{Counts, open::Links};"),
        ("src/walk/visit.rs", "// use crate::scan::Run;\n/* crate::scan::x /* */ */ fn f() {}"),
        ("src/walk/visit.rs", "const X: &str = \"crate::scan::Run\"; const Y: char = '\"';"),
        ("src/walk/visit.rs", "const X: &[u8] = br#\"\"crate::scan\"#; fn r#scan() {}"),
        ("src/scan/mod.rs", "use crate::{detect::Detector, history, walk::{self, Sink}};"),
        ("src/cli/mod.rs", "use std::env; use crate::{report, scan}; pub(crate) fn f() {}"),
        ("src/model/mod.rs", "mod tests { use super::super::model::Span; }"),
        ("src/main.rs", "fn main() { cfleaks::cli::run(); std::process::exit(1) }"),
    ] {
        assert_eq!(said(name, text), [""; 0], "{text}");
    }
}

#[test]
fn the_checker_sees_circles_through_re_exports_too() {
    let file = |name: &str, text: &str| File::new(&format!("src/pack/{name}.rs"), text);
    let top = "mod a; mod b; mod c; pub use a::A; pub use self::b::{B, other::X as Y};";
    let said = breaches(&[
        file("mod", top),
        file("a", "use super::{B, Common};"),
        file("b", "use crate::pack::c::C;"),
        file("c", "use super::A;"),
    ]);
    assert_eq!(said, ["src/pack: a circle of a -> b -> c -> a"]);
    let said = breaches(&[
        file("mod", top),
        file("a", "use super::{B, Common}; #[cfg(test)] mod tests { use super::*; }"),
        file("b", "#[cfg(test)] mod tests { use crate::pack::A; }"),
        file("c", "use super::A;"),
    ]);
    assert_eq!(said, [""; 0]);
}
