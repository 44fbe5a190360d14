//! Regular files mapped into memory, and nothing else, since that takes `unsafe`.
//!
//! A scanned repository may hold a FIFO, a device or a link where git would have a file. So each
//! path is looked at before it is opened, opened without blocking and without following a link, and
//! looked at again once it is open.

use std::{
    fs::{File, Metadata, OpenOptions},
    io,
    ops::Deref,
    path::Path,
};

use memmap2::{Mmap, MmapMut, MmapOptions};

use crate::model::{Gap, GapReason};

/// Why a file could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// Something other than a regular file has this name.
    #[error("it is a {0}, not a regular file")]
    NotAFile(&'static str),
    /// The operating system refused.
    #[error("it could not be read: {0}")]
    Io(#[from] io::Error),
}

impl OpenError {
    /// Whether nothing has this name.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, OpenError::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }

    /// The reason of the gap that it leaves.
    pub(crate) fn reason(&self) -> GapReason {
        match self {
            OpenError::NotAFile(_) => GapReason::NotAFile,
            OpenError::Io(error) => GapReason::of_io(error),
        }
    }

    /// The gap that this failure leaves at `path`; `what` names the file for a person.
    pub(crate) fn gap(&self, what: &str, path: &Path) -> Gap {
        Gap::new(self.reason(), format!("{what} was not read: {self}")).at_path(path_bytes(path))
    }
}

/// A path as raw bytes, for gaps.
pub(crate) fn path_bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

/// Opens a regular file for reading. Never blocks and never follows a link in the last component.
pub(crate) fn open_regular(path: &Path) -> Result<File, OpenError> {
    // Opening a device can have effects of its own, so the name is looked at first.
    refuse_irregular(&path.symlink_metadata()?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW | libc::O_CLOEXEC);
    }
    let file = options.open(path)?;
    // The name may have changed hands between the two looks.
    refuse_irregular(&file.metadata()?)?;
    Ok(file)
}

fn refuse_irregular(metadata: &Metadata) -> Result<(), OpenError> {
    let kind = metadata.file_type();
    if kind.is_file() {
        return Ok(());
    }
    Err(OpenError::NotAFile(if kind.is_symlink() {
        "symbolic link"
    } else if kind.is_dir() {
        "folder"
    } else {
        "FIFO, socket or device"
    }))
}

/// The bytes of a regular file, mapped read-only for as long as this lives.
#[derive(Debug)]
pub(crate) struct Mapped {
    /// `None` for an empty file, which cannot be mapped.
    map: Option<Mmap>,
}

impl Mapped {
    /// Maps the regular file at `path`.
    pub(crate) fn open(path: &Path) -> Result<Mapped, OpenError> {
        Mapped::open_from(path, 0)
    }

    /// A copy of these bytes in memory of its own, where a file's would be.
    pub(crate) fn of(bytes: &[u8]) -> io::Result<Mapped> {
        if bytes.is_empty() {
            return Ok(Mapped { map: None });
        }
        let mut map = MmapMut::map_anon(bytes.len())?;
        map.copy_from_slice(bytes);
        Ok(Mapped { map: Some(map.make_read_only()?) })
    }

    /// Maps the regular file at `path` from byte `start` to its end.
    #[allow(unsafe_code)]
    pub(crate) fn open_from(path: &Path, start: u64) -> Result<Mapped, OpenError> {
        let file = open_regular(path)?;
        if file.metadata()?.len() <= start {
            return Ok(Mapped { map: None });
        }
        // SAFETY: the map is private and read-only, its file was checked to be a regular one through
        // the very descriptor that is mapped, and we never write to it. What remains is that another
        // process changes the file under us. Git never does so to a pack, an index or a loose
        // object: they are written under a temporary name, renamed into place, made read-only and at
        // most unlinked, which leaves a map intact. All readers above treat the bytes as hostile and
        // read each length once, so bytes that change give wrong objects, never accesses out of
        // bounds; a file cut short by somebody else ends the process with SIGBUS, which no reader of
        // mapped files can prevent.
        let map = unsafe { MmapOptions::new().offset(start).map(&file)? };
        Ok(Mapped { map: Some(map) })
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_a_file_and_an_empty_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, b"hello").unwrap();
        assert_eq!(&*Mapped::open(&path).unwrap(), b"hello");
        assert_eq!(&*Mapped::open_from(&path, 2).unwrap(), b"llo");
        assert_eq!(&*Mapped::open_from(&path, 5).unwrap(), b"");
        assert_eq!(&*Mapped::open_from(&path, 6).unwrap(), b"");
        assert_eq!(&*Mapped::of(b"hello").unwrap(), b"hello");
        assert_eq!(&*Mapped::of(b"").unwrap(), b"");
        std::fs::write(&path, b"").unwrap();
        assert_eq!(&*Mapped::open(&path).unwrap(), b"");
    }

    #[test]
    #[cfg(unix)]
    fn refuses_links_folders_fifos_and_devices_without_blocking() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, b"hello").unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let fifo = dir.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        for path in [link.as_path(), fifo.as_path(), dir.path(), Path::new("/dev/zero")] {
            let error = Mapped::open(path).unwrap_err();
            assert!(matches!(error, OpenError::NotAFile(_)), "{path:?}: {error}");
            assert_eq!(error.gap("a pack", path).reason, GapReason::NotAFile);
        }
        let missing = Mapped::open(&dir.path().join("nothing")).unwrap_err();
        assert_eq!(missing.gap("a pack", dir.path()).reason, GapReason::Changed);
    }
}
