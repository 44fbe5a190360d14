//! All commits of a repository, compactly: about a hundred bytes each, whatever their messages.
//!
//! One pass over commits and tags builds it. Commits are numbered by the order of their names, so
//! "ties by name" is a comparison of numbers; parents are numbers too. The topological order has
//! parents before children and, among commits that are free to come next, the oldest committer
//! date first, then the name.

use std::sync::{Mutex, PoisonError};

use super::order::parents_first;
use super::{Commit, Objects, Tag};
use crate::model::{Gap, ObjectId, ObjectKind};
use crate::pack::{KindSet, Object, Visitor};

/// All commits and annotated tags.
#[derive(Debug, Default)]
pub struct Graph {
    ids: Vec<ObjectId>,
    /// Where the names begin whose first bits have each value; so many bits that few share one.
    fan: Vec<u32>,
    /// The null name where a commit has no readable tree.
    trees: Vec<ObjectId>,
    seconds: Vec<i64>,
    parent_starts: Vec<usize>,
    parents: Vec<u32>,
    /// Commits whose parent is not in the store, with that parent.
    missing: Vec<(u32, ObjectId)>,
    /// Tags by name, with what they name.
    tags: Vec<(ObjectId, Option<ObjectId>)>,
    order: Vec<u32>,
    rank: Vec<u32>,
}

/// What one worker gathers of the commits and tags it sees. For those who go over all objects anyway:
/// each worker keeps one, and [`Graph::build`] joins them without another pass.
#[derive(Debug, Default)]
pub struct GraphPart {
    pub(super) commits: Vec<Raw>,
    pub(super) parents: Vec<ObjectId>,
    pub(super) tags: Vec<(ObjectId, Option<ObjectId>)>,
}

#[derive(Debug)]
pub(super) struct Raw {
    pub(super) id: ObjectId,
    pub(super) tree: ObjectId,
    pub(super) seconds: i64,
    pub(super) parents: std::ops::Range<usize>,
}

impl GraphPart {
    /// Takes in a commit or an annotated tag; passes by everything else.
    pub fn add(&mut self, object: Object<'_>) {
        match object.kind {
            ObjectKind::Commit => self.add_commit(object),
            ObjectKind::Tag => self.tags.push((object.id, Tag::parse(object.bytes).object)),
            ObjectKind::Tree | ObjectKind::Blob => {}
        }
    }

    fn add_commit(&mut self, object: Object<'_>) {
        let commit = Commit::parse(object.bytes);
        let start = self.parents.len();
        self.parents.extend_from_slice(&commit.parents);
        self.commits.push(Raw {
            id: object.id,
            tree: commit.tree.unwrap_or(ObjectId([0; 20])),
            seconds: commit.seconds(),
            parents: start..self.parents.len(),
        });
    }
}

struct Gatherer<'s> {
    done: Mutex<Vec<GraphPart>>,
    stop: &'s (dyn Fn() -> bool + Sync),
}

impl Visitor for Gatherer<'_> {
    type Local = GraphPart;
    type Memory = ();

    fn local(&self) -> GraphPart {
        GraphPart::default()
    }

    fn visit(&self, local: &mut GraphPart, object: Object<'_>) {
        local.add(object);
    }

    fn stop(&self) -> bool {
        (self.stop)()
    }

    fn finish(&self, local: GraphPart) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push(local);
    }
}

impl Graph {
    /// Reads all commits and tags of the store. What cannot be read comes back as gaps.
    pub fn load(objects: &impl Objects, stop: &(dyn Fn() -> bool + Sync)) -> (Graph, Vec<Gap>) {
        let gatherer = Gatherer { done: Mutex::default(), stop };
        let kinds = KindSet::of(&[ObjectKind::Commit, ObjectKind::Tag]);
        let gaps = objects.traverse(kinds, &gatherer);
        let gathered = gatherer.done.into_inner().unwrap_or_else(PoisonError::into_inner);
        (Graph::build(gathered), gaps)
    }

