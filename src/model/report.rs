//! The whole result of one run, before any output format, and the exit code that follows from it.

use std::time::Duration;

use bstr::BString;
use jiff::Timestamp;

use super::{Finding, Gap, GapLevel, ObjectId};

/// Which job was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Command {
    Scan,
    Staged,
    History,
    Audit,
}

impl Command {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Command::Scan => "scan",
            Command::Staged => "staged",
            Command::History => "history",
            Command::Audit => "audit",
        }
    }
}

/// The repository that was looked at, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Repository {
    /// Its root folder as the user would name it.
    pub root: BString,
    /// The address of `origin` (or the only remote), without credentials.
    pub remote: Option<String>,
    /// The commit at HEAD.
    pub head: Option<ObjectId>,
    /// The branch at HEAD, short form.
    pub branch: Option<BString>,
}

/// What was done, in numbers.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    /// Files read from the work tree or standard input.
    pub files: u64,
    /// Untracked files that a `.gitignore` matched and that were therefore not read.
    pub ignored: u64,
    /// Git objects searched: blobs, commits, trees, tags.
    pub objects: u64,
    /// Among them commits.
    pub commits: u64,
    /// Bytes searched, decompressed.
    pub bytes: u64,
    /// Candidates below the asked confidence, by distinct secret.
    pub below_confidence: u64,
    /// How long the run took.
    pub elapsed: Duration,
}

/// The whole result of one run.
#[derive(Debug, Clone)]
pub struct Report {
    /// Which job was done.
    pub command: Command,
    /// What it was done on, as the user named it.
    pub targets: Vec<String>,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// The repository, if there was one.
    pub repository: Option<Repository>,
    /// Findings in stable order: gravest first, then by confidence, rule, path, line, fingerprint.
    pub findings: Vec<Finding>,
    /// Findings that something suppresses, same order.
    pub suppressed: Vec<Finding>,
    /// What could not be read, sorted.
    pub gaps: Vec<Gap>,
    /// What was done, in numbers.
    pub stats: Stats,
    /// Whether a signal cut the run short.
    pub interrupted: bool,
    /// Whether undecoded containers count like unread bytes.
    pub strict: bool,
}

impl Report {
    /// Whether everything that was asked for was read. Accepted gaps do not spoil it.
    pub fn is_complete(&self) -> bool {
        !self.interrupted
            && !self
                .gaps
                .iter()
                .any(|gap| !gap.accepted && (gap.level == GapLevel::Unread || self.strict))
    }

    /// The exit code of the run: 130 interrupted, 1 findings that count, 3 something was not read,
    /// 0 clean. (2, an error of usage, never gets as far as a report.)
    pub fn exit_code(&self) -> u8 {
        if self.interrupted {
            130
        } else if self.findings.iter().any(Finding::counts) {
            1
        } else if !self.is_complete() {
            3
        } else {
            0
        }
    }
}
