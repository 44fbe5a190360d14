//! The commits of a range and what each of them adds.
//!
//! A range is what some commits reach and others do not. It is walked newest first from both ends,
//! commit by commit, so that a push of three commits onto a million costs little. A commit is left
//! out only when it was really reached from the excluded side; clocks that ran wrong can at worst
//! leave one in that belongs out. To make even that rare the excluded side is walked on past the
//! oldest commit of the range, by a week and by some commits.

use std::collections::{BinaryHeap, HashMap};

use super::changes::{Reader, compare};
use super::order::parents_first;
use super::{Changed, Commit, Objects, Starts, Tag};
use crate::model::{Gap, GapReason, ObjectId, ObjectKind};

/// How far the excluded side is walked on: seconds and commits.
const SLACK: (i64, u32) = (7 * 86_400, 64);

/// One commit of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeCommit {
    /// Its name.
    pub id: ObjectId,
    /// Its tree, if it names one.
    pub tree: Option<ObjectId>,
    /// Its parents that are here.
    pub parents: Vec<ObjectId>,
}

/// The commits of a range.
#[derive(Debug, Clone, Default)]
pub struct Range {
    /// Parents first, ties by committer date, then by name.
    pub commits: Vec<RangeCommit>,
    /// What is missing inside the range. A shallow boundary outside of it is none.
    pub gaps: Vec<Gap>,
}

/// A commit that the walk met.
struct Node {
    id: ObjectId,
    tree: Option<ObjectId>,
    seconds: i64,
    /// Parents by name until the commit's turn comes, then those that are here by number.
    named: Vec<ObjectId>,
    parents: Vec<u32>,
    missing: Vec<ObjectId>,
    excluded: bool,
    waiting: bool,
}

struct Walk<'a, O> {
    objects: &'a O,
    nodes: Vec<Node>,
    numbers: HashMap<ObjectId, Option<u32>>,
    queue: BinaryHeap<(i64, u32)>,
    /// How many commits of the queue are not excluded.
    wanted: usize,
    bytes: Vec<u8>,
    gaps: Vec<Gap>,
}

impl<O: Objects> Walk<'_, O> {
    /// The number of a commit, read now if it was not met before; `None` if it is not here.
    fn node(&mut self, id: ObjectId, excluded: bool) -> Option<u32> {
        if let Some(&known) = self.numbers.get(&id) {
            return known;
        }
        let number = match self.objects.read(&id, &mut self.bytes) {
            Ok(Some(ObjectKind::Commit)) => Some(self.add(id, excluded)),
            Ok(_) => None,
            Err(gap) => {
                self.gaps.push(gap);
                None
            }
        };
        self.numbers.insert(id, number);
        number
    }

    fn add(&mut self, id: ObjectId, excluded: bool) -> u32 {
        let commit = Commit::parse(&self.bytes);
        let (seconds, number) = (commit.seconds(), self.nodes.len() as u32);
        self.nodes.push(Node {
            id,
            tree: commit.tree,
            seconds,
            named: commit.parents,
            parents: Vec::new(),
            missing: Vec::new(),
            excluded,
            waiting: true,
        });
        self.queue.push((seconds, number));
        self.wanted += usize::from(!excluded);
        number
    }

    /// Excludes a commit and all of its ancestors that were met.
    fn exclude(&mut self, number: u32) {
        let mut open = vec![number];
        while let Some(number) = open.pop() {
            let node = &mut self.nodes[number as usize];
            if !std::mem::replace(&mut node.excluded, true) {
                self.wanted -= usize::from(node.waiting);
                open.extend_from_slice(&node.parents);
            }
        }
    }

    /// Peels tags off a revision; the commit's number, if it leads to one.
    fn start(&mut self, mut id: ObjectId, excluded: bool) -> Option<u32> {
        // A chain of tags longer than this is a joke or an attack.
        for _ in 0..100 {
            match self.objects.read(&id, &mut self.bytes) {
                Ok(Some(ObjectKind::Tag)) => id = Tag::parse(&self.bytes).object?,
                _ => break,
            }
        }
        let number = self.node(id, excluded)?;
        if excluded {
            self.exclude(number);
        }
        Some(number)
    }

    fn run(&mut self) {
        let mut oldest = i64::MAX;
        let mut beyond = 0;
        while let Some((seconds, number)) = self.queue.pop() {
            if self.wanted == 0 {
                beyond += 1;
                let past = seconds < oldest.saturating_sub(SLACK.0) && beyond > SLACK.1;
                if past || oldest == i64::MAX {
                    break;
                }
            }
            let node = &mut self.nodes[number as usize];
            node.waiting = false;
            let excluded = node.excluded;
            if !excluded {
                self.wanted -= 1;
                oldest = oldest.min(seconds);
            }
            for id in std::mem::take(&mut node.named) {
                match self.node(id, excluded) {
                    None => self.nodes[number as usize].missing.push(id),
                    Some(parent) => {
                        self.nodes[number as usize].parents.push(parent);
                        if excluded {
                            self.exclude(parent);
                        }
                    }
                }
            }
        }
    }
}

