//! The rules that are part of the program.

use std::sync::{Arc, OnceLock};

use super::{placeholder::Placeholders, rule::Rule, ruleset::RuleSet};

/// What the build script gathered from `rules/`.
const JSON: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.json"));

#[derive(serde::Deserialize)]
struct Builtin {
    rules: Vec<Rule>,
    samples: Placeholders,
}

impl RuleSet {
    /// The built-in rules. Made once, well within a millisecond; no pattern is compiled.
    pub fn builtin() -> Arc<RuleSet> {
        static RULES: OnceLock<Arc<RuleSet>> = OnceLock::new();
        RULES.get_or_init(|| Arc::new(read())).clone()
    }
}

/// An empty set instead of a failure would be a scan that finds nothing and says so proudly. The
/// text is fixed when the program is built and every test reads it, so it cannot fail in a build
/// that passed its tests.
#[allow(clippy::expect_used, reason = "fixed at build time and read by every test")]
fn read() -> RuleSet {
    let builtin: Builtin = serde_json::from_str(JSON)
        .expect("a built-in rule is not well formed; `cargo test --lib rules::` says where");
    RuleSet::new(builtin.rules, builtin.samples)
}
