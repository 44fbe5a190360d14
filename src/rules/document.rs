//! A rule file key by key, as it is written, before defaults are filled in.
//!
//! [`Rule`] and [`Form`] are the contract and say what each key means; this is only their outer form.

use super::{
    form::{Form, Near, Value},
    rule::{CounterExample, Example, Rule, Verifier},
    terms::{Check, Gate, Reach},
    terraform::Terraform,
};
use crate::model::{Confidence, PartnerRole, Severity, Strength};

/// The keys of a rule file.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    id: String,
    title: String,
    severity: Severity,
    confidence: Confidence,
    anchors: Option<Vec<String>>,
    encoded_anchors: Option<Vec<String>>,
    names: Option<Vec<String>>,
    vocabulary: Option<Vec<String>>,
    near: Option<Near>,
    gate: Option<Gate>,
    value: Option<Value>,
    pattern: Option<String>,
    reach: Option<Reach>,
    #[serde(default)]
    checks: Vec<Check>,
    terraform: Option<Terraform>,
    #[serde(default)]
    forms: Vec<FormDocument>,
    #[serde(default)]
    partners: Vec<PartnerRole>,
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

/// The keys of one of its forms. What is not written is taken from the rule: confidence, checks, and
/// the value or pattern.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FormDocument {
    #[serde(default)]
    note: String,
    confidence: Option<Confidence>,
    anchors: Option<Vec<String>>,
    encoded_anchors: Option<Vec<String>>,
    names: Option<Vec<String>>,
    vocabulary: Option<Vec<String>>,
    near: Option<Near>,
    gate: Option<Gate>,
    value: Option<Value>,
    pattern: Option<String>,
    reach: Option<Reach>,
    checks: Option<Vec<Check>>,
}

fn strong() -> Strength {
    Strength::Strong
}

/// The keys that every rule has.
pub(super) const REQUIRED: &[&str] =
    &["id", "title", "severity", "confidence", "checks", "help", "examples", "counter_examples"];

/// The keys that a rule may have besides.
pub(super) const OPTIONAL: &[&str] = &[
    "anchors",
    "pattern",
    "reach",
    "encoded_anchors",
    "gate",
    "names",
    "vocabulary",
    "value",
    "near",
    "forms",
    "partners",
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
        "value" => Some(&["class", "min", "max"]),
        "near" => Some(&["words", "before", "after"]),
        "forms" => Some(&[
            "note",
            "confidence",
            "anchors",
            "encoded_anchors",
            "names",
            "vocabulary",
            "near",
            "gate",
            "value",
            "pattern",
            "reach",
            "checks",
        ]),
        "examples" => Some(&["text", "expect", "confidence", "note"]),
        "counter_examples" => Some(&["text", "reason"]),
        _ => None,
    }
}

impl From<Document> for Rule {
    fn from(file: Document) -> Rule {
        let own = FormDocument {
            note: String::new(),
            confidence: None,
            anchors: file.anchors,
            encoded_anchors: file.encoded_anchors,
            names: file.names,
            vocabulary: file.vocabulary,
            near: file.near,
            gate: file.gate,
            value: None,
            pattern: None,
            reach: file.reach,
            checks: None,
        };
        let defaults = Defaults {
            confidence: file.confidence,
            value: file.value,
            pattern: file.pattern,
            checks: file.checks,
        };
        // Without anything to go by the rule's own keys are only what its forms take over.
        let goes_by = own.anchors.is_some() || own.names.is_some() || own.vocabulary.is_some();
        let is_only_typed = file.terraform.is_some() && defaults.pattern.is_none();
        let needs_one = file.forms.is_empty() && !is_only_typed;
        let own = (goes_by || needs_one).then_some((None, own));
        let written = file.forms.into_iter().enumerate().map(|(index, form)| (Some(index), form));
        let forms = own.into_iter().chain(written);
        Rule {
            id: file.id.into(),
            title: file.title.into(),
            severity: file.severity,
            forms: forms.map(|(index, form)| defaults.fill_in(index, form)).collect(),
            partners: file.partners,
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

/// What forms take over from their rule.
struct Defaults {
    confidence: Confidence,
    value: Option<Value>,
    pattern: Option<String>,
    checks: Vec<Check>,
}

impl Defaults {
    fn fill_in(&self, index: Option<usize>, form: FormDocument) -> Form {
        let anchors = form.anchors.unwrap_or_default();
        let says_what = form.value.is_some() || form.pattern.is_some();
        Form {
            index,
            note: form.note,
            confidence: form.confidence.unwrap_or(self.confidence),
            encoded_anchors: form.encoded_anchors.unwrap_or_else(|| anchors.clone()),
            anchors,
            names: form.names.unwrap_or_default(),
            vocabulary: form.vocabulary.unwrap_or_default(),
            near: form.near,
            gate: form.gate,
            value: if says_what { form.value } else { self.value.clone() },
            pattern: if says_what { form.pattern } else { self.pattern.clone() },
            reach: form.reach.unwrap_or(Reach { before: 0, after: 0 }),
            checks: form.checks.unwrap_or_else(|| self.checks.clone()),
        }
    }
}
