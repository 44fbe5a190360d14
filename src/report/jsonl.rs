//! JSON Lines: one record a line, so that a long report can be read as it comes. The last record is
//! the summary; a stream without it was cut short.

use std::io::{self, Write};

use crate::model::Report;

use super::{
    Options,
    json::{
        self,
        v1::{Record, Summary},
    },
    stream,
};

/// Writes every finding, every suppressed finding, every gap and the summary.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    for found in &report.findings {
        stream::line(&Record::Finding(json::finding(found, options.show_secrets)), out)?;
    }
    for found in &report.suppressed {
        stream::line(&Record::Suppressed(json::finding(found, options.show_secrets)), out)?;
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
