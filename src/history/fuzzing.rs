//! Entry points for fuzzing: trees, commits, tags and what is kept of a graph. A law that does not
//! hold is a failed assertion.

#![allow(clippy::panic)] // This is how a target speaks.

use super::reading::Reader;
use super::{Commit, Entry, Graph, GraphPart, Tag, entries};
use crate::model::{ObjectId, ObjectKind, Patch, Piece, fuzzing::Source};
use crate::pack::Object;

/// A commit.
pub fn commit(data: &[u8]) {
    let commit = Commit::parse(data);
    assert_eq!(commit.message(), &data[commit.message_at..]);
    let said = (commit.author(), commit.committer(), commit.seconds(), commit.subject());
    drop(said);
}

/// An annotated tag.
pub fn tag(data: &[u8]) {
    let tag = Tag::parse(data);
    assert!(tag.message_at <= data.len());
    let said = (tag.tagger(), tag.subject());
    drop(said);
}

/// Trees, each made from the one before in pieces, read by what is known of that one and plainly: both
/// find the same.
pub fn trees(data: &[u8]) {
    let mut source = Source::new(data);
    let mut reader = Reader::new();
    let look = |entry: Entry<'_>| entry.name.first().map(|_| (entry.id, entry.mode));
    let (mut older, mut known) = (Vec::new(), None);
    while !source.is_empty() && older.len() <= 4096 {
        let (mut tree, mut pieces, mut inserted) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..=source.byte() % 4 {
            let at = source.below(older.len());
            let len = source.below(older.len() - at + 1);
            if len > 0 {
                pieces.push(Piece { to: tree.len(), len, at, copied: true });
                tree.extend_from_slice(&older[at..at + len]);
            }
            let chunk = source.chunk();
            if !chunk.is_empty() {
                let (to, at) = (tree.len(), inserted.len());
                pieces.push(Piece { to, len: chunk.len(), at, copied: false });
                tree.extend_from_slice(chunk);
                inserted.extend_from_slice(chunk);
            }
        }
        let (mut plain, mut plainly_ended) = (Vec::new(), Ok(()));
        for entry in entries(&tree) {
            match entry {
                Ok(entry) => plain.extend(look(entry)),
                Err(error) => plainly_ended = Err(error),
            }
        }
        let patch = Patch { pieces: &pieces, older: &older, inserted: &inserted, margin: 0 };
        let ended = reader.changed(known.as_ref(), &patch, true, |entry, _| look(entry));
        assert_eq!(reader.found().collect::<Vec<_>>(), plain);
        assert_eq!(ended, plainly_ended);
        known = Some(reader.remember());
        older = tree;
    }
}

/// A graph of hostile commits, kept and read back; and bytes that nobody kept.
pub fn graph(data: &[u8]) {
    if let Some(part) = GraphPart::restore(data) {
        Graph::build(vec![part]);
    }
    let mut source = Source::new(data);
    let mut part = GraphPart::default();
    while !source.is_empty() {
        let id = |number: u8| ObjectId([number % 16; 20]);
        let (own, kind) = (id(source.byte()), source.byte());
        let named: Vec<ObjectId> = source.chunk().iter().take(6).map(|byte| id(*byte)).collect();
        let (kind, key) = match kind % 4 {
            0 => (ObjectKind::Tag, "object"),
            _ => (ObjectKind::Commit, "parent"),
        };
        let text: String = named.iter().map(|id| format!("{key} {id}\n")).collect();
        part.add(Object { id: own, kind, bytes: text.as_bytes() });
    }
    let mut kept = Vec::new();
    GraphPart::save(&[part], &|_| true, &mut kept);
    let Some(restored) = GraphPart::restore(&kept) else { panic!("not read back") };
    let mut again = Vec::new();
    GraphPart::save(std::slice::from_ref(&restored), &|_| true, &mut again);
    assert_eq!(kept, again);
    let graph = Graph::build(vec![restored]);
    assert_eq!(graph.order().len(), graph.len());
    for (id, _) in graph.tags() {
        graph.peel(*id);
    }
}
