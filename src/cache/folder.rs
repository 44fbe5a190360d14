//! The folder in which claims lie, one file each: the user's own, bounded in size and number.
//!
//! What lies there is bytes under a name, sealed with a checksum. A file is written beside its place and renamed onto it, so that two runs at once, or one that is
//! killed, leave whole files. Nothing that goes wrong here stops a run: what cannot be read is not
//! there, what cannot be written is told at the end.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use super::{Digest, Error, seal};

/// What the name of each file ends with.
const ENDING: &str = "claim";
/// What the name of a file under way begins with.
const UNDER_WAY: &str = "new-";
/// A greater file is neither written nor read: 256 MiB, about three million commits.
const LARGEST: u64 = 256 << 20;
/// After this time a file under way is what a killed run left behind.
const FORGOTTEN: Duration = Duration::from_secs(24 * 60 * 60);

/// How much a folder may hold; beyond it the files that were not used for longest go.
#[derive(Debug, Clone, Copy)]
struct Room {
    files: usize,
    bytes: u64,
}

const ROOM: Room = Room { files: 256, bytes: 1 << 30 };

/// A folder of sealed bytes, each under a name.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    room: Room,
    trouble: Mutex<Option<String>>,
}

impl Folder {
    /// Opens the folder, or makes it, for its owner alone.
    ///
    /// # Errors
    /// It cannot be made, or others may write into it.
    pub fn open(path: &Path) -> Result<Folder, Error> {
        let unusable = |cause| Error::Unusable { path: path.to_owned(), cause };
        make(path).map_err(unusable)?;
        let real = fs::canonicalize(path).map_err(unusable)?;
        let metadata = fs::metadata(&real).map_err(unusable)?;
        if !metadata.is_dir() {
            return Err(unusable(io::ErrorKind::NotADirectory.into()));
        }
        if !is_private(&metadata) {
            return Err(Error::NotPrivate { path: real });
        }
        Ok(Folder { path: real, room: ROOM, trouble: Mutex::default() })
    }

    /// Where it is, links resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of that name, if there is a whole file of ours.
    pub fn get(&self, name: &Digest) -> Option<Vec<u8>> {
        let file = open(&self.file(name)).ok()?;
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || !is_private(&metadata) || metadata.len() > LARGEST {
            return None;
        }
        let mut bytes = Vec::new();
        // It may grow while it is read.
        (&file).take(LARGEST).read_to_end(&mut bytes).ok()?;
        let opened = seal::open(bytes)?;
        // Used now, so it goes last. If this fails it only goes earlier.
        let _ = file.set_modified(SystemTime::now());
        Some(opened)
    }

    /// Keeps bytes under that name, in place of older ones. A failure is kept for
    /// [`Folder::trouble`].
    pub fn put(&self, name: &Digest, bytes: Vec<u8>) {
        let path = self.file(name);
        if let Err(error) = self.write(&path, &seal::close(bytes)).and_then(|()| self.evict(&path))
        {
            let what = format!(
                "the cache in `{}` could not be written: {error}; the next run searches everything again",
                self.path.display()
            );
            self.trouble.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what);
        }
    }

    /// What went wrong in writing, in one sentence.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn file(&self, name: &Digest) -> PathBuf {
        self.path.join(blake3::Hash::from_bytes(*name).to_hex().as_str()).with_extension(ENDING)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() as u64 > LARGEST {
            return Ok(());
        }
        // Readable and writable for its owner alone.
        let mut file = tempfile::Builder::new().prefix(UNDER_WAY).tempfile_in(&self.path)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok(())
    }

    /// Removes the files that were used least lately until the rest has room, but never `newest`;
    /// and what killed runs left.
    fn evict(&self, newest: &Path) -> io::Result<()> {
        let mut claims = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let path = entry.path();
            // What another run has just removed is no trouble.
            let Ok(metadata) = entry.metadata() else { continue };
            let Ok(used) = metadata.modified() else { continue };
            let name = entry.file_name();
            if path.extension().is_some_and(|ending| ending == ENDING) {
                claims.push((used, metadata.len(), path));
            } else if name.as_encoded_bytes().starts_with(UNDER_WAY.as_bytes())
                && used.elapsed().is_ok_and(|age| age > FORGOTTEN)
            {
                let _ = fs::remove_file(path);
            }
        }
        claims.sort();
        let mut files = claims.len();
        let mut bytes: u64 = claims.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in claims.iter().filter(|(.., path)| path != newest) {
            if files <= self.room.files && bytes <= self.room.bytes {
                break;
            }
            let _ = fs::remove_file(path);
            files -= 1;
            bytes -= size;
        }
        Ok(())
    }
}

