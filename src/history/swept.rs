//! What a pass over all trees leaves behind, and what it tells of the things that are asked for.

use std::collections::HashMap;
use std::sync::Arc;

use bstr::{BString, ByteSlice};
use rustc_hash::FxHashMap;

use super::found::{Found, Target};
use super::listed::Listed;
use super::numbers::Numbers;
use super::wanted::Wanted;
use crate::model::{Gap, ObjectId};

/// What a pass over all trees leaves behind.
pub struct Swept {
    pub(super) wanted: Arc<Wanted>,
    /// Entries that are folders.
    pub(super) edges: Vec<Listed>,
    /// Entries that are hits.
    pub(super) things: Vec<Listed>,
    /// The folders' numbers.
    pub(super) numbers: Arc<Numbers>,
    /// The entries' names by number.
    pub(super) names: Vec<BString>,
    pub(super) gaps: Vec<Gap>,
    /// Whether all folders are remembered, and not only those that lead to hits.
    pub(super) is_whole: bool,
}

/// Which entries lead to what is asked for.
pub(crate) struct Leads<'a> {
    /// Entries that are folders. They may lead to nothing.
    pub(super) edges: &'a [Listed],
    /// Entries that are asked for.
    pub(super) things: Vec<Listed>,
    /// The folders' numbers.
    pub(super) numbers: &'a Numbers,
    /// The entries' names by number.
    pub(super) names: Vec<BString>,
    pub(super) gaps: Vec<Gap>,
}

impl Swept {
    /// What leads to all that the pass looked for.
    pub(super) fn all(&mut self) -> Leads<'_> {
        Leads {
            edges: &self.edges,
            things: std::mem::take(&mut self.things),
            numbers: &self.numbers,
            names: std::mem::take(&mut self.names),
            gaps: std::mem::take(&mut self.gaps),
        }
    }

    /// What leads to these things, by their own numbers; `None` if the pass did not look for all of them.
    /// It may have looked for more: what was found before all was known is not always told.
    pub(super) fn only(&mut self, wanted: &Wanted) -> Option<Leads<'_>> {
        let number = |(id, new): (&ObjectId, &u32)| Some((*self.wanted.blobs.get(id)?, *new));
        let numbers: Option<HashMap<u32, u32>> = wanted.blobs.iter().map(number).collect();
        let numbers = numbers.filter(|_| wanted.names.is_empty())?;
        let renumber = |found: &Found| {
            let (thing, symlink) = found.target.get().err()?;
            let thing = *numbers.get(&thing)?;
            Some(Found { name: found.name, target: Target::thing(thing, symlink) })
        };
        self.things = self.things.iter().map(|listed| listed.filter_map(renumber)).collect();
        Some(self.all())
    }

    /// What leads to entries of trees that are known already, whatever the pass looked for. `None` if
    /// anything else is wanted, or if not all folders are remembered. An entry that is listed twice
    /// counts once.
    pub(super) fn listing(&self, wanted: &Wanted) -> Option<Leads<'_>> {
        if !self.is_whole || !wanted.blobs.is_empty() {
            return None;
        }
        let mut names = self.names.clone();
        let mut numbers = FxHashMap::default();
        let mut things = Listed::default();
        for (tree, wanted) in &wanted.names {
            for (name, of_name) in wanted {
                let number = *numbers.entry(name.as_bstr()).or_insert_with(|| {
                    names.push(name.clone());
                    names.len() as u32 - 1
                });
                let found = |&thing| Found { name: number, target: Target::thing(thing, false) };
                of_name.iter().map(found).for_each(|found| things.push(found));
            }
            things.close(*tree);
        }
        Some(Leads {
            edges: &self.edges,
            things: vec![things],
            numbers: &self.numbers,
            names,
            gaps: Vec::new(),
        })
    }
}
