//! Searching git objects: each blob, commit, tag and tree once, as the store shows them.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::{
    Scanner,
    collect::{Collector, InObject},
    files::{LONGEST_LFS_POINTER, is_lfs_pointer},
    placing::placed,
    shelf::Shelf,
    watch::{Notes, Watch},
    wide,
};
use crate::{
    cache::Counts,
    detect::{Candidate, Hit, Judged, Scratch},
    history::{ContainsAll, Graph, GraphPart, KnownTree, Looked, Lost, Sweep, TreeLook, TreePart},
    model::{Gap, ObjectId, ObjectKind, Span},
    pack::{Change, KindSet, Object, Offer, Store, Visitor},
    unpack::{HEAD, TAIL, may_be_container},
};

/// Searches whatever objects it is shown.
pub(super) struct ObjectSearch<'s> {
    scanner: &'s Scanner<'s>,
    collector: &'s Collector,
    /// Where entries of trees are looked up; `None` where it is known that not all is there.
    links: Option<&'s Store>,
    /// Set once all blobs are done: the pass over trees for provenance, if any was hit.
    sweep: OnceLock<Option<Sweep>>,
    /// What threads gathered by the way: to read commits and trees again would cost a pass.
    gathered: Mutex<Gathered>,
    /// What must be noted for later runs, if there is a cache.
    watch: Option<Watch<'s>>,
}

/// What a search gathers besides candidates.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) graph: Vec<GraphPart>,
    /// What trees list and is not there.
    pub(super) lost: Lost,
    /// Trees that were shown before all blobs were.
    early: Vec<ObjectId>,
    /// The pass over trees for provenance, if there was a use for it.
    pub(super) sweep: Option<Sweep>,
    /// What a later run must know.
    pub(super) notes: Notes,
    /// Where provenance may be kept, and was perhaps kept by an earlier run.
    pub(super) shelf: Option<Shelf>,
}

impl Gathered {
    /// The graph of all commits that were shown.
    pub(super) fn graph(&mut self) -> Graph {
        Graph::build(std::mem::take(&mut self.graph))
    }
}

impl<'s> ObjectSearch<'s> {
    pub(super) fn new(
        scanner: &'s Scanner<'s>,
        collector: &'s Collector,
        links: Option<&'s Store>,
    ) -> Self {
        ObjectSearch {
            scanner,
            collector,
            links,
            sweep: OnceLock::new(),
            gathered: Mutex::default(),
            watch: None,
        }
    }

    /// Searches all objects of the store. If any blob was hit once all are done, provenance will be
    /// asked for, and what it needs of the trees is gathered by the way; so it is if the repository
    /// `is_partial`, since what it lacks will be found to be missing from trees.
    pub(super) fn all(&self, store: &Store, is_partial: bool) -> Vec<Gap> {
        store.traverse_with_last(KindSet::ALL, ObjectKind::Tree, self, || {
            let blobs = self.collector.hit_blobs();
            let is_used = !blobs.is_empty() || is_partial && self.links.is_some();
            let _ = self.sweep.set(is_used.then(|| Sweep::new(&blobs)));
        })
    }

    /// The same, and notes what later runs must know.
    pub(super) fn watched(mut self, watch: Watch<'s>) -> Self {
        self.watch = Some(watch);
        self
    }

    /// Whether every pack was read by itself, as far as that was watched.
    pub(super) fn is_plain(&self) -> bool {
        self.watch.as_ref().is_some_and(Watch::is_plain)
    }

    /// Whether all commits, tags and trees are in packs, as far as that was watched.
    pub(super) fn has_packed_history(&self) -> bool {
        self.watch.as_ref().is_some_and(Watch::has_packed_history)
    }

    /// Looks at an object that an earlier run has counted.
    pub(super) fn look_again(&self, local: &mut Local, object: Object<'_>) {
        self.search(local, &mut Offer::from(object));
    }

    /// What was gathered, in an order that does not depend on threads.
    pub(super) fn into_gathered(self, store: &Store) -> Gathered {
        let mut gathered = self.gathered.into_inner().unwrap_or_else(PoisonError::into_inner);
        gathered.lost.listed.sort_unstable();
        let early = std::mem::take(&mut gathered.early);
        let sweep = self.sweep.into_inner().flatten();
        gathered.sweep = sweep.filter(|sweep| look_again(sweep, &early, store).is_some());
        gathered
    }
}

/// Looks at trees that were shown too early for the pass. `None` if that is better left to another
/// pass.
fn look_again(sweep: &Sweep, early: &[ObjectId], store: &Store) -> Option<()> {
    if early.len() > MOST_EARLY {
        return None;
    }
    let (mut part, mut bytes) = (TreePart::default(), Vec::new());
    let look = TreeLook { sweep: Some(sweep), contains_all: None };
    for &tree in early {
        store.read(&tree, &mut bytes).ok().flatten()?;
        look.look_at(&mut part, tree, &bytes, false);
    }
    sweep.join(part.into_parts().1);
    Some(())
}

