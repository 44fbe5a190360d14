//! The entries of a tree object: `<octal mode> <name>\0<20 bytes>`, over and over.
//!
//! Lenient where git is (odd modes, empty names, names out of order, names listed twice: all are
//! shown, since what they lead to is in the repository) and strict about structure: the first
//! entry that does not parse ends the list with an error, and what came before stands.

use crate::model::ObjectId;

/// What an entry points at, told by its mode alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// Another tree.
    Folder,
    /// A commit of another repository.
    Gitlink,
    /// A blob whose text is the target of a symbolic link.
    Symlink,
    /// A blob that is a file, executable or not.
    File,
}

impl EntryKind {
    /// The kind that git sees in this mode.
    pub fn of_mode(mode: u32) -> Self {
        match mode & 0o170_000 {
            0o040_000 => EntryKind::Folder,
            0o160_000 => EntryKind::Gitlink,
            0o120_000 => EntryKind::Symlink,
            _ => EntryKind::File,
        }
    }

    /// Whether it points at a blob.
    pub fn is_blob(self) -> bool {
        matches!(self, EntryKind::File | EntryKind::Symlink)
    }
}

/// One entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its mode as written, octal digits read.
    pub mode: u32,
    /// Its name, raw. Hostile trees put anything here, `/` and nothing at all included.
    pub name: &'a [u8],
    /// The object it points at.
    pub id: ObjectId,
}

impl Entry<'_> {
    /// What it points at.
    pub fn kind(&self) -> EntryKind {
        EntryKind::of_mode(self.mode)
    }
}

/// The tree stopped making sense at this byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tree is malformed at byte {offset}; what follows in it was not read")]
pub struct Malformed {
    /// Where the entry that does not parse begins.
    pub offset: usize,
}

/// Iterates over the entries of a tree. After an error it yields nothing more.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The entries of the tree with this content.
pub fn entries(bytes: &[u8]) -> Entries<'_> {
    Entries { bytes, at: 0 }
}

/// More digits than this are no mode; git writes five or six.
const MOST_MODE_DIGITS: usize = 7;

/// One entry from the front of `bytes`, and how long it is; `None` when none begins there.
pub(crate) fn entry_at(bytes: &[u8]) -> Option<(Entry<'_>, usize)> {
    let (mode, name, at) = before_id(bytes)?;
    let id = ObjectId::from_bytes(bytes.get(at..at + ID)?)?;
    Some((Entry { mode, name, id }, at + ID))
}

/// The length of an object's name in a tree.
pub(crate) const ID: usize = 20;

/// What stands before the object's name in an entry at the front of `bytes`: its mode, its name, and how
/// long that is with all that separates them.
#[inline]
pub(crate) fn before_id(bytes: &[u8]) -> Option<(u32, &[u8], usize)> {
    // Nearly all entries are files or folders, written in one way.
    let (mode, name_at) = match bytes {
        [b'1', b'0', b'0', b'6', b'4', b'4', b' ', ..] => (0o100_644, 7),
        [b'4', b'0', b'0', b'0', b'0', b' ', ..] => (0o40_000, 6),
        _ => mode_at(bytes)?,
    };
    let rest = &bytes[name_at..];
    let length = zero_in(rest)?;
    Some((mode, &rest[..length], name_at + length + 1))
}

/// The mode at the front of `bytes` and where the name behind it begins.
fn mode_at(bytes: &[u8]) -> Option<(u32, usize)> {
    let mut mode = 0;
    let mut digits = 0;
    loop {
        match *bytes.get(digits)? {
            digit @ b'0'..=b'7' if digits < MOST_MODE_DIGITS => {
                mode = mode << 3 | u32::from(digit - b'0');
                digits += 1;
            }
            b' ' if digits > 0 => return Some((mode, digits + 1)),
            _ => return None,
        }
    }
}

/// Where the first zero is. Names are short: a search for long stretches would take longer to set up.
#[inline]
fn zero_in(bytes: &[u8]) -> Option<usize> {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The lowest bit of these is that of the first byte which is zero.
        let zeros = word.wrapping_sub(EACH) & !word & (EACH << 7);
        if zeros != 0 {
            return Some(at * 8 + zeros.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().position(|&byte| byte == 0).map(|at| words.len() * 8 + at)
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        match entry_at(rest) {
            Some((entry, length)) => {
                self.at += length;
                Some(Ok(entry))
            }
            None => {
                let offset = std::mem::replace(&mut self.at, self.bytes.len());
                Some(Err(Malformed { offset }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(entries: &[(u32, Vec<u8>, [u8; 20])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (mode, name, id) in entries {
            out.extend_from_slice(format!("{mode:o} ").as_bytes());
            out.extend_from_slice(name);
            out.push(0);
            out.extend_from_slice(id);
        }
        out
    }

    #[test]
    fn a_cut_tree_yields_what_came_before_and_one_error() {
        let whole =
            written(&[(0o100_644, b"a".to_vec(), [1; 20]), (0o40000, b"b".to_vec(), [2; 20])]);
        for cut in 1..whole.len() {
            let read: Vec<_> = entries(&whole[..cut]).collect();
            let first = 7 + 2 + 20;
            if cut < first {
                assert_eq!(read, [Err(Malformed { offset: 0 })], "cut at {cut}");
            } else {
                assert!(read[0].is_ok());
                assert_eq!(read.get(1).is_some(), cut > first, "cut at {cut}");
            }
        }
    }

    #[test]
    fn modes_are_judged_as_git_judges_them() {
        let kinds = [0o40000, 0o40755, 0o100_644, 0o100_664, 0o100_755, 0o120_000, 0o160_000, 0];
        let expected = [
            EntryKind::Folder,
            EntryKind::Folder,
            EntryKind::File,
            EntryKind::File,
            EntryKind::File,
            EntryKind::Symlink,
            EntryKind::Gitlink,
            EntryKind::File,
        ];
        assert_eq!(kinds.map(EntryKind::of_mode), expected);
        let padded = [b"040000 d\0".as_slice(), &[3; 20]].concat();
        let entry = entries(&padded).next().unwrap().unwrap();
        assert_eq!((entry.kind(), entry.name), (EntryKind::Folder, b"d".as_slice()));
    }

    #[test]
    fn no_mode_no_space_and_endless_digits_are_malformed() {
        for bad in [b" a\0".as_slice(), b"x a\0", b"100644", b"77777777 a\0", b"8 a\0"] {
            let tree = [bad, &[0; 20]].concat();
            assert_eq!(entries(&tree).collect::<Vec<_>>(), [Err(Malformed { offset: 0 })]);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(list in prop::collection::vec(
            (0u32..0o200_000, prop::collection::vec(1u8.., 0..6), any::<[u8; 20]>()), 0..8))
        {
            let tree = written(&list);
            let read: Vec<_> = entries(&tree)
                .map(|entry| entry.map(|e| (e.mode, e.name.to_vec(), e.id.0)))
                .collect::<Result<_, _>>().unwrap();
            prop_assert_eq!(read, list);
        }

        #[test]
        fn the_first_zero_is_found(bytes in prop::collection::vec(0u8..4, 0..40), pad in 0..40_usize) {
            let bytes = [vec![0x80; pad], bytes].concat();
            prop_assert_eq!(zero_in(&bytes), bytes.iter().position(|&byte| byte == 0));
        }

        #[test]
        fn junk_ends(junk in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(entries(&junk).count() <= junk.len());
        }
    }
}
