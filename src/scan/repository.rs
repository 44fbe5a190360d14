//! A repository made ready to be searched: its small files, its objects, and where its history
//! begins to be reached from.

use std::path::Path;

use super::{Error, Scanner};
use crate::{
    git,
    history::Starts,
    model::{Gap, ObjectId, Repository},
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
        if let Some(cache) = &self.settings.cache {
            let folder = cache.folder.path();
            let own = [git.work_tree(), Some(git.git_dir()), Some(git.common_dir())];
            if own.into_iter().flatten().any(|own| folder.starts_with(own)) {
                return Err(Error::CacheInside(folder.to_owned()));
            }
        }
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
            root: self
                .git
                .work_tree()
                .unwrap_or(self.git.common_dir())
                .to_string_lossy()
                .into_owned()
                .into(),
            remote: self.git.remote_url(),
            head: head.and_then(|head| head.commit),
            branch: head
                .and_then(|head| head.branch.as_ref())
                .map(|name| name.strip_prefix(b"refs/heads/").unwrap_or(name).into()),
        }
    }

    /// Everything that leads into the objects; what of it cannot be read comes as gaps.
    pub(super) fn starts(&self) -> (Starts, Vec<Gap>) {
        let (index, mut gaps) = match self.git.index() {
            Ok(index) => (Some(index), Vec::new()),
            Err(error) => (None, vec![error.gap()]),
        };
        let mut starts = Starts::of(&self.git, index.as_ref());
        gaps.extend(self.git.reflogs(|log| starts.add_reflog(log.name.as_ref(), &log.ids)));
        (starts, gaps)
    }
}
