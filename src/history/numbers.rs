//! Numbers in place of names, shared by the workers of a pass: four bytes for a tree, four for the
//! name of an entry.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bstr::BString;

use super::found::{Found, Target};
use crate::model::ObjectId;

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Numbers for trees, shared by all workers. The maps hash with a key of their own: the names in a
/// hostile tree can be chosen to collide under a fixed one.
pub(super) struct Numbers {
    pub(super) shards: Vec<Mutex<HashMap<ObjectId, u32>>>,
    next: AtomicU32,
}

impl Numbers {
    pub(super) fn new() -> Self {
        Numbers { shards: (0..64).map(|_| Mutex::default()).collect(), next: AtomicU32::new(0) }
    }

    pub(super) fn of(&self, id: &ObjectId) -> u32 {
        let mut shard = lock(&self.shards[usize::from(id.0[19]) % self.shards.len()]);
        *shard.entry(*id).or_insert_with(|| self.next.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn list(&self) -> Vec<ObjectId> {
        let mut list = vec![ObjectId([0; 20]); self.next.load(Ordering::Relaxed) as usize];
        for shard in &self.shards {
            for (id, number) in lock(shard).iter() {
                list[*number as usize] = *id;
            }
        }
        list
    }
}

/// Numbers for names.
#[derive(Default)]
pub(super) struct Names(Mutex<HashMap<Box<[u8]>, u32>>);

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

/// A folder entry that a worker saw a moment ago.
#[derive(Clone, Copy)]
pub(super) struct Recent {
    pub(super) id: ObjectId,
    pub(super) length: u8,
    pub(super) name: [u8; Recent::LONGEST],
    pub(super) found: Found,
}

impl Recent {
    pub(super) const LONGEST: usize = 31;
    pub(super) const SLOTS: usize = 2048;
    pub(super) const NONE: Recent = Recent {
        id: ObjectId([0; 20]),
        length: u8::MAX,
        name: [0; Self::LONGEST],
        found: Found { name: 0, target: Target::tree(0) },
    };
}
