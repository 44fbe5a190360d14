//! What a tree holds that none of its parents' trees has at the same path.
//!
//! Folders that are the same in any parent are passed by unread, so the work is proportional to the
//! change. For a merge only what differs from every parent counts: the rest came in, or was looked
//! at, on one of its sides.

use std::collections::HashMap;

use bstr::BString;

use super::{EntryKind, Objects, entries};
use crate::model::{Gap, GapReason, ObjectId, ObjectKind};

/// One file that a commit or the index adds or changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changed {
    /// Its path.
    pub path: BString,
    /// Its mode as the tree has it; `0o120000` is a symbolic link whose target is the blob's text.
    pub mode: u32,
    /// Its content.
    pub blob: ObjectId,
    /// The blob at the same path in each parent, in order; `None` where there is none.
    pub parents: Vec<Option<ObjectId>>,
    /// The commit; `None` for the index.
    pub commit: Option<ObjectId>,
}

/// Entries looked at in one comparison; a tree bomb has more.
const MOST_ENTRIES: usize = 2 << 20;
/// Longer paths are not followed. No operating system takes one of 64 KiB.
const LONGEST: usize = 1 << 16;

/// The entries of a tree by name, as far as they can be read.
pub(crate) type Listed = HashMap<Vec<u8>, (EntryKind, ObjectId)>;

/// Reads trees and notes what cannot be read.
pub(crate) struct Reader<'a, O> {
    pub(crate) objects: &'a O,
    /// Whether a partial clone may have left objects at its server.
    pub(crate) promisor: bool,
    pub(crate) gaps: Vec<Gap>,
    bytes: Vec<u8>,
}

impl<'a, O: Objects> Reader<'a, O> {
    pub(crate) fn new(objects: &'a O, promisor: bool) -> Self {
        Reader { objects, promisor, gaps: Vec::new(), bytes: Vec::new() }
    }

    /// The content of a tree; none, and a gap, where it cannot be had.
    fn tree(&mut self, id: &ObjectId) -> &[u8] {
        let gap = match self.objects.read(id, &mut self.bytes) {
            Ok(Some(ObjectKind::Tree)) => return &self.bytes,
            Ok(Some(kind)) => {
                Gap::new(GapReason::Damaged, format!("a tree was expected; it is a {kind}"))
                    .at_object(*id)
            }
            Ok(None) => self.missing("the tree", id),
            Err(gap) => gap,
        };
        self.gaps.push(gap);
        &[]
    }

    /// The gap of an object that is not there.
    pub(crate) fn missing(&self, what: &str, id: &ObjectId) -> Gap {
        let reason = if self.promisor { GapReason::PartialClone } else { GapReason::MissingObject };
        Gap::new(reason, format!("{what} {} is not there", id.short())).at_object(*id)
    }

    /// The entries of each parent's tree by name.
    pub(crate) fn parents(&mut self, trees: &[Option<ObjectId>]) -> Vec<Listed> {
        trees.iter().map(|tree| tree.map(|id| self.listed(&id)).unwrap_or_default()).collect()
    }

    fn listed(&mut self, id: &ObjectId) -> Listed {
        let mut listed = Listed::new();
        let mut malformed = None;
        for entry in entries(self.tree(id)) {
            match entry {
                // Of a name listed twice the first counts, as for git.
                Ok(entry) => {
                    listed.entry(entry.name.to_vec()).or_insert((entry.kind(), entry.id));
                }
                Err(error) => malformed = Some(error),
            }
        }
        self.note(malformed, id);
        listed
    }

    fn note(&mut self, malformed: Option<super::Malformed>, id: &ObjectId) {
        let gap = |error: super::Malformed| Gap::new(GapReason::Damaged, error.to_string());
        self.gaps.extend(malformed.map(|error| gap(error).at_object(*id)));
    }
}

/// What each parent has under a name: its blob or its folder.
pub(crate) fn in_parents(
    parents: &[Listed],
    name: &[u8],
    wanted: fn(EntryKind) -> bool,
) -> Vec<Option<ObjectId>> {
    let wanted = |&(kind, id): &(EntryKind, ObjectId)| wanted(kind).then_some(id);
    parents.iter().map(|listed| listed.get(name).and_then(wanted)).collect()
}

/// A folder still to be compared.
struct Open {
    tree: ObjectId,
    parents: Vec<Option<ObjectId>>,
    path: BString,
}

/// Compares a tree, standing at `path` (empty for the root), with its parents' trees and adds what
/// differs from all of them to `changed`, files by path. Submodules are passed by.
pub(crate) fn compare<O: Objects>(
    reader: &mut Reader<'_, O>,
    (tree, path): (ObjectId, BString),
    parents: Vec<Option<ObjectId>>,
    commit: Option<ObjectId>,
    changed: &mut Vec<Changed>,
) {
    let before = changed.len();
    let mut left = MOST_ENTRIES;
    let mut open = vec![Open { tree, parents, path }];
    while let Some(folder) = open.pop() {
        if folder.parents.contains(&Some(folder.tree)) {
            continue;
        }
        if !compare_one(reader, &folder, commit, changed, &mut open, &mut left) {
            let detail = "a tree unfolds to too many files; what lies beyond was not looked at";
            reader.gaps.push(Gap::new(GapReason::LimitHit, detail).at_object(tree));
            break;
        }
    }
    changed[before..].sort_unstable();
}

/// One folder of [`compare`]; `false` when the limit is reached.
fn compare_one<O: Objects>(
    reader: &mut Reader<'_, O>,
    folder: &Open,
    commit: Option<ObjectId>,
    changed: &mut Vec<Changed>,
    open: &mut Vec<Open>,
    left: &mut usize,
) -> bool {
    let parents = reader.parents(&folder.parents);
    let (mut malformed, mut too_long) = (None, false);
    for entry in entries(reader.tree(&folder.tree)) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                malformed = Some(error);
                break;
            }
        };
        let Some(rest) = left.checked_sub(1) else { return false };
        *left = rest;
        let kind = entry.kind();
        if kind == EntryKind::Gitlink {
            continue;
        }
        let wanted: fn(EntryKind) -> bool = if kind == EntryKind::Folder {
            |kind| kind == EntryKind::Folder
        } else {
            EntryKind::is_blob
        };
        let theirs = in_parents(&parents, entry.name, wanted);
        if theirs.contains(&Some(entry.id)) {
            continue;
        }
        if folder.path.len() + entry.name.len() >= LONGEST {
            too_long = true;
            continue;
        }
        let path = joined(&folder.path, entry.name);
        if kind == EntryKind::Folder {
            open.push(Open { tree: entry.id, parents: theirs, path });
        } else {
            let (mode, blob) = (entry.mode, entry.id);
            changed.push(Changed { path, mode, blob, parents: theirs, commit });
        }
    }
    reader.note(malformed, &folder.tree);
    if too_long {
        let detail = "a path is longer than 64 KiB; what it leads to was not looked at";
        reader.gaps.push(Gap::new(GapReason::LimitHit, detail).at_object(folder.tree));
    }
    true
}

/// A name below a folder.
pub(crate) fn joined(folder: &[u8], name: &[u8]) -> BString {
    let mut path = folder.to_vec();
    if !folder.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path.into()
}
