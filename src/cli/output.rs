//! Where words go: the report to standard output or a file, complaints to standard error.

use std::{
    io::{self, IsTerminal, Write},
    sync::Arc,
};

use anyhow::Context;

use super::{args::Options, environment};
use crate::{
    model::Report,
    report::{self, Format, RuleInfo},
    rules::{Rule, RuleSet},
};

/// Writes the report where it was asked for. A reader that has gone is no error.
pub(super) fn write(
    report: &Report,
    options: &Options,
    rules: &Arc<RuleSet>,
) -> anyhow::Result<()> {
    let infos: Vec<RuleInfo<'_>> = rules.rules().iter().map(info).collect();
    let format = options.format();
    if let Some(path) = &options.output {
        let settings = settings(options, options.color.holds(false));
        return report::write_file(path, options.show_secrets, |out| {
            report::write(report, &infos, format, &settings, out)
        })
        .or_else(|error| if error.is_broken_pipe() { Ok(()) } else { Err(error) })
        .map_err(anyhow::Error::from);
    }
    let page = Page::of_stdout(options);
    let settings = report::Options {
        width: page.width,
        ..settings(options, page.color && format == Format::Text)
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    match report::write(report, &infos, format, &settings, &mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.context("the report could not be written to standard output"),
    }
}

/// What standard output looks like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    /// How many columns it has, where it is a terminal.
    pub(super) width: Option<usize>,
    /// Whether to use colours.
    pub(super) color: bool,
}

impl Page {
    pub(super) fn of_stdout(options: &Options) -> Page {
        let is_terminal = io::stdout().is_terminal();
        let size = || match terminal_size::terminal_size_of(io::stdout()) {
            Some((terminal_size::Width(columns), _)) if columns > 0 => Some(columns.into()),
            _ => environment::columns(),
        };
        Page {
            width: if is_terminal { size() } else { None },
            color: options.color.holds(is_terminal && !environment::no_color()),
        }
    }
}

fn settings(options: &Options, color: bool) -> report::Options {
    report::Options {
        color,
        width: None,
        show_secrets: options.show_secrets,
        category: options.category.clone(),
        ..report::Options::default()
    }
}

fn info(rule: &Rule) -> RuleInfo<'_> {
    RuleInfo {
        id: &rule.id,
        title: &rule.title,
        help: &rule.help,
        references: &rule.references,
        severity: rule.severity,
        confidence: rule.confidence,
        retired: rule.retired.as_deref(),
    }
}

/// Says on standard error what is wrong. If even that fails, the exit code still tells.
pub(super) fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "cfleaks: {message}");
}

/// Whether what went wrong is only that the reader has gone.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
