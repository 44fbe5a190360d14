//! Provenance against brute force: small random repositories, every answer compared with what the
//! definitions say when each commit's files are simply listed. And forged repositories that no git
//! would make.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bstr::BString;

use super::random::{GROUPS, NAMED, World, random_world};
use super::sweep::Limits;
use super::testing::{Files, Memory, id_of, tree_bytes};
use super::trace::trace_within;
use super::*;
use crate::model::{GapReason, ObjectId, ObjectKind, Standing};

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

    fn ancestors(&self, starts: impl Iterator<Item = ObjectId>) -> BTreeSet<usize> {
        let mut open: Vec<usize> =
            starts.filter_map(|id| self.commits.iter().position(|c| c.id == id)).collect();
        let mut seen = BTreeSet::new();
        while let Some(commit) = open.pop() {
            if seen.insert(commit) {
                open.extend(&self.commits[commit].parents);
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
    trace_within(&world.store, &graph, &labels, &world.starts, &hits, &never, limits)
}

fn check(seed: u64) {
    let world = random_world(seed);
    let trace = traced(&world, Limits::default());
    assert!(trace.gaps.is_empty());
    let rounds = traced(&world, Limits { edges: 0, ..Limits::default() });
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
        let index = |id: &ObjectId| world.commits.iter().position(|c| c.id == *id).unwrap();
        let head = world.starts.head.map(|id| index(&id));
        assert_eq!(got.at_head, head.is_some_and(has), "at head, seed {seed}, group {group}");
        let tips: Vec<u32> =
            (0..peeled.len()).filter(|&t| has(index(&peeled[t]))).map(|t| t as u32).collect();
        assert_eq!(got.tips, tips, "tips, seed {seed}, group {group}");

        let mut expected = BTreeMap::new();
        for pair in all.clone().flat_map(|c| world.pairs(c, group)) {
            let first = all
                .clone()
                .filter(|&c| world.pairs(c, group).contains(&pair))
                .min_by_key(|&c| key(c));
            let first = first.unwrap();
            let standing = if head.is_some_and(|head| world.pairs(head, group).contains(&pair)) {
                Standing::AtHead
            } else if by_refs.contains(&first) {
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
        if let Some(best) = shown_first(&world, group, head, &expected, &position, &by_refs) {
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
        check(seed);
    }
}

/// A store with one blob hit, and HEAD at a commit of this tree.
fn one_commit(mut store: Memory, tree: ObjectId, blob: ObjectId) -> (Trace, Duration) {
    let commit = store.commit(tree, &[], 1, "m");
    let starts = Starts { head: Some(commit), ..Starts::default() };
    let (graph, _) = Graph::load(&store, &never);
    let labels = Labels::new(&graph, &starts);
    let hits = [Hit { object: blob, kind: ObjectKind::Blob, entry: None, group: 0 }];
    let begun = Instant::now();
    let trace = trace(&store, &graph, &labels, &starts, &hits, &never);
    (trace, begun.elapsed())
}

#[test]
fn a_tree_bomb_is_counted_and_cut() {
    let mut store = Memory::default();
    let blob = store.blob(b"hit");
    let mut tree = store.tree(&[(0o100_644, b"f", blob)]);
    for _ in 0..10 {
        let names: Vec<Vec<u8>> = (0..10).map(|n| format!("d{n}").into_bytes()).collect();
        let entries: Vec<_> = names.iter().map(|n| (0o40000, n.as_slice(), tree)).collect();
        tree = store.tree(&entries);
    }
    let (trace, took) = one_commit(store, tree, blob);
    let group = &trace.groups[0];
    assert_eq!(group.sighting_count, 10_u64.pow(10));
    assert_eq!(group.sightings.len(), crate::model::Finding::MOST_PLACES);
    assert!(group.at_head && group.introduced_count == 1);
    assert!(trace.gaps.iter().any(|gap| gap.reason == GapReason::LimitHit));
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn ten_thousand_levels_are_one_path() {
    let mut store = Memory::default();
    let blob = store.blob(b"hit");
    let mut tree = store.tree(&[(0o120_000, b"f", blob)]);
    for _ in 0..10_000 {
        tree = store.tree(&[(0o40000, b"d", tree)]);
    }
    let (trace, _) = one_commit(store.clone(), tree, blob);
    let group = &trace.groups[0];
    assert_eq!(group.sightings[0].path.as_ref().unwrap().len(), 20_001);
    assert!(group.sightings[0].symlink && group.at_head && trace.gaps.is_empty());

    // Longer than any path can be: the place loses its path, the rest stands.
    for _ in 0..30_000 {
        tree = store.tree(&[(0o40000, b"d", tree)]);
    }
    let (trace, _) = one_commit(store, tree, blob);
    let group = &trace.groups[0];
    assert_eq!((group.sightings.len(), group.sightings[0].path.clone()), (1, None));
    assert_eq!(group.sightings[0].standing, Standing::AtHead);
    assert!(group.at_head && group.introduced_count == 1 && trace.gaps.len() == 1);
}

#[test]
fn a_forged_tree_that_lists_itself_does_not_hang() {
    let mut store = Memory::default();
    let blob = store.blob(b"hit");
    let own = ObjectId([7; 20]);
    let bytes = tree_bytes(&[(0o40000, b"again", own), (0o100_644, b"f", blob)]);
    store.forge(own, ObjectKind::Tree, &bytes);
    let (trace, _) = one_commit(store, own, blob);
    assert_eq!(trace.groups[0].sightings[0].path, Some("f".into()));
    assert!(trace.gaps.iter().any(|gap| gap.reason == GapReason::Damaged));
}

#[test]
fn forged_commits_in_a_circle_do_not_hang() {
    let mut store = Memory::default();
    let blob = store.blob(b"hit");
    let tree = store.tree(&[(0o100_644, b"f", blob)]);
    let (one, two) = (ObjectId([1; 20]), ObjectId([2; 20]));
    for (id, parent) in [(one, two), (two, one)] {
        store.forge(id, ObjectKind::Commit, format!("tree {tree}\nparent {parent}\n\n").as_bytes());
    }
    let (graph, _) = Graph::load(&store, &never);
    assert_eq!(graph.order().len(), 2);
    let starts = Starts { head: Some(one), ..Starts::default() };
    let labels = Labels::new(&graph, &starts);
    assert_eq!(labels.of(&graph, &two), Reach::Refs);
}

#[test]
fn blobs_without_commits_are_placed_as_well_as_can_be() {
    let mut store = Memory::default();
    let [dangling, in_tree, by_ref, staged, both] =
        ["1", "2", "3", "4", "5"].map(|text| store.blob(text.as_bytes()));
    let below = store.tree(&[(0o100_644, b"f", in_tree)]);
    store.tree(&[(0o40000, b"dir", below)]);
    let head_tree = store.tree(&[(0o100_644, b"kept", both)]);
    let head = store.commit(head_tree, &[], 5, "m");
    let tag = store.tag(by_ref, "blob", "t");
    let starts = Starts {
        head: Some(head),
        tips: vec![("refs/tags/t".into(), tag)],
        staged: [("new/one", staged), ("kept", both), ("kept2", both)]
            .map(|(path, blob)| StagedBlob { path: path.into(), blob, symlink: false })
            .to_vec(),
        ..Starts::default()
    };
    let (graph, _) = Graph::load(&store, &never);
    let labels = Labels::new(&graph, &starts);
    let mut hits: Vec<Hit> = [dangling, in_tree, by_ref, staged, both]
        .iter()
        .zip(0..)
        .map(|(id, group)| Hit { object: *id, kind: ObjectKind::Blob, entry: None, group })
        .collect();
    hits.push(Hit { object: tag, kind: ObjectKind::Tag, entry: None, group: 5 });
    hits.push(Hit { object: head, kind: ObjectKind::Commit, entry: None, group: 6 });
    let trace = trace(&store, &graph, &labels, &starts, &hits, &never);
    let places: Vec<Vec<(Option<String>, Standing)>> = trace
        .groups
        .iter()
        .map(|g| {
            g.sightings
                .iter()
                .map(|s| (s.path.as_ref().map(ToString::to_string), s.standing))
                .collect()
        })
        .collect();
    let path = |text: &str| Some(text.to_owned());
    assert_eq!(places[0], [(None, Standing::Unreachable)]);
    assert_eq!(places[1], [(path("dir/f"), Standing::Unreachable)]);
    assert_eq!(places[2], [(None, Standing::History)]);
    assert_eq!(places[3], [(path("new/one"), Standing::Staged)]);
    assert_eq!(places[4], [(path("kept"), Standing::AtHead), (path("kept2"), Standing::Staged)]);
    assert_eq!(places[5], [(None, Standing::History)]);
    assert_eq!(places[6], [(None, Standing::AtHead)]);
    assert_eq!(trace.groups[6].first, Some(head));
}

#[test]
fn what_is_missing_below_refs_is_told_and_what_gc_may_drop_is_not() {
    let mut store = Memory::default();
    let blob = store.blob(b"x");
    let tree = store.tree(&[(0o100_644, b"f", blob)]);
    let gone = id_of(ObjectKind::Commit, b"gone");
    let kept = store.commit(tree, &[gone], 1, "kept");
    let dangling = store.commit(ObjectId([3; 20]), &[ObjectId([4; 20])], 1, "dangling");
    let tips = |id| vec![(BString::from("refs/heads/x"), id)];
    let (graph, _) = Graph::load(&store, &never);
    let gaps = |starts: &Starts| {
        let labels = Labels::new(&graph, starts);
        let gaps = graph_gaps(&store, &graph, &labels, starts);
        gaps.iter().map(|gap| gap.reason).collect::<Vec<_>>()
    };
    let starts = Starts { tips: tips(kept), reflogs: vec![dangling], ..Starts::default() };
    assert_eq!(gaps(&starts), [GapReason::MissingObject]);
    let shallow = Starts { shallow: vec![kept], ..starts.clone() };
    assert_eq!(gaps(&shallow), [GapReason::ShallowBoundary]);
    let partial = Starts { promisor: true, ..starts };
    assert_eq!(gaps(&partial), [GapReason::PartialClone]);
    let reached = Starts { tips: tips(dangling), ..Starts::default() };
    assert_eq!(gaps(&reached), [GapReason::MissingObject, GapReason::MissingObject]);
    let lost = Starts { tips: tips(gone), ..Starts::default() };
    assert_eq!(gaps(&lost), [GapReason::MissingObject]);
}

#[test]
fn many_groups_are_judged_as_few_are() {
    let mut store = Memory::default();
    let blobs: Vec<ObjectId> = (0..600).map(|n| store.blob(format!("{n}").as_bytes())).collect();
    let mut files = Files::new();
    let mut parent = None;
    let mut commits = Vec::new();
    for (n, blob) in blobs.iter().enumerate() {
        files.insert(format!("d{}/f{n}", n % 7).into_bytes(), (0o100_644, *blob));
        if n >= 50 {
            files.remove(format!("d{}/f{}", (n - 50) % 7, n - 50).as_bytes());
        }
        let tree = store.files(&files);
        let parents: Vec<ObjectId> = parent.into_iter().collect();
        parent = Some(store.commit(tree, &parents, n as i64, "m"));
        commits.extend(parent);
    }
    let starts = Starts { head: parent, ..Starts::default() };
    let (graph, _) = Graph::load(&store, &never);
    let labels = Labels::new(&graph, &starts);
    let hit = |(group, id): (usize, &ObjectId)| Hit {
        object: *id,
        kind: ObjectKind::Blob,
        entry: None,
        group: group as u32,
    };
    let hits: Vec<Hit> = blobs.iter().enumerate().map(hit).collect();
    let trace = trace(&store, &graph, &labels, &starts, &hits, &never);
    for (n, group) in trace.groups.iter().enumerate() {
        assert_eq!(group.introduced, [commits[n]]);
        assert_eq!(group.removed, commits.get(n + 50).copied().into_iter().collect::<Vec<_>>());
        assert_eq!(group.at_head, n >= 550);
    }
}
