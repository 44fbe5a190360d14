//! Where a commit refers to other repositories: their history is not in this one.

use bstr::{BString, ByteVec};
use rustc_hash::FxHashSet;

use super::{Commit, EntryKind, Objects, entries};
use crate::model::{ObjectId, ObjectKind};

/// So many folders are looked at; more than any work tree has, fewer than a tree bomb.
const MOST_FOLDERS: usize = 1 << 18;

/// The paths of all submodules in a commit's tree, sorted, each with the commit of the other
/// repository that is named there. What cannot be read on the way is passed
/// by: that is another damage, and told as such.
pub fn submodules(objects: &impl Objects, commit: &ObjectId) -> Vec<(BString, ObjectId)> {
    let mut bytes = Vec::new();
    let Ok(Some(ObjectKind::Commit)) = objects.read(commit, &mut bytes) else { return Vec::new() };
    let Some(root) = Commit::parse(&bytes).tree else { return Vec::new() };
    let mut found = Vec::new();
    let mut seen = FxHashSet::default();
    let mut waiting: Vec<(ObjectId, BString)> = vec![(root, BString::default())];
    while let Some((tree, path)) = waiting.pop() {
        // A folder that stands in two places holds the same references in both.
        let is_new = seen.len() < MOST_FOLDERS && seen.insert(tree);
        if !is_new || !matches!(objects.read(&tree, &mut bytes), Ok(Some(ObjectKind::Tree))) {
            continue;
        }
        for entry in entries(&bytes).map_while(Result::ok) {
            let kind = entry.kind();
            if !matches!(kind, EntryKind::Gitlink | EntryKind::Folder) {
                continue;
            }
            let mut path = path.clone();
            if !path.is_empty() {
                path.push_byte(b'/');
            }
            path.push_str(entry.name);
            match kind {
                EntryKind::Gitlink => found.push((path, entry.id)),
                _ => waiting.push((entry.id, path)),
            }
        }
    }
    found.sort_unstable();
    found
}
