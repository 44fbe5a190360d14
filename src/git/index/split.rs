//! The `link` extension: an index that only says what differs from a shared one.
//!
//! Two bitmaps over the shared entries, in the EWAH encoding of git's `Documentation/technical/bitmap-format.txt`, tell which
//! are deleted and which are replaced by the first entries of this file (which then have no path of
//! their own); the others are added.

use std::collections::BTreeMap;

use super::decode::{Record, number};
use crate::model::ObjectId;

/// What is to be done with the shared entries.
#[derive(Debug, Default)]
pub(super) struct Changes<'a> {
    deleted: Option<Ewah<'a>>,
    replaced: Option<Ewah<'a>>,
}

/// Reads the extension: the checksum of the shared index, and the changes.
pub(super) fn link(data: &[u8]) -> Result<(ObjectId, Changes<'_>), String> {
    const SHORT: &str = "the link to its shared index is cut short";
    let (id, rest) = data.split_at_checked(20).ok_or(SHORT)?;
    let id = ObjectId::from_bytes(id).ok_or(SHORT)?;
    if rest.is_empty() {
        return Ok((id, Changes::default()));
    }
    let (deleted, rest) = Ewah::split_off(rest).ok_or(SHORT)?;
    let (replaced, rest) = Ewah::split_off(rest).ok_or(SHORT)?;
    if !rest.is_empty() {
        return Err("the link to its shared index has too many bytes".to_owned());
    }
    Ok((id, Changes { deleted: Some(deleted), replaced: Some(replaced) }))
}

/// Applies the changes to the shared records and paths.
pub(super) fn merge(
    (mut base, mut paths): (Vec<Record>, Vec<u8>),
    own: Vec<Record>,
    own_paths: &[u8],
    changes: Changes<'_>,
) -> Result<(Vec<Record>, Vec<u8>), String> {
    const BITMAP: &str = "a bitmap of its shared index makes no sense";
    let bits = |bitmap: Option<Ewah<'_>>| {
        bitmap.map_or(Some(vec![false; base.len()]), |bitmap| bitmap.bits(base.len()))
    };
    let deleted = bits(changes.deleted).ok_or(BITMAP)?;
    let replaced = bits(changes.replaced).ok_or(BITMAP)?;
    let mut own = own.into_iter();
    for (record, _) in base.iter_mut().zip(&replaced).filter(|(_, replaced)| **replaced) {
        let new = own
            .next()
            .filter(|new| new.length == 0)
            .ok_or("it replaces shared entries that it does not hold")?;
        *record = Record { start: record.start, length: record.length, ..new };
    }
    let mut deleted = deleted.into_iter();
    base.retain(|_| !deleted.next().unwrap_or(false));
    let offset = paths.len();
    paths.extend_from_slice(own_paths);
    let added: BTreeMap<(&[u8], u8), Record> = own
        .map(|record| Record { start: record.start + offset, ..record })
        .map(|record| ((record.path(&paths), record.stage()), record))
        .collect();
    base.retain(|record| !added.contains_key(&(record.path(&paths), record.stage())));
    base.extend(added.values());
    base.sort_by(|a, b| super::order(&paths, a, b));
    drop(added);
    Ok((base, paths))
}

/// A compressed bitmap: words of 64 bits, the highest byte first. A marker word holds a bit (bit 0),
/// how many words of it follow unwritten (32 bits), and how many written words come next (31 bits).
#[derive(Debug)]
struct Ewah<'a> {
    words: &'a [u8],
}

impl<'a> Ewah<'a> {
    fn split_off(data: &'a [u8]) -> Option<(Ewah<'a>, &'a [u8])> {
        let (head, rest) = data.split_at_checked(8)?;
        let (words, rest) = rest.split_at_checked((number(&head[4..]) as usize).checked_mul(8)?)?;
        // The position of the last marker serves only those who append.
        Some((Ewah { words }, rest.get(4..)?))
    }

    /// The first `length` bits; `None` if a bit is set beyond them.
    fn bits(&self, length: usize) -> Option<Vec<bool>> {
        let mut bits = vec![false; length];
        let mut at = 0usize;
        let mut words = self
            .words
            .chunks_exact(8)
            .map(|word| u64::from(number(word)) << 32 | u64::from(number(&word[4..])));
        while let Some(marker) = words.next() {
            let run = usize::try_from(marker >> 1 & 0xffff_ffff).ok()?.checked_mul(64)?;
            let end = at.checked_add(run)?;
            if marker & 1 == 1 && run > 0 {
                bits.get_mut(at..end)?.fill(true);
            }
            at = end;
            for _ in 0..marker >> 33 {
                let word = words.next()?;
                for bit in (0..64).filter(|bit| word >> bit & 1 == 1) {
                    *bits.get_mut(at.checked_add(bit)?)? = true;
                }
                at = at.checked_add(64)?;
            }
        }
        Some(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(words: &[u64], length: usize) -> Option<Vec<usize>> {
        let mut data = [1, words.len() as u32].map(u32::to_be_bytes).concat();
        data.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        data.extend([0; 4]);
        let (ewah, rest) = Ewah::split_off(&data)?;
        assert!(rest.is_empty());
        Some(
            ewah.bits(length)?
                .into_iter()
                .enumerate()
                .filter(|bit| bit.1)
                .map(|bit| bit.0)
                .collect(),
        )
    }

    #[test]
    fn runs_and_written_words_are_read() {
        // One word of zeros, then a written word with bits 0 and 5; then one word of ones.
        let words = [1 << 1 | 1 << 33, 0b10_0001, 1 << 1 | 1];
        let mut expected = vec![64, 69];
        expected.extend(128..192);
        assert_eq!(bits(&words, 192), Some(expected));
    }

    #[test]
    fn bits_beyond_the_entries_and_missing_words_are_refused() {
        assert_eq!(bits(&[1 << 33, 1 << 3], 4), Some(vec![3]));
        assert_eq!(bits(&[1 << 33, 1 << 4], 4), None);
        assert_eq!(bits(&[1 << 33], 4), None);
        assert_eq!(bits(&[0xffff_ffff << 1 | 1], 4), None);
        assert_eq!(bits(&[0xffff_ffff << 1], 4), Some(vec![]));
    }
}
