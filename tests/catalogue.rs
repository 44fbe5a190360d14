//! Holds `docs/rules.md` to the truth: it is what the rules say, for every built-in rule.
//!
//! `CFLEAKS_BLESS=1 cargo test --test catalogue` rewrites it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

use std::{env, fs, path::Path};

use cfleaks::{
    detect::{Detector, Scratch},
    report,
    rules::{Rule, RuleSet},
    scan,
};

const PAGE: &str = "docs/rules.md";

fn page(detector: &Detector) -> String {
    let entries: Vec<(&Rule, String)> = detector
        .rules()
        .rules()
        .iter()
        .map(|rule| (rule, scan::looks(rule, detector).expect("a rule has looks").to_string()))
        .collect();
    report::catalogue(&entries)
}

#[test]
fn the_page_says_what_the_rules_say() {
    let detector = Detector::new(RuleSet::builtin(), jiff::Timestamp::UNIX_EPOCH);
    let expected = page(&detector);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    if env::var_os("CFLEAKS_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, &expected).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let differs = written.lines().zip(expected.lines()).position(|(a, b)| a != b);
    assert!(
        written == expected,
        "{PAGE} is not what the rules say, from line {} on; `CFLEAKS_BLESS=1 cargo test --test catalogue` rewrites it",
        differs.unwrap_or(written.lines().count()) + 1
    );
    for rule in detector.rules().rules() {
        assert!(written.contains(&format!("`{}`", rule.id)), "{} is missing", rule.id);
    }
    // What is shown as an example must not look like a credential to anyone, this program included.
    assert!(detector.detect(written.as_bytes(), &mut Scratch::default()).is_empty());
}

#[test]
fn every_link_within_the_page_leads_to_a_heading() {
    let detector = Detector::new(RuleSet::builtin(), jiff::Timestamp::UNIX_EPOCH);
    let page = page(&detector);
    let target = |title: &str| -> String {
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    let headings: Vec<String> =
        page.lines().filter_map(|line| line.strip_prefix("## ")).map(target).collect();
    let links: Vec<&str> =
        page.split("](#").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert_eq!(links.len(), detector.rules().rules().len());
    assert!(links.iter().all(|link| headings.iter().any(|heading| heading == link)), "{links:?}");
}
