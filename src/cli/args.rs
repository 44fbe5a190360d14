//! The command line: what can be asked for, and the words of `--help`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, builder::PossibleValuesParser};

#[cfg(feature = "verify")]
use crate::model::FailOn;
use crate::{
    model::{Confidence, GapReason},
    report::Format,
};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "cfleaks",
    version,
    about = "Finds leaked Cloudflare credentials in files, in staged changes and in git history",
    after_help = "\
Exit codes: 0 nothing found and everything was read; 1 findings; 2 wrong usage;
            3 nothing found, but something could not be read; 130 interrupted.

Try: cfleaks audit .            work tree and whole history
     cfleaks staged             in a pre-commit hook
     cfleaks scan -             standard input",
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) job: Job,
    #[command(flatten)]
    pub(super) options: Options,
}

/// What `--help` of `revoke` says of its ends.
#[cfg(feature = "verify")]
const REVOKED: &str = "\
The requests carry the administrator's API token in CFLEAKS_ADMIN_TOKEN. Without --yes none is made.
Of the options of verification it takes --api-url and --verify-timeout.

Exit codes: 0 the plan was printed, or all of it was carried out; 1 carried out, but something is
            left to be done by hand; 2 wrong usage; 3 a request failed; 130 interrupted.";

/// What to revoke, and how.
#[cfg(feature = "verify")]
#[derive(Debug, Args)]
pub(super) struct RevokeOptions {
    /// A report in JSON or JSON Lines; its findings but the dead ones are meant
    #[arg(long, value_name = "FILE", required_unless_present = "source")]
    pub(super) report: Option<PathBuf>,
    /// A file, folder or repository to scan again, since a report holds no secrets; repeatable
    #[arg(long, value_name = "PATH")]
    pub(super) source: Vec<PathBuf>,
    /// Only the finding of this fingerprint; repeatable, and needed without a report
    #[arg(long, value_name = "F")]
    pub(super) fingerprint: Vec<String>,
    /// Give a new value instead of deleting or disabling, where both can be done
    #[arg(long)]
    pub(super) roll: bool,
    /// Also replace the Access authorities for SSH certificates that the report lists
    #[arg(long, requires = "report")]
    pub(super) authorities: bool,
    /// What is not in the report: account, token-id, client-id, tunnel, sitekey, key-id, live-input
    /// or script; repeatable
    #[arg(long, value_name = "NAME=VALUE")]
    detail: Vec<String>,
    /// Carry the plan out
    #[arg(long)]
    pub(super) yes: bool,
    /// Add what was done to this file, a JSON object a line, without secrets
    #[arg(long, value_name = "FILE")]
    pub(super) log: Option<PathBuf>,
}

