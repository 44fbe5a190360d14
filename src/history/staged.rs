//! What the next commit adds or changes: the index against the tree of HEAD and, in a merge, of
//! every commit that is being merged.
//!
//! Git caches in the index which tree each unchanged folder will become. A folder whose cached tree
//! is that of a parent is passed by whole, and the commit that git makes now would take over that
//! very tree. So three staged files among a hundred thousand cost a handful of trees.

use std::ops::Range;

use bstr::{BStr, ByteSlice};

use super::changes::{Reader, compare, in_parents};
use super::{Changed, Commit, EntryKind, Objects};
use crate::model::{Gap, ObjectId, ObjectKind};

/// One entry of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed<'a> {
    /// Its path; ends with `/` for a folder of a sparse index.
    pub path: &'a BStr,
    /// Its mode as trees have it.
    pub mode: u32,
    /// What it names.
    pub id: ObjectId,
    /// 0, or 1 to 3 in a conflict.
    pub stage: u8,
    /// Announced by `git add -N` and not in the next commit.
    pub intent_to_add: bool,
}

/// An index, sorted by path and stage.
pub trait Listing {
    /// How many entries it has.
    fn count(&self) -> usize;
    /// The entry at a position below [`Listing::count`].
    fn entry(&self, at: usize) -> Listed<'_>;
    /// The tree cached for a folder (named without `/` at its end) that covers exactly the entries
    /// of this range.
    fn cached(&self, folder: &BStr, entries: &Range<usize>) -> Option<ObjectId>;
}

/// What is staged.
#[derive(Debug, Clone, Default)]
pub struct Staged {
    /// Files by path; of a conflict both sides, where they differ from all parents.
    pub changed: Vec<Changed>,
    /// Submodules among the entries that were compared. Their files are not part of this commit.
    pub submodules: u64,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// Entries of one folder, and that folder in each parent.
struct Open {
    entries: Range<usize>,
    /// The length of the folder's path with its `/`.
    prefix: usize,
    parents: Vec<Option<ObjectId>>,
}

struct Comparison<'a, O, L> {
    reader: Reader<'a, O>,
    index: &'a L,
    staged: Staged,
    open: Vec<Open>,
}

/// Compares an index with the commits `parents`: HEAD and the heads being merged, or none while
/// the branch is unborn.
pub fn staged(
    objects: &impl Objects,
    index: &impl Listing,
    parents: &[ObjectId],
    promisor: bool,
) -> Staged {
    let mut reader = Reader::new(objects, promisor);
    let mut bytes = Vec::new();
    let mut trees = Vec::with_capacity(parents.len());
    for id in parents {
        match objects.read(id, &mut bytes) {
            Ok(Some(ObjectKind::Commit)) => trees.push(Commit::parse(&bytes).tree),
            Ok(_) => reader.gaps.push(reader.missing("the commit", id)),
            Err(gap) => reader.gaps.push(gap),
        }
    }
    let root = Open { entries: 0..index.count(), prefix: 0, parents: trees };
    let mut comparison = Comparison { reader, index, staged: Staged::default(), open: vec![root] };
    while let Some(folder) = comparison.open.pop() {
        comparison.folder(&folder);
    }
    let mut staged = comparison.staged;
    staged.gaps = comparison.reader.gaps;
    staged.changed.sort_unstable();
    staged
}

impl<O: Objects, L: Listing> Comparison<'_, O, L> {
    fn folder(&mut self, folder: &Open) {
        if folder.entries.is_empty() || self.is_unchanged(folder) {
            return;
        }
        let parents = self.reader.parents(&folder.parents);
        let mut at = folder.entries.start;
        while at < folder.entries.end {
            let entry = self.index.entry(at);
            let rest = entry.path.get(folder.prefix..).unwrap_or_default();
            let Some(slash) = rest.find_byte(b'/') else {
                let theirs = in_parents(&parents, rest, EntryKind::is_blob);
                self.file(entry, theirs);
                at += 1;
                continue;
            };
            let theirs = in_parents(&parents, &rest[..slash], |kind| kind == EntryKind::Folder);
            let prefix = folder.prefix + slash + 1;
            if prefix == entry.path.len() {
                self.sparse(entry, theirs);
                at += 1;
                continue;
            }
            let end = self.end_of(&entry.path[..prefix], at..folder.entries.end);
            self.open.push(Open { entries: at..end, prefix, parents: theirs });
            at = end;
        }
    }

    /// Whether the commit would take over a parent's tree for this folder as it is.
    fn is_unchanged(&self, folder: &Open) -> bool {
        let path = self.index.entry(folder.entries.start).path;
        let path = path.get(..folder.prefix.saturating_sub(1)).unwrap_or_default().as_bstr();
        let has = |tree| folder.parents.contains(&Some(tree));
        self.index.cached(path, &folder.entries).is_some_and(has)
    }

    /// Where the entries that begin with this prefix end; they lie next to each other.
    fn end_of(&self, prefix: &[u8], entries: Range<usize>) -> usize {
        let (mut start, mut end) = (entries.start + 1, entries.end);
        while start < end {
            let middle = start + (end - start) / 2;
            if self.index.entry(middle).path.starts_with(prefix) {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        start
    }

    fn file(&mut self, entry: Listed<'_>, parents: Vec<Option<ObjectId>>) {
        // Of a conflict what may be committed is a side, not the base both came from.
        if entry.intent_to_add || entry.stage == 1 {
            return;
        }
        match EntryKind::of_mode(entry.mode) {
            EntryKind::Gitlink => self.staged.submodules += 1,
            _ if parents.contains(&Some(entry.id)) => {}
            _ => self.staged.changed.push(Changed {
                path: entry.path.to_owned(),
                mode: entry.mode,
                blob: entry.id,
                parents,
                commit: None,
            }),
        }
    }

    /// A folder that a sparse index keeps as one entry.
    fn sparse(&mut self, entry: Listed<'_>, parents: Vec<Option<ObjectId>>) {
        let path = entry.path.strip_suffix(b"/").unwrap_or(entry.path);
        let tree = (entry.id, path.into());
        compare(&mut self.reader, tree, parents, None, &mut self.staged.changed);
    }
}
