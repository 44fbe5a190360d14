//! What a pass over all trees looks for.

use std::collections::HashMap;

use bstr::BString;

use crate::model::ObjectId;

/// What the pass looks for. Things are numbered by the caller, below [`super::found::Target::MOST`].
#[derive(Default)]
pub(crate) struct Wanted {
    pub(super) blobs: HashMap<ObjectId, u32>,
    pub(super) filter: Filter,
    pub(super) names: HashMap<ObjectId, Vec<(BString, u32)>>,
}

impl Wanted {
    /// Looks for entries that point at this blob.
    pub(crate) fn blob(&mut self, id: ObjectId, thing: u32) {
        self.filter.add(&id);
        self.blobs.insert(id, thing);
    }

    /// Looks for the entry of this name in that one tree.
    pub(crate) fn name(&mut self, tree: ObjectId, name: BString, thing: u32) {
        self.names.entry(tree).or_default().push((name, thing));
    }
}

/// Says for nearly every name that is not in a set that it is not, at the cost of one bit looked
/// up: nearly all entries of all trees are of no interest.
pub(super) struct Filter(Vec<u64>);

impl Default for Filter {
    fn default() -> Self {
        Filter(vec![0; 1 << (Self::BITS - 6)])
    }
}

impl Filter {
    const BITS: u32 = 18;

    fn bit(id: &ObjectId) -> (usize, u64) {
        let head = u32::from_be_bytes([id.0[0], id.0[1], id.0[2], id.0[3]]) >> (32 - Self::BITS);
        ((head >> 6) as usize, 1 << (head & 63))
    }

    pub(super) fn add(&mut self, id: &ObjectId) {
        let (word, bit) = Self::bit(id);
        self.0[word] |= bit;
    }

    pub(super) fn may_hold(&self, id: &ObjectId) -> bool {
        let (word, bit) = Self::bit(id);
        self.0[word] & bit != 0
    }
}
