//! Whether everything that trees list is there: the one damage that a pass over all objects that
//! *are* there cannot see.
//!
//! A tree is looked at as the pass shows it; of one made from another whose entries are all there, only
//! the entries that changed ([`super::looking`]). Neighbouring trees list much the same objects, so a
//! small table of names lately found spares most of the look-ups that remain.

use bstr::BString;

use super::{Entry, EntryKind, entries};
use crate::model::ObjectId;

/// How many names lately found are remembered: enough for the entries of the trees of one chain of
/// versions, few enough to stay in the cache.
const REMEMBERED: usize = 1 << 14;
/// No more are noted by one worker: one lost pack can be listed millions of times.
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

/// What trees list and is not there, as far as it was noted.
#[derive(Debug, Default)]
pub struct Lost {
    /// Each listing of a missing object.
    pub listed: Vec<Missing>,
    /// Whether there were more of them than are noted.
    pub is_cut: bool,
}

impl Lost {
    /// Adds what another worker saw.
    pub fn add(&mut self, other: Lost) {
        self.listed.extend(other.listed);
        self.is_cut |= other.is_cut;
    }
}

/// One worker's look-out for missing objects.
pub struct Links {
    /// Names that were found, each at the slot that its first bits choose; the null name where there
    /// is none. Whole names are compared: two objects whose names begin alike can be made.
    found: Box<[ObjectId]>,
    lost: Lost,
}

impl Default for Links {
    fn default() -> Self {
        let none = ObjectId([0; 20]);
        Links { found: vec![none; REMEMBERED].into_boxed_slice(), lost: Lost::default() }
    }
}

impl Links {
    /// Looks up all entries of a tree, submodules' aside. What of it is malformed is passed by: that is
    /// another damage. Returns whether anything was not there.
    pub fn follow(
        &mut self,
        contains: &dyn Fn(&ObjectId) -> bool,
        tree: ObjectId,
        bytes: &[u8],
    ) -> bool {
        let mut lacks = false;
        for entry in entries(bytes).map_while(Result::ok) {
            lacks |= !self.look_up(contains, tree, &entry);
        }
        lacks
    }

    /// Looks up what an entry of this tree names. Returns whether it is there, as a submodule need not
    /// be.
    pub(super) fn look_up(
        &mut self,
        contains: &dyn Fn(&ObjectId) -> bool,
        tree: ObjectId,
        entry: &Entry<'_>,
    ) -> bool {
        let [a, b, ..] = entry.id.0;
        let slot = usize::from(u16::from_le_bytes([a, b])) % REMEMBERED;
        let slot = &mut self.found[slot];
        // The null name, which some old tools wrote, names nothing that could be missing.
        if *slot == entry.id || entry.id.is_null() || entry.kind() == EntryKind::Gitlink {
            return true;
        }
        if contains(&entry.id) {
            *slot = entry.id;
            return true;
        }
        if self.lost.listed.len() < MOST_NOTED {
            let entry = Missing { id: entry.id, tree, entry: entry.name.into() };
            self.lost.listed.push(entry);
        } else {
            self.lost.is_cut = true;
        }
        false
    }

    /// What was not there.
    pub fn into_lost(self) -> Lost {
        self.lost
    }
}
