//! The report for a person: findings, gravest first, then what was not read, then one line of sums.
//!
//! Each finding says what, where, since when, and what to do; a rule's help is printed once, at its
//! first finding. Everything that a repository could have chosen
//! is escaped on its way out.

mod finding;
mod footer;
mod impact;
mod life;
mod linked;
pub(super) mod markdown;
mod number;
mod style;

use std::{
    collections::HashSet,
    io::{self, Write},
};

use crate::model::{Command, Finding, Report};

use super::{Options, RuleInfo};
use style::Paint;

/// The width paragraphs are wrapped to where no terminal says another.
const DEFAULT_WIDTH: usize = 80;
/// Longer lines than this are tiring to read, however wide the terminal.
const WIDEST: usize = 100;
/// Narrower than this, wrapping would do more harm than good.
const NARROWEST: usize = 40;

/// A rule's help as plain lines for a terminal of `width` columns (80 without one), what each
/// paragraph is about in bold if `color` is set.
pub fn help_lines(source: &str, width: Option<usize>, color: bool) -> Vec<String> {
    wrapped_help(Paint::new(color), source, page_width(width))
}

fn wrapped_help(paint: Paint, source: &str, width: usize) -> Vec<String> {
    let painted = |line: markdown::Line| match line.text.split_at(line.lead) {
        ("", text) => text.to_owned(),
        (lead, rest) => format!("{}{rest}", paint.strong(lead)),
    };
    markdown::lines(source, width).into_iter().map(painted).collect()
}

fn page_width(width: Option<usize>) -> usize {
    width.unwrap_or(DEFAULT_WIDTH).clamp(NARROWEST, WIDEST)
}

/// How text is written: its width, its colours, how much of it.
struct Page<'a> {
    paint: Paint,
    width: usize,
    /// Whether it is worth a word where in the life of a repository something stands; a plain scan
    /// sees files only.
    tells_standing: bool,
    options: &'a Options,
    /// All that is reported, for what ties one to another.
    findings: &'a [Finding],
}

/// Writes the whole report.
pub(super) fn write(
    report: &Report,
    rules: &[RuleInfo<'_>],
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = Page {
        paint: Paint::new(options.color),
        width: page_width(options.width),
        tells_standing: report.command != Command::Scan,
        options,
        findings: &report.findings,
    };
    let mut helped = HashSet::new();
    for found in &report.findings {
        let is_first = helped.insert(&*found.rule);
        let rule = rules.iter().find(|rule| is_first && rule.id == &*found.rule);
        finding::write(&page, found, rule, out)?;
    }
    if options.show_suppressed {
        for found in &report.suppressed {
            finding::write(&page, found, None, out)?;
        }
    }
    footer::write(&page, report, out)
}
