//! The index: what the next commit will hold, with conflicts, sparse folders and a split base.
//!
//! Our own reader rather than `gix-index`, which opens a FIFO in the way and decodes the nested
//! `TREE` and `UNTR` extensions by recursion, so that a crafted index overflows the stack. Format:
//! git's `Documentation/gitformat-index.txt`, versions 2 to 4.

mod cached;
mod decode;
mod split;

use std::{cmp::Ordering, ops::Range, path::Path};

use bstr::{BStr, BString, ByteSlice};
use rustc_hash::FxHashMap;

use super::{
    Error,
    file::{self, FileError, LARGE},
};
use crate::model::{GapReason, ObjectId};
use decode::{Decoded, Record};

/// One entry, borrowed from an [`Index`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The path, raw, `/`-separated; ends with `/` for a folder of a sparse index.
    pub path: &'a BStr,
    /// The blob; the tree of a sparse folder; the commit of a submodule. Of an intent-to-add entry
    /// it is the empty blob.
    pub id: ObjectId,
    /// The mode as trees have it: `0o100644`, `0o100755`, `0o120000` (link), `0o160000` (submodule),
    /// `0o040000` (folder of a sparse index).
    pub mode: u32,
    /// 0, or in a conflict 1 (common base), 2 (ours), 3 (theirs).
    pub stage: u8,
    /// Whether it was only announced (`git add -N`); the next commit will not hold it.
    pub intent_to_add: bool,
    /// Whether a sparse checkout left it out of the work tree.
    pub skip_worktree: bool,
    /// Whether the user promised that the file does not change.
    pub assume_valid: bool,
}

/// A folder whose tree object git has cached and that is unchanged since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The tree that the next commit will hold there.
    pub tree: ObjectId,
    /// Which entries lie below it.
    pub entries: Range<usize>,
}

/// A repository's index, entries sorted by path and stage.
#[derive(Debug, Clone, Default)]
pub struct Index {
    records: Vec<Record>,
    paths: Vec<u8>,
    trees: FxHashMap<BString, (ObjectId, usize)>,
    sparse: bool,
}

/// An index whose file, without its checksum, is `body`, and whose shared base, if it wants one,
/// is `base`.
#[cfg(any(test, fuzzing))]
pub(super) fn decoded_alone(body: &[u8], base: &[u8]) -> Result<Index, String> {
    // Zeros stand for a checksum that was not reckoned.
    let unsigned = |body: &[u8]| [body, &[0; 20]].concat();
    let bytes = unsigned(body);
    let mut decoded = decode::decode(&bytes)?;
    if let Some(link) = decoded.link.take() {
        let (_, changes) = split::link(link)?;
        let base = unsigned(base);
        let base = decode::decode(&base)?;
        let (records, paths) =
            split::merge((base.records, base.paths), decoded.records, &decoded.paths, changes)?;
        (decoded.records, decoded.paths) = (records, paths);
    }
    Index::from_decoded(decoded)
}

impl Index {
    /// Reads the index at `path`, whose shared base, if it is split, lies in `git_dir`. A missing file
    /// is an empty index.
    ///
    /// # Errors
    ///
    /// [`Error::IndexUnread`] for what is no file that can be read, [`Error::Index`] for whatever else
    /// is not a sound index.
    pub(super) fn read(path: &Path, git_dir: &Path) -> Result<Index, Error> {
        let broken = |path: &Path| {
            let path = path.to_owned();
            move |detail: String| Error::Index { path, detail }
        };
        let bytes = match file::read(path, LARGE) {
            Ok(bytes) => bytes,
            Err(FileError::Missing) => return Ok(Index::default()),
            Err(error) => return Err(unread(path, &error)),
        };
        let mut decoded = decode::decode(&bytes).map_err(broken(path))?;
        if let Some(link) = decoded.link.take() {
            let (base_id, changes) = split::link(link).map_err(broken(path))?;
            if !base_id.is_null() {
                let base_path = git_dir.join(format!("sharedindex.{base_id}"));
                let base = base(&base_path, base_id).map_err(broken(&base_path))?;
                let (records, paths) = split::merge(base, decoded.records, &decoded.paths, changes)
                    .map_err(broken(path))?;
                (decoded.records, decoded.paths) = (records, paths);
            }
        }
        Index::from_decoded(decoded).map_err(broken(path))
    }