/// What one thread keeps.
#[derive(Default)]
pub(super) struct Local {
    scratch: Scratch,
    graph: GraphPart,
    trees: TreePart,
    /// The beginning and the end of a blob that was not built.
    ends: [Vec<u8>; 2],
    early: Vec<ObjectId>,
    counts: Counts,
    notes: Notes,
}

/// What one object adds to the counts.
fn counts_of(offer: &mut Offer<'_, Known>) -> Counts {
    let may_be_pointer = offer.kind == ObjectKind::Blob && offer.len() < LONGEST_LFS_POINTER;
    Counts {
        objects: 1,
        commits: u64::from(offer.kind == ObjectKind::Commit),
        bytes: offer.len() as u64,
        lfs_pointers: u64::from(may_be_pointer && is_lfs_pointer(offer.bytes())),
    }
}

/// The anchors of an object and what judging them showed, for those that are deltas on it; nearly
/// always none.
type KnownHits = Option<Arc<Judged>>;

/// What is remembered of an object for those that are deltas on it.
#[derive(Clone)]
pub(super) struct Known {
    hits: KnownHits,
    tree: Option<KnownTree>,
}

/// So many trees are read one by one after the pass, rather than all once more.
const MOST_EARLY: usize = 2048;

/// After how many bytes a thread tells its progress.
const TELL_EVERY: u64 = 4 << 20;

/// Whether a text with this beginning and this end may be a container or text in UTF-32.
fn may_be_more(head: &[u8], tail: &[u8]) -> bool {
    may_be_container(head, tail) || wide::of(head).is_some()
}

impl Visitor for ObjectSearch<'_> {
    type Local = Local;
    type Memory = Known;
    const INHERITS: bool = true;

    fn margin(&self) -> usize {
        self.scanner.detector.beside()
    }

    fn local(&self) -> Local {
        Local::default()
    }

    fn visit(&self, local: &mut Local, object: Object<'_>) {
        self.visit_heir(local, &mut Offer::from(object));
    }

    fn visit_heir(&self, local: &mut Local, offer: &mut Offer<'_, Known>) -> Option<Known> {
        let known = self.search(local, offer);
        let counts = counts_of(offer);
        let is_new = self
            .watch
            .as_ref()
            .is_none_or(|watch| watch.count(&mut local.notes, &offer.id(), offer.kind, counts));
        if is_new {
            local.counts = local.counts.plus(counts);
        }
        if local.counts.bytes >= TELL_EVERY {
            self.tell(local);
        }
        Some(known)
    }

    fn borrowed(&self) {
        if let Some(watch) = &self.watch {
            watch.borrowed();
        }
    }

    fn stop(&self) -> bool {
        self.scanner.stopped()
    }

    fn finish(&self, mut local: Local) {
        self.tell(&mut local);
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.graph.push(local.graph);
        gathered.early.append(&mut local.early);
        let (lost, swept) = local.trees.into_parts();
        gathered.lost.add(lost);
        if let Some(Some(sweep)) = self.sweep.get() {
            sweep.join(swept);
        }
        gathered.notes.add(local.notes);
    }
}

