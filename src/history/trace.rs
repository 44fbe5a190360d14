//! Provenance: where each secret came in, where it went out, and under which paths it stood.
//!
//! Only hits are traced, and a run without any does nothing here. One pass over all trees finds
//! the few that lead to a hit ([`super::sweep`], [`super::carriers`]), one look at all commits says
//! which have which secret ([`super::presence`]), one walk down those few trees in the order of
//! the commits tells the paths ([`super::paths`]).

use std::collections::BTreeMap;

use bstr::BString;

use super::carriers::Carriers;
use super::found::Target;
use super::presence::{NONE, Presence, Question, presence};
use super::sightings::places;
use super::sweep::{Limits, sweep};
use super::wanted::Wanted;
use super::{Graph, Labels, Objects, Starts};
use crate::model::{Finding, Gap, ObjectId, ObjectKind, Standing};

/// One object that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The blob, commit, tag or tree.
    pub object: ObjectId,
    /// Its kind.
    pub kind: ObjectKind,
    /// For a tree: the name of the entry that is the secret's place. `None` for all others.
    pub entry: Option<BString>,
    /// Which secret. Numbered from 0 without holes.
    pub group: u32,
}

/// One place of a secret in history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The blob, commit or tag; for a file's name a tree that lists it.
    pub object: ObjectId,
    /// The object's kind.
    pub kind: ObjectKind,
    /// Whether the blob stands as the target of a symbolic link.
    pub symlink: bool,
    /// The path; `None` for messages and for blobs that no tree leads to.
    pub path: Option<BString>,
    /// The first commit that had this blob at this path; the commit itself for its message; what a
    /// tag names. `None` where no commit leads to it.
    pub commit: Option<ObjectId>,
    /// `AtHead`, `Staged`, `History` (reached by a ref or a worktree's HEAD) or `Unreachable`
    /// (reached by reflogs alone or by nothing: the next `git gc` may drop it).
    pub standing: Standing,
}

/// What is known of one secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traced {
    /// Commits whose tree has it while no parent's has: those that refs reach first, then by
    /// topological order. At the boundary of a shallow clone this is the commit at the boundary.
    /// At most [`Finding::MOST_PLACES`].
    pub introduced: Vec<ObjectId>,
    /// How many such commits there are.
    pub introduced_count: u64,
    /// Commits whose tree lacks it while every parent's has it, in the same order, as many at most.
    pub removed: Vec<ObjectId>,
    /// How many such commits there are.
    pub removed_count: u64,
    /// The first commit of all that brought it, be it in its tree or in its own message.
    pub first: Option<ObjectId>,
    /// Whether the tree of the commit at HEAD has it.
    pub at_head: bool,
    /// Which tips ([`Starts::tips`], by position) still have it in their trees.
    pub tips: Vec<u32>,
    /// Its places, the one to show first in front: the newest path that is still at HEAD, else the
    /// last it had. At most [`Finding::MOST_PLACES`].
    pub sightings: Vec<Sighting>,
    /// How many places there are: exact, but for repositories made to have millions (the gaps say
    /// so; it is then a lower bound).
    pub sighting_count: u64,
}

/// What is known of all secrets.
#[derive(Debug, Default)]
pub struct Trace {
    /// By the number of the group.
    pub groups: Vec<Traced>,
    /// What could not be followed.
    pub gaps: Vec<Gap>,
}