    fn from_decoded(decoded: Decoded<'_>) -> Result<Index, String> {
        if decoded.records.iter().any(|record| record.length == 0) {
            return Err("an entry has no path".to_owned());
        }
        let mut index = Index {
            records: decoded.records,
            paths: decoded.paths,
            trees: decoded.tree.and_then(cached::parse).unwrap_or_default(),
            sparse: decoded.sparse,
        };
        let paths = &index.paths;
        if !index.records.is_sorted_by(|a, b| order(paths, a, b).is_le()) {
            index.records.sort_by(|a, b| order(paths, a, b));
            // The cached folders were written for another order.
            index.trees.clear();
        }
        Ok(index)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether it may hold folders in place of their files.
    pub fn is_sparse(&self) -> bool {
        self.sparse
    }

    /// The entry at a position below [`Index::len`].
    pub fn get(&self, position: usize) -> Option<Entry<'_>> {
        self.records.get(position).map(|record| self.entry(record))
    }

    /// All entries, by path and stage.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Entry<'_>> + DoubleEndedIterator {
        self.records.iter().map(|record| self.entry(record))
    }

    /// The positions of a path's entries: one, or up to three in a conflict, or none.
    pub fn find(&self, path: &BStr) -> Range<usize> {
        let start =
            self.records.partition_point(|record| record.path(&self.paths) < path.as_bytes());
        let same = self.records[start..]
            .iter()
            .take_while(|record| record.path(&self.paths) == path.as_bytes());
        start..start + same.count()
    }

    /// The positions of all entries below a folder, named without a `/` at its end; all for the empty name.
    pub fn below(&self, folder: &BStr) -> Range<usize> {
        if folder.is_empty() {
            return 0..self.len();
        }
        let prefix = [folder.as_bytes(), b"/"].concat();
        let start =
            self.records.partition_point(|record| record.path(&self.paths) < prefix.as_slice());
        let length = self.records[start..]
            .partition_point(|record| record.path(&self.paths).starts_with(&prefix));
        start..start + length
    }

    /// The tree git has cached for a folder, if it covers exactly the entries below it. A commit made
    /// now takes over this tree without looking at the entries, so a folder with the same tree in HEAD
    /// need not be compared.
    pub fn cached_folder(&self, folder: &BStr) -> Option<Folder> {
        let &(tree, count) = self.trees.get(folder)?;
        let entries = self.below(folder);
        (entries.len() == count).then_some(Folder { tree, entries })
    }

    fn entry(&self, record: &Record) -> Entry<'_> {
        Entry {
            path: record.path(&self.paths).as_bstr(),
            id: record.id,
            mode: record.mode,
            stage: record.stage(),
            intent_to_add: record.has(decode::INTENT_TO_ADD),
            skip_worktree: record.has(decode::SKIP_WORKTREE),
            assume_valid: record.has(decode::ASSUME_VALID),
        }
    }
}

fn order(paths: &[u8], a: &Record, b: &Record) -> Ordering {
    (a.path(paths), a.stage()).cmp(&(b.path(paths), b.stage()))
}

/// A link in the index's place is no file, as a FIFO is none: it is not looked at, so that nothing is
/// known of where it leads.
fn unread(path: &Path, error: &FileError) -> Error {
    let reason = match error {
        FileError::Link(_) => GapReason::NotAFile,
        _ => error.gap("").map_or(GapReason::Damaged, |gap| gap.reason),
    };
    Error::IndexUnread { path: path.to_owned(), reason, detail: error.detail() }
}

/// The shared base of a split index: records and their paths.
fn base(path: &Path, id: ObjectId) -> Result<(Vec<Record>, Vec<u8>), String> {
    let bytes = file::read(path, LARGE).map_err(|error| error.detail())?;
    let decoded = decode::decode(&bytes)?;
    if decoded.checksum != id {
        return Err("it is not the shared index that was linked to".to_owned());
    } else if decoded.link.is_some() {
        return Err("a shared index links to another".to_owned());
    }
    Ok((decoded.records, decoded.paths))
}

#[cfg(test)]
mod tests;
