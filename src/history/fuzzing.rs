//! Entry points for fuzzing: trees, commits, tags and what is kept of a graph. A law that does not
//! hold is a failed assertion.

#![allow(clippy::panic)] // This is how a target speaks.

use super::lockstep::Lockstep;
use super::{Commit, Graph, GraphPart, Tag, entries};
use crate::model::{ObjectId, ObjectKind, fuzzing::Source};
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

/// Trees, read one by one and in step with the one before: both find the same.
pub fn trees(data: &[u8]) {
    let mut source = Source::new(data);
    let mut lockstep = Lockstep::new();
    let mut last: &[u8] = &[];
    while !source.is_empty() {
        let choice = source.byte();
        let chunk = source.chunk();
        // Often a neighbour of the one before, as in a pack.
        let cut = usize::from(choice).min(last.len());
        let tree = [&last[..cut], chunk, &last[cut..]].concat();
        let tree = if choice == 255 { chunk.to_vec() } else { tree };
        let mut plain = Vec::new();
        let mut plainly_ended = Ok(());
        for entry in entries(&tree) {
            match entry {
                Ok(entry) => plain.extend(entry.name.first().map(|_| (entry.id, entry.mode))),
                Err(error) => plainly_ended = Err(error),
            }
        }
        let (found, ended) =
            lockstep.read(&tree, |entry| entry.name.first().map(|_| (entry.id, entry.mode)));
        assert_eq!(found.collect::<Vec<_>>(), plain);
        assert_eq!(ended.is_err(), plainly_ended.is_err());
        if tree.len() > 4096 {
            break;
        }
        last = chunk;
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
