//! What all workers of one traversal share: what is asked, where each begins, and what is left to do.

use std::sync::atomic::AtomicU64;

use super::{
    board::Board,
    frame::{Frame, List},
    gaps::Gaps,
    quota::Quota,
    store::Store,
    visitor::{KindSet, Visitor},
};
use crate::model::ObjectKind;

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

impl<V: Visitor> Job<'_, V> {
    /// Goes on with other seeds, after the workers are done with these.
    pub(crate) fn begin_again(&mut self, seeds: Vec<Seed>) {
        self.board = Board::new(seeds.len());
        self.seeds = seeds;
    }
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
