//! Where in a git object something was found: in the content of a blob, the header or the message of a commit
//! or tag, a name that a tree lists.

use bstr::ByteSlice;

use super::collect::InObject;
use crate::{
    detect::{Candidate, Detector, Locator, Scratch},
    history::{Commit, Tag, entries},
    model::{ObjectId, ObjectKind, Part, Span},
};

/// Everything that is found in one object, with where in it.
pub(super) fn search_object(
    detector: &Detector,
    scratch: &mut Scratch,
    id: ObjectId,
    kind: ObjectKind,
    bytes: &[u8],
) -> Vec<(Candidate, InObject)> {
    let hits = match kind {
        ObjectKind::Tree => detector.anchors_in_names(bytes, scratch),
        _ => detector.anchors(bytes, scratch),
    };
    let found = detector.judge(bytes, hits);
    placed(id, kind, bytes, found)
}

/// What was found in an object, with where in it.
pub(super) fn placed(
    id: ObjectId,
    kind: ObjectKind,
    bytes: &[u8],
    found: Vec<Candidate>,
) -> Vec<(Candidate, InObject)> {
    if found.is_empty() {
        return Vec::new();
    }
    let (parts, text_at) = match kind {
        ObjectKind::Tree => return in_names(id, bytes, &found),
        ObjectKind::Blob => ([Part::Content, Part::Content], 0),
        ObjectKind::Commit => {
            ([Part::CommitHeader, Part::CommitMessage], Commit::parse(bytes).message_at)
        }
        ObjectKind::Tag => ([Part::TagHeader, Part::TagMessage], Tag::parse(bytes).message_at),
    };
    // Lines and columns are those of the blob or message; a header has none.
    let text = &bytes[text_at..];
    let mut locator = Locator::new(text);
    let in_object = |candidate: Candidate| {
        let in_header = candidate.span.start < text_at;
        let region = (!in_header).then(|| {
            let span = Span::new(candidate.span.start - text_at, candidate.span.end - text_at);
            locator.region(text, 0, span)
        });
        let object = InObject {
            object: id,
            kind,
            part: parts[usize::from(!in_header)],
            member: None,
            region,
            spelling: (kind != ObjectKind::Blob).then(|| candidate.span.of(bytes).to_vec()),
            layers: candidate.layers.clone(),
            inner: candidate.inner,
            line_hash: None,
            entry: None,
        };
        (candidate, object)
    };
    found.into_iter().map(in_object).collect()
}

/// What stands in the names that a tree lists; between them are modes and raw object names.
fn in_names(tree: ObjectId, bytes: &[u8], found: &[Candidate]) -> Vec<(Candidate, InObject)> {
    let mut placed = Vec::new();
    let mut at = 0;
    for entry in entries(bytes).map_while(Result::ok) {
        let name = name_span(bytes, at, entry.name);
        // After a name come a zero byte and the 20 bytes of an object's name.
        at = name.end + 21;
        for candidate in found.iter().filter(|candidate| name.contains(candidate.span)) {
            let object = InObject {
                object: tree,
                kind: ObjectKind::Tree,
                part: Part::FileName,
                member: None,
                region: None,
                spelling: Some(candidate.span.of(bytes).to_vec()),
                layers: candidate.layers.clone(),
                inner: candidate.inner,
                line_hash: None,
                entry: Some(entry.name.into()),
            };
            placed.push((candidate.clone(), object));
        }
    }
    placed
}

/// Where in a tree the entry's name stands, that begins at or after `from`.
fn name_span(tree: &[u8], from: usize, name: &[u8]) -> Span {
    let mode = tree.get(from..).and_then(|rest| rest.find_byte(b' ')).map_or(0, |at| at + 1);
    Span::new(from + mode, from + mode + name.len())
}
