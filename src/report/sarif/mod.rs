//! SARIF 2.1.0, shaped for GitHub code scanning and for the validators.
//!
//! One run. The frame is serialised here so that results can be written one by one (a result with a
//! thousand places is large in memory); every object inside it is a type of `serde-sarif`.
//! Plaintext is never in it, and neither are snippets: such files are uploaded to where many read.

mod locations;
mod results;
mod rules;
mod run;

#[cfg(test)]
mod tests;

use std::{cmp::Reverse, io};

use serde::Serialize;
use serde_sarif::sarif;

use crate::model::{Finding, Report};

use super::{
    Options, RuleInfo,
    stream::{self, Each},
};

/// Where the schema lives that the output obeys.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// GitHub refuses a run with more results. (It keeps the gravest 5,000, hence the order.)
const MOST_RESULTS: usize = 25_000;

#[derive(Serialize)]
struct Log<Results> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<Results>; 1],
}

#[derive(Serialize)]
struct Run<Results> {
    #[serde(flatten)]
    head: sarif::Run,
    results: Results,
}

/// Writes the whole log, indented.
pub(super) fn write(
    report: &Report,
    rules: &[RuleInfo<'_>],
    options: &Options,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut found: Vec<&Finding> = report.findings.iter().collect();
    found.sort_by_key(|finding| Reverse(finding.present_severity()));
    if options.show_suppressed {
        found.extend(&report.suppressed);
    }
    let left_out = found.len().saturating_sub(MOST_RESULTS);
    found.truncate(MOST_RESULTS);
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            head: run::head(report, rules, options, left_out),
            results: Each::new(&found, |finding| results::result(finding, rules)),
        }],
    };
    stream::pretty(&log, out)
}

/// A count or a line as SARIF's integer type holds it.
fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Free text as a SARIF message: nothing in it may read as a link, `[text](target)` (§3.11.6).
fn literal(text: &str) -> String {
    if text.contains("](") { text.replace('[', "\\[") } else { text.to_owned() }
}

/// A bag of properties.
fn bag<const N: usize>(pairs: [(&str, Option<serde_json::Value>); N]) -> sarif::PropertyBag {
    let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    sarif::PropertyBag { tags: None, additional_properties: pairs.collect() }
}
