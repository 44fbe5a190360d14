//! What can go wrong before a repository can be read, each as one sentence with its remedy.

use std::path::PathBuf;

use super::file::printable;
use crate::model::{Gap, GapReason};

/// Why a repository, its index or a revision could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The path to start from is not there.
    #[error("{}: no such file or folder; check the path", printable(.path))]
    NoSuchPath {
        /// The path as it was named.
        path: PathBuf,
    },
    /// No repository at the path or above it.
    #[error(
        "{}: not a git repository, neither there nor in any folder above it (looked for a `.git` entry \
         and for a bare repository with HEAD, objects and refs); name the repository's folder, or use \
         `cfleaks scan` for plain files",
        printable(.path)
    )]
    NotARepository {
        /// Where the search began.
        path: PathBuf,
    },
    /// A revision that no ref, no object and no abbreviation stands for.
    #[error(
        "unknown revision `{spec}`: no branch, tag or object of that name is in this repository; run \
         `git fetch` if it should be, or write the range as `A..B`, `A...B` or a single revision"
    )]
    UnknownRevision {
        /// The revision as it was written.
        spec: String,
    },
    /// An abbreviated id that several objects share.
    #[error("revision `{spec}` is ambiguous: {count} objects begin so; give more digits")]
    AmbiguousRevision {
        /// The revision as it was written.
        spec: String,
        /// How many objects fit.
        count: usize,
    },
    /// Syntax of git's that is not understood here.
    #[error(
        "revision `{spec}` is not supported ({detail}); write a branch, tag or commit id, with `~N`, `^N` or \
         `^{{commit}}` behind it where needed"
    )]
    UnsupportedRevision {
        /// The revision as it was written.
        spec: String,
        /// What is not understood.
        detail: &'static str,
    },
    /// The revision names something that is no commit.
    #[error("revision `{spec}` is a {kind}, not a commit; name a commit, branch or tag")]
    NotACommit {
        /// The revision as it was written.
        spec: String,
        /// The kind of object found.
        kind: crate::model::ObjectKind,
    },
    /// The repository names its objects by SHA-256.
    #[error(
        "{}: the repository uses the object format `{format}`, which is not supported yet; only SHA-1 \
         repositories can be read",
        printable(.path)
    )]
    ObjectFormat {
        /// The git folder.
        path: PathBuf,
        /// The value of `extensions.objectformat`.
        format: String,
    },
    /// The repository keeps its refs in another way than files.
    #[error(
        "{}: the repository keeps its refs as `{format}`, which is not supported; convert a copy with \
         `git refs migrate --ref-format=files`",
        printable(.path)
    )]
    RefStorage {
        /// The git folder.
        path: PathBuf,
        /// The value of `extensions.refstorage`.
        format: String,
    },
    /// A layout newer than any known here.
    #[error(
        "{}: the repository has format version {version}, and only versions 0 and 1 are known; use a newer cfleaks",
        printable(.path)
    )]
    FormatVersion {
        /// The git folder.
        path: PathBuf,
        /// The value of `core.repositoryformatversion`.
        version: u64,
    },
    /// A pointer (`.git` file or link, `commondir`) leads to a place that does not acknowledge it.
    #[error(
        "{}: points to {}, which lies outside this repository and does not point back; name that \
         repository itself, run `git worktree repair` if this is a moved worktree, or follow it with \
         --follow-alternates",
        printable(.path), printable(.target)
    )]
    Outside {
        /// The pointer.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// There is a repository, but it is broken.
    #[error("{}: {detail}; check the repository with `git fsck` or clone it anew", printable(.path))]
    Broken {
        /// The file or folder concerned.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// A bundle that cannot be understood.
    #[error(
        "{}: the bundle was not read: {detail}; look at it with `git bundle verify`, or make it anew",
        printable(.path)
    )]
    Bundle {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// Something that a bundle has not.
    #[error(
        "{}: a bundle has no {what}; search it with `cfleaks history`, or make a repository of it with \
         `git clone`",
        printable(.path)
    )]
    NotOfABundle {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        what: &'static str,
    },
    /// The index cannot be understood.
    #[error("{}: the index is damaged ({detail}); rebuild it with `git reset`", printable(.path))]
    Index {
        /// The index file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The index is there and cannot be had: it is no regular file, too large, or access is refused.
    #[error(
        "{}: the index was not read: {detail}; put a regular file there, or remove it and run `git reset`",
        printable(.path)
    )]
    IndexUnread {
        /// The index file.
        path: PathBuf,
        /// The reason of the gap that it leaves.
        reason: GapReason,
        /// What stands in the way.
        detail: String,
    },
    /// An object needed to understand a revision cannot be read.
    #[error(
        "revision `{spec}`: object {id} cannot be read ({detail}); check the repository with `git fsck`"
    )]
    Object {
        /// The revision as it was written.
        spec: String,
        /// The object.
        id: crate::model::ObjectId,
        /// What is wrong.
        detail: String,
    },
    /// The objects could not be opened for looking up revisions.
    #[error(
        "the objects could not be opened to look up revisions ({detail}); check the temporary folder and the repository"
    )]
    Scratch {
        /// What is wrong.
        detail: String,
    },
}

impl Error {
    /// Whether a repository is there and cannot be read (exit code 3); otherwise the caller named
    /// something wrong (exit code 2).
    pub fn is_unreadable(&self) -> bool {
        match self {
            Error::NoSuchPath { .. }
            | Error::NotARepository { .. }
            | Error::UnknownRevision { .. }
            | Error::AmbiguousRevision { .. }
            | Error::UnsupportedRevision { .. }
            | Error::NotACommit { .. }
            | Error::NotOfABundle { .. } => false,
            Error::ObjectFormat { .. }
            | Error::RefStorage { .. }
            | Error::FormatVersion { .. }
            | Error::Outside { .. }
            | Error::Broken { .. }
            | Error::Bundle { .. }
            | Error::Index { .. }
            | Error::IndexUnread { .. }
            | Error::Object { .. }
            | Error::Scratch { .. } => true,
        }
    }

    /// The gap that it leaves where the rest can be read without what failed.
    pub fn gap(&self) -> Gap {
        let reason = match self {
            Error::IndexUnread { reason, .. } => *reason,
            _ => GapReason::Damaged,
        };
        Gap::new(reason, self.to_string())
    }
}
