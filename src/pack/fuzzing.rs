//! Entry points for fuzzing: hostile indexes, headers, deltas, streams and whole stores. A law that
//! does not hold is a failed assertion.

#![allow(clippy::panic)] // This is how a target speaks.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use libdeflater::{CompressionLvl, Compressor};

use super::{
    KindSet, Object, Store, Visitor,
    buffer::Buffer,
    delta::{Delta, Instruction},
    entry::EntryHeader,
    index::Index,
    inflate::Inflater,
    map::Mapped,
    packed::Pack,
    plan::{Layout, Plan, build},
};
use crate::model::{Gap, ObjectId, ObjectKind, fuzzing::Source};

/// An index: opened or refused; what opens answers every question.
pub fn index(data: &[u8]) {
    let Ok(index) = Index::new(data) else { return };
    let mut listed = 0;
    for first in 0..=255 {
        for at in index.bucket(first) {
            let id = index.id(at);
            let found = index.position(&id).map(|found| index.id(found));
            assert_eq!((id.0[0], found), (first, Some(id)));
            index.offset(at);
            listed += 1;
        }
    }
    assert_eq!(listed, index.count());
    assert_eq!(index.pack_checksum().len(), 20);
}

/// The header of an entry at some offset.
pub fn entry(data: &[u8]) {
    let mut source = Source::new(data);
    let offset = source.number() as u64;
    let bytes = source.rest();
    if let Ok(header) = EntryHeader::parse(bytes, offset) {
        assert!(header.length <= bytes.len());
    }
}

/// A delta on some base: what it gives is what its instructions say, one by one.
pub fn delta(data: &[u8]) {
    let mut source = Source::new(data);
    let base = source.chunk();
    let bytes = source.rest();
    let Ok(delta) = Delta::parse(bytes) else { return };
    let mut out = Buffer::default();
    let result = delta.apply(base, &mut out);
    let applied = result.is_ok();
    let (mut plan, mut planned, mut built) =
        (Plan::default(), Buffer::default(), Buffer::default());
    let layout = Layout::new(bytes.len() % 100, base.len() % 40);
    match plan.lay_out(&delta, base, layout) {
        Ok(true) => {
            build(&plan.patch(base), &mut planned);
            assert!(applied && planned.as_slice() == out.as_slice());
            assert_eq!(plan.build(&delta, base, layout, &mut built), Ok(true));
            assert_eq!(built.as_slice(), out.as_slice());
            build(&plan.patch(base), &mut planned);
            assert_eq!(planned.as_slice(), out.as_slice());
        }
        Ok(false) => {}
        Err(error) => {
            assert_eq!(result, Err(error));
            assert_eq!(plan.build(&delta, base, layout, &mut built), Err(error));
        }
    }
    // Beyond what is trusted, nothing is allocated that the instructions do not add up to.
    assert!(out.room() as u64 <= (2 << 20) || applied || out.room() as u64 <= delta.result_size);
    if !applied {
        return;
    }
    let mut plain = Vec::new();
    for instruction in delta.instructions() {
        match instruction {
            Ok(Instruction::Copy { start, len }) => {
                plain.extend_from_slice(&base[start..start + len]);
            }
            Ok(Instruction::Insert(bytes)) => plain.extend_from_slice(bytes),
            Err(error) => panic!("applied in spite of {error}"),
        }
    }
    assert_eq!(out.as_slice(), plain);
}

/// A zlib stream, of a size that is claimed and of an unknown one.
pub fn inflate(data: &[u8]) {
    let mut source = Source::new(data);
    let size = source.number() as u64;
    let bytes = source.rest();
    let (mut known, mut unknown) = (Buffer::default(), Buffer::default());
    let sized = Inflater::new().inflate(bytes, size, &mut known);
    let unsized_ = Inflater::new().inflate_unsized(bytes, &mut unknown);
    if sized.is_ok() {
        assert_eq!(unsized_, Ok(()));
        assert_eq!(known.as_slice(), unknown.as_slice());
    }
}

/// A whole store of one or two packs that nobody's git would write: every object is visited once
/// or is a gap, and single reading agrees with it.
pub fn store(data: &[u8]) {
    let (store, open_gaps) = hostile_store(data, &[]);
    let seen = Seen::default();
    let gaps = pool().install(|| store.traverse(KindSet::ALL, &seen));
    let is_plain = !seen.1.into_inner();
    let seen = seen.0.into_inner().unwrap_or_default();
    let told: BTreeSet<ObjectId> =
        gaps.iter().chain(&open_gaps).filter_map(|gap| gap.object).collect();
    let ids: BTreeSet<ObjectId> = store.ids().collect();
    assert_eq!(ids.len() as u64, store.len());
    for id in &ids {
        assert!(seen.contains_key(id) || told.contains(id), "{id} was passed by in silence");
        assert!(!(seen.contains_key(id) && told.contains(id)), "{id} was read and is a gap");
        let mut bytes = Vec::new();
        let read = store.read(id, &mut bytes);
        // Single reading takes no other copy for a damaged base, as the walk does. Where none was
        // needed, and there is one copy, there is one answer.
        if let (Some((kind, shown)), 1, true) = (seen.get(id), store.locate(id).count(), is_plain) {
            assert!(matches!(read, Ok(Some(read)) if read == *kind), "{id}: {read:?}");
            assert_eq!(&bytes, shown, "{id}");
        }
    }
    assert!(seen.keys().all(|id| ids.contains(id)));
}

