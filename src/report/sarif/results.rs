//! Findings as SARIF results: one result a secret.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use serde_sarif::sarif::{self, PropertyBag, ResultLevel};

use crate::model::{Fact, Finding, Place, Severity, Standing, Suppression};

use super::super::{RuleInfo, place, time};
use super::{bag, int, literal, locations};

/// The name under which our own fingerprint goes.
const OUR_FINGERPRINT: &str = "cfleaks/v1";
/// The only fingerprint that GitHub tells alerts apart by.
const LINE_HASH: &str = "primaryLocationLineHash";

pub(super) fn result(finding: &Finding, rules: &[RuleInfo<'_>]) -> sarif::Result {
    let index = rules.iter().position(|rule| rule.id == &*finding.rule);
    // A finding without places cannot be; if it were, a result without a location would make the
    // service refuse the whole file.
    let nowhere = Place::new(crate::model::Part::Config, Standing::Repository);
    let first = finding.places.first().unwrap_or(&nowhere);
    let related = locations::related(&finding.places);
    let mut result = sarif::Result::builder().message(message(finding, first).as_str()).build();
    result.rule_id = Some(finding.rule.to_string());
    result.rule_index = index.map(|index| int(index as u64));
    result.level = Some(level(finding.severity));
    result.locations = Some(vec![locations::primary(first)]);
    result.related_locations = (!related.is_empty()).then_some(related);
    result.partial_fingerprints = Some(fingerprints(finding, first));
    result.properties = Some(properties(finding, first));
    result.suppressions = finding.suppression.as_ref().map(|why| vec![suppression(why)]);
    result
}

/// The level of a result of this severity.
pub(super) fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Critical | Severity::High => ResultLevel::Error,
        Severity::Medium => ResultLevel::Warning,
        Severity::Low | Severity::Note => ResultLevel::Note,
    }
}

/// What, how sure and since when. The first sentence stands alone where space is short.
fn message(finding: &Finding, first: &Place) -> String {
    let mut text = format!(
        "{} '{}' found{} ({}).",
        literal(&finding.title),
        literal(&finding.secret.mask()),
        place::part(first.part).map_or_else(String::new, |part| format!(" {part}")),
        finding.confidence
    );
    if let Some(lapse) = &finding.lapse {
        text += &format!(" It can no longer be used: {}.", literal(&lapse.to_string()));
    }
    text += &match &first.commit {
        Some(commit) => {
            let day = time::day_of_person(&commit.author)
                .map_or_else(String::new, |day| format!(" of {day}"));
            format!(" It came with commit '{}'{day}", commit.id)
        }
        None => " It is".to_owned(),
    };
    let standing = place::standing(first.standing);
    text += &match first.commit {
        Some(_) => format!(" and is {standing}."),
        None => format!(" {standing}."),
    };
    if let Some(inside) = place::inside(first) {
        text += &format!(" Inside, it stands at {}.", literal(&inside));
    }
    if !first.layers.is_empty() {
        let layers: Vec<_> = first.layers.iter().map(|layer| layer.name()).collect();
        text += &format!(" It was read through {}.", layers.join(", "));
    }
    if finding.place_count > 1 {
        text += &format!(" It stands in '{}' places in all.", finding.place_count);
    }
    text
}

/// Our fingerprint and GitHub's.
///
/// Without the latter the upload action computes one from the file on disk. For a place in the work
/// tree that is right; for one in history it would be another file's, so our own name stands in.
fn fingerprints(finding: &Finding, first: &Place) -> BTreeMap<String, String> {
    let ours = finding.fingerprint.to_string();
    let line = first.line_hash.clone().or_else(|| {
        let on_disk =
            first.standing == Standing::WorkTree && first.region.is_some() && !first.is_inside();
        (!on_disk).then(|| format!("{}:1", &ours[..16]))
    });
    let line = line.map(|line| (LINE_HASH.to_owned(), line));
    line.into_iter().chain([(OUR_FINGERPRINT.to_owned(), ours)]).collect()
}

fn properties(finding: &Finding, first: &Place) -> PropertyBag {
    let commit = first.commit.as_ref();
    let layers: Vec<_> = first.layers.iter().map(|layer| layer.name()).collect();
    bag([
        ("severity", Some(json!(finding.severity.name()))),
        ("confidence", Some(json!(finding.confidence.name()))),
        ("masked", Some(json!(finding.secret.mask()))),
        ("lapse", finding.lapse.as_ref().map(|lapse| json!(lapse.to_string()))),
        ("facts", facts(&finding.facts)),
        ("part", Some(json!(first.part.name()))),
        ("standing", Some(json!(first.standing.name()))),
        ("inside", place::inside(first).map(|inside| json!(inside))),
        ("layers", (!layers.is_empty()).then(|| json!(layers))),
        ("object", first.object.map(|id| json!(id.to_string()))),
        ("commit", commit.map(|commit| json!(commit.id.to_string()))),
        ("authorDate", commit.and_then(|c| time::of_person(&c.author)).map(|date| json!(date))),
        ("placeCount", Some(json!(finding.place_count))),
    ])
}

/// Facts by name; several of one name are joined.
fn facts(facts: &[Fact]) -> Option<Value> {
    let mut by_name: Map<String, Value> = Map::new();
    for fact in facts {
        let value = match by_name.get(fact.name).and_then(Value::as_str) {
            Some(before) => format!("{before}, {}", fact.value),
            None => fact.value.clone(),
        };
        by_name.insert(fact.name.to_owned(), Value::String(value));
    }
    (!by_name.is_empty()).then_some(Value::Object(by_name))
}

fn suppression(why: &Suppression) -> sarif::Suppression {
    let (kind, justification) = match why {
        Suppression::Inline => ("inSource", None),
        Suppression::Config(reason) => ("external", Some(reason.clone())),
        Suppression::Baseline => ("external", Some("The baseline holds it.".to_owned())),
    };
    sarif::Suppression {
        guid: None,
        justification,
        kind: json!(kind),
        location: None,
        properties: None,
        status: Some(json!("accepted")),
    }
}
