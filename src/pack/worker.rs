//! One worker's walk over the delta forest: depth first, with a stack of its own.
//!
//! A frame of the stack is a run of siblings and the base they stand on. The base is given back
//! before its last child is visited, and the last child is the heaviest, so of a straight chain
//! only one object is in memory, and of any tree at most log2(objects) ancestors. When another
//! worker is hungry, the run nearest the bottom is split and its base shared.

use std::sync::{Arc, MutexGuard, PoisonError, atomic::Ordering::Relaxed};

use super::{
    board::Next,
    buffer::{Buffer, Pool},
    delta::Delta,
    entry::{EntryError, EntryKind},
    packed::Pack,
    resolve::{Damage, Scratch},
    store::Location,
    traverse::{Job, Object, Visitor},
};
use crate::model::{ObjectId, ObjectKind};

/// Which list of objects a frame runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// Children of one entry.
    Children,
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
pub(crate) struct Frame {
    pack: u32,
    list: List,
    kind: Option<ObjectKind>,
    next: u32,
    end: u32,
    base: Base,
}

/// What siblings stand on.
#[derive(Debug)]
enum Base {
    /// Nothing, as they are no deltas.
    None,
    Own(Buffer),
    /// Other workers use it too.
    Shared(Arc<Buffer>),
    /// It could not be decoded, so each sibling must be found elsewhere or is a gap.
    Missing,
}

impl Base {
    fn bytes(&self) -> Option<&[u8]> {
        match self {
            Base::Own(buffer) => Some(buffer.as_slice()),
            Base::Shared(buffer) => Some(buffer.as_slice()),
            Base::None | Base::Missing => None,
        }
    }

    fn recycle(self, pool: &mut Pool) {
        match self {
            Base::Own(buffer) => pool.give(buffer),
            Base::Shared(buffer) => {
                if let Some(buffer) = Arc::into_inner(buffer) {
                    pool.give(buffer);
                }
            }
            Base::None | Base::Missing => {}
        }
    }
}

/// Work is only given away if both sides keep this much of it.
const LEAST_SHARE: u32 = 32;
/// Unless the base is of this size: then each child is work enough.
const WORTH_SHARING: usize = 1 << 20;
/// Objects above this size are decoded one at a time over all workers.
const GIANT: u64 = 256 << 20;
/// Progress is told after so many objects or bytes.
const TELL_OBJECTS: u64 = 1024;
const TELL_BYTES: u64 = 16 << 20;

/// A worker.
pub(crate) struct Worker<'a, V: Visitor> {
    job: &'a Job<'a, V>,
    local: V::Local,
    decoder: Decoder<'a>,
    stack: Vec<Frame>,
    /// The last base read from outside a pack: its siblings follow one another.
    external: Option<(ObjectId, ObjectKind, Arc<Buffer>)>,
    objects: u64,
    bytes: u64,
}

/// An object and, if it is enormous, the right to hold it.
type Decoded<'a> = (Buffer, Option<MutexGuard<'a, ()>>);

/// The part of a worker that turns entries into objects.
struct Decoder<'a> {
    scratch: Scratch,
    pool: Pool,
    giants: &'a std::sync::Mutex<()>,
}

impl<'a> Decoder<'a> {
    fn turn(&self, size: u64) -> Option<MutexGuard<'a, ()>> {
        (size > GIANT).then(|| self.giants.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Decodes a whole entry.
    #[inline]
    fn whole(&mut self, pack: &Pack, rank: u32) -> Result<Decoded<'a>, Damage> {
        let forest = pack.forest();
        let (header, stream) = pack.entry(forest.offset(rank), forest.end_of(rank))?;
        let turn = self.turn(header.size);
        let mut out = self.pool.take();
        match self.scratch.inflater.inflate(stream, header.size, &mut out) {
            Ok(()) => Ok((out, turn)),
            Err(error) => {
                self.pool.give(out);
                Err(error.into())
            }
        }
    }

    /// Decodes a delta on `base`.
    #[inline]
    fn delta(&mut self, pack: &Pack, rank: u32, base: &[u8]) -> Result<Decoded<'a>, Damage> {
        let forest = pack.forest();
        let (header, stream) = pack.entry(forest.offset(rank), forest.end_of(rank))?;
        self.scratch.inflater.inflate(stream, header.size, &mut self.scratch.delta)?;
        let delta = Delta::parse(self.scratch.delta.as_slice())?;
        let turn = self.turn(delta.result_size);
        let mut out = self.pool.take();
        match delta.apply(base, &mut out) {
            Ok(()) => Ok((out, turn)),
            Err(error) => {
                self.pool.give(out);
                Err(error.into())
            }
        }
    }
}