/// The pool in which stores are walked: two threads, so that work is shared.
pub fn pool() -> &'static rayon::ThreadPool {
    static POOL: OnceLock<rayon::ThreadPool> = OnceLock::new();
    POOL.get_or_init(|| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build();
        pool.unwrap_or_else(|error| panic!("no threads: {error}"))
    })
}

/// All objects that were shown, and whether another copy was needed for any.
#[derive(Default)]
struct Seen(Mutex<BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>>, AtomicBool);

impl Visitor for Seen {
    type Local = ();
    type Memory = ();

    fn local(&self) {}

    fn borrowed(&self) {
        self.1.store(true, Ordering::Relaxed);
    }

    fn visit(&self, (): &mut (), object: Object<'_>) {
        let Ok(mut seen) = self.0.lock() else { return };
        let old = seen.insert(object.id, (object.kind, object.bytes.to_vec()));
        assert!(old.is_none(), "{} was visited twice", object.id);
    }
}

const MOST_ENTRIES: usize = 40;

/// A store made of choices. Bytes from 0x80 on stand for words of the dictionary, if there is one.
pub fn hostile_store(data: &[u8], dictionary: &[Vec<u8>]) -> (Store, Vec<Gap>) {
    let mut source = Source::new(data);
    let packs = 1 + usize::from(source.byte() & 1);
    let (mut store, mut gaps) = (Store::empty(&[]), Vec::new());
    for number in 0..packs {
        let mut writer = Writer { dictionary, ..Writer::default() };
        let count = source.below(MOST_ENTRIES) + 1;
        writer.pack.extend(b"PACK\0\0\0\x02");
        writer.pack.extend((count as u32).to_be_bytes());
        for _ in 0..count {
            writer.entry(&mut source);
        }
        let (idx, pack) = writer.finish(&mut source);
        let path = PathBuf::from(format!("{number}.pack"));
        let (Ok(idx), Ok(pack)) = (Mapped::of(&idx), Mapped::of(&pack)) else { continue };
        match Pack::of(path, idx, pack, &mut gaps) {
            Ok(pack) => store.packs.push(pack),
            Err(gap) => gaps.push(gap),
        }
    }
    store.settle();
    (store, gaps)
}

/// A pack under way.
#[derive(Default)]
struct Writer<'d> {
    dictionary: &'d [Vec<u8>],
    pack: Vec<u8>,
    /// Name and offset of each entry, and its content where that is known.
    entries: Vec<(ObjectId, u64, Vec<u8>)>,
}

