//! What a commit says: its tree, its parents, who and when, and where its message begins.
//!
//! Parsed as far as it goes: an odd or hostile commit yields those parts that can be read, the
//! rest is absent. Signatures and other long headers are stepped over line by line.

use bstr::{BStr, BString, ByteSlice};

use super::{Objects, person};
use crate::model::{CommitRef, Gap, ObjectId, ObjectKind, Person};

/// The parts of a commit. Everything borrowed is raw.
#[derive(Debug, Clone, Default)]
pub struct Commit<'a> {
    /// Its tree; `None` when the header is missing or no name.
    pub tree: Option<ObjectId>,
    /// Its parents in order.
    pub parents: Vec<ObjectId>,
    /// What its `encoding` header says.
    pub encoding: Option<&'a BStr>,
    /// Where the message begins; the length of the commit when there is none. An offset before it
    /// lies in the header.
    pub message_at: usize,
    author: &'a [u8],
    committer: &'a [u8],
    message: &'a [u8],
}

/// Goes over the header lines of a commit or tag: key, value, without continuation lines. Ends at
/// the blank line.
pub(crate) struct Headers<'a> {
    bytes: &'a [u8],
    /// Where the next line begins; once the headers are over, where the message begins.
    pub(crate) at: usize,
}

impl<'a> Headers<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Headers { bytes, at: 0 }
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            if length == 0 {
                // The blank line: stay behind it, and say "over" from now on.
                self.at += 1;
                self.bytes = &self.bytes[..self.at];
                return None;
            }
            self.at = self.bytes.len().min(self.at + length + 1);
            if rest[0] != b' ' {
                let line = &rest[..length];
                let key = line.find_byte(b' ').unwrap_or(length);
                return Some((&line[..key], line.get(key + 1..).unwrap_or_default()));
            }
        }
    }
}

/// The first line of a message that says something, cut to a length for people.
pub(crate) fn subject(message: &[u8]) -> BString {
    person::brief(message.lines().find(|line| !line.trim().is_empty()).unwrap_or_default())
}

impl<'a> Commit<'a> {
    /// Reads a commit as far as it can be read.
    pub fn parse(bytes: &'a [u8]) -> Self {
        let mut commit = Commit::default();
        let mut headers = Headers::new(bytes);
        for (key, value) in headers.by_ref() {
            match key {
                b"tree" if commit.tree.is_none() => commit.tree = ObjectId::from_hex(value),
                b"parent" => commit.parents.extend(ObjectId::from_hex(value)),
                b"author" if commit.author.is_empty() => commit.author = value,
                b"committer" if commit.committer.is_empty() => commit.committer = value,
                b"encoding" => commit.encoding = Some(value.as_bstr()),
                _ => {}
            }
        }
        commit.message_at = headers.at;
        commit.message = &bytes[headers.at..];
        commit
    }

    /// Who wrote it; all empty when the header is missing.
    pub fn author(&self) -> Person {
        person::parse(self.author)
    }

    /// Who committed it; all empty when the header is missing.
    pub fn committer(&self) -> Person {
        person::parse(self.committer)
    }

    /// When it was committed, seconds since 1970 (0 when it does not say).
    pub fn seconds(&self) -> i64 {
        person::seconds(self.committer)
    }

    /// The first line of its message that is not blank, at most 1 KiB.
    pub fn subject(&self) -> BString {
        subject(self.message)
    }

    /// Its whole message, raw.
    pub fn message(&self) -> &'a BStr {
        self.message.as_bstr()
    }
}

/// Reads the commit of this name as reports show it; `None` when it is not there or no commit.
///
/// # Errors
/// The gap to report when it is there and cannot be read.
pub fn commit_ref(objects: &impl Objects, id: &ObjectId) -> Result<Option<CommitRef>, Gap> {
    let mut bytes = Vec::new();
    if objects.read(id, &mut bytes)? != Some(ObjectKind::Commit) {
        return Ok(None);
    }
    let commit = Commit::parse(&bytes);
    Ok(Some(CommitRef {
        id: *id,
        author: commit.author(),
        committer: commit.committer(),
        subject: commit.subject(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";

    #[test]
    fn a_signed_merge_is_read_whole() {
        let text = format!(
            "tree {ONE}\nparent {ONE}\nparent {TWO}\nauthor A <a@b> 1 +0100\ncommitter C <c@d> 2 +0000\n\
             encoding ISO-8859-1\ngpgsig -----BEGIN\n parent {TWO}\n \n -----END\n\n\nSubject\n\nBody parent {TWO}\n"
        );
        let commit = Commit::parse(text.as_bytes());
        assert_eq!(commit.tree, ObjectId::from_hex(ONE.as_bytes()));
        assert_eq!(commit.parents.len(), 2);
        assert_eq!((commit.author().name, commit.author().offset_minutes), ("A".into(), 60));
        assert_eq!((commit.committer().email, commit.seconds()), ("c@d".into(), 2));
        assert_eq!(commit.encoding, Some("ISO-8859-1".into()));
        assert_eq!(commit.subject(), "Subject");
        assert_eq!(&text[commit.message_at..commit.message_at + 8], "\nSubject");
    }

    #[test]
    fn odd_commits_parse_as_far_as_they_go() {
        assert_eq!(Commit::parse(b"").message_at, 0);
        let cut = format!("tree {ONE}\nparent 12");
        let commit = Commit::parse(cut.as_bytes());
        assert!(commit.tree.is_some() && commit.parents.is_empty());
        assert_eq!(commit.message_at, cut.len());
        let bare = Commit::parse(b"\nonly a message");
        assert_eq!((bare.message_at, bare.subject()), (1, "only a message".into()));
    }

    proptest! {
        #[test]
        fn any_bytes_split_into_header_and_message(bytes in prop::collection::vec(prop_oneof![
            Just(b'\n'), Just(b' '), any::<u8>()], 0..120))
        {
            let commit = Commit::parse(&bytes);
            prop_assert_eq!(commit.message(), &bytes[commit.message_at..]);
            let blank = if bytes.first() == Some(&b'\n') { Some(1) }
                else { bytes.find(b"\n\n").map(|at| at + 2) };
            prop_assert_eq!(commit.message_at, blank.unwrap_or(bytes.len()));
        }
    }
}
