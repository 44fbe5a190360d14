//! Version 1 of our own JSON: the types, and nothing else.
//!
//! They are apart from the model so that the model can change and the output not. Within version 1
//! fields and enumerated names may be added, with a new minor version; none is renamed, removed or
//! given another meaning. `docs/report.schema.json` says the same for other programs.

use serde::Serialize;

/// `schema_version` of what these types write.
pub(crate) const SCHEMA_VERSION: &str = "1.1";

/// The whole document. The lists are type parameters so that they can be written as they are made.
#[derive(Serialize)]
pub(crate) struct Report<'a, Findings, Suppressed, Gaps> {
    #[serde(flatten)]
    pub(crate) head: Head<'a>,
    pub(crate) findings: Findings,
    pub(crate) suppressed: Suppressed,
    pub(crate) gaps: Gaps,
    pub(crate) stats: Stats,
}

/// What was run on what, and how it ended.
#[derive(Serialize)]
pub(crate) struct Head<'a> {
    pub(crate) schema_version: &'static str,
    pub(crate) tool: Tool,
    pub(crate) command: &'static str,
    pub(crate) targets: &'a [String],
    pub(crate) started: String,
    pub(crate) finished: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) repository: Option<Repository>,
    pub(crate) complete: bool,
    pub(crate) interrupted: bool,
    pub(crate) strict: bool,
    pub(crate) fail_on: &'static str,
    pub(crate) exit_code: u8,
}

#[derive(Serialize)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

#[derive(Serialize)]
pub(crate) struct Repository {
    pub(crate) root: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) root_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remote: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) head: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) branch: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Finding<'a> {
    pub(crate) rule: &'a str,
    pub(crate) title: &'a str,
    pub(crate) severity: &'static str,
    pub(crate) confidence: &'static str,
    pub(crate) masked: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret_bytes: Option<String>,
    pub(crate) fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lapse: Option<Lapse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) suppression: Option<Suppression<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<Verified>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) impact: Option<Impact<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) remedy: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(crate) references: &'a [String],
    pub(crate) facts: Vec<Fact<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) partners: Vec<Partner<'a>>,
    pub(crate) place_count: u64,
    pub(crate) places: Vec<Place<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) history: Vec<History>,
}

#[derive(Serialize)]
pub(crate) struct History {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) repository: Option<String>,
    pub(crate) introduced_count: u64,
    pub(crate) introduced: Vec<Note>,
    pub(crate) removed_count: u64,
    pub(crate) removed: Vec<Note>,
    pub(crate) at_head: bool,
    pub(crate) ref_count: u64,
    pub(crate) refs: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct Note {
    #[serde(flatten)]
    pub(crate) commit: Commit,
    pub(crate) reachable: bool,
}

#[derive(Serialize)]
pub(crate) struct Lapse {
    pub(crate) kind: &'static str,
    pub(crate) since: String,
}

#[derive(Serialize)]
pub(crate) struct Suppression<'a> {
    pub(crate) by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'a str>,
}

/// What verification said.
#[derive(Serialize)]
pub(crate) struct Verified {
    pub(crate) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'static str>,
    pub(crate) detail: &'static str,
}

/// What a credential opens.
#[derive(Serialize)]
pub(crate) struct Impact<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) grade: Option<&'static str>,
    pub(crate) reasons: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<Token<'a>>,
    pub(crate) accounts: Vec<Named<'a>>,
    pub(crate) zones: Vec<Named<'a>>,
    pub(crate) zone_count: u64,
    pub(crate) permissions: &'a [String],
    pub(crate) buckets: &'a [String],
    pub(crate) tunnels: Vec<Named<'a>>,
    pub(crate) authorities: Vec<Authority<'a>>,
    pub(crate) partial: bool,
}

#[derive(Serialize)]
pub(crate) struct Token<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) issued: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_used: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(crate) allowed_from: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(crate) denied_from: &'a [String],
}

#[derive(Serialize)]
pub(crate) struct Named<'a> {
    pub(crate) id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct Authority<'a> {
    pub(crate) id: &'a str,
    pub(crate) aud: &'a str,
    pub(crate) fingerprint: &'a str,
    pub(crate) owner: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Fact<'a> {
    pub(crate) name: &'static str,
    pub(crate) value: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Partner<'a> {
    pub(crate) role: &'static str,
    pub(crate) value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
}

#[derive(Serialize)]
pub(crate) struct Place<'a> {
    pub(crate) part: &'static str,
    pub(crate) standing: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) repository: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) member: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) member_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<Region>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) layers: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inner_region: Option<Region>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) object: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) commit: Option<Commit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line_hash: Option<&'a str>,
    pub(crate) fingerprint: String,
}

#[derive(Serialize)]
pub(crate) struct Region {
    pub(crate) start_line: u64,
    pub(crate) start_column: u64,
    pub(crate) end_line: u64,
    pub(crate) end_column: u64,
}

#[derive(Serialize)]
pub(crate) struct Commit {
    pub(crate) id: String,
    pub(crate) author: Person,
    pub(crate) committer: Person,
    pub(crate) subject: String,
}

#[derive(Serialize)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Gap<'a> {
    pub(crate) level: &'static str,
    pub(crate) reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) object: Option<String>,
    pub(crate) detail: &'a str,
    pub(crate) accepted: bool,
}

#[derive(Serialize)]
pub(crate) struct Stats {
    pub(crate) files: u64,
    pub(crate) ignored: u64,
    pub(crate) objects: u64,
    pub(crate) commits: u64,
    pub(crate) bytes: u64,
    pub(crate) below_confidence: u64,
    pub(crate) elapsed_ms: u64,
}

/// One line of JSONL: a `type` beside the fields of what it is.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Record<'a> {
    Finding(Finding<'a>),
    Suppressed(Finding<'a>),
    Gap(Gap<'a>),
    Summary(Summary<'a>),
}

/// The last line of JSONL.
#[derive(Serialize)]
pub(crate) struct Summary<'a> {
    #[serde(flatten)]
    pub(crate) head: Head<'a>,
    pub(crate) findings: u64,
    pub(crate) suppressed: u64,
    pub(crate) gaps: u64,
    pub(crate) stats: Stats,
}
