//! Objects in their relations: what commits and trees say, which commits are reached, where a blob
//! came in and went out, what a range of commits or the index changes. Knows no rule.

mod commit;
mod graph;
mod objects;
mod person;
mod reach;
mod starts;
mod tag;
#[cfg(test)]
mod testing;
mod tree;

pub use commit::{Commit, commit_ref};
pub use graph::Graph;
pub use objects::{KindSet, Object, Objects, Visitor};
pub use reach::{Labels, Reach, graph_gaps};
pub use starts::{StagedBlob, Starts};
pub use tag::Tag;
pub use tree::{Entries, Entry, EntryKind, Malformed, entries};
