//! Holds `docs/ARCHITECTURE.md` to the truth: its list names every source file, each once, in
//! order, and nothing that is not there.
//!
//! Each line is the file's path and the first sentence of its opening `//!` paragraph, so the list
//! is written where the code is. `CFLEAKS_BLESS=1 cargo test --test architecture` rewrites it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

use std::{env, fs, path::Path};

const PAGE: &str = "docs/ARCHITECTURE.md";
const BEGIN: &str = "<!-- files: begin -->";
const END: &str = "<!-- files: end -->";

/// The paths of all source files below `folder`, sorted.
fn sources(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
    found.sort();
}

/// The first sentence of a file's opening paragraph, on one line.
fn first_sentence(text: &str) -> Option<String> {
    let paragraph: Vec<&str> = text
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let paragraph = paragraph.join(" ");
    let sentence = paragraph.split_inclusive(". ").next()?.trim().trim_end_matches(':');
    (!sentence.is_empty()).then(|| without_links(sentence))
}

/// The text with ``[`name`]`` and ``[`name`](target)``, which lead somewhere in the code's own
/// documentation only, as plain names.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut parts = text.split("[`");
    plain.extend(parts.next());
    for part in parts {
        let (name, rest) = part.split_once("`]").unwrap_or((part, ""));
        let after_target = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        plain.extend(["`", name, "`", after_target.map_or(rest, |(_, rest)| rest)]);
    }
    plain
}

fn line_of(name: &str, text: &str) -> Result<String, String> {
    let sentence = first_sentence(text).ok_or_else(|| {
        format!("{name}: open it with a `//!` paragraph that says what it is for")
    })?;
    Ok(format!("- `{name}`: {sentence}"))
}

/// What must change in `list` for it to be `expected`, for a person.
fn difference(list: &[&str], expected: &[String]) -> Option<String> {
    let missing = expected.iter().filter(|line| !list.contains(&line.as_str()));
    let surplus = list.iter().filter(|line| !expected.iter().any(|right| right == *line));
    let mut said: Vec<String> = surplus.map(|line| format!("remove  {line}")).collect();
    said.extend(missing.map(|line| format!("add     {line}")));
    if said.is_empty() && list != expected {
        said.push("the lines are right, but one stands twice or they are not sorted".to_owned());
    }
    (!said.is_empty()).then(|| said.join("\n"))
}

#[test]
fn the_page_lists_every_source_file_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = Vec::new();
    sources(root, &root.join("src"), &mut names);
    assert!(names.len() > 10, "only {} source files found", names.len());
    let lines: Result<Vec<String>, String> = names
        .iter()
        .map(|name| line_of(name, &fs::read_to_string(root.join(name)).unwrap()))
        .collect();
    let expected = lines.unwrap_or_else(|error| panic!("{error}"));

    let page = fs::read_to_string(root.join(PAGE)).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page marks where its list begins");
    let (list, after) = rest.split_once(END).expect("the page marks where its list ends");
    let list: Vec<&str> = list.lines().filter(|line| !line.is_empty()).collect();
    if env::var_os("CFLEAKS_BLESS").is_some_and(|value| value == "1") {
        let list = expected.join("\n");
        fs::write(root.join(PAGE), format!("{before}{BEGIN}\n{list}\n{END}{after}")).unwrap();
    } else if let Some(difference) = difference(&list, &expected) {
        panic!(
            "\n{PAGE} is not in step with src/:\n{difference}\n\
             `CFLEAKS_BLESS=1 cargo test --test architecture` does it.\n"
        );
    }
}

#[test]
fn every_local_link_of_the_documents_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", PAGE, "docs/rules.md"];
    let mut links = 0;
    for page in pages {
        let text = fs::read_to_string(root.join(page)).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") || file.starts_with("mailto:") {
                continue;
            }
            links += 1;
            let folder = Path::new(page).parent().unwrap();
            assert!(root.join(folder).join(file).exists(), "{page} links to {link}");
        }
    }
    assert!(links > 5, "only {links} links found");
}

#[test]
fn a_sentence_is_taken_from_the_first_paragraph_only() {
    for (text, expected) in [
        ("//! One idea. More of it.\n", Some("One idea.")),
        ("//! Over\n//! two lines\n//!\n//! and no more\n", Some("Over two lines")),
        ("//! A list:\n//!\n//! - x\n", Some("A list")),
        ("//! One [`A`](crate::A) or [`B`] (or c).\n", Some("One `A` or `B` (or c).")),
        ("// no doc\nfn f() {}\n", None),
        ("//!\n//! late\n", None),
    ] {
        assert_eq!(first_sentence(text).as_deref(), expected, "{text:?}");
    }
}

#[test]
fn the_difference_is_told_line_by_line() {
    let expected = ["- `a`: A.".to_owned(), "- `b`: B.".to_owned()];
    assert_eq!(difference(&["- `a`: A.", "- `b`: B."], &expected), None);
    assert_eq!(
        difference(&["- `a`: Old.", "- `b`: B."], &expected).as_deref(),
        Some("remove  - `a`: Old.\nadd     - `a`: A.")
    );
    assert!(difference(&["- `b`: B.", "- `a`: A."], &expected).unwrap().contains("not sorted"));
    assert!(difference(&["- `a`: A.", "- `a`: A.", "- `b`: B."], &expected).is_some());
}
