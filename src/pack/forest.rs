//! The delta forest of one pack: which entry is a delta on which.
//!
//! Entries are numbered by rank, their order in the pack. Arrays of `u32` hold the tree edges (the
//! children of an entry are one range of one array, found by counting sort), so a forest costs some
//! 28 bytes an object. Siblings are in pack order but for the heaviest, which comes last: a walk
//! that frees a parent before its last child then never holds more than log2(objects) ancestors.

use rayon::prelude::*;

use super::{
    entries::{Entries, HEADER},
    entry::{EntryError, EntryKind},
};
use crate::model::ObjectKind;

/// Values of a parent that are no rank. [`Entries::open`] refuses packs with that many objects.
const BROKEN: u32 = u32::MAX;
const EXTERNAL: u32 = u32::MAX - 1;
const ROOT: u32 = u32::MAX - 2;
const LEAST_MARK: u32 = u32::MAX - 8;

/// The kinds in the order of [`Forest::roots`].
pub(crate) const KINDS: [ObjectKind; 4] =
    [ObjectKind::Commit, ObjectKind::Tree, ObjectKind::Blob, ObjectKind::Tag];

/// Why an object of the index has no place in the forest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Lost {
    #[error("the index gives it an offset outside the pack")]
    Outside,
    #[error("the index gives it the offset of another object")]
    Shared,
    #[error("its chain of delta bases comes back to itself")]
    Cycle,
}

/// The forest; ranks index most of its arrays.
#[derive(Debug, Default)]
pub(crate) struct Forest {
    /// Offsets in ascending order, each once.
    offsets: Vec<u64>,
    /// The index position of each entry.
    positions: Vec<u32>,
    /// Where each entry's children start in `children`; one more at the end.
    first_child: Vec<u32>,
    children: Vec<u32>,
    /// How many objects that are to be visited an entry's tree holds, itself included.
    weights: Vec<u32>,
    /// Whole objects, by kind in the order of [`KINDS`].
    roots: [Vec<u32>; 4],
    /// Deltas whose base is not in this pack.
    pub(crate) external: Vec<u32>,
    /// Entries without a readable header or base.
    pub(crate) broken: Vec<u32>,
    /// Index positions without an entry that can be reached.
    pub(crate) lost: Vec<(u32, Lost)>,
    end: u64,
}

impl Forest {
    /// Reads every entry header of `pack` and links deltas to their bases.
    pub(crate) fn build(pack: &Entries) -> Forest {
        let mut forest = Forest { end: pack.end(), ..Forest::default() };
        forest.sort_offsets(pack);
        let parents = forest.parents(pack);
        forest.sort_roots(&parents);
        forest.link(&parents);
        forest.weigh(pack, &parents);
        forest.heaviest_last();
        forest
    }

    fn sort_offsets(&mut self, pack: &Entries) {
        let count = pack.index.count();
        let mut entries: Vec<(u64, u32)> =
            (0..count).into_par_iter().map(|at| (pack.index.offset(at), at)).collect();
        entries.par_sort_unstable();
        self.offsets.reserve_exact(entries.len());
        self.positions.reserve_exact(entries.len());
        let mut previous = None;
        for (offset, position) in entries {
            let lost = if offset < HEADER || offset >= self.end {
                Lost::Outside
            } else if previous == Some(offset) {
                Lost::Shared
            } else {
                self.offsets.push(offset);
                self.positions.push(position);
                previous = Some(offset);
                continue;
            };
            // An object that is visited elsewhere is not lost.
            if !pack.repeats.contains(position) {
                self.lost.push((position, lost));
            }
        }
    }

    /// The rank of each entry's base, or a mark.
    fn parents(&self, pack: &Entries) -> Vec<u32> {
        let lookup = Lookup::new(&self.offsets, self.end);
        (0..self.len())
            .into_par_iter()
            .with_min_len(4096)
            .map(|rank| match pack.entry(self.offset(rank), self.end_of(rank)) {
                Err(_) => BROKEN,
                Ok((header, _)) => match header.kind {
                    EntryKind::Whole(kind) => ROOT - kind_number(kind) as u32,
                    EntryKind::OffsetDelta(base) => lookup.rank(base).unwrap_or(BROKEN),
                    EntryKind::IdDelta(id) => match pack.index.position(&id) {
                        None => EXTERNAL,
                        // A name whose offset is not to be had here may be whole elsewhere.
                        Some(at) => lookup.rank(pack.index.offset(at)).unwrap_or(EXTERNAL),
                    },
                },
            })
            .collect()
    }

