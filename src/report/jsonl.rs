//! JSON Lines: one record a line, so that a long report can be read as it comes. The last record is
//! the summary; a stream without it was cut short.

use std::io::{self, Write};

use crate::model::Report;

use super::{
    Options, RuleInfo,
    json::{
        self,
        v1::{Record, Summary},
    },
    stream,
};

/// Writes every finding, every suppressed finding, every gap and the summary.
pub(super) fn write(
    report: &Report,
    rules: &[RuleInfo<'_>],
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rules = json::by_id(rules);
    let form = |found| json::finding(found, &rules, options.show_secrets);
    for found in &report.findings {
        stream::line(&Record::Finding(form(found)), out)?;
    }
    for found in &report.suppressed {
        stream::line(&Record::Suppressed(form(found)), out)?;
    }
    for gap in &report.gaps {
        stream::line(&Record::Gap(json::gap(gap)), out)?;
    }
    let summary = Summary {
        head: json::head(report),
        findings: report.findings.len() as u64,
        suppressed: report.suppressed.len() as u64,
        gaps: report.gaps.len() as u64,
        stats: json::stats(&report.stats),
    };
    stream::line(&Record::Summary(summary), out)
}
