//! Objects in their relations: what commits and trees say, which commits are reached, where a blob
//! came in and went out, what a range of commits or the index changes. Knows no rule.

mod added;
mod carriers;
mod changes;
#[cfg(test)]
mod changes_tests;
mod commit;
mod found;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod graph;
#[cfg(test)]
mod hostile_tests;
mod kept_trace;
mod links;
mod listed;
mod looking;
mod missing;
mod new_names;
mod numbers;
mod objects;
mod order;
mod passes;
mod paths;
mod person;
mod presence;
#[cfg(test)]
mod random;
mod range;
mod reach;
mod reading;
mod repository;
#[cfg(test)]
mod repository_tests;
mod reversed;
mod saved;
mod sightings;
mod staged;
mod starts;
mod submodules;
mod sweep;
mod swept;
mod tag;
#[cfg(test)]
mod testing;
mod things;
mod trace;
#[cfg(test)]
mod trace_tests;
mod traced;
mod tracer;
mod tree;
mod wanted;

pub use added::{AddedLines, added_lines};
pub use changes::Changed;
pub use commit::{Commit, commit_ref};
pub use graph::{Graph, GraphPart};
pub use links::{Lost, Missing};
pub use looking::{ContainsAll, KnownTree, Looked, TreeLook, TreePart};
pub use missing::missing_gaps;
pub use objects::Objects;
pub(crate) use person::MOST_TEXT;
pub use range::{Range, RangeCommit, changed, range};
pub use reach::{Labels, Reach, graph_gaps};
pub use repository::staged_in;
pub use staged::{Listed, Listing, Staged, staged};
pub use starts::{StagedBlob, Starts};
pub use submodules::submodules;
pub use sweep::{Sweep, SweepPart};
pub use swept::Swept;
pub use tag::Tag;
pub use trace::{trace, trace_swept};
pub use traced::{Hit, Sighting, Trace, Traced};
pub use tree::{Entries, Entry, EntryKind, Malformed, entries};
