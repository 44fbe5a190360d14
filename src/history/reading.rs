//! Reads a tree that is made from another one which was read before.
//!
//! A pack keeps most trees as deltas: entries copied from another version of the folder, and the few
//! that changed. So it is remembered where the entries of a tree begin and what was found in them,
//! and of a tree made from it only those entries are parsed that are not wholly copied; for all
//! others what was found before is taken over. The tree itself need not be put together for that.
//!
//! That is exact, whatever the trees hold: where a copied stretch has the beginning of an entry at a
//! place where an entry of the new tree begins, and the entry's end too, parsing would yield the same
//! entry.

use std::ops::Range;

use super::tree::{Entry, ID, Malformed, before_id, entry_at};
use crate::model::{ObjectId, Patch, Piece};

/// A tree that was read: where its entries begin, and what was found in which.
#[derive(Debug, Clone)]
pub(crate) struct Read<Found> {
    /// Ascending; one more than there are entries, the last is where the last entry ends.
    starts: Vec<u32>,
    /// Ascending by entry.
    found: Vec<(u32, Found)>,
}

/// What reading needs, reused from tree to tree.
#[derive(Debug)]
pub(crate) struct Reader<Found> {
    /// The tree that was read last.
    read: Read<Found>,
    /// An entry that lies across pieces.
    entry: Vec<u8>,
}

/// In greater trees offsets would not fit.
const LARGEST: usize = u32::MAX as usize;
/// As much of a tree is put together for an entry that lies across pieces: enough for nearly all.
const ENTRY: usize = 96;

impl<Found: Copy> Reader<Found> {
    pub(crate) fn new() -> Self {
        Reader { read: Read { starts: vec![0], found: Vec::new() }, entry: Vec::new() }
    }

    /// Reads a tree that is made from another one, which was read with the same `look`. `look` says
    /// what is found in an entry, and is told whether an entry of that name was taken from the older tree
    /// with another object. Only if it is `kept` can it be remembered.
    pub(crate) fn changed(
        &mut self,
        older: Option<&Read<Found>>,
        patch: &Patch<'_>,
        kept: bool,
        mut look: impl FnMut(Entry<'_>, bool) -> Option<Found>,
    ) -> Result<(), Malformed> {
        let Reader { read, entry: room } = self;
        read.starts.clear();
        read.found.clear();
        if kept {
            read.starts.push(0);
        }
        let (length, mut pieces) = (patch.len(), patch.pieces);
        let (mut at, mut entries, mut old, mut old_found) = (0, 0, 0, 0);
        while at < length {
            while let [piece, rest @ ..] = pieces
                && piece.to + piece.len <= at
            {
                pieces = rest;
            }
            let Some(piece) = pieces.first() else { break };
            if at > LARGEST {
                return Err(Malformed { offset: at });
            }
            let mut begins = false;
            if let (true, Some(older)) = (piece.copied, older) {
                let from = piece.at + (at - piece.to);
                let taken = older.wholly_in(old, from, piece.at + piece.len);
                begins = taken.as_ref().is_some_and(|taken| taken.start + 1 < older.starts.len());
                if let Some(taken) = taken.filter(|taken| !taken.is_empty()) {
                    let places = kept.then_some((from, at));
                    read.take_over(older, &taken, &mut old_found, entries, places);
                    at += older.starts[taken.end] as usize - from;
                    entries += taken.len() as u32;
                    old = taken.end;
                    continue;
                }
            }
            let (entry, taken, has_whole_name) =
                entry_in(patch, pieces, at, room).ok_or(Malformed { offset: at })?;
            if let Some(found) = look(entry, begins && has_whole_name) {
                read.found.push((entries, found));
            }
            at += taken;
            entries += 1;
            if kept {
                read.starts.push(at as u32);
            }
        }
        Ok(())
    }

    /// What was found in the tree that was read last, in order.
    pub(crate) fn found(&self) -> impl Iterator<Item = Found> + '_ {
        self.read.found.iter().map(|&(_, found)| found)
    }