impl<'a, V: Visitor> Worker<'a, V> {
    /// Works until nothing is left for any worker.
    pub(crate) fn run(job: &'a Job<'a, V>) {
        let _here = job.board.arrive();
        let Some(mut next) = job.board.next() else { return };
        let decoder =
            Decoder { scratch: Scratch::new(), pool: Pool::default(), giants: &job.giants };
        let (local, stack) = (job.visitor.local(), Vec::new());
        let mut worker =
            Worker { job, local, decoder, stack, external: None, objects: 0, bytes: 0 };
        loop {
            worker.stack.push(match next {
                Next::Gift(frame) => frame,
                Next::Seed(number) => {
                    let seed = job.seeds[number];
                    let (next, end) = (seed.start, seed.end);
                    let (pack, list, kind) = (seed.pack, seed.list, seed.kind);
                    Frame { pack, list, kind, next, end, base: Base::None }
                }
            });
            worker.walk();
            match job.board.next() {
                Some(more) => next = more,
                None => break,
            }
        }
        worker.tell();
        job.visitor.finish(worker.local);
    }

    /// Empties the stack.
    fn walk(&mut self) {
        while let Some(top) = self.stack.last_mut() {
            if top.next == top.end {
                if let Some(frame) = self.stack.pop() {
                    frame.base.recycle(&mut self.decoder.pool);
                }
                continue;
            }
            let (at, pack, list, kind) = (top.next, top.pack, top.list, top.kind);
            top.next += 1;
            if self.job.visitor.stop() {
                self.job.board.stop();
            }
            if self.job.board.is_stopped() {
                return self.stack.clear();
            }
            match list {
                List::Children => self.child(pack, kind, at),
                List::Roots => self.root(pack, kind, at),
                List::External => self.external(pack, at),
                List::Broken => self.broken(pack, at),
                List::Lost => self.lost(pack, at),
                List::Loose => self.loose(at),
            }
            if self.job.board.is_hungry() {
                self.share();
            }
        }
    }

    fn root(&mut self, number: u32, kind: Option<ObjectKind>, at: u32) {
        let Some(kind) = kind else { return };
        let pack = &self.job.store.packs[number as usize];
        let rank = pack.forest().roots(kind)[at as usize];
        if pack.forest().weight(rank) == 0 {
            return;
        }
        match self.decoder.whole(pack, rank) {
            Ok(decoded) => self.decoded(number, rank, kind, decoded),
            Err(damage) => self.failed(number, rank, &damage),
        }
    }

    fn child(&mut self, number: u32, kind: Option<ObjectKind>, at: u32) {
        let pack = &self.job.store.packs[number as usize];
        let rank = pack.forest().child(at);
        // The last child takes its base off the stack, to give it back before it is visited.
        let last = self.stack.pop_if(|top| top.next == top.end);
        let decoded = {
            let frame = last.as_ref().or(self.stack.last());
            match frame.and_then(|frame| frame.base.bytes()) {
                _ if pack.forest().weight(rank) == 0 => None,
                Some(base) => Some(self.decoder.delta(pack, rank, base)),
                None => Some(Err(Damage::LostBase)),
            }
        };
        if let Some(frame) = last {
            frame.base.recycle(&mut self.decoder.pool);
        }
        match (decoded, kind) {
            (Some(Ok(decoded)), Some(kind)) => self.decoded(number, rank, kind, decoded),
            (Some(Err(damage)), _) => self.failed(number, rank, &damage),
            _ => {}
        }
    }

    /// Visits a decoded object and goes on to its children.
    #[inline]
    fn decoded(&mut self, number: u32, rank: u32, kind: ObjectKind, decoded: Decoded<'a>) {
        let (buffer, turn) = decoded;
        let pack = &self.job.store.packs[number as usize];
        let position = pack.forest().position(rank);
        if !pack.repeats.contains(position) {
            self.visit(pack.index.id(position), kind, buffer.as_slice());
        }
        drop(turn);
        self.descend(number, rank, Some(kind), Base::Own(buffer));
    }

