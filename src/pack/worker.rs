//! One worker's walk over the delta forest: depth first, with a stack of its own.
//!
//! A frame of the stack is a run of siblings and the base they stand on. The base is given back
//! before its last child is visited, and the last child is the heaviest, so of a straight chain
//! only one object is in memory, and of any tree at most log2(objects) ancestors. When another
//! worker is hungry, the run nearest the bottom is split and its base shared.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use super::{
    board::Next,
    buffer::Buffer,
    damage::Damage,
    decoder::{Decoded, Decoder},
    entry::{EntryError, EntryKind},
    frame::{Base, Frame, List, Stack},
    job::Job,
    offer::{Name, Offer},
    quota::Held,
    show::{Shown, show},
    store::Location,
    visitor::Visitor,
};
use crate::model::{ObjectId, ObjectKind};

/// How often a base that was let go is decoded again, over all workers, before memory is preferred
/// to time.
const MOST_REDONE: u64 = 4096;
/// Progress is told after so many objects or bytes.
const TELL_OBJECTS: u64 = 1024;
const TELL_BYTES: u64 = 16 << 20;

/// A worker.
pub(crate) struct Worker<'a, V: Visitor> {
    job: &'a Job<'a, V>,
    local: V::Local,
    decoder: Decoder<'a>,
    stack: Stack<V::Memory>,
    /// The last base read from outside a pack: its siblings follow one another.
    external: Option<(ObjectId, ObjectKind, Arc<Buffer>)>,
    objects: u64,
    bytes: u64,
}

