//! Bundles: a repository's refs and one pack in a single file (git's `gitformat-bundle(5)`, versions
//! 2 and 3).
//!
//! ```text
//! # v3 git bundle
//! @object-format=sha1
//! -<id> <subject>          a commit that the bundle builds on and does not hold
//! <id> <name of a ref>
//!                          an empty line, then the pack
//! ```

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use bstr::{BStr, BString, ByteSlice};

use super::{Error, Ref, file};
use crate::model::ObjectId;

/// What the head of a bundle says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bundle {
    /// The file, links resolved.
    pub path: PathBuf,
    /// The byte of the file at which the pack begins.
    pub pack_at: u64,
    /// Commits that it builds on and does not hold, sorted.
    pub prerequisites: Vec<ObjectId>,
    /// Whether a filter left objects out.
    pub is_filtered: bool,
    /// The refs, sorted by name; `HEAD` among them.
    pub(super) refs: Vec<Ref>,
    /// The head's text where it says more than refs and ids, its refs' lines left empty.
    pub(super) text: Option<Vec<u8>>,
}

/// The longest head that is read, in bytes: a million refs.
const MOST: u64 = 256 << 20;

/// Reads the head of the bundle at `path`; `None` if the file is none.
///
/// # Errors
///
/// It is a bundle, and of a kind or with a head that is not understood.
pub(super) fn read(path: &Path) -> Result<Option<Bundle>, Error> {
    // What cannot be opened is no bundle; whoever looks for a repository there says more.
    let Ok(opened) = file::open(path) else { return Ok(None) };
    let mut head = BufReader::new(opened.take(MOST));
    let broken = |detail: &str| Error::Bundle { path: path.to_owned(), detail: detail.to_owned() };
    let mut line = Vec::new();
    let next = |line: &mut Vec<u8>, head: &mut BufReader<std::io::Take<std::fs::File>>| {
        line.clear();
        head.read_until(b'\n', line).map_err(|error| broken(&format!("cannot be read: {error}")))
    };
    let mut first = [0; 16];
    let is_bundle = head.fill_buf().is_ok_and(|bytes| {
        let length = bytes.len().min(first.len());
        first[..length].copy_from_slice(&bytes[..length]);
        first.starts_with(b"# v") && first[4..].starts_with(b" git bundle")
    });
    if !is_bundle {
        return Ok(None);
    }
    let mut reader = Reader::new(path);
    loop {
        let length = next(&mut line, &mut head)?;
        let Some(text) = line.strip_suffix(b"\n") else {
            let why = if reader.bundle.pack_at >= MOST { "is too long" } else { "has no end" };
            return Err(broken(&format!("its head {why}")));
        };
        reader.bundle.pack_at += length as u64;
        if text.is_empty() {
            return Ok(Some(reader.finish()));
        }
        reader.line(text)?;
    }
}

struct Reader {
    bundle: Bundle,
    lines: u64,
    text: Vec<u8>,
    says_more: bool,
}

