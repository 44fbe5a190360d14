//! `-o FILE`: a report that is either there whole or not at all.
//!
//! The bytes go to a temporary file in the same folder, are synced, and take the name in one step.
//! A symbolic link keeps being one (what it points to is replaced), an existing file keeps its mode
//! and owner. A device, a FIFO or `/dev/stdout` cannot be replaced and is written straight.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

/// Why a report could not be written to a file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // The message of each says it.
pub enum FileError {
    #[error("cannot write {0}: its folder does not exist; create it first")]
    NoFolder(String),
    #[error("cannot write {0}: it is a folder; name a file in it")]
    IsFolder(String),
    #[error("cannot write {0}: no permission to write the file or its folder")]
    Denied(String),
    #[error("cannot write {path}: {error}")]
    Io { path: String, error: io::Error },
}

impl FileError {
    fn new(path: &Path, error: io::Error) -> Self {
        let shown = super::escape::human(path.as_os_str().as_encoded_bytes());
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FileError::NoFolder(shown),
            io::ErrorKind::IsADirectory => FileError::IsFolder(shown),
            io::ErrorKind::PermissionDenied => FileError::Denied(shown),
            _ => FileError::Io { path: shown, error },
        }
    }

    /// Whether the reader of a FIFO or of standard output has gone, which is no fault.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, FileError::Io { error, .. } if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Writes what `fill` produces to `path`, all or nothing (see the module's text for the exceptions).
///
/// `private` makes a new file readable by its owner alone, as a report with plaintext must be; else
/// the process's file mode mask decides. If `fill` fails, `path` stays as it was.
pub fn write_file(
    path: &Path,
    private: bool,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FileError> {
    match aim(path).and_then(|aim| match aim {
        Aim::Straight(file) => straight(file, fill),
        Aim::Replace { target, existing } => replace(&target, existing, private, fill),
    }) {
        Ok(()) => Ok(()),
        Err(error) => Err(FileError::new(path, error)),
    }
}

/// How a path is to be written.
enum Aim {
    /// Into this open device, FIFO or stream.
    Straight(File),
    /// By replacing this file, which may exist.
    Replace { target: PathBuf, existing: Option<fs::Metadata> },
}

/// How many links to links are followed before a loop is assumed; Linux's own limit.
const MOST_LINKS: usize = 40;

fn aim(path: &Path) -> io::Result<Aim> {
    if names_a_stream(path) {
        return OpenOptions::new().append(true).open(path).map(Aim::Straight);
    }
    let mut target = path.to_owned();
    // Followed by hand, so that a link to a file that does not exist yet creates that file.
    for _ in 0..MOST_LINKS {
        match fs::symlink_metadata(&target) {
            Ok(found) if found.is_symlink() => {
                let next = fs::read_link(&target)?;
                target = folder_of(&target).join(next);
                if names_a_stream(&target) {
                    return OpenOptions::new().append(true).open(&target).map(Aim::Straight);
                }
            }
            Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if found.is_file() => {
                // A file that may not be written is not to be replaced either.
                OpenOptions::new().write(true).open(&target)?;
                return Ok(Aim::Replace { target, existing: Some(found) });
            }
            Ok(_) => return OpenOptions::new().write(true).open(&target).map(Aim::Straight),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Aim::Replace { target, existing: None });
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Whether the path stands for an open stream of a process. Behind it may lie a regular file (output
/// redirected by a shell), which must be appended to and never replaced.
fn names_a_stream(path: &Path) -> bool {
    path == Path::new("/dev/stdout")
        || path == Path::new("/dev/stderr")
        || path.starts_with("/dev/fd")
        || (path.starts_with("/proc") && path.components().any(|part| part.as_os_str() == "fd"))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn straight(file: File, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    fill(&mut out)?;
    out.flush()
}

fn replace(
    target: &Path,
    existing: Option<fs::Metadata>,
    private: bool,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let folder = folder_of(target);
    let fresh = new_file(folder, private)?;
    let mut out = BufWriter::new(fresh.as_file());
    fill(&mut out)?;
    out.flush()?;
    drop(out);
    if let Some(existing) = existing {
        keep_mode_and_owner(fresh.as_file(), &existing)?;
    }
    fresh.as_file().sync_all()?;
    fresh.persist(target).map_err(|error| error.error)?;
    // The name itself is on the disk once the folder is; not every file system can be asked for it.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn new_file(folder: &Path, private: bool) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".cfleaks-");
    #[cfg(unix)]
    let mode = std::os::unix::fs::PermissionsExt::from_mode(if private { 0o600 } else { 0o666 });
    #[cfg(unix)]
    builder.permissions(mode);
    #[cfg(not(unix))]
    let _ = private;
    // `tempfile` would wrap the error in one that names the folder; the caller names the file.
    builder.tempfile_in(folder).map_err(|error| match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error),
    })
}

fn keep_mode_and_owner(file: &File, existing: &fs::Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let ours = file.metadata()?;
        if (ours.uid(), ours.gid()) != (existing.uid(), existing.gid()) {
            // Only root may give files away; for others the report is theirs now.
            let _ = std::os::unix::fs::fchown(file, Some(existing.uid()), Some(existing.gid()));
        }
    }
    file.set_permissions(existing.permissions())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn say(text: &'static str) -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
        move |out| out.write_all(text.as_bytes())
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn replaces_whole_and_keeps_the_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.json");
        write_file(&path, true, say("one")).unwrap();
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        write_file(&path, true, say("two")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(mode(&path), 0o640);
        assert_eq!(names(folder.path()), ["r.json"]);
    }

    #[test]
    fn a_failed_report_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.json");
        fs::write(&path, "old").unwrap();
        let failed = write_file(&path, false, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("full"))
        });
        assert!(failed.unwrap_err().to_string().ends_with("r.json: full"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["r.json"]);
    }

    #[test]
    fn follows_links_even_to_a_file_that_is_not_there_yet() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("real", &link).unwrap();
        write_file(&link, false, say("one")).unwrap();
        write_file(&link, false, say("two")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(folder.path().join("real")).unwrap(), "two");
        symlink("loop", folder.path().join("loop")).unwrap();
        assert!(write_file(&folder.path().join("loop"), false, say("x")).is_err());
    }

    #[test]
    fn devices_and_streams_are_written_straight() {
        write_file(Path::new("/dev/null"), false, say("x")).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        // A stream that a shell redirected to a file: appended to, and the same file as before.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "before ").unwrap();
        let open = File::options().append(true).open(&path).unwrap();
        let fd = std::os::fd::AsRawFd::as_raw_fd(&open);
        write_file(Path::new(&format!("/dev/fd/{fd}")), false, say("after")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "before after");
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let error = |path: &Path| write_file(path, false, say("x")).unwrap_err();
        assert!(matches!(error(&folder.path().join("no/r.json")), FileError::NoFolder(_)));
        assert!(matches!(error(folder.path()), FileError::IsFolder(_)));
        let file = folder.path().join("f");
        fs::write(&file, "").unwrap();
        assert!(matches!(error(&file.join("r.json")), FileError::NoFolder(_)));
        let shut = folder.path().join("shut");
        fs::write(&shut, "keep").unwrap();
        fs::set_permissions(&shut, fs::Permissions::from_mode(0o444)).unwrap();
        // Root may write everything; then there is nothing to see here.
        if OpenOptions::new().write(true).open(&shut).is_err() {
            assert!(matches!(error(&shut), FileError::Denied(_)));
        }
    }
}
