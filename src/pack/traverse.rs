//! Every object once, at the speed of decoding: the public face of the traversal.
//!
//! Every delta is inflated and applied once, on top of a base that is still in memory, and only
//! the trees of the forest whose root has a wanted kind are decoded at all. The walk itself is in
//! `worker`, the sharing of work in `board`.

use std::sync::atomic::AtomicU64;

use super::{
    board::Board,
    forest::KINDS,
    frame::{Frame, List},
    gaps::Gaps,
    quota::Quota,
    store::Store,
    worker::Worker,
};
use crate::model::{Copied, Gap, ObjectId, ObjectKind};

/// One decoded object, lent to a visitor.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a> {
    /// Its name, as the pack's index or the loose object's file name gives it.
    pub id: ObjectId,
    /// Its kind.
    pub kind: ObjectKind,
    /// Its content, without any header.
    pub bytes: &'a [u8],
}

/// How an object was made from its base.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a, M> {
    /// What the visitor remembers of the base.
    pub base: &'a M,
    /// What was copied from the base, in the order of the object; all else was inserted.
    pub copies: &'a [Copied],
}

/// Which kinds of object are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindSet(u8);

impl KindSet {
    /// All four kinds.
    pub const ALL: KindSet = KindSet(0b1111);

    /// These kinds.
    pub fn of(kinds: &[ObjectKind]) -> KindSet {
        KindSet(kinds.iter().fold(0, |set, kind| set | 1 << *kind as u8))
    }

    /// Whether the kind is wanted.
    pub fn contains(self, kind: ObjectKind) -> bool {
        self.0 >> kind as u8 & 1 != 0
    }
}

/// What is done with each object. Called from many threads at once, each with its own
/// [`Visitor::Local`].
pub trait Visitor: Sync {
    /// A worker's own state: buffers, results, counts.
    type Local: Send;

    /// What is remembered of an object for those that are deltas on it. Clones must be cheap.
    type Memory: Clone + Send + Sync;

    /// Whether anything is remembered; if not, no delta is looked at for the visitor's sake.
    const INHERITS: bool = false;

    /// The state of a worker that begins.
    fn local(&self) -> Self::Local;

    /// Looks at one object. Objects come in no particular order.
    fn visit(&self, local: &mut Self::Local, object: Object<'_>);

    /// The same for a visitor that inherits. `change` tells how the object was made from its base,
    /// where it is a delta and the base was visited. What is returned is given to the objects that
    /// are deltas on this one.
    fn visit_heir(
        &self,
        local: &mut Self::Local,
        object: Object<'_>,
        change: Option<Change<'_, Self::Memory>>,
    ) -> Option<Self::Memory> {
        let _ = change;
        self.visit(local, object);
        None
    }

    /// Polled before each object; `true` ends the traversal early.
    fn stop(&self) -> bool {
        false
    }

    /// Called now and then with the objects and bytes visited since the last call.
    fn progress(&self, objects: u64, bytes: u64) {
        let _ = (objects, bytes);
    }

    /// Takes back the state of a worker that is done.
    fn finish(&self, local: Self::Local) {
        drop(local);
    }
}

/// What all workers of one traversal share.
pub(crate) struct Job<'a, V: Visitor> {
    pub(crate) store: &'a Store,
    pub(crate) visitor: &'a V,
    pub(crate) kinds: KindSet,
    pub(crate) seeds: Vec<Seed>,
    pub(crate) board: Board<Frame<V::Memory>>,
    pub(crate) gaps: Gaps,
    /// How many more delta bases may be followed for objects outside the walk itself (damaged
    /// copies, bases in other packs). Keeps a wrecked or hostile store from costing its square.
    pub(crate) steps: AtomicU64,
    /// What the bases on one worker's stack may hold.
    pub(crate) stack_budget: usize,
    /// How many bases that were let go have been decoded again.
    pub(crate) redone: AtomicU64,
    pub(crate) quota: Quota,
}

/// A run of objects to begin with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seed {
    pub(crate) pack: u32,
    pub(crate) list: List,
    pub(crate) kind: Option<ObjectKind>,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// How many trees one seed holds.
const SEED: u32 = 128;
/// See [`Job::steps`]: so many, and a few more for each object.
const LEAST_STEPS: u64 = 16 << 20;
const STEPS_EACH: u64 = 64;

/// What the bases on all stacks may hold together; each worker has its part, and no less than the
/// least.
const STACKS: usize = 256 << 20;
const LEAST_STACK: usize = 8 << 20;

impl Store {
    /// Visits each distinct object of the wanted kinds exactly once, whatever number of packs and
    /// loose files hold it, on the threads of rayon's current pool.
    ///
    /// Returns what could not be decoded. If [`Visitor::stop`] ended it early, objects that were not
    /// reached are no gaps.
    pub fn traverse<V: Visitor>(&self, kinds: KindSet, visitor: &V) -> Vec<Gap> {
        let budget = (STACKS / rayon::current_num_threads()).max(LEAST_STACK);
        self.traverse_within(kinds, visitor, budget)
    }

    /// The same with another budget for each worker's stack.
    pub(crate) fn traverse_within<V: Visitor>(
        &self,
        kinds: KindSet,
        visitor: &V,
        stack_budget: usize,
    ) -> Vec<Gap> {
        let seeds = self.seeds(kinds);
        let job = Job {
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
        };
        rayon::broadcast(|_| Worker::run(&job));
        job.gaps.finish()
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