    /// Pushes the children of an entry that have anything to visit.
    #[inline]
    fn descend(&mut self, pack: u32, rank: u32, kind: Option<ObjectKind>, base: Base) {
        let forest = self.job.store.packs[pack as usize].forest();
        let (next, end) = forest.child_range(rank);
        // The last is the heaviest: if it has nothing to visit, none has.
        if next == end || forest.weight(forest.child(end - 1)) == 0 {
            return base.recycle(&mut self.decoder.pool);
        }
        self.stack.push(Frame { pack, list: List::Children, kind, next, end, base });
    }

    #[inline]
    fn visit(&mut self, id: ObjectId, kind: ObjectKind, bytes: &[u8]) {
        self.job.visitor.visit(&mut self.local, Object { id, kind, bytes });
        self.objects += 1;
        self.bytes += bytes.len() as u64;
        if self.objects >= TELL_OBJECTS || self.bytes >= TELL_BYTES {
            self.tell();
        }
    }

    fn tell(&mut self) {
        self.job.visitor.progress(self.objects, self.bytes);
        (self.objects, self.bytes) = (0, 0);
    }

    /// A delta whose base is in another pack or loose.
    #[cold]
    fn external(&mut self, number: u32, at: u32) {
        let pack = &self.job.store.packs[number as usize];
        let forest = pack.forest();
        let rank = forest.external[at as usize];
        if forest.weight(rank) == 0 {
            return;
        }
        let header = match pack.entry(forest.offset(rank), forest.end_of(rank)) {
            Ok((header, _)) => header,
            Err(error) => return self.failed(number, rank, &error.into()),
        };
        let EntryKind::IdDelta(id) = header.kind else { return };
        let known = self.external.as_ref().is_some_and(|(known, ..)| *known == id);
        if !known {
            self.external =
                self.copy(&id, None).map(|kind| (id, kind, Arc::new(self.decoder.scratch.take())));
        }
        let Some((_, kind, base)) = &self.external else {
            return self.failed(number, rank, &Damage::MissingBase(id));
        };
        let (kind, base) = (*kind, Arc::clone(base));
        if self.job.kinds.contains(kind) {
            match self.decoder.delta(pack, rank, base.as_slice()) {
                Ok(decoded) => self.decoded(number, rank, kind, decoded),
                Err(damage) => self.failed(number, rank, &damage),
            }
        }
    }

    #[cold]
    fn broken(&mut self, number: u32, at: u32) {
        let pack = &self.job.store.packs[number as usize];
        let rank = pack.forest().broken[at as usize];
        if pack.forest().weight(rank) > 0 {
            let error: EntryError = pack.forest().why_broken(pack, rank);
            self.failed(number, rank, &error.into());
        }
    }

    #[cold]
    fn lost(&mut self, pack: u32, at: u32) {
        let packed = &self.job.store.packs[pack as usize];
        let (position, lost) = packed.forest().lost[at as usize];
        let here = Location::Packed { pack, position };
        self.elsewhere(packed.index.id(position), here, &Damage::Lost(lost));
    }

    fn loose(&mut self, at: u32) {
        let loose = &self.job.store.loose;
        if loose.repeats.contains(at) {
            return;
        }
        let here = Location::Loose(at);
        match self.job.store.read_copy(here, &mut self.decoder.scratch, &mut 1) {
            Ok(kind) => self.visit_scratch(loose.id(at), kind),
            Err(damage) => _ = self.elsewhere(loose.id(at), here, &damage),
        }
        self.decoder.scratch.trim();
    }

    /// An entry cannot be decoded: looks for another copy of the object, and goes on to its
    /// children with what was found.
    #[cold]
    fn failed(&mut self, number: u32, rank: u32, damage: &Damage) {
        let pack = &self.job.store.packs[number as usize];
        let position = pack.forest().position(rank);
        let here = Location::Packed { pack: number, position };
        let id = pack.index.id(position);
        if pack.repeats.contains(position) {
            // Visited elsewhere; only its children may need it.
            match self.copy(&id, Some(here)) {
                Some(kind) if !self.job.kinds.contains(kind) => {}
                Some(kind) => self.descend_scratch(number, rank, kind),
                None => self.descend(number, rank, None, Base::Missing),
            }
            return;
        }
        match self.elsewhere(id, here, damage) {
            Some(kind) if !self.job.kinds.contains(kind) => {}
            Some(kind) => self.descend_scratch(number, rank, kind),
            None => self.descend(number, rank, None, Base::Missing),
        }
    }

    fn descend_scratch(&mut self, number: u32, rank: u32, kind: ObjectKind) {
        let base = self.decoder.scratch.take();
        self.descend(number, rank, Some(kind), Base::Own(base));
    }

