//! One pack with its index: opened, checked against each other, and its entries as byte slices.

use std::path::{Path, PathBuf};

use super::{
    bits::Bits,
    entry::{EntryError, EntryHeader},
    index::Index,
    map::{Mapped, OpenError, path_bytes},
};
use crate::model::{Gap, GapReason};

/// "PACK", version, count.
pub(crate) const HEADER: u64 = 12;
pub(crate) const CHECKSUM: usize = 20;
/// The decoder stays in its fast loop as long as so many bytes follow; a stream that really went on
/// into the next entry would fail its own checksum.
const OVERLAP: u64 = 64;
/// Positions and ranks are `u32` with a few values kept for other uses.
pub(crate) const MOST_OBJECTS: u32 = u32::MAX - 16;

/// A pack and its index.
#[derive(Debug)]
pub(crate) struct Entries {
    pub(crate) path: PathBuf,
    pub(crate) index: Index,
    bytes: Mapped,
    /// One past the last byte of the last entry.
    end: u64,
    /// Index positions of objects that are visited elsewhere: in an earlier pack, or at an earlier
    /// position of this one.
    pub(crate) repeats: Bits,
}

impl Entries {
    /// Opens a pack and its index. What is wrong but leaves something to read goes to `gaps`; what
    /// leaves nothing is the error.
    pub(crate) fn open(idx: &Path, gaps: &mut Vec<Gap>) -> Result<Entries, Gap> {
        let path = idx.with_extension("pack");
        let index = Mapped::open(idx).map_err(|error| error.gap("a pack index", idx))?;
        let index = Index::new(index).map_err(|error| {
            damaged(idx, format!("a pack index is damaged and its pack was not read: {error}"))
        })?;
        let bytes = Mapped::open(&path).map_err(|error| without_pack(&error, &path))?;
        Entries::of(path, index, bytes, gaps)
    }

    /// Checks a pack's head and end against its index.
    pub(crate) fn of(
        path: PathBuf,
        index: Index,
        bytes: Mapped,
        gaps: &mut Vec<Gap>,
    ) -> Result<Entries, Gap> {
        let Some((header, rest)) = bytes.split_first_chunk::<{ HEADER as usize }>() else {
            return Err(damaged(&path, "a pack is too short to hold anything".to_owned()));
        };
        let field = |at: usize| u32::from_be_bytes([0, 1, 2, 3].map(|i| header[at + i]));
        if !is_pack(header) {
            return Err(damaged(&path, NO_PACK.to_owned()));
        }
        if index.count() > MOST_OBJECTS {
            let why = format!("a pack was not read: it has more than {MOST_OBJECTS} objects");
            return Err(Gap::new(GapReason::LimitHit, why).at_path(path_bytes(&path)));
        }
        if field(8) != index.count() {
            let (says, knows) = (field(8), index.count());
            let why = format!("a pack says it has {says} objects and its index knows {knows}");
            gaps.push(damaged(&path, why));
        }
        let whole = rest.last_chunk::<CHECKSUM>().is_some_and(|sum| sum == index.pack_checksum());
        if !whole {
            let why = "a pack was cut short or is not the one that its index was made for";
            gaps.push(damaged(&path, why.to_owned()));
        }
        let end = bytes.len() - if whole { CHECKSUM } else { 0 };
        Ok(Entries { path, index, bytes, end: end as u64, repeats: Bits::default() })
    }

    /// A pack with an index that was made for it; `bytes` begin with the pack's header.
    pub(crate) fn indexed(path: PathBuf, bytes: Mapped, index: Index) -> Entries {
        // Whether a checksum follows the last entry or the pack was cut: a stream tells its own end.
        let end = bytes.len() as u64;
        Entries { path, index, bytes, end, repeats: Bits::default() }
    }

    /// The whole pack as it is in its file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// One past the last byte of the last entry.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// The entry header at `offset` and the compressed bytes after it, which end at or soon after
    /// `end` (the next entry's offset, or [`Entries::end`]).
    #[inline]
    pub(crate) fn entry(&self, offset: u64, end: u64) -> Result<(EntryHeader, &[u8]), EntryError> {
        if offset < HEADER {
            return Err(EntryError::Short);
        }
        let end = end.saturating_add(OVERLAP).min(self.end);
        let (from, to) = (offset as usize, end as usize);
        let bytes = self.bytes.get(from..to).ok_or(EntryError::Short)?;
        let header = EntryHeader::parse(bytes, offset)?;
        Ok((header, &bytes[header.length..]))
    }

    /// Where the first entry behind `offset` starts, or the entries end. Looks at the whole index,
    /// so it is for the rare great object outside a traversal.
    pub(crate) fn end_after(&self, offset: u64) -> u64 {
        let offsets = (0..self.index.count()).map(|at| self.index.offset(at));
        offsets.filter(|other| *other > offset).min().unwrap_or(self.end).min(self.end)
    }
}

/// The gap for a pack that did not open, though its index is there.
fn without_pack(error: &OpenError, path: &Path) -> Gap {
    if error.is_missing() {
        let why = "a pack is missing though its index is there, so none of its objects was read; \
                   put it back or fetch again, `git fsck` tells what is lost";
        return Gap::new(GapReason::MissingObject, why).at_path(path_bytes(path));
    }
    error.gap("a pack", path)
}

/// What is said of a file that is no pack.
pub(crate) const NO_PACK: &str =
    "a pack was not read: it has not the header of a pack of version 2 or 3";

/// Whether bytes begin as a pack does.
pub(crate) fn is_pack(bytes: &[u8]) -> bool {
    matches!(bytes, [b'P', b'A', b'C', b'K', 0, 0, 0, 2 | 3, ..])
}

/// A gap for a damaged file.
pub(crate) fn damaged(path: &Path, detail: String) -> Gap {
    Gap::new(GapReason::Damaged, detail).at_path(path_bytes(path))
}
