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
//! Successive versions of a tree share nearly all their entries, and packs keep them as deltas, so of
//! most trees only what changed is parsed ([`super::reading`]). For what a worker does parse it keeps a
//! small table of the folder entries it saw last, and asks the shared tables only for those it does
//! not know.
//!
//! Who goes over all trees anyway, and after all blobs, can feed a [`Sweep`] by the way, which spares
//! a pass.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bstr::BString;

use super::found::{Found, Target};
use super::numbers::{Names, Numbers, Recent, lock};
use super::reading::{Read, Reader};
use super::wanted::{Filter, Wanted};
use super::{Entry, EntryKind, Objects, entries};
use crate::model::{Gap, GapReason, ObjectId, ObjectKind, Patch, Piece, Span};
use crate::pack::{Change, KindSet, Object, Offer, Visitor};

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

impl Swept {
    /// Drops the things that have no new number, and gives the others theirs.
    fn only(mut self, numbers: &HashMap<u32, u32>) -> Swept {
        let renumber = |found: &Found| match found.target.get() {
            Ok(_) => Some(*found),
            Err((thing, symlink)) => numbers
                .get(&thing)
                .map(|&thing| Found { name: found.name, target: Target::thing(thing, symlink) }),
        };
        for chunk in &mut self.chunks {
            let mut kept = Chunk::default();
            for (tree, found) in chunk.iter() {
                kept.found.extend(found.iter().filter_map(renumber));
                kept.close(|| tree);
            }
            *chunk = kept;
        }
        self
    }
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
pub struct SweepPart {
    recent: Vec<Recent>,
    reader: Reader<Found>,
    chunk: Chunk,
    gaps: Vec<Gap>,
}

/// A tree that was looked at, to look at those that are made from it.
#[derive(Clone)]
pub struct KnownTree(Arc<Read<Found>>);

/// Trees by name and number.
type Frontier = (HashMap<ObjectId, u32>, Filter);

/// A pass over all trees, in either way.
pub struct Sweep {
    wanted: Arc<Wanted>,
    /// The trees of the last round; `None` in the first pass.
    frontier: Option<Frontier>,
    numbers: Arc<Numbers>,
    names: Arc<Names>,
    limits: Limits,
    /// Folder entries remembered in this pass.
    edges: AtomicUsize,
    /// All entries remembered, in all passes.
    kept: Arc<AtomicUsize>,
    /// Whether folder entries are still remembered.
    keep_edges: AtomicBool,
    done: Mutex<(Vec<Chunk>, Vec<Gap>)>,
}

impl Sweep {
    /// A pass for provenance of these blobs. Every tree of the store must be looked at, each once.
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

