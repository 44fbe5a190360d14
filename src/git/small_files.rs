//! The texts in a git folder that people or tools write and that are no object: configuration,
//! messages under way, hooks, patches of a rebase, recorded conflict resolutions.

use std::path::Path;

use bstr::BString;

use super::{
    file::{self, FileError},
    layout::Layout,
    refs,
};
use crate::model::Gap;

/// The texts found and what was not read of them.
#[derive(Debug, Clone, Default)]
pub struct SmallFiles {
    /// Shown path (`.git/config`; no `.git/` in a bare repository) and content.
    pub files: Vec<(BString, Vec<u8>)>,
    /// Files that were there and not read.
    pub gaps: Vec<Gap>,
}

/// The most that is read of one text, in bytes.
const LIMIT: u64 = 64 << 20;
/// The most that is kept of all texts, in bytes.
const TOTAL: usize = 512 << 20;
/// How many names one of the folders may hold.
const MOST_ENTRIES: usize = 100_000;

/// Texts at fixed names, in the git folder of every worktree.
const NAMES: [&str; 18] = [
    "config",
    "config.worktree",
    "description",
    "info/exclude",
    "info/attributes",
    "info/sparse-checkout",
    "COMMIT_EDITMSG",
    "MERGE_MSG",
    "SQUASH_MSG",
    "TAG_EDITMSG",
    "NOTES_EDITMSG",
    "EDIT_DESCRIPTION",
    "GIT_COLA_MSG",
    "FETCH_HEAD",
    "ADD_EDIT.patch",
    "addp-hunk-edit.diff",
    "BISECT_LOG",
    "locked",
];
/// Folders of which every file is read.
const FOLDERS: [&str; 6] =
    ["hooks", "rebase-merge", "rebase-apply", "sequencer", "remotes", "branches"];

/// Reads them all.
pub(super) fn all(layout: &Layout) -> SmallFiles {
    let (dirs, gaps) = refs::git_dirs(layout);
    let mut reader = Reader { layout, left: TOTAL, found: SmallFiles { files: Vec::new(), gaps } };
    for (_, dir) in dirs {
        for name in NAMES {
            reader.keep(&dir, Path::new(name));
        }
        for folder in FOLDERS {
            reader.folder(&dir, Path::new(folder));
        }
        // One folder for each conflict, with the file before and after.
        let conflicts = Path::new("rr-cache");
        for name in reader.names(&dir, conflicts) {
            reader.folder(&dir, &conflicts.join(name));
        }
    }
    reader.found
}

struct Reader<'a> {
    layout: &'a Layout,
    left: usize,
    found: SmallFiles,
}

impl Reader<'_> {
    fn names(&mut self, dir: &Path, folder: &Path) -> Vec<std::ffi::OsString> {
        let path = dir.join(folder);
        match file::list(&path, MOST_ENTRIES) {
            Ok(entries) => entries.into_iter().map(|entry| entry.0).collect(),
            Err(error) => {
                self.found.gaps.extend(error.gap(self.layout.shown(&path)));
                Vec::new()
            }
        }
    }

    fn folder(&mut self, dir: &Path, folder: &Path) {
        for name in self.names(dir, folder) {
            // Git's own samples are the same everywhere.
            if !file::bytes(name.as_ref()).ends_with(b".sample") {
                self.keep(dir, &folder.join(name));
            }
        }
    }

    fn keep(&mut self, dir: &Path, name: &Path) {
        let shown = self.layout.shown(&dir.join(name));
        match file::read_below(dir, name, LIMIT.min(self.left as u64)) {
            Ok(bytes) => {
                self.left -= bytes.len();
                self.found.files.push((shown, bytes));
            }
            Err(FileError::NotAFile("folder")) => {}
            Err(error) => self.found.gaps.extend(error.gap(shown)),
        }
    }
}
