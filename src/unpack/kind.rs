//! Which container bytes are, told by their first bytes and, for a zip archive behind something
//! else, by their last.

use memchr::memmem;

use crate::model::Layer;

/// How many of the first bytes tell the kind: as many as a tar header has.
pub const HEAD: usize = 512;

/// A kind of container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// The xz file format 1.2.
    Xz,
    /// As `bzip2` writes it.
    Bzip2,
    /// APPNOTE.TXT of PKWARE; also with something else in front.
    Zip,
    /// ustar, pax, GNU and the seventh edition's.
    Tar,
    /// One that is known and not opened, by its name.
    Unknown(&'static str),
}

/// The beginnings of containers.
const MAGIC: [(&[u8], Kind); 11] = [
    (b"PK\x03\x04", Kind::Zip),
    (b"PK\x05\x06", Kind::Zip),
    // A multi-volume archive that came out as one volume.
    (b"PK\x07\x08PK\x03\x04", Kind::Zip),
    (b"PK00PK\x03\x04", Kind::Zip),
    (b"\x1f\x8b\x08", Kind::Gzip),
    (b"\x28\xb5\x2f\xfd", Kind::Zstd),
    (b"\xfd7zXZ\0", Kind::Xz),
    (b"7z\xbc\xaf\x27\x1c", Kind::Unknown("7z")),
    (b"Rar!\x1a\x07\x01\0", Kind::Unknown("RAR")),
    (b"Rar!\x1a\x07\0", Kind::Unknown("RAR")),
    (b"MSCF\0\0\0\0", Kind::Unknown("cabinet")),
];

/// `BZh`, the block size, and the beginning of a block or of the end.
const BZIP2_BLOCK: &[u8] = b"1AY&SY";
const BZIP2_END: &[u8] = b"\x17\x72\x45\x38\x50\x90";

/// The record at the end of a zip archive (APPNOTE.TXT 4.3.16).
const END_RECORD: &[u8] = b"PK\x05\x06";
/// How much of the end of a file is searched for that record, in bytes: it and a comment of some
/// length.
pub const TAIL: usize = 1024;
/// How far into a file that begins as a program or script an archive is looked for, where only the
/// beginning is known.
const PROGRAMS: [&[u8]; 3] = [b"#!", b"MZ", b"\x7fELF"];

/// Where the checksum stands in a tar header.
const CHECKSUM: std::ops::Range<usize> = 148..156;

impl Kind {
    /// Tells the kind by the first bytes: [`HEAD`] of them, if there are so many, or more.
    pub fn of(head: &[u8]) -> Option<Kind> {
        let known = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, kind)| *kind);
        known
            .or_else(|| is_bzip2(head).then_some(Kind::Bzip2))
            .or_else(|| is_tar_header(head).then_some(Kind::Tar))
            .or_else(|| is_program_before_zip(head).then_some(Kind::Zip))
    }

    /// Tells the kind of bytes that are all there is.
    pub fn of_whole(bytes: &[u8]) -> Option<Kind> {
        let head = &bytes[..bytes.len().min(HEAD)];
        Kind::of(head).or_else(|| ends_as_zip(bytes).then_some(Kind::Zip))
    }

    /// What a place within says of it.
    pub fn layer(self) -> Option<Layer> {
        match self {
            Kind::Gzip => Some(Layer::Gzip),
            Kind::Zstd => Some(Layer::Zstd),
            Kind::Xz => Some(Layer::Xz),
            Kind::Bzip2 => Some(Layer::Bzip2),
            Kind::Zip => Some(Layer::Zip),
            Kind::Tar => Some(Layer::Tar),
            Kind::Unknown(_) => None,
        }
    }
}

/// Whether a text may be a container, by its first [`HEAD`] and its last [`TAIL`] bytes: for those who
/// would rather not have all of it made. `true` may be wrong, `false` is not.
pub fn may_be_container(head: &[u8], tail: &[u8]) -> bool {
    Kind::of(head).is_some() || ends_as_zip(tail)
}

fn is_bzip2(head: &[u8]) -> bool {
    let block = head.strip_prefix(b"BZh").and_then(|rest| rest.split_first());
    block.is_some_and(|(size, rest)| {
        size.is_ascii_digit() && (rest.starts_with(BZIP2_BLOCK) || rest.starts_with(BZIP2_END))
    })
}

fn ends_as_zip(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
    // Nearly every text ends here: the record's third byte is in none.
    if memchr::memchr(END_RECORD[2], tail).is_none() {
        return false;
    }
    memmem::rfind(tail, END_RECORD).is_some_and(|at| {
        let comment =
            tail.get(at + 20..at + 22).map(|n| usize::from(u16::from_le_bytes([n[0], n[1]])));
        comment.is_some_and(|comment| at + 22 + comment <= tail.len())
    })
}

/// Whether a script or program goes over into an archive, as executable jars and zipapps do.
fn is_program_before_zip(head: &[u8]) -> bool {
    PROGRAMS.iter().any(|magic| head.starts_with(magic))
        && memmem::find(head, b"PK\x03\x04").is_some()
}

/// Whether the header of a tar archive's member stands at the beginning: its checksum holds.
pub(super) fn is_tar_header(bytes: &[u8]) -> bool {
    let Some(block) = bytes.first_chunk::<HEAD>() else { return false };
    let digits = &block[CHECKSUM];
    if !digits.iter().all(|b| matches!(b, b'0'..=b'7' | b' ' | 0)) {
        return false;
    }
    let stated = digits
        .iter()
        .filter(|b| b.is_ascii_digit())
        .fold(0_u32, |sum, b| sum.wrapping_mul(8).wrapping_add(u32::from(b - b'0')));
    let sum = |value: fn(u8) -> i32| -> i32 {
        let outside = block[..CHECKSUM.start].iter().chain(&block[CHECKSUM.end..]);
        outside.map(|&b| value(b)).sum::<i32>() + 8 * i32::from(b' ')
    };
    // Old programs summed signed bytes.
    i64::from(stated) == i64::from(sum(i32::from))
        || i64::from(stated) == i64::from(sum(|b| i32::from(b as i8)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_look_alikes_are_no_containers() {
        for text in [
            &b""[..],
            b"P",
            b"PK",
            b"PKI is fine",
            b"BZh is a word",
            b"BZh91AY",
            b"\x1f\x8b",
            b"#!/bin/sh\necho PK",
            &[0; 600],
            &[b'7'; 600],
        ] {
            assert_eq!(Kind::of_whole(text), None, "{:?}", text.escape_ascii().to_string());
        }
    }

    #[test]
    fn an_archive_behind_something_else_is_known_by_its_end() {
        let mut bytes = vec![b'x'; 3000];
        bytes.extend_from_slice(b"PK\x05\x06");
        bytes.extend_from_slice(&[0; 16]);
        bytes.extend_from_slice(&[2, 0]);
        assert_eq!(Kind::of_whole(&bytes), None, "its comment is missing");
        bytes.extend_from_slice(b"hi");
        assert_eq!(Kind::of_whole(&bytes), Some(Kind::Zip));
        assert!(may_be_container(&bytes[..512], &bytes[bytes.len() - 1024..]));
        assert!(!may_be_container(&bytes[..512], &bytes[..1024]));
        assert_eq!(Kind::of(b"#!/usr/bin/env python3\nPK\x03\x04rest"), Some(Kind::Zip));
    }
}
