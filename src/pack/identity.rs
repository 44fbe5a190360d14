//! Which pack is which: by its content and nothing else.
//!
//! A pack and its index end in SHA-1 checksums, but reading them does not verify them, and whoever
//! makes a repository can write there what he likes; a file's name, size and times can be made to
//! fit, too. So a pack is known by BLAKE3 over every byte of its index and of itself. That costs a
//! twentieth of searching it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use rayon::prelude::*;

use super::{packed::Pack, store::Store};

/// The context that separates these names from every other use of BLAKE3.
const CONTEXT: &str = "cfleaks 2026-11-22 pack and index v1";

/// The name of a pack with its index: 256 bits of BLAKE3 over the content of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackId(pub [u8; 32]);

/// A pack of an open store, by what it is and where it lies.
#[derive(Debug)]
pub struct PackFile {
    /// The file that ends in `.pack`.
    pub path: PathBuf,
    /// What it is, its index included.
    pub id: PackId,
    /// How its two files looked to the operating system before they were read.
    stamps: Option<[Stamp; 2]>,
}

impl PackFile {
    /// Whether nobody has written to its files since it was named, as far as the operating system
    /// tells. Then what was read in the meantime is what the name stands for.
    pub fn is_unchanged(&self) -> bool {
        self.stamps.is_some() && self.stamps == stamps(&self.path)
    }
}

impl Store {
    /// Names all packs, reading every byte of them on the threads of rayon's current pool.
    pub fn identify(&self) -> Vec<PackFile> {
        self.packs.par_iter().map(identify).collect()
    }
}

fn identify(pack: &Pack) -> PackFile {
    let stamps = stamps(&pack.path);
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    for bytes in [pack.index.bytes(), pack.bytes()] {
        // The length first, so that no two pairs of files look the same.
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update_rayon(bytes);
    }
    PackFile { path: pack.path.clone(), id: PackId(*hasher.finalize().as_bytes()), stamps }
}

/// What changes when somebody writes to a file, or puts another one in its place.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    size: u64,
    written: SystemTime,
    /// Device, inode, and the time of the last change of content or attributes.
    #[cfg(unix)]
    inode: [i128; 4],
}

fn stamps(pack: &Path) -> Option<[Stamp; 2]> {
    let of = |path: &Path| stamp(path).ok();
    Some([of(pack)?, of(&pack.with_extension("idx"))?])
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let metadata = fs::symlink_metadata(path)?;
    Ok(Stamp {
        size: metadata.len(),
        written: metadata.modified()?,
        #[cfg(unix)]
        inode: {
            use std::os::unix::fs::MetadataExt;
            [
                metadata.dev().into(),
                metadata.ino().into(),
                metadata.ctime().into(),
                metadata.ctime_nsec().into(),
            ]
        },
    })
}