impl Reader {
    fn new(path: &Path) -> Reader {
        let bundle = Bundle { path: path.to_owned(), ..Bundle::default() };
        Reader { bundle, lines: 0, text: Vec::new(), says_more: false }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Error> {
        self.lines += 1;
        let mut keep: &[u8] = b"";
        if self.lines == 1 {
            if !matches!(line, b"# v2 git bundle" | b"# v3 git bundle") {
                let version = line.as_bstr().to_str_lossy().escape_debug().to_string();
                return Err(self.broken(format!("`{version}` is of an unknown version")));
            }
        } else if let Some(capability) = line.strip_prefix(b"@") {
            self.capability(capability.as_bstr())?;
        } else if let Some(prerequisite) = line.strip_prefix(b"-") {
            let (hex, comment) = prerequisite.split_at(prerequisite.len().min(40));
            let id = self.id(hex)?;
            self.bundle.prerequisites.push(id);
            if !comment.trim().is_empty() {
                keep = line;
            }
        } else {
            let (hex, name) = line.split_at(line.len().min(40));
            let target = self.id(hex)?;
            let name = name.strip_prefix(b" ").unwrap_or(name);
            let (symbolic, peeled) = (None, None);
            self.bundle.refs.push(Ref { name: BString::from(name), target, symbolic, peeled });
        }
        self.says_more |= !keep.is_empty();
        self.text.extend_from_slice(keep);
        self.text.push(b'\n');
        Ok(())
    }

    /// A capability that is not known may change what the rest means.
    fn capability(&mut self, capability: &BStr) -> Result<(), Error> {
        if let Some(format) = capability.strip_prefix(b"object-format=") {
            if format != b"sha1" {
                let format = format.to_str_lossy().escape_debug().to_string();
                return Err(Error::ObjectFormat { path: self.bundle.path.clone(), format });
            }
        } else if capability.starts_with(b"filter=") {
            self.bundle.is_filtered = true;
        } else {
            let name = capability.to_str_lossy().escape_debug().to_string();
            return Err(self.broken(format!("it asks for `{name}`, which is not known")));
        }
        Ok(())
    }

    fn id(&self, hex: &[u8]) -> Result<ObjectId, Error> {
        let why = || format!("line {} of its head is not understood", self.lines);
        ObjectId::from_hex(hex).ok_or_else(|| self.broken(why()))
    }

    fn broken(&self, detail: String) -> Error {
        Error::Bundle { path: self.bundle.path.clone(), detail }
    }

    fn finish(mut self) -> Bundle {
        self.bundle.prerequisites.sort_unstable();
        self.bundle.prerequisites.dedup();
        self.bundle.refs.sort();
        self.bundle.refs.dedup();
        self.bundle.text = self.says_more.then_some(self.text);
        self.bundle
    }
}

impl Bundle {
    /// Says that something can only be asked of a repository.
    pub(super) fn refuse(&self, what: &'static str) -> Error {
        Error::NotOfABundle { path: self.path.clone(), what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8]) -> Result<Option<Bundle>, Error> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bundle");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn heads_of_both_versions_are_read() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let head = format!("# v2 git bundle\n-{b} a subject\n{a} refs/heads/x y\n{a} HEAD\n\n");
        let bundle = of(format!("{head}PACK").as_bytes()).unwrap().unwrap();
        assert_eq!(bundle.pack_at, head.len() as u64);
        assert_eq!(bundle.prerequisites, [b.parse().unwrap()]);
        let names: Vec<_> = bundle.refs.iter().map(|r| r.name.to_string()).collect();
        assert_eq!(names, ["HEAD", "refs/heads/x y"]);
        assert_eq!(bundle.text.unwrap(), format!("\n-{b} a subject\n\n\n").as_bytes());
        let head =
            format!("# v3 git bundle\n@object-format=sha1\n@filter=blob:none\n-{b} \n{a} HEAD\n\n");
        let bundle = of(head.as_bytes()).unwrap().unwrap();
        assert!(bundle.is_filtered && bundle.text.is_none());
    }

    #[test]
    fn what_is_not_understood_is_refused_and_what_is_no_bundle_is_none() {
        let a = "a".repeat(40);
        for (head, says) in [
            ("# v4 git bundle\n\n".to_owned(), "unknown version"),
            ("# v3 git bundle\n@object-format=sha256\n\n".to_owned(), "sha256"),
            ("# v3 git bundle\n@bundle-uri=x\n\n".to_owned(), "bundle-uri"),
            (format!("# v2 git bundle\n{a} HEAD"), "no end"),
            (format!("# v2 git bundle\n{a} HEAD\n"), "no end"),
            ("# v2 git bundle\nnonsense\n\n".to_owned(), "line 2"),
            ("# v2 git bundle\n-\n\n".to_owned(), "line 2"),
        ] {
            let said = of(head.as_bytes()).unwrap_err().to_string();
            assert!(said.contains(says), "{head}: {said}");
        }
        for none in ["", "# v2", "# v2 git bundl", "PACK", "# a heading\n"] {
            assert_eq!(of(none.as_bytes()).unwrap(), None, "{none}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(rest in proptest::collection::vec(proptest::sample::select(&b"# v23gitbundle-@=a\n\x00\xff"[..]), 0..100)) {
            let _ = of(&[&b"# v3 git bundle\n"[..], &rest].concat());
        }
    }
}
