//! Provenance in hand: the graph, the trees that lead to hits, and the answers as they come. Here,
//! those that are commits: where each secret came in and went out, and which tips still have it.

use super::carriers::Carriers;
use super::presence::{NONE, Presence, Question, presence};
use super::things::Things;
use super::{Graph, Hit, Labels, Starts, Trace};
use crate::model::{Finding, ObjectId, ObjectKind};

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
    pub(crate) fn commits(&mut self, stop: &dyn Fn() -> bool) {
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
    pub(crate) fn own_messages(&mut self, hits: &[Hit]) {
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
