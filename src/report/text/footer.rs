//! The end of the report for a person: what was not read, what was left out, and the sums.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use crate::model::{Gap, GapLevel, GapReason, Report, Severity, Verdict};

use super::super::{escape::human, gaps};
use super::{
    Page,
    number::{bytes, counted, duration, grouped},
};

/// Gaps of one reason shown before the rest is only counted.
const SHOWN_GAPS: usize = 3;

pub(super) fn write(page: &Page<'_>, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let of_level = |level| report.gaps.iter().filter(move |gap| gap.level == level);
    let unread: Vec<_> = of_level(GapLevel::Unread).collect();
    let undecoded: Vec<_> = of_level(GapLevel::Undecoded).collect();
    gap_list(page, "Not read", &unread, out)?;
    let title = match report.strict {
        true => "Not opened",
        false => "Not opened (counts only with --strict)",
    };
    gap_list(page, title, &undecoded, out)?;
    if left_out(page, report, out)? {
        writeln!(out)?;
    }
    summary(page, report, out)
}

fn gap_list(page: &Page<'_>, title: &str, gaps: &[&Gap], out: &mut dyn Write) -> io::Result<()> {
    if gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}: {}", page.paint.warn(title), grouped(gaps.len() as u64))?;
    let mut by_reason: BTreeMap<GapReason, Vec<&Gap>> = BTreeMap::new();
    for gap in gaps {
        by_reason.entry(gap.reason).or_default().push(gap);
    }
    for (reason, gaps) in by_reason {
        let accepted = if gaps.iter().all(|gap| gap.accepted) { ", accepted" } else { "" };
        let count = grouped(gaps.len() as u64);
        match accepted {
            "" => {
                let advice = page.paint.dim(gaps::advice(reason));
                writeln!(out, "  {reason} ({count})  {advice}")?;
            }
            _ => writeln!(out, "  {reason} ({count}{accepted})")?,
        }
        let most = if page.options.verbose { gaps.len() } else { SHOWN_GAPS };
        for gap in gaps.iter().take(most) {
            writeln!(out, "    {}", one_gap(gap))?;
        }
        let rest = gaps.len().saturating_sub(most) as u64;
        if rest > 0 {
            writeln!(out, "    and {} more", grouped(rest))?;
        }
    }
    writeln!(out)
}

fn one_gap(gap: &Gap) -> String {
    let detail = human(gap.detail.as_bytes());
    match (&gap.path, gap.object) {
        (Some(path), _) => format!("{}: {detail}", human(path)),
        (None, Some(id)) => format!("object {}: {detail}", id.short()),
        (None, None) => detail,
    }
}

/// What is known of but not listed; whether there was anything.
fn left_out(page: &Page<'_>, report: &Report, out: &mut dyn Write) -> io::Result<bool> {
    let mut notes = Vec::new();
    let stats = &report.stats;
    if stats.below_confidence > 0 {
        let n = counted(stats.below_confidence, "candidate", "candidates");
        notes.push(format!(
            "{n} below the asked confidence not shown; --min-confidence possible --include-placeholders lists all."
        ));
    }
    if !report.suppressed.is_empty() && !page.options.show_suppressed {
        let n = counted(report.suppressed.len() as u64, "finding", "findings");
        notes.push(format!("{n} suppressed; --show-suppressed lists them."));
    }
    if stats.ignored > 0 {
        let n = counted(stats.ignored, "untracked file", "untracked files");
        notes.push(format!("{n} skipped because a .gitignore matches; --no-ignore reads them."));
    }
    for note in &notes {
        writeln!(out, "{}", page.paint.dim(note))?;
    }
    Ok(!notes.is_empty())
}

/// One line: what was found, in how much, how long it took, and whether that was everything.
fn summary(page: &Page<'_>, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let paint = page.paint;
    let done = work(report);
    let unfinished = match (report.is_complete(), report.interrupted) {
        (true, _) => "",
        (false, true) => "; incomplete: interrupted",
        (false, false) => "; incomplete: see what was not read above",
    };
    let unfinished = paint.warn(unfinished);
    if report.findings.is_empty() {
        let text = "No Cloudflare credential found";
        return match report.is_complete() {
            true => writeln!(out, "{} in {done}", paint.good(text)),
            false => writeln!(out, "{} in {done}{unfinished}", paint.warn(text)),
        };
    }
    if let Some(verdicts) = verdicts(report) {
        writeln!(out, "{verdicts}")?;
    }
    let found = counts(report);
    match report.findings.iter().map(|found| found.severity).max() {
        Some(gravest) => {
            writeln!(out, "{} in {done}{unfinished}", paint.severity(gravest, found))
        }
        None => writeln!(out, "{found} in {done}{unfinished}"),
    }
}

/// `Verified: 1 live, 2 dead or inactive, 3 not known.`, if anything was to be verified.
fn verdicts(report: &Report) -> Option<String> {
    let all: Vec<Verdict> = report.findings.iter().filter_map(|found| found.verdict).collect();
    let live = all.iter().filter(|verdict| verdict.is_live()).count();
    let harmless = all.iter().filter(|verdict| verdict.is_harmless()).count();
    let parts = [
        (live, "live"),
        (harmless, "dead or inactive"),
        (all.len() - live - harmless, "not known"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> =
        parts.map(|(count, word)| format!("{} {word}", grouped(count as u64))).collect();
    (!parts.is_empty()).then(|| format!("Verified: {}.", parts.join(", ")))
}

/// `3 findings (1 critical, 2 note)`.
fn counts(report: &Report) -> String {
    use Severity::{Critical, High, Low, Medium, Note};
    let parts: Vec<_> = [Critical, High, Medium, Low, Note]
        .into_iter()
        .map(|s| (s, report.findings.iter().filter(|found| found.severity == s).count()))
        .filter(|&(_, n)| n > 0)
        .map(|(severity, n)| format!("{} {severity}", grouped(n as u64)))
        .collect();
    let total = counted(report.findings.len() as u64, "finding", "findings");
    format!("{total} ({})", parts.join(", "))
}

/// `12 files, 35 objects (3 commits), 1.2 MB, 8 ms`.
fn work(report: &Report) -> String {
    let stats = &report.stats;
    let mut parts = Vec::new();
    if stats.files > 0 || stats.objects == 0 {
        parts.push(counted(stats.files, "file", "files"));
    }
    if stats.objects > 0 {
        let objects = counted(stats.objects, "object", "objects");
        let commits = match stats.commits {
            0 => String::new(),
            n => format!(" ({})", counted(n, "commit", "commits")),
        };
        parts.push(objects + &commits);
    }
    parts.push(bytes(stats.bytes));
    parts.push(duration(stats.elapsed));
    parts.join(", ")
}
