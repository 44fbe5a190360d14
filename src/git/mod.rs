//! Where a repository is and what its small files say, read by ourselves.
//!
//! A scanned repository is hostile: its configuration may name programs, its folders may hold
//! FIFOs and links, its pointers may lead to other repositories. So git is never started, and
//! libgit2 never sees the repository itself. [`discover()`] looks for it and reads regular files only,
//! size-capped; what cannot be read is a gap. libgit2 is given a scratch folder of our own to look up
//! single objects in.

mod bundle;
mod config;
mod discover;
mod environment;
mod error;
mod file;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod head;
mod index;
mod layout;
mod modules;
mod objects;
mod packed_refs;
mod read_objects;
mod ref_name;
mod ref_value;
mod reflog;
mod refs;
mod repository;
mod revisions;
mod scratch;
mod small_files;
mod tables;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use bundle::Bundle;
pub use environment::{Environment, Options};
pub use error::Error;
pub use head::Head;
pub use index::{Entry, Folder, Index};
pub use modules::Submodule;
pub use read_objects::ReadObjects;
pub use reflog::Reflog;
pub use refs::Ref;
pub use repository::{Repository, discover};
pub use revisions::Selection;
pub use small_files::SmallFiles;