    /// Joins what the workers of a pass gathered.
    pub fn build(gathered: Vec<GraphPart>) -> Graph {
        let raws = gathered.iter().flat_map(|part| part.commits.iter().map(move |raw| (raw, part)));
        let mut raws: Vec<_> = raws.map(|(raw, part)| (raw.id.head(), raw, part)).collect();
        // Stable, since that is quick on runs that are in order already, as a graph that was kept is.
        raws.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
        raws.dedup_by_key(|(_, raw, _)| raw.id);
        let mut graph = Graph {
            ids: raws.iter().map(|(_, raw, _)| raw.id).collect(),
            trees: raws.iter().map(|(_, raw, _)| raw.tree).collect(),
            seconds: raws.iter().map(|(_, raw, _)| raw.seconds).collect(),
            parent_starts: Vec::with_capacity(raws.len() + 1),
            ..Graph::default()
        };
        graph.fan = fan(&graph.ids);
        for (child, (_, raw, part)) in raws.iter().enumerate() {
            graph.parent_starts.push(graph.parents.len());
            for id in &part.parents[raw.parents.clone()] {
                match graph.commit(id) {
                    Some(parent) => graph.parents.push(parent),
                    None => graph.missing.push((child as u32, *id)),
                }
            }
        }
        graph.parent_starts.push(graph.parents.len());
        graph.tags = gathered.iter().flat_map(|part| part.tags.iter().copied()).collect();
        graph.tags.sort_unstable();
        graph.tags.dedup();
        let key = |commit: u32| (graph.seconds[commit as usize], commit);
        graph.order = parents_first(graph.len(), |commit| graph.parents(commit), key);
        graph.rank = vec![0; graph.len()];
        for (rank, &commit) in graph.order.iter().enumerate() {
            graph.rank[commit as usize] = rank as u32;
        }
        graph
    }

    /// How many commits there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no commit at all.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The number of the commit of this name.
    pub fn commit(&self, id: &ObjectId) -> Option<u32> {
        let first = self.fan_slot(id);
        let (start, end) = (*self.fan.get(first)?, *self.fan.get(first + 1)?);
        let at = self.ids.get(start as usize..end as usize)?.binary_search(id).ok()?;
        Some(start + at as u32)
    }

    fn fan_slot(&self, id: &ObjectId) -> usize {
        first_bits(id, self.fan.len().saturating_sub(1).checked_ilog2().unwrap_or(0))
    }

    /// The name of a commit.
    pub fn id(&self, commit: u32) -> ObjectId {
        self.ids[commit as usize]
    }

    /// The tree of a commit; `None` when the commit does not name one.
    pub fn tree(&self, commit: u32) -> Option<ObjectId> {
        Some(self.trees[commit as usize]).filter(|tree| !tree.is_null())
    }

    /// The parents of a commit that are in the store, in order.
    pub fn parents(&self, commit: u32) -> &[u32] {
        &self.parents[self.parent_starts[commit as usize]..self.parent_starts[commit as usize + 1]]
    }

    /// The committer date, seconds since 1970.
    pub fn seconds(&self, commit: u32) -> i64 {
        self.seconds[commit as usize]
    }

    /// All commits, parents first, ties by committer date, then by name.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// A commit's position in [`Graph::order`].
    pub fn rank(&self, commit: u32) -> u32 {
        self.rank[commit as usize]
    }

    /// Commits with a parent that is not in the store, and that parent.
    pub fn missing_parents(&self) -> &[(u32, ObjectId)] {
        &self.missing
    }

    /// The annotated tags by name, with what they name (`None` where that cannot be read).
    pub fn tags(&self) -> &[(ObjectId, Option<ObjectId>)] {
        &self.tags
    }

    /// Follows annotated tags to what they name in the end.
    pub fn peel(&self, mut id: ObjectId) -> ObjectId {
        // A chain is as long as there are tags at most; a longer one goes in a circle.
        for _ in 0..=self.tags.len() {
            match self.tag(&id).and_then(|tag| self.tags[tag].1) {
                Some(target) => id = target,
                None => break,
            }
        }
        id
    }

    /// The number of the annotated tag of this name.
    pub fn tag(&self, id: &ObjectId) -> Option<usize> {
        self.tags.binary_search_by_key(id, |(tag, _)| *tag).ok()
    }
}

/// The most bits that [`Graph::commit`] looks up at once.
const MOST_BITS: u32 = 20;

/// See [`Graph::fan`]. `ids` are sorted.
fn fan(ids: &[ObjectId]) -> Vec<u32> {
    let bits = (ids.len() as u32).checked_ilog2().unwrap_or(0).min(MOST_BITS);
    let mut fan = vec![0; (1 << bits) + 1];
    for id in ids {
        fan[first_bits(id, bits) + 1] += 1;
    }
    for slot in 1..fan.len() {
        fan[slot] += fan[slot - 1];
    }
    fan
}

fn first_bits(id: &ObjectId, bits: u32) -> usize {
    // In two steps, since all 64 may go.
    (id.head() >> 1 >> (63 - bits)) as usize
}
