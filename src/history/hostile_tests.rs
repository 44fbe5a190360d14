//! Provenance where brute force does not go: forged and hostile repositories, objects that no commit
//! leads to, missing ones, and many secrets at once.

use std::time::Duration;

use bstr::BString;
use cpu_time::ThreadTime;

use super::testing::{Files, Memory, id_of, tree_bytes};
use super::trace_tests::never;
use super::*;
use crate::model::{Gap, GapLevel, GapReason, ObjectId, ObjectKind, Standing};

/// A store with one blob hit, and HEAD at a commit of this tree. With what tracing it takes this
/// thread, whatever else the machine does.
fn one_commit(mut store: Memory, tree: ObjectId, blob: ObjectId) -> (Trace, Duration) {
    let commit = store.commit(tree, &[], 1, "m");
    let starts = Starts { head: Some(commit), ..Starts::default() };
    let (graph, _) = Graph::load(&store, &never);
    let labels = Labels::new(&graph, &starts);
    let hits = [Hit { object: blob, kind: ObjectKind::Blob, entry: None, group: 0 }];
    let begun = ThreadTime::now();
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

/// What one look-out sees in these trees, and the gaps that makes.
fn lost_gaps(store: &Memory, trees: &[ObjectId], starts: &Starts) -> Vec<Gap> {
    let (mut seen, mut lost) = (Lost::default(), Lost::default());
    for tree in trees {
        seen.follow(&|ids| store.contains_all(ids), *tree, &store.objects[tree].1);
    }
    lost.add(seen);
    lost.listed.sort_unstable();
    let (graph, _) = Graph::load(store, &never);
    let labels = Labels::new(&graph, starts);
    missing_gaps(store, &graph, &labels, starts, &lost, None)
}

#[test]
fn more_missing_objects_than_can_be_followed_are_told() {
    let mut store = Memory::default();
    let names: Vec<(Vec<u8>, ObjectId)> = (0..20_000_u32)
        .map(|n| (format!("{n:05}").into_bytes(), id_of(ObjectKind::Blob, &n.to_be_bytes())))
        .collect();
    let all: Vec<_> = names.iter().map(|(name, id)| (0o100_644, name.as_slice(), *id)).collect();
    let unreachable = store.tree(&all);
    let tell = |store: &mut Memory, gone: ObjectId| {
        let reached = store.tree(&[(0o100_644, b"f", gone)]);
        let head = store.commit(reached, &[], 1, "m");
        let starts = Starts { head: Some(head), ..Starts::default() };
        // What nothing reaches may be missing, as long as it hides nothing else.
        assert_eq!(lost_gaps(store, &[unreachable], &starts), []);
        let gaps = lost_gaps(store, &[reached, unreachable], &starts);
        assert_eq!(gaps, lost_gaps(store, &[unreachable, reached], &starts));
        gaps
    };
    // Those are followed whose names come first.
    let gone = ObjectId([1; 20]);
    let gaps = tell(&mut store, gone);
    assert_eq!((gaps.len(), gaps[0].object), (2, Some(gone)));
    let gaps = tell(&mut store, ObjectId([0xff; 20]));
    assert_eq!(gaps.len(), 1);
    assert!(gaps[0].detail.starts_with("more objects are missing"));
    assert_eq!((gaps[0].reason, gaps[0].level), (GapReason::MissingObject, GapLevel::Unread));
}

#[test]
fn names_that_begin_alike_are_told_apart() {
    let mut store = Memory::default();
    let (here, gone) = (ObjectId([5; 20]), {
        let mut id = [5; 20];
        id[19] = 6;
        ObjectId(id)
    });
    store.forge(here, ObjectKind::Blob, b"x");
    let tree = store.tree(&[(0o100_644, b"a", here), (0o100_644, b"b", gone)]);
    let head = store.commit(tree, &[], 1, "m");
    let starts = Starts { head: Some(head), ..Starts::default() };
    let gaps = lost_gaps(&store, &[tree], &starts);
    assert_eq!(gaps.iter().map(|gap| gap.object).collect::<Vec<_>>(), [Some(gone)]);
}

#[test]
fn what_only_the_index_names_is_looked_up_and_told_once() {
    let mut store = Memory::default();
    let blob = store.blob(b"x");
    let gone = ObjectId([8; 20]);
    let tree = store.tree(&[(0o100_644, b"in/tree", gone)]);
    let head = store.commit(tree, &[], 1, "m");
    let staged = |path: &str, blob| StagedBlob { path: path.into(), blob, symlink: false };
    let mut starts = Starts {
        staged: vec![staged("here", blob), staged("new", ObjectId([7; 20]))],
        ..Starts::default()
    };
    let gaps = lost_gaps(&store, &[tree], &starts);
    assert_eq!(gaps.len(), 1);
    assert_eq!(
        (gaps[0].object, gaps[0].path.clone()),
        (Some(ObjectId([7; 20])), Some("new".into()))
    );
    starts.head = Some(head);
    starts.staged.push(staged("again", gone));
    assert_eq!(lost_gaps(&store, &[tree], &starts).len(), 2);
    starts.promisor = true;
    let gaps = lost_gaps(&store, &[tree], &starts);
    assert!(gaps.iter().all(|gap| gap.reason == GapReason::PartialClone));
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
