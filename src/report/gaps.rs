//! What to tell a person about each reason for a gap. The set of reasons is the model's.

use crate::model::GapReason;

/// What happened, as one sentence.
pub(super) fn meaning(reason: GapReason) -> &'static str {
    match reason {
        GapReason::PermissionDenied => "The operating system refused access.",
        GapReason::ReadError => "Reading failed.",
        GapReason::Changed => "The file or folder vanished or changed while it was read.",
        GapReason::NotAFile => "A device, FIFO or socket stands where a file was expected.",
        GapReason::MissingObject => "An object that another refers to is not in the repository.",
        GapReason::Damaged => "A pack, index, object or ref is damaged.",
        GapReason::ShallowBoundary => "History ends at the boundary of a shallow clone.",
        GapReason::PartialClone => "A partial clone left objects at the server.",
        GapReason::OutsideRepository => "Alternates or links lead out of the repository.",
        GapReason::Submodule => "A submodule's history is not part of this repository.",
        GapReason::LfsPointer => "A Git LFS pointer stands for a file that is not here.",
        GapReason::ArchiveDamaged => "An archive or compressed file is corrupt or ends early.",
        GapReason::ArchiveEncrypted => "A member of an archive is encrypted.",
        GapReason::ArchiveUnsupported => "An archive is packed in a way that is not known.",
        GapReason::ArchiveLimit => "An archive is too deep, too long or unfolds too far.",
        GapReason::LimitHit => "A limit of size, depth or count was hit.",
        GapReason::Interrupted => "The run was interrupted.",
    }
}

/// What to do about it, as one sentence.
pub(super) fn advice(reason: GapReason) -> &'static str {
    match reason {
        GapReason::PermissionDenied => "Run as a user who may read it.",
        GapReason::ReadError => "Check the disk or the network mount and run again.",
        GapReason::Changed => "Run again when nothing else writes there.",
        GapReason::NotAFile => "Remove it if it should not be there.",
        GapReason::MissingObject | GapReason::Damaged => {
            "Run `git fsck`, and scan a fresh clone if it complains."
        }
        GapReason::ShallowBoundary => "Run `git fetch --unshallow` and scan again.",
        GapReason::PartialClone => "Scan a clone made without `--filter`.",
        GapReason::OutsideRepository => {
            "If you trust where they lead, run again with `--follow-alternates`."
        }
        GapReason::Submodule => "Scan the submodule's own repository too.",
        GapReason::LfsPointer => "Run `git lfs pull` and scan the work tree.",
        GapReason::ArchiveDamaged => "Check whether another program can read it.",
        GapReason::ArchiveEncrypted | GapReason::ArchiveUnsupported | GapReason::ArchiveLimit => {
            "If you trust it, unpack it and scan the folder."
        }
        GapReason::LimitHit => "Look at it by other means.",
        GapReason::Interrupted => "Run again to the end.",
    }
}