#[cfg(feature = "verify")]
impl RevokeOptions {
    /// The details given.
    ///
    /// # Errors
    /// One is no `NAME=VALUE`.
    pub(super) fn details(&self) -> anyhow::Result<Vec<(&str, &str)>> {
        let split = |detail: &'_ String| detail.split_once('=').is_some();
        if let Some(wrong) = self.detail.iter().find(|detail| !split(detail)) {
            anyhow::bail!("--detail {wrong} is no NAME=VALUE; write for example account=ID");
        }
        Ok(self.detail.iter().filter_map(|detail| detail.split_once('=')).collect())
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Job {
    /// Search files and folders; `-` is standard input
    Scan {
        /// Files and folders [default: .]
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Search what the next commit adds
    Staged {
        /// The repository, or a folder in it [default: .]
        repo: Option<PathBuf>,
    },
    /// Search everything that git keeps: all objects, messages, names and refs
    History {
        /// The repository, or a folder in it; may be bare, or a bundle [default: .]
        repo: Option<PathBuf>,
        /// Search only what these commits add: `A..B`, `A...B`, a revision; repeatable
        #[arg(long, value_name = "A..B", allow_hyphen_values = true,
              conflicts_with_all = ["cache", "cache_dir"])]
        range: Vec<String>,
        /// Search the repositories of submodules, too: those below `.git/modules`
        #[arg(long, conflicts_with = "range")]
        submodules: bool,
        #[command(flatten)]
        remember: CacheOptions,
    },
    /// Search work tree and history, and report them together
    Audit {
        /// The repositories, or folders in them [default: .]
        #[arg(value_name = "REPO")]
        repos: Vec<PathBuf>,
        /// Search the repositories of submodules, too: those below `.git/modules`
        #[arg(long)]
        submodules: bool,
        #[command(flatten)]
        remember: CacheOptions,
    },
    /// Revoke what leaked: print a plan and, with --yes, carry it out
    #[cfg(feature = "verify")]
    #[command(after_help = REVOKED)]
    Revoke(RevokeOptions),
    /// Show the rules, or check rules of your own
    Rules {
        #[command(subcommand)]
        job: RulesJob,
    },
}

/// Whether to remember what was searched.
#[derive(Debug, Args)]
pub(super) struct CacheOptions {
    /// Remember which packs were searched, and search only what is new the next time
    #[arg(long)]
    pub(super) cache: bool,
    /// The same, in this folder instead of the user's cache folder (or CFLEAKS_CACHE_DIR)
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub(super) cache_dir: Option<PathBuf>,
}

impl Job {
    /// Whether to remember what was searched, where that can be asked.
    pub(super) fn remember(&self) -> Option<&CacheOptions> {
        match self {
            Job::History { remember, .. } | Job::Audit { remember, .. } => Some(remember),
            Job::Scan { .. } | Job::Staged { .. } | Job::Rules { .. } => None,
            #[cfg(feature = "verify")]
            Job::Revoke(_) => None,
        }
    }
}

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub(super) enum RulesJob {
    /// List all rules, a line each
    List,
    /// Show one rule: what it looks for, what its credential opens, how to revoke it
    Show {
        /// The rule's id, as `rules list` and reports name it
        id: String,
    },
    /// Check a folder of rule files, and run their examples
    Check {
        /// The folder
        dir: PathBuf,
    },
}

/// Options that all jobs share.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The report's format
    #[arg(short, long, global = true, value_name = "FORMAT", default_value = "text",
          value_parser = formats())]
    pub(super) format: String,
    /// Write the report to a file, in one step, instead of standard output
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// The least confidence that is reported
    #[arg(long, global = true, value_name = "LEVEL", default_value = "likely",
          value_parser = PossibleValuesParser::new(["possible", "likely", "certain"]))]
    min_confidence: String,
    /// Report placeholders and published samples, too, labelled as such, whatever their confidence
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) include_placeholders: bool,
    /// Let containers that would not open count as not read (exit 3)
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) strict: bool,
    /// Accept gaps of this reason: they stay in the report and set no exit code; repeatable
    #[arg(long, global = true, value_name = "REASON", value_parser = gap_reasons(),
          hide_short_help = true)]
    accept_gap: Vec<String>,
    /// Exit with 0 whatever was found or missed; errors of usage stay errors
    #[arg(long, global = true)]
    pub(super) exit_zero: bool,
    /// Add, replace or disable rules with the files of this folder
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) rules: Option<PathBuf>,
    /// Read untracked files that a .gitignore matches, too
    #[arg(long, global = true)]
    pub(super) no_ignore: bool,
    /// Do not look inside archives and compressed files; their raw bytes are searched all the same
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) no_archives: bool,
    /// Follow alternates and links that lead out of the repository
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) follow_alternates: bool,
    /// Show secrets in plain text, in any format but sarif; without it all are masked
    #[arg(long, global = true)]
    pub(super) show_secrets: bool,
    /// The category of a SARIF report, to keep several of one repository apart
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub(super) category: Option<String>,
    /// Search every object in full instead of what its delta inserts: slower, and the same findings
    #[arg(long, global = true, hide = true)]
    pub(super) no_inherit: bool,
    /// How many threads to use, at most 256 [default: one for each core]
    #[arg(long, global = true, value_name = "N", hide_short_help = true,
          value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// When to show a progress bar
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_short_help = true
    )]
    pub(super) progress: When,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_short_help = true
    )]
    pub(super) color: When,
    // The last one, since its heading holds for whatever follows.
    #[cfg(feature = "verify")]
    #[command(flatten)]
    pub(super) verification: Verification,
}