    /// The tree that was read last, to read others that are made from it.
    pub(crate) fn remember(&self) -> Read<Found> {
        self.read.clone()
    }
}

/// The entry that begins at this place, in the first of these pieces, how long it is, and whether all of
/// it but the name of the object lies in that piece.
#[inline]
fn entry_in<'r>(
    patch: &Patch<'r>,
    pieces: &[Piece],
    at: usize,
    room: &'r mut Vec<u8>,
) -> Option<(Entry<'r>, usize, bool)> {
    let (piece, behind) = pieces.split_first()?;
    // What is enough for an entry does not depend on what follows it.
    let here = patch.bytes(piece).get(at - piece.to..).unwrap_or_default();
    let Some((mode, name, length)) = before_id(here) else {
        return across(patch, pieces, at, room).map(|(entry, length)| (entry, length, false));
    };
    if let Some(id) = here.get(length..length + ID).and_then(ObjectId::from_bytes) {
        return Some((Entry { mode, name, id }, length + ID, true));
    }
    // The name of the object alone is another, and most often all of it is new.
    if let ([next, ..], true) = (behind, here.len() == length)
        && let Some(id) = patch.bytes(next).first_chunk::<ID>()
    {
        return Some((Entry { mode, name, id: ObjectId(*id) }, length + ID, true));
    }
    let mut id = [0; ID];
    let mut filled = here.len() - length;
    id[..filled].copy_from_slice(&here[length..]);
    for piece in behind {
        let bytes = patch.bytes(piece);
        let taken = bytes.len().min(ID - filled);
        id[filled..filled + taken].copy_from_slice(&bytes[..taken]);
        filled += taken;
        if filled == ID {
            return Some((Entry { mode, name, id: ObjectId(id) }, length + ID, true));
        }
    }
    None
}

/// The entry that begins at this place, in the first of these pieces, put together from more of them.
fn across<'r>(
    patch: &Patch<'_>,
    pieces: &[Piece],
    at: usize,
    room: &'r mut Vec<u8>,
) -> Option<(Entry<'r>, usize)> {
    let mut most = ENTRY;
    loop {
        room.clear();
        for piece in pieces {
            let from = at.saturating_sub(piece.to);
            let to = piece.len.min(from + most - room.len());
            room.extend_from_slice(patch.bytes(piece).get(from..to).unwrap_or_default());
            if room.len() == most {
                break;
            }
        }
        if room.len() < most || entry_at(room).is_some() {
            return entry_at(room);
        }
        most = most.saturating_mul(8);
    }
}

impl<Found: Copy> Read<Found> {
    /// The entries that fill the stretch from `from` on and end no later than `to`; `None` if none begins
    /// there, not even one that ends later. The search begins at the entry `near`: most often it is that
    /// one or the next.
    fn wholly_in(&self, near: usize, from: usize, to: usize) -> Option<Range<usize>> {
        let begins = |entry: usize| self.starts.get(entry).is_some_and(|&at| at as usize == from);
        let first = if begins(near) {
            near
        } else if begins(near + 1) {
            near + 1
        } else {
            self.last_until(0, from).filter(|&first| begins(first))?
        };
        Some(first..self.last_until(first, to).unwrap_or(first))
    }

    /// The last entry, from this one on, that begins at this place or before.
    fn last_until(&self, near: usize, place: usize) -> Option<usize> {
        let starts = &self.starts[near..];
        let (first, last) = (*starts.first()? as usize, *starts.last()? as usize);
        if place < first {
            return None;
        } else if place >= last {
            return Some(near + starts.len() - 1);
        }
        // Entries are about as long as each other, so one is looked for where it would be if they were,
        // and from there outward in growing steps.
        let is_later = |entry: usize| starts[entry] as usize > place;
        // Both are less than 2³², as are all places.
        let even = (place - first) as u64 * (starts.len() - 1) as u64 / (last - first) as u64;
        let (mut high, mut step) = (starts.len() - 1, 2);
        let mut low = even as usize;
        if is_later(low) {
            high = low;
            while let Some(lower) = high.checked_sub(step)
                && is_later(lower)
            {
                high = lower;
                step *= 2;
            }
            low = high.saturating_sub(step);
        } else {
            while low + step < high && !is_later(low + step) {
                low += step;
                step *= 2;
            }
            high = high.min(low + step);
        }
        let place = |&start: &u32| start as usize <= place;
        Some(near + low + starts[low..high].partition_point(place) - 1)
    }

