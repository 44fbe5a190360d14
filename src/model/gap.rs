//! What could not be read, so that no pass is silent.

use std::fmt;

use bstr::BString;

use super::ObjectId;

/// How bad a gap is for the claim "nothing found".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapLevel {
    /// The bytes were searched as they are, but a container in them would not open.
    Undecoded,
    /// The bytes could not be had.
    Unread,
}

/// Why something was not read. The set is closed, and `--accept-gap` takes the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapReason {
    /// The operating system refused access.
    PermissionDenied,
    /// Reading failed for another reason.
    ReadError,
    /// The file or folder vanished or changed while it was read.
    Changed,
    /// A device, FIFO or socket stands where a file was expected.
    NotAFile,
    /// An object that another refers to is not there.
    MissingObject,
    /// A pack, index, object or ref is damaged.
    Damaged,
    /// History ends at a shallow clone's boundary.
    ShallowBoundary,
    /// Objects were left at the server by a partial clone.
    PartialClone,
    /// Alternates or links lead out of the repository and were not followed.
    OutsideRepository,
    /// A submodule's history is not part of this repository.
    Submodule,
    /// A Git LFS pointer stands for a file that is not here.
    LfsPointer,
    /// An archive or compressed file is corrupt or ends early.
    ArchiveDamaged,
    /// An archive's member is encrypted.
    ArchiveEncrypted,
    /// An archive or a member is packed in a way that is not known.
    ArchiveUnsupported,
    /// A limit of depth, size, ratio or count was hit in an archive.
    ArchiveLimit,
    /// A limit of size, depth or count was hit.
    LimitHit,
    /// The run was interrupted.
    Interrupted,
}

impl GapReason {
    /// Every reason, in the order of its name's importance in documentation.
    pub const ALL: [GapReason; 17] = [
        GapReason::PermissionDenied,
        GapReason::ReadError,
        GapReason::Changed,
        GapReason::NotAFile,
        GapReason::MissingObject,
        GapReason::Damaged,
        GapReason::ShallowBoundary,
        GapReason::PartialClone,
        GapReason::OutsideRepository,
        GapReason::Submodule,
        GapReason::LfsPointer,
        GapReason::ArchiveDamaged,
        GapReason::ArchiveEncrypted,
        GapReason::ArchiveUnsupported,
        GapReason::ArchiveLimit,
        GapReason::LimitHit,
        GapReason::Interrupted,
    ];

    /// Its name in reports and for `--accept-gap`: kebab-case, stable.
    pub fn name(self) -> &'static str {
        match self {
            GapReason::PermissionDenied => "permission-denied",
            GapReason::ReadError => "read-error",
            GapReason::Changed => "changed",
            GapReason::NotAFile => "not-a-file",
            GapReason::MissingObject => "missing-object",
            GapReason::Damaged => "damaged",
            GapReason::ShallowBoundary => "shallow-boundary",
            GapReason::PartialClone => "partial-clone",
            GapReason::OutsideRepository => "outside-repository",
            GapReason::Submodule => "submodule",
            GapReason::LfsPointer => "lfs-pointer",
            GapReason::ArchiveDamaged => "archive-damaged",
            GapReason::ArchiveEncrypted => "archive-encrypted",
            GapReason::ArchiveUnsupported => "archive-unsupported",
            GapReason::ArchiveLimit => "archive-limit",
            GapReason::LimitHit => "limit-hit",
            GapReason::Interrupted => "interrupted",
        }
    }

    /// The reason of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// The level it has by default.
    pub fn level(self) -> GapLevel {
        match self {
            GapReason::Submodule
            | GapReason::LfsPointer
            | GapReason::ArchiveDamaged
            | GapReason::ArchiveEncrypted
            | GapReason::ArchiveUnsupported
            | GapReason::ArchiveLimit => GapLevel::Undecoded,
            _ => GapLevel::Unread,
        }
    }

    /// The reason that fits an error of the operating system.
    pub fn of_io(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::PermissionDenied => GapReason::PermissionDenied,
            std::io::ErrorKind::NotFound => GapReason::Changed,
            _ => GapReason::ReadError,
        }
    }
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Something that was not read, where and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// How bad it is.
    pub level: GapLevel,
    /// Why.
    pub reason: GapReason,
    /// The path it concerns, raw bytes, if there is one.
    pub path: Option<BString>,
    /// The object it concerns, if there is one.
    pub object: Option<ObjectId>,
    /// One sentence without a full stop: what happened, for a person.
    pub detail: String,
    /// Whether `--accept-gap` named its reason.
    pub accepted: bool,
}

impl Gap {
    /// A gap at the reason's own level.
    pub fn new(reason: GapReason, detail: impl Into<String>) -> Self {
        Gap {
            level: reason.level(),
            reason,
            path: None,
            object: None,
            detail: detail.into(),
            accepted: false,
        }
    }

    /// The same, concerning a path.
    #[must_use]
    pub fn at_path(mut self, path: impl Into<BString>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The same, concerning an object.
    #[must_use]
    pub fn at_object(mut self, id: ObjectId) -> Self {
        self.object = Some(id);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_round_trip() {
        for reason in GapReason::ALL {
            assert_eq!(GapReason::from_name(reason.name()), Some(reason));
        }
    }
}
