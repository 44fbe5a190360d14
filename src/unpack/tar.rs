//! Tar archives: headers of 512 bytes, each before the bytes it tells of.
//!
//! The `tar` crate reads the fields. Its loop is not used: it reads long names whole, however long a
//! hostile archive says they are, and ends at the first damaged header. This one goes on to the next
//! that is whole.

use std::io::Read;

use bstr::BString;
use tar::{EntryType, Header};

use super::{
    Input, Member, Meter, Trouble, Visit, kind::is_tar_header, stream::show, watch::Watched,
};

/// Headers and padding come in blocks of this size.
const BLOCK: usize = 512;
/// The longest name that is read, in bytes, and the longest list of attributes.
const LONGEST_NAME: u64 = 64 << 10;
const LONGEST_LIST: u64 = 1 << 20;

/// What headers say of the member behind them.
#[derive(Default)]
struct Ahead {
    name: Option<BString>,
    link: Option<BString>,
    size: Option<u64>,
}

/// Tells of every member.
pub(super) fn open(input: &mut Input<'_>, meter: &Meter<'_>, visit: &mut dyn Visit) {
    let mut ahead = Ahead::default();
    let (mut is_damaged, mut after_end) = (false, false);
    while !meter.is_over() {
        let block = input.peek(BLOCK);
        let Some(block) = block.first_chunk::<BLOCK>() else {
            // An archive ends with blocks of zeros.
            is_damaged |= !after_end;
            break;
        };
        let block = *block;
        input.skip(BLOCK);
        if block == [0; BLOCK] {
            after_end = true;
        } else if is_tar_header(&block) {
            after_end = false;
            entry(&block, &mut ahead, input, meter, visit);
        } else {
            is_damaged |= !after_end;
        }
    }
    if is_damaged && !meter.is_over() {
        visit.trouble(None, Trouble::damaged("has a damaged header or ends early"));
    }
}

/// One header and what stands behind it.
fn entry(
    block: &[u8; BLOCK],
    ahead: &mut Ahead,
    input: &mut Input<'_>,
    meter: &Meter<'_>,
    visit: &mut dyn Visit,
) {
    let header = Header::from_byte_slice(block);
    let kind = header.entry_type();
    let stated = header.entry_size().unwrap_or(0);
    match kind {
        EntryType::GNULongName => ahead.name = Some(long_name(input, stated)),
        EntryType::GNULongLink => ahead.link = Some(long_name(input, stated)),
        EntryType::XHeader | EntryType::XGlobalHeader => {
            let list = text(input, stated, LONGEST_LIST);
            if kind == EntryType::XHeader {
                attributes(&list, ahead);
            }
        }
        _ => {
            let Ahead { name, link, size } = std::mem::take(ahead);
            let name = name.unwrap_or_else(|| header.path_bytes().into_owned().into());
            let link = link.or_else(|| header.link_name_bytes().map(|l| l.into_owned().into()));
            let mut size = size.unwrap_or(stated);
            if kind == EntryType::GNUSparse {
                skip_sparse_map(header, input);
            }
            // Only files have bytes; a link or a device may name a size that is none.
            let is_file = !matches!(kind.as_byte(), b'1'..=b'6');
            if !is_file && (is_tar_header(input.peek(BLOCK)) || input.peek(BLOCK) == [0; BLOCK]) {
                size = 0;
            }
            let link = link.filter(|link| !link.is_empty());
            member(name, link, size, input, meter, visit);
        }
    }
}

fn member(
    name: BString,
    link: Option<BString>,
    size: u64,
    input: &mut Input<'_>,
    meter: &Meter<'_>,
    visit: &mut dyn Visit,
) {
    let trouble = match link {
        Some(link) if meter.member() => {
            let mut watched = Watched::new(input.take(size), meter);
            let name = Some(name.clone());
            visit.member(Member { name, link: Some(link), content: &mut watched });
            watched.finish();
            watched.inner.limit() > 0
        }
        _ => {
            let mut content = input.take(size);
            show(Some(&name), &mut content, meter, visit);
            content.limit() > 0
        }
    };
    skip_padding(input, size);
    if trouble && !meter.is_over() {
        visit.trouble(Some(&name), Trouble::damaged("ends early"));
    }
}

fn skip_padding(input: &mut Input<'_>, size: u64) {
    let over = size % BLOCK as u64;
    if over > 0 {
        input.skip_long(BLOCK as u64 - over);
    }
}

/// The next `size` bytes, of which at most `most` are kept.
fn text(input: &mut Input<'_>, size: u64, most: u64) -> Vec<u8> {
    let mut text = Vec::new();
    let kept = size.min(most);
    // What cannot be read is not there.
    let _ = input.take(kept).read_to_end(&mut text);
    input.skip_long(size - kept);
    skip_padding(input, size);
    text
}

fn long_name(input: &mut Input<'_>, size: u64) -> BString {
    let mut name = text(input, size, LONGEST_NAME);
    if name.last() == Some(&0) {
        name.pop();
    }
    name.into()
}

/// The records of a pax header, `<length> <key>=<value>\n`.
fn attributes(list: &[u8], ahead: &mut Ahead) {
    let mut rest = list;
    while let Some(space) = memchr::memchr(b' ', rest) {
        let length = std::str::from_utf8(&rest[..space]).ok().and_then(|n| n.parse().ok());
        let Some(record) = length.and_then(|length: usize| rest.get(space + 1..length)) else {
            return;
        };
        rest = &rest[space + 1 + record.len()..];
        let record = record.strip_suffix(b"\n").unwrap_or(record);
        let Some(equals) = memchr::memchr(b'=', record) else { continue };
        let value = &record[equals + 1..];
        match &record[..equals] {
            b"path" | b"GNU.sparse.name" => ahead.name = Some(value.into()),
            b"linkpath" => ahead.link = Some(value.into()),
            b"size" => {
                ahead.size = std::str::from_utf8(value).ok().and_then(|n| n.parse().ok());
            }
            _ => {}
        }
    }
}

/// Passes over the blocks that go on with an old GNU header's list of holes. The bytes of a sparse
/// file are read as they are stored, without its holes.
fn skip_sparse_map(header: &Header, input: &mut Input<'_>) {
    let mut goes_on = header.as_gnu().is_some_and(|gnu| gnu.is_extended());
    while goes_on {
        goes_on = input.peek(BLOCK).get(504).is_some_and(|&flag| flag == 1);
        input.skip(BLOCK);
    }
}
