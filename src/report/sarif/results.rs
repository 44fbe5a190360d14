//! Findings as SARIF results: one result a secret.

use std::collections::BTreeMap;

use bstr::ByteSlice;

use serde_json::{Map, Value, json};
use serde_sarif::sarif::{self, PropertyBag, ResultLevel};

use crate::model::{
    CommitNote, Commits, Fact, Finding, Partner, Place, Provenance, Severity, Standing,
    Suppression, Verdict,
};

use super::super::{RuleInfo, json, place, time};
use super::{bag, int, literal, locations, rules};

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
    result.level = Some(level(finding.present_severity()));
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
    if let Some(verdict) = finding.verdict {
        text += &format!(" Verdict '{}': {}.", verdict.name(), verdict.sentence());
    }
    if let Some(impact) = &finding.impact
        && let (Some(grade), Some(reason)) = (impact.grade, impact.reasons.first())
    {
        text += &format!(" Impact '{}': {}.", grade.name(), literal(reason));
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
        let decoded = place::decoded(first).map(|at| format!(", {at}")).unwrap_or_default();
        text += &format!(" It was read through {}{decoded}.", layers.join(", "));
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
    let (verdict, present) = (finding.verdict, finding.present_severity());
    let layers: Vec<_> = first.layers.iter().map(|layer| layer.name()).collect();
    bag([
        ("severity", Some(json!(finding.severity.name()))),
        ("confidence", Some(json!(finding.confidence.name()))),
        ("masked", Some(json!(finding.secret.mask()))),
        ("lapse", finding.lapse.as_ref().map(|lapse| json!(lapse.to_string()))),
        ("verdict", verdict.map(|verdict| json!(verdict.name()))),
        ("verdictReason", verdict.and_then(Verdict::reason).map(|reason| json!(reason))),
        ("security-severity", verdict.map(|_| json!(rules::security_severity(present)))),
        (
            "impact",
            finding.impact.as_ref().and_then(|i| serde_json::to_value(json::impact(i)).ok()),
        ),
        ("facts", facts(&finding.facts)),
        ("partners", partners(&finding.partners)),
        ("part", Some(json!(first.part.name()))),
        ("standing", Some(json!(first.standing.name()))),
        ("inside", place::inside(first).map(|inside| json!(inside))),
        ("layers", (!layers.is_empty()).then(|| json!(layers))),
        ("decoded", place::decoded(first).map(|decoded| json!(decoded))),
        ("object", first.object.map(|id| json!(id.to_string()))),
        ("commit", commit.map(|commit| json!(commit.id.to_string()))),
        ("authorDate", commit.and_then(|c| time::of_person(&c.author)).map(|date| json!(date))),
        ("placeCount", Some(json!(finding.place_count))),
        ("history", histories(&finding.history)),
    ])
}

/// How many commits and refs of each sort SARIF lists; JSON lists more.
const MOST_LISTED: usize = 10;

/// The life in history, repository by repository.
fn histories(histories: &[Provenance]) -> Option<Value> {
    let one = |history: &Provenance| {
        let refs = history.refs.iter().take(MOST_LISTED);
        let refs: Vec<_> = refs.map(|name| name.to_str_lossy().into_owned()).collect();
        let mut value = json!({
            "introduced": commits(&history.introduced),
            "introducedCount": history.introduced.count,
            "removed": commits(&history.removed),
            "removedCount": history.removed.count,
            "atHead": history.at_head,
            "refs": refs,
            "refCount": history.ref_count,
        });
        if let Some(repository) = &history.repository {
            value["repository"] = json!(repository.to_str_lossy());
        }
        value
    };
    (!histories.is_empty()).then(|| histories.iter().map(one).collect())
}

fn commits(commits: &Commits) -> Value {
    let one = |note: &CommitNote| {
        let CommitNote { commit, reachable } = note;
        let mut value = json!({ "commit": commit.id.to_string(), "reachable": reachable });
        for (who, person) in [("author", &commit.author), ("committer", &commit.committer)] {
            value[who] =
                json!({ "name": person.name.to_str_lossy(), "email": person.email.to_str_lossy() });
            if let Some(time) = time::of_person(person) {
                value[who]["time"] = json!(time);
            }
        }
        value
    };
    commits.listed.iter().take(MOST_LISTED).map(one).collect()
}

/// What belongs to the secret.
fn partners(partners: &[Partner]) -> Option<Value> {
    let one = |partner: &Partner| {
        let mut fields = Map::new();
        fields.insert("role".to_owned(), json!(partner.role.name()));
        fields.insert("value".to_owned(), json!(partner.value));
        fields.extend(partner.line.map(|line| ("line".to_owned(), json!(line))));
        Value::Object(fields)
    };
    (!partners.is_empty()).then(|| partners.iter().map(one).collect())
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