#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Whether it is the user's own and nobody else may write to it.
#[cfg(unix)]
fn is_private(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

/// Elsewhere a user's folders are his own by default.
#[cfg(not(unix))]
fn is_private(_: &fs::Metadata) -> bool {
    true
}

/// Opens a file without following a link and without waiting for a FIFO.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW | libc::O_CLOEXEC);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (Folder, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        (Folder::open(&dir.path().join("a/b")).unwrap(), dir)
    }

    fn bytes(number: u8) -> Vec<u8> {
        vec![number; 100]
    }

    #[test]
    fn what_is_put_is_got_and_the_last_counts() {
        let (folder, _dir) = folder();
        assert_eq!(folder.get(&[1; 32]), None);
        folder.put(&[1; 32], bytes(1));
        folder.put(&[1; 32], bytes(2));
        assert_eq!(folder.get(&[1; 32]), Some(bytes(2)));
        assert_eq!(folder.get(&[2; 32]), None);
        assert_eq!(folder.trouble(), None);
    }

    #[test]
    #[cfg(unix)]
    fn folder_and_files_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, dir) = folder();
        folder.put(&[1; 32], bytes(1));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.file(&[1; 32])), 0o600);
        let shared = dir.path().join("shared");
        fs::create_dir(&shared).unwrap();
        fs::set_permissions(&shared, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(Folder::open(&shared), Err(Error::NotPrivate { .. })));
    }

    #[test]
    fn a_file_that_others_may_write_a_link_and_a_folder_are_not_there() {
        let (folder, _dir) = folder();
        let file = folder.file(&[1; 32]);
        folder.put(&[1; 32], bytes(1));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
            assert_eq!(folder.get(&[1; 32]), None);
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(folder.get(&[1; 32]).is_some());
            std::os::unix::fs::symlink(&file, folder.file(&[2; 32])).unwrap();
            assert_eq!(folder.get(&[2; 32]), None);
        }
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert_eq!(folder.get(&[1; 32]), None);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_told_and_nothing_else() {
        let (folder, _dir) = folder();
        fs::remove_dir(folder.path()).unwrap();
        folder.put(&[1; 32], bytes(1));
        let trouble = folder.trouble().unwrap();
        assert!(trouble.contains("could not be written"), "{trouble}");
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let (mut folder, _dir) = folder();
        folder.room = Room { files: 2, bytes: 1 << 20 };
        let age = |folder: &Folder, number: u8, seconds| {
            let file = File::options().write(true).open(folder.file(&[number; 32])).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
        };
        folder.put(&[1; 32], bytes(1));
        folder.put(&[2; 32], bytes(2));
        age(&folder, 1, 500);
        age(&folder, 2, 400);
        // To be used makes it young again.
        assert!(folder.get(&[1; 32]).is_some());
        folder.put(&[3; 32], bytes(3));
        let left = [1, 2, 3].map(|number| folder.get(&[number; 32]).is_some());
        assert_eq!(left, [true, false, true]);
        // A single file that is too great for the room stays: it is the newest.
        folder.room = Room { files: 2, bytes: 10 };
        folder.put(&[4; 32], bytes(4));
        let left = [1, 3, 4].map(|number| folder.get(&[number; 32]).is_some());
        assert_eq!(left, [false, false, true]);
    }

    #[test]
    fn what_a_killed_run_left_is_removed_after_a_day() {
        let (folder, _dir) = folder();
        let (old, new) = (folder.path.join("new-old"), folder.path.join("new-new"));
        for path in [&old, &new] {
            File::create(path).unwrap();
        }
        let file = File::options().write(true).open(&old).unwrap();
        file.set_modified(SystemTime::now() - 2 * FORGOTTEN).unwrap();
        folder.put(&[1; 32], bytes(1));
        assert!(!old.exists() && new.exists());
    }
}