    /// Visits another copy of an object than the damaged one `here`, or notes the gap. The copy
    /// stays in the scratch space.
    #[cold]
    fn elsewhere(&mut self, id: ObjectId, here: Location, damage: &Damage) -> Option<ObjectKind> {
        let kind = self.copy(&id, Some(here));
        match kind {
            Some(kind) => self.visit_scratch(id, kind),
            None => {
                let store = self.job.store;
                self.job.gaps.add(&store.file_of(here), || store.gap(here, id, damage));
            }
        }
        kind
    }

    /// Visits what the scratch space holds, if its kind is wanted.
    fn visit_scratch(&mut self, id: ObjectId, kind: ObjectKind) {
        if self.job.kinds.contains(kind) {
            // Out of the scratch space for a moment, so that the worker is free.
            let start = std::mem::take(&mut self.decoder.scratch.start);
            let object = std::mem::take(&mut self.decoder.scratch.object);
            self.visit(id, kind, object.as_slice().get(start..).unwrap_or_default());
            self.decoder.scratch.object = object;
            self.decoder.scratch.start = start;
        }
    }

    /// Decodes any copy of an object into the scratch space, but the one in `avoid`.
    fn copy(&mut self, id: &ObjectId, avoid: Option<Location>) -> Option<ObjectKind> {
        let store = self.job.store;
        store.locate(id).filter(|location| Some(*location) != avoid).find_map(|location| {
            let budget = self.job.steps.load(Relaxed);
            let mut left = budget;
            let read = store.read_copy(location, &mut self.decoder.scratch, &mut left);
            // Other workers take from it too; it never goes below zero.
            let spent = budget - left;
            let _ =
                self.job.steps.fetch_update(Relaxed, Relaxed, |s| Some(s.saturating_sub(spent)));
            read.ok()
        })
    }

    /// Gives the run of siblings nearest the bottom of the stack, or half of it, to a hungry worker.
    #[cold]
    fn share(&mut self) {
        let store = self.job.store;
        let top = self.stack.len().saturating_sub(1);
        for (depth, frame) in self.stack.iter_mut().enumerate() {
            let keep = match cut(store, frame, depth < top) {
                Some(keep) => keep,
                None => continue,
            };
            let base = match std::mem::replace(&mut frame.base, Base::None) {
                Base::Own(buffer) => Base::Shared(Arc::new(buffer)),
                other => other,
            };
            let copy = match &base {
                Base::Shared(buffer) => Base::Shared(Arc::clone(buffer)),
                Base::Missing => Base::Missing,
                Base::None | Base::Own(_) => Base::None,
            };
            frame.base = base;
            let (next, end) = (frame.next + keep, frame.end);
            frame.end = next;
            let Frame { pack, list, kind, .. } = *frame;
            return self.job.board.give(Frame { pack, list, kind, next, end, base: copy });
        }
    }
}

/// How many of its next siblings a frame should keep when the rest is given away; `None` if there
/// is too little to share. A frame above another one may give all.
fn cut(store: &super::store::Store, frame: &Frame, may_give_all: bool) -> Option<u32> {
    let left = frame.end - frame.next;
    let least = if may_give_all { 0 } else { 1 };
    if left <= least {
        return None;
    }
    if left >= 2 * LEAST_SHARE || frame.base.bytes().is_some_and(|b| b.len() >= WORTH_SHARING) {
        return Some((left / 2).max(least));
    }
    let weight = |at: u32| match frame.list {
        List::Children => {
            let forest = store.packs[frame.pack as usize].forest();
            forest.weight(forest.child(at))
        }
        List::Roots => {
            let forest = store.packs[frame.pack as usize].forest();
            frame.kind.map_or(0, |kind| forest.weight(forest.roots(kind)[at as usize]))
        }
        _ => LEAST_SHARE,
    };
    let total: u32 = (frame.next..frame.end).fold(0, |sum, at| sum.saturating_add(weight(at)));
    let mut kept = 0;
    let mut keep = 0;
    while keep < left && kept < total / 2 && (kept < LEAST_SHARE || !may_give_all) {
        let next = weight(frame.next + keep);
        // The last one, the heaviest, is better given than kept.
        if kept + next > total - LEAST_SHARE.min(total) {
            break;
        }
        kept += next;
        keep += 1;
    }
    let enough = may_give_all || kept >= LEAST_SHARE;
    (enough && keep >= least && keep < left && total - kept >= LEAST_SHARE).then_some(keep)
}
