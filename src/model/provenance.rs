//! The life of one secret in one repository: which commits brought it in, which took it out, and
//! which branches and tags still have it.

use bstr::BString;

use super::CommitRef;

/// One commit that changed whether the secret is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitNote {
    /// The commit.
    pub commit: CommitRef,
    /// Whether a ref or a worktree's HEAD leads to it; otherwise only reflogs or nothing does.
    pub reachable: bool,
}

/// Some commits out of how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commits {
    /// Those that are told, the first in topological order in front, those that refs reach before
    /// others. At most [`Provenance::MOST_COMMITS`].
    pub listed: Vec<CommitNote>,
    /// How many there are in truth.
    pub count: u64,
}

/// The life of one secret in the files of one repository's commits. (What messages hold is there
/// from their own commit on, and refs do not hold it any longer than that.)
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Which repository, where a report is about several: as their places' paths begin.
    pub repository: Option<BString>,
    /// Commits whose files hold it while no parent's do: more than one where it came in on several
    /// branches, or came back.
    pub introduced: Commits,
    /// Commits whose files lack it while every parent's hold it.
    pub removed: Commits,
    /// Whether the files of the commit at HEAD hold it.
    pub at_head: bool,
    /// Full names of the refs whose files still hold it, raw: branches first, then tags, then what
    /// remotes had, then others. At most [`Provenance::MOST_REFS`].
    pub refs: Vec<BString>,
    /// How many such refs there are in truth.
    pub ref_count: u64,
}

impl Provenance {
    /// How many commits of each sort are listed.
    pub const MOST_COMMITS: usize = 100;
    /// How many refs are listed.
    pub const MOST_REFS: usize = 100;

    /// Whether there is nothing to tell: no commit's files ever held it.
    pub fn is_empty(&self) -> bool {
        self.introduced.count == 0
            && self.removed.count == 0
            && !self.at_head
            && self.ref_count == 0
    }
}
