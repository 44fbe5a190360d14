//! Loose objects: one zlib stream in a file of its own, `objects/ab/cdef…`.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use super::{
    bits::Bits,
    buffer::Buffer,
    inflate::{InflateError, Inflater},
    map::{Mapped, OpenError, open_regular, path_bytes},
};
use crate::model::{Gap, GapReason, ObjectId, ObjectKind};

/// Files up to this size are read; greater ones are mapped.
const MOST_READ: u64 = 1 << 20;
/// "commit 18446744073709551615\0" is 28 bytes; nothing longer is a header.
const LONGEST_HEADER: usize = 32;

/// Why a loose object was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LooseError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Inflate(#[from] InflateError),
    #[error("it does not begin with the kind and size of an object")]
    Header,
    #[error("it claims {claimed} bytes and has {real}")]
    Size { claimed: u64, real: u64 },
}

impl LooseError {
    /// Whether nothing is there any more.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, LooseError::Open(error) if error.is_missing())
    }
}

/// All loose objects of some object folders.
#[derive(Debug, Default)]
pub(crate) struct Loose {
    dirs: Vec<PathBuf>,
    /// By name, then by folder.
    objects: Vec<(ObjectId, u32)>,
    /// Those that are visited elsewhere: in a pack or an earlier folder.
    pub(crate) repeats: Bits,
}

impl Loose {
    /// Lists the loose objects of an object folder. Nothing is opened yet.
    pub(crate) fn list(&mut self, objects: &Path, gaps: &mut Vec<Gap>) -> std::io::Result<()> {
        let number = self.dirs.len() as u32;
        self.dirs.push(objects.to_owned());
        for entry in fs::read_dir(objects)? {
            let entry = entry?;
            let name = entry.file_name();
            let prefix = name.as_encoded_bytes();
            if prefix.len() != 2 || !prefix.iter().all(u8::is_ascii_hexdigit) {
                continue;
            }
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => {}
                Ok(kind) => {
                    gaps.push(not_a_folder(&path, kind.is_symlink()));
                    continue;
                }
                Err(error) => {
                    gaps.push(unreadable(&path, &error));
                    continue;
                }
            }
            match self.list_prefix(&path, prefix, number) {
                // Git takes a folder away once its last object is packed.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => gaps.push(unreadable(&path, &error)),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    fn list_prefix(&mut self, dir: &Path, prefix: &[u8], number: u32) -> std::io::Result<()> {
        for entry in fs::read_dir(dir)? {
            let name = entry?.file_name();
            let mut hex = prefix.to_vec();
            hex.extend(name.as_encoded_bytes());
            // Temporary files and the like have other names.
            if let Some(id) = ObjectId::from_hex(&hex) {
                self.objects.push((id, number));
            }
        }
        Ok(())
    }

    /// To be called once all folders are listed.
    pub(crate) fn sort(&mut self) {
        self.objects.sort_unstable();
        self.repeats = Bits::new(self.count());
    }

    /// The same objects, none of them marked.
    pub(crate) fn unmarked(&self) -> Loose {
        let (dirs, objects) = (self.dirs.clone(), self.objects.clone());
        let mut loose = Loose { dirs, objects, repeats: Bits::default() };
        loose.repeats = Bits::new(loose.count());
        loose
    }

    pub(crate) fn count(&self) -> u32 {
        self.objects.len() as u32
    }

    /// The name of the object at a position below [`Loose::count`].
    pub(crate) fn id(&self, at: u32) -> ObjectId {
        self.objects[at as usize].0
    }

    /// The first position of a name that starts with this byte or a greater one.
    pub(crate) fn first_from(&self, byte: u8) -> u32 {
        self.objects.partition_point(|(id, _)| id.0[0] < byte) as u32
    }

    /// The positions of the copies of an object.
    pub(crate) fn positions(&self, id: &ObjectId) -> std::ops::Range<u32> {
        let start = self.objects.partition_point(|(other, _)| other < id);
        let copies = self.objects[start..].iter().take_while(|(other, _)| other == id).count();
        start as u32..(start + copies) as u32
    }

    /// The file of the object at a position.
    pub(crate) fn path(&self, at: u32) -> PathBuf {
        let (id, dir) = self.objects[at as usize];
        let hex = id.to_string();
        self.dirs[dir as usize].join(&hex[..2]).join(&hex[2..])
    }

    /// Reads the object at a position into `out`. Its content starts at the offset that is returned
    /// with its kind; before it is the header.
    pub(crate) fn read(
        &self,
        at: u32,
        inflater: &mut Inflater,
        compressed: &mut Vec<u8>,
        out: &mut Buffer,
    ) -> Result<(ObjectKind, usize), LooseError> {
        let path = self.path(at);
        let file = open_regular(&path)?;
        let length = file.metadata().map_err(OpenError::from)?.len();
        if length > MOST_READ {
            inflater.inflate_unsized(&Mapped::open(&path)?, out)?;
        } else {
            compressed.clear();
            file.take(MOST_READ).read_to_end(compressed).map_err(OpenError::from)?;
            inflater.inflate_unsized(compressed, out)?;
        }
        let (kind, claimed, start) = header(out.as_slice()).ok_or(LooseError::Header)?;
        let real = (out.as_slice().len() - start) as u64;
        if claimed != real {
            return Err(LooseError::Size { claimed, real });
        }
        Ok((kind, start))
    }
}

/// Kind, size and length of the header `kind size\0`.
fn header(bytes: &[u8]) -> Option<(ObjectKind, u64, usize)> {
    let end = bytes.iter().take(LONGEST_HEADER).position(|byte| *byte == 0)?;
    let text = std::str::from_utf8(&bytes[..end]).ok()?;
    let (kind, size) = text.split_once(' ')?;
    let kind = match kind {
        "commit" => ObjectKind::Commit,
        "tree" => ObjectKind::Tree,
        "blob" => ObjectKind::Blob,
        "tag" => ObjectKind::Tag,
        _ => return None,
    };
    if !size.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((kind, size.parse().ok()?, end + 1))
}

/// The gap of an object folder's part that is not a folder.
pub(crate) fn not_a_folder(path: &Path, link: bool) -> Gap {
    let (reason, what) = if link {
        (GapReason::OutsideRepository, "a symbolic link")
    } else {
        (GapReason::NotAFile, "no folder")
    };
    let detail = format!("objects were not looked for where {what} stands for a folder of objects");
    Gap::new(reason, detail).at_path(path_bytes(path))
}

/// The gap of a folder that could not be listed.
pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Gap {
    Gap::new(GapReason::of_io(error), format!("a folder of objects could not be listed: {error}"))
        .at_path(path_bytes(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_a_header() {
        assert_eq!(header(b"blob 5\0hello"), Some((ObjectKind::Blob, 5, 7)));
        assert_eq!(header(b"commit 0\0"), Some((ObjectKind::Commit, 0, 9)));
        for bad in
            [&b"blob 5"[..], b"blob +5\0", b"blub 5\0", b"blob\0", b"blob 5 \0", b"blob \0", b""]
        {
            assert_eq!(header(bad), None, "{bad:?}");
        }
        assert_eq!(header(b"blob 99999999999999999999999\0"), None);
    }

    proptest! {
        #[test]
        fn random_headers_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..50)) {
            header(&bytes);
        }
    }
}
