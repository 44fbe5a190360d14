//! One object by its name: its chain of delta bases followed down and applied back up, in a loop.

use std::cell::RefCell;

use super::{
    buffer::Buffer,
    damage::Damage,
    delta::Delta,
    entry::EntryKind,
    inflate::Inflater,
    loose::LooseError,
    packed::Pack,
    store::{Error, Location, Store},
};
use crate::model::{ObjectId, ObjectKind};

/// The longest chain that a single read follows. Git itself makes none beyond 4,095.
const MOST_STEPS: u64 = 1 << 20;
/// Above this claimed size the exact end of an entry is looked up before anything is allocated.
const UNTRUSTED: u64 = 16 << 20;
/// Scratch buffers above this are given back after a read.
const MOST_KEPT: usize = 4 << 20;

/// What decoding needs, reused from object to object.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) inflater: Inflater,
    /// The delta that is being applied.
    pub(crate) delta: Buffer,
    /// The compressed bytes of a loose object.
    pub(crate) compressed: Vec<u8>,
    /// The object, after [`Store::read_copy`].
    pub(crate) object: Buffer,
    /// Where the object's content starts in `object`.
    pub(crate) start: usize,
    other: Buffer,
    chain: Vec<(u32, u64)>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Scratch {
            inflater: Inflater::new(),
            delta: Buffer::default(),
            compressed: Vec::new(),
            object: Buffer::default(),
            start: 0,
            other: Buffer::default(),
            chain: Vec::new(),
        }
    }

    /// The object that was read last.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.object.as_slice().get(self.start..).unwrap_or_default()
    }

    /// Takes the object out, in a buffer of its own.
    pub(crate) fn take(&mut self) -> Buffer {
        let start = std::mem::take(&mut self.start);
        if start == 0 {
            return std::mem::take(&mut self.object);
        }
        let mut content = Buffer::default();
        let bytes = self.object.as_slice().get(start..).unwrap_or_default();
        content.reset(bytes.len()).copy_from_slice(bytes);
        content
    }

    /// Gives great buffers back.
    pub(crate) fn trim(&mut self) {
        for buffer in [&mut self.delta, &mut self.object, &mut self.other] {
            if buffer.room() > MOST_KEPT {
                *buffer = Buffer::default();
            }
        }
    }
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::new());
}

impl Store {
    /// Reads one object into `out` (replacing what it held), trying each of its copies. `None` if
    /// there is no such object.
    ///
    /// # Errors
    /// [`Error::Damaged`] if there are copies and none can be decoded.
    pub fn read(&self, id: &ObjectId, out: &mut Vec<u8>) -> Result<Option<ObjectKind>, Error> {
        SCRATCH.with_borrow_mut(|scratch| {
            let found = self.first_good(id, |location| {
                let mut steps = self.longest_chain();
                self.read_copy(location, scratch, &mut steps)
            })?;
            if found.is_some() {
                out.clear();
                out.extend_from_slice(scratch.bytes());
            }
            scratch.trim();
            Ok(found)
        })
    }

    /// Shows every copy of an object that can be decoded, and says how many there were. They are the
    /// same but in a store that somebody forged.
    pub fn each_copy(&self, id: &ObjectId, mut show: impl FnMut(ObjectKind, &[u8])) -> usize {
        let mut scratch = Scratch::new();
        let copies = self.locate(id).filter_map(|location| {
            let kind = self.read_copy(location, &mut scratch, &mut self.longest_chain()).ok()?;
            show(kind, scratch.bytes());
            Some(())
        });
        copies.count()
    }

    /// The kind of one object, from headers alone where it is packed. `None` if there is no such
    /// object.
    ///
    /// # Errors
    /// [`Error::Damaged`] if there are copies and the kind of none can be told.
    pub fn kind(&self, id: &ObjectId) -> Result<Option<ObjectKind>, Error> {
        SCRATCH.with_borrow_mut(|scratch| {
            self.first_good(id, |location| {
                let mut steps = self.longest_chain();
                let root = self.descend(location, &mut scratch.chain, &mut steps)?;
                match root {
                    Root::Whole { kind, .. } => Ok(kind),
                    Root::Loose(at) => self.read_copy(Location::Loose(at), scratch, &mut steps),
                }
            })
        })
    }

    /// A chain with more links than this comes back to itself, or is longer than anything sane.
    pub(crate) fn longest_chain(&self) -> u64 {
        let entries: u64 = self.packs.iter().map(|pack| u64::from(pack.index.count())).sum();
        MOST_STEPS.min(entries + 1)
    }

