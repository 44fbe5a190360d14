//! Provenance against brute force: small random repositories, every answer compared with what the
//! definitions say when each commit's files are simply listed.

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;

use super::random::{GROUPS, Made, NAMED, World, cut, random_world};
use super::sweep::Limits;
use super::trace::{Told, Trees, trace_within};
use super::*;
use crate::model::{ObjectId, ObjectKind, Standing};

impl World {
    /// The (path, object) pairs of a commit that hold a group. File names count with their tree's
    /// place left out.
    fn pairs(&self, commit: usize, group: u32) -> Pairs {
        let mut pairs = BTreeSet::new();
        for (path, (mode, id)) in &self.commits[commit].files {
            let held = self.blobs.iter().find(|(blob, _)| blob == id);
            if *mode != 0o160_000 && held.is_some_and(|(_, groups)| groups.contains(&group)) {
                pairs.insert((path.clone(), Some(*id)));
            }
            for (name, named) in NAMED {
                let mut end = 0;
                for part in path.split(|&b| b == b'/') {
                    end += part.len();
                    if part == name.as_bytes() && named == group {
                        pairs.insert((path[..end].to_vec(), None));
                    }
                    end += 1;
                }
            }
        }
        pairs
    }

    fn index(&self, id: &ObjectId) -> Option<usize> {
        self.commits.iter().position(|commit| commit.id == *id)
    }

    /// The commit of this name, or one with the tree of this name.
    fn with_tree(&self, id: &ObjectId) -> usize {
        let has = |commit: &Made| commit.id == *id || commit.tree == *id;
        self.commits.iter().position(has).unwrap()
    }

    fn ancestors(&self, starts: impl Iterator<Item = ObjectId>) -> BTreeSet<usize> {
        let mut open: Vec<usize> = starts.filter_map(|id| self.index(&id)).collect();
        let mut seen = BTreeSet::new();
        while let Some(commit) = open.pop() {
            if seen.insert(commit) {
                open.extend(&self.commits[commit].parents);
                let id = self.commits[commit].id;
                let grafts = self.starts.grafts.iter().filter(|(child, _)| *child == id);
                open.extend(
                    grafts.flat_map(|(_, parents)| parents).filter_map(|id| self.index(id)),
                );
            }
        }
        seen
    }

    /// Positions in topological order, by the definition: of those that are free the oldest.
    fn positions(&self) -> Vec<usize> {
        let mut position = vec![usize::MAX; self.commits.len()];
        for at in 0..self.commits.len() {
            let next = (0..self.commits.len())
                .filter(|&c| position[c] == usize::MAX)
                .filter(|&c| self.commits[c].parents.iter().all(|&p| position[p] != usize::MAX))
                .min_by_key(|&c| (self.commits[c].seconds, self.commits[c].id))
                .unwrap();
            position[next] = at;
        }
        position
    }
}

pub(super) fn hits(world: &World) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (id, groups) in &world.blobs {
        for &group in groups {
            hits.push(Hit { object: *id, kind: ObjectKind::Blob, entry: None, group });
        }
    }
    for (id, (kind, bytes)) in &world.store.objects {
        for (name, group) in NAMED.iter().filter(|_| *kind == ObjectKind::Tree) {
            if entries(bytes).flatten().any(|entry| entry.name == name.as_bytes()) {
                let entry = Some(BString::from(*name));
                hits.push(Hit { object: *id, kind: *kind, entry, group: *group });
            }
        }
    }
    hits
}

pub(super) fn never() -> bool {
    false
}

fn traced(world: &World, limits: Limits) -> Trace {
    let (graph, gaps) = Graph::load(&world.store, &never);
    assert!(gaps.is_empty());
    let labels = Labels::new(&graph, &world.starts);
    let mut hits = hits(world);
    let top = Hit { object: ObjectId([9; 20]), kind: ObjectKind::Blob, entry: None, group: GROUPS };
    hits.push(top);
    trace_within(
        &world.store,
        &graph,
        &labels,
        &world.starts,
        &hits,
        Trees::Pass(limits),
        Told::All,
        &never,
    )
}

