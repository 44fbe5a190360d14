//! Every object once, at the speed of decoding: the public face of the traversal.
//!
//! Every delta is inflated and applied once, on top of a base that is still in memory, and only
//! the trees of the forest whose root has a wanted kind are decoded at all. The walk itself is in
//! `worker`, the sharing of work in `board`.

use std::sync::{Mutex, atomic::AtomicU64};

use super::{
    board::Board,
    forest::KINDS,
    gaps::Gaps,
    store::Store,
    worker::{Frame, List, Worker},
};
use crate::model::{Gap, ObjectId, ObjectKind};

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

    /// The state of a worker that begins.
    fn local(&self) -> Self::Local;

    /// Looks at one object. Objects come in no particular order.
    fn visit(&self, local: &mut Self::Local, object: Object<'_>);

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
pub(crate) struct Job<'a, V> {
    pub(crate) store: &'a Store,
    pub(crate) visitor: &'a V,
    pub(crate) kinds: KindSet,
    pub(crate) seeds: Vec<Seed>,
    pub(crate) board: Board<Frame>,
    pub(crate) gaps: Gaps,
    /// How many more delta bases may be followed for objects outside the walk itself (damaged
    /// copies, bases in other packs). Keeps a wrecked or hostile store from costing its square.
    pub(crate) steps: AtomicU64,
    /// Held while an object of enormous size is decoded and visited, so that there is one at a time.
    pub(crate) giants: Mutex<()>,
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

impl Store {
    /// Visits each distinct object of the wanted kinds exactly once, whatever number of packs and
    /// loose files hold it, on the threads of rayon's current pool.
    ///
    /// Returns what could not be decoded. If [`Visitor::stop`] ended it early, objects that were not
    /// reached are no gaps.
    pub fn traverse<V: Visitor>(&self, kinds: KindSet, visitor: &V) -> Vec<Gap> {
        let seeds = self.seeds(kinds);
        let job = Job {
            store: self,
            visitor,
            kinds,
            board: Board::new(seeds.len()),
            seeds,
            gaps: Gaps::default(),
            steps: AtomicU64::new(LEAST_STEPS + STEPS_EACH * self.len()),
            giants: Mutex::new(()),
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