    fn first_good<T>(
        &self,
        id: &ObjectId,
        mut attempt: impl FnMut(Location) -> Result<T, Damage>,
    ) -> Result<Option<T>, Error> {
        let mut failure = None;
        for location in self.locate(id) {
            match attempt(location) {
                Ok(found) => return Ok(Some(found)),
                Err(damage) => failure = Some((location, damage)),
            }
        }
        match failure {
            None => Ok(None),
            Some((location, damage)) => {
                let detail = format!("in `{}`, {damage}", self.file_of(location).display());
                Err(Error::Damaged { id: *id, detail })
            }
        }
    }

    /// Decodes one copy of an object into `scratch`. Each base on the way costs one of `steps`.
    pub(crate) fn read_copy(
        &self,
        location: Location,
        scratch: &mut Scratch,
        steps: &mut u64,
    ) -> Result<ObjectKind, Damage> {
        let root = self.descend(location, &mut scratch.chain, steps)?;
        let kind = match root {
            Root::Loose(at) => {
                let Scratch { inflater, compressed, object, .. } = scratch;
                match self.loose.read(at, inflater, compressed, object) {
                    Ok((kind, start)) => {
                        scratch.start = start;
                        kind
                    }
                    Err(error) => {
                        let (kind, moved) = self.moved(at, error)?;
                        (scratch.object, scratch.start) = (moved, 0);
                        kind
                    }
                }
            }
            Root::Whole { pack, offset, kind } => {
                let pack = &self.packs[pack as usize];
                inflate(pack, offset, &mut scratch.inflater, &mut scratch.object)?;
                scratch.start = 0;
                kind
            }
        };
        while let Some((pack, offset)) = scratch.chain.pop() {
            let pack = &self.packs[pack as usize];
            inflate(pack, offset, &mut scratch.inflater, &mut scratch.delta)?;
            let base = scratch.object.as_slice().get(scratch.start..).unwrap_or_default();
            Delta::parse(scratch.delta.as_slice())?.apply(base, &mut scratch.other)?;
            std::mem::swap(&mut scratch.object, &mut scratch.other);
            scratch.start = 0;
        }
        Ok(kind)
    }

    /// An object that was loose and has gone: git has packed it since.
    #[cold]
    fn moved(&self, at: u32, error: LooseError) -> Result<(ObjectKind, Buffer), Damage> {
        if !error.is_gone() {
            return Err(error.into());
        }
        let Some(later) = self.later() else { return Err(error.into()) };
        let mut scratch = Scratch::new();
        let found = later.first_good(&self.loose.id(at), |location| {
            let mut steps = later.longest_chain();
            later.read_copy(location, &mut scratch, &mut steps)
        });
        match found {
            Ok(Some(kind)) => Ok((kind, scratch.take())),
            _ => Err(error.into()),
        }
    }

    /// Follows delta bases down to a whole object, noting the deltas on the way.
    fn descend(
        &self,
        location: Location,
        chain: &mut Vec<(u32, u64)>,
        steps: &mut u64,
    ) -> Result<Root, Damage> {
        chain.clear();
        let (mut number, mut offset) = match location {
            Location::Loose(at) => return Ok(Root::Loose(at)),
            Location::Packed { pack, position } => {
                (pack, self.packs[pack as usize].index.offset(position))
            }
        };
        loop {
            *steps = steps.checked_sub(1).ok_or(Damage::Depth)?;
            let pack = &self.packs[number as usize];
            match pack.entry(offset, pack.end())?.0.kind {
                EntryKind::Whole(kind) => return Ok(Root::Whole { pack: number, offset, kind }),
                EntryKind::OffsetDelta(base) => {
                    chain.push((number, offset));
                    offset = base;
                }
                EntryKind::IdDelta(id) => {
                    chain.push((number, offset));
                    // A base in the same pack is meant before any other copy.
                    if let Some(position) = pack.index.position(&id) {
                        offset = pack.index.offset(position);
                        continue;
                    }
                    match self.locate(&id).next().ok_or(Damage::MissingBase(id))? {
                        Location::Loose(at) => return Ok(Root::Loose(at)),
                        Location::Packed { pack, position } => {
                            number = pack;
                            offset = self.packs[pack as usize].index.offset(position);
                        }
                    }
                }
            }
        }
    }
}

/// What a chain of deltas stands on.
enum Root {
    Whole { pack: u32, offset: u64, kind: ObjectKind },
    Loose(u32),
}

fn inflate(
    pack: &Pack,
    offset: u64,
    inflater: &mut Inflater,
    out: &mut Buffer,
) -> Result<(), Damage> {
    let (mut header, mut stream) = pack.entry(offset, pack.end())?;
    if header.size > UNTRUSTED {
        (header, stream) = pack.entry(offset, pack.end_after(offset))?;
    }
    Ok(inflater.inflate(stream, header.size, out)?)
}
