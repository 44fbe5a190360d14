//! Opens files of a tree that nobody vouches for: regular ones only, and never waiting.
//!
//! A FIFO opened the plain way waits for a writer, a device may do anything. So: open without
//! blocking and without following a link, then ask the open file (not its name, which may have
//! changed hands) what it is.

use std::{
    fs::{File, FileType, OpenOptions},
    io,
    os::unix::{
        ffi::OsStrExt,
        fs::{FileTypeExt, OpenOptionsExt},
    },
    path::Path,
};

/// Whether a link at the end of the path is followed: only where the user named it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    Follow,
    Refuse,
}

/// What came of opening a path.
#[derive(Debug)]
pub(super) enum Opened {
    /// A regular file and its size in bytes, as the file system states it.
    File(File, u64),
    /// Something else.
    Other(FileType),
}

/// Opens `path` for reading.
pub(super) fn open(path: &Path, links: Links) -> io::Result<Opened> {
    let no_follow = if links == Links::Refuse { libc::O_NOFOLLOW } else { 0 };
    let file =
        OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | no_follow).open(path)?;
    let found = file.metadata()?;
    if found.is_file() {
        Ok(Opened::File(file, found.len()))
    } else {
        Ok(Opened::Other(found.file_type()))
    }
}

/// What to call a thing that is neither file, folder nor link.
pub(super) fn special_kind(kind: FileType) -> &'static str {
    if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_block_device() || kind.is_char_device() {
        "a device"
    } else {
        "something that is no regular file"
    }
}

/// A path's raw bytes.
pub(super) fn bytes_of(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}
