//! What can go wrong with rules: a folder that cannot be read, a file with mistakes.

use std::{fmt, io, path::PathBuf};

/// Why rules could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder or file could not be read.
    #[error("cannot read rules from {}: {cause}{}", path.display(), remedy(cause))]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// What the system said. Part of the sentence, and so no source of its own.
        cause: io::Error,
    },
    /// One or more files have mistakes; each is one line.
    #[error("{}", lines(.0))]
    Invalid(Vec<Problem>),
    /// An example's text is no template.
    #[error("template, character {column}: {message}")]
    Template {
        /// The character at fault, counted from 1.
        column: usize,
        /// What is wrong and what to do.
        message: String,
    },
}

/// What to do where the system refused; what we refuse says it itself.
fn remedy(cause: &io::Error) -> &'static str {
    if cause.raw_os_error().is_some() { "; check the path and its permissions" } else { "" }
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// One mistake in one rule file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as it was found.
    pub path: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong and what to do, in one sentence.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.path.display(), self.line, self.column, self.message)
    }
}
