//! Where words go: the report to standard output or a file, complaints to standard error.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use anyhow::Context;

use super::{USAGE, args::Options, environment};
use crate::{
    detect::Detector,
    model::Report,
    report::{self, Format, RuleInfo},
    rules::Rule,
    scan::redact_message,
};

/// Writes the report where it was asked for. A reader that has gone is no error.
pub(super) fn write(report: &Report, options: &Options, detector: &Detector) -> anyhow::Result<()> {
    let infos: Vec<RuleInfo<'_>> = detector.rules().rules().iter().map(info).collect();
    let format = options.format();
    if let Some(path) = &options.output {
        let settings = settings(options, options.color.holds(false), detector);
        return report::write_file(path, options.show_secrets, |out| {
            report::write(report, &infos, format, &settings, out)
        })
        .or_else(|error| if error.is_broken_pipe() { Ok(()) } else { Err(error) })
        .map_err(anyhow::Error::from);
    }
    let is_terminal = io::stdout().is_terminal() && !environment::no_color();
    let color = format == Format::Text && options.color.holds(is_terminal);
    let settings = settings(options, color, detector);
    let mut out = io::BufWriter::new(io::stdout().lock());
    match report::write(report, &infos, format, &settings, &mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.context("the report could not be written to standard output"),
    }
}

fn settings(options: &Options, color: bool, detector: &Detector) -> report::Options {
    let category = options.category.as_deref();
    report::Options {
        color,
        width: None,
        show_secrets: options.show_secrets,
        category: category.map(|category| redact_message(detector, category).into_owned()),
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

/// Prints what the reader of arguments has to say instead of a run: help, the version, or what is
/// wrong with an argument, which it quotes, so that a token given as one must be masked.
pub(super) fn answer(answer: &clap::Error, detector: &Detector) -> ExitCode {
    let text = answer.render().ansi().to_string();
    let text = redact_message(detector, &text);
    // As with `complain`: if it cannot be written, the exit code still tells. `anstream` leaves the
    // colours out where they are not wanted.
    let _ = match answer.use_stderr() {
        true => write!(anstream::stderr(), "{text}"),
        false => write!(anstream::stdout(), "{text}"),
    };
    ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(USAGE))
}

/// Whether what went wrong is only that the reader has gone.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
