//! Searching git objects: each blob, commit, tag and tree once, as the store shows them.

use std::sync::{Arc, Mutex, PoisonError};

use bstr::ByteSlice;

use super::{
    Scanner,
    collect::{Collector, InObject},
    files::is_lfs_pointer,
    shelf::Shelf,
    watch::{Notes, Watch},
};
use crate::{
    cache::Counts,
    detect::{Candidate, Detector, Hit, Locator, Scratch},
    history::{Commit, Graph, GraphPart, Links, Lost, Tag, entries},
    model::{ObjectId, ObjectKind, Part, Span},
    pack::{Change, Object, Store, Visitor},
};

/// Searches whatever objects it is shown.
pub(super) struct ObjectSearch<'s> {
    scanner: &'s Scanner<'s>,
    collector: &'s Collector,
    /// Where entries of trees are looked up; `None` where that would cost too much.
    links: Option<&'s Store>,
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
        ObjectSearch { scanner, collector, links, gathered: Mutex::default(), watch: None }
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
        self.search(local, object, None);
    }

    /// What was gathered, in an order that does not depend on threads.
    pub(super) fn into_gathered(self) -> Gathered {
        let mut gathered = self.gathered.into_inner().unwrap_or_else(PoisonError::into_inner);
        gathered.lost.listed.sort_unstable();
        gathered
    }
}

/// What one thread keeps.
#[derive(Default)]
pub(super) struct Local {
    scratch: Scratch,
    graph: GraphPart,
    links: Links,
    counts: Counts,
    notes: Notes,
}

/// What one object adds to the counts.
fn counts_of(kind: ObjectKind, bytes: &[u8]) -> Counts {
    Counts {
        objects: 1,
        commits: u64::from(kind == ObjectKind::Commit),
        bytes: bytes.len() as u64,
        lfs_pointers: u64::from(kind == ObjectKind::Blob && is_lfs_pointer(bytes)),
    }
}

/// The anchors of an object, for those that are deltas on it; nearly always none.
type KnownHits = Option<Arc<[Hit]>>;

/// After how many bytes a thread tells its progress.
const TELL_EVERY: u64 = 4 << 20;

/// Everything that is found in one object, with where in it.
pub(super) fn search_object(
    detector: &Detector,
    scratch: &mut Scratch,
    id: ObjectId,
    kind: ObjectKind,
    bytes: &[u8],
) -> Vec<(Candidate, InObject)> {
    let hits = match kind {
        ObjectKind::Tree => detector.anchors_in_names(bytes, scratch),
        _ => detector.anchors(bytes, scratch),
    };
    judge_object(detector, id, kind, bytes, hits)
}

/// The same where the anchors are known.
fn judge_object(
    detector: &Detector,
    id: ObjectId,
    kind: ObjectKind,
    bytes: &[u8],
    hits: &[Hit],
) -> Vec<(Candidate, InObject)> {
    let found = detector.judge(bytes, hits);
    if found.is_empty() {
        return Vec::new();
    }
    let (parts, text_at) = match kind {
        ObjectKind::Tree => return in_names(id, bytes, &found),
        ObjectKind::Blob => ([Part::Content, Part::Content], 0),
        ObjectKind::Commit => {
            ([Part::CommitHeader, Part::CommitMessage], Commit::parse(bytes).message_at)
        }
        ObjectKind::Tag => ([Part::TagHeader, Part::TagMessage], Tag::parse(bytes).message_at),
    };
    // Lines and columns are those of the blob or message; a header has none.
    let text = &bytes[text_at..];
    let mut locator = Locator::new(text);
    let in_object = |candidate: Candidate| {
        let in_header = candidate.span.start < text_at;
        let region = (!in_header).then(|| {
            let span = Span::new(candidate.span.start - text_at, candidate.span.end - text_at);
            locator.region(text, 0, span)
        });
        let object = InObject {
            object: id,
            kind,
            part: parts[usize::from(!in_header)],
            member: None,
            region,
            spelling: (kind != ObjectKind::Blob).then(|| candidate.span.of(bytes).to_vec()),
            layers: candidate.layers.clone(),
            line_hash: None,
            entry: None,
        };
        (candidate, object)
    };
    found.into_iter().map(in_object).collect()
}

