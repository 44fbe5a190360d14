//! A pack with its delta forest.

use std::{
    ops::{Deref, DerefMut},
    path::Path,
    sync::OnceLock,
};

use super::{bits::Bits, entries::Entries, forest::Forest, index::Index};
use crate::model::{Gap, ObjectKind};

/// A pack, and which of its entries is a delta on which once that has been asked for.
#[derive(Debug)]
pub(crate) struct Pack {
    entries: Entries,
    forest: OnceLock<Forest>,
}

impl Pack {
    /// Opens a pack, as [`Entries::open`] does.
    pub(crate) fn open(idx: &Path, gaps: &mut Vec<Gap>) -> Result<Pack, Gap> {
        Ok(Pack::new(Entries::open(idx, gaps)?))
    }

    /// A pack that is open.
    pub(crate) fn new(entries: Entries) -> Pack {
        Pack { entries, forest: OnceLock::new() }
    }

    /// Gives the pack another index, by which its forest will be built anew.
    pub(crate) fn set_index(&mut self, index: Index) {
        self.entries.index = index;
        self.entries.repeats = Bits::default();
        self.forest = OnceLock::new();
    }

    /// A pack that lies in no file.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn of(
        path: std::path::PathBuf,
        idx: super::map::Mapped,
        pack: super::map::Mapped,
        gaps: &mut Vec<Gap>,
    ) -> Result<Pack, Gap> {
        let index = Index::new(idx).map_err(|error| {
            super::entries::damaged(&path, format!("a pack index is damaged: {error}"))
        })?;
        let entries = Entries::of(path, index, pack, gaps)?;
        Ok(Pack { entries, forest: OnceLock::new() })
    }

    /// Its delta forest, built on first use and kept.
    #[inline]
    pub(crate) fn forest(&self) -> &Forest {
        match self.forest.get() {
            Some(forest) => forest,
            None => self.build_forest(),
        }
    }

    #[cold]
    fn build_forest(&self) -> &Forest {
        // Not `get_or_init` alone: building runs on rayon, whose threads may take up other work while
        // they wait, come here again and wait for themselves. Building twice is merely a waste.
        let forest = Forest::build(&self.entries);
        self.forest.get_or_init(|| forest)
    }

    /// Says that this entry will be shown soon. Of blobs nearly none is ever spoken of by its name.
    #[inline]
    pub(crate) fn prefetch_name(&self, rank: u32, kind: ObjectKind) {
        if kind != ObjectKind::Blob {
            self.index.prefetch_id(self.forest().position(rank));
        }
    }
}

impl Deref for Pack {
    type Target = Entries;

    fn deref(&self) -> &Entries {
        &self.entries
    }
}

impl DerefMut for Pack {
    fn deref_mut(&mut self) -> &mut Entries {
        &mut self.entries
    }
}
