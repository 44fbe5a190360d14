//! Objects in their relations: what commits and trees say, which commits are reached, where a blob
//! came in and went out, what a range of commits or the index changes. Knows no rule.

mod carriers;
mod commit;
mod graph;
mod objects;
mod paths;
mod person;
mod presence;
mod reach;
mod sightings;
mod starts;
mod sweep;
mod tag;
#[cfg(test)]
mod testing;
mod trace;
#[cfg(test)]
mod trace_tests;
mod tree;

pub use commit::{Commit, commit_ref};
pub use graph::Graph;
pub use objects::{KindSet, Object, Objects, Visitor};
pub use reach::{Labels, Reach, graph_gaps};
pub use starts::{StagedBlob, Starts};
pub use tag::Tag;
pub use trace::{Hit, Sighting, Trace, Traced, trace};
pub use tree::{Entries, Entry, EntryKind, Malformed, entries};
