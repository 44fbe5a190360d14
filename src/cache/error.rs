//! Why a cache folder cannot be used.

use std::{io, path::PathBuf};

/// Why a cache folder cannot be used. Nothing of it makes a search less complete.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not there and cannot be made, or cannot be looked at.
    #[error(
        "the cache folder `{}` cannot be used: {cause}; name another with --cache-dir, or do without --cache",
        path.display()
    )]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// Others could write into it, and make the program believe that something was searched.
    #[error(
        "the cache folder `{}` could be written to by others; make it yours alone (`chmod 700`), or name another with --cache-dir",
        path.display()
    )]
    NotPrivate {
        /// The folder.
        path: PathBuf,
    },
}
