//! The places of each secret, written out: which there are, which comes first, how many are shown.
//!
//! The first place is the newest path that is still at HEAD, else what the next commit would add,
//! else the last path it had. Places that only reflogs or nothing reach come last.

use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use super::paths::{Pair, Paths, Walk};
use super::presence::{NONE, most_paths};
use super::things::Thing;
use super::tracer::Tracer;
use super::{Graph, Hit, Reach, Sighting};
use crate::model::{Finding, Gap, GapReason, ObjectId, ObjectKind, Standing};

/// How places sort: by standing, the newest first, then by what does not change between runs.
type Rank = (u8, Reverse<u32>, u32, u32);

/// A place not yet written out.
enum Draft {
    Pair(u32),
    Ready(Box<Sighting>),
}

/// Groups for which the paths of a hostile tree are counted by arithmetic.
const MOST_COUNTED: usize = 64;

/// Finds the places of all groups and writes them into the trace.
pub(crate) fn places(tracer: &mut Tracer<'_>, hits: &[Hit], stop: &dyn Fn() -> bool) {
    let mut paths = Paths::new(tracer.carriers);
    walk_commits(tracer, &mut paths, stop);
    walk_the_rest(tracer, &mut paths);
    let mut drafts = Drafts { groups: Vec::new(), ready: 0 };
    drafts.groups.resize_with(tracer.trace.groups.len(), Vec::new);
    let mut placed = vec![false; tracer.things.list.len()];
    drafts.staged(tracer, &mut paths, &mut placed);
    for (number, pair) in paths.pairs.iter().enumerate() {
        placed[pair.thing as usize] = true;
        let rank = rank_of_pair(tracer.graph, pair);
        for &group in &tracer.things.groups_of[pair.thing as usize] {
            drafts.groups[group as usize].push((rank, Draft::Pair(number as u32)));
        }
    }
    drafts.without_paths(tracer, hits, &placed);
    drafts.messages(tracer, hits);
    drafts.write(tracer, &paths);
    if paths.limited {
        tell_limit(tracer);
    }
}

/// Forward for the first commit of each pair and its reach, backward for the last. What refs reach
/// goes first both times, so a pair that refs reach is never told by a commit they do not.
fn walk_commits(tracer: &Tracer<'_>, paths: &mut Paths<'_>, stop: &dyn Fn() -> bool) {
    let order = tracer.graph.order();
    let (mut forward, mut backward) = (Walk::new(), Walk::new());
    for reach in [Reach::Refs, Reach::Reflog, Reach::Nothing] {
        let of_reach = |&&commit: &&u32| {
            tracer.labels.of_commit(commit) == reach && tracer.roots[commit as usize] != NONE
        };
        for &commit in order.iter().filter(of_reach) {
            paths.walk(&mut forward, tracer.roots[commit as usize], |pair| {
                if pair.first.is_none() {
                    (pair.first, pair.reach) = (Some(commit), reach);
                }
            });
        }
        for &commit in order.iter().rev().filter(of_reach) {
            paths.walk(&mut backward, tracer.roots[commit as usize], |pair| {
                pair.last = pair.last.or(Some(commit));
            });
        }
        if stop() {
            return;
        }
    }
}

/// HEAD, trees that refs name without a commit, and trees that nothing names.
fn walk_the_rest(tracer: &Tracer<'_>, paths: &mut Paths<'_>) {
    if let Some(head) = tracer.starts.head.map(|id| tracer.root_of(id)).filter(|&r| r != NONE) {
        paths.walk(&mut Walk::new(), head, |pair| pair.at_head = true);
    }
    for reach in [Reach::Refs, Reach::Reflog] {
        let mut walk = Walk::new();
        let mut trees: Vec<u32> = tracer
            .labels
            .direct()
            .filter(|&(_, by)| by == reach)
            .filter_map(|(id, _)| tracer.carriers.number(&id))
            .collect();
        trees.sort_unstable();
        for tree in trees {
            paths.walk(&mut walk, tree, |pair| pair.reach = pair.reach.min(reach));
        }
    }
    let of_commits: FxHashSet<u32> = tracer.roots.iter().copied().collect();
    let mut walk = Walk::new();
    for &top in tracer.carriers.tops().iter().filter(|top| !of_commits.contains(top)) {
        paths.walk(&mut walk, top, |_| {});
    }
}

fn standing(reach: Reach) -> Standing {
    match reach {
        Reach::Refs => Standing::History,
        Reach::Reflog | Reach::Nothing => Standing::Unreachable,
    }
}

fn standing_of_pair(pair: &Pair) -> Standing {
    match (pair.at_head, pair.staged) {
        (true, _) => Standing::AtHead,
        (_, true) => Standing::Staged,
        _ => standing(pair.reach),
    }
}

fn order_of(standing: Standing) -> u8 {
    match standing {
        Standing::AtHead => 0,
        Standing::Staged => 1,
        Standing::History => 2,
        _ => 3,
    }
}

fn rank_of_pair(graph: &Graph, pair: &Pair) -> Rank {
    let standing = standing_of_pair(pair);
    let telling = if standing == Standing::AtHead { pair.first } else { pair.last.or(pair.first) };
    let recency = telling.map_or(0, |commit| graph.rank(commit));
    (order_of(standing), Reverse(recency), pair.path, pair.thing)
}

/// The places of every group, before they are sorted and cut.
struct Drafts {
    groups: Vec<Vec<(Rank, Draft)>>,
    ready: u32,
}

