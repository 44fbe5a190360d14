//! Whether objects are listed in an index, told by one look at memory for each.
//!
//! An index is searched for a name in several steps, each of which must wait for the one before. Who
//! only asks whether a name is there, of hundreds of thousands of names, can do better: a table has
//! slots for the values of a name's first four bytes, and in the slot a mark made of the next four.
//! Names that share a slot use the next ones that are free.
//!
//! So 31 bits decide, in [`NEAR`] slots of which three in four are taken: of nearly two hundred million
//! names that are not there about one is taken to be. Objects whose names begin alike can be made, but
//! who makes them gains nothing: what is not there cannot hold anything.

use crate::model::ObjectId;

/// So many slots are looked at. Few names lie farther from their own.
const NEAR: usize = 16;

/// The marks of a list of names.
#[derive(Debug)]
pub(super) struct Marks {
    /// Zero where there is none.
    slots: Vec<u32>,
    /// How many slots are some name's own; behind them are as many as a name may lie away.
    own: u64,
}

impl Marks {
    /// Marks these names, which ascend.
    pub(super) fn new(count: u32, names: impl Iterator<Item = ObjectId>) -> Marks {
        // One slot in four is free, so that few names lie far from their own.
        let own = u64::from(count) * 4 / 3 + 1;
        let mut marks = Marks { slots: vec![0; own as usize + NEAR], own };
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
        // The lowest bit is set in each mark, and no free slot has it.
        ((((head >> 32) * self.own) >> 32) as usize, head as u32 | 1)
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
        assert!(unseen < 1000, "{unseen}");
        assert!(!(0..100_000).any(|_| marks.has(&next())));
    }

    #[test]
    fn names_that_begin_alike_hide_nothing_but_each_other() {
        let crowd = (0..10_000).map(|n| id(5 << 50 | n << 1));
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
            let name = |(first, rest): (u8, u32)| id(u64::from(first) << 62 | u64::from(rest) << 1);
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
