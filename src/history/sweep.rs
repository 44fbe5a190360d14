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
//! Successive versions of a tree share nearly all their entries, so each worker parses only what
//! differs from the tree before ([`super::lockstep`]). For what it does parse it keeps a small table
//! of the folder entries it saw last, and asks the shared tables only for those it does not know.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bstr::BString;

use super::found::{Found, Target};
use super::lockstep::Lockstep;
use super::numbers::{Names, Numbers, Recent, lock};
use super::wanted::{Filter, Wanted};
use super::{Entry, EntryKind, Objects, entries};
use crate::model::{Gap, GapReason, ObjectId, ObjectKind};
use crate::pack::{KindSet, Object, Visitor};

/// Remembered entries, tree by tree. A tree may come more than once.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// A tree and where its entries end; they begin where those of the one before end.
    trees: Vec<(u32, usize)>,
    found: Vec<Found>,
}

impl Chunk {
    /// Each tree with its entries.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &[Found])> + Clone {
        let mut start = 0;
        self.trees.iter().map(move |&(tree, end)| {
            let found = &self.found[start..end];
            start = end;
            (tree, found)
        })
    }

    /// Closes the tree whose entries were pushed since the last; forgets it if there were none.
    fn close(&mut self, number: impl FnOnce() -> u32) {
        if self.found.len() > self.trees.last().map_or(0, |&(_, end)| end) {
            self.trees.push((number(), self.found.len()));
        }
    }
}

/// What the pass leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    pub(crate) chunks: Vec<Chunk>,
    /// The trees' names by number.
    pub(crate) trees: Vec<ObjectId>,
    /// The entries' names by number.
    pub(crate) names: Vec<BString>,
    pub(crate) gaps: Vec<Gap>,
}

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

/// What one worker keeps.
struct Local {
    recent: Vec<Recent>,
    lockstep: Lockstep<Found>,
    /// Whether folders were remembered in the tree before.
    keep_edges: bool,
    chunk: Chunk,
    gaps: Vec<Gap>,
}

/// Trees by name and number.
type Frontier = (HashMap<ObjectId, u32>, Filter);

/// The pass itself, in either way.
struct Sweep<'a> {
    wanted: &'a Wanted,
    /// The trees of the last round; `None` in the first pass.
    frontier: Option<Frontier>,
    numbers: &'a Numbers,
    names: &'a Names,
    limits: Limits,
    edges: &'a AtomicUsize,
    entries: &'a AtomicUsize,
    /// Whether folder entries are still remembered.
    keep_edges: AtomicBool,
    done: Mutex<(Vec<Chunk>, Vec<Gap>)>,
    stop: &'a (dyn Fn() -> bool + Sync),
}

impl Sweep<'_> {
    /// The numbers of a folder entry, from the worker's own table if it saw it lately.
    fn folder(&self, recent: &mut [Recent], name: &[u8], id: &ObjectId) -> Found {
        let number =
            || Found { name: self.names.of(name), target: Target::tree(self.numbers.of(id)) };
        if name.len() > Recent::LONGEST {
            return number();
        }
        let slot = usize::from(u16::from_le_bytes([id.0[4], id.0[5]])) % Recent::SLOTS;
        let slot = &mut recent[slot];
        let same = slot.id == *id
            && usize::from(slot.length) == name.len()
            && slot.name[..name.len()] == *name;
        if !same {
            slot.found = number();
            slot.id = *id;
            slot.length = name.len() as u8;
            slot.name[..name.len()].copy_from_slice(name);
        }
        slot.found
    }

    /// What an entry is worth remembering in the first pass: hits, and folders while there is room.
    fn first(&self, recent: &mut [Recent], keep_edges: bool, entry: Entry<'_>) -> Option<Found> {
        let kind = entry.kind();
        if kind == EntryKind::Folder {
            return keep_edges.then(|| self.folder(recent, entry.name, &entry.id));
        }
        if !kind.is_blob() || !self.wanted.filter.may_hold(&entry.id) {
            return None;
        }
        let thing = *self.wanted.blobs.get(&entry.id)?;
        let target = Target::thing(thing, kind == EntryKind::Symlink);
        Some(Found { name: self.names.of(entry.name), target })
    }

    /// The same in a later round: folders that the round before found.
    fn again(&self, frontier: &Frontier, entry: Entry<'_>) -> Option<Found> {
        if entry.kind() != EntryKind::Folder || !frontier.1.may_hold(&entry.id) {
            return None;
        }
        let target = Target::tree(*frontier.0.get(&entry.id)?);
        Some(Found { name: self.names.of(entry.name), target })
    }

    /// The names that are hits themselves. They are looked for in some trees only, so they are not
    /// taken over from one tree to the next.
    fn names(&self, local: &mut Local, tree: Object<'_>) {
        let Some(names) = self.wanted.names.get(&tree.id) else { return };
        for entry in entries(tree.bytes).map_while(Result::ok) {
            for (name, thing) in names.iter().filter(|(name, _)| name == entry.name) {
                let target = Target::thing(*thing, false);
                local.chunk.found.push(Found { name: self.names.of(name), target });
            }
        }
    }
}