/// What stands in the names that a tree lists; between them are modes and raw object names.
fn in_names(tree: ObjectId, bytes: &[u8], found: &[Candidate]) -> Vec<(Candidate, InObject)> {
    let mut placed = Vec::new();
    let mut at = 0;
    for entry in entries(bytes).map_while(Result::ok) {
        let name = name_span(bytes, at, entry.name);
        // After a name come a zero byte and the 20 bytes of an object's name.
        at = name.end + 21;
        for candidate in found.iter().filter(|candidate| name.contains(candidate.span)) {
            let object = InObject {
                object: tree,
                kind: ObjectKind::Tree,
                part: Part::FileName,
                member: None,
                region: None,
                spelling: Some(candidate.span.of(bytes).to_vec()),
                layers: candidate.layers.clone(),
                line_hash: None,
                entry: Some(entry.name.into()),
            };
            placed.push((candidate.clone(), object));
        }
    }
    placed
}

/// Where in a tree the entry's name stands, that begins at or after `from`.
fn name_span(tree: &[u8], from: usize, name: &[u8]) -> Span {
    let mode = tree.get(from..).and_then(|rest| rest.find_byte(b' ')).map_or(0, |at| at + 1);
    Span::new(from + mode, from + mode + name.len())
}

impl Visitor for ObjectSearch<'_> {
    type Local = Local;
    type Memory = KnownHits;
    const INHERITS: bool = true;

    fn local(&self) -> Local {
        Local::default()
    }

    fn visit(&self, local: &mut Local, object: Object<'_>) {
        self.visit_heir(local, object, None);
    }

    fn visit_heir(
        &self,
        local: &mut Local,
        object: Object<'_>,
        change: Option<Change<'_, KnownHits>>,
    ) -> Option<KnownHits> {
        let known = self.search(local, object, change);
        let counts = counts_of(object.kind, object.bytes);
        let is_new = self
            .watch
            .as_ref()
            .is_none_or(|watch| watch.count(&mut local.notes, &object.id, object.kind, counts));
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
        gathered.lost.add(local.links.into_lost());
        gathered.notes.add(local.notes);
    }
}

impl ObjectSearch<'_> {
    /// Searches an object, and notes what of it is gathered. Returns its anchors.
    fn search(
        &self,
        local: &mut Local,
        object: Object<'_>,
        change: Option<Change<'_, KnownHits>>,
    ) -> KnownHits {
        let Object { id, kind, bytes } = object;
        let detector = self.scanner.detector;
        let in_names = kind == ObjectKind::Tree;
        let hits = match change.filter(|_| self.scanner.settings.inherit) {
            Some(Change { base, copies }) => {
                let older = base.as_deref().unwrap_or_default();
                detector.anchors_of_changed(bytes, in_names, older, copies, &mut local.scratch)
            }
            None if in_names => detector.anchors_in_names(bytes, &mut local.scratch),
            None => detector.anchors(bytes, &mut local.scratch),
        };
        // Whatever an object adds to the report besides counts must make it an object of interest:
        // with a cache, only those are looked at again in later runs.
        let mut is_of_interest = false;
        let mut found = judge_object(detector, id, kind, bytes, hits);
        if kind == ObjectKind::Blob {
            is_of_interest |= self.look_inside(id, bytes, hits, &mut found);
        }
        for (candidate, found) in found {
            self.collector.add_object(candidate, found);
            is_of_interest = true;
        }
        local.graph.add(object);
        if let (Some(store), true) = (self.links, in_names) {
            is_of_interest |= local.links.follow(store, id, bytes);
        }
        if is_of_interest && self.watch.is_some() {
            local.notes.again(id);
        }
        (!hits.is_empty()).then(|| Arc::from(hits))
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
