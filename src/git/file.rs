//! The one way in which a small file of a git folder is read.
//!
//! A hostile repository may put a FIFO, a device or a link where git keeps a file. So nothing is
//! opened before it was seen to be a regular file, it is opened without blocking and without
//! following a link, looked at again once open, and read no further than a limit.

use std::{
    ffi::OsString,
    fs::{self, File, FileType, OpenOptions},
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

use bstr::{BString, ByteSlice, ByteVec};

use crate::model::{Gap, GapReason};

/// The most that is read of a file that git keeps to a few lines (`HEAD`, `config`), in bytes.
pub(super) const SMALL: u64 = 1 << 20;
/// The most that is read of a file with a line per commit or ref, in bytes.
pub(super) const LARGE: u64 = 1 << 30;

/// Why a file was not read.
#[derive(Debug)]
pub(super) enum FileError {
    /// Nothing of that name.
    Missing,
    /// A symbolic link, with the text it points to.
    Link(PathBuf),
    /// Neither a regular file nor a link; what it is instead.
    NotAFile(&'static str),
    /// More than the limit, in bytes.
    TooLarge(u64),
    /// A folder of more names than the limit.
    TooMany(usize),
    /// The operating system refused.
    Io(io::Error),
}

impl FileError {
    /// The gap it makes in what was read, for the file of the shown name; `None` for a missing file.
    pub(super) fn gap(&self, shown: impl Into<BString>) -> Option<Gap> {
        let (reason, detail) = match self {
            FileError::Missing => return None,
            FileError::Link(target) => (
                GapReason::OutsideRepository,
                format!("a symbolic link to {} was not followed", printable(target)),
            ),
            FileError::NotAFile(kind) => {
                (GapReason::NotAFile, format!("a {kind} stands where a file was expected"))
            }
            FileError::TooLarge(limit) => {
                (GapReason::LimitHit, format!("larger than {limit} bytes"))
            }
            FileError::TooMany(limit) => {
                (GapReason::LimitHit, format!("holds more than {limit} names"))
            }
            FileError::Io(error) => (GapReason::of_io(error), format!("cannot be read: {error}")),
        };
        Some(Gap::new(reason, detail).at_path(shown))
    }

    /// The same in words, for an error.
    pub(super) fn detail(&self) -> String {
        match self.gap("") {
            Some(gap) => gap.detail,
            None => "is missing".to_owned(),
        }
    }
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileError::Missing,
            _ => FileError::Io(error),
        }
    }
}

/// A path for a message, control characters escaped.
pub(super) fn printable(path: &Path) -> String {
    path.to_string_lossy().escape_debug().to_string()
}

/// A path's raw bytes.
pub(super) fn bytes(path: &Path) -> BString {
    Vec::from_path_lossy(path).into_owned().into()
}

/// A path out of raw bytes.
pub(super) fn path(bytes: &[u8]) -> PathBuf {
    bytes.to_path_lossy().into_owned()
}

fn kind_name(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "FIFO";
        } else if kind.is_socket() {
            return "socket";
        } else if kind.is_char_device() || kind.is_block_device() {
            return "device";
        }
    }
    if kind.is_dir() { "folder" } else { "special file" }
}

/// Opens a regular file, never blocking and never through a link in the last component.
pub(super) fn open(path: &Path) -> Result<File, FileError> {
    let found = fs::symlink_metadata(path)?.file_type();
    if found.is_symlink() {
        return Err(FileError::Link(fs::read_link(path)?));
    } else if !found.is_file() {
        return Err(FileError::NotAFile(kind_name(found)));
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC);
    }
    let file = options.open(path)?;
    // What was looked at may have been exchanged before it was opened.
    let opened = file.metadata()?.file_type();
    if !opened.is_file() {
        return Err(FileError::NotAFile(kind_name(opened)));
    }
    Ok(file)
}

/// Reads a regular file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let file = open(path)?;
    let size = file.metadata()?.len();
    if size > limit {
        return Err(FileError::TooLarge(limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0).saturating_add(1));
    // It may grow meanwhile, so the size is not to be trusted.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge(limit));
    }
    Ok(bytes)
}

/// Reads `relative` below `base`, where every folder on the way must be a real one.
pub(super) fn read_below(
    base: &Path,
    relative: impl AsRef<Path>,
    limit: u64,
) -> Result<Vec<u8>, FileError> {
    let relative = relative.as_ref();
    if relative.components().any(|part| !matches!(part, Component::Normal(_))) {
        return Err(FileError::Missing);
    }
    let mut folder = base.to_owned();
    for part in relative.parent().into_iter().flat_map(Path::components) {
        folder.push(part);
        real_folder(&folder)?;
    }
    read(&base.join(relative), limit)
}

/// Makes sure that a path is a folder and no link to one.
pub(super) fn real_folder(path: &Path) -> Result<(), FileError> {
    let kind = fs::symlink_metadata(path)?.file_type();
    if kind.is_dir() {
        Ok(())
    } else if kind.is_symlink() {
        Err(FileError::Link(fs::read_link(path)?))
    } else {
        Err(FileError::Missing)
    }
}

/// The names and kinds in a real folder, sorted by name; at most `limit` of them.
pub(super) fn list(path: &Path, limit: usize) -> Result<Vec<(OsString, FileType)>, FileError> {
    real_folder(path)?;
    let mut entries = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entries.len() == limit {
            return Err(FileError::TooMany(limit));
        }
        entries.push((entry.file_name(), entry.file_type()?));
    }
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(entries)
}

/// Whether anything of that name is there, be it a dangling link.
pub(super) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::git::testing::mkfifo;

    #[test]
    fn only_regular_files_within_the_limit_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "four").unwrap();
        std::os::unix::fs::symlink("file", at("link")).unwrap();
        mkfifo(&at("fifo"));

        assert_eq!(read(&at("file"), 4).unwrap(), b"four");
        assert!(matches!(read(&at("file"), 3), Err(FileError::TooLarge(3))));
        assert!(matches!(read(&at("none"), 4), Err(FileError::Missing)));
        assert!(matches!(read(&at("file/none"), 4), Err(FileError::Missing)));
        assert!(
            matches!(read(&at("link"), 4), Err(FileError::Link(target)) if target == Path::new("file"))
        );
        assert!(matches!(read(&at("fifo"), 4), Err(FileError::NotAFile("FIFO"))));
        assert!(matches!(read(Path::new("/dev/zero"), 4), Err(FileError::NotAFile("device"))));
        assert!(matches!(read(dir.path(), 4), Err(FileError::NotAFile("folder"))));
    }

    #[test]
    fn a_linked_folder_on_the_way_is_not_entered() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("real")).unwrap();
        fs::write(dir.path().join("real/file"), "x").unwrap();
        std::os::unix::fs::symlink("real", dir.path().join("linked")).unwrap();

        assert_eq!(read_below(dir.path(), "real/file", 9).unwrap(), b"x");
        assert!(matches!(read_below(dir.path(), "linked/file", 9), Err(FileError::Link(_))));
        assert!(matches!(read_below(dir.path(), "real/../real/file", 9), Err(FileError::Missing)));
    }

    #[test]
    fn a_limit_on_names_is_reported() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("b"), "").unwrap();
        fs::write(dir.path().join("a"), "").unwrap();
        let names: Vec<_> = list(dir.path(), 2).unwrap().into_iter().map(|entry| entry.0).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(matches!(list(dir.path(), 1), Err(FileError::TooMany(1))));
    }
}
