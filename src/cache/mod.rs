//! What earlier runs have searched, kept in a folder of the user: which packs were searched under
//! which terms, and what of them must be looked at again.
//!
//! A [`Claim`] says: "of these packs, nothing but these objects is of interest". It holds names and
//! counts, and no text of any repository. A [`Folder`] keeps such things as files of their own, each
//! with a checksum, replaced in one step. Whatever is wrong with one (another version, cut short,
//! damaged, somebody else's) makes it one that is not there: then everything is searched. Whether a
//! claim holds is not decided here, but by whoever knows packs and rules.

mod claim;
mod error;
mod folder;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod seal;

pub use claim::{Claim, Counts};
pub use error::Error;
pub use folder::Folder;

/// A name of 256 bits: of a pack, of the terms of a search, of a repository.
pub type Digest = [u8; 32];
