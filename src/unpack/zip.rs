//! Zip archives, from one local header to the next (APPNOTE.TXT 4.3.7).
//!
//! A member ends where its stream of compressed bytes does, or where its header says; the next one
//! is looked for from there on, whatever lies between. The directory at the end is not needed, so an
//! archive can be read as a stream, and what only the directory leaves out is read all the same.

use std::io::Read;

use flate2::bufread::DeflateDecoder;
use memchr::memmem;

use super::{
    Input, Kind, Meter, Trouble, Visit,
    stored::Stored,
    stream::{decoder, show},
};
use crate::model::GapReason;

/// What local headers and the directory's records begin with.
const LOCAL: &[u8] = b"PK\x03\x04";
const DIRECTORY: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
/// The fixed part of a local header.
const HEADER: usize = 30;

/// What a local header says.
struct Header {
    flags: u16,
    method: u16,
    /// `None` where it is told behind the member.
    packed: Option<u64>,
    name: Vec<u8>,
}

/// Tells of every member.
pub(super) fn open(input: &mut Input<'_>, meter: &Meter<'_>, visit: &mut dyn Visit) {
    let mut has_directory = false;
    while find(input, &mut has_directory) && !meter.is_over() {
        let Some(header) = read_header(input) else {
            // Two letters of chance.
            input.skip(LOCAL.len());
            continue;
        };
        member(&header, input, meter, visit);
    }
    if !has_directory && !meter.is_over() {
        visit.trouble(None, Trouble::damaged("ends before its directory"));
    }
}

/// Goes on to the next local header and says whether there is one.
fn find(input: &mut Input<'_>, has_directory: &mut bool) -> bool {
    loop {
        let ahead = input.peek(32 << 10);
        if ahead.len() < LOCAL.len() {
            return false;
        }
        *has_directory |= ahead.starts_with(DIRECTORY) || ahead.starts_with(END);
        let mut marks = memmem::find_iter(ahead, b"PK");
        let is_mark = |at: &usize| {
            ahead.get(at + 2..at + 4).is_none_or(|rest| matches!(rest, [3, 4] | [1, 2] | [5, 6]))
        };
        match marks.find(is_mark) {
            Some(0) if ahead.starts_with(LOCAL) => return true,
            Some(0) => input.skip(1),
            Some(at) => input.skip(at),
            // A mark may begin with the last byte.
            None => {
                let seen = ahead.len() - 1;
                input.skip(seen);
            }
        }
    }
}

/// Takes a local header, if it can be one.
fn read_header(input: &mut Input<'_>) -> Option<Header> {
    let fixed: [u8; HEADER] = input.peek(HEADER).try_into().ok()?;
    let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
    let long = |at: usize| u32::from(short(at)) | u32::from(short(at + 2)) << 16;
    let (flags, method) = (short(6), short(8));
    let (name_length, extra_length) = (usize::from(short(26)), usize::from(short(28)));
    if !matches!(method, 0..=20 | 93..=99) || name_length == 0 && extra_length > 1024 {
        return None;
    }
    input.skip(HEADER);
    let mut name = vec![0; name_length];
    let mut extra = vec![0; extra_length];
    input.read_exact(&mut name).ok()?;
    input.read_exact(&mut extra).ok()?;
    let packed = match (flags & 8 != 0, long(18)) {
        (true, 0 | u32::MAX) => None,
        (_, u32::MAX) => long_size(&extra),
        (_, size) => Some(u64::from(size)),
    };
    Some(Header { flags, method, packed, name })
}

/// The compressed size that a zip64 field names (4.5.3): behind the other size.
fn long_size(extra: &[u8]) -> Option<u64> {
    let mut rest = extra;
    while let [a, b, c, d, tail @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*c, *d])).min(tail.len());
        let (field, next) = tail.split_at(length);
        if u16::from_le_bytes([*a, *b]) == 1 {
            return field.get(8..16).and_then(|n| n.try_into().ok()).map(u64::from_le_bytes);
        }
        rest = next;
    }
    None
}

fn member(header: &Header, input: &mut Input<'_>, meter: &Meter<'_>, visit: &mut dyn Visit) {
    let name = Some(header.name.as_slice());
    let packed = header.packed;
    if header.flags & 1 != 0 {
        if show(name, std::io::empty(), meter, visit).is_none() {
            let what = "is encrypted";
            visit.trouble(name, Trouble::new(GapReason::ArchiveEncrypted, what));
        }
        input.skip_long(packed.unwrap_or(0));
        return;
    }
    let trouble = match (header.method, packed) {
        (0, Some(size)) => {
            let mut content = input.take(size);
            let trouble = show(name, &mut content, meter, visit);
            let is_short = content.limit() > 0 && !meter.is_over();
            trouble.or_else(|| is_short.then(|| Trouble::damaged("ends early")))
        }
        (0, None) => show(name, Stored::new(input), meter, visit),
        // Its own end counts, not what the header says of it.
        (8, _) => show(name, DeflateDecoder::new(&mut *input), meter, visit),
        (12 | 93 | 95, Some(size)) => {
            let kind = match header.method {
                12 => Kind::Bzip2,
                93 => Kind::Zstd,
                _ => Kind::Xz,
            };
            let mut packed = input.take(size);
            let trouble = match decoder(kind, &mut packed) {
                Ok(content) => show(name, content, meter, visit),
                Err(_) => Some(Trouble::damaged("cannot be unpacked")),
            };
            let left = packed.limit();
            input.skip_long(left);
            trouble
        }
        (method, packed) => {
            show(name, std::io::empty(), meter, visit);
            input.skip_long(packed.unwrap_or(0));
            let what = format!("is packed by method {method}, which is not known");
            Some(Trouble::new(GapReason::ArchiveUnsupported, what))
        }
    };
    if let Some(trouble) = trouble {
        visit.trouble(name, trouble);
    }
}
