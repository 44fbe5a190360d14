//! Whether objects are listed in an index, told by one look at memory for each.
//!
//! An index is searched for a name in several steps, each of which must wait for the one before. Who
//! only asks whether a name is there, of hundreds of thousands of names, can do better: a table has a
//! slot for every value of a name's first bits, and in it a mark made of the bits behind those. Names
//! that share a slot use the next ones that are free.
//!
//! The first [`BITS`] bits behind the slot's decide, 31, so that of two thousand million names that are
//! not there about one is taken to be. Objects whose names begin alike can be made, but who makes them
//! gains nothing: what is not there cannot hold anything.

use crate::model::ObjectId;

/// How many bits of a mark tell names apart: the lowest is set in each, and no free slot has it.
const BITS: u32 = 31;
/// So many slots are looked at. Few names lie farther from their own.
const NEAR: usize = 8;

/// The marks of a list of names.
#[derive(Debug)]
pub(super) struct Marks {
    /// Zero where there is none; `NEAR` of these follow the last.
    slots: Vec<u32>,
    /// How many bits of a name choose its slot.
    bits: u32,
}

impl Marks {
    /// Marks these names, which ascend.
    pub(super) fn new(count: u32, names: impl Iterator<Item = ObjectId>) -> Marks {
        // Two to four slots for each name.
        let bits = count.max(1).ilog2() + 2;
        let mut marks = Marks { slots: vec![0; (1 << bits) + NEAR], bits };
        let mut free = 0;
        for id in names {
            let (own, mark) = marks.place(&id);
            let at = own.max(free);
            // What lies too far away would not be seen, and many names that begin alike must not push
            // all others away.
            if at < own + NEAR {
                marks.slots[at] = mark;
                free = at + 1;
            }
        }
        marks
    }

    /// A name's own slot and its mark.
    fn place(&self, id: &ObjectId) -> (usize, u32) {
        let head = id.head();
        let mark = (head << self.bits) >> (64 - BITS);
        ((head >> (64 - self.bits)) as usize, (mark as u32) << 1 | 1)
    }

    /// Whether the name is listed. It may be even if it is not marked.
    #[inline]
    pub(super) fn has(&self, id: &ObjectId) -> bool {
        let (own, mark) = self.place(id);
        let near = self.slots[own..].first_chunk::<NEAR>();
        // Nothing here depends on what is found, so that the looks for many names can overlap.
        near.is_some_and(|near| near.iter().fold(false, |has, &slot| has | (slot == mark)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(head: u64) -> ObjectId {
        let mut id = [7; 20];
        id[..8].copy_from_slice(&head.to_be_bytes());
        ObjectId(id)
    }

    fn marks(names: &[ObjectId]) -> Marks {
        Marks::new(names.len() as u32, names.iter().copied())
    }

    #[test]
    fn names_that_are_spread_evenly_are_marked() {
        let mut state = 1_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            id((state ^ state >> 29).wrapping_mul(0x9e37_79b9_7f4a_7c15))
        };
        let mut names: Vec<ObjectId> = (0..100_000).map(|_| next()).collect();
        names.sort_unstable();
        let marks = marks(&names);
        let unseen = names.iter().filter(|id| !marks.has(id)).count();
        assert!(unseen < 100, "{unseen}");
        assert!(!(0..100_000).any(|_| marks.has(&next())));
    }

    #[test]
    fn names_that_begin_alike_hide_nothing_but_each_other() {
        let crowd = (0..10_000).map(|n| id(5 << 50 | n));
        let others = (0..100_u64).map(|n| id(n << 57 | 1));
        let mut names: Vec<ObjectId> = crowd.chain(others.clone()).collect();
        names.sort_unstable();
        let marks = marks(&names);
        assert!(others.filter(|id| marks.has(id)).count() > 98);
    }

    proptest! {
        #[test]
        fn only_what_is_listed_is_marked(
            mut names in prop::collection::vec((0_u8..4, any::<u32>()), 0..300),
            other in (0_u8..4, any::<u32>()),
        ) {
            let name = |(first, rest): (u8, u32)| id(u64::from(first) << 62 | u64::from(rest) << 30);
            names.sort_unstable();
            let listed: Vec<ObjectId> = names.iter().copied().map(name).collect();
            prop_assert!(!marks(&listed).has(&name(other)) || names.contains(&other));
            // The last and the first slot, and no name at all.
            let ends = [id(0), id(u64::MAX)];
            prop_assert!(ends.iter().all(|end| marks(&ends).has(end)));
            prop_assert!(!ends.iter().any(|end| marks(&[]).has(end)));
        }
    }
}