impl ObjectSearch<'_> {
    /// Searches an object, and notes what of it is gathered. Returns what those that are deltas on it
    /// inherit.
    fn search(&self, local: &mut Local, offer: &mut Offer<'_, Known>) -> Known {
        let kind = offer.kind;
        let detector = self.scanner.detector;
        let in_names = kind == ObjectKind::Tree;
        let change = offer.change.filter(|_| self.scanner.settings.inherit);
        let looked = (kind == ObjectKind::Tree).then(|| self.look_at_tree(local, offer, change));
        let older = change.and_then(|change| change.base.hits.as_deref());
        let hits = match change {
            _ if looked.as_ref().is_some_and(|looked| self.are_clean(local, looked, older)) => &[],
            Some(Change { patch, .. }) => {
                let older = older.map_or(&[][..], Judged::hits);
                detector.anchors_of_changed(&patch, in_names, older, &mut local.scratch)
            }
            None if in_names => detector.anchors_in_names(offer.bytes(), &mut local.scratch),
            None => detector.anchors(offer.bytes(), &mut local.scratch),
        };
        // Whatever an object adds to the report besides counts must make it an object of interest:
        // with a cache, only those are looked at again in later runs.
        let mut is_of_interest = false;
        let older = change.as_ref().map(|change| &change.patch).zip(older);
        let (length, is_base) = (offer.len(), offer.is_base);
        let (found, judged) = {
            let offer = &mut *offer;
            detector.judge_heir(hits, length, older, is_base, move || offer.bytes())
        };
        // The object is not put together for nothing.
        let mut found = match found.is_empty() {
            true => Vec::new(),
            false => placed(offer.id(), kind, offer.bytes(), found),
        };
        if kind == ObjectKind::Blob && self.may_hold_more(offer, hits, &mut local.ends) {
            is_of_interest |= self.look_inside(offer.id(), offer.bytes(), hits, &mut found);
        }
        for (candidate, found) in found {
            self.collector.add_object(candidate, found);
            is_of_interest = true;
        }
        let hits = judged.map(Arc::new);
        match kind {
            ObjectKind::Commit | ObjectKind::Tag => {
                local.graph.add(Object { id: offer.id(), kind, bytes: offer.bytes() });
            }
            ObjectKind::Tree | ObjectKind::Blob => {}
        }
        let Looked { known: tree, lacks, .. } = looked.unwrap_or_default();
        if (is_of_interest || lacks) && self.watch.is_some() {
            local.notes.again(offer.id());
        }
        Known { hits, tree }
    }

    /// Whether there is no anchor in any name of a tree that was just looked at. `older` are those of the
    /// tree it is made from.
    fn are_clean(&self, local: &mut Local, looked: &Looked, older: Option<&Judged>) -> bool {
        if !looked.has_names || older.is_some() || !self.scanner.settings.inherit {
            return false;
        }
        let names = local.trees.new_names();
        if names.is_empty() {
            return true;
        }
        let hits = self.scanner.detector.anchors_in_names(names, &mut local.scratch);
        let are_clean = hits.is_empty();
        if are_clean {
            local.trees.names_are_clean();
        }
        are_clean
    }

    /// Looks at a tree for provenance, if there is a use for it, and for what is missing.
    fn look_at_tree(
        &self,
        local: &mut Local,
        offer: &mut Offer<'_, Known>,
        change: Option<Change<'_, Known>>,
    ) -> Looked {
        let sweep = self.sweep.get();
        if sweep.is_none() {
            local.early.push(offer.id());
        }
        let contains_all = self.links.map(|store| |ids: &[ObjectId]| store.contains_all(ids));
        let look = TreeLook {
            sweep: sweep.and_then(Option::as_ref),
            contains_all: contains_all
                .as_ref()
                .map(|contains_all| contains_all as &ContainsAll<'_>),
        };
        let change = change.map(|Change { base, patch }| (base.tree.as_ref(), patch));
        look.look_at_offer(&mut local.trees, offer, change)
    }

    /// Whether a blob may be more than text, told by its anchors (containers in base64 have some), its
    /// beginning and its end: one that is neither is not built for that. There is memory for both.
    fn may_hold_more(
        &self,
        offer: &mut Offer<'_, Known>,
        hits: &[Hit],
        [head, tail]: &mut [Vec<u8>; 2],
    ) -> bool {
        if !self.scanner.settings.archives || self.scanner.detector.may_be_packed(hits) {
            return self.scanner.settings.archives;
        }
        let length = offer.len();
        let (beginning, end) = (HEAD.min(length), length - TAIL.min(length));
        let Some(Change { patch, .. }) = offer.change else {
            let bytes = offer.bytes();
            return may_be_more(&bytes[..beginning], &bytes[end..]);
        };
        let head = patch.text(Span::new(0, beginning), head);
        may_be_more(head, patch.text(Span::new(end, length), tail))
    }

    /// Looks inside a blob that is a container. What its members show is theirs alone. Returns whether
    /// something in it could not be read.
    fn look_inside(
        &self,
        id: ObjectId,
        bytes: &[u8],
        hits: &[Hit],
        found: &mut Vec<(Candidate, InObject)>,
    ) -> bool {
        let Some(opened) = self.scanner.look_inside(bytes, hits, self.collector) else {
            return false;
        };
        let has_gaps = !opened.gaps.is_empty();
        self.collector.gaps(opened.gaps.iter().map(|gap| gap.clone().at_object(id)));
        if !found.is_empty() {
            let inside = opened.secrets();
            found.retain(|(candidate, _)| !inside.contains(&candidate.secret));
        }
        found.extend(opened.found.into_iter().map(|inner| {
            let object = InObject {
                object: id,
                kind: ObjectKind::Blob,
                part: inner.part,
                member: inner.member,
                region: inner.region,
                layers: inner.candidate.layers.clone(),
                inner: inner.candidate.inner,
                line_hash: inner.line_hash,
                spelling: inner.spelling,
                entry: None,
            };
            (inner.candidate, object)
        }));
        has_gaps
    }

    /// Adds what a thread has counted to the run's counts.
    fn tell(&self, local: &mut Local) {
        let counts = std::mem::take(&mut local.counts);
        self.scanner.progress.advance(counts.objects, counts.bytes);
        self.collector.add_counts(counts);
    }
}