/// The commits that `include` reaches and `exclude` does not. Both may name annotated tags. What is
/// excluded and not here (a server's all-zero name, a commit beyond a shallow boundary) excludes
/// nothing; what is included and not here is a gap.
pub fn range(
    objects: &impl Objects,
    include: &[ObjectId],
    exclude: &[ObjectId],
    starts: &Starts,
) -> Range {
    let mut walk = Walk {
        objects,
        nodes: Vec::new(),
        numbers: HashMap::new(),
        queue: BinaryHeap::new(),
        wanted: 0,
        bytes: Vec::new(),
        gaps: Vec::new(),
    };
    for id in exclude {
        walk.start(*id, true);
    }
    let reader = Reader::new(objects, starts.promisor);
    let mut gaps = Vec::new();
    for id in include {
        if walk.start(*id, false).is_none() {
            gaps.push(reader.missing("the commit", id));
        }
    }
    walk.run();
    let kept: Vec<u32> =
        (0..walk.nodes.len() as u32).filter(|&n| !walk.nodes[n as usize].excluded).collect();
    let mut commits = Vec::with_capacity(kept.len());
    for number in in_order(&walk.nodes, &kept) {
        let node = &walk.nodes[number as usize];
        for parent in &node.missing {
            gaps.push(if starts.shallow.contains(&node.id) {
                let detail = format!(
                    "history before commit {} is not in this shallow clone",
                    node.id.short()
                );
                Gap::new(GapReason::ShallowBoundary, detail).at_object(node.id)
            } else {
                reader.missing("the parent commit", parent)
            });
        }
        commits.push(RangeCommit {
            id: node.id,
            tree: node.tree,
            parents: node.parents.iter().map(|&parent| walk.nodes[parent as usize].id).collect(),
        });
    }
    gaps.append(&mut walk.gaps);
    gaps.sort_unstable();
    gaps.dedup();
    Range { commits, gaps }
}

/// The kept commits, parents first.
fn in_order(nodes: &[Node], kept: &[u32]) -> Vec<u32> {
    let at = |number: &u32| kept.binary_search(number).ok().map(|at| at as u32);
    let parents: Vec<Vec<u32>> = kept
        .iter()
        .map(|&number| nodes[number as usize].parents.iter().filter_map(at).collect())
        .collect();
    let node = |one: u32| &nodes[kept[one as usize] as usize];
    let key = |one: u32| (node(one).seconds, node(one).id);
    let order = parents_first(kept.len(), |one| &parents[one as usize], key);
    order.into_iter().map(|one| kept[one as usize]).collect()
}

/// What one commit adds or changes against all of its parents that are here, files by path; a
/// commit without parents adds everything. Safe to call for many commits at once.
pub fn changed(
    objects: &impl Objects,
    commit: &RangeCommit,
    promisor: bool,
) -> (Vec<Changed>, Vec<Gap>) {
    let mut reader = Reader::new(objects, promisor);
    let mut found = Vec::new();
    let Some(tree) = commit.tree else {
        let gap = Gap::new(GapReason::Damaged, "the commit names no tree").at_object(commit.id);
        return (found, vec![gap]);
    };
    let mut parents = Vec::with_capacity(commit.parents.len());
    let mut bytes = Vec::new();
    for id in &commit.parents {
        match objects.read(id, &mut bytes) {
            Ok(Some(ObjectKind::Commit)) => parents.push(Commit::parse(&bytes).tree),
            Ok(_) => reader.gaps.push(reader.missing("the parent commit", id)),
            Err(gap) => reader.gaps.push(gap),
        }
    }
    compare(&mut reader, (tree, "".into()), parents, Some(commit.id), &mut found);
    (found, reader.gaps)
}
