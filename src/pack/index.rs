//! Pack indexes (`.idx`, versions 1 and 2): which object is where in a pack.
//!
//! The format is git's `gitformat-pack(5)`. Everything that a lookup relies on is checked once when
//! the index is opened (table sizes, a fan-out that never falls and agrees with the names, names in
//! order, every 64-bit offset inside its table), so that lookups can neither fail nor panic.

use std::{cmp::Ordering, ops::Range, sync::OnceLock};

use super::{map::Mapped, marks::Marks, prefetch::prefetch};
use crate::model::ObjectId;

pub(super) const MAGIC: [u8; 4] = [0xff, b't', b'O', b'c'];
const FANOUT: usize = 256 * 4;
const NAME: usize = 20;
/// Pack checksum and index checksum at the end.
pub(super) const TRAILER: usize = 2 * NAME;
/// Set in a 32-bit offset of version 2 that is an index into the 64-bit table.
pub(super) const WIDE: u32 = 1 << 31;

/// Why an index cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IndexError {
    #[error("the index is too short for its own tables")]
    Short,
    #[error("the index has the unknown version {0}")]
    Version(u32),
    #[error("the fan-out table of the index is not in order")]
    Fanout,
    #[error("the object names in the index are not in order")]
    Order,
    #[error("an offset in the index points outside its table of large offsets")]
    WideOffset,
}

/// An open, checked index.
#[derive(Debug)]
pub(crate) struct Index<B = Mapped> {
    bytes: B,
    version: u32,
    count: u32,
    /// Where the fan-out table starts.
    fanout: usize,
    /// Where the names start: bare in version 2, each after its offset in version 1.
    names: usize,
    stride: usize,
    /// Where the 32-bit and the 64-bit offsets start (version 2).
    offsets: usize,
    wide: usize,
    repeats: bool,
    /// Where the names begin whose first bits have each value, finer than the fan-out table says; empty
    /// where that table is fine enough. Made when a name is first looked for.
    fine: OnceLock<Vec<u32>>,
    /// Made when it is first asked for.
    marks: OnceLock<Marks>,
}

impl<B: std::ops::Deref<Target = [u8]>> Index<B> {
    /// Takes the bytes of an index and checks all that lookups rely on.
    pub(crate) fn new(bytes: B) -> Result<Self, IndexError> {
        let version = match bytes.first_chunk::<8>() {
            Some(&[a, b, c, d, rest @ ..]) if [a, b, c, d] == MAGIC => u32::from_be_bytes(rest),
            _ => 1,
        };
        let fanout = match version {
            1 => 0,
            2 => 8,
            other => return Err(IndexError::Version(other)),
        };
        let names_table = fanout + FANOUT;
        if bytes.len() < names_table + TRAILER {
            return Err(IndexError::Short);
        }
        let count = be32(&bytes, names_table - 4);
        let n = count as usize;
        let mut index = Index {
            bytes,
            version,
            count,
            fanout,
            names: names_table,
            stride: NAME,
            offsets: 0,
            wide: 0,
            repeats: false,
            fine: OnceLock::new(),
            marks: OnceLock::new(),
        };
        let room = index.bytes.len() - names_table - TRAILER;
        if version == 1 {
            index.names += 4;
            index.stride += 4;
            if n.checked_mul(4 + NAME).is_none_or(|size| size != room) {
                return Err(IndexError::Short);
            }
        } else {
            // Names, checksums (skipped), 32-bit offsets, then as many 64-bit offsets as remain.
            if n.checked_mul(NAME + 4 + 4).is_none_or(|size| size > room) {
                return Err(IndexError::Short);
            }
            index.offsets = names_table + n * (NAME + 4);
            index.wide = index.offsets + n * 4;
            index.check_wide_offsets()?;
        }
        index.check_names()?;
        Ok(index)
    }

