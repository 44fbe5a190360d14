//! Objects in object folders: packs and loose files, read by ourselves at the speed of decoding.
//!
//! [`Store`] opens object folders, finds and reads single objects and, above all, visits each
//! distinct object once ([`Store::traverse`]): every delta is inflated and applied exactly once, on
//! all threads of rayon's current pool, with little held in memory. It knows no ref, no commit graph
//! and no configuration. Every byte is treated as hostile: sizes are checked before anything is
//! allocated, chains are followed in loops, and what cannot be read is a gap.
//!
//! | file | idea |
//! |---|---|
//! | `map`, `prefetch` | regular files mapped into memory; asking for memory early (the only `unsafe` here) |
//! | `index`, `entry`, `inflate`, `delta` | the formats, one each |
//! | `entries`, `packed`, `loose` | a pack with its index; the same with its forest; loose objects |
//! | `sequence`, `naming` | the entries of a pack without an index; an index made for it |
//! | `forest` | which entry of a pack is a delta on which |
//! | `store`, `resolve`, `damage` | all objects together; one object by name; why not |
//! | `identity` | which pack is which, by content |
//! | `visitor`, `offer`, `traverse` | every object once, and to whom it is shown |
//! | `job`, `worker`, `decoder`, `frame`, `board`, `quota`, `gaps` | the same, shared among threads |
//! | `buffer`, `bits` | recycled memory; a set of positions |

mod bits;
mod board;
mod buffer;
mod damage;
mod decoder;
mod delta;
mod encode;
mod entries;
mod entry;
mod forest;
mod frame;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod gaps;
mod identity;
mod index;
mod inflate;
mod job;
mod loose;
mod map;
mod marks;
mod naming;
mod offer;
mod packed;
mod plan;
mod prefetch;
mod quota;
mod resolve;
mod sequence;
mod show;
mod store;
mod traverse;
mod visitor;
mod worker;

#[cfg(test)]
mod tests;

pub use identity::{PackFile, PackId};
pub use offer::{Change, Object, Offer};
pub use store::{Error, Store};
pub use visitor::{KindSet, Visitor};
