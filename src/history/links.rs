//! Whether everything that trees list is there: the one damage that a pass over all objects that
//! *are* there cannot see.
//!
//! A tree is looked at as the pass shows it; of one made from another whose entries are all there, only
//! the entries that changed ([`super::looking`]).

use bstr::BString;

use super::{Entry, EntryKind, entries};
use crate::model::ObjectId;

/// No more are noted: one lost pack can be listed millions of times.
const MOST_NOTED: usize = 20_000;

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

/// What trees list and is not there, as far as it was noted: of too many those that come first in their
/// order, so that it does not depend on which worker saw what.
#[derive(Debug, Default)]
pub struct Lost {
    /// Each listing of a missing object.
    pub listed: Vec<Missing>,
    /// Whether there were more of them than are noted.
    pub is_cut: bool,
}

impl Lost {
    /// Looks up all that a tree lists and that is to be there. What of the tree is malformed is passed by:
    /// that is another damage. Returns whether anything was not there.
    pub fn follow(
        &mut self,
        contains_all: &dyn Fn(&[ObjectId]) -> bool,
        tree: ObjectId,
        bytes: &[u8],
    ) -> bool {
        let mut lacks = false;
        for entry in entries(bytes).map_while(Result::ok).filter(is_to_be_there) {
            if !contains_all(&[entry.id]) {
                self.note(tree, &entry);
                lacks = true;
            }
        }
        lacks
    }

    /// Adds what another worker saw.
    pub fn add(&mut self, other: Lost) {
        self.listed.extend(other.listed);
        self.is_cut |= other.is_cut;
        self.cut();
    }

    /// Notes that a tree lists an object that is not there.
    fn note(&mut self, tree: ObjectId, entry: &Entry<'_>) {
        // Once cut, the list begins with those kept, in order.
        let is_late = || self.listed.get(MOST_NOTED - 1).is_some_and(|last| last.id < entry.id);
        if self.is_cut && is_late() {
            return;
        }
        self.listed.push(Missing { id: entry.id, tree, entry: entry.name.into() });
        if self.listed.len() == 2 * MOST_NOTED {
            self.cut();
        }
    }

    /// Leaves out what comes late if there is too much.
    fn cut(&mut self) {
        if self.listed.len() > MOST_NOTED {
            self.listed.sort_unstable();
            self.listed.truncate(MOST_NOTED);
            self.is_cut = true;
        }
    }
}

/// Whether what a tree lists must be there, as a submodule need not be. The null name, which some old tools
/// wrote, names nothing that could be missing.
pub(super) fn is_to_be_there(entry: &Entry<'_>) -> bool {
    entry.kind() != EntryKind::Gitlink && !entry.id.is_null()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::testing::tree_bytes;

    /// Names of objects in an order that is none.
    fn id(number: usize) -> ObjectId {
        let mut id = [0; 20];
        id[..8].copy_from_slice(&(number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
        ObjectId(id)
    }

    #[test]
    fn of_too_many_the_same_are_noted_whichever_worker_saw_them() {
        let all = 3 * MOST_NOTED;
        let noted = |workers: usize| {
            let mut lost = Lost::default();
            for worker in 0..workers {
                let mut own = Lost::default();
                for number in (worker..all).step_by(workers) {
                    let tree = tree_bytes(&[(0o100_644, b"n", id(number + 1))]);
                    assert!(own.follow(&|_| false, id(0), &tree));
                }
                lost.add(own);
            }
            assert!(lost.is_cut);
            lost.listed
        };
        let mut first: Vec<ObjectId> = (1..=all).map(id).collect();
        first.sort_unstable();
        first.truncate(MOST_NOTED);
        for workers in [1, 2, 7] {
            assert!(noted(workers).iter().map(|missing| missing.id).eq(first.iter().copied()));
        }
    }
}
