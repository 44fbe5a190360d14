//! The repositories of submodules that lie inside a repository: below `modules` in its git folder,
//! where `git submodule` keeps them, and in work trees made before it did so.
//!
//! Each is read as a repository of its own. No configuration says where they are: the folders
//! themselves do, and links are not followed.

use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice};

use super::{
    Environment, Error, Options, Repository,
    file::{self, FileError},
    layout::Layout,
};
use crate::model::{Gap, GapReason};

/// A submodule's repository.
#[derive(Debug)]
pub struct Submodule {
    /// Where it lies, as reports show it: `.git/modules/<name>`, or the path of its work tree.
    pub name: BString,
    /// The repository.
    pub repository: Repository,
}

/// How many repositories of submodules are opened.
const MOST: usize = 1_000;
/// How many folders are looked at, and how deep they may lie in each other.
const MOST_FOLDERS: usize = 100_000;
const MOST_DEPTH: usize = 64;

impl Repository {
    /// The repositories of all submodules in here, and of theirs. `paths` are the paths at which
    /// the repository has submodules. What cannot be read is a gap.
    pub fn submodules(&self, paths: &[BString], options: &Options) -> (Vec<Submodule>, Vec<Gap>) {
        let mut finder =
            Finder { top: self.layout(), options, found: Vec::new(), gaps: Vec::new() };
        let layout = self.layout();
        finder.below(layout.common_dir.join("modules"));
        if layout.is_linked() {
            finder.below(layout.git_dir.join("modules"));
        }
        if let Some(work_tree) = &layout.work_tree {
            paths.iter().for_each(|path| finder.in_work_tree(work_tree, path.as_bstr()));
        }
        finder.found.sort_by(|a, b| a.name.cmp(&b.name));
        (finder.found, finder.gaps)
    }
}

struct Finder<'a> {
    top: &'a Layout,
    options: &'a Options,
    found: Vec<Submodule>,
    gaps: Vec<Gap>,
}

impl Finder<'_> {
    /// All repositories below a folder. A submodule's name may have slashes in it, and it may have
    /// submodules of its own.
    fn below(&mut self, modules: PathBuf) {
        let mut left = MOST_FOLDERS;
        let mut folders = vec![(modules, 0)];
        while let Some((folder, depth)) = folders.pop() {
            let entries = match file::list(&folder, left) {
                Ok(entries) => entries,
                Err(error) => {
                    self.gaps.extend(error.gap(self.top.shown(&folder)));
                    continue;
                }
            };
            left = left.saturating_sub(entries.len());
            for (name, kind) in entries {
                let path = folder.join(name);
                if kind.is_symlink() {
                    let target = std::fs::read_link(&path).unwrap_or_default();
                    self.gaps.extend(FileError::Link(target).gap(self.top.shown(&path)));
                } else if kind.is_dir() && depth == MOST_DEPTH {
                    self.limit("folders of submodules lie too deep in each other", &path);
                } else if kind.is_dir() && is_git_dir(&path) {
                    folders.push((path.join("modules"), depth + 1));
                    let name = self.top.shown(&path);
                    self.open(name, Layout::new(path, None, None, self.options));
                } else if kind.is_dir() {
                    folders.push((path, depth + 1));
                }
            }
        }
    }

    /// A submodule whose work tree holds its git folder itself.
    fn in_work_tree(&mut self, work_tree: &Path, path: &BStr) {
        let mut folder = work_tree.to_owned();
        for part in path.split(|&byte| byte == b'/') {
            if matches!(part, b"" | b"." | b"..") || part.contains(&0) {
                return;
            }
            folder.push(file::path(part));
            if file::real_folder(&folder).is_err() {
                return;
            }
        }
        let entry = folder.join(".git");
        // A file in its place leads to a folder below `modules`, or elsewhere.
        if file::real_folder(&entry).is_err() || !is_git_dir(&entry) {
            return;
        }
        self.open(path.into(), Layout::new(entry.clone(), Some(folder), None, self.options));
        self.below(entry.join("modules"));
    }

    fn open(&mut self, name: BString, layout: Result<Layout, Error>) {
        if self.found.len() == MOST {
            return self.limit("there are too many submodules", &self.top.common_dir.clone());
        }
        let opened = layout
            .and_then(|layout| Repository::open(layout, Environment::default(), self.options));
        match opened {
            Ok(repository) => self.found.push(Submodule { name, repository }),
            Err(error) => self.gaps.push(error.gap().at_path(name)),
        }
    }

    fn limit(&mut self, detail: &str, path: &Path) {
        self.gaps.push(Gap::new(GapReason::LimitHit, detail).at_path(self.top.shown(path)));
    }
}

/// Whether a folder is a git folder, be it a damaged one; a folder of them may hold a submodule of any
/// name.
fn is_git_dir(folder: &Path) -> bool {
    let is_folder = |name: &str| file::real_folder(&folder.join(name)).is_ok();
    let has = |name: &str| file::exists(&folder.join(name)) && !is_folder(name);
    is_folder("objects") && (has("HEAD") || has("config") || has("packed-refs"))
}