    fn sort_roots(&mut self, parents: &[u32]) {
        for (rank, &parent) in (0u32..).zip(parents) {
            match parent {
                BROKEN => self.broken.push(rank),
                EXTERNAL => self.external.push(rank),
                LEAST_MARK.. => self.roots[(ROOT - parent) as usize].push(rank),
                _ => {}
            }
        }
    }

    /// Fills the children by counting sort, so that siblings are in pack order.
    fn link(&mut self, parents: &[u32]) {
        let mut first = vec![0u32; parents.len() + 1];
        for &parent in parents.iter().filter(|parent| **parent < LEAST_MARK) {
            first[parent as usize] += 1;
        }
        let mut sum = 0;
        for slot in &mut first {
            sum += *slot;
            // For now the end of each range; filling backwards turns it into the start.
            *slot = sum;
        }
        let mut children = vec![0u32; sum as usize];
        for (rank, &parent) in (0..parents.len() as u32).zip(parents).rev() {
            if parent < LEAST_MARK {
                let slot = &mut first[parent as usize];
                *slot -= 1;
                children[*slot as usize] = rank;
            }
        }
        self.first_child = first;
        self.children = children;
    }

    /// Adds up the trees' weights from the leaves, and finds what hangs in no tree.
    fn weigh(&mut self, pack: &Entries, parents: &[u32]) {
        self.weights =
            self.positions.iter().map(|at| u32::from(!pack.repeats.contains(*at))).collect();
        let backwards = (0u32..).zip(parents).any(|(rank, p)| *p < LEAST_MARK && *p >= rank);
        if !backwards {
            // Bases come before their deltas, as git writes them: pack order is tree order.
            for rank in (0..parents.len()).rev() {
                self.add_weight(rank as u32, parents);
            }
            return;
        }
        let order = self.tree_order(parents);
        for &rank in order.iter().rev() {
            self.add_weight(rank, parents);
        }
        let mut reached = vec![false; parents.len()];
        order.iter().for_each(|rank| reached[*rank as usize] = true);
        for (position, _) in self.positions.iter().zip(reached).filter(|(_, reached)| !reached) {
            if !pack.repeats.contains(*position) {
                self.lost.push((*position, Lost::Cycle));
            }
        }
    }

    fn add_weight(&mut self, rank: u32, parents: &[u32]) {
        let parent = parents[rank as usize];
        if parent < LEAST_MARK {
            self.weights[parent as usize] += self.weights[rank as usize];
        }
    }

    /// Every entry that hangs in a tree, each after its base.
    fn tree_order(&self, parents: &[u32]) -> Vec<u32> {
        let mut order: Vec<u32> = (0u32..)
            .zip(parents)
            .filter_map(|(rank, parent)| (*parent >= LEAST_MARK).then_some(rank))
            .collect();
        let mut done = 0;
        while let Some(&rank) = order.get(done) {
            order.extend_from_slice(self.children(rank));
            done += 1;
        }
        order
    }

    fn heaviest_last(&mut self) {
        let Forest { first_child, children, weights, .. } = self;
        for range in first_child.windows(2) {
            let siblings = &mut children[range[0] as usize..range[1] as usize];
            if siblings.len() < 2 {
                continue;
            }
            let heaviest = (0..siblings.len()).max_by_key(|at| weights[siblings[*at] as usize]);
            if let Some(heaviest) = heaviest {
                siblings[heaviest..].rotate_left(1);
            }
        }
    }

    /// How many entries it has.
    pub(crate) fn len(&self) -> u32 {
        self.offsets.len() as u32
    }

    #[inline]
    pub(crate) fn offset(&self, rank: u32) -> u64 {
        self.offsets[rank as usize]
    }

    /// Where the next entry starts, or the entries end.
    #[inline]
    pub(crate) fn end_of(&self, rank: u32) -> u64 {
        self.offsets.get(rank as usize + 1).copied().unwrap_or(self.end)
    }

    #[inline]
    pub(crate) fn position(&self, rank: u32) -> u32 {
        self.positions[rank as usize]
    }

    /// The range of an entry's children for [`Forest::child`].
    #[inline]
    pub(crate) fn child_range(&self, rank: u32) -> (u32, u32) {
        (self.first_child[rank as usize], self.first_child[rank as usize + 1])
    }

