//! Where a repository's parts lie: git folder, common folder, work tree.
//!
//! Pointers (`.git` files and links, `commondir`) may lead out of the folder that the user named. They
//! are believed when the place they lead to belongs to no other repository: a linked worktree
//! lies in its main repository and is named there, a submodule's git folder names its work tree.
//! Otherwise somebody else's repository would be read unasked.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bstr::{BString, ByteSlice};

use super::{
    Error, Options,
    config::Config,
    file::{self, FileError, SMALL},
};

/// The folders of a repository, all absolute, links resolved.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The folder with HEAD and index: `.git`, or `.git/worktrees/<name>` of a linked worktree.
    pub(super) git_dir: PathBuf,
    /// The folder with objects and refs.
    pub(super) common_dir: PathBuf,
    /// The folder that holds `.git`; none for a bare repository.
    pub(super) work_tree: Option<PathBuf>,
    /// Whether refs and their logs are kept in tables ([`super::tables`]) instead of files.
    pub(super) tables: bool,
}

impl Layout {
    /// Completes what is known of a git folder; `common` overrides its `commondir`.
    ///
    /// # Errors
    ///
    /// The `commondir` cannot be read or leads out of the repository.
    pub(super) fn new(
        git_dir: PathBuf,
        work_tree: Option<PathBuf>,
        common: Option<&Path>,
        options: &Options,
    ) -> Result<Layout, Error> {
        let common_dir = match common {
            Some(named) => {
                fs::canonicalize(named).map_err(|_| Error::NoSuchPath { path: named.to_owned() })?
            }
            None => common_dir(&git_dir, options)?,
        };
        Ok(Layout { git_dir, common_dir, work_tree, tables: false })
    }

    /// Whether this is a linked worktree, whose objects and refs lie elsewhere.
    pub(super) fn is_linked(&self) -> bool {
        self.git_dir != self.common_dir
    }

    /// A path as reports show it: relative to the repository's folder, `.git/` before what lies in a
    /// git folder with a work tree; absolute outside of the repository.
    pub(super) fn shown(&self, path: &Path) -> BString {
        let inside = |folder: &Path| {
            let rest = path.strip_prefix(folder).ok()?;
            let bare = self.work_tree.is_none();
            Some(file::bytes(&if bare { rest.to_owned() } else { Path::new(".git").join(rest) }))
        };
        let below = |tree: &PathBuf| path.strip_prefix(tree).ok().map(file::bytes);
        inside(&self.common_dir)
            .or_else(|| inside(&self.git_dir))
            .or_else(|| self.work_tree.as_ref().and_then(below))
            .unwrap_or_else(|| file::bytes(path))
    }

    /// Whether a path, links resolved, lies in the repository's own folders.
    pub(super) fn owns(&self, path: &Path) -> bool {
        path.starts_with(&self.common_dir) || path.starts_with(&self.git_dir)
    }
}

/// The folder with objects and refs that a git folder leads to.
fn common_dir(git_dir: &Path, options: &Options) -> Result<PathBuf, Error> {
    let pointer = git_dir.join("commondir");
    let text = match file::read(&pointer, SMALL) {
        Ok(text) => text,
        Err(FileError::Missing) => return Ok(git_dir.to_owned()),
        Err(error) => return Err(Error::Broken { path: pointer, detail: error.detail() }),
    };
    let named = git_dir.join(file::path(text.trim_end()));
    let target = fs::canonicalize(&named).ok().filter(|target| target.join("objects").is_dir());
    let Some(target) = target else {
        let detail = format!("points to {}, which is not a git folder", file::printable(&named));
        return Err(Error::Broken { path: pointer, detail });
    };
    // A linked worktree's git folder lies in the repository it points to.
    let linked = git_dir.parent().is_some_and(|parent| parent == target.join("worktrees"));
    if linked || target.starts_with(git_dir) || options.follow_alternates {
        Ok(target)
    } else {
        Err(Error::Outside { path: pointer, target })
    }
}

/// A `.git` file or link that leads to a git folder.
pub(super) struct Pointer<'a> {
    /// The `.git` entry.
    pub(super) entry: &'a Path,
    /// The folder that holds it.
    pub(super) work_tree: &'a Path,
}

impl Pointer<'_> {
    /// Makes sure that the git folder belongs to this work tree or at least to no other.
    ///
    /// # Errors
    ///
    /// It belongs to another, and the user has not allowed to follow.
    pub(super) fn check(&self, git_dir: &Path, options: &Options) -> Result<(), Error> {
        if options.follow_alternates
            || git_dir.starts_with(self.work_tree)
            || self.may_have(git_dir)
        {
            return Ok(());
        }
        Err(Error::Outside { path: self.entry.to_owned(), target: git_dir.to_owned() })
    }

    fn may_have(&self, git_dir: &Path) -> bool {
        // A linked worktree's git folder says where its `.git` file is.
        match file::read(&git_dir.join("gitdir"), SMALL) {
            Ok(back) => return same(&git_dir.join(file::path(back.trim())), self.entry),
            Err(FileError::Missing) => {}
            Err(_) => return false,
        }
        // A submodule's says where its work tree is; a bare repository has none.
        let mut config = Config::default();
        for name in ["config", "config.worktree"] {
            match file::read(&git_dir.join(name), SMALL).map(|bytes| config.add(&bytes)) {
                Ok(Ok(())) | Err(FileError::Missing) => {}
                Ok(Err(_)) | Err(_) => return false,
            }
        }
        match &config.work_tree {
            Some(claimed) => same(&git_dir.join(file::path(claimed)), self.work_tree),
            // One set apart by `git init --separate-git-dir` says nothing; one named `.git` lies in
            // its own work tree.
            None => !config.bare && git_dir.file_name().is_none_or(|name| name != ".git"),
        }
    }
}

fn same(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}
