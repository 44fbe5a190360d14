//! The stack of one worker: runs of siblings, each with the base they stand on.
//!
//! Since the heaviest sibling comes last and takes its base off the stack, a stack holds at most
//! log2(objects) bases. Where these are great, the ones nearest the bottom are let go and decoded
//! again when their turn comes. When another worker is hungry, the run nearest the bottom is split.

use std::sync::Arc;

use super::{
    buffer::{Buffer, Pool},
    store::Store,
};
use crate::model::ObjectKind;

/// Which list of objects a frame runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// Children of the entry of this rank.
    Children(u32),
    /// Whole objects of one kind.
    Roots,
    /// Deltas on objects outside the pack.
    External,
    /// Entries whose header is unreadable.
    Broken,
    /// Index positions without an entry.
    Lost,
    /// Loose objects.
    Loose,
}

/// A run of siblings.
#[derive(Debug)]
pub(crate) struct Frame<M> {
    pub(crate) pack: u32,
    pub(crate) list: List,
    /// The kind of all of them, where it is known.
    pub(crate) kind: Option<ObjectKind>,
    pub(crate) next: u32,
    pub(crate) end: u32,
    pub(crate) base: Base,
    /// What the visitor remembers of the base, if it visited it.
    pub(crate) memory: Option<M>,
}

/// What siblings stand on.
#[derive(Debug)]
pub(crate) enum Base {
    /// Nothing, as they are no deltas.
    None,
    Own(Buffer),
    /// Other workers use it too.
    Shared(Arc<Buffer>),
    /// It was let go and must be decoded again.
    LetGo,
    /// It could not be decoded, so each sibling must be found elsewhere or is a gap.
    Missing,
}

impl Base {
    #[inline]
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Base::Own(buffer) => Some(buffer.as_slice()),
            Base::Shared(buffer) => Some(buffer.as_slice()),
            Base::None | Base::LetGo | Base::Missing => None,
        }
    }

    #[inline]
    fn held(&self) -> usize {
        if let Base::Own(buffer) = self { buffer.room() } else { 0 }
    }

    #[inline]
    pub(crate) fn recycle(self, pool: &mut Pool) {
        match self {
            Base::Own(buffer) => pool.give(buffer),
            Base::Shared(buffer) => {
                if let Some(buffer) = Arc::into_inner(buffer) {
                    pool.give(buffer);
                }
            }
            Base::None | Base::LetGo | Base::Missing => {}
        }
    }
}

/// Work is only given away if both sides keep this much of it.
const LEAST_SHARE: u32 = 32;
/// Unless the base is of this size: then each child is work enough.
const WORTH_SHARING: usize = 1 << 20;
/// Bases below this size are never let go.
const LEAST_LET_GO: usize = 1 << 20;

/// The frames of one worker.
#[derive(Debug)]
pub(crate) struct Stack<M> {
    frames: Vec<Frame<M>>,
    /// Memory held by own bases.
    held: usize,
    budget: usize,
}

impl<M: Clone> Stack<M> {
    /// An empty stack whose bases may hold this many bytes.
    pub(crate) fn new(budget: usize) -> Self {
        Stack { frames: Vec::new(), held: 0, budget }
    }

    #[inline]
    pub(crate) fn push(&mut self, frame: Frame<M>) {
        self.held += frame.base.held();
        self.frames.push(frame);
    }

    #[inline]
    pub(crate) fn top(&mut self) -> Option<&mut Frame<M>> {
        self.frames.last_mut()
    }

    pub(crate) fn top_base(&self) -> Option<&Base> {
        self.frames.last().map(|frame| &frame.base)
    }

    pub(crate) fn top_memory(&self) -> Option<&M> {
        self.frames.last().and_then(|frame| frame.memory.as_ref())
    }

    /// Takes the top off if all its siblings have been begun.
    #[inline]
    pub(crate) fn pop_finished(&mut self) -> Option<Frame<M>> {
        let frame = self.frames.pop_if(|top| top.next == top.end)?;
        self.held -= frame.base.held();
        Some(frame)
    }

    pub(crate) fn clear(&mut self) {
        self.frames.clear();
        self.held = 0;
    }

    /// Puts the top's base back in place.
    pub(crate) fn restore(&mut self, base: Base) {
        if let Some(top) = self.frames.last_mut() {
            self.held += base.held();
            self.held -= top.base.held();
            top.base = base;
        }
    }

    /// Whether bases hold more than they may.
    #[inline]
    pub(crate) fn is_over_budget(&self) -> bool {
        self.held > self.budget
    }

    /// Lets go of bases, from the bottom, until the budget is met or none is left that would be
    /// worth it. Says how many.
    #[cold]
    pub(crate) fn let_go(&mut self) -> u64 {
        let mut count = 0;
        let below_top = self.frames.len().saturating_sub(1);
        for frame in &mut self.frames[..below_top] {
            if self.held <= self.budget {
                break;
            }
            if frame.base.held() >= LEAST_LET_GO && matches!(frame.list, List::Children(_)) {
                self.held -= frame.base.held();
                frame.base = Base::LetGo;
                count += 1;
            }
        }
        count
    }

