//! The one pass over all trees: which of them hold what is looked for, and which trees lead to
//! which.
//!
//! A tree's entry is of interest when it is something looked for (a blob with a secret, a name that
//! is one) or a folder, since the folder may lead to one. Whether it does is known only when all
//! trees were seen, and a pack's order is not that of the folders. Two ways round this:
//!
//! - *Edges*: remember every folder entry as a pair of numbers (name, tree), eight bytes, and
//!   decide afterwards. One pass. Git's own repository has some millions of such entries.
//! - *Rounds*: remember only hits in the first pass, then pass again over all trees for those that
//!   hold a tree found in the round before, until a round finds nothing. As many passes as the
//!   hits lie deep, and memory only for what matters.
//!
//! The first is tried; when it would keep more than a budget of entries (the largest repositories
//! have hundreds of millions) it is dropped in favour of the second. Both give the same result,
//! which a test holds them to.
//!
//! Successive versions of a tree share nearly all their entries, so most trees are read as what changed
//! in them ([`super::looking`]), and each worker keeps the numbers it came by last. A tree that is looked
//! at is remembered by its name: it gets a number only where it is listed, since only what is both seen
//! and listed can be part of a way.
//!
//! Who goes over all trees anyway, and after all blobs, can feed a [`Sweep`] by the way, which spares
//! a pass.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::found::{Found, Target};
use super::listed::Listed;
use super::numbers::{Ids, Names, Numbers, Recent, lock};
use super::tree::Malformed;
use super::wanted::{Filter, Named, Wanted};
use super::{Entry, EntryKind, entries};
use crate::model::{Gap, GapReason, ObjectId, Patch, Span};

/// What the pass may keep.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Folder entries remembered before the way of rounds is taken.
    pub(crate) edges: usize,
    /// Entries remembered at all.
    pub(crate) entries: usize,
    /// Rounds: deeper hits lose their paths.
    pub(crate) rounds: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // 256 MB of folder entries; 1 GB at the very worst.
        Limits { edges: 32 << 20, entries: 128 << 20, rounds: 64 }
    }
}

/// After how many entries a worker says how many it remembers.
const COUNT_AT: usize = 1024;

/// What one worker keeps.
pub struct SweepPart {
    recent: Recent,
    kept: Kept,
    /// Folder entries and others that were remembered and are not counted yet.
    uncounted: (usize, usize),
}

impl SweepPart {
    pub(super) fn new() -> Self {
        SweepPart { recent: Recent::new(), kept: Kept::default(), uncounted: (0, 0) }
    }
}

/// What is remembered.
#[derive(Default)]
pub(super) struct Kept {
    /// Entries that are folders.
    pub(super) edges: Listed,
    /// Entries that are hits.
    pub(super) things: Listed,
    pub(super) gaps: Vec<Gap>,
}

/// A pass over all trees, in either way.
pub struct Sweep {
    pub(super) wanted: Arc<Wanted>,
    /// The trees that a round looks for, with their numbers; `None` in the first pass.
    frontier: Option<Ids>,
    /// Says of nearly all objects that they are not looked for.
    filter: Filter,
    pub(super) numbers: Arc<Numbers>,
    pub(super) names: Arc<Names>,
    pub(super) limits: Limits,
    /// Folder entries remembered in this pass.
    edges: AtomicUsize,
    /// All entries remembered, in all passes.
    pub(super) kept: Arc<AtomicUsize>,
    /// Whether folder entries are still remembered.
    pub(super) keep_edges: AtomicBool,
    pub(super) done: Mutex<Vec<Kept>>,
}

impl Sweep {
    /// A pass for provenance of these blobs; for that of listed entries, of none. Every tree of the store
    /// must be looked at, each once.
    pub fn new(blobs: &[ObjectId]) -> Sweep {
        let mut wanted = Wanted::default();
        let mut blobs = blobs.to_vec();
        blobs.sort_unstable();
        blobs.dedup();
        for (number, blob) in (0..).zip(blobs) {
            wanted.blob(blob, number);
        }
        Sweep::first_pass(wanted, Limits::default())
    }

    pub(super) fn first_pass(wanted: Wanted, limits: Limits) -> Sweep {
        Sweep {
            filter: Filter::of(wanted.blobs.keys()),
            wanted: Arc::new(wanted),
            frontier: None,
            numbers: Arc::new(Numbers::new()),
            names: Arc::default(),
            limits,
            edges: AtomicUsize::new(0),
            kept: Arc::default(),
            keep_edges: AtomicBool::new(true),
            done: Mutex::default(),
        }
    }

