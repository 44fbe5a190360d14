//! What an annotated tag says: the object it names, its own name, who tagged, where its message
//! begins. As lenient as the reading of commits.

use bstr::{BStr, BString, ByteSlice};

use super::commit::{Headers, subject};
use super::person;
use crate::model::{ObjectId, ObjectKind, Person};

/// The parts of an annotated tag. Everything borrowed is raw.
#[derive(Debug, Clone, Default)]
pub struct Tag<'a> {
    /// The object it names.
    pub object: Option<ObjectId>,
    /// The kind it says that object is of.
    pub kind: Option<ObjectKind>,
    /// Its own name, without `refs/tags/`.
    pub name: &'a BStr,
    /// Where the message begins; the length of the tag when there is none.
    pub message_at: usize,
    tagger: &'a [u8],
    message: &'a [u8],
}

impl<'a> Tag<'a> {
    /// Reads a tag as far as it can be read.
    pub fn parse(bytes: &'a [u8]) -> Self {
        let mut tag = Tag::default();
        let mut headers = Headers::new(bytes);
        for (key, value) in headers.by_ref() {
            match key {
                b"object" if tag.object.is_none() => tag.object = ObjectId::from_hex(value),
                b"type" if tag.kind.is_none() => tag.kind = kind(value),
                b"tag" if tag.name.is_empty() => tag.name = value.as_bstr(),
                b"tagger" if tag.tagger.is_empty() => tag.tagger = value,
                _ => {}
            }
        }
        tag.message_at = headers.at;
        tag.message = &bytes[headers.at..];
        tag
    }

    /// Who tagged; `None` in the old tags that do not say.
    pub fn tagger(&self) -> Option<Person> {
        (!self.tagger.is_empty()).then(|| person::parse(self.tagger))
    }

    /// The first line of its message that is not blank, at most 1 KiB.
    pub fn subject(&self) -> BString {
        subject(self.message)
    }
}

fn kind(word: &[u8]) -> Option<ObjectKind> {
    match word {
        b"commit" => Some(ObjectKind::Commit),
        b"tree" => Some(ObjectKind::Tree),
        b"blob" => Some(ObjectKind::Blob),
        b"tag" => Some(ObjectKind::Tag),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_and_an_old_one_without_tagger() {
        let id = "3333333333333333333333333333333333333333";
        let text = format!("object {id}\ntype commit\ntag v1\ntagger T <t@u> 9 -0100\n\nRelease\n");
        let tag = Tag::parse(text.as_bytes());
        assert_eq!(
            (tag.object, tag.kind),
            (ObjectId::from_hex(id.as_bytes()), Some(ObjectKind::Commit))
        );
        assert_eq!((tag.name, tag.subject()), ("v1".into(), "Release".into()));
        assert_eq!(tag.tagger().map(|t| (t.name, t.offset_minutes)), Some(("T".into(), -60)));
        assert_eq!(&text[tag.message_at..], "Release\n");
        assert!(Tag::parse(b"object x\ntype y\n").tagger().is_none());
    }
}
