//! One table: header, blocks of refs and of log entries, footer.
//!
//! Read from front to back, without the indexes in it: all is wanted. Blocks of refs may be padded
//! with zero bytes; those of logs are deflated, and only the end of their stream says where the next
//! block begins.

use bstr::BString;
use flate2::{Decompress, FlushDecompress, Status};

use super::{
    super::ref_value::Value,
    log::Entry,
    record::{Cursor, records},
};
use crate::model::GapReason;

/// How many bytes of names and texts are kept of all tables of a git folder: keys share their
/// beginnings, so that a small file may stand for much.
pub(super) const ROOM: usize = 512 << 20;

/// What one table says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// Names and values; `None` for a ref that is deleted.
    pub(super) refs: Vec<(BString, Option<Value>)>,
    /// The entries of logs.
    pub(super) logs: Vec<Entry>,
}

/// What is wrong with a table.
type Wrong = (GapReason, &'static str);

const DAMAGED: Wrong =
    (GapReason::Damaged, "a table of refs is damaged; what came before was read");
const LIMIT: Wrong = (GapReason::LimitHit, "the tables of refs hold too much text");

impl Table {
    /// Reads a table as far as it can be read. `room` is how much text may still be kept.
    pub(super) fn read(bytes: &[u8], room: &mut usize) -> (Table, Option<Wrong>) {
        let mut table = Table::default();
        let wrong = table.fill(bytes, room).err();
        (table, wrong)
    }

    fn fill(&mut self, bytes: &[u8], room: &mut usize) -> Result<(), Wrong> {
        let (header, footer) = match bytes.get(..5) {
            Some(b"REFT\x01") => (24, 68),
            Some(b"REFT\x02") if bytes.get(24..28) == Some(b"sha1") => (28, 72),
            Some(b"REFT\x02") => {
                return Err((GapReason::Damaged, "a table of refs names objects by another hash"));
            }
            _ => return Err((GapReason::Damaged, "a table of refs was not read: it is none")),
        };
        let end = bytes.len().checked_sub(footer).filter(|end| *end >= header).ok_or(DAMAGED)?;
        let (summed, sum) = bytes[end..].split_last_chunk::<4>().ok_or(DAMAGED)?;
        let is_whole = summed[..header] == bytes[..header]
            && crc32fast::hash(summed) == u32::from_be_bytes(*sum);
        let mut at = header;
        while let Some(block) = bytes.get(at..end).filter(|block| !block.is_empty()) {
            if block[0] == 0 {
                // Padding.
                at += block.iter().take_while(|byte| **byte == 0).count();
                continue;
            }
            let (&[kind, a, b, c], content) = block.split_first_chunk().ok_or(DAMAGED)?;
            let length = u32::from_be_bytes([0, a, b, c]) as usize;
            // The first block's length counts the table's header, too.
            let before = if at == header { header } else { 0 };
            let length = length.checked_sub(before + 4).ok_or(DAMAGED)?;
            at += 4;
            at += match kind {
                b'g' => {
                    let (content, read) = inflate(content, length).ok_or(DAMAGED)?;
                    self.logs(&content, room)?;
                    read
                }
                b'r' => {
                    self.refs(content.get(..length).ok_or(DAMAGED)?, room)?;
                    length
                }
                b'i' | b'o' => length,
                _ => return Err(DAMAGED),
            };
        }
        if is_whole { Ok(()) } else { Err(DAMAGED) }
    }

    fn refs(&mut self, content: &[u8], room: &mut usize) -> Result<(), Wrong> {
        let mut records = records(content).ok_or(DAMAGED)?;
        let mut name = BString::default();
        while !records.is_at_end() {
            let value = ref_record(&mut records, &mut name).ok_or(DAMAGED)?;
            *room = room.checked_sub(name.len() + size_of::<Value>()).ok_or(LIMIT)?;
            self.refs.push((name.clone(), value));
        }
        Ok(())
    }

    fn logs(&mut self, content: &[u8], room: &mut usize) -> Result<(), Wrong> {
        let mut records = records(content).ok_or(DAMAGED)?;
        let mut key = BString::default();
        while !records.is_at_end() {
            let entry = Entry::read(&mut records, &mut key).ok_or(DAMAGED)?;
            *room = room.checked_sub(entry.room()).ok_or(LIMIT)?;
            self.logs.push(entry);
        }
        Ok(())
    }
}

fn ref_record(records: &mut Cursor<'_>, name: &mut BString) -> Option<Option<Value>> {
    let kind = records.key(name)?;
    let _update_index = records.varint()?;
    Some(match kind {
        0 => None,
        1 => Some(Value::Id(records.id()?, None)),
        2 => Some(Value::Id(records.id()?, Some(records.id()?))),
        3 => Some(Value::Symbolic(records.text()?.into())),
        _ => return None,
    })
}

/// Inflates a block of `length` bytes; also how many bytes its stream takes.
fn inflate(stream: &[u8], length: usize) -> Option<(Vec<u8>, usize)> {
    let mut inflater = Decompress::new(true);
    let mut out = Vec::new();
    // A length has 24 bits, so a lie costs 16 MiB at most, and only as far as bytes come.
    while out.len() <= length {
        out.reserve((length + 1 - out.len()).min(64 << 10));
        let before = (inflater.total_in(), inflater.total_out());
        let read = usize::try_from(before.0).ok()?;
        let status =
            inflater.decompress_vec(stream.get(read..)?, &mut out, FlushDecompress::None).ok()?;
        if status == Status::StreamEnd {
            let read = usize::try_from(inflater.total_in()).ok()?;
            return (out.len() == length).then_some((out, read));
        }
        if before == (inflater.total_in(), inflater.total_out()) {
            return None;
        }
    }
    None
}