    /// Splits the run of siblings nearest the bottom that has enough work for two.
    #[cold]
    pub(crate) fn share(&mut self, store: &Store) -> Option<Frame<M>> {
        let top = self.frames.len().saturating_sub(1);
        for (depth, frame) in self.frames.iter_mut().enumerate() {
            let Some(keep) = cut(store, frame, depth < top) else { continue };
            self.held -= frame.base.held();
            let base = match std::mem::replace(&mut frame.base, Base::None) {
                Base::Own(buffer) => Base::Shared(Arc::new(buffer)),
                other => other,
            };
            let copy = match &base {
                Base::Shared(buffer) => Base::Shared(Arc::clone(buffer)),
                Base::LetGo => Base::LetGo,
                Base::Missing => Base::Missing,
                Base::None | Base::Own(_) => Base::None,
            };
            frame.base = base;
            let (next, end) = (frame.next + keep, frame.end);
            frame.end = next;
            let Frame { pack, list, kind, .. } = *frame;
            let memory = frame.memory.clone();
            return Some(Frame { pack, list, kind, next, end, base: copy, memory });
        }
        None
    }
}

/// How many of its next siblings a frame should keep when the rest is given away; `None` if there
/// is too little to share. A frame that has others above it may give all.
fn cut<M>(store: &Store, frame: &Frame<M>, may_give_all: bool) -> Option<u32> {
    let left = frame.end - frame.next;
    let least = u32::from(!may_give_all);
    if left <= least {
        return None;
    }
    let great = frame.base.bytes().is_some_and(|base| base.len() >= WORTH_SHARING);
    if left >= 2 * LEAST_SHARE || great {
        return Some((left / 2).max(least));
    }
    let weights: Vec<u32> = (frame.next..frame.end).map(|at| weight(store, frame, at)).collect();
    cut_weights(&weights, may_give_all)
}

/// The same for so few siblings that their weights can be looked at.
fn cut_weights(weights: &[u32], may_give_all: bool) -> Option<u32> {
    let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    let least_kept = if may_give_all { 0 } else { u64::from(LEAST_SHARE) };
    let mut kept = 0;
    for (keep, weight) in (0u32..).zip(weights) {
        let given = total - kept;
        if given < u64::from(LEAST_SHARE) {
            return None;
        }
        // Far enough, or the next one is so heavy that it is better given.
        if kept >= least_kept && (kept >= total / 2 || kept + u64::from(*weight) > total / 2) {
            return Some(keep);
        }
        kept += u64::from(*weight);
    }
    None
}

fn weight<M>(store: &Store, frame: &Frame<M>, at: u32) -> u32 {
    match frame.list {
        List::Children(_) => {
            let forest = store.packs[frame.pack as usize].forest();
            forest.weight(forest.child(at))
        }
        List::Roots => {
            let forest = store.packs[frame.pack as usize].forest();
            frame.kind.map_or(0, |kind| forest.weight(forest.roots(kind)[at as usize]))
        }
        // Each of these may be a tree or a file of its own.
        _ => LEAST_SHARE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_enough_for_both() {
        assert_eq!(cut_weights(&[1, 1, 1], false), None);
        assert_eq!(cut_weights(&[1, 1000], false), None, "the giver would have nothing to do");
        assert_eq!(cut_weights(&[1, 1000], true), Some(1), "what is above it is enough");
        assert_eq!(cut_weights(&[1000], true), Some(0));
        assert_eq!(cut_weights(&[40, 40, 40, 40], false), Some(2));
        assert_eq!(cut_weights(&[10, 10, 10, 10, 100], false), Some(4));
        assert_eq!(cut_weights(&[100, 31], false), None);
        assert_eq!(cut_weights(&[], true), None);
    }

    fn frame(next: u32, end: u32, size: usize) -> Frame<()> {
        let mut buffer = Buffer::default();
        buffer.reset(size);
        let (list, base) = (List::Children(0), Base::Own(buffer));
        Frame { pack: 0, list, kind: None, next, end, base, memory: None }
    }

    #[test]
    fn bases_are_let_go_from_the_bottom_and_never_the_top() {
        let mut stack = Stack::new(5 << 20);
        for _ in 0..3 {
            stack.push(frame(0, 1, 2 << 20));
        }
        assert!(stack.is_over_budget());
        assert_eq!(stack.let_go(), 1);
        assert!(!stack.is_over_budget());
        assert!(matches!(stack.frames[0].base, Base::LetGo));
        stack.push(frame(0, 1, 100 << 20));
        assert_eq!(stack.let_go(), 2);
        assert!(stack.top_base().unwrap().bytes().is_some());
        stack.top().unwrap().next = 1;
        assert!(stack.pop_finished().is_some());
        assert_eq!(stack.held, 0);
    }
}