/// What is looked for in trees, with the secrets it holds.
pub(crate) struct Things {
    pub(crate) list: Vec<Thing>,
    /// For each thing its secrets, ascending.
    pub(crate) groups_of: Vec<Vec<u32>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thing {
    Blob(ObjectId),
    /// An entry's name. The trees in which it was found are those that are looked at.
    Name(BString),
}

impl Things {
    fn new(hits: &[Hit]) -> (Things, Wanted) {
        let mut things: BTreeMap<Thing, Vec<u32>> = BTreeMap::new();
        let thing_of = |hit: &Hit| match (hit.kind, &hit.entry) {
            (ObjectKind::Blob, _) => Some(Thing::Blob(hit.object)),
            (ObjectKind::Tree, Some(name)) => Some(Thing::Name(name.clone())),
            _ => None,
        };
        for hit in hits {
            if let Some(thing) = thing_of(hit) {
                things.entry(thing).or_default().push(hit.group);
            }
        }
        let (list, mut groups_of): (Vec<Thing>, Vec<Vec<u32>>) =
            things.into_iter().take(Target::MOST as usize).unzip();
        for groups in &mut groups_of {
            groups.sort_unstable();
            groups.dedup();
        }
        let mut wanted = Wanted::default();
        for (number, thing) in list.iter().enumerate() {
            if let Thing::Blob(id) = thing {
                wanted.blob(*id, number as u32);
            }
        }
        let mut names: Vec<(ObjectId, BString)> = hits
            .iter()
            .filter(|hit| hit.kind == ObjectKind::Tree)
            .filter_map(|hit| Some((hit.object, hit.entry.clone()?)))
            .collect();
        names.sort_unstable();
        names.dedup();
        for (tree, name) in names {
            if let Ok(number) = list.binary_search(&Thing::Name(name.clone())) {
                wanted.name(tree, name, number as u32);
            }
        }
        (Things { list, groups_of }, wanted)
    }
}

/// Traces all hits. `stop` is polled; when it says so, what is known so far comes back and the
/// caller reports the interruption.
pub fn trace(
    objects: &impl Objects,
    graph: &Graph,
    labels: &Labels,
    starts: &Starts,
    hits: &[Hit],
    stop: &(dyn Fn() -> bool + Sync),
) -> Trace {
    trace_within(objects, graph, labels, starts, hits, stop, Limits::default())
}

#[allow(clippy::too_many_arguments)] // The public function and one knob for tests.
pub(crate) fn trace_within(
    objects: &impl Objects,
    graph: &Graph,
    labels: &Labels,
    starts: &Starts,
    hits: &[Hit],
    stop: &(dyn Fn() -> bool + Sync),
    limits: Limits,
) -> Trace {
    let count = hits.iter().map(|hit| hit.group as usize + 1).max().unwrap_or(0);
    if count == 0 {
        return Trace::default();
    }
    let mut hits = hits.to_vec();
    hits.sort_unstable();
    hits.dedup();
    let (things, wanted) = Things::new(&hits);
    let (carriers, gaps) = if things.list.is_empty() {
        (Carriers::default(), Vec::new())
    } else {
        Carriers::new(sweep(objects, &wanted, limits, stop))
    };
    let mut tracer = Tracer {
        graph,
        labels,
        starts,
        carriers: &carriers,
        roots: roots(graph, &carriers),
        things: &things,
        trace: Trace { groups: vec![Traced::default(); count], gaps },
    };
    tracer.commits(stop);
    tracer.own_messages(&hits);
    places(&mut tracer, &hits, stop);
    tracer.trace
}

/// The carrier at the root of each commit.
fn roots(graph: &Graph, carriers: &Carriers) -> Vec<u32> {
    let root = |commit| graph.tree(commit).and_then(|tree| carriers.number(&tree)).unwrap_or(NONE);
    (0..graph.len() as u32).map(root).collect()
}

/// The work in hand.
pub(crate) struct Tracer<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) labels: &'a Labels,
    pub(crate) starts: &'a Starts,
    pub(crate) carriers: &'a Carriers,
    /// The carrier at the root of each commit, or `NONE`.
    pub(crate) roots: Vec<u32>,
    pub(crate) things: &'a Things,
    pub(crate) trace: Trace,
}

impl Tracer<'_> {
    /// The carrier at the root of what a ref names: of a commit, or a tree itself.
    pub(crate) fn root_of(&self, id: ObjectId) -> u32 {
        let id = self.graph.peel(id);
        match self.graph.commit(&id) {
            Some(commit) => self.roots[commit as usize],
            None => self.carriers.number(&id).unwrap_or(NONE),
        }
    }

    /// Introducing and removing commits, HEAD and tips.
    fn commits(&mut self, stop: &dyn Fn() -> bool) {
        let tips = self.starts.tips.iter().map(|(_, id)| self.root_of(*id));
        let head = self.starts.head.map_or(NONE, |id| self.root_of(id));
        let roots: Vec<u32> = std::iter::once(head).chain(tips).collect();
        let question = Question {
            carriers: self.carriers,
            graph: self.graph,
            groups_of: &self.things.groups_of,
            group_count: self.trace.groups.len(),
            commit_roots: &self.roots,
            roots: &roots,
        };
        for (group, presence) in presence(&question, stop).into_iter().enumerate() {
            self.commits_of(group, presence);
        }
    }

    fn commits_of(&mut self, group: usize, presence: Presence) {
        let named = |mut commits: Vec<u32>| -> (u64, Vec<ObjectId>) {
            // Stable: topological order remains within each reach.
            commits.sort_by_key(|&commit| self.labels.of_commit(commit));
            let count = commits.len() as u64;
            commits.truncate(Finding::MOST_PLACES);
            (count, commits.into_iter().map(|commit| self.graph.id(commit)).collect())
        };
        let (introduced_count, introduced) = named(presence.introduced);
        let (removed_count, removed) = named(presence.removed);
        let traced = &mut self.trace.groups[group];
        traced.first = introduced.first().copied();
        (traced.introduced, traced.introduced_count) = (introduced, introduced_count);
        (traced.removed, traced.removed_count) = (removed, removed_count);
        traced.at_head = presence.roots.first() == Some(&0);
        traced.tips = presence.roots.iter().filter_map(|&root| root.checked_sub(1)).collect();
    }

    /// A message is there from its own commit on.
    fn own_messages(&mut self, hits: &[Hit]) {
        let age = |id: &ObjectId| {
            let commit = self.graph.commit(id)?;
            Some((self.labels.of_commit(commit), self.graph.rank(commit)))
        };
        for hit in hits.iter().filter(|hit| hit.kind == ObjectKind::Commit) {
            let first = &mut self.trace.groups[hit.group as usize].first;
            let older = first.as_ref().is_none_or(|first| age(&hit.object) < age(first));
            if older && self.graph.commit(&hit.object).is_some() {
                *first = Some(hit.object);
            }
        }
    }
}
