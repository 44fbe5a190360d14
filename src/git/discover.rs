//! The search for a repository, upward from a folder or file.
//!
//! As git does it: at each folder a `.git` entry, else the folder itself as a bare repository. The
//! repository's own configuration has no say in it, and neither has who owns the folders, for
//! nothing of it is ever executed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bstr::ByteSlice;

use super::{
    Environment, Error, Options,
    file::{self, SMALL},
    layout::{Layout, Pointer},
};

/// Finds the repository that `start` lies in, or the one that the environment names.
///
/// # Errors
///
/// Nothing at `start`, no repository, or one that is broken or leads elsewhere.
pub(super) fn find(start: &Path, env: &Environment, options: &Options) -> Result<Layout, Error> {
    let origin =
        fs::canonicalize(start).map_err(|_| Error::NoSuchPath { path: start.to_owned() })?;
    if let Some(git_dir) = &env.git_dir {
        return named_by_environment(git_dir, &origin, env, options);
    }
    let metadata =
        fs::metadata(&origin).map_err(|_| Error::NoSuchPath { path: start.to_owned() })?;
    let first = if metadata.is_dir() { Some(origin.as_path()) } else { origin.parent() };
    for folder in first.into_iter().flat_map(Path::ancestors) {
        if let Some(layout) = entry_in(folder, options)? {
            return Ok(layout);
        }
        if is_git_dir(folder) {
            return Layout::new(folder.to_owned(), work_tree_of(folder), None, options);
        }
    }
    Err(Error::NotARepository { path: start.to_owned() })
}

fn named_by_environment(
    git_dir: &Path,
    start: &Path,
    env: &Environment,
    options: &Options,
) -> Result<Layout, Error> {
    let mut found =
        fs::canonicalize(git_dir).map_err(|_| Error::NoSuchPath { path: git_dir.to_owned() })?;
    if found.is_file() {
        found = gitfile_target(&found)?;
    }
    let has_objects = env.object_directory.is_some() || env.common_dir.is_some();
    let enough = is_git_dir(&found) || has_objects && file::exists(&found.join("HEAD"));
    if !enough {
        return Err(Error::NotARepository { path: git_dir.to_owned() });
    }
    let work_tree = match &env.work_tree {
        Some(named) => Some(
            fs::canonicalize(named).map_err(|_| Error::NoSuchPath { path: named.to_owned() })?,
        ),
        // Git takes the current folder then; in a bare repository, where a server's hook runs, that
        // is the git folder itself and no work tree.
        None => {
            work_tree_of(&found).or_else(|| (!start.starts_with(&found)).then(|| start.to_owned()))
        }
    };
    Layout::new(found, work_tree, env.common_dir.as_deref(), options)
}

/// The work tree that a git folder, met without its `.git` entry, belongs to.
fn work_tree_of(git_dir: &Path) -> Option<PathBuf> {
    if git_dir.file_name().is_some_and(|name| name == ".git") {
        return git_dir.parent().map(Path::to_owned);
    }
    // A linked worktree's git folder names the `.git` file that leads to it.
    let back = file::read(&git_dir.join("gitdir"), SMALL).ok()?;
    let gitfile = fs::canonicalize(git_dir.join(file::path(back.trim()))).ok()?;
    let acknowledged = gitfile_target(&gitfile).is_ok_and(|target| target == git_dir);
    gitfile.parent().filter(|_| acknowledged).map(Path::to_owned)
}

/// The repository that the `.git` entry of a folder makes, if there is such an entry.
fn entry_in(folder: &Path, options: &Options) -> Result<Option<Layout>, Error> {
    let entry = folder.join(".git");
    let kind = match fs::symlink_metadata(&entry) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Error::Broken { path: entry, detail: format!("cannot be read: {error}") });
        }
    };
    if kind.is_dir() {
        if is_git_dir(&entry) || file::exists(&entry.join("objects")) {
            return Layout::new(entry, Some(folder.to_owned()), None, options).map(Some);
        }
        // A damaged repository must not be mistaken for the one it lies in.
        let remains = ["HEAD", "refs", "packed-refs", "config"]
            .iter()
            .any(|name| file::exists(&entry.join(name)));
        if remains {
            return Err(Error::Broken {
                path: entry,
                detail: "the git folder has no objects".to_owned(),
            });
        }
        fs::read_dir(&entry).map_err(|error| Error::Broken {
            path: entry,
            detail: format!("cannot be read: {error}"),
        })?;
        return Ok(None);
    }
    let target = if kind.is_symlink() {
        fs::canonicalize(&entry).map_err(|_| Error::Broken {
            path: entry.clone(),
            detail: "is a symbolic link to nothing".to_owned(),
        })?
    } else {
        gitfile_target(&entry)?
    };
    if !is_git_dir(&target) {
        let detail = format!("points to {}, which is not a git folder", file::printable(&target));
        return Err(Error::Broken { path: entry, detail });
    }
    let pointer = Pointer { entry: &entry, work_tree: folder };
    pointer.check(&target, options)?;
    Layout::new(target, Some(folder.to_owned()), None, options).map(Some)
}

/// Where a `.git` file leads, links resolved.
fn gitfile_target(gitfile: &Path) -> Result<PathBuf, Error> {
    let broken = |detail: String| Error::Broken { path: gitfile.to_owned(), detail };
    let text = file::read(gitfile, SMALL).map_err(|error| broken(error.detail()))?;
    let target = text
        .strip_prefix(b"gitdir:")
        .map(|rest| rest.trim_start_with(|c| c == ' ').trim_end_with(|c| matches!(c, '\n' | '\r')))
        .filter(|target| !target.is_empty() && !target.contains(&0))
        .ok_or_else(|| broken("is a file, but does not say `gitdir: <path>`".to_owned()))?;
    let target = gitfile.parent().unwrap_or(Path::new("")).join(file::path(target));
    fs::canonicalize(&target)
        .map_err(|_| broken(format!("points to {}, which is not there", file::printable(&target))))
}

/// Whether a folder is a git folder: HEAD (of whatever kind), and objects and refs or a pointer to
/// the folder that has them. There need be no `config`.
fn is_git_dir(folder: &Path) -> bool {
    let has = |name: &str| file::exists(&folder.join(name));
    let is_folder = |name: &str| folder.join(name).is_dir();
    !is_folder("HEAD")
        && has("HEAD")
        && (is_folder("objects") && is_folder("refs") || has("commondir"))
}
