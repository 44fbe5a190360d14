//! The records of one block: keys that share their beginning with the key before, and values.

use bstr::BString;

use crate::model::ObjectId;

/// Keys may not be longer: a ref's name and nine bytes.
const LONGEST_KEY: usize = 8 << 10;

/// Goes over bytes; `None` is the end of what can be understood.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Cursor { rest }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// A number as offsets of deltas are written: seven bits a byte, one added at each step.
    pub(super) fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        loop {
            let byte = *self.take(1)?.first()?;
            value = value.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
            value = value.checked_add(1)?;
        }
    }

    pub(super) fn id(&mut self) -> Option<ObjectId> {
        ObjectId::from_bytes(self.take(20)?)
    }

    pub(super) fn be16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    /// Bytes with their length before them.
    pub(super) fn text(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.varint()?).ok()?;
        self.take(length)
    }

    /// A record's key, made from the one before, and its three bits of type.
    pub(super) fn key(&mut self, key: &mut BString) -> Option<u8> {
        let shared = usize::try_from(self.varint()?).ok().filter(|shared| *shared <= key.len())?;
        let length_and_type = self.varint()?;
        let suffix = self.take(usize::try_from(length_and_type >> 3).ok()?)?;
        key.truncate(shared);
        key.extend_from_slice(suffix);
        (key.len() <= LONGEST_KEY).then_some((length_and_type & 7) as u8)
    }
}

/// The records of a block's content, without the table of restarts behind them; `None` if that table
/// does not fit.
pub(super) fn records(content: &[u8]) -> Option<Cursor<'_>> {
    let (rest, count) = content.split_last_chunk::<2>()?;
    let restarts = usize::from(u16::from_be_bytes(*count)).checked_mul(3)?;
    let end = rest.len().checked_sub(restarts)?;
    Some(Cursor::new(rest.get(..end)?))
}
