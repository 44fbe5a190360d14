//! Why a job could not be done at all.

use std::path::PathBuf;

use crate::{git, pack, walk};

/// Why a job could not be done at all. What a job could do only in part is a gap in its report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A named path is not there.
    #[error(transparent)]
    Walk(#[from] walk::Error),
    /// The cache lies in the repository, whose maker could have filled it.
    #[error(
        "the cache folder `{}` lies in the repository that is searched; name one outside of it with --cache-dir",
        .0.display()
    )]
    CacheInside(PathBuf),
    /// No repository, one that cannot be read, or an unknown revision.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// Its objects cannot be read.
    #[error(transparent)]
    Pack(#[from] pack::Error),
}

impl Error {
    /// Whether the source is there and could not be read (exit code 3), rather than wrongly named
    /// (exit code 2).
    pub fn is_unreadable(&self) -> bool {
        match self {
            Error::Walk(_) | Error::CacheInside(_) => false,
            Error::Git(error) => error.is_unreadable(),
            Error::Pack(_) => true,
        }
    }
}
