//! Where the answers of provenance are kept from run to run.
//!
//! An answer follows from the packs (if they hold all of history), from what was found, and from what
//! refs, logs and index say. It lies under a name made of all that, so that whoever finds it
//! asks the same question.

use std::{
    fmt::{self, Write},
    sync::Arc,
};

use crate::{
    cache::{Digest, Folder},
    history::{Graph, Hit, Starts, Trace},
    pack::Store,
};

/// The context that separates these names from every other use of BLAKE3.
const QUESTION: &str = "cfleaks 2026-11-22 question after provenance v1";

/// A place for the answer to one question after provenance: for one set of packs that hold all of
/// history.
pub(super) struct Shelf {
    folder: Arc<Folder>,
    hasher: blake3::Hasher,
}

impl Shelf {
    /// The place for these terms and these packs, which are sorted.
    pub(super) fn new(folder: &Arc<Folder>, terms: &Digest, packs: &[Digest]) -> Shelf {
        let mut hasher = blake3::Hasher::new_derive_key(QUESTION);
        hasher.update(terms);
        for pack in packs {
            hasher.update(pack);
        }
        Shelf { folder: Arc::clone(folder), hasher }
    }

    /// The name under which the answer lies to what these hits ask, refs and index being as they are.
    fn name(&self, hits: &[Hit], starts: &Starts) -> Digest {
        let mut hasher = self.hasher.clone();
        // Says every field of both.
        let _ = write!(Hashed(&mut hasher), "{hits:?} {starts:?}");
        *hasher.finalize().as_bytes()
    }

    /// The answer that an earlier run has found.
    pub(super) fn recall(
        &self,
        hits: &[Hit],
        starts: &Starts,
        store: &Store,
        graph: &Graph,
    ) -> Option<Trace> {
        Trace::recall(&self.folder.get(&self.name(hits, starts))?, store, graph)
    }

    /// Keeps an answer for later runs, if it can be kept.
    pub(super) fn keep(
        &self,
        hits: &[Hit],
        starts: &Starts,
        store: &Store,
        graph: &Graph,
        trace: &Trace,
    ) {
        if let Some(bytes) = trace.keep(store, graph) {
            self.folder.put(&self.name(hits, starts), bytes);
        }
    }
}

/// Text on its way into a hash.
pub(super) struct Hashed<'h>(pub(super) &'h mut blake3::Hasher);

impl Write for Hashed<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
