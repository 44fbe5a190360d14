//! Rules as SARIF's reporting descriptors.

use serde_json::json;
use serde_sarif::sarif::{MultiformatMessageString, PropertyBag, ReportingDescriptor};

use crate::model::{Confidence, Severity};

use super::super::{RuleInfo, text::markdown};
use super::{bag, results, run};

/// GitHub cuts descriptions here.
const LONGEST_DESCRIPTION: usize = 1024;

pub(super) fn descriptor(rule: &RuleInfo<'_>) -> ReportingDescriptor {
    let help = match rule.help.trim() {
        "" => "Revoke the credential where it was made, then remove it from the repository.",
        help => help,
    };
    ReportingDescriptor {
        id: rule.id.to_owned(),
        name: Some(pascal(rule.id)),
        short_description: Some(plain(&sentence(rule.title))),
        full_description: Some(plain(&sentence(&description(rule, help)))),
        help: Some(MultiformatMessageString {
            text: markdown::plain(help),
            markdown: Some(with_references(help, rule.references)),
            properties: None,
        }),
        help_uri: Some(help_uri(rule)),
        default_configuration: Some(serde_sarif::sarif::ReportingConfiguration {
            level: Some(json!(results::level(rule.severity))),
            ..Default::default()
        }),
        properties: Some(properties(rule)),
        deprecated_guids: None,
        deprecated_ids: None,
        deprecated_names: None,
        guid: None,
        message_strings: None,
        relationships: None,
    }
}

fn properties(rule: &RuleInfo<'_>) -> PropertyBag {
    let mut properties = bag([
        ("precision", Some(json!(precision(rule.confidence)))),
        ("security-severity", Some(json!(security_severity(rule.severity)))),
        ("retired", rule.retired.map(|day| json!(day))),
    ]);
    let tags = ["security", "external/cwe/cwe-798", "cloudflare", "secret"];
    properties.tags = Some(tags.map(str::to_owned).to_vec());
    properties
}

/// The first reference that is a web address, else where the tool is described.
fn help_uri(rule: &RuleInfo<'_>) -> String {
    let web = rule.references.iter().find(|uri| uri.starts_with("https://"));
    web.map_or_else(|| run::HOME.to_owned(), String::clone)
}

/// GitHub's precision for a match of this confidence.
fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "very-high",
        Confidence::Likely => "high",
        Confidence::Possible => "medium",
    }
}

/// The score by which GitHub names a severity; a string, or it is ignored.
pub(super) fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Note => "0.1",
    }
}

/// `user-api-token` as `UserApiToken`; never the id itself in other letters' case.
pub(super) fn pascal(id: &str) -> String {
    let words = id.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = String::new();
    for word in words {
        name.extend(word.chars().next().map(|first| first.to_ascii_uppercase()));
        name.push_str(&word[1..]);
    }
    if name.eq_ignore_ascii_case(id) { name + "Credential" } else { name }
}

fn description(rule: &RuleInfo<'_>, help: &str) -> String {
    let text = format!("{}: {}", rule.title, markdown::first_paragraph(help));
    match text.char_indices().nth(LONGEST_DESCRIPTION - 1) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

fn with_references(help: &str, references: &[String]) -> String {
    let mut text = help.to_owned();
    if !references.is_empty() {
        text += "\n\n";
        references.iter().for_each(|uri| text += &format!("- <{uri}>\n"));
    }
    text
}

fn plain(text: &str) -> MultiformatMessageString {
    MultiformatMessageString { text: text.to_owned(), markdown: None, properties: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_pascal_case_and_differ_from_the_id() {
        assert_eq!(pascal("user-api-token"), "UserApiToken");
        assert_eq!(pascal("r2_key.v2"), "R2KeyV2");
        assert_eq!(pascal("turnstile"), "TurnstileCredential");
        assert_eq!(pascal(""), "Credential");
    }
}
