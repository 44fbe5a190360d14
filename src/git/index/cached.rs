//! The `TREE` extension: the tree objects git has cached for folders unchanged since.
//!
//! Folders lie in each other as they do in the work tree; they are read with a stack of our own, since
//! a file may nest them as deep as it likes. It only saves time, so what makes no sense is left out.

use bstr::BString;
use rustc_hash::FxHashMap;

use crate::model::ObjectId;

/// The most bytes of path that are kept.
const MOST_PATHS: usize = 64 << 20;

/// Full path of each valid folder (empty for the root) with its tree and how many entries it covers.
pub(super) fn parse(mut data: &[u8]) -> Option<FxHashMap<BString, (ObjectId, usize)>> {
    let mut folders = FxHashMap::default();
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut path: Vec<u8> = Vec::new();
    let mut kept = 0usize;
    loop {
        let name = take_until(&mut data, 0)?;
        let entries = take_until(&mut data, b' ')?;
        let children = decimal(take_until(&mut data, b'\n')?)?;
        if let Some((left, length)) = open.last_mut() {
            *left -= 1;
            path.truncate(*length);
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(name);
        }
        // A negative number marks a folder that has changed; no id follows.
        if !entries.starts_with(b"-") {
            let (id, rest) = data.split_at_checked(20)?;
            data = rest;
            kept = kept.checked_add(path.len()).filter(|&kept| kept <= MOST_PATHS)?;
            folders.insert(path.clone().into(), (ObjectId::from_bytes(id)?, decimal(entries)?));
        }
        open.push((children, path.len()));
        while open.last().is_some_and(|folder| folder.0 == 0) {
            open.pop();
        }
        if open.is_empty() {
            return data.is_empty().then_some(folders);
        }
    }
}

fn take_until<'a>(data: &mut &'a [u8], byte: u8) -> Option<&'a [u8]> {
    let end = memchr::memchr(byte, data)?;
    let (taken, rest) = data.split_at(end);
    *data = &rest[1..];
    Some(taken)
}

fn decimal(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_get_their_full_paths_and_changed_ones_are_left_out() {
        let mut data = b"\x004 2\n".to_vec();
        data.extend([1; 20]);
        data.extend(b"a\x00-1 1\nb\x002 0\n");
        data.extend([2; 20]);
        data.extend(b"c\x001 0\n");
        data.extend([3; 20]);
        let mut folders: Vec<_> = parse(&data).unwrap().into_iter().collect();
        folders.sort();
        let id = |byte| ObjectId([byte; 20]);
        assert_eq!(
            folders,
            [("".into(), (id(1), 4)), ("a/b".into(), (id(2), 2)), ("c".into(), (id(3), 1))]
        );
        assert!(parse(&data[..data.len() - 1]).is_none());
    }

    #[test]
    fn a_million_folders_in_each_other_overflow_nothing() {
        let data = b"a\x00-1 1\n".repeat(1_000_000);
        assert!(parse(&data).is_none());
    }
}
