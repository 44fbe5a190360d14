//! One index file's bytes: header, entries, extensions, checksum.

use crate::model::ObjectId;

/// Bit of [`Record::flags`]: the file is taken as unchanged.
pub(super) const ASSUME_VALID: u32 = 0x8000;
/// Bit of [`Record::flags`]: announced, not added.
pub(super) const INTENT_TO_ADD: u32 = 0x2000 << 16;
/// Bit of [`Record::flags`]: not in the work tree.
pub(super) const SKIP_WORKTREE: u32 = 0x4000 << 16;
const EXTENDED: u32 = 0x4000;

/// Times, device, inode, mode, owner, size, id and flags before each path.
const FIXED: usize = 62;
const HEADER: usize = 12;
const CHECKSUM: usize = 20;
/// Paths of version 4 share their beginnings, so a small file could ask for much memory: this many
/// bytes of path are allowed for each byte of file, and [`LEAST_PATHS`] at least.
const PATHS_PER_BYTE: usize = 16;
const LEAST_PATHS: usize = 64 << 20;

/// One entry; its path is a range of a common buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub(super) start: usize,
    pub(super) length: usize,
    pub(super) id: ObjectId,
    pub(super) mode: u32,
    /// The flags, and the extended flags 16 bits higher.
    pub(super) flags: u32,
}

impl Record {
    /// Its path in the buffer it was decoded with.
    pub(super) fn path<'a>(&self, paths: &'a [u8]) -> &'a [u8] {
        &paths[self.start..self.start + self.length]
    }

    /// 0, or 1 to 3 in a conflict.
    pub(super) fn stage(&self) -> u8 {
        (self.flags >> 12 & 3) as u8
    }

    /// Whether a flag is set.
    pub(super) fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }
}

/// What an index file holds.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    pub(super) records: Vec<Record>,
    pub(super) paths: Vec<u8>,
    /// The `link` extension: a split index.
    pub(super) link: Option<&'a [u8]>,
    /// The `TREE` extension: cached folders.
    pub(super) tree: Option<&'a [u8]>,
    /// The `sdir` extension: sparse folders.
    pub(super) sparse: bool,
    pub(super) checksum: ObjectId,
}

/// Decodes a whole file; an error in words.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, String> {
    let body = bytes
        .len()
        .checked_sub(CHECKSUM)
        .filter(|&body| body >= HEADER)
        .ok_or("it is cut short")?;
    let (body, trailer) = bytes.split_at(body);
    let (header, rest) = body.split_at(HEADER);
    if &header[..4] != b"DIRC" {
        return Err("it does not begin with `DIRC`".to_owned());
    }
    let version = number(&header[4..8]);
    if !(2..=4).contains(&version) {
        return Err(format!("version {version} is unknown"));
    }
    let checksum = ObjectId::from_bytes(trailer).ok_or("it is cut short")?;
    // `index.skipHash` writes zeros.
    if !checksum.is_null() && sha1(body)? != checksum {
        return Err("its checksum does not match".to_owned());
    }
    let mut entries = Entries {
        rest,
        version,
        paths: Vec::new(),
        last: 0..0,
        most: LEAST_PATHS.max(bytes.len().saturating_mul(PATHS_PER_BYTE)),
    };
    let count = number(&header[8..12]) as usize;
    let mut records = Vec::with_capacity(count.min(rest.len() / FIXED));
    for _ in 0..count {
        records.push(entries.next()?);
    }
    let Entries { rest, paths, .. } = entries;
    let mut decoded = Decoded { records, paths, link: None, tree: None, sparse: false, checksum };
    decoded.extensions(rest)?;
    Ok(decoded)
}

impl<'a> Decoded<'a> {
    fn extensions(&mut self, mut rest: &'a [u8]) -> Result<(), String> {
        while !rest.is_empty() {
            let (head, after) = rest.split_at_checked(8).ok_or("an extension is cut short")?;
            let (data, after) = after
                .split_at_checked(number(&head[4..]) as usize)
                .ok_or("an extension is cut short")?;
            match &head[..4] {
                b"link" => self.link = Some(data),
                b"TREE" => self.tree = Some(data),
                b"sdir" => self.sparse = true,
                // An upper-case letter means that it may be ignored.
                [b'A'..=b'Z', ..] => {}
                other => {
                    return Err(format!("the extension `{}` is unknown", other.escape_ascii()));
                }
            }
            rest = after;
        }
        Ok(())
    }
}

struct Entries<'a> {
    rest: &'a [u8],
    version: u32,
    paths: Vec<u8>,
    /// Where the path before this one lies in `paths`.
    last: std::ops::Range<usize>,
    most: usize,
}

impl Entries<'_> {
    fn next(&mut self) -> Result<Record, String> {
        const SHORT: &str = "an entry is cut short";
        let (fixed, mut after) = self.rest.split_at_checked(FIXED).ok_or(SHORT)?;
        let mut flags = number(&[0, 0, fixed[60], fixed[61]]);
        let mut length = FIXED;
        if flags & EXTENDED != 0 {
            if self.version < 3 {
                return Err("an entry of version 2 has extended flags".to_owned());
            }
            let (extended, rest) = after.split_at_checked(2).ok_or(SHORT)?;
            flags |= number(&[0, 0, extended[0], extended[1]]) << 16;
            after = rest;
            length += 2;
        }
        let start = self.paths.len();
        if self.version == 4 {
            let (strip, rest) = varint(after).ok_or(SHORT)?;
            let keep =
                self.last.len().checked_sub(strip).ok_or("a path strips more than there is")?;
            if keep > self.most - self.paths.len().min(self.most) {
                return Err("its paths are too long".to_owned());
            }
            self.paths.extend_from_within(self.last.start..self.last.start + keep);
            after = rest;
        }
        let end = memchr::memchr(0, after).ok_or(SHORT)?;
        self.paths.extend_from_slice(&after[..end]);
        // Before version 4, one to eight zeros pad an entry to a multiple of eight.
        let skip = if self.version == 4 { end + 1 } else { ((length + end + 8) & !7) - length };
        self.rest = after.get(skip..).ok_or(SHORT)?;
        self.last = start..self.paths.len();
        Ok(Record {
            start,
            length: self.last.len(),
            id: ObjectId::from_bytes(&fixed[40..60]).ok_or(SHORT)?,
            mode: number(&fixed[24..28]),
            flags,
        })
    }
}

/// Up to four bytes, the highest first.
pub(super) fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |sum, &byte| sum << 8 | u32::from(byte))
}

/// Git's variable-length number in which every continued byte adds one.
fn varint(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0usize;
    for (at, &byte) in bytes.iter().enumerate() {
        value = value.checked_mul(128)?.checked_add(usize::from(byte & 127))?;
        if byte & 128 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
        value = value.checked_add(1)?;
    }
    None
}

fn sha1(bytes: &[u8]) -> Result<ObjectId, String> {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(bytes);
    let id = hasher.try_finalize().map_err(|_| "its checksum is a forged SHA-1 collision")?;
    ObjectId::from_bytes(id.as_slice()).ok_or_else(|| "its checksum has another length".to_owned())
}
