//! The header of one entry in a pack: its type, its size and, for a delta, its base.

use crate::model::{ObjectId, ObjectKind};

/// What an entry holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A whole object.
    Whole(ObjectKind),
    /// A delta against the entry at this offset of the same pack, which lies before it.
    OffsetDelta(u64),
    /// A delta against the object of this name.
    IdDelta(ObjectId),
}

/// A parsed entry header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryHeader {
    pub(crate) kind: EntryKind,
    /// The size, inflated, of the object or of the delta.
    pub(crate) size: u64,
    /// How many bytes the header takes; the zlib stream follows.
    pub(crate) length: usize,
}

/// Why an entry header cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EntryError {
    #[error("its header is cut short")]
    Short,
    #[error("its header has the unknown type {0}")]
    Type(u8),
    #[error("its header has a number beyond 64 bits")]
    Overflow,
    #[error("its delta base lies outside the pack or behind it")]
    Base,
}

impl EntryHeader {
    /// Reads the header at the start of `bytes`, which begin at `offset` of the pack.
    #[inline]
    pub(crate) fn parse(bytes: &[u8], offset: u64) -> Result<EntryHeader, EntryError> {
        let first = *bytes.first().ok_or(EntryError::Short)?;
        let mut size = u64::from(first & 0x0f);
        let mut at = 1;
        let mut shift = 4;
        let mut more = first & 0x80 != 0;
        while more {
            let byte = *bytes.get(at).ok_or(EntryError::Short)?;
            at += 1;
            let bits = u64::from(byte & 0x7f);
            if shift > 63 || bits << shift >> shift != bits {
                return Err(EntryError::Overflow);
            }
            size |= bits << shift;
            shift += 7;
            more = byte & 0x80 != 0;
        }
        let kind = match first >> 4 & 7 {
            1 => EntryKind::Whole(ObjectKind::Commit),
            2 => EntryKind::Whole(ObjectKind::Tree),
            3 => EntryKind::Whole(ObjectKind::Blob),
            4 => EntryKind::Whole(ObjectKind::Tag),
            6 => {
                let (distance, length) = distance(&bytes[at..])?;
                at += length;
                let base = offset.checked_sub(distance).filter(|base| *base < offset);
                EntryKind::OffsetDelta(base.ok_or(EntryError::Base)?)
            }
            7 => {
                let name = bytes.get(at..at + 20).and_then(ObjectId::from_bytes);
                at += 20;
                EntryKind::IdDelta(name.ok_or(EntryError::Short)?)
            }
            other => return Err(EntryError::Type(other)),
        };
        Ok(EntryHeader { kind, size, length: at })
    }
}

/// The distance back to a delta's base: big-endian groups of seven bits, each further group adding
/// one so that no number has two spellings. Also how many bytes it takes.
#[inline]
fn distance(bytes: &[u8]) -> Result<(u64, usize), EntryError> {
    let mut value: u64 = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let bits = u64::from(byte & 0x7f);
        value =
            value.checked_mul(128).and_then(|v| v.checked_add(bits)).ok_or(EntryError::Overflow)?;
        if byte & 0x80 == 0 {
            return Ok((value, at + 1));
        }
        value = value.checked_add(1).ok_or(EntryError::Overflow)?;
    }
    Err(EntryError::Short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_type_and_size() {
        // 0x95 0x0a: type 1, size 5 + (10 << 4).
        let header = EntryHeader::parse(&[0x95, 0x0a, 0x78], 12).unwrap();
        let kind = EntryKind::Whole(ObjectKind::Commit);
        assert_eq!(header, EntryHeader { kind, size: 165, length: 2 });
    }

    #[test]
    fn reads_the_distance_to_the_base() {
        // 0x80 0x00 is 128 in this spelling.
        let header = EntryHeader::parse(&[0x61, 0x80, 0x00], 1000).unwrap();
        assert_eq!(header.kind, EntryKind::OffsetDelta(872));
        assert_eq!(header.length, 3);
    }

    #[test]
    fn a_delta_on_itself_or_before_the_start_is_refused() {
        assert_eq!(EntryHeader::parse(&[0x61, 0x00], 1000), Err(EntryError::Base));
        assert_eq!(EntryHeader::parse(&[0x61, 0x7f], 100), Err(EntryError::Base));
        assert_eq!(
            EntryHeader::parse(&[&[0x61][..], &[0xff; 12]].concat(), 100),
            Err(EntryError::Overflow)
        );
    }

    #[test]
    fn a_huge_size_is_refused_and_the_greatest_read() {
        let mut bytes = vec![0xbf];
        bytes.extend([0xff; 8]);
        bytes.push(0x0f);
        assert_eq!(EntryHeader::parse(&bytes, 0).unwrap().size, u64::MAX);
        bytes[9] = 0x1f;
        assert_eq!(EntryHeader::parse(&bytes, 0), Err(EntryError::Overflow));
        assert_eq!(EntryHeader::parse(&[0xff; 40], 0), Err(EntryError::Overflow));
    }

    #[test]
    fn types_zero_and_five_are_unknown() {
        assert_eq!(EntryHeader::parse(&[0x00], 0), Err(EntryError::Type(0)));
        assert_eq!(EntryHeader::parse(&[0x50], 0), Err(EntryError::Type(5)));
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..40), offset: u64) {
            if let Ok(header) = EntryHeader::parse(&bytes, offset) {
                prop_assert!(header.length <= bytes.len());
                if let EntryKind::OffsetDelta(base) = header.kind {
                    prop_assert!(base < offset);
                }
            }
        }
    }
}