    /// The rank of one child.
    #[inline]
    pub(crate) fn child(&self, at: u32) -> u32 {
        self.children[at as usize]
    }

    fn children(&self, rank: u32) -> &[u32] {
        let (start, end) = self.child_range(rank);
        &self.children[start as usize..end as usize]
    }

    /// Whether deltas stand on an entry that lead to anything to be visited.
    #[inline]
    pub(crate) fn is_base(&self, rank: u32) -> bool {
        let (start, end) = self.child_range(rank);
        // The last is the heaviest: if it has nothing to visit, none has.
        start < end && self.weight(self.child(end - 1)) > 0
    }

    #[inline]
    pub(crate) fn weight(&self, rank: u32) -> u32 {
        self.weights[rank as usize]
    }

    /// The ranks of the whole objects of a kind.
    pub(crate) fn roots(&self, kind: ObjectKind) -> &[u32] {
        &self.roots[kind_number(kind)]
    }

    /// Why the entry of this rank is broken.
    pub(crate) fn why_broken(&self, pack: &Entries, rank: u32) -> EntryError {
        pack.entry(self.offset(rank), self.end_of(rank)).err().unwrap_or(EntryError::Base)
    }
}

fn kind_number(kind: ObjectKind) -> usize {
    match kind {
        ObjectKind::Commit => 0,
        ObjectKind::Tree => 1,
        ObjectKind::Blob => 2,
        ObjectKind::Tag => 3,
    }
}

/// Offset to rank in about one step: a table by the offset's high bits, then a search in between.
struct Lookup<'a> {
    offsets: &'a [u64],
    shift: u32,
    table: Vec<u32>,
}

impl<'a> Lookup<'a> {
    fn new(offsets: &'a [u64], end: u64) -> Self {
        // About one slot for every two entries.
        let slots = (offsets.len() as u64 / 2).max(1);
        let shift = (end / slots).max(1).ilog2();
        let mut table = Vec::with_capacity((end >> shift) as usize + 2);
        for (rank, offset) in (0u32..).zip(offsets) {
            let slot = (offset >> shift) as usize;
            while table.len() <= slot {
                table.push(rank);
            }
        }
        while table.len() <= (end >> shift) as usize + 1 {
            table.push(offsets.len() as u32);
        }
        Lookup { offsets, shift, table }
    }

    #[inline]
    fn rank(&self, offset: u64) -> Option<u32> {
        let slot = (offset >> self.shift) as usize;
        let start = *self.table.get(slot)?;
        let end = *self.table.get(slot + 1)?;
        let within = &self.offsets[start as usize..end as usize];
        within.binary_search(&offset).ok().map(|at| start + at as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lookup_finds_every_offset_and_no_other(
            offsets in prop::collection::btree_set(12u64..100_000, 0..300),
            other in 0u64..200_000,
        ) {
            let sorted: Vec<u64> = offsets.iter().copied().collect();
            let lookup = Lookup::new(&sorted, 100_000);
            for (rank, offset) in sorted.iter().enumerate() {
                prop_assert_eq!(lookup.rank(*offset), Some(rank as u32));
            }
            prop_assert_eq!(lookup.rank(other).is_some(), offsets.contains(&other));
        }

        #[test]
        fn children_are_linked_and_weighed(seed in prop::collection::vec(any::<u32>(), 1..200)) {
            // Entry n hangs on one before it, or is a root.
            let parents: Vec<u32> = seed.iter().enumerate().map(|(rank, random)| {
                if rank == 0 || random % 5 == 0 { ROOT } else { random % rank as u32 }
            }).collect();
            let mut forest = Forest { weights: vec![1; parents.len()], ..Forest::default() };
            forest.link(&parents);
            for rank in (0..parents.len()).rev() {
                forest.add_weight(rank as u32, &parents);
            }
            forest.heaviest_last();
            for (rank, parent) in parents.iter().enumerate() {
                if *parent != ROOT {
                    prop_assert!(forest.children(*parent).contains(&(rank as u32)));
                }
                let siblings = forest.children(rank as u32);
                let below: u32 = siblings.iter().map(|s| forest.weight(*s)).sum();
                prop_assert_eq!(forest.weight(rank as u32), below + 1);
                let greatest = siblings.iter().map(|s| forest.weight(*s)).max();
                prop_assert_eq!(siblings.last().map(|s| forest.weight(*s)), greatest);
            }
            prop_assert_eq!(forest.tree_order(&parents).len(), parents.len());
        }
    }
}
