//! Numbers in place of names, shared by the workers of a pass: four bytes for a tree, four for the
//! name of an entry.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bstr::BString;
use foldhash::fast::RandomState;
use rustc_hash::FxBuildHasher;

use crate::model::ObjectId;

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Numbers by object name. It hashes with a key of its own: the names in a hostile tree can be chosen
/// to collide under a fixed one.
pub(super) type Ids = HashMap<ObjectId, u32, RandomState>;

/// Numbers for trees, shared by all workers.
pub(super) struct Numbers {
    shards: Vec<Mutex<Ids>>,
    next: AtomicU32,
}

impl Numbers {
    pub(super) fn new() -> Self {
        let hasher = RandomState::default();
        let shard = || Mutex::new(Ids::with_hasher(hasher.clone()));
        Numbers { shards: (0..64).map(|_| shard()).collect(), next: AtomicU32::new(0) }
    }

    fn shard(&self, id: &ObjectId) -> MutexGuard<'_, Ids> {
        lock(&self.shards[usize::from(id.0[19]) % self.shards.len()])
    }

    /// The number of this tree; a new one if it has none.
    pub(super) fn of(&self, id: &ObjectId) -> u32 {
        *self.shard(id).entry(*id).or_insert_with(|| self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// The number of this tree, if it has one.
    pub(super) fn get(&self, id: &ObjectId) -> Option<u32> {
        self.shard(id).get(id).copied()
    }

    /// How many numbers there are: all are less.
    pub(super) fn len(&self) -> usize {
        self.next.load(Ordering::Relaxed) as usize
    }
}

/// Numbers for names.
#[derive(Default)]
pub(super) struct Names(Mutex<HashMap<Box<[u8]>, u32, RandomState>>);

impl Names {
    pub(super) fn of(&self, name: &[u8]) -> u32 {
        let mut names = lock(&self.0);
        if let Some(&number) = names.get(name) {
            return number;
        }
        let number = names.len() as u32;
        names.insert(name.into(), number);
        number
    }

    pub(super) fn list(&self) -> Vec<BString> {
        let names = lock(&self.0);
        let mut list = vec![BString::default(); names.len()];
        for (name, number) in names.iter() {
            list[*number as usize] = name.to_vec().into();
        }
        list
    }
}

/// The numbers that a worker came by a moment ago, by what they stand for: successive versions of a
/// tree list nearly the same, and the tables of all workers are far away.
pub(super) struct Recent {
    trees: Vec<(ObjectId, u32)>,
    names: Vec<RecentName>,
}

#[derive(Clone, Copy)]
struct RecentName {
    length: u8,
    name: [u8; Recent::LONGEST],
    number: u32,
}

impl Recent {
    /// Longer names are asked for each time.
    const LONGEST: usize = 27;
    const TREES: usize = 2048;
    const NAMES: usize = 512;

    pub(super) fn new() -> Self {
        let none = RecentName { length: u8::MAX, name: [0; Self::LONGEST], number: 0 };
        Recent {
            // The null name, where nothing is yet, is asked for each time.
            trees: vec![(ObjectId([0; 20]), 0); Self::TREES],
            names: vec![none; Self::NAMES],
        }
    }

    /// The number of this tree.
    pub(super) fn tree(&mut self, id: &ObjectId, numbers: &Numbers) -> u32 {
        let slot = usize::from(u16::from_le_bytes([id.0[4], id.0[5]])) % Self::TREES;
        let slot = &mut self.trees[slot];
        if slot.0 != *id || id.is_null() {
            *slot = (*id, numbers.of(id));
        }
        slot.1
    }

    /// The number of this name.
    pub(super) fn name(&mut self, name: &[u8], names: &Names) -> u32 {
        if name.len() > Self::LONGEST {
            return names.of(name);
        }
        // Who makes names collide here has them looked up in the table that is safe from that.
        let slot = FxBuildHasher.hash_one(name) as usize % Self::NAMES;
        let slot = &mut self.names[slot];
        if usize::from(slot.length) != name.len() || slot.name[..name.len()] != *name {
            slot.number = names.of(name);
            slot.length = name.len() as u8;
            slot.name[..name.len()].copy_from_slice(name);
        }
        slot.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_lately_has_the_number_that_all_agree_on() {
        let (numbers, names, mut recent) = (Numbers::new(), Names::default(), Recent::new());
        // More than there are slots, with the null name, and names that differ in length alone.
        let id = |n: u32| {
            let mut id = [0; 20];
            id[..4].copy_from_slice(&(n / 3).to_le_bytes());
            id[4..8].copy_from_slice(&n.to_le_bytes());
            ObjectId(id)
        };
        let name = |n: u32| vec![b'a' + (n % 3) as u8; n as usize % 40];
        for n in (0..5000).chain(0..5000).flat_map(|n| [n, n, n / 2]) {
            assert_eq!(recent.tree(&id(n), &numbers), numbers.of(&id(n)));
            assert_eq!(numbers.get(&id(n)), Some(numbers.of(&id(n))));
            assert_eq!(recent.name(&name(n), &names), names.of(&name(n)));
        }
        assert_eq!(numbers.len(), 5000);
        assert_eq!(numbers.get(&ObjectId([7; 20])), None);
        let list = names.list();
        assert!((0..120).all(|n| list[names.of(&name(n)) as usize] == name(n)));
    }
}
