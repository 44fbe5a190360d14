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
    /// The index, where it was read before the objects were opened.
    index: Option<Result<git::Index, Gap>>,
}

impl Scanner<'_> {
    /// Opens a repository for its staged changes.
    pub(super) fn open(&self, path: &Path) -> Result<Opened, Error> {
        self.open_objects(self.discover(path)?)
    }

    /// Opens a repository for its history.
    pub(super) fn open_history(&self, path: &Path) -> Result<Opened, Error> {
        self.open_named(self.discover(path)?)
    }

    fn discover(&self, path: &Path) -> Result<git::Repository, Error> {
        Ok(git::discover(path, self.settings.environment.as_ref(), &self.git_options())?)
    }

    pub(super) fn git_options(&self) -> git::Options {
        git::Options { follow_alternates: self.settings.follow_alternates }
    }

    /// Opens the objects after all that names them: whatever is named by then is there once they
    /// are opened, but not the other way round, for git may be at work here.
    pub(super) fn open_named(&self, git: git::Repository) -> Result<Opened, Error> {
        git.refs();
        let index = git.index().map_err(|error| error.gap());
        Ok(Opened { index: Some(index), ..self.open_objects(git)? })
    }

    fn open_objects(&self, git: git::Repository) -> Result<Opened, Error> {
        if let Some(cache) = &self.settings.cache {
            let folder = cache.folder.path();
            let own = [git.work_tree(), Some(git.git_dir()), Some(git.common_dir())];
            if own.into_iter().flatten().any(|own| folder.starts_with(own)) {
                return Err(Error::CacheInside(folder.to_owned()));
            }
        }
        let (store, mut gaps) = match git.bundle() {
            Some(bundle) => Store::open_bundle(&bundle.path, bundle.pack_at),
            None => Store::open(git.object_dirs())?,
        };
        gaps.extend_from_slice(git.gaps());
        Ok(Opened { git, store, gaps, index: None })
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
        let read;
        let index = match &self.index {
            Some(index) => index,
            None => {
                read = self.git.index().map_err(|error| error.gap());
                &read
            }
        };
        let mut gaps: Vec<Gap> = index.as_ref().err().into_iter().cloned().collect();
        let mut starts = Starts::of(&self.git, index.as_ref().ok());
        gaps.extend(self.git.reflogs(|log| starts.add_reflog(log.name.as_ref(), &log.ids)));
        (starts, gaps)
    }
}
