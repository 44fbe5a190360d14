//! Where words go: the report to standard output or a file, complaints to standard error.

use std::{
    env,
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use anyhow::Context;
use bstr::ByteSlice;

use super::{USAGE, args::Options, environment};
use crate::{
    detect::Detector,
    model::Report,
    report::{self, Format, RuleInfo},
    rules::{self, Rule},
    scan::{Redactor, redact_message, secrets_in},
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
    let page = Page::of_stdout(options);
    let color = page.color && format == Format::Text;
    let settings = report::Options { width: page.width, ..settings(options, color, detector) };
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
        remedy: rule.remedy(),
        references: &rule.references,
        severity: rule.severity,
        confidence: rule.confidence(),
        retired: rule.retired.as_deref(),
    }
}

/// Says on standard error what is wrong. If even that fails, the exit code still tells.
pub(super) fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "cfleaks: {message}");
}

/// A secret that is cut short in a message is known by so many of its first bytes.
const SHORTEST_BEGINNING: usize = 8;

/// A message with all secrets masked, also those that only the arguments tell for what they are.
pub(super) fn masked(detector: &Detector, message: &str) -> String {
    masked_quoting(detector, message, &[])
}

/// The same for a message that quotes out of these texts. What is known by what stands round it is
/// looked for where that still stands: what is quoted may be cut from it, escaped or set in colours.
fn masked_quoting(detector: &Detector, message: &str, texts: &[String]) -> String {
    let mut known = Vec::new();
    let mut learn = |text: &str| {
        for found in secrets_in(detector, text.as_bytes()) {
            let spelt = found.span.of(text.as_bytes()).to_vec();
            // An unknown option is quoted up to its first `=`, which may stand in a secret.
            let end = spelt.find_byte(b'=').filter(|end| *end >= SHORTEST_BEGINNING);
            let cut = spelt[..end.unwrap_or(spelt.len())].to_vec();
            let escaped = spelt.to_str_lossy().escape_debug().to_string().into_bytes();
            let plain = found.secret.reveal().to_vec();
            known.extend([spelt, cut, escaped, plain].map(|text| (text, found.secret.mask())));
        }
    };
    arguments().iter().chain(texts).for_each(|text| learn(text));
    // What is told by its name in one place of a message may stand without it in another.
    learn(message);
    let mut text = message.to_owned();
    Redactor::new(known).searching(detector).text(&mut text);
    text
}

/// The arguments as they may be read: each one, the value in it where it begins with an option, and
/// all in a row, since one may name what the next one holds.
fn arguments() -> Vec<String> {
    let given: Vec<String> =
        env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let mut texts = vec![given.join(" ")];
    for argument in given {
        let option = argument.strip_prefix('-');
        if let Some(value) = option.and_then(|option| Some(option.split_once('=')?.1)) {
            texts.push(value.to_owned());
        }
        // `-fVALUE`: the letter would hide where a name begins.
        let mut short = option.filter(|option| !option.starts_with('-')).unwrap_or("").chars();
        if short.next().is_some() {
            texts.push(short.collect());
        }
        texts.push(argument);
    }
    texts
}

/// What is wrong with rules, masked.
pub(super) fn masked_of_rules(detector: &Detector, error: &rules::Error) -> String {
    let texts = match error {
        rules::Error::Invalid(problems) => {
            let mut paths: Vec<_> = problems.iter().map(|problem| &problem.path).collect();
            paths.dedup();
            paths.into_iter().filter_map(|path| rules::text_of(path)).collect()
        }
        _ => Vec::new(),
    };
    masked_quoting(detector, &error.to_string(), &texts)
}

/// Prints what the reader of arguments has to say instead of a run: help, the version, or what is
/// wrong with an argument, which it quotes, so that a token given as one must be masked.
pub(super) fn answer(answer: &clap::Error, detector: &Detector) -> ExitCode {
    let said = answer.render();
    let text = masked_quoting(detector, &said.ansi().to_string(), &[said.to_string()]);
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
