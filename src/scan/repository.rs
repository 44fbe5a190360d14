//! A repository made ready to be searched: its small files, its objects, and where its history
//! begins to be reached from.

use std::path::Path;

use bstr::ByteSlice;

use super::{Error, Scanner};
use crate::{
    git,
    history::{StagedBlob, Starts},
    model::{Gap, GapReason, ObjectId, Repository},
    pack::Store,
};

/// The file mode that git gives symbolic links.
pub(super) const SYMLINK_MODE: u32 = 0o120_000;

/// An opened repository.
pub(super) struct Opened {
    pub(super) git: git::Repository,
    pub(super) store: Store,
    /// What opening it could not read.
    pub(super) gaps: Vec<Gap>,
}

impl Scanner<'_> {
    pub(super) fn open(&self, path: &Path) -> Result<Opened, Error> {
        let options = git::Options { follow_alternates: self.settings.follow_alternates };
        let git = git::discover(path, self.settings.environment.as_ref(), &options)?;
        let (store, mut gaps) = Store::open(git.object_dirs())?;
        gaps.extend_from_slice(git.gaps());
        Ok(Opened { git, store, gaps })
    }
}

impl Opened {
    /// One object's bytes, if they can be read.
    pub(super) fn read(&self, id: &ObjectId) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.store.read(id, &mut bytes).ok().flatten().map(|_| bytes)
    }

    /// How the report names it.
    pub(super) fn describe(&self) -> Repository {
        let head = self.git.head();
        Repository {
            root: self.git.work_tree().unwrap_or(self.git.common_dir()).to_string_lossy().into_owned().into(),
            remote: self.git.remote_url(),
            head: head.and_then(|head| head.commit),
            branch: head.and_then(|head| head.branch.clone()),
        }
    }

    /// Everything that leads into the objects; what of it cannot be read comes as gaps.
    pub(super) fn starts(&self) -> (Starts, Vec<Gap>) {
        let mut gaps = Vec::new();
        let mut starts = Starts {
            head: self.git.head().and_then(|head| head.commit),
            tips: self.git.refs().iter().map(|r| (r.name.clone(), r.target)).collect(),
            grafts: self.git.grafts().to_vec(),
            shallow: self.git.shallow().to_vec(),
            promisor: self.git.promisor(),
            ..Starts::default()
        };
        gaps.extend(self.git.reflogs(|log| {
            if log.name.ends_with_str("refs/stash") {
                // Older stashes are entries of a reflog alone, and yet `git stash list` shows them.
                let stashes = log.ids.iter().filter(|id| !id.is_null());
                starts.tips.extend(stashes.map(|id| (log.name.clone(), *id)));
            } else {
                starts.reflogs.extend(log.ids);
            }
        }));
        match self.git.index() {
            Ok(index) => starts.staged.extend(index.iter().map(|entry| StagedBlob {
                path: entry.path.into(),
                blob: entry.id,
                symlink: entry.mode == SYMLINK_MODE,
            })),
            Err(error) => gaps.push(Gap::new(GapReason::Damaged, error.to_string())),
        }
        (starts, gaps)
    }
}