    /// The next round, which looks for these trees.
    pub(super) fn round(&self, found: Ids) -> Sweep {
        Sweep {
            wanted: Arc::clone(&self.wanted),
            filter: Filter::of(found.keys()),
            frontier: Some(found),
            numbers: Arc::clone(&self.numbers),
            names: Arc::clone(&self.names),
            limits: self.limits,
            edges: AtomicUsize::new(0),
            kept: Arc::clone(&self.kept),
            keep_edges: AtomicBool::new(true),
            done: Mutex::default(),
        }
    }

    /// Takes back what a worker kept.
    pub fn join(&self, part: Option<SweepPart>) {
        if let Some(mut part) = part {
            self.count(&mut part);
            lock(&self.done).push(part.kept);
        }
    }

    /// What an entry is worth remembering.
    pub(super) fn entry(&self, part: &mut SweepPart, entry: &Entry<'_>) -> Option<Found> {
        match &self.frontier {
            None => self.first(&mut part.recent, entry),
            Some(frontier) => self.again(frontier, entry),
        }
    }

    /// Ends a tree of which these entries are to be remembered.
    pub(super) fn close(
        &self,
        part: &mut SweepPart,
        tree: ObjectId,
        found: impl Iterator<Item = Found>,
        result: Result<(), Malformed>,
        patch: &Patch<'_>,
    ) {
        let Kept { edges, things, gaps } = &mut part.kept;
        for found in found {
            let to = if found.target.get().is_ok() { &mut *edges } else { &mut *things };
            to.push(found);
        }
        if let (None, Err(error)) = (&self.frontier, result) {
            let gap = Gap::new(GapReason::Damaged, error.to_string());
            gaps.push(gap.at_object(tree));
        }
        if let (None, Some(names)) = (&self.frontier, self.wanted.names.get(&tree)) {
            self.names_in(things, names, patch);
        }
        part.uncounted.0 += edges.close(tree);
        part.uncounted.1 += things.close(tree);
        if part.uncounted.0 + part.uncounted.1 > COUNT_AT {
            self.count(part);
        }
    }

    /// Adds what a worker remembered to what all have.
    fn count(&self, part: &mut SweepPart) {
        let (edges, things) = std::mem::take(&mut part.uncounted);
        self.kept.fetch_add(edges + things, Ordering::Relaxed);
        let edges = self.edges.fetch_add(edges, Ordering::Relaxed) + edges;
        if self.frontier.is_none() && edges > self.limits.edges {
            self.keep_edges.store(false, Ordering::Relaxed);
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.kept.load(Ordering::Relaxed) > self.limits.entries
    }

    /// What an entry is worth remembering in the first pass: hits, and folders while there is room.
    fn first(&self, recent: &mut Recent, entry: &Entry<'_>) -> Option<Found> {
        let kind = entry.kind();
        let target = if kind == EntryKind::Folder {
            if !self.keep_edges.load(Ordering::Relaxed) {
                return None;
            }
            Target::tree(recent.tree(&entry.id, &self.numbers))
        } else if kind.is_blob() && self.filter.may_hold(&entry.id) {
            Target::thing(*self.wanted.blobs.get(&entry.id)?, kind == EntryKind::Symlink)
        } else {
            return None;
        };
        Some(Found { name: recent.name(entry.name, &self.names), target })
    }

    /// The same in a later round: folders that the round before found.
    fn again(&self, frontier: &Ids, entry: &Entry<'_>) -> Option<Found> {
        if entry.kind() != EntryKind::Folder || !self.filter.may_hold(&entry.id) {
            return None;
        }
        let target = Target::tree(*frontier.get(&entry.id)?);
        Some(Found { name: self.names.of(entry.name), target })
    }

    /// The names that are hits themselves. They are looked for in some trees only, so they are not
    /// taken over from one tree to the next.
    fn names_in(&self, things: &mut Listed, names: &Named, patch: &Patch<'_>) {
        let mut bytes = Vec::new();
        patch.read(Span::new(0, patch.len()), &mut bytes);
        for entry in entries(&bytes).map_while(Result::ok) {
            for &thing in names.get(entry.name).into_iter().flatten() {
                let target = Target::thing(thing, false);
                things.push(Found { name: self.names.of(entry.name), target });
            }
        }
    }
}
