//! What a pass over all trees looks for.

use std::collections::{BTreeMap, HashMap};

use bstr::BString;

use crate::model::ObjectId;

/// Names in one tree, with the things that they are.
pub(super) type Named = BTreeMap<BString, Vec<u32>>;

/// What the pass looks for. Things are numbered by the caller, below [`super::found::Target::MOST`].
#[derive(Default)]
pub(crate) struct Wanted {
    pub(super) blobs: HashMap<ObjectId, u32>,
    pub(super) names: HashMap<ObjectId, Named>,
}

impl Wanted {
    /// Looks for entries that point at this blob.
    pub(crate) fn blob(&mut self, id: ObjectId, thing: u32) {
        self.blobs.insert(id, thing);
    }

    /// Looks for the entry of this name in that one tree.
    pub(crate) fn name(&mut self, tree: ObjectId, name: BString, thing: u32) {
        self.names.entry(tree).or_default().entry(name).or_default().push(thing);
    }
}

/// Says for nearly every name that is not in a set that it is not, at the cost of one bit looked
/// up: nearly all entries of all trees are of no interest.
pub(super) struct Filter {
    /// How many bits there are, as a power of two.
    bits: u32,
    words: Vec<u64>,
}

impl Filter {
    /// Bits for each name: one in so many names that are not in the set is taken for one that may be.
    const PER_NAME: usize = 256;
    /// As many as stay in the cache next to all else.
    const MOST_BITS: u32 = 18;

    /// The filter of a set.
    pub(super) fn of<'a>(ids: impl ExactSizeIterator<Item = &'a ObjectId>) -> Self {
        let bits = ids.len().saturating_mul(Self::PER_NAME).max(64);
        let bits = bits.ilog2().min(Self::MOST_BITS);
        let mut filter = Filter { bits, words: vec![0; 1 << (bits - 6)] };
        for id in ids {
            let (word, bit) = filter.bit(id);
            filter.words[word] |= bit;
        }
        filter
    }

    fn bit(&self, id: &ObjectId) -> (usize, u64) {
        let head = u32::from_be_bytes([id.0[0], id.0[1], id.0[2], id.0[3]]) >> (32 - self.bits);
        ((head >> 6) as usize, 1 << (head & 63))
    }

    pub(super) fn may_hold(&self, id: &ObjectId) -> bool {
        let (word, bit) = self.bit(id);
        self.words[word] & bit != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_holds_what_it_was_made_of_and_little_else() {
        for count in [0_u32, 1, 2, 100, 5000] {
            let id = |n: u32| {
                let mut id = [0; 20];
                id[..4].copy_from_slice(&n.wrapping_mul(0x9e37_79b9).to_le_bytes());
                ObjectId(id)
            };
            let ids: Vec<ObjectId> = (0..count).map(id).collect();
            let filter = Filter::of(ids.iter());
            assert!(ids.iter().all(|id| filter.may_hold(id)));
            let others = (count..count + 10_000).filter(|n| filter.may_hold(&id(*n))).count();
            assert!(others < 1000, "{others} of {count}");
        }
    }
}
