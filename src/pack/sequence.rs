//! Where the entries of a pack lie, found without an index: one is inflated after the other, since
//! only the end of a zlib stream says where the next entry begins.

use flate2::{Decompress, FlushDecompress, Status};

use super::{
    entries::{CHECKSUM, HEADER, MOST_OBJECTS},
    entry::EntryHeader,
};

/// The entries that were found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// Where each begins, in order.
    pub(crate) offsets: Vec<u64>,
    /// Whether the pack ends where it should: after as many entries as its header says, with a
    /// checksum. (Whether the checksum is right is not looked at: each stream has its own.)
    pub(crate) whole: bool,
}

/// Finds the entries of a pack as far as they can be read. Nothing is kept of what is inflated, so
/// that a size that lies costs nothing.
pub(crate) fn sequence(pack: &[u8]) -> Sequence {
    let mut found = Sequence::default();
    let Some(&[_, _, _, _, _, _, _, _, a, b, c, d]) = pack.first_chunk::<{ HEADER as usize }>()
    else {
        return found;
    };
    let claimed = u32::from_be_bytes([a, b, c, d]) as usize;
    let mut inflater = Decompress::new(true);
    let mut at = HEADER as usize;
    // What follows the last entry that is claimed is looked at, too: git never would.
    while let Some(rest) = pack.get(at..).filter(|rest| !is_end(rest, &found, claimed))
        && found.offsets.len() < MOST_OBJECTS as usize
        && let Some(length) = entry_length(rest, at as u64, &mut inflater)
    {
        found.offsets.push(at as u64);
        at += length;
    }
    found.whole = pack.get(at..).is_some_and(|rest| is_end(rest, &found, claimed));
    found
}

fn is_end(rest: &[u8], found: &Sequence, claimed: usize) -> bool {
    rest.len() == CHECKSUM && found.offsets.len() == claimed
}

/// How many bytes the entry at the start of `rest` takes, which is at `offset` of the pack; `None`
/// if it cannot be read.
fn entry_length(rest: &[u8], offset: u64, inflater: &mut Decompress) -> Option<usize> {
    let header = EntryHeader::parse(rest, offset).ok()?;
    let stream = rest.get(header.length..)?;
    let mut discarded = [0; 16 << 10];
    inflater.reset(true);
    loop {
        let read = usize::try_from(inflater.total_in()).ok()?;
        let before = (inflater.total_in(), inflater.total_out());
        let status =
            inflater.decompress(stream.get(read..)?, &mut discarded, FlushDecompress::None).ok()?;
        let now = (inflater.total_in(), inflater.total_out());
        if now.1 > header.size {
            return None;
        }
        match status {
            Status::StreamEnd if now.1 == header.size => {
                return header.length.checked_add(usize::try_from(now.0).ok()?);
            }
            Status::StreamEnd => return None,
            // Neither read nor written: the stream is cut short.
            _ if now == before => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Packer, id};
    use super::*;
    use proptest::prelude::*;

    fn three() -> (Packer, Vec<u64>) {
        let mut packer = Packer::default();
        let first = packer.blob(1, b"base");
        let offsets = vec![
            first,
            packer.offset_delta(2, first, &[4, 5, 0x90, 4, 1, b'!']),
            packer.blob(3, &[7; 100_000]),
        ];
        (packer, offsets)
    }

    #[test]
    fn every_entry_is_found_and_a_cut_one_ends_it() {
        let (packer, offsets) = three();
        let (pack, _) = packer.bytes();
        assert_eq!(sequence(&pack), Sequence { offsets: offsets.clone(), whole: true });
        let cut = sequence(&pack[..pack.len() - 40]);
        assert_eq!(cut, Sequence { offsets: offsets[..2].to_vec(), whole: false });
        for end in 0..pack.len() {
            let cut = sequence(&pack[..end]);
            assert!(!cut.whole && offsets.starts_with(&cut.offsets), "{end}");
        }
    }

    #[test]
    fn a_count_that_lies_hides_nothing() {
        let (packer, offsets) = three();
        let (mut pack, _) = packer.bytes();
        for claimed in [0_u32, 1, 4, u32::MAX] {
            pack[8..12].copy_from_slice(&claimed.to_be_bytes());
            assert_eq!(sequence(&pack), Sequence { offsets: offsets.clone(), whole: false });
        }
    }

    #[test]
    fn a_size_that_lies_ends_it() {
        for size in [3, 5, u64::MAX >> 8] {
            let mut packer = Packer::default();
            packer.entry(1, 3, size, b"", b"four");
            assert_eq!(sequence(&packer.bytes().0), Sequence::default(), "{size}");
        }
        assert_ne!(id(1), id(2));
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(rest in prop::collection::vec(any::<u8>(), 0..200), count: u32) {
            let pack = [&b"PACK\0\0\0\x02"[..], &count.to_be_bytes(), &rest].concat();
            let found = sequence(&pack);
            prop_assert!(found.offsets.iter().all(|offset| (*offset as usize) < pack.len()));
        }
    }
}
