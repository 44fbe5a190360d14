//! What provenance is asked and what it answers: hits, and for each secret its commits and places.

use bstr::BString;

use crate::model::{Gap, ObjectId, ObjectKind, Standing};

/// One object that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The blob, commit, tag or tree.
    pub object: ObjectId,
    /// Its kind.
    pub kind: ObjectKind,
    /// For a tree: the name of the entry that is the secret's place. `None` for all others.
    pub entry: Option<BString>,
    /// Which secret. Numbered from 0 without holes.
    pub group: u32,
}

/// One place of a secret in history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The blob, commit or tag; for a file's name a tree that lists it.
    pub object: ObjectId,
    /// The object's kind.
    pub kind: ObjectKind,
    /// Whether the blob stands as the target of a symbolic link.
    pub symlink: bool,
    /// The path; `None` for messages and for blobs that no tree leads to.
    pub path: Option<BString>,
    /// The first commit that had this blob at this path; the commit itself for its message; what a
    /// tag names. `None` where no commit leads to it.
    pub commit: Option<ObjectId>,
    /// `AtHead`, `Staged`, `History` (reached by a ref or a worktree's HEAD) or `Unreachable`
    /// (reached by reflogs alone or by nothing: the next `git gc` may drop it).
    pub standing: Standing,
}

/// What is known of one secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traced {
    /// Commits whose tree has it while no parent's has: those that refs reach first, then by
    /// topological order. At the boundary of a shallow clone this is the commit at the boundary.
    /// At most [`crate::model::Finding::MOST_PLACES`].
    pub introduced: Vec<ObjectId>,
    /// How many such commits there are.
    pub introduced_count: u64,
    /// Commits whose tree lacks it while every parent's has it, in the same order, as many at most.
    pub removed: Vec<ObjectId>,
    /// How many such commits there are.
    pub removed_count: u64,
    /// The first commit of all that brought it, be it in its tree or in its own message.
    pub first: Option<ObjectId>,
    /// Whether the tree of the commit at HEAD has it.
    pub at_head: bool,
    /// Which tips ([`super::Starts::tips`], by position) still have it in their trees.
    pub tips: Vec<u32>,
    /// Its places, the one to show first in front: the newest path that is still at HEAD, else the
    /// last it had. At most [`crate::model::Finding::MOST_PLACES`].
    pub sightings: Vec<Sighting>,
    /// How many places there are: exact, but for repositories made to have millions (the gaps say
    /// so; it is then a lower bound).
    pub sighting_count: u64,
}

/// What is known of all secrets.
#[derive(Debug, Default)]
pub struct Trace {
    /// By the number of the group.
    pub groups: Vec<Traced>,
    /// What could not be followed.
    pub gaps: Vec<Gap>,
}
