//! Log entries, and the logs that they make: each as the text that git would keep in a file.

use std::{cmp::Reverse, collections::BTreeMap, fmt::Write};

use bstr::{BString, ByteSlice};

use super::{record::Cursor, table::Table};
use crate::model::ObjectId;

/// One ref's log.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::git) struct Log {
    /// The ref's name.
    pub(in crate::git) name: BString,
    /// What the ref pointed to, each once, without the null id; sorted.
    pub(in crate::git) ids: Vec<ObjectId>,
    /// The text of the file that it would be.
    pub(in crate::git) text: Vec<u8>,
}

/// One entry of a ref's log.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    name: BString,
    /// Which change of the repository it tells of.
    update: u64,
    /// `None` where the entry of this change is deleted.
    line: Option<Line>,
}

#[derive(Debug, PartialEq, Eq)]
struct Line {
    new_id: ObjectId,
    text: BString,
}

impl Entry {
    /// Reads one record; `key` is the one before and becomes its own.
    pub(super) fn read(records: &mut Cursor<'_>, key: &mut BString) -> Option<Entry> {
        let kind = records.key(key)?;
        let (name, update) = key.split_last_chunk::<8>()?;
        let name = BString::from(name.strip_suffix(b"\0")?);
        let update = u64::MAX - u64::from_be_bytes(*update);
        let line = match kind {
            0 => None,
            1 => Some(Line::read(records)?),
            _ => return None,
        };
        Some(Entry { name, update, line })
    }

    /// What it takes to keep.
    pub(super) fn room(&self) -> usize {
        let text = self.line.as_ref().map_or(0, |line| line.text.len());
        self.name.len() + text + size_of::<Entry>()
    }
}

impl Line {
    fn read(records: &mut Cursor<'_>) -> Option<Line> {
        let (old_id, new_id) = (records.id()?, records.id()?);
        let (name, email) = (records.text()?, records.text()?);
        let seconds = records.varint()?;
        let minutes = i32::from(records.be16()?.cast_signed());
        let message = records.text()?;
        let mut text = format!("{old_id} {new_id} ").into_bytes();
        text.extend_from_slice(name);
        text.extend_from_slice(b" <");
        text.extend_from_slice(email);
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
        let mut time = String::new();
        write!(time, "> {seconds} {sign}{hours:02}{minutes:02}\t").ok()?;
        text.extend_from_slice(time.as_bytes());
        text.extend_from_slice(message.trim_end_with(|c| c == '\n'));
        text.push(b'\n');
        Some(Line { new_id, text: text.into() })
    }
}

/// The logs of all tables, the oldest table first. What a later table deletes leads nowhere any more,
/// but is searched: its text is still there.
pub(super) fn merged(tables: Vec<Table>) -> Vec<Log> {
    // By ref, then by change; of each the texts in all tables, the last table's in front.
    let mut logs: BTreeMap<BString, BTreeMap<u64, Vec<Option<Line>>>> = BTreeMap::new();
    for entry in tables.into_iter().rev().flat_map(|table| table.logs) {
        logs.entry(entry.name).or_default().entry(entry.update).or_default().push(entry.line);
    }
    let one = |(name, changes): (BString, BTreeMap<u64, Vec<Option<Line>>>)| {
        let live = changes.values().filter_map(|texts| texts.first()?.as_ref());
        // What a ref pointed to before is the new id of the entry before, unless that was deleted.
        let mut ids: Vec<ObjectId> = live.map(|line| line.new_id).collect();
        ids.retain(|id| !id.is_null());
        ids.sort_unstable();
        ids.dedup();
        let mut texts: Vec<(u64, Reverse<usize>, BString)> = Vec::new();
        for (update, lines) in changes {
            let lines = lines.into_iter().enumerate();
            texts.extend(lines.filter_map(|(at, line)| Some((update, Reverse(at), line?.text))));
        }
        texts.sort_unstable_by_key(|(update, at, _)| (*update, *at));
        let mut bytes: Vec<u8> = Vec::new();
        let mut last = None;
        for (_, _, text) in &texts {
            if last.replace(text) != Some(text) {
                bytes.extend_from_slice(text);
            }
        }
        Log { name, ids, text: bytes }
    };
    logs.into_iter().map(one).collect()
}
