//! The jobs: sources joined with detection, and what they find made into one report.
//!
//! A [`Scanner`] holds what all jobs share; each job opens its sources, lets them be searched into a
//! collector, finds out where in history the hits stand, and hands the whole to `finish`.

mod audit;
mod change;
mod collect;
mod error;
mod files;
mod finish;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod history;
mod increment;
mod input;
mod inside;
mod looks;
mod names;
mod objects;
mod placing;
mod progress;
mod proof;
mod r2;
mod range;
mod redact;
mod repository;
mod shelf;
mod staged;
mod submodules;
mod trace;
mod watch;
mod wide;
mod windowed;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

pub use error::Error;
pub use increment::Cache;
pub use looks::{Looks, looks};
pub use progress::{Progress, Silent, Stage};
pub use proof::{Claim, Failure, Wanted, claims};
pub use redact::{Redactor, redact_message, secrets_in};

use self::{collect::Collector, files::Naming, finish::Run};
use crate::{
    detect::Detector,
    git,
    model::{Command, Confidence, GapReason, Report},
    walk::Root,
};

/// What the user decided about a run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many threads walk files; 0 for one for each core. (Objects use rayon's current pool.)
    pub threads: usize,
    /// What is below is counted, not reported.
    pub min_confidence: Confidence,
    /// Whether placeholders and published samples are findings, whatever their confidence.
    pub include_placeholders: bool,
    /// Whether containers that would not open count as not read.
    pub strict: bool,
    /// Gaps of these reasons set no exit code.
    pub accepted: Vec<GapReason>,
    /// Whether to read what a `.gitignore` matches.
    pub no_ignore: bool,
    /// Whether to look inside archives and compressed files.
    pub archives: bool,
    /// Whether to search the repositories of submodules, too.
    pub submodules: bool,
    /// Whether to follow what leads out of the repository.
    pub follow_alternates: bool,
    /// Whether texts of the report keep the plaintext of secrets.
    pub show_secrets: bool,
    /// Whether anchors known of a delta's base are taken over; the findings are the same without.
    pub inherit: bool,
    /// Where to keep what whole histories were searched, and to look for it; `None` for nowhere.
    pub cache: Option<Cache>,
    /// What git says to its hooks; `None` where a repository is named.
    pub environment: Option<git::Environment>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            threads: 0,
            min_confidence: Confidence::Likely,
            include_placeholders: false,
            strict: false,
            accepted: Vec::new(),
            no_ignore: false,
            archives: true,
            submodules: false,
            follow_alternates: false,
            show_secrets: false,
            inherit: true,
            cache: None,
            environment: None,
        }
    }
}

/// Does the jobs.
pub struct Scanner<'a> {
    /// What searches.
    pub detector: &'a Detector,
    /// What was decided.
    pub settings: &'a Settings,
    /// Who listens.
    pub progress: &'a dyn Progress,
    /// Set from outside to end the run early; what was found so far is reported.
    pub stop: &'a Arc<AtomicBool>,
}

impl Scanner<'_> {
    /// Searches files, folders and, for `-`, standard input.
    ///
    /// # Errors
    /// A path does not exist.
    pub fn scan(&self, paths: &[PathBuf]) -> Result<Report, Error> {
        let run = Run::begin(Command::Scan, named(paths));
        let is_stdin = |path: &PathBuf| path.as_os_str() == "-";
        let roots: Vec<Root> = paths
            .iter()
            .filter(|path| !is_stdin(path))
            .map(|path| Root::new(path).map_err(Error::from))
            .collect::<Result<_, _>>()?;
        let collector = Collector::default();
        self.progress.begin(Stage::Files, None);
        if paths.iter().any(is_stdin) {
            self.search_stdin(&collector);
        }
        if !roots.is_empty() {
            self.search_files(&roots, Naming::AsNamed, &collector);
        }
        Ok(run.report(self, &collector, collector.take_groups(), None))
    }

    /// Searches what the next commit adds.
    ///
    /// # Errors
    /// There is no repository, or it cannot be read.
    pub fn staged(&self, repository: &Path) -> Result<Report, Error> {
        let run = Run::begin(Command::Staged, named(&[repository]));
        let opened = self.open(repository)?;
        let collector = Collector::default();
        self.search_staged(&opened, &collector)?;
        Ok(run.report(self, &collector, collector.take_groups(), Some(&opened)))
    }

    /// Searches everything that git keeps or, with `ranges`, what those commits add.
    ///
    /// # Errors
    /// There is no repository, it cannot be read, or a revision is unknown.
    pub fn history(&self, repository: &Path, ranges: &[String]) -> Result<Report, Error> {
        let run = Run::begin(Command::History, named(&[repository]));
        let opened = self.open_history(repository)?;
        let collector = Collector::default();
        let groups = if ranges.is_empty() {
            self.search_repository(&opened, false, &collector)?
        } else {
            self.search_range(&opened, ranges, &collector)?;
            collector.take_groups()
        };
        Ok(run.report(self, &collector, groups, Some(&opened)))
    }

    /// Whether the run was asked to end.
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Paths as the report names them.
fn named(paths: &[impl AsRef<Path>]) -> Vec<String> {
    paths.iter().map(|path| path.as_ref().to_string_lossy().into_owned()).collect()
}