    fn check_wide_offsets(&self) -> Result<(), IndexError> {
        let slots = (self.bytes.len() - TRAILER - self.wide) / 8;
        let narrow = &self.bytes[self.offsets..self.wide];
        // One pass without a branch inside finds the greatest slot named, if any.
        let greatest = narrow.as_chunks::<4>().0.iter().map(|raw| u32::from_be_bytes(*raw)).max();
        match greatest {
            Some(offset) if offset & WIDE != 0 && (offset & !WIDE) as usize >= slots => {
                Err(IndexError::WideOffset)
            }
            _ => Ok(()),
        }
    }

    /// Checks that the fan-out never falls, that each name lies in the bucket of its first byte and
    /// that names are in order; notes whether a name occurs twice.
    fn check_names(&mut self) -> Result<(), IndexError> {
        let mut start = 0;
        let mut previous = None;
        for first in 0..=255u8 {
            let end = be32(&self.bytes, self.fanout + usize::from(first) * 4);
            if end < start || end > self.count {
                return Err(IndexError::Fanout);
            }
            for position in start..end {
                let name = self.id(position);
                if name.0[0] != first {
                    return Err(IndexError::Order);
                }
                match previous.cmp(&Some(name)) {
                    Ordering::Less => {}
                    Ordering::Equal => self.repeats = true,
                    Ordering::Greater => return Err(IndexError::Order),
                }
                previous = Some(name);
            }
            start = end;
        }
        Ok(())
    }

    /// How many entries it has; repeated names count each time.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Whether some name occurs more than once.
    pub(crate) fn repeats(&self) -> bool {
        self.repeats
    }

    /// The whole index as it is in its file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The checksum of the pack that this index belongs to.
    pub(crate) fn pack_checksum(&self) -> &[u8] {
        let end = self.bytes.len() - NAME;
        &self.bytes[end - NAME..end]
    }

    fn name(&self, position: u32) -> &[u8] {
        let at = self.names + position as usize * self.stride;
        &self.bytes[at..at + NAME]
    }

    /// The name at a position below [`Index::count`].
    pub(crate) fn id(&self, position: u32) -> ObjectId {
        let mut id = [0; NAME];
        id.copy_from_slice(self.name(position));
        ObjectId(id)
    }

    /// Says that the name at this position will be asked for soon.
    #[inline]
    pub(crate) fn prefetch_id(&self, position: u32) {
        prefetch(self.name(position));
    }

    /// The offset in the pack of the entry at a position below [`Index::count`]. It may point
    /// anywhere: only the pack knows its own size.
    pub(crate) fn offset(&self, position: u32) -> u64 {
        let at = position as usize;
        if self.version == 1 {
            return u64::from(be32(&self.bytes, self.names - 4 + at * self.stride));
        }
        let narrow = be32(&self.bytes, self.offsets + at * 4);
        if narrow & WIDE == 0 {
            return u64::from(narrow);
        }
        let at = self.wide + (narrow & !WIDE) as usize * 8;
        self.bytes[at..at + 8].try_into().map_or(u64::MAX, u64::from_be_bytes)
    }

    /// The positions of names that start with this byte.
    pub(crate) fn bucket(&self, first: u8) -> Range<u32> {
        let at = self.fanout + usize::from(first) * 4;
        let start = if first == 0 { 0 } else { be32(&self.bytes, at - 4) };
        start..be32(&self.bytes, at)
    }

    /// The positions of names that start with as many bits of this one as are known apart, and how many
    /// bits that is.
    fn near(&self, id: &ObjectId) -> (Range<u32>, u32) {
        let fine = self.fine.get_or_init(|| self.fine());
        let Some(bits @ 9..) = fine.len().checked_ilog2() else {
            return (self.bucket(id.0[0]), 8);
        };
        let at = (id.head() >> (64 - bits)) as usize;
        (fine[at]..fine[at + 1], bits)
    }

    /// See [`Index::fine`].
    fn fine(&self) -> Vec<u32> {
        let bits = self.count.checked_ilog2().unwrap_or(0).saturating_sub(2).min(MOST_BITS);
        if bits <= 8 {
            return Vec::new();
        }
        let mut fine = vec![0; (1 << bits) + 1];
        for position in 0..self.count {
            fine[(self.id(position).head() >> (64 - bits)) as usize + 1] += 1;
        }
        let mut sum = 0;
        for slot in &mut fine {
            sum += *slot;
            *slot = sum;
        }
        fine
    }

