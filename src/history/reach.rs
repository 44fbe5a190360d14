//! Which commits, tags and directly named objects are reached, and by what.

use rustc_hash::FxHashMap;

use super::{Graph, Objects, Starts};
use crate::model::{Gap, GapReason, ObjectId};

/// By what an object is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Reach {
    /// By a ref or a worktree's HEAD.
    Refs,
    /// By a reflog alone: `git gc` will drop it one day.
    Reflog,
    /// By nothing.
    #[default]
    Nothing,
}

/// The reach of everything in a graph.
#[derive(Debug, Default)]
pub struct Labels {
    commits: Vec<Reach>,
    tags: Vec<Reach>,
    /// Blobs and trees that a ref or tag names without a commit.
    direct: FxHashMap<ObjectId, Reach>,
}

impl Labels {
    /// Labels every commit and tag of the graph, from these starts.
    pub fn new(graph: &Graph, starts: &Starts) -> Labels {
        let mut labels = Labels {
            commits: vec![Reach::Nothing; graph.len()],
            tags: vec![Reach::Nothing; graph.tags().len()],
            direct: FxHashMap::default(),
        };
        let grafts: FxHashMap<ObjectId, &[ObjectId]> =
            starts.grafts.iter().map(|(id, parents)| (*id, parents.as_slice())).collect();
        let tips = starts.tips.iter().map(|(_, id)| *id).chain(starts.head);
        labels.spread(graph, &grafts, tips.collect(), Reach::Refs);
        labels.spread(graph, &grafts, starts.reflogs.clone(), Reach::Reflog);
        labels
    }

    fn spread(
        &mut self,
        graph: &Graph,
        grafts: &FxHashMap<ObjectId, &[ObjectId]>,
        mut named: Vec<ObjectId>,
        reach: Reach,
    ) {
        let mut commits: Vec<u32> = Vec::new();
        while !named.is_empty() || !commits.is_empty() {
            if let Some(commit) = commits.pop() {
                if self.commits[commit as usize] <= reach {
                    continue;
                }
                self.commits[commit as usize] = reach;
                commits.extend_from_slice(graph.parents(commit));
                if !grafts.is_empty() {
                    named.extend(grafts.get(&graph.id(commit)).copied().unwrap_or_default());
                }
            } else if let Some(id) = named.pop() {
                if let Some(commit) = graph.commit(&id) {
                    commits.push(commit);
                } else if let Some(tag) = graph.tag(&id) {
                    if self.tags[tag] > reach {
                        self.tags[tag] = reach;
                        named.extend(graph.tags()[tag].1);
                    }
                } else if !id.is_null() {
                    self.direct.entry(id).or_insert(reach);
                }
            }
        }
    }

    /// The reach of a commit by its number.
    pub fn of_commit(&self, commit: u32) -> Reach {
        self.commits[commit as usize]
    }

    /// The reach of a commit or tag by name, or of a blob or tree that is named directly.
    pub fn of(&self, graph: &Graph, id: &ObjectId) -> Reach {
        if let Some(commit) = graph.commit(id) {
            self.commits[commit as usize]
        } else if let Some(tag) = graph.tag(id) {
            self.tags[tag]
        } else {
            self.direct.get(id).copied().unwrap_or_default()
        }
    }

    /// Objects other than commits and tags that a ref, reflog or tag names directly.
    pub fn direct(&self) -> impl Iterator<Item = (ObjectId, Reach)> + '_ {
        self.direct.iter().map(|(id, reach)| (*id, *reach))
    }
}

/// At most this many missing objects are named one by one; a truncated pack can miss millions.
const MOST_NAMED: usize = 100;

/// What the graph shows to be missing from history that refs reach: parents beyond a shallow
/// boundary, parents, root trees and targets of refs that are not in the store. What only reflogs
/// or nothing reach may be pruned at any time and is no gap.
pub fn graph_gaps(
    objects: &impl Objects,
    graph: &Graph,
    labels: &Labels,
    starts: &Starts,
) -> Vec<Gap> {
    let mut shallow: Vec<ObjectId> = starts.shallow.clone();
    shallow.sort_unstable();
    let mut cut = 0_u64;
    let mut missing: Vec<(ObjectId, String)> = Vec::new();
    let mut last_cut = None;
    // A bundle leaves out what its prerequisites hold, whole trees among it.
    let is_left_out = |id: &ObjectId| starts.prerequisites.binary_search(id).is_ok();
    let builds_on_others = !starts.prerequisites.is_empty();
    for &(child, parent) in graph.missing_parents() {
        if labels.of_commit(child) != Reach::Refs || is_left_out(&parent) {
            continue;
        }
        if shallow.binary_search(&graph.id(child)).is_err() {
            let child = graph.id(child).short();
            missing.push((
                parent,
                format!("the parent {} of commit {child} is not there", parent.short()),
            ));
        } else if last_cut.replace(child) != Some(child) {
            cut += 1;
        }
    }
    for commit in 0..graph.len() as u32 {
        let Some(tree) = graph.tree(commit) else { continue };
        let is_wanted = labels.of_commit(commit) == Reach::Refs && !builds_on_others;
        if is_wanted && !objects.contains_all(&[tree]) {
            let commit = graph.id(commit).short();
            missing
                .push((tree, format!("the tree {} of commit {commit} is not there", tree.short())));
        }
    }
    for (name, id) in &starts.tips {
        let counts =
            name.starts_with(b"refs/") || name.ends_with(b"HEAD") && !name.ends_with(b"_HEAD");
        if counts && !id.is_null() && !is_left_out(id) && !objects.contains(id) {
            missing.push((*id, format!("{name} names {}, which is not there", id.short())));
        }
    }
    let mut gaps = named(missing, starts.promisor);
    if cut > 0 {
        let commits = if cut == 1 { "commit" } else { "commits" };
        let detail = format!("the clone is shallow: history before {cut} {commits} is not here");
        gaps.push(Gap::new(GapReason::ShallowBoundary, detail));
    }
    if builds_on_others {
        let count = starts.prerequisites.len();
        let commits = if count == 1 { "a commit".to_owned() } else { format!("{count} commits") };
        let detail = format!("the bundle builds on {commits} that it does not hold");
        gaps.push(Gap::new(GapReason::ShallowBoundary, detail));
    }
    gaps
}

/// One gap for each missing object, up to a number; one more for the rest.
pub(crate) fn named(mut missing: Vec<(ObjectId, String)>, promisor: bool) -> Vec<Gap> {
    let reason = if promisor { GapReason::PartialClone } else { GapReason::MissingObject };
    missing.sort_unstable();
    missing.dedup_by_key(|(id, _)| *id);
    let rest = missing.len().saturating_sub(MOST_NAMED);
    missing.truncate(MOST_NAMED);
    let mut gaps: Vec<Gap> =
        missing.into_iter().map(|(id, detail)| Gap::new(reason, detail).at_object(id)).collect();
    if rest > 0 {
        gaps.push(Gap::new(reason, format!("{rest} more objects are not there")));
    }
    gaps
}
