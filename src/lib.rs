//! `cfleaks` finds leaked Cloudflare credentials: in files, in what is about to be committed
//! and in the whole history of a git repository.
//!
//! The crate is a house of five floors, and imports go down only (`tests/layers.rs` holds it):
//!
//! | floor | modules | what they know |
//! |---|---|---|
//! | 4 | [`cli`] | arguments, composition, exit code, signals; the only reader of the environment |
//! | 3 | [`scan`], `verify`, [`report`] | sources joined with detection; what is live; output formats |
//! | 2 | [`detect`], [`history`] | bytes in, candidates out; objects and provenance, no rule |
//! | 1 | [`rules`], [`walk`], [`unpack`], [`git`], [`pack`], [`cache`] | rules as data; a folder; archives; a repository's small files; packed objects; what earlier runs searched |
//! | 0 | [`model`] | the words: secret, span, place, finding, report, gap |

pub mod cache;
pub mod cli;
pub mod detect;
pub mod git;
pub mod history;
pub mod model;
pub mod pack;
pub mod report;
pub mod rules;
pub mod scan;
pub mod unpack;
#[cfg(feature = "verify")]
pub mod verify;
pub mod walk;
