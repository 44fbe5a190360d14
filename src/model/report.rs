//! The whole result of one run, before any output format, and the exit code that follows from it.

use std::time::Duration;

use bstr::BString;
use jiff::Timestamp;

use super::{Finding, Gap, GapLevel, ObjectId, Verdict};

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

/// Which findings make the run fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailOn {
    /// Every finding that counts.
    #[default]
    Any,
    /// Those that verification found to be live.
    Live,
}

impl FailOn {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            FailOn::Any => "any",
            FailOn::Live => "live",
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
    /// Which findings make the run fail.
    pub fail_on: FailOn,
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

    /// The exit code of the run: 130 interrupted, 1 findings that make it fail, 3 something was not
    /// read or, where only live findings make it fail, not verified, 0 clean. (2, an error of usage,
    /// never gets as far as a report.)
    pub fn exit_code(&self) -> u8 {
        let mut counting = self.findings.iter().filter(|found| found.counts());
        let fails = match self.fail_on {
            FailOn::Any => counting.clone().next().is_some(),
            FailOn::Live => {
                counting.clone().any(|found| found.verdict.is_some_and(Verdict::is_live))
            }
        };
        // A network that fails must not turn a leak into a pass.
        let settled =
            counting.all(|found| found.verdict.is_some_and(|v| v.is_live() || v.is_harmless()));
        if self.interrupted {
            130
        } else if fails {
            1
        } else if !self.is_complete() || (self.fail_on == FailOn::Live && !settled) {
            3
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{
        Confidence, Fingerprint, Inactivity, NotVerifiable, Restriction, Secret, Severity,
        Strength, Unknown,
    };

    fn report(fail_on: FailOn, verdicts: &[Option<Verdict>]) -> Report {
        let secret = Secret::new("x".repeat(40), 0, Strength::Strong);
        let finding = |verdict: &Option<Verdict>| Finding {
            rule: Arc::from("rule"),
            title: Arc::from("Title"),
            severity: Severity::High,
            confidence: Confidence::Certain,
            fingerprint: Fingerprint::of_finding("rule", &secret, b"", b""),
            secret: secret.clone(),
            lapse: None,
            facts: Vec::new(),
            partners: Vec::new(),
            places: Vec::new(),
            place_count: 1,
            history: Vec::new(),
            suppression: None,
            verdict: *verdict,
            impact: None,
        };
        Report {
            command: Command::Scan,
            targets: Vec::new(),
            started: Timestamp::UNIX_EPOCH,
            finished: Timestamp::UNIX_EPOCH,
            repository: None,
            findings: verdicts.iter().map(finding).collect(),
            suppressed: Vec::new(),
            gaps: Vec::new(),
            stats: Stats::default(),
            interrupted: false,
            strict: false,
            fail_on,
        }
    }

    #[test]
    fn only_what_is_known_to_be_harmless_passes_where_live_findings_fail() {
        let dead = Some(Verdict::Dead);
        let inactive = Some(Verdict::Inactive(Inactivity::Expired));
        let restricted = Some(Verdict::ActiveRestricted(Restriction::Location));
        let unknown = Some(Verdict::Unknown(Unknown::Network));
        let unasked = Some(Verdict::NotVerifiable(NotVerifiable::NoEmail));
        for (verdicts, code) in [
            (&[][..], 0),
            (&[dead, inactive], 0),
            (&[dead, unknown], 3),
            (&[dead, unasked], 3),
            (&[None], 3),
            (&[unknown, restricted], 1),
            (&[dead, Some(Verdict::Active)], 1),
        ] {
            assert_eq!(report(FailOn::Live, verdicts).exit_code(), code, "{verdicts:?}");
            let any = if verdicts.is_empty() { 0 } else { 1 };
            assert_eq!(report(FailOn::Any, verdicts).exit_code(), any, "{verdicts:?}");
        }
        let mut interrupted = report(FailOn::Live, &[unknown]);
        interrupted.interrupted = true;
        assert_eq!(interrupted.exit_code(), 130);
        let mut lapsed = report(FailOn::Live, &[unknown]);
        lapsed.findings[0].severity = Severity::Note;
        assert_eq!(lapsed.exit_code(), 0);
    }

    #[test]
    fn what_is_dead_is_a_note_and_what_is_switched_off_is_low() {
        let severity = |verdict| report(FailOn::Any, &[verdict]).findings[0].present_severity();
        assert_eq!(severity(None), Severity::High);
        assert_eq!(severity(Some(Verdict::Active)), Severity::High);
        assert_eq!(severity(Some(Verdict::Unknown(Unknown::Tls))), Severity::High);
        assert_eq!(severity(Some(Verdict::Inactive(Inactivity::Disabled))), Severity::Low);
        assert_eq!(severity(Some(Verdict::Dead)), Severity::Note);
    }
}
