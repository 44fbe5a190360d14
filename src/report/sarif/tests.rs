//! What code-scanning services demand beyond the schema.

use std::collections::HashSet;

use serde_json::Value;

use super::super::{Format, Options, sample, write};
use crate::model::{Finding, Gap, GapReason, Part, Report, Severity, Standing};

fn run(report: &Report, options: &Options) -> Value {
    let mut out = Vec::new();
    write(report, &sample::rules().infos(), Format::Sarif, options, &mut out).unwrap();
    let mut log: Value = serde_json::from_slice(&out).unwrap();
    log["runs"][0].take()
}

fn of(report: &Report) -> Value {
    run(report, &Options::default())
}

fn found(severity: Severity, places: usize) -> Finding {
    let mut found = sample::finding("user-api-token", "T", severity, sample::secret("cfut_", 9));
    found.places = (0..places)
        .map(|n| {
            let path = format!("p/{}", n / 2);
            let mut place = sample::place(Part::Content, Standing::WorkTree, Some(path.as_bytes()));
            place.region = sample::region(1, 1, 5);
            place
        })
        .collect();
    found
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn the_gravest_come_first_and_a_run_holds_no_more_than_it_may() {
    let mut report = sample::clean();
    report.findings = vec![found(Severity::Low, 1); 25_001];
    report.findings.push(found(Severity::Critical, 1));
    let run = of(&report);
    let results = list(&run["results"]);
    assert_eq!(results.len(), 25_000);
    assert_eq!(results[0]["level"], "error");
    assert_eq!(results[1]["level"], "note");
    let notes = list(&run["invocations"][0]["toolExecutionNotifications"]);
    assert_eq!(
        notes[0]["message"]["text"],
        "'2' findings are not in this file: it may hold no more."
    );
    let index = notes[0]["descriptor"]["index"].as_u64().unwrap() as usize;
    assert_eq!(run["tool"]["driver"]["notifications"][index]["id"], "results-left-out");
}

#[test]
fn a_result_has_a_thousand_locations_at_most_and_none_twice() {
    let mut report = sample::clean();
    report.findings = vec![found(Severity::High, 4000)];
    let run = of(&report);
    let related = list(&run["results"][0]["relatedLocations"]);
    assert_eq!(related.len(), 999);
    let mut seen = HashSet::new();
    for (at, location) in related.iter().enumerate() {
        assert_eq!(location["id"], at as u64 + 1);
        let mut bare = location.clone();
        bare.as_object_mut().unwrap().remove("id");
        assert!(seen.insert(bare.to_string()), "{bare}");
    }
}

#[test]
fn gaps_of_one_reason_are_counted_beyond_a_thousand() {
    let mut report = sample::clean();
    let gap = |n| Gap::new(GapReason::ReadError, "no [link](x)").at_path(format!("f{n}"));
    report.gaps = (0..1500).map(gap).collect();
    let run = of(&report);
    let notes = list(&run["invocations"][0]["toolExecutionNotifications"]);
    assert_eq!(notes.len(), 1001);
    assert_eq!(notes[0]["message"]["text"], "no \\[link](x).");
    assert_eq!(notes[1000]["message"]["text"], "Reading failed. '500' more of this kind.");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn how_the_run_went() {
    let run = of(&sample::clean());
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    assert_eq!(invocation["exitCode"], 0);
    assert_eq!(invocation["properties"]["ignoredFiles"], 17);
    assert_eq!(list(&run["results"]).len(), 0);
    assert!(run["results"].is_array(), "an empty list says that nothing was found");
    assert_eq!(run["automationDetails"], Value::Null);
}

#[test]
fn a_level_for_each_kind_of_gap() {
    let mut report = sample::full();
    let levels = |report: &Report| -> Vec<String> {
        let run = of(report);
        let notes = list(&run["invocations"][0]["toolExecutionNotifications"]);
        notes[5..].iter().map(|note| note["level"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(levels(&report), ["error", "warning", "note"]);
    report.strict = true;
    assert_eq!(levels(&report), ["error", "error", "note"]);
}

#[test]
fn every_reference_between_parts_leads_somewhere() {
    let run = run(&sample::full(), &Options { show_suppressed: true, ..Options::default() });
    let rules = list(&run["tool"]["driver"]["rules"]);
    for result in list(&run["results"]) {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let physical = &result["locations"][0]["physicalLocation"];
        assert!(!physical["artifactLocation"]["uri"].as_str().unwrap().is_empty());
        let region = &physical["region"];
        for number in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(region[number].as_u64().unwrap() >= 1);
        }
        assert_eq!(region["startLine"], region["endLine"]);
    }
    let notes = list(&run["tool"]["driver"]["notifications"]);
    for note in list(&run["invocations"][0]["toolExecutionNotifications"]) {
        let index = note["descriptor"]["index"].as_u64().unwrap() as usize;
        assert_eq!(notes[index]["id"], note["descriptor"]["id"]);
    }
    for rule in rules {
        for text in [
            "/shortDescription/text",
            "/fullDescription/text",
            "/help/text",
            "/help/markdown",
            "/name",
            "/helpUri",
        ] {
            assert!(!rule.pointer(text).unwrap().as_str().unwrap().is_empty(), "{text}");
        }
        assert!(rule["properties"]["security-severity"].is_string());
    }
}

#[test]
fn only_places_on_the_disk_leave_the_line_hash_to_the_uploader() {
    let run = of(&sample::full());
    let hashes: Vec<_> = list(&run["results"])
        .iter()
        .map(|result| {
            let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str();
            hash.map(str::to_owned)
        })
        .collect();
    let ours = |n: usize| {
        let name = run["results"][n]["partialFingerprints"]["cfleaks/v1"].as_str().unwrap();
        Some(format!("{}:1", &name[..16]))
    };
    assert_eq!(hashes[0].as_deref(), Some("39fa2ee980eb94b0:1"));
    assert_eq!(hashes[1].as_deref(), Some("0123456789abcdef:2"));
    assert_eq!(hashes[2..5], [ours(2), ours(3), ours(4)]);
    assert_eq!(hashes[5], None);
}

#[test]
fn provenance_names_only_addresses_that_others_can_reach() {
    let mut report = sample::clean();
    let with = |report: &mut Report, remote: Option<&str>| {
        report.repository.as_mut().unwrap().remote = remote.map(str::to_owned);
        of(report)["versionControlProvenance"][0]["repositoryUri"].clone()
    };
    assert_eq!(with(&mut report, Some("https://u:p@h/r")), "https://h/r");
    assert_eq!(with(&mut report, Some("/srv/r")), Value::Null);
    assert_eq!(with(&mut report, None), Value::Null);
    report.repository = None;
    assert_eq!(of(&report)["versionControlProvenance"], Value::Null);
}

#[test]
fn suppressed_findings_are_left_out_unless_asked_for() {
    let report = sample::full();
    assert_eq!(list(&of(&report)["results"]).len(), 6);
    let all = run(&report, &Options { show_suppressed: true, ..Options::default() });
    let results = list(&all["results"]);
    assert_eq!(results.len(), 8);
    assert_eq!(results[6]["suppressions"][0]["kind"], "external");
    assert_eq!(results[6]["suppressions"][0]["justification"], "test data");
    assert_eq!(results[7]["suppressions"][0]["kind"], "inSource");
}