    /// Takes over entries of the older tree, the first of them as this one. Their places, if they are
    /// wanted, lie as far from the older ones as these two from each other. What was found in them is
    /// looked for from `near` on, most often the next; it is set to what was found behind them.
    fn take_over(
        &mut self,
        older: &Read<Found>,
        taken: &Range<usize>,
        near: &mut usize,
        own: u32,
        places: Option<(usize, usize)>,
    ) {
        let (start, end) = (taken.start as u32, taken.end as u32);
        let is_before = |at: usize| older.found.get(at).is_some_and(|&(entry, _)| entry < start);
        if *near > 0 && !is_before(*near - 1) {
            *near = older.found.partition_point(|&(entry, _)| entry < start);
        }
        while is_before(*near) {
            *near += 1;
        }
        let found = older.found[*near..].iter().take_while(|(entry, _)| *entry < end);
        let before = self.found.len();
        self.found.extend(found.map(|&(entry, found)| (entry - start + own, found)));
        *near += self.found.len() - before;
        if let Some((from, at)) = places {
            // All offsets of a tree fit.
            let shift = (at as u32).wrapping_sub(from as u32);
            let ends = &older.starts[taken.start + 1..=taken.end];
            self.starts.extend(ends.iter().map(|&end| end.wrapping_add(shift)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{history::entries, model::Piece};
    use proptest::prelude::*;

    /// Reads a tree that is there in full.
    fn read_whole<Found: Copy>(
        reader: &mut Reader<Found>,
        bytes: &[u8],
        mut look: impl FnMut(Entry<'_>) -> Option<Found>,
    ) -> Result<(), Malformed> {
        let piece = Piece { to: 0, len: bytes.len(), at: 0, copied: false };
        reader.changed(
            None,
            &Patch { pieces: &[piece], older: b"", inserted: bytes, margin: 0 },
            true,
            |entry, _| look(entry),
        )
    }

    type Listed = Vec<(u32, Vec<u8>, u8)>;

    fn written(list: &[(u32, Vec<u8>, u8)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (mode, name, id) in list {
            bytes.extend_from_slice(format!("{mode:o} ").as_bytes());
            bytes.extend_from_slice(name);
            bytes.push(0);
            bytes.extend_from_slice(&[*id; 20]);
        }
        bytes
    }

    /// Names and ids of entries whose id is even.
    fn wanted(entry: Entry<'_>) -> Option<(u64, u8)> {
        let name = entry.name.iter().fold(7_u64, |sum, &b| sum.wrapping_mul(31) + u64::from(b));
        (entry.id.0[0] & 1 == 0).then_some((name, entry.id.0[0]))
    }

    fn any_tree() -> impl Strategy<Value = Listed> {
        let entry = (
            prop_oneof![Just(0o40000_u32), Just(0o100_644)],
            prop_oneof![
                9 => prop::collection::vec(97_u8..100, 0..4),
                1 => prop::collection::vec(Just(b'n'), 0..300),
            ],
            // Names of objects that look like entries, too.
            prop_oneof![0_u8..6, Just(b' '), Just(b'1')],
        );
        prop::collection::vec(entry, 0..40)
    }

    /// Stretches of the older tree and of junk, in pieces that do not care for entries.
    type Edits = Vec<(prop::sample::Index, prop::sample::Index, Vec<u8>)>;

    fn any_edits() -> impl Strategy<Value = Edits> {
        let inserted = prop_oneof![
            Just(Vec::new()),
            any_tree().prop_map(|tree| written(&tree[..tree.len().min(2)])),
            prop::collection::vec(any::<u8>(), 0..25),
        ];
        prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), inserted),
            0..6,
        )
    }

    fn check(
        reader: &mut Reader<(u64, u8)>,
        older: Option<&Read<(u64, u8)>>,
        patch: &Patch<'_>,
        bytes: &[u8],
    ) {
        let plain: Vec<_> = entries(bytes).map_while(Result::ok).filter_map(wanted).collect();
        let error = entries(bytes).find_map(Result::err);
        let names: Vec<_> = entries(patch.older).map_while(Result::ok).map(|e| e.name).collect();
        let wanted = |entry: Entry<'_>, is_known: bool| {
            assert!(!is_known || names.contains(&entry.name));
            wanted(entry)
        };
        assert_eq!(reader.changed(older, patch, true, wanted).err(), error);
        assert_eq!(reader.found().collect::<Vec<_>>(), plain);
        // Nor does it matter whether it is kept.
        assert_eq!(reader.changed(older, patch, false, wanted).err(), error);
        assert_eq!(reader.found().collect::<Vec<_>>(), plain);
        assert_eq!(reader.changed(older, patch, true, wanted).err(), error);
    }

    proptest! {
        #[test]
        fn made_from_another_or_not_the_same_is_found(
            tree in any_tree(), cut: prop::sample::Index, steps in prop::collection::vec(any_edits(), 1..4))
        {
            let mut reader = Reader::new();
            let whole = written(&tree);
            // Often whole, sometimes cut anywhere.
            let end = cut.index(whole.len() * 2 + 1).min(whole.len());
            let mut older = whole[..end].to_vec();
            let error = read_whole(&mut reader, &older, wanted).err();
            prop_assert_eq!(error, entries(&older).find_map(Result::err));
            for edits in steps {
                let known = reader.remember();
                let (mut newer, mut pieces, mut inserts) = (Vec::new(), Vec::new(), Vec::new());
                for (one, other, inserted) in &edits {
                    let (a, b) = (one.index(older.len() + 1), other.index(older.len() + 1));
                    let (at, len) = (a.min(b), a.abs_diff(b));
                    if len > 0 {
                        pieces.push(Piece { to: newer.len(), len, at, copied: true });
                        newer.extend_from_slice(&older[at..at + len]);
                    }
                    for inserted in inserted.chunks(7) {
                        let (to, at, len) = (newer.len(), inserts.len(), inserted.len());
                        pieces.push(Piece { to, len, at, copied: false });
                        newer.extend_from_slice(inserted);
                        inserts.extend_from_slice(inserted);
                    }
                }
                let patch = Patch { pieces: &pieces, older: &older, inserted: &inserts, margin: 0 };
                check(&mut reader, Some(&known), &patch, &newer);
                older = newer;
            }
        }
    }

    #[test]
    fn of_a_changed_tree_only_what_changed_is_parsed() {
        let list: Listed =
            (0..1000).map(|n| (0o100_644, format!("{n:04}").into_bytes(), 2)).collect();
        let bytes = written(&list);
        let entry = bytes.len() / 1000;
        let mut reader = Reader::new();
        read_whole(&mut reader, &bytes, |_| Some(())).unwrap();
        let older = reader.remember();
        // The 501st entry has another object, the 701st is gone.
        let (seam, gone) = (501 * entry - 20, 700 * entry);
        let piece = |to, len, at, copied| Piece { to, len, at, copied };
        let pieces = [
            piece(0, seam, 0, true),
            piece(seam, 20, 0, false),
            piece(seam + 20, gone - seam - 20, seam + 20, true),
            piece(gone, bytes.len() - gone - entry, gone + entry, true),
        ];
        let patch = Patch { pieces: &pieces, older: &bytes, inserted: &[4; 20], margin: 0 };
        let mut asked = Vec::new();
        let look = |entry: Entry<'_>, is_known| {
            asked.push((entry.name.to_vec(), entry.id.0[0], is_known));
            Some(())
        };
        reader.changed(Some(&older), &patch, false, look).unwrap();
        assert_eq!(asked, [(b"0500".to_vec(), 4, true)]);
        assert_eq!(reader.found().count(), 999);
    }
}