fn check(seed: u64, world: &World) {
    let trace = traced(world, Limits::default());
    assert!(trace.gaps.is_empty());
    let rounds = traced(world, Limits { edges: 0, ..Limits::default() });
    assert_eq!(trace.groups, rounds.groups, "both ways of sweeping, seed {seed}");

    let position = world.positions();
    let peeled: Vec<ObjectId> = {
        let (graph, _) = Graph::load(&world.store, &never);
        world.starts.tips.iter().map(|(_, id)| graph.peel(*id)).collect()
    };
    let by_refs = world.ancestors(peeled.iter().copied().chain(world.starts.head));
    let key = |c: usize| (!by_refs.contains(&c), position[c]);
    let reflog = world.ancestors(world.starts.reflogs.iter().copied());
    let key = |c: usize| (key(c).0, key(c).0 && !reflog.contains(&c), position[c]);

    for group in 0..GROUPS {
        let got = &trace.groups[group as usize];
        let has = |c: usize| !world.pairs(c, group).is_empty();
        let all = 0..world.commits.len();
        let listed = |list: Vec<usize>| {
            let mut list = list;
            list.sort_by_key(|&c| key(c));
            list.into_iter().map(|c| world.commits[c].id).collect::<Vec<_>>()
        };
        let parents = |c: usize| world.commits[c].parents.iter().copied();
        let introduced = listed(all.clone().filter(|&c| has(c) && !parents(c).any(has)).collect());
        let removed = listed(
            all.clone()
                .filter(|&c| !has(c) && parents(c).count() > 0 && parents(c).all(has))
                .collect(),
        );
        assert_eq!(got.introduced, introduced, "introduced, seed {seed}, group {group}");
        assert_eq!(got.first, introduced.first().copied());
        assert_eq!(got.removed, removed, "removed, seed {seed}, group {group}");
        let counts = (got.introduced_count, got.removed_count);
        assert_eq!(counts, (introduced.len() as u64, removed.len() as u64));
        let head = world.starts.head.and_then(|id| world.index(&id));
        assert_eq!(got.at_head, head.is_some_and(has), "at head, seed {seed}, group {group}");
        let tips: Vec<u32> = (0..peeled.len())
            .filter(|&t| has(world.with_tree(&peeled[t])))
            .map(|t| t as u32)
            .collect();
        assert_eq!(got.tips, tips, "tips, seed {seed}, group {group}");

        // What refs reach without a commit between.
        let trees = peeled.iter().filter(|id| world.index(id).is_none());
        let of_tree_refs: Pairs =
            trees.flat_map(|id| world.pairs(world.with_tree(id), group)).collect();
        let mut expected = BTreeMap::new();
        for pair in all.clone().flat_map(|c| world.pairs(c, group)) {
            let first = all
                .clone()
                .filter(|&c| world.pairs(c, group).contains(&pair))
                .min_by_key(|&c| key(c));
            let first = first.unwrap();
            let standing = if head.is_some_and(|head| world.pairs(head, group).contains(&pair)) {
                Standing::AtHead
            } else if by_refs.contains(&first) || of_tree_refs.contains(&pair) {
                Standing::History
            } else {
                Standing::Unreachable
            };
            expected.insert(pair, (world.commits[first].id, standing));
        }
        let seen: BTreeMap<_, _> = got
            .sightings
            .iter()
            .filter(|s| s.path.is_some())
            .map(|s| {
                let object = (s.kind == ObjectKind::Blob).then_some(s.object);
                ((s.path.clone().unwrap().into(), object), (s.commit.unwrap(), s.standing))
            })
            .collect();
        assert_eq!(seen, expected, "sightings, seed {seed}, group {group}");
        assert_eq!(got.sighting_count, got.sightings.len() as u64);
        // Where among the others a place stands that only a ref to a tree has, is nobody's business.
        let decided = of_tree_refs.is_empty() || got.at_head;
        if decided
            && let Some(best) = shown_first(world, group, head, &expected, &position, &by_refs)
        {
            let first = &got.sightings[0];
            let object = (first.kind == ObjectKind::Blob).then_some(first.object);
            assert!(
                best.contains(&(first.path.clone().unwrap().into(), object)),
                "first, seed {seed}"
            );
        }
    }
}

/// A path, and the blob there; none for a file's name.
type Pair = (Vec<u8>, Option<ObjectId>);
type Pairs = BTreeSet<Pair>;

/// The pairs that may be shown first: the newest at HEAD, else those that were there last.
fn shown_first(
    world: &World,
    group: u32,
    head: Option<usize>,
    expected: &BTreeMap<Pair, (ObjectId, Standing)>,
    position: &[usize],
    by_refs: &BTreeSet<usize>,
) -> Option<Pairs> {
    let commits = 0..world.commits.len();
    let at = |id: &ObjectId| position[world.commits.iter().position(|c| c.id == *id).unwrap()];
    let last = |pair: &Pair| {
        commits
            .clone()
            .filter(|c| by_refs.contains(c) && world.pairs(*c, group).contains(pair))
            .map(|c| position[c])
            .max()
    };
    let of_head = head.map(|head| world.pairs(head, group)).unwrap_or_default();
    let best = |pairs: Vec<(&Pair, usize)>| {
        let newest = pairs.iter().map(|(_, at)| *at).max()?;
        let pairs = pairs.into_iter().filter(|(_, at)| *at == newest);
        Some(pairs.map(|(pair, _)| pair.clone()).collect::<Pairs>())
    };
    if of_head.is_empty() {
        best(expected.keys().filter_map(|pair| Some((pair, last(pair)?))).collect())
    } else {
        best(of_head.iter().map(|pair| (pair, at(&expected[pair].0))).collect())
    }
}

#[test]
fn equals_brute_force() {
    for seed in 1..=600 {
        check(seed, &random_world(seed));
    }
}

#[test]
fn equals_brute_force_in_shallow_clones() {
    for seed in 1..=300 {
        let world = cut(random_world(seed), seed);
        if !world.commits.is_empty() {
            check(seed, &world);
        }
    }
}

#[test]
fn the_random_repositories_have_what_they_are_for() {
    let worlds: Vec<World> = (1..=600).map(random_world).collect();
    let has = |what: &dyn Fn(&World) -> bool| worlds.iter().filter(|world| what(world)).count();
    let merges = |least: usize| {
        move |world: &World| world.commits.iter().any(|commit| commit.parents.len() >= least)
    };
    assert!(has(&merges(2)) > 300);
    assert!(has(&merges(4)) > 50, "octopus merges");
    assert!(has(&|world| !world.starts.grafts.is_empty()) > 50);
    let reached = |world: &World| {
        let tips = world.starts.tips.iter().map(|(_, id)| *id).chain(world.starts.head);
        world.ancestors(tips).len()
    };
    assert!(has(&|world| reached(world) < world.commits.len()) > 300, "unreachable commits");
    // A rename or a revert: a blob that was gone, or elsewhere, and is there.
    let returns = |world: &World| {
        (0..GROUPS).any(|group| {
            let has = |commit: usize| !world.pairs(commit, group).is_empty();
            let parents = |commit: usize| world.commits[commit].parents.iter().copied();
            let comes = |&commit: &usize| has(commit) && !parents(commit).any(has);
            (0..world.commits.len()).filter(comes).count() > 1
        })
    };
    assert!(has(&returns) > 300, "introduced more than once");
}
