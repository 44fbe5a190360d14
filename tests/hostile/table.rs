//! Cases of repositories that nobody vouches for: how each is made, what is run on it, and with which
//! words and code it must end.

use crate::support::{
    program::{Run, cfleaks, run},
    repository::Repo,
};

/// How a run must end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    /// A report, everything read, nothing found.
    Clean,
    /// A report with findings, everything read.
    Found,
    /// A report without findings, and gaps of these reasons.
    Gaps(&'static [&'static str]),
    /// The same, but none of them counts, by its level or since it was accepted.
    Accepted(&'static [&'static str]),
    /// A report with findings and gaps of these reasons.
    FoundWithGaps(&'static [&'static str]),
    /// No report, this exit code, and one sentence that says this.
    Error(i32, &'static str),
}
use End::*;

/// What is done to a repository, and how each job on it must end.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) make: fn(&Repo),
    pub(crate) jobs: &'static [(&'static str, End)],
}

/// Runs all cases, each on a repository of its own, and fails with all that is wrong.
pub(crate) fn check(start: fn() -> Repo, cases: &[Case]) {
    let mut wrong = Vec::new();
    for Case { name, make, jobs } in cases {
        let repo = start();
        make(&repo);
        for (words, end) in *jobs {
            let found = run_in(&repo, words);
            if let Err(why) = judge(&found, *end) {
                wrong.push(format!("{name}, `{words}`: expected {end:?}: {why}\n{found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs the program in a repository, JSON asked for.
pub(crate) fn run_in(repo: &Repo, words: &str) -> Run {
    run(&mut cfleaks(repo.root(), words.split(' ').chain(["--format", "json"])))
}

/// Whether a run ended as it must.
pub(crate) fn judge(found: &Run, end: End) -> Result<(), String> {
    if let Error(code, says) = end {
        let lines: Vec<&str> = found.err.lines().collect();
        return if found.code != Some(code) {
            Err("another exit code".to_owned())
        } else if !found.out.is_empty() {
            Err("a report besides".to_owned())
        } else if !matches!(lines[..], [line] if line.starts_with("cfleaks: ")) {
            Err("not one line".to_owned())
        } else if found.err.contains(says) {
            Ok(())
        } else {
            Err("other words".to_owned())
        };
    }
    if !found.err.is_empty() || found.out.is_empty() {
        return Err("no report, or a complaint".to_owned());
    }
    let (code, reasons) = match end {
        Gaps(reasons) => (3, reasons),
        FoundWithGaps(reasons) => (1, reasons),
        Accepted(reasons) => (0, reasons),
        Found => (1, &[][..]),
        Clean | Error(..) => (0, &[][..]),
    };
    if found.gap_reasons() != reasons {
        Err(format!("gaps {:?}", found.gap_reasons()))
    } else if found.code != Some(code) {
        Err("another exit code".to_owned())
    } else if found.json()["complete"] != (reasons.is_empty() || matches!(end, Accepted(_))) {
        Err("`complete` is wrong".to_owned())
    } else {
        Ok(())
    }
}
