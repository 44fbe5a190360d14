//! A rule file key by key, as it is written, before defaults are filled in.
//!
//! [`Rule`] is the contract and says what each key means; this is only its outer form.

use super::{
    rule::{Check, CounterExample, Example, Gate, Reach, Rule, Verifier},
    terraform::Terraform,
};
use crate::model::{Confidence, Severity, Strength};

/// The keys of a rule file.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    id: String,
    title: String,
    severity: Severity,
    confidence: Confidence,
    #[serde(default)]
    anchors: Vec<String>,
    encoded_anchors: Option<Vec<String>>,
    gate: Option<Gate>,
    #[serde(default)]
    pattern: String,
    #[serde(default)]
    reach: Reach,
    #[serde(default)]
    checks: Vec<Check>,
    terraform: Option<Terraform>,
    #[serde(default = "strong")]
    strength: Strength,
    retired: Option<String>,
    verifier: Option<Verifier>,
    help: String,
    #[serde(default)]
    references: Vec<String>,
    examples: Vec<Example>,
    counter_examples: Vec<CounterExample>,
    /// `disabled = false` is allowed and says nothing; `true` never comes here.
    #[serde(default, rename = "disabled")]
    _disabled: bool,
}

fn strong() -> Strength {
    Strength::Strong
}

/// The keys that a rule has; those of [`SEARCH`] only if it searches text for itself.
pub(super) const REQUIRED: &[&str] = &[
    "id",
    "title",
    "severity",
    "confidence",
    "anchors",
    "pattern",
    "reach",
    "checks",
    "help",
    "examples",
    "counter_examples",
];

/// The keys that say how a text is searched. A rule that knows its kind by the attributes of
/// Terraform resources may do without all of them.
pub(super) const SEARCH: &[&str] = &["anchors", "pattern", "reach", "checks"];

/// The keys that a rule may have besides.
pub(super) const OPTIONAL: &[&str] = &[
    "encoded_anchors",
    "gate",
    "terraform",
    "strength",
    "retired",
    "verifier",
    "references",
    "disabled",
];

/// The keys of the tables inside a rule, by the key that holds them.
pub(super) fn keys_within(key: &str) -> Option<&'static [&'static str]> {
    match key {
        "gate" => Some(&["class", "length"]),
        "reach" => Some(&["before", "after"]),
        "terraform" => Some(&["attributes", "shape", "requires"]),
        "examples" => Some(&["text", "expect", "confidence", "note"]),
        "counter_examples" => Some(&["text", "reason"]),
        _ => None,
    }
}

impl From<Document> for Rule {
    fn from(file: Document) -> Rule {
        let encoded_anchors = file.encoded_anchors.unwrap_or_else(|| file.anchors.clone());
        Rule {
            id: file.id.into(),
            title: file.title.into(),
            severity: file.severity,
            confidence: file.confidence,
            anchors: file.anchors,
            encoded_anchors,
            gate: file.gate,
            pattern: file.pattern,
            reach: file.reach,
            checks: file.checks,
            terraform: file.terraform,
            strength: file.strength,
            retired: file.retired,
            verifier: file.verifier,
            help: file.help,
            references: file.references,
            examples: file.examples,
            counter_examples: file.counter_examples,
        }
    }
}