/// What is asked of Cloudflare about findings.
#[cfg(feature = "verify")]
#[derive(Debug, Args)]
#[command(next_help_heading = "Verification")]
pub(super) struct Verification {
    /// Ask Cloudflare whether each finding is live; sends each secret to the service that made it
    #[arg(long, global = true)]
    verify: bool,
    /// Also ask what each live finding opens, in requests that only read; implies --verify
    #[arg(long, global = true)]
    pub(super) impact: bool,
    /// Also send Access tokens to the hosts that the scanned text names for them; implies --verify
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) verify_access: bool,
    /// Begin no request after so many seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value = "600",
          hide_short_help = true, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    verify_timeout: u32,
    /// Another address of Cloudflare's API; https, or http to this machine [env: CFLEAKS_API_URL]
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    pub(super) api_url: Option<String>,
    /// Which findings make the run fail: any, or those known to be live (then 3 if that is not known)
    #[arg(long, global = true, value_name = "WHICH", default_value = "any",
          value_parser = PossibleValuesParser::new(FAIL_ON.map(FailOn::name)))]
    fail_on: String,
}

#[cfg(feature = "verify")]
const FAIL_ON: [FailOn; 2] = [FailOn::Any, FailOn::Live];

#[cfg(feature = "verify")]
impl Verification {
    /// Whether anything is to be sent.
    pub(super) fn is_wanted(&self) -> bool {
        self.verify || self.verify_access || self.impact
    }

    /// Which findings make the run fail.
    pub(super) fn fail_on(&self) -> FailOn {
        FAIL_ON.into_iter().find(|which| which.name() == self.fail_on).unwrap_or_default()
    }

    /// The time limit in seconds.
    pub(super) fn timeout(&self) -> u64 {
        self.verify_timeout.into()
    }
}

/// Whether to do something that suits a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    // Plain comments: with documentation `--help` would spend seven lines on each such option.
    // On a terminal.
    Auto,
    // In any case.
    Always,
    // Not at all.
    Never,
}

impl When {
    /// The decision, given whether the stream is a terminal.
    pub(super) fn holds(self, is_terminal: bool) -> bool {
        match self {
            When::Auto => is_terminal,
            When::Always => true,
            When::Never => false,
        }
    }
}

const FORMATS: [(&str, Format); 4] = [
    ("text", Format::Text),
    ("json", Format::Json),
    ("jsonl", Format::Jsonl),
    ("sarif", Format::Sarif),
];

fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMATS.map(|(name, _)| name))
}

fn gap_reasons() -> PossibleValuesParser {
    PossibleValuesParser::new(GapReason::ALL.map(GapReason::name))
}

impl Options {
    /// The format asked for.
    pub(super) fn format(&self) -> Format {
        FORMATS.iter().find(|(name, _)| *name == self.format).map_or(Format::Text, |(_, f)| *f)
    }

    /// The least confidence asked for.
    pub(super) fn min_confidence(&self) -> Confidence {
        [Confidence::Possible, Confidence::Likely, Confidence::Certain]
            .into_iter()
            .find(|confidence| confidence.name() == self.min_confidence)
            .unwrap_or(Confidence::Likely)
    }

    /// The number of threads asked for.
    pub(super) fn threads(&self) -> Option<usize> {
        self.threads.map(usize::from)
    }

    /// What makes no sense together, in one sentence.
    pub(super) fn contradiction(&self) -> Option<&'static str> {
        (self.show_secrets && self.format() == Format::Sarif).then_some(
            "--show-secrets does not go with --format sarif: such a file is made to be uploaded; \
             use text, json or jsonl",
        )
    }

    /// The gap reasons accepted.
    pub(super) fn accepted(&self) -> Vec<GapReason> {
        self.accept_gap.iter().filter_map(|name| GapReason::from_name(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