impl Drafts {
    fn push(&mut self, group: u32, recency: u32, sighting: Sighting) {
        let rank = (order_of(sighting.standing), Reverse(recency), u32::MAX, self.ready);
        self.ready = self.ready.saturating_add(1);
        self.groups[group as usize].push((rank, Draft::Ready(Box::new(sighting))));
    }

    /// Blobs of the index: marks the pairs they are, and makes places of those that are none.
    fn staged(&mut self, tracer: &Tracer<'_>, paths: &mut Paths<'_>, placed: &mut [bool]) {
        let names: FxHashMap<&[u8], u32> = tracer
            .carriers
            .names
            .iter()
            .enumerate()
            .map(|(number, name)| (name.as_slice(), number as u32))
            .collect();
        for staged in &tracer.starts.staged {
            let thing = tracer.things.list.binary_search(&Thing::Blob(staged.blob));
            let Ok(thing) = thing else { continue };
            if let Some(pair) = paths.find(&staged.path, thing as u32, &names) {
                pair.staged = true;
                continue;
            }
            placed[thing] = true;
            for &group in &tracer.things.groups_of[thing] {
                let sighting = Sighting {
                    object: staged.blob,
                    kind: ObjectKind::Blob,
                    symlink: staged.symlink,
                    path: Some(staged.path.clone()),
                    commit: None,
                    standing: Standing::Staged,
                };
                self.push(group, 0, sighting);
            }
        }
    }

    /// Things that no tree led to, or whose paths a limit cut off.
    fn without_paths(&mut self, tracer: &Tracer<'_>, hits: &[Hit], placed: &[bool]) {
        for (number, thing) in tracer.things.list.iter().enumerate().filter(|(n, _)| !placed[*n]) {
            let (object, kind, path) = match thing {
                Thing::Blob(id) => (*id, ObjectKind::Blob, None),
                Thing::Name(name) => {
                    let listed = hits.iter().find(|hit| hit.entry.as_ref() == Some(name));
                    let Some(hit) = listed else { continue };
                    (hit.object, ObjectKind::Tree, Some(name.clone()))
                }
            };
            for &group in &tracer.things.groups_of[number] {
                let mut reach = tracer.labels.of(tracer.graph, &object);
                let traced = &tracer.trace.groups[group as usize];
                if let Some(first) = traced.introduced.first() {
                    reach = reach.min(tracer.labels.of(tracer.graph, first));
                }
                let commit = traced.introduced.first().copied();
                let standing = if traced.at_head { Standing::AtHead } else { standing(reach) };
                let path = path.clone();
                let sighting = Sighting { object, kind, symlink: false, path, commit, standing };
                self.push(group, 0, sighting);
            }
        }
    }

    /// Commits and tags that say the secret themselves.
    fn messages(&mut self, tracer: &Tracer<'_>, hits: &[Hit]) {
        let head = tracer.starts.head;
        for hit in hits {
            let commit = match hit.kind {
                ObjectKind::Commit => Some(hit.object),
                ObjectKind::Tag => Some(tracer.graph.peel(hit.object)),
                _ => continue,
            };
            let commit = commit.filter(|id| tracer.graph.commit(id).is_some());
            let sighting = Sighting {
                object: hit.object,
                kind: hit.kind,
                symlink: false,
                path: None,
                commit,
                standing: if head == Some(hit.object) {
                    Standing::AtHead
                } else {
                    standing(tracer.labels.of(tracer.graph, &hit.object))
                },
            };
            let rank = |id: &ObjectId| tracer.graph.commit(id).map(|c| tracer.graph.rank(c));
            self.push(hit.group, commit.as_ref().and_then(rank).unwrap_or(0), sighting);
        }
    }

    fn write(self, tracer: &mut Tracer<'_>, paths: &Paths<'_>) {
        for (group, mut drafts) in self.groups.into_iter().enumerate() {
            drafts.sort_unstable_by_key(|(rank, _)| *rank);
            let traced = &mut tracer.trace.groups[group];
            traced.sighting_count = drafts.len() as u64;
            drafts.truncate(Finding::MOST_PLACES);
            for (_, draft) in drafts {
                traced.sightings.push(match draft {
                    Draft::Ready(sighting) => *sighting,
                    Draft::Pair(number) => {
                        let pair = &paths.pairs[number as usize];
                        let (object, kind) = match &tracer.things.list[pair.thing as usize] {
                            Thing::Blob(id) => (*id, ObjectKind::Blob),
                            Thing::Name(_) => (tracer.carriers.id(pair.tree), ObjectKind::Tree),
                        };
                        Sighting {
                            object,
                            kind,
                            symlink: pair.symlink,
                            path: Some(paths.path(pair.path)),
                            commit: pair.first.map(|commit| tracer.graph.id(commit)),
                            standing: standing_of_pair(pair),
                        }
                    }
                });
            }
        }
    }
}

/// Says that paths were cut off, and counts them by arithmetic where that is cheap.
fn tell_limit(tracer: &mut Tracer<'_>) {
    let detail = "trees unfold to too many paths, or too long ones; not all places are listed";
    tracer.trace.gaps.push(Gap::new(GapReason::LimitHit, detail));
    for group in 0..tracer.trace.groups.len().min(MOST_COUNTED) {
        let ways = most_paths(tracer.carriers, &tracer.things.groups_of, group as u32);
        let count = &mut tracer.trace.groups[group].sighting_count;
        *count = (*count).max(ways);
    }
}
