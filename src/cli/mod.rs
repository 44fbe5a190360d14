//! The program: what was asked, done, reported, and told to the shell.
//!
//! Read this file as a table of contents. It alone composes the floors below; its children know one
//! thing each: the arguments, the environment, signals, the progress bar, the cache, where output
//! goes, the `rules` jobs, verification, revocation.

mod args;
mod environment;
mod interrupt;
mod output;
mod panics;
mod progress;
mod remember;
#[cfg(feature = "verify")]
mod revoke;
mod rules;
#[cfg(feature = "verify")]
mod verify;

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, atomic::AtomicBool},
};

use clap::Parser;
use jiff::Timestamp;

use self::args::{Cli, Job, Options};
use crate::{
    detect::Detector,
    model::Report,
    rules::RuleSet,
    scan::{self, Cache, Progress, Scanner, Settings, Silent},
};

/// Nothing was done, since what was asked makes no sense or names what is not there.
const USAGE: u8 = 2;
/// The source is there, but nothing of it could be read.
const UNREADABLE: u8 = 3;

/// Runs the program with the process's arguments.
pub fn run() -> ExitCode {
    panics::keep_quiet();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => return output::answer(&answer, &detector_of(RuleSet::builtin())),
    };
    if let Some(contradiction) = cli.options.contradiction() {
        return fail(USAGE, contradiction);
    }
    let built = match &cli.options.rules {
        None => Ok(RuleSet::builtin()),
        Some(dir) => RuleSet::with_dir(dir),
    };
    let rules = match built {
        Ok(rules) => rules,
        Err(error) => {
            let builtin = detector_of(RuleSet::builtin());
            return fail(USAGE, &output::masked_of_rules(&builtin, &error));
        }
    };
    let detector = detector_of(rules);
    // Whatever is said outside a report may quote an argument, a path or a ref.
    let complain = |code: u8, message: &str| fail(code, &output::masked(&detector, message));
    if let Job::Rules { job } = &cli.job {
        return match rules::run(job, &detector, output::Page::of_stdout(&cli.options)) {
            Ok(code) => code,
            Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
            Err(error) => complain(USAGE, &format!("{error:#}")),
        };
    }
    #[cfg(feature = "verify")]
    if let Job::Revoke(asked) = &cli.job {
        let done =
            set_threads(&cli.options).and_then(|()| revoke::run(asked, &cli.options, &detector));
        return done.unwrap_or_else(|error| complain(USAGE, &format!("{error:#}")));
    }
    match report_on(&cli, &detector) {
        Ok(code) => code,
        Err((code, error)) => complain(code, &format!("{error:#}")),
    }
}

/// Makes the report that was asked for and writes it.
fn report_on(cli: &Cli, detector: &Detector) -> Result<ExitCode, (u8, anyhow::Error)> {
    let misused = |error: anyhow::Error| (USAGE, error);
    set_threads(&cli.options).map_err(misused)?;
    #[cfg(feature = "verify")]
    let plan = verify::plan(&cli.options).map_err(misused)?;
    let stop = interrupt::watch();
    let cache = cli.job.remember().map_or(Ok(None), remember::open).map_err(misused)?;
    let done = work(cli, detector, cache.clone(), &stop);
    let code = |error: &scan::Error| if error.is_unreadable() { UNREADABLE } else { USAGE };
    #[allow(unused_mut)] // Without verification a report is final.
    let mut report = done.map_err(|error| (code(&error), error.into()))?;
    if let Some(trouble) = cache.and_then(|cache| cache.folder.trouble()) {
        output::complain(&output::masked(detector, &trouble));
    }
    #[cfg(feature = "verify")]
    if let Some(plan) = plan {
        plan.carry_out(&mut report, detector, &cli.options, &stop);
    }
    output::write(&report, &cli.options, detector).map_err(misused)?;
    let is_forgiven = cli.options.exit_zero && !report.interrupted;
    Ok(if is_forgiven { ExitCode::SUCCESS } else { ExitCode::from(report.exit_code()) })
}

fn detector_of(rules: Arc<RuleSet>) -> Detector {
    Detector::new(rules, Timestamp::now())
}

/// Does the job that was asked for.
fn work(
    cli: &Cli,
    detector: &Detector,
    cache: Option<Cache>,
    stop: &Arc<AtomicBool>,
) -> Result<Report, scan::Error> {
    let progress = progress_for(&cli.options);
    let settings = Settings { cache, ..settings(cli) };
    let scanner = Scanner { detector, settings: &settings, progress: progress.as_ref(), stop };
    match &cli.job {
        Job::Scan { paths } if paths.is_empty() => scanner.scan(&[PathBuf::from(".")]),
        Job::Scan { paths } => scanner.scan(paths),
        Job::Staged { repo } => scanner.staged(or_here(repo)),
        Job::History { repo, range, .. } => scanner.history(or_here(repo), range),
        Job::Audit { repos, .. } if repos.is_empty() => scanner.audit(&[PathBuf::from(".")]),
        Job::Audit { repos, .. } => scanner.audit(repos),
        #[cfg(feature = "verify")]
        Job::Revoke(_) => scanner.scan(&[]),
        // Done before any source is opened.
        Job::Rules { .. } => scanner.scan(&[]),
    }
}

fn or_here(path: &Option<PathBuf>) -> &Path {
    path.as_deref().unwrap_or(Path::new("."))
}

fn settings(cli: &Cli) -> Settings {
    let options = &cli.options;
    let is_unnamed = match &cli.job {
        Job::Staged { repo } | Job::History { repo, .. } => repo.is_none(),
        Job::Audit { repos, .. } => repos.is_empty(),
        Job::Scan { .. } | Job::Rules { .. } => false,
        #[cfg(feature = "verify")]
        Job::Revoke(_) => false,
    };
    Settings {
        submodules: matches!(
            &cli.job,
            Job::History { submodules: true, .. } | Job::Audit { submodules: true, .. }
        ),
        environment: is_unnamed.then(environment::of_hook),
        ..settings_of(options)
    }
}

/// What the options alone say of a search.
fn settings_of(options: &Options) -> Settings {
    Settings {
        threads: options.threads().unwrap_or(0),
        min_confidence: options.min_confidence(),
        include_placeholders: options.include_placeholders,
        strict: options.strict,
        accepted: options.accepted(),
        no_ignore: options.no_ignore,
        archives: !options.no_archives,
        submodules: false,
        follow_alternates: options.follow_alternates,
        show_secrets: options.show_secrets,
        inherit: !options.no_inherit,
        cache: None,
        environment: None,
    }
}

fn progress_for(options: &Options) -> Arc<dyn Progress + Send> {
    if options.progress.holds(io::stderr().is_terminal()) {
        Arc::new(progress::Bar::new())
    } else {
        Arc::new(Silent)
    }
}

/// Makes the pool that objects are decoded and searched in.
fn set_threads(options: &Options) -> anyhow::Result<()> {
    if let Some(threads) = options.threads() {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    }
    Ok(())
}

/// Says on standard error what is wrong, and ends with this code.
fn fail(code: u8, message: &str) -> ExitCode {
    output::complain(message);
    ExitCode::from(code)
}
