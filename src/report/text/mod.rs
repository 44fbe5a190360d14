//! The report for a person: findings, gravest first, then what was not read, then one line of sums.
//!
//! Each finding says what, where, since when, and what to do; a rule's help is printed whole at its
//! first finding and in one sentence at the others. Everything that a repository could have chosen
//! is escaped on its way out.

mod finding;
mod footer;
pub(super) mod markdown;
mod number;
mod style;

use std::{
    collections::HashSet,
    io::{self, Write},
};

use crate::model::Report;

use super::{Options, RuleInfo};
use style::Paint;

/// The width paragraphs are wrapped to where no terminal says another.
const DEFAULT_WIDTH: usize = 80;
/// Longer lines than this are tiring to read, however wide the terminal.
const WIDEST: usize = 100;
/// Narrower than this, wrapping would do more harm than good.
const NARROWEST: usize = 40;

/// How text is written: its width, its colours, how much of it.
struct Page<'a> {
    paint: Paint,
    width: usize,
    options: &'a Options,
}

/// Writes the whole report.
pub(super) fn write(
    report: &Report,
    rules: &[RuleInfo<'_>],
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let width = options.width.unwrap_or(DEFAULT_WIDTH).clamp(NARROWEST, WIDEST);
    let page = Page { paint: Paint::new(options.color), width, options };
    let mut helped = HashSet::new();
    for found in &report.findings {
        let rule = rules.iter().find(|rule| rule.id == &*found.rule);
        let first_of_rule = helped.insert(&*found.rule);
        finding::write(&page, found, rule, first_of_rule, out)?;
    }
    if options.show_suppressed {
        for found in &report.suppressed {
            finding::write(&page, found, None, false, out)?;
        }
    }
    footer::write(&page, report, out)
}
