//! What the user named to be walked: a folder, a file, or something that turns out to be neither.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bstr::{BStr, BString, ByteSlice};

use super::open::{bytes_of, special_kind};
use crate::model::{Gap, GapLevel, GapReason};

/// Why a named path cannot be walked at all. It is an error of usage: nothing was looked at.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing has that name.
    #[error("{path:?} does not exist; check the path, nothing was scanned there")]
    Missing {
        /// The path as it was named.
        path: PathBuf,
    },
    /// The operating system would not even say what it is.
    #[error("{path:?} cannot be used ({source}); check the path, nothing was scanned there")]
    Unusable {
        /// The path as it was named.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// One path named by the user, with what was found there.
#[derive(Debug, Clone)]
pub struct Root {
    path: PathBuf,
    kind: Kind,
    link_target: Option<BString>,
}

#[derive(Debug, Clone)]
enum Kind {
    Folder,
    File,
    /// A link that leads nowhere; its own text is all there is to read.
    DeadLink,
    /// Something that exists and cannot be read.
    Unreadable(Gap),
}

impl Root {
    /// Looks at what stands at `path`. A link is followed, since the user named it.
    ///
    /// # Errors
    ///
    /// If nothing is there. What is there but cannot be read (a FIFO, a device, no permission)
    /// becomes a gap of level [`GapLevel::Unread`] when it is walked.
    pub fn new(path: impl Into<PathBuf>) -> Result<Root, Error> {
        let path = path.into();
        let link_target = fs::read_link(&path).ok().map(|target| BString::from(bytes_of(&target)));
        let kind = match fs::metadata(&path) {
            Ok(found) if found.is_dir() => Kind::Folder,
            Ok(found) if found.is_file() => Kind::File,
            Ok(found) => Kind::Unreadable(special(&path, found.file_type())),
            Err(_) if link_target.is_some() => Kind::DeadLink,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Kind::Unreadable(refused(&path, &error))
            }
            Err(error) => return Err(unusable(path, error)),
        };
        Ok(Root { path, kind, link_target })
    }

    /// The path as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is a folder, or a link to one.
    pub fn is_folder(&self) -> bool {
        matches!(self.kind, Kind::Folder)
    }

    /// The path as reports show it.
    pub(super) fn shown(&self) -> &BStr {
        shown(bytes_of(&self.path))
    }

    pub(super) fn is_file(&self) -> bool {
        matches!(self.kind, Kind::File)
    }

    pub(super) fn gap(&self) -> Option<&Gap> {
        match &self.kind {
            Kind::Unreadable(gap) => Some(gap),
            _ => None,
        }
    }

    /// Where it points to, if it is a link.
    pub(super) fn link_target(&self) -> Option<&BStr> {
        self.link_target.as_ref().map(|target| target.as_bstr())
    }

    /// The path to give to the walker: a link gets a trailing `/`, which makes it the folder behind
    /// it, and `-` gets its folder, since the walker takes it for standard input.
    pub(super) fn walk_path(&self) -> PathBuf {
        if self.link_target.is_some() {
            self.path.join("")
        } else if self.path == Path::new("-") {
            PathBuf::from("./-")
        } else {
            self.path.clone()
        }
    }
}

/// A path as reports show it: as it was named, without the empty step `./` at its start.
pub(super) fn shown(mut path: &[u8]) -> &BStr {
    while let Some(rest) = path.strip_prefix(b"./").filter(|rest| !rest.is_empty()) {
        path = rest.trim_start_with(|c| c == '/');
    }
    path.as_bstr()
}

fn special(path: &Path, kind: fs::FileType) -> Gap {
    let detail = format!(
        "{} was named and holds no bytes at rest; give its content on standard input with `-`",
        special_kind(kind)
    );
    let mut gap = Gap::new(GapReason::NotAFile, detail).at_path(shown(bytes_of(path)));
    gap.level = GapLevel::Unread;
    gap
}

fn refused(path: &Path, error: &io::Error) -> Gap {
    Gap::new(GapReason::of_io(error), format!("could not be opened: {error}"))
        .at_path(shown(bytes_of(path)))
}

fn unusable(path: PathBuf, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Error::Missing { path },
        _ => Error::Unusable { path, source },
    }
}
