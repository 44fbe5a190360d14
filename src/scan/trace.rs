//! Giving places to what was found in git objects: paths and commits, only for hits.

use std::collections::hash_map::Entry;

use bstr::{BStr, BString, ByteSlice};
use rustc_hash::FxHashMap;

use super::{
    Scanner, Stage,
    collect::{Collector, Group, InObject},
    objects::Gathered,
    repository::Opened,
};
use crate::{
    history::{self, Graph, Hit, Labels, Reach, Sighting, Starts, Sweep, Traced},
    model::{CommitNote, CommitRef, Commits, ObjectId, ObjectKind, Part, Place, Provenance},
};

impl Scanner<'_> {
    /// Turns every object of the groups into places, and notes what history lacks.
    pub(super) fn trace(
        &self,
        opened: &Opened,
        mut gathered: Gathered,
        groups: &mut [Group],
        collector: &Collector,
    ) {
        let (starts, gaps) = opened.starts();
        collector.gaps(gaps);
        let stop = || self.stopped();
        let graph = &gathered.graph();
        let labels = Labels::new(graph, &starts);
        let finish = |sweep: Sweep| sweep.finish(&opened.store, &stop);
        let mut swept = None;
        if !self.stopped() {
            let (store, lost) = (&opened.store, &gathered.lost);
            collector.gaps(history::graph_gaps(store, graph, &labels, &starts));
            if !lost.listed.is_empty() {
                swept = gathered.sweep.take().map(finish);
            }
            let gaps = history::missing_gaps(store, graph, &labels, &starts, lost, swept.as_ref());
            collector.gaps(gaps);
        }
        let hits = hits(groups);
        if hits.is_empty() {
            return;
        }
        self.progress.begin(Stage::Provenance, None);
        let (store, shelf) = (&opened.store, gathered.shelf.as_ref());
        let kept = shelf.and_then(|shelf| shelf.recall(&hits, &starts, store, graph));
        let trace = kept.unwrap_or_else(|| {
            let swept = swept.or_else(|| gathered.sweep.map(finish));
            let trace = history::trace_swept(store, graph, &labels, &starts, &hits, swept, &stop);
            if let Some(shelf) = shelf.filter(|_| !self.stopped()) {
                shelf.keep(&hits, &starts, store, graph, &trace);
            }
            trace
        });
        collector.gaps(trace.gaps);
        let mut commits = CommitRefs { opened, known: FxHashMap::default() };
        for (group, traced) in groups.iter_mut().zip(&trace.groups) {
            place(group, traced, &mut commits);
            let history = provenance(traced, graph, &labels, &starts, &mut commits);
            group.history.extend(Some(history).filter(|history| !history.is_empty()));
        }
    }
}

/// One hit for each object of each group.
fn hits(groups: &[Group]) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (number, group) in (0u32..).zip(groups) {
        hits.extend(group.objects.iter().map(|object| Hit {
            object: object.object,
            kind: object.kind,
            entry: object.entry.clone(),
            group: number,
        }));
    }
    hits
}

/// Reads each commit that is shown once.
struct CommitRefs<'o> {
    opened: &'o Opened,
    known: FxHashMap<ObjectId, Option<CommitRef>>,
}

impl CommitRefs<'_> {
    fn get(&mut self, id: ObjectId) -> Option<CommitRef> {
        match self.known.entry(id) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(slot) => {
                let read = history::commit_ref(&self.opened.store, &id).ok().flatten();
                slot.insert(read).clone()
            }
        }
    }
}

/// The life of a secret as reports tell it.
fn provenance(
    traced: &Traced,
    graph: &Graph,
    labels: &Labels,
    starts: &Starts,
    commits: &mut CommitRefs<'_>,
) -> Provenance {
    let mut noted = |ids: &[ObjectId], count: u64| {
        let note = |id: &ObjectId| {
            let reachable = labels.of(graph, id) == Reach::Refs;
            commits.get(*id).map(|commit| CommitNote { commit, reachable })
        };
        let listed = ids.iter().take(Provenance::MOST_COMMITS).filter_map(note).collect();
        Commits { listed, count }
    };
    let introduced = noted(&traced.introduced, traced.introduced_count);
    let removed = noted(&traced.removed, traced.removed_count);
    let (refs, ref_count) = refs(traced, starts);
    Provenance { introduced, removed, at_head: traced.at_head, refs, ref_count, repository: None }
}

/// The names of the refs that still have it, each once, without the HEAD that is told apart.
fn refs(traced: &Traced, starts: &Starts) -> (Vec<BString>, u64) {
    let names = traced.tips.iter().filter_map(|&tip| starts.tips.get(tip as usize));
    let mut names: Vec<&BString> =
        names.map(|(name, _)| name).filter(|name| *name != "HEAD").collect();
    let rank = |name: &BString| {
        let sorts: [&[u8]; 3] = [b"refs/heads/", b"refs/tags/", b"refs/remotes/"];
        sorts.iter().position(|sort| name.starts_with(sort)).unwrap_or(sorts.len())
    };
    names.sort_unstable_by_key(|name| (rank(name), *name));
    names.dedup();
    let count = names.len() as u64;
    (names.into_iter().take(Provenance::MOST_REFS).cloned().collect(), count)
}

/// Adds a place for each sighting of an object and each occurrence in it.
fn place(group: &mut Group, traced: &Traced, commits: &mut CommitRefs<'_>) {
    let objects = std::mem::take(&mut group.objects);
    let mut by_object: FxHashMap<ObjectId, Vec<&InObject>> = FxHashMap::default();
    let mut by_name: FxHashMap<&BStr, &InObject> = FxHashMap::default();
    for object in &objects {
        match &object.entry {
            Some(name) => drop(by_name.insert(name.as_ref(), object)),
            None => by_object.entry(object.object).or_default().push(object),
        }
    }
    for sighting in &traced.sightings {
        let occurrences: &[&InObject] = if sighting.kind == ObjectKind::Tree {
            let name = sighting.path.as_ref().map(|path| last_component(path));
            name.and_then(|name| by_name.get(name)).map_or(&[], std::slice::from_ref)
        } else {
            by_object.get(&sighting.object).map_or(&[], Vec::as_slice)
        };
        for occurrence in occurrences {
            group.places.push(one_place(sighting, occurrence, commits));
        }
    }
    group.unlisted += traced.sighting_count.saturating_sub(traced.sightings.len() as u64);
}

fn last_component(path: &[u8]) -> &BStr {
    path.rfind_byte(b'/').map_or(path, |at| &path[at + 1..]).as_bstr()
}

fn one_place(sighting: &Sighting, found: &InObject, commits: &mut CommitRefs<'_>) -> Place {
    let part = match found.part {
        Part::Content if sighting.symlink => Part::SymlinkTarget,
        part => part,
    };
    Place {
        part,
        standing: sighting.standing,
        path: sighting.path.clone(),
        member: found.member.clone(),
        region: found.region,
        layers: found.layers.clone(),
        inner: found.inner,
        object: Some(sighting.object),
        commit: sighting.commit.and_then(|id| commits.get(id)),
        repository: None,
        line_hash: found.line_hash.clone(),
    }
}
