//! Giving places to what was found in git objects: paths and commits, only for hits.

use std::collections::hash_map::Entry;

use bstr::{BStr, ByteSlice};
use rustc_hash::FxHashMap;

use super::{
    Scanner, Stage,
    collect::{Collector, Group, InObject},
    objects::Gathered,
    repository::Opened,
};
use crate::{
    history::{self, Hit, Labels, Sighting, Traced},
    model::{CommitRef, ObjectId, ObjectKind, Part, Place},
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
        if !self.stopped() {
            collector.gaps(history::graph_gaps(&opened.store, graph, &labels, &starts));
            let lost = &gathered.lost;
            collector.gaps(history::missing_gaps(&opened.store, graph, &labels, &starts, lost));
        }
        let hits = hits(groups);
        if hits.is_empty() {
            return;
        }
        self.progress.begin(Stage::Provenance, None);
        let trace = history::trace(&opened.store, graph, &labels, &starts, &hits, &stop);
        collector.gaps(trace.gaps);
        let mut commits = CommitRefs { opened, known: FxHashMap::default() };
        for (group, traced) in groups.iter_mut().zip(&trace.groups) {
            place(group, traced, &mut commits);
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
        object: Some(sighting.object),
        commit: sighting.commit.and_then(|id| commits.get(id)),
        line_hash: found.line_hash.clone(),
    }
}