impl Writer<'_> {
    fn entry(&mut self, source: &mut Source<'_>) {
        let offset = self.pack.len() as u64;
        // Few names, so that some come twice and deltas find bases before and behind them.
        let mut id = [source.byte() % 48; 20];
        id[0] = id[0].wrapping_mul(37);
        let choice = source.byte();
        let content = match choice % 8 {
            kind @ 0..=2 => {
                let content = self.text(source);
                self.head(kind + 1, content.len());
                self.deflated(&content);
                content
            }
            3 | 4 => self.delta(source, offset),
            5 => {
                // A delta on any name, itself and those to come included.
                let mut base = [source.byte() % 48; 20];
                base[0] = base[0].wrapping_mul(37);
                let (_, new) = self.changed(source, choice);
                self.head(7, new.0.len());
                self.pack.extend(base);
                self.deflated(&new.0);
                new.1
            }
            6 => {
                // A header and a stream that need not fit.
                self.pack.push(source.byte());
                let stream = source.chunk();
                self.deflated(stream);
                Vec::new()
            }
            _ => {
                self.pack.extend(source.chunk());
                Vec::new()
            }
        };
        self.entries.push((ObjectId(id), offset, content));
    }

    /// A sound delta on an entry before this one.
    fn delta(&mut self, source: &mut Source<'_>, offset: u64) -> Vec<u8> {
        let choice = source.byte();
        let (base, (delta, content)) = self.changed(source, choice);
        self.head(6, delta.len());
        let mut distance = offset.saturating_sub(base);
        let mut bytes = vec![distance as u8 & 0x7f];
        while distance > 0x7f {
            distance = (distance >> 7) - 1;
            bytes.push(distance as u8 & 0x7f | 0x80);
        }
        self.pack.extend(bytes.iter().rev());
        self.deflated(&delta);
        content
    }

    /// The offset of an entry, a delta on it, and what that gives.
    fn changed(&self, source: &mut Source<'_>, choice: u8) -> (u64, (Vec<u8>, Vec<u8>)) {
        let base = self.entries.len().checked_sub(1 + usize::from(choice >> 3));
        let nothing = (ObjectId([0; 20]), 0, Vec::new());
        let (_, offset, base) = base.and_then(|at| self.entries.get(at)).unwrap_or(&nothing);
        let (mut instructions, mut content) = (Vec::new(), Vec::new());
        for _ in 0..source.byte() % 6 {
            if !base.is_empty() && source.byte() & 1 == 0 {
                let start = source.below(base.len());
                let len = 1 + source.below((base.len() - start).min(0xffff));
                let parts = [start as u8, (start >> 8) as u8, len as u8, (len >> 8) as u8];
                instructions.push(0b1011_0011);
                instructions.extend(parts);
                content.extend(&base[start..start + len]);
            } else {
                let text = self.text(source);
                for piece in text.chunks(127) {
                    instructions.push(piece.len() as u8);
                    instructions.extend(piece);
                }
                content.extend(text);
            }
        }
        let mut delta = Vec::new();
        for mut size in [base.len(), content.len()] {
            while size > 0x7f {
                delta.push(size as u8 | 0x80);
                size >>= 7;
            }
            delta.push(size as u8);
        }
        delta.extend(instructions);
        (*offset, (delta, content))
    }

    fn text(&self, source: &mut Source<'_>) -> Vec<u8> {
        let chunk = source.chunk();
        if self.dictionary.is_empty() {
            return chunk.to_vec();
        }
        let mut text = Vec::new();
        for &byte in chunk {
            match byte.checked_sub(0x80) {
                None => text.push(byte),
                Some(word) => {
                    text.extend(&self.dictionary[usize::from(word) % self.dictionary.len()]);
                }
            }
        }
        text
    }

    fn head(&mut self, kind: u8, mut size: usize) {
        let mut byte = kind << 4 | (size & 15) as u8;
        size >>= 4;
        while size > 0 {
            self.pack.push(byte | 0x80);
            byte = (size & 0x7f) as u8;
            size >>= 7;
        }
        self.pack.push(byte);
    }

    fn deflated(&mut self, bytes: &[u8]) {
        let mut compressor = Compressor::new(CompressionLvl::fastest());
        let mut out = vec![0; compressor.zlib_compress_bound(bytes.len())];
        let length = compressor.zlib_compress(bytes, &mut out).unwrap_or(0);
        self.pack.extend(&out[..length]);
    }

    /// Index and pack.
    fn finish(mut self, source: &mut Source<'_>) -> (Vec<u8>, Vec<u8>) {
        let checksum = [7; 20];
        self.pack.extend(checksum);
        for entry in &mut self.entries {
            if source.byte() & 31 == 31 {
                // An offset that is none.
                entry.1 = source.number() as u64;
            }
        }
        self.entries.sort_by_key(|entry| entry.0);
        let mut idx = vec![0xff, b't', b'O', b'c', 0, 0, 0, 2];
        for first in 0..=255_u8 {
            let below = self.entries.iter().filter(|entry| entry.0.0[0] <= first).count();
            idx.extend((below as u32).to_be_bytes());
        }
        self.entries.iter().for_each(|entry| idx.extend(entry.0.0));
        idx.extend(vec![0; self.entries.len() * 4]);
        self.entries.iter().for_each(|entry| idx.extend((entry.1 as u32).to_be_bytes()));
        idx.extend(checksum);
        idx.extend([0; 20]);
        (idx, self.pack)
    }
}

#[cfg(test)]
mod tests {
    /// A delta on a base that is damaged where the delta lies and sound in another copy: the walk reads
    /// it, single reading tells that it cannot.
    const BASE_IN_ANOTHER_COPY: &str = "9dde50a9789c85cb4d0ac2301040e17d3738a54e751178d596f383fa00cd4239039c0c789c85cb4d0ac2\
         301040e17d4e317ba14c263fd38288e0113cc12499aa604d89113dcb4d0ac2301040e17d3738a54e7511\
         5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e\
         5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e00000000000000005e5e\
         5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e78d596f383fa00cd4239039c0c789c85cb4d0ac2\
         7b0e6c5d1e1daab3db92dba4dabd41e4c81613b1cfd138b3620a86acea0973ce8436d0380471f26c9752\
         41609683bd65dd6ed6957ade03";

    #[test]
    fn a_base_that_only_another_copy_has_is_no_breach() {
        let hex = BASE_IN_ANOTHER_COPY.as_bytes().chunks(2);
        let byte =
            |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        super::store(&hex.map(byte).collect::<Vec<u8>>());
    }
}
