//! What SARIF says of the run itself: the tool, how it went, what could not be read.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    Invocation, Location, MultiformatMessageString, Notification, PhysicalLocation, PropertyBag,
    ReportingDescriptor, ReportingDescriptorReference, Run, RunAutomationDetails, ToolComponent,
};

use crate::model::{Gap, GapLevel, GapReason, Report};

use super::super::{Options, RuleInfo, gaps, place, time, uri};
use super::{bag, int, literal, locations, rules};

/// Where the tool is described.
pub(super) const HOME: &str = "https://crates.io/crates/cfleaks";
/// Gaps of one reason listed one by one; the rest is one notification that counts them.
const MOST_NOTIFICATIONS: usize = 1000;
/// The notification for results that the format has no room for.
const LEFT_OUT: &str = "results-left-out";

/// Everything of the run but its results.
pub(super) fn head(
    report: &Report,
    rules: &[RuleInfo<'_>],
    options: &Options,
    left_out: usize,
) -> Run {
    let mut run = Run::builder().tool(driver(rules)).build();
    run.column_kind = Some(json!("utf16CodeUnits"));
    run.language = Some("en-US".to_owned());
    run.invocations = Some(vec![invocation(report, left_out)]);
    run.version_control_provenance = report.repository.as_ref().and_then(locations::provenance);
    // Without a category of the user's own, the upload's category applies, so none is made up.
    run.automation_details = options.category.as_ref().map(|category| RunAutomationDetails {
        id: Some(format!("{}/", category.trim_end_matches('/'))),
        ..RunAutomationDetails::default()
    });
    run
}

fn driver(rules: &[RuleInfo<'_>]) -> ToolComponent {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let mut driver = ToolComponent::builder().name(env!("CARGO_PKG_NAME")).build();
    driver.full_name = Some(format!("{} {version}", env!("CARGO_PKG_NAME")));
    driver.version = Some(version.clone());
    driver.semantic_version = Some(version);
    driver.information_uri = Some(HOME.to_owned());
    driver.rules = Some(rules.iter().map(rules::descriptor).collect());
    driver.notifications = Some(notification_descriptors());
    driver
}

fn notification_descriptors() -> Vec<ReportingDescriptor> {
    let describe = |id: &str, short: &str, help: &str| {
        let text = |text: &str| {
            Some(MultiformatMessageString {
                text: text.to_owned(),
                markdown: None,
                properties: None,
            })
        };
        let mut descriptor = ReportingDescriptor::builder().id(id).build();
        descriptor.name = Some(rules::pascal(id));
        descriptor.help_uri = Some(HOME.to_owned());
        descriptor.short_description = text(short);
        descriptor.full_description = text(short);
        descriptor.help = text(help);
        descriptor
    };
    let mut all: Vec<_> = GapReason::ALL
        .iter()
        .map(|&reason| describe(reason.name(), gaps::meaning(reason), gaps::advice(reason)))
        .collect();
    all.push(describe(
        LEFT_OUT,
        "There were more findings than a SARIF run may hold.",
        "Write the report as JSON to see all of them.",
    ));
    all
}

fn invocation(report: &Report, left_out: usize) -> Invocation {
    let mut invocation = Invocation::builder().execution_successful(report.is_complete()).build();
    invocation.exit_code = Some(i64::from(report.exit_code()));
    invocation.start_time_utc = Some(time::utc(report.started));
    invocation.end_time_utc = Some(time::utc(report.finished));
    invocation.tool_execution_notifications = Some(notifications(report, left_out));
    invocation.properties = Some(numbers(report));
    invocation
}

/// The counts that every report shows.
fn numbers(report: &Report) -> PropertyBag {
    let stats = &report.stats;
    bag([
        ("command", Some(json!(report.command.name()))),
        ("complete", Some(json!(report.is_complete()))),
        ("interrupted", Some(json!(report.interrupted))),
        ("failOn", Some(json!(report.fail_on.name()))),
        ("files", Some(json!(stats.files))),
        ("ignoredFiles", Some(json!(stats.ignored))),
        ("objects", Some(json!(stats.objects))),
        ("commits", Some(json!(stats.commits))),
        ("bytes", Some(json!(stats.bytes))),
        ("belowConfidence", Some(json!(stats.below_confidence))),
        ("suppressed", Some(json!(report.suppressed.len()))),
    ])
}

fn notifications(report: &Report, left_out: usize) -> Vec<Notification> {
    let mut listed: BTreeMap<(GapReason, &str), usize> = BTreeMap::new();
    let mut notifications = Vec::new();
    for gap in &report.gaps {
        let level = level(gap, report.strict);
        let count = listed.entry((gap.reason, level)).or_default();
        *count += 1;
        if *count <= MOST_NOTIFICATIONS {
            notifications.push(of_gap(gap, level));
        }
    }
    for ((reason, level), count) in listed {
        if count > MOST_NOTIFICATIONS {
            let more = count - MOST_NOTIFICATIONS;
            let text = format!("{} '{more}' more of this kind.", gaps::meaning(reason));
            notifications.push(notification(reason.name(), level, &text));
        }
    }
    if left_out > 0 {
        let text = format!("'{left_out}' findings are not in this file: it may hold no more.");
        notifications.push(notification(LEFT_OUT, "warning", &text));
    }
    notifications
}

/// Errors are what leaves the run incomplete.
fn level(gap: &Gap, strict: bool) -> &'static str {
    match gap.level {
        _ if gap.accepted => "note",
        GapLevel::Unread => "error",
        GapLevel::Undecoded if strict => "error",
        GapLevel::Undecoded => "warning",
    }
}

fn of_gap(gap: &Gap, level: &str) -> Notification {
    let accepted = if gap.accepted { " This was accepted by the user." } else { "" };
    let text = format!("{}.{accepted}", literal(gap.detail.trim_end_matches('.')));
    let mut notification = notification(gap.reason.name(), level, &text);
    let uri = match (&gap.path, gap.object) {
        (Some(path), _) => Some(uri::of_path(path)),
        (None, Some(id)) => Some(place::object_uri(&id.to_string())),
        (None, None) => None,
    };
    notification.locations = uri.map(|uri| {
        let physical = PhysicalLocation {
            artifact_location: Some(locations::artifact(uri)),
            ..PhysicalLocation::default()
        };
        vec![Location { physical_location: Some(physical), ..Location::default() }]
    });
    notification.properties = Some(bag([
        ("accepted", Some(json!(gap.accepted))),
        ("object", gap.object.map(|id| json!(id.to_string()))),
    ]));
    notification
}

fn notification(id: &str, level: &str, text: &str) -> Notification {
    let index = GapReason::ALL.iter().position(|reason| reason.name() == id);
    let mut notification = Notification::builder().message(text).build();
    notification.level = Some(json!(level));
    notification.descriptor = Some(ReportingDescriptorReference {
        id: Some(id.to_owned()),
        index: Some(int(index.unwrap_or(GapReason::ALL.len()) as u64)),
        ..ReportingDescriptorReference::default()
    });
    notification
}
