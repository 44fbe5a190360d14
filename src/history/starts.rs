//! Where history begins to be reached from: what the repository's small files say, as plain data,
//! so that this floor's work can be tested without a repository.

use bstr::BString;

use crate::model::ObjectId;

/// Everything that leads into the objects.
#[derive(Debug, Clone, Default)]
pub struct Starts {
    /// The commit at HEAD; `None` while the branch is unborn.
    pub head: Option<ObjectId>,
    /// Names and targets of all refs and of every worktree's HEAD. Entries of the stash count as
    /// refs too, since `git stash list` shows them.
    pub tips: Vec<(BString, ObjectId)>,
    /// What only reflogs name.
    pub reflogs: Vec<ObjectId>,
    /// The blobs of the index, with their paths.
    pub staged: Vec<StagedBlob>,
    /// Commits with the parents that `info/grafts` gives them. They are followed besides the
    /// commits' own: both sides are in the repository.
    pub grafts: Vec<(ObjectId, Vec<ObjectId>)>,
    /// The commits at which a shallow clone was cut off.
    pub shallow: Vec<ObjectId>,
    /// Commits that a bundle builds on and does not hold, sorted; nor does it hold what is in them.
    pub prerequisites: Vec<ObjectId>,
    /// Whether a partial clone may have left objects at its server.
    pub promisor: bool,
}

/// One blob that the index names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedBlob {
    /// Its path.
    pub path: BString,
    /// Its name.
    pub blob: ObjectId,
    /// Whether its text is the target of a symbolic link.
    pub symlink: bool,
}
