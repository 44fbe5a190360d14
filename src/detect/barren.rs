//! Decoded stretches in which nothing was found, so that they are not judged again.
//!
//! Nearly all objects of a history are versions of others, and the stretch that is decoded round an
//! anchor is the same in hundreds of them. What is found in a stretch follows from its bytes alone, so
//! one that held nothing need not be searched again. It is known by its BLAKE3 hash, which nobody can
//! make another text have: a weaker hash would let a repository hide a secret.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashSet;

/// Shorter stretches are judged as fast as hashed.
const SHORTEST: usize = 256;
/// As many locks, so that threads seldom wait for one another.
const SHARDS: usize = 16;
/// How many stretches each shard remembers before it begins anew: 16 bytes each, some 16 MB in all.
const MOST: usize = 1 << 15;

/// Half a hash: enough against chance and malice.
type Key = [u8; 16];

/// What is known to hold nothing.
#[derive(Debug, Default)]
pub(super) struct Barren {
    shards: [Mutex<FxHashSet<Key>>; SHARDS],
}

/// A stretch that is about to be judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch(Option<Key>);

impl Barren {
    /// Begins with a stretch. `None` if it is known to hold nothing.
    pub(super) fn begin(&self, text: &[u8]) -> Option<Stretch> {
        if text.len() < SHORTEST {
            return Some(Stretch(None));
        }
        let mut key = Key::default();
        key.copy_from_slice(&blake3::hash(text).as_bytes()[..16]);
        let shard = self.shard(&key).lock().unwrap_or_else(PoisonError::into_inner);
        (!shard.contains(&key)).then_some(Stretch(Some(key)))
    }

    /// Notes that a stretch held nothing.
    pub(super) fn add(&self, stretch: Stretch) {
        let Stretch(Some(key)) = stretch else { return };
        let mut shard = self.shard(&key).lock().unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= MOST {
            shard.clear();
        }
        shard.insert(key);
    }

    fn shard(&self, key: &Key) -> &Mutex<FxHashSet<Key>> {
        &self.shards[usize::from(key[0]) % SHARDS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_held_nothing_is_known_and_nothing_else() {
        let barren = Barren::default();
        let (one, other) = (vec![b'a'; SHORTEST], vec![b'b'; SHORTEST]);
        let stretch = barren.begin(&one).unwrap();
        assert!(barren.begin(&one).is_some(), "it may yet hold something");
        barren.add(stretch);
        assert!(barren.begin(&one).is_none());
        assert!(barren.begin(&other).is_some());
        let short = barren.begin(&one[1..]).unwrap();
        barren.add(short);
        assert!(barren.begin(&one[1..]).is_some(), "short ones are judged each time");
    }

    #[test]
    fn memory_is_bounded() {
        let barren = Barren::default();
        for number in 0..(MOST * SHARDS * 2) as u64 {
            let mut key = Key::default();
            key[..8].copy_from_slice(&number.to_le_bytes());
            barren.add(Stretch(Some(key)));
        }
        assert!(barren.shards.iter().all(|shard| shard.lock().unwrap().len() <= MOST));
    }
}