    fn first_pass(wanted: Wanted, limits: Limits) -> Sweep {
        Sweep {
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
    fn round(&self, found: HashMap<ObjectId, u32>) -> Sweep {
        let mut filter = Filter::default();
        found.keys().for_each(|id| filter.add(id));
        Sweep {
            wanted: Arc::clone(&self.wanted),
            frontier: Some((found, filter)),
            numbers: Arc::clone(&self.numbers),
            names: Arc::clone(&self.names),
            limits: self.limits,
            edges: AtomicUsize::new(0),
            kept: Arc::clone(&self.kept),
            keep_edges: AtomicBool::new(true),
            done: Mutex::default(),
        }
    }

    /// The numbers that these things have by the numbers they have here, if it looked for all of them.
    /// It may have looked for more: what was found before all was known is not always told.
    fn renumbered(&self, wanted: &Wanted) -> Option<HashMap<u32, u32>> {
        let number = |(id, new): (&ObjectId, &u32)| Some((*self.wanted.blobs.get(id)?, *new));
        wanted.names.is_empty().then(|| wanted.blobs.iter().map(number).collect())?
    }

    /// What a worker that begins keeps.
    pub fn part(&self) -> SweepPart {
        SweepPart {
            recent: vec![Recent::NONE; Recent::SLOTS],
            reader: Reader::new(),
            chunk: Chunk::default(),
            gaps: Vec::new(),
        }
    }

    /// Takes back what a worker kept.
    pub fn join(&self, part: SweepPart) {
        let mut done = lock(&self.done);
        done.0.push(part.chunk);
        done.1.extend(part.gaps);
    }

    /// Looks at a tree, made from one that was looked at or whole. Comes back with what is needed to
    /// look at those that are made from it, if it is `kept`.
    pub fn look(
        &self,
        part: &mut SweepPart,
        tree: ObjectId,
        base: Option<&KnownTree>,
        patch: &Patch<'_>,
        kept: bool,
    ) -> Option<KnownTree> {
        if self.is_full() {
            return None;
        }
        let SweepPart { recent, reader, chunk, gaps } = part;
        let before = chunk.found.len();
        let keep_edges = self.keep_edges.load(Ordering::Relaxed);
        let base = base.map(|base| &*base.0);
        let result = reader.changed(base, patch, kept, |entry| match &self.frontier {
            None => self.first(recent, keep_edges, entry),
            Some(frontier) => self.again(frontier, entry),
        });
        chunk.found.extend(reader.found());
        if let (None, Err(error)) = (&self.frontier, result) {
            let gap = Gap::new(GapReason::Damaged, error.to_string());
            gaps.push(gap.at_object(tree));
        }
        if let (None, Some(names)) = (&self.frontier, self.wanted.names.get(&tree)) {
            self.names_in(chunk, names, patch);
        }
        self.close(chunk, before, tree);
        kept.then(|| KnownTree(Arc::new(reader.remember())))
    }

    /// The same for a tree that is there in full.
    pub fn look_at(&self, part: &mut SweepPart, tree: ObjectId, bytes: &[u8]) -> Option<KnownTree> {
        let piece = Piece { to: 0, len: bytes.len(), at: 0, copied: false };
        let patch = Patch { pieces: &[piece], older: b"", inserted: bytes };
        self.look(part, tree, None, &patch, true)
    }

    /// Ends a tree whose entries were remembered.
    fn close(&self, chunk: &mut Chunk, before: usize, tree: ObjectId) {
        let grown = chunk.found.len() - before;
        if grown == 0 {
            return;
        }
        chunk.close(|| self.numbers.of(&tree));
        let things =
            chunk.found[before..].iter().filter(|found| found.target.get().is_err()).count();
        let edges = self.edges.fetch_add(grown - things, Ordering::Relaxed) + grown - things;
        self.kept.fetch_add(grown, Ordering::Relaxed);
        if self.frontier.is_none() && edges > self.limits.edges {
            self.keep_edges.store(false, Ordering::Relaxed);
        }
    }

    fn is_full(&self) -> bool {
        self.kept.load(Ordering::Relaxed) > self.limits.entries
    }

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
    fn names_in(&self, chunk: &mut Chunk, names: &[(BString, u32)], patch: &Patch<'_>) {
        let mut bytes = Vec::new();
        patch.read(Span::new(0, patch.len()), &mut bytes);
        for entry in entries(&bytes).map_while(Result::ok) {
            for (name, thing) in names.iter().filter(|(name, _)| name == entry.name) {
                let target = Target::thing(*thing, false);
                chunk.found.push(Found { name: self.names.of(name), target });
            }
        }
    }

    /// Makes the rounds, if the first pass had to drop the folders.
    fn finish(
        mut self,
        objects: &impl Objects,
        mut gaps: Vec<Gap>,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Swept {
        let (mut chunks, own) = std::mem::take(&mut *lock(&self.done));
        gaps.extend(own);
        if !self.keep_edges.load(Ordering::Relaxed) {
            (chunks, self.numbers) = only_things(chunks, &self.numbers);
            let kept = chunks.iter().map(|chunk| chunk.found.len()).sum();
            self.kept.store(kept, Ordering::Relaxed);
            let mut known: HashMap<ObjectId, u32> = HashMap::new();
            for round in 0.. {
                let found = newly_found(&self.numbers, &known);
                if found.is_empty() || stop() {
                    break;
                } else if round == self.limits.rounds {
                    let detail = format!(
                        "folders nest deeper than {round} levels; paths beyond are not told"
                    );
                    gaps.push(Gap::new(GapReason::LimitHit, detail));
                    break;
                }
                known.extend(found.iter());
                let pass = Pass { sweep: &self.round(found), stop };
                pass.over(objects);
                chunks.append(&mut lock(&pass.sweep.done).0);
            }
        }
        if self.is_full() {
            let detail =
                "too many folders hold findings; not all of their paths and commits are told";
            gaps.push(Gap::new(GapReason::LimitHit, detail));
        }
        Swept { chunks, trees: self.numbers.list(), names: self.names.list(), gaps }
    }
}

/// A sweep that goes over the trees of a store by itself.
struct Pass<'a> {
    sweep: &'a Sweep,
    stop: &'a (dyn Fn() -> bool + Sync),
}

impl Pass<'_> {
    fn over(&self, objects: &impl Objects) -> Vec<Gap> {
        objects.traverse(KindSet::of(&[ObjectKind::Tree]), self)
    }
}

impl Visitor for Pass<'_> {
    type Local = SweepPart;
    type Memory = KnownTree;
    const INHERITS: bool = true;

    fn local(&self) -> SweepPart {
        self.sweep.part()
    }

    fn visit(&self, part: &mut SweepPart, tree: Object<'_>) {
        self.sweep.look_at(part, tree.id, tree.bytes);
    }

    fn visit_heir(
        &self,
        part: &mut SweepPart,
        offer: &mut Offer<'_, KnownTree>,
    ) -> Option<KnownTree> {
        let (id, is_base) = (offer.id, offer.is_base);
        match offer.change {
            Some(Change { base, patch }) => self.sweep.look(part, id, Some(base), &patch, is_base),
            None => self.sweep.look_at(part, id, offer.bytes()),
        }
    }

    fn stop(&self) -> bool {
        (self.stop)() || self.sweep.is_full()
    }

    fn finish(&self, part: SweepPart) {
        self.sweep.join(part);
    }
}

/// Comes back with every entry of every tree of the store that is or may lead to something wanted.
/// `done` is a first pass that was made by the way.
pub(crate) fn sweep(
    objects: &impl Objects,
    wanted: Wanted,
    done: Option<Sweep>,
    limits: Limits,
    stop: &(dyn Fn() -> bool + Sync),
) -> Swept {
    if let Some(done) = done
        && let Some(numbers) = done.renumbered(&wanted)
    {
        let swept = done.finish(objects, Vec::new(), stop);
        return swept.only(&numbers);
    }
    let first = Sweep::first_pass(wanted, limits);
    let gaps = Pass { sweep: &first, stop }.over(objects);
    first.finish(objects, gaps, stop)
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
fn only_things(chunks: Vec<Chunk>, numbers: &Numbers) -> (Vec<Chunk>, Arc<Numbers>) {
    let ids = numbers.list();
    let numbers = Numbers::new();
    let mut kept = Chunk::default();
    for chunk in chunks {
        for (tree, found) in chunk.iter() {
            kept.found.extend(found.iter().filter(|found| found.target.get().is_err()));
            kept.close(|| numbers.of(&ids[tree as usize]));
        }
    }
    (vec![kept], Arc::new(numbers))
}
