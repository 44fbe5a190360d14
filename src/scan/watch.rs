//! What a search of objects notes for later runs, while it goes on.
//!
//! Three things cannot be told afterwards: which objects must be looked at again, what of the counts
//! belongs to loose objects, which come and go, and whether some object could only be read with
//! the help of another file than its own pack.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
};

use crate::{
    cache::Counts,
    model::{ObjectId, ObjectKind},
    pack::Store,
};

/// Where more objects than these are of interest, nothing is noted and the next run searches all.
const MOST_AGAIN: usize = 1 << 16;

/// What the objects that are shown are compared with.
pub(super) struct Watch<'s> {
    store: &'s Store,
    /// The packs of the store that are not shown, since an earlier run has searched them.
    known: &'s [PathBuf],
    has_loose: bool,
    borrowed: AtomicBool,
    has_loose_history: AtomicBool,
}

impl<'s> Watch<'s> {
    pub(super) fn new(store: &'s Store, known: &'s [PathBuf]) -> Self {
        let has_loose = store.only_loose().next().is_some();
        let [borrowed, has_loose_history] = [const { AtomicBool::new(false) }; 2];
        Watch { store, known, has_loose, borrowed, has_loose_history }
    }

    /// Counts an object that is shown, or does not: an earlier run may have counted it already.
    /// Returns whether it is new.
    pub(super) fn count(
        &self,
        notes: &mut Notes,
        id: &ObjectId,
        kind: ObjectKind,
        counts: Counts,
    ) -> bool {
        let is_known = |path| self.known.iter().any(|known| known == path);
        if !self.known.is_empty() && self.store.packs_with(id).any(is_known) {
            return false;
        }
        if self.has_loose && self.store.is_only_loose(id) {
            notes.loose = notes.loose.plus(counts);
            if kind != ObjectKind::Blob {
                self.has_loose_history.store(true, Ordering::Relaxed);
            }
        }
        true
    }

    /// Whether all commits, tags and trees are in packs, so that what follows from these follows from
    /// the packs alone.
    pub(super) fn has_packed_history(&self) -> bool {
        !self.has_loose_history.load(Ordering::Relaxed)
    }

    /// Notes that an object was read with the help of another file.
    pub(super) fn borrowed(&self) {
        self.borrowed.store(true, Ordering::Relaxed);
    }

    /// Whether every pack was read by itself.
    pub(super) fn is_plain(&self) -> bool {
        !self.borrowed.load(Ordering::Relaxed)
    }
}

/// What was noted.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Objects of interest: with candidates, archives that did not open, or trees that list what is not
    /// there.
    again: Vec<ObjectId>,
    is_cut: bool,
    /// What was counted of loose objects.
    pub(super) loose: Counts,
}

impl Notes {
    /// Notes an object of interest.
    pub(super) fn again(&mut self, id: ObjectId) {
        if self.again.len() < MOST_AGAIN {
            self.again.push(id);
        } else {
            self.is_cut = true;
        }
    }

    /// Adds what another thread has noted.
    pub(super) fn add(&mut self, other: Notes) {
        self.again.extend(other.again);
        self.is_cut |= other.is_cut;
        self.loose = self.loose.plus(other.loose);
    }

    /// The objects of interest that `keep` names, sorted; `None` if there are too many.
    pub(super) fn objects(self, keep: impl Fn(&ObjectId) -> bool) -> Option<Vec<ObjectId>> {
        let mut again = self.again;
        again.retain(keep);
        again.sort_unstable();
        again.dedup();
        (!self.is_cut && again.len() <= MOST_AGAIN).then_some(again)
    }
}