    /// Which names are there, for who asks of very many.
    pub(super) fn marks(&self) -> &Marks {
        self.marks.get_or_init(|| Marks::new(self.count, (0..self.count).map(|at| self.id(at))))
    }

    /// The first position of that name.
    pub(crate) fn position(&self, id: &ObjectId) -> Option<u32> {
        let (near, bits) = self.near(id);
        let (mut low, mut high) = (near.start, near.end);
        let is_less = |at: u32| self.id(at) < *id;
        // Names are spread evenly unless somebody made them not to be, so one is looked for where it
        // would be then, and from there outward in growing steps: a few looks close together.
        let even = (u128::from(id.head() << bits) * u128::from(high - low)) >> 64;
        let mut at = low + even as u32;
        let mut step = FIRST_STEP;
        while at < high && high - low > FIRST_STEP {
            if is_less(at) {
                low = at + 1;
                at = low.saturating_add(step);
            } else {
                high = at;
                at = at.saturating_sub(step);
                if at < low {
                    break;
                }
            }
            step = step.saturating_mul(2);
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if is_less(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low < near.end && self.name(low) == id.0).then_some(low)
    }
}

/// How far from its even place a name is looked for first.
const FIRST_STEP: u32 = 16;
/// The most bits by which names are told apart before any is looked at: a table of 256 KiB.
const MOST_BITS: u32 = 16;

/// The big-endian number at `at`, which the caller has checked to lie inside.
fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|raw| raw.try_into().ok()).map_or(0, u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::encode::encode;
    use proptest::prelude::*;

    fn id(first: u8, last: u8) -> ObjectId {
        let mut id = [first; 20];
        id[19] = last;
        ObjectId(id)
    }

    #[test]
    fn finds_each_name_and_its_offset() {
        let entries = [(id(0, 1), 12), (id(3, 1), 5 << 32), (id(3, 2), 99), (id(255, 9), 1 << 31)];
        let index = Index::new(encode(&entries)).unwrap();
        assert_eq!(index.count(), 4);
        assert!(!index.repeats());
        for (at, (id, offset)) in entries.iter().enumerate() {
            assert_eq!(index.position(id), Some(at as u32));
            assert_eq!(index.offset(at as u32), *offset);
            assert_eq!(index.id(at as u32), *id);
        }
        assert_eq!(index.position(&id(3, 3)), None);
        assert_eq!(index.position(&id(4, 0)), None);
        assert_eq!(index.pack_checksum(), [0; 20]);
    }

    #[test]
    fn a_repeated_name_is_found_at_its_first_position() {
        let index =
            Index::new(encode(&[(id(1, 1), 1), (id(2, 1), 2), (id(2, 1), 3), (id(2, 1), 4)]))
                .unwrap();
        assert!(index.repeats());
        assert_eq!(index.position(&id(2, 1)), Some(1));
    }

    #[test]
    fn refuses_names_out_of_order() {
        let bytes = encode(&[(id(2, 2), 1), (id(2, 1), 2)]);
        assert_eq!(Index::new(bytes).unwrap_err(), IndexError::Order);
    }

    #[test]
    fn refuses_a_fanout_that_falls() {
        let mut bytes = encode(&[(id(2, 1), 1), (id(2, 2), 2)]);
        bytes[8 + 100 * 4..][..4].copy_from_slice(&1u32.to_be_bytes());
        assert_eq!(Index::new(bytes).unwrap_err(), IndexError::Fanout);
        let mut bytes = encode(&[(id(2, 1), 1), (id(2, 2), 2)]);
        bytes[8 + 100 * 4..][..4].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(Index::new(bytes).unwrap_err(), IndexError::Fanout);
    }

    #[test]
    fn refuses_a_fanout_that_disagrees_with_the_names() {
        let mut bytes = encode(&[(id(2, 1), 1), (id(2, 2), 2)]);
        bytes[8 + 4..][..4].copy_from_slice(&1u32.to_be_bytes());
        assert_eq!(Index::new(bytes).unwrap_err(), IndexError::Order);
    }

    #[test]
    fn refuses_more_names_than_bytes() {
        let mut bytes = encode(&[(id(2, 1), 1)]);
        bytes[8 + 255 * 4..][..4].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(Index::new(bytes).unwrap_err(), IndexError::Short);
    }

    #[test]
    fn refuses_a_wide_offset_without_its_slot() {
        let mut bytes = encode(&[(id(2, 1), 1)]);
        let at = bytes.len() - TRAILER - 4;
        bytes[at..at + 4].copy_from_slice(&(WIDE | 1).to_be_bytes());
        assert_eq!(Index::new(bytes).unwrap_err(), IndexError::WideOffset);
    }

    #[test]
    fn refuses_an_unknown_version_and_a_cut_index() {
        let mut bytes = encode(&[(id(2, 1), 1)]);
        bytes[7] = 3;
        assert_eq!(Index::new(bytes).unwrap_err(), IndexError::Version(3));
        let bytes = encode(&[(id(2, 1), 1), (id(9, 1), 7)]);
        for end in 0..bytes.len() {
            assert!(Index::new(&bytes[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn each_of_many_names_is_found() {
        // Some slots of the finer table are empty, and one holds thousands.
        let name = |n: u32| {
            let mut id = [0; 20];
            let first = if n.is_multiple_of(5) { 0x7777_0000 } else { n.wrapping_mul(0x9e37_79b9) };
            id[..4].copy_from_slice(&first.to_be_bytes());
            id[16..].copy_from_slice(&n.to_be_bytes());
            ObjectId(id)
        };
        let mut names: Vec<ObjectId> = (0..20_000).map(name).collect();
        names.sort();
        let entries: Vec<(ObjectId, u64)> = names.iter().map(|id| (*id, 1)).collect();
        let index = Index::new(encode(&entries)).unwrap();
        for (at, id) in names.iter().enumerate() {
            assert_eq!(index.position(id), Some(at as u32));
        }
        assert!((20_000..40_000).all(|n| index.position(&name(n)).is_none()));
        assert!([0, 255].iter().all(|&end| index.position(&ObjectId([end; 20])).is_none()));
    }

    proptest! {
        #[test]
        fn a_name_is_found_wherever_names_crowd(
            bytes in prop::collection::vec((any::<bool>(), 0u8..4, any::<u8>(), any::<u8>()), 0..300),
            missing in (0u8..4, any::<u8>(), any::<u8>()),
        ) {
            let name = |first: u8, second: u8, last: u8| {
                let mut id = [0; 20];
                (id[0], id[1], id[19]) = (first, second, last);
                ObjectId(id)
            };
            // Half of them in one crowd.
            let mut entries: Vec<(ObjectId, u64)> = bytes
                .into_iter()
                .map(|(crowded, a, b, c)| (if crowded { name(2, 7, c) } else { name(a, b, c) }, 1))
                .collect();
            entries.sort();
            let index = Index::new(encode(&entries)).unwrap();
            let asked = name(missing.0, missing.1, missing.2);
            for id in entries.iter().map(|(id, _)| *id).chain([asked]) {
                let plain = entries.iter().position(|(known, _)| *known == id);
                prop_assert_eq!(index.position(&id), plain.map(|at| at as u32));
            }
        }

        #[test]
        fn damaged_bytes_never_panic(changes in prop::collection::vec((0usize..1200, any::<u8>()), 1..8)) {
            let mut bytes = encode(&[(id(0, 1), 12), (id(3, 1), 5 << 32), (id(3, 2), 99)]);
            let end = bytes.len();
            changes.iter().for_each(|(at, value)| bytes[at % end] = *value);
            if let Ok(index) = Index::new(bytes) {
                for position in 0..index.count() {
                    index.offset(position);
                    prop_assert!(index.position(&index.id(position)).is_some());
                }
            }
        }
    }
}
