//! Every object once, at the speed of decoding: where a traversal begins and ends.
//!
//! Every delta is inflated and applied once, on top of a base that is still in memory, and only
//! the trees of the forest whose root has a wanted kind are decoded at all. The walk itself is in
//! `worker`, the sharing of work in `board`.

use std::sync::atomic::AtomicU64;

use super::{
    board::Board,
    forest::KINDS,
    frame::List,
    gaps::Gaps,
    job::{Job, Seed},
    quota::Quota,
    store::Store,
    visitor::{KindSet, Visitor},
    worker::Worker,
};
use crate::model::{Gap, ObjectKind};

/// How many trees one seed holds.
const SEED: u32 = 128;
/// See [`Job::steps`]: so many, and a few more for each object.
const LEAST_STEPS: u64 = 16 << 20;
const STEPS_EACH: u64 = 64;

/// What the bases on all stacks may hold together; each worker has its part, and no less than the
/// least.
const STACKS: usize = 256 << 20;
const LEAST_STACK: usize = 8 << 20;

fn stack_budget() -> usize {
    (STACKS / rayon::current_num_threads()).max(LEAST_STACK)
}

impl Store {
    /// Visits each distinct object of the wanted kinds exactly once, whatever number of packs and
    /// loose files hold it, on the threads of rayon's current pool.
    ///
    /// Returns what could not be decoded. If [`Visitor::stop`] ended it early, objects that were not
    /// reached are no gaps.
    pub fn traverse<V: Visitor>(&self, kinds: KindSet, visitor: &V) -> Vec<Gap> {
        self.traverse_within(kinds, visitor, stack_budget())
    }

    /// The same with the objects of one kind after all others, and something done in between. Of that
    /// kind those may come early whose kind only a look inside tells: loose objects, and the rare
    /// ones that are damaged or whose base is in another pack.
    pub fn traverse_with_last<V: Visitor>(
        &self,
        kinds: KindSet,
        last: ObjectKind,
        visitor: &V,
        between: impl FnOnce(),
    ) -> Vec<Gap> {
        let (later, first) =
            self.seeds(kinds).into_iter().partition(|seed| seed.kind == Some(last));
        let mut job = self.job(kinds, visitor, first, stack_budget());
        rayon::broadcast(|_| Worker::run(&job));
        between();
        job.begin_again(later);
        rayon::broadcast(|_| Worker::run(&job));
        job.gaps.finish()
    }

    /// [`Store::traverse`] with another budget for each worker's stack.
    pub(crate) fn traverse_within<V: Visitor>(
        &self,
        kinds: KindSet,
        visitor: &V,
        stack_budget: usize,
    ) -> Vec<Gap> {
        self.walk(kinds, visitor, self.seeds(kinds), stack_budget)
    }

    /// Visits the objects of one pack, those that other packs have too.
    pub(crate) fn traverse_pack<V: Visitor>(&self, pack: u32, visitor: &V) -> Vec<Gap> {
        let mut seeds = self.seeds(KindSet::ALL);
        seeds.retain(|seed| seed.pack == pack);
        self.walk(KindSet::ALL, visitor, seeds, stack_budget())
    }

    fn walk<V: Visitor>(
        &self,
        kinds: KindSet,
        visitor: &V,
        seeds: Vec<Seed>,
        stack_budget: usize,
    ) -> Vec<Gap> {
        let job = self.job(kinds, visitor, seeds, stack_budget);
        rayon::broadcast(|_| Worker::run(&job));
        job.gaps.finish()
    }

    fn job<'a, V: Visitor>(
        &'a self,
        kinds: KindSet,
        visitor: &'a V,
        seeds: Vec<Seed>,
        stack_budget: usize,
    ) -> Job<'a, V> {
        Job {
            store: self,
            visitor,
            kinds,
            board: Board::new(seeds.len()),
            seeds,
            gaps: Gaps::default(),
            steps: AtomicU64::new(LEAST_STEPS + STEPS_EACH * self.len()),
            stack_budget,
            redone: AtomicU64::new(0),
            quota: Quota::default(),
        }
    }

    fn seeds(&self, kinds: KindSet) -> Vec<Seed> {
        let mut seeds = Vec::new();
        let mut add = |pack, list, kind, count: usize| {
            let count = count as u32;
            seeds.extend((0..count).step_by(SEED as usize).map(|start| {
                let end = count.min(start.saturating_add(SEED));
                Seed { pack, list, kind, start, end }
            }));
        };
        for (number, pack) in (0u32..).zip(&self.packs) {
            let forest = pack.forest();
            for kind in KINDS.into_iter().filter(|kind| kinds.contains(*kind)) {
                add(number, List::Roots, Some(kind), forest.roots(kind).len());
            }
            add(number, List::External, None, forest.external.len());
            add(number, List::Broken, None, forest.broken.len());
            add(number, List::Lost, None, forest.lost.len());
        }
        add(u32::MAX, List::Loose, None, self.loose.count() as usize);
        seeds
    }
}
