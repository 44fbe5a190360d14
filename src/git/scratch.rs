//! libgit2 looking up single objects, in a scratch folder of our own.
//!
//! Given a real object folder, libgit2 would follow its alternates, read its commit graph and block on
//! a FIFO in it. So it sees folders we have made, with links to regular packs and loose objects
//! only. No repository is opened, hence no configuration read, neither the repository's nor the user's.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use git2::{ErrorCode, ObjectType, Odb, Oid};
use tempfile::TempDir;

use super::{Error, ReadObjects, file};
use crate::model::{ObjectId, ObjectKind};

/// The largest commit or tag that is read, in bytes.
const LARGEST: usize = 64 << 20;
/// How many names one folder may hold.
const MOST_ENTRIES: usize = 5_000_000;

/// Object folders as libgit2 may see them; removed when dropped.
pub(super) struct Scratch {
    // The database is closed before its folder goes.
    odb: Odb<'static>,
    _folder: TempDir,
}

impl Scratch {
    /// Links the objects of `dirs` into a new folder.
    ///
    /// # Errors
    ///
    /// [`Error::Scratch`] if the folder cannot be made.
    pub(super) fn new(dirs: &[PathBuf]) -> Result<Scratch, Error> {
        let in_words = |error: io::Error| Error::Scratch { detail: error.to_string() };
        let git = |error: git2::Error| Error::Scratch { detail: error.message().to_owned() };
        let folder = tempfile::Builder::new().prefix("cfleaks-").tempdir().map_err(in_words)?;
        let odb = Odb::new().map_err(git)?;
        for (number, dir) in dirs.iter().enumerate() {
            let copy = folder.path().join(number.to_string());
            link_objects(dir, &copy).map_err(in_words)?;
            let path = copy.to_str().ok_or_else(|| Error::Scratch {
                detail: "the temporary folder's name is not UTF-8".to_owned(),
            })?;
            odb.add_disk_alternate(path).map_err(git)?;
        }
        Ok(Scratch { odb, _folder: folder })
    }
}

/// Makes an object folder `to` that shows the regular packs and loose objects of `from`.
fn link_objects(from: &Path, to: &Path) -> io::Result<()> {
    let packs = to.join("pack");
    fs::create_dir_all(&packs)?;
    for (name, kind) in file::list(&from.join("pack"), MOST_ENTRIES).unwrap_or_default() {
        let extension = Path::new(&name).extension().unwrap_or_default();
        if kind.is_file() && (extension == "pack" || extension == "idx") {
            link(&from.join("pack").join(&name), &packs.join(&name))?;
        }
    }
    for (name, kind) in file::list(from, MOST_ENTRIES).unwrap_or_default() {
        let fan_out = file::bytes(name.as_ref());
        if !kind.is_dir() || fan_out.len() != 2 || !fan_out.iter().all(u8::is_ascii_hexdigit) {
            continue;
        }
        let (from, to) = (from.join(&name), to.join(&name));
        let objects = file::list(&from, MOST_ENTRIES).unwrap_or_default();
        if cfg!(unix) && objects.iter().all(|object| object.1.is_file()) {
            link(&from, &to)?;
            continue;
        }
        fs::create_dir(&to)?;
        for (object, _) in objects.iter().filter(|object| object.1.is_file()) {
            link(&from.join(object), &to.join(object))?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop))
}

fn kind_of(kind: ObjectType) -> Option<ObjectKind> {
    match kind {
        ObjectType::Commit => Some(ObjectKind::Commit),
        ObjectType::Tree => Some(ObjectKind::Tree),
        ObjectType::Blob => Some(ObjectKind::Blob),
        ObjectType::Tag => Some(ObjectKind::Tag),
        ObjectType::Any => None,
    }
}

impl ReadObjects for Scratch {
    fn read(&self, id: &ObjectId) -> Result<Option<(ObjectKind, Vec<u8>)>, String> {
        let in_words = |error: git2::Error| error.message().to_owned();
        let oid = Oid::from_bytes(&id.0).map_err(in_words)?;
        let (size, kind) = match self.odb.read_header(oid) {
            Ok(header) => header,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(in_words(error)),
        };
        let kind = kind_of(kind).ok_or("it is of no known kind")?;
        if matches!(kind, ObjectKind::Blob | ObjectKind::Tree) {
            return Ok(Some((kind, Vec::new())));
        } else if size > LARGEST {
            return Err(format!("it is larger than {LARGEST} bytes"));
        }
        let object = self.odb.read(oid).map_err(in_words)?;
        Ok(Some((kind, object.data().to_vec())))
    }

    fn with_prefix(&self, hex: &str) -> Result<Vec<ObjectId>, String> {
        let hex = hex.to_ascii_lowercase();
        let short = Oid::from_str(&hex).map_err(|error| error.message().to_owned())?;
        match self.odb.exists_prefix(short, hex.len()) {
            Ok(id) => Ok(ObjectId::from_bytes(id.as_bytes()).into_iter().collect()),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(Vec::new()),
            // Several: a look at all objects tells which.
            Err(_) => {
                let mut ids = Vec::new();
                let all = self.odb.foreach(|id| {
                    ids.extend(
                        ObjectId::from_bytes(id.as_bytes())
                            .filter(|id| id.to_string().starts_with(&hex)),
                    );
                    true
                });
                all.map(|()| ids).map_err(|error| error.message().to_owned())
            }
        }
    }
}
