//! Whether everything that trees list is there: the one damage that a pass over all objects that
//! *are* there cannot see.
//!
//! A tree is looked at as the pass shows it. Neighbouring versions of a tree list nearly the same
//! objects, so a small table of names lately found spares nearly every look-up.

use bstr::BString;

use super::{EntryKind, Objects, entries};
use crate::model::ObjectId;

/// How many names lately found are remembered: enough for the entries of the trees of one chain of
/// versions, few enough to stay in the cache.
const REMEMBERED: usize = 1 << 14;
/// No more are noted: one lost pack can be listed millions of times.
const MOST_NOTED: usize = 10_000;

/// An object that a tree lists and that is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// The object.
    pub id: ObjectId,
    /// The tree that lists it.
    pub tree: ObjectId,
    /// The name by which it is listed.
    pub entry: BString,
}

/// One worker's look-out for missing objects.
pub struct Links {
    /// The first eight bytes of names that were found, each at the slot that its last bits choose;
    /// zero where there is none.
    found: Box<[u64]>,
    missing: Vec<Missing>,
}

impl Default for Links {
    fn default() -> Self {
        Links { found: vec![0; REMEMBERED].into_boxed_slice(), missing: Vec::new() }
    }
}

impl Links {
    /// Looks at the entries of a tree, submodules' aside. What of it is malformed is passed by: that
    /// is another damage.
    pub fn follow(&mut self, objects: &impl Objects, tree: ObjectId, bytes: &[u8]) {
        for entry in entries(bytes).map_while(Result::ok) {
            let [a, b, c, d, e, f, g, h, ..] = entry.id.0;
            let key = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
            let slot = &mut self.found[key as usize % REMEMBERED];
            if *slot == key || entry.kind() == EntryKind::Gitlink {
                continue;
            }
            if objects.contains(&entry.id) {
                *slot = key;
            } else if self.missing.len() < MOST_NOTED {
                self.missing.push(Missing { id: entry.id, tree, entry: entry.name.into() });
            }
        }
    }

    /// What was not there.
    pub fn into_missing(self) -> Vec<Missing> {
        self.missing
    }
}