impl<'a, V: Visitor> Worker<'a, V> {
    /// Works until nothing is left for any worker.
    pub(crate) fn run(job: &'a Job<'a, V>) {
        let _here = job.board.arrive();
        let Some(mut next) = job.board.next() else { return };
        let decoder = Decoder::new(&job.quota);
        let (local, stack) = (job.visitor.local(), Stack::new(job.stack_budget));
        let mut worker =
            Worker { job, local, decoder, stack, external: None, objects: 0, bytes: 0 };
        loop {
            worker.stack.push(match next {
                Next::Gift(frame) => frame,
                Next::Seed(number) => {
                    let seed = job.seeds[number];
                    let (next, end) = (seed.start, seed.end);
                    let (pack, list, kind) = (seed.pack, seed.list, seed.kind);
                    Frame { pack, list, kind, next, end, base: Base::None, memory: None }
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
        while let Some(top) = self.stack.top() {
            if top.next == top.end {
                if let Some(frame) = self.stack.pop_finished() {
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
                List::Children(parent) => self.child(pack, parent, kind, at),
                List::Roots => self.root(pack, kind, at),
                List::External => self.external(pack, at),
                List::Broken => self.broken(pack, at),
                List::Lost => self.lost(pack, at),
                List::Loose => self.loose(at),
            }
            if self.stack.is_over_budget() && self.job.redone.load(Relaxed) < MOST_REDONE {
                self.stack.let_go();
            }
            if self.job.board.is_hungry()
                && let Some(gift) = self.stack.share(self.job.store)
            {
                self.job.board.give(gift);
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
        pack.prefetch_name(rank, kind);
        match self.decoder.whole(pack, rank) {
            Ok(decoded) => self.decoded(number, rank, kind, decoded),
            Err(damage) => self.failed(number, rank, &damage),
        }
    }

    fn child(&mut self, number: u32, parent: u32, kind: Option<ObjectKind>, at: u32) {
        let pack = &self.job.store.packs[number as usize];
        let rank = pack.forest().child(at);
        if let Some(Base::LetGo) = self.stack.top_base() {
            self.redo(number, parent);
        }
        // The last child takes its base off the stack, to give it back before its own children come.
        let last = self.stack.pop_finished();
        let Worker { job, local, decoder, stack, .. } = self;
        let (base, memory) = match &last {
            Some(frame) => (Some(&frame.base), frame.memory.as_ref()),
            None => (stack.top_base(), stack.top_memory()),
        };
        if let Some(kind) = kind {
            pack.prefetch_name(rank, kind);
        }
        let is_new = !pack.repeats.contains(pack.forest().position(rank));
        let mut shown = Ok(None);
        let mut decoded = None;
        match base.and_then(Base::bytes) {
            _ if pack.forest().weight(rank) == 0 => {}
            None => shown = Err(Damage::LostBase),
            Some(bytes) => {
                if let (true, true, Some(kind), Some(base)) = (V::INHERITS, is_new, kind, memory) {
                    shown = show(job.visitor, local, decoder, (pack, rank, kind), bytes, base);
                }
                if let Ok(None) = shown {
                    decoded = Some(decoder.delta(pack, rank, bytes));
                }
            }
        }
        if let Some(frame) = last {
            frame.base.recycle(&mut self.decoder.pool);
        }
        match (shown, decoded, kind) {
            (Ok(Some(shown)), ..) => self.shown(number, rank, kind, shown),
            (_, Some(Ok(decoded)), Some(kind)) => self.decoded(number, rank, kind, decoded),
            (Err(damage), ..) | (_, Some(Err(damage)), _) => self.failed(number, rank, &damage),
            _ => {}
        }
    }

    /// Decodes the base of the top of the stack again, after it was let go.
    #[cold]
    fn redo(&mut self, pack: u32, parent: u32) {
        let store = self.job.store;
        let index = &store.packs[pack as usize];
        let position = index.forest().position(parent);
        let mut steps = store.longest_chain();
        let here = Location::Packed { pack, position };
        let found = match store.read_copy(here, &mut self.decoder.scratch, &mut steps) {
            Ok(kind) => Some(kind),
            // It was another copy that stood in for this one.
            Err(_) => self.copy(&index.index.id(position), Some(here)),
        };
        self.job.redone.fetch_add(1, Relaxed);
        self.stack.restore(match found {
            Some(_) => Base::Own(self.decoder.scratch.take()),
            None => Base::Missing,
        });
        self.decoder.scratch.trim();
    }

    /// Goes on to the children of an object that was shown to a visitor that inherits.
    #[inline]
    fn shown(
        &mut self,
        number: u32,
        rank: u32,
        kind: Option<ObjectKind>,
        shown: Shown<'a, V::Memory>,
    ) {
        self.count(shown.bytes);
        if let Some(((buffer, held), memory)) = shown.base {
            self.release(held);
            self.descend(number, rank, kind, Base::Own(buffer), memory);
        }
    }

    /// Visits a decoded object and goes on to its children.
    #[inline]
    fn decoded(&mut self, number: u32, rank: u32, kind: ObjectKind, decoded: Decoded<'a>) {
        let (buffer, held) = decoded;
        let pack = &self.job.store.packs[number as usize];
        let position = pack.forest().position(rank);
        let mut memory = None;
        if !pack.repeats.contains(position) {
            let (name, is_base) = (Name::At(&pack.index, position), pack.forest().is_base(rank));
            memory = self.visit(name, kind, buffer.as_slice(), is_base);
        }
        self.release(held);
        self.descend(number, rank, Some(kind), Base::Own(buffer), memory);
    }

    /// Gives back the right to hold a great object; its delta may have been great too.
    #[inline]
    fn release(&mut self, held: Option<Held<'a>>) {
        if held.is_some() {
            self.decoder.scratch.trim();
        }
    }

    /// Pushes the children of an entry that have anything to visit.
    #[inline]
    fn descend(
        &mut self,
        pack: u32,
        rank: u32,
        kind: Option<ObjectKind>,
        base: Base,
        memory: Option<V::Memory>,
    ) {
        let forest = self.job.store.packs[pack as usize].forest();
        let (next, end) = forest.child_range(rank);
        if !forest.is_base(rank) {
            return base.recycle(&mut self.decoder.pool);
        }
        let list = List::Children(rank);
        self.stack.push(Frame { pack, list, kind, next, end, base, memory });
    }

    /// Visits an object that is there in full.
    #[inline]
    fn visit(
        &mut self,
        name: Name<'_>,
        kind: ObjectKind,
        bytes: &[u8],
        is_base: bool,
    ) -> Option<V::Memory> {
        let mut offer = Offer::whole((name, kind), is_base, bytes, None);
        let memory = self.job.visitor.visit_heir(&mut self.local, &mut offer);
        self.count(bytes.len());
        memory
    }

    #[inline]
    fn count(&mut self, bytes: usize) {
        self.objects += 1;
        self.bytes += bytes as u64;
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
                None => self.descend(number, rank, None, Base::Missing, None),
            }
            return;
        }
        match self.elsewhere(id, here, damage) {
            Some(kind) if !self.job.kinds.contains(kind) => {}
            Some(kind) => self.descend_scratch(number, rank, kind),
            None => self.descend(number, rank, None, Base::Missing, None),
        }
    }

    fn descend_scratch(&mut self, number: u32, rank: u32, kind: ObjectKind) {
        let base = self.decoder.scratch.take();
        self.descend(number, rank, Some(kind), Base::Own(base), None);
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
            let bytes = object.as_slice().get(start..).unwrap_or_default();
            self.visit(Name::Known(id), kind, bytes, true);
            self.decoder.scratch.object = object;
            self.decoder.scratch.start = start;
        }
    }

    /// Decodes any copy of an object into the scratch space, but the one in `avoid`.
    fn copy(&mut self, id: &ObjectId, avoid: Option<Location>) -> Option<ObjectKind> {
        let store = self.job.store;
        self.job.visitor.borrowed();
        store.locate(id).filter(|location| Some(*location) != avoid).find_map(|location| {
            let budget = self.job.steps.load(Relaxed).min(store.longest_chain());
            let mut left = budget;
            let read = store.read_copy(location, &mut self.decoder.scratch, &mut left);
            // Other workers take from it too; it never goes below zero.
            let spent = budget - left;
            let _ =
                self.job.steps.fetch_update(Relaxed, Relaxed, |s| Some(s.saturating_sub(spent)));
            read.ok()
        })
    }
}