impl Visitor for Sweep<'_> {
    type Local = Local;
    type Memory = ();

    fn local(&self) -> Local {
        Local {
            recent: vec![Recent::NONE; Recent::SLOTS],
            lockstep: Lockstep::new(),
            keep_edges: true,
            chunk: Chunk::default(),
            gaps: Vec::new(),
        }
    }

    fn visit(&self, local: &mut Local, tree: Object<'_>) {
        let before = local.chunk.found.len();
        let keep_edges = self.keep_edges.load(Ordering::Relaxed);
        if local.keep_edges && !keep_edges {
            local.lockstep.forget();
        }
        local.keep_edges = keep_edges;
        let recent = &mut local.recent;
        let (found, result) = local.lockstep.read(tree.bytes, |entry| match &self.frontier {
            None => self.first(recent, keep_edges, entry),
            Some(frontier) => self.again(frontier, entry),
        });
        local.chunk.found.extend(found);
        if self.frontier.is_none() {
            if let Err(error) = result {
                let gap = Gap::new(GapReason::Damaged, error.to_string());
                local.gaps.push(gap.at_object(tree.id));
            }
            self.names(local, tree);
        }
        let grown = local.chunk.found.len() - before;
        if grown == 0 {
            return;
        }
        local.chunk.close(|| self.numbers.of(&tree.id));
        let things =
            local.chunk.found[before..].iter().filter(|found| found.target.get().is_err()).count();
        let edges = self.edges.fetch_add(grown - things, Ordering::Relaxed) + grown - things;
        self.entries.fetch_add(grown, Ordering::Relaxed);
        if self.frontier.is_none() && edges > self.limits.edges {
            self.keep_edges.store(false, Ordering::Relaxed);
        }
    }

    fn stop(&self) -> bool {
        (self.stop)() || self.entries.load(Ordering::Relaxed) > self.limits.entries
    }

    fn finish(&self, local: Local) {
        let mut done = lock(&self.done);
        done.0.push(local.chunk);
        done.1.extend(local.gaps);
    }
}

/// Goes over all trees of the store and comes back with every entry that is or may lead to
/// something wanted.
pub(crate) fn sweep(
    objects: &impl Objects,
    wanted: &Wanted,
    limits: Limits,
    stop: &(dyn Fn() -> bool + Sync),
) -> Swept {
    let (names, kept) = (Names::default(), AtomicUsize::new(0));
    let mut numbers = Numbers::new();
    let trees = KindSet::of(&[ObjectKind::Tree]);
    let pass = |numbers: &Numbers, frontier| {
        let edges = AtomicUsize::new(0);
        let sweep = Sweep {
            wanted,
            frontier,
            numbers,
            names: &names,
            limits,
            edges: &edges,
            entries: &kept,
            keep_edges: AtomicBool::new(true),
            done: Mutex::default(),
            stop,
        };
        let gaps = objects.traverse(trees, &sweep);
        let (chunks, own) = sweep.done.into_inner().unwrap_or_else(PoisonError::into_inner);
        (chunks, gaps.into_iter().chain(own).collect::<Vec<_>>(), sweep.keep_edges.into_inner())
    };
    let (mut chunks, mut gaps, complete) = pass(&numbers, None);
    if !complete {
        (chunks, numbers) = only_things(chunks, numbers);
        kept.store(chunks.iter().map(|chunk| chunk.found.len()).sum(), Ordering::Relaxed);
        let mut known: HashMap<ObjectId, u32> = HashMap::new();
        for round in 0.. {
            let found = newly_found(&numbers, &known);
            if found.is_empty() || stop() {
                break;
            } else if round == limits.rounds {
                let detail =
                    format!("folders nest deeper than {round} levels; paths beyond are not told");
                gaps.push(Gap::new(GapReason::LimitHit, detail));
                break;
            }
            known.extend(found.iter());
            let mut filter = Filter::default();
            found.keys().for_each(|id| filter.add(id));
            chunks.extend(pass(&numbers, Some((found, filter))).0);
        }
    }
    if kept.into_inner() > limits.entries {
        let detail = "too many folders hold findings; not all of their paths and commits are told";
        gaps.push(Gap::new(GapReason::LimitHit, detail));
    }
    Swept { chunks, trees: numbers.into_list(), names: names.into_list(), gaps }
}

/// The trees that were numbered since they were last asked for.
fn newly_found(numbers: &Numbers, known: &HashMap<ObjectId, u32>) -> HashMap<ObjectId, u32> {
    let mut found = HashMap::new();
    for shard in &numbers.shards {
        let shard = lock(shard);
        found.extend(shard.iter().filter(|(id, _)| !known.contains_key(*id)));
    }
    found
}

/// Drops all folder entries, and numbers those trees anew that still have an entry.
fn only_things(chunks: Vec<Chunk>, numbers: Numbers) -> (Vec<Chunk>, Numbers) {
    let ids = numbers.into_list();
    let numbers = Numbers::new();
    let mut kept = Chunk::default();
    for chunk in chunks {
        for (tree, found) in chunk.iter() {
            kept.found.extend(found.iter().filter(|found| found.target.get().is_err()));
            kept.close(|| numbers.of(&ids[tree as usize]));
        }
    }
    (vec![kept], numbers)
}
