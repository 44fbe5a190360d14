//! Changes, ranges and staged files against brute force over the same random repositories that
//! provenance is held to, and the cases that brute force does not bring.

use std::collections::BTreeSet;
use std::ops::Range as Positions;

use bstr::{BStr, BString, ByteSlice};
use rustc_hash::FxHashMap;

use super::random::{World, random_world};
use super::testing::{Dice, Files, Memory, tree_bytes};
use super::*;
use crate::model::{GapReason, ObjectId, ObjectKind};

/// What differs from the files of all parents, by definition.
fn by_definition(files: &Files, parents: &[&Files], commit: Option<ObjectId>) -> Vec<Changed> {
    let mut list = Vec::new();
    for (path, &(mode, blob)) in files.iter().filter(|(_, (mode, _))| *mode != 0o160_000) {
        let theirs = |files: &&Files| {
            files.get(path).filter(|(mode, _)| *mode != 0o160_000).map(|&(_, id)| id)
        };
        let parents: Vec<_> = parents.iter().map(theirs).collect();
        if !parents.contains(&Some(blob)) {
            list.push(Changed { path: path.clone().into(), mode, blob, parents, commit });
        }
    }
    list
}

#[test]
fn ranges_and_their_changes_equal_brute_force() {
    let mut merges = 0;
    for seed in 1..=600 {
        let World { store, commits, .. } = random_world(seed);
        let mut dice = Dice(seed + 77);
        let some = |dice: &mut Dice, most| {
            let count = dice.below(most);
            (0..count).map(|_| dice.below(commits.len() as u64) as usize).collect::<Vec<_>>()
        };
        let (include, exclude) = (some(&mut dice, 4), some(&mut dice, 3));
        let ancestors = |starts: &[usize]| {
            let (mut open, mut seen) = (starts.to_vec(), BTreeSet::new());
            while let Some(commit) = open.pop() {
                if seen.insert(commit) {
                    open.extend(&commits[commit].parents);
                }
            }
            seen
        };
        let out = ancestors(&exclude);
        let expected: BTreeSet<ObjectId> =
            ancestors(&include).difference(&out).map(|&c| commits[c].id).collect();
        let ids = |list: &[usize]| list.iter().map(|&c| commits[c].id).collect::<Vec<_>>();
        let got = range(&store, &ids(&include), &ids(&exclude), &Starts::default());
        assert!(got.gaps.is_empty());
        let listed: Vec<ObjectId> = got.commits.iter().map(|commit| commit.id).collect();
        assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), expected, "seed {seed}");
        assert_eq!(listed.len(), expected.len());
        for (at, commit) in got.commits.iter().enumerate() {
            let made = commits.iter().find(|made| made.id == commit.id).unwrap();
            assert!(made.parents.iter().all(|&p| !listed[at..].contains(&commits[p].id)));
            let parents: Vec<&Files> = made.parents.iter().map(|&p| &commits[p].files).collect();
            let (changes, gaps) = changed(&store, commit, false);
            let expected = by_definition(&made.files, &parents, Some(made.id));
            merges += usize::from(parents.len() > 1 && !expected.is_empty());
            assert_eq!((changes, gaps), (expected, Vec::new()), "seed {seed}");
        }
    }
    assert!(merges > 100, "too few evil merges to prove anything");
}

#[test]
fn a_shallow_boundary_is_a_gap_only_inside_the_range() {
    let mut store = Memory::default();
    let blob = store.blob(b"x");
    let tree = store.tree(&[(0o100_644, b"f", blob)]);
    let beyond = ObjectId([8; 20]);
    let cut = store.commit(tree, &[beyond], 1, "cut");
    let next = store.commit(tree, &[cut], 2, "next");
    let starts = Starts { shallow: vec![cut], ..Starts::default() };
    let inside = range(&store, &[next], &[cut], &starts);
    assert_eq!((inside.commits.len(), inside.gaps.len()), (1, 0));
    let across = range(&store, &[next], &[], &starts);
    assert_eq!(across.gaps[0].reason, GapReason::ShallowBoundary);
    assert_eq!(changed(&store, &across.commits[0], false).0.len(), 1, "the boundary adds its tree");
    assert_eq!(
        range(&store, &[next], &[], &Starts::default()).gaps[0].reason,
        GapReason::MissingObject
    );
    let tag = store.tag(next, "commit", "t");
    assert_eq!(range(&store, &[tag], &[ObjectId([0; 20]), cut], &starts).commits, inside.commits);
    assert_eq!(range(&store, &[beyond], &[], &starts).gaps.len(), 1);
}

#[test]
fn bombs_and_missing_trees_end_in_gaps() {
    let mut store = Memory::default();
    let blob = store.blob(b"x");
    let mut tree = store.tree(&[(0o100_644, b"f", blob)]);
    for _ in 0..10 {
        let names: Vec<Vec<u8>> = (0..10).map(|n| vec![b'a' + n]).collect();
        let entries: Vec<_> = names.iter().map(|n| (0o40000, n.as_slice(), tree)).collect();
        tree = store.tree(&entries);
    }
    let commit =
        |tree| RangeCommit { id: ObjectId([1; 20]), tree: Some(tree), parents: Vec::new() };
    let (_, gaps) = changed(&store, &commit(tree), false);
    assert_eq!(gaps[0].reason, GapReason::LimitHit);
    let (_, gaps) = changed(&store, &commit(ObjectId([2; 20])), true);
    assert_eq!(gaps[0].reason, GapReason::PartialClone);
    let own = ObjectId([7; 20]);
    let bytes = tree_bytes(&[(0o40000, b"again", own), (0o100_644, b"f", blob)]);
    store.forge(own, ObjectKind::Tree, &bytes);
    let (changes, gaps) = changed(&store, &commit(own), false);
    assert!(changes.len() > 1 && gaps[0].reason == GapReason::LimitHit);
}

/// An index in memory.
#[derive(Default)]
struct Index {
    entries: Vec<(BString, u32, ObjectId, u8, bool)>,
    cached: FxHashMap<BString, ObjectId>,
}

impl Listing for Index {
    fn count(&self) -> usize {
        self.entries.len()
    }

    fn entry(&self, at: usize) -> Listed<'_> {
        let (path, mode, id, stage, intent_to_add) = &self.entries[at];
        let (mode, id, stage, intent_to_add) = (*mode, *id, *stage, *intent_to_add);
        Listed { path: path.as_bstr(), mode, id, stage, intent_to_add }
    }

    fn cached(&self, folder: &BStr, _: &Positions<usize>) -> Option<ObjectId> {
        self.cached.get(folder).copied()
    }
}

impl Index {
    fn of(files: &Files) -> Index {
        let entry = |(path, (mode, id)): (&Vec<u8>, &(u32, ObjectId))| {
            (BString::from(path.as_slice()), *mode, *id, 0, false)
        };
        Index { entries: files.iter().map(entry).collect(), ..Index::default() }
    }

    /// Caches the trees of these folders, or makes them sparse entries.
    fn fold(&mut self, store: &mut Memory, files: &Files, folder: &str, sparse: bool) {
        let prefix = format!("{folder}/");
        let below: Files = files
            .iter()
            .filter_map(|(path, file)| {
                Some((path.strip_prefix(prefix.as_bytes())?.to_vec(), *file))
            })
            .collect();
        if below.is_empty() {
            return;
        }
        let tree = store.files(&below);
        if sparse {
            self.entries.retain(|entry| !entry.0.starts_with(prefix.as_bytes()));
            self.entries.push((prefix.into(), 0o40000, tree, 0, false));
            self.entries.sort();
        } else {
            self.cached.insert(folder.into(), tree);
        }
    }
}

#[test]
fn staged_files_equal_brute_force() {
    let mut found = 0;
    for seed in 1..=600 {
        let World { mut store, commits, .. } = random_world(seed);
        let mut dice = Dice(seed + 5);
        let of_parents: Vec<usize> =
            (0..dice.below(3)).map(|_| dice.below(commits.len() as u64) as usize).collect();
        let files = &commits[dice.below(commits.len() as u64) as usize].files;
        let mut index = Index::of(files);
        for folder in ["d", "d/e", "x", "x/e"] {
            if dice.chance(2) {
                index.fold(&mut store, files, folder, false);
            }
        }
        if dice.chance(2) {
            index.fold(&mut store, files, "x", true);
        } else if dice.chance(3) {
            let root = store.files(files);
            index.cached.insert("".into(), root);
        }
        let ids: Vec<ObjectId> = of_parents.iter().map(|&p| commits[p].id).collect();
        let parents: Vec<&Files> = of_parents.iter().map(|&p| &commits[p].files).collect();
        let got = staged(&store, &index, &ids, false);
        let expected = by_definition(files, &parents, None);
        found += expected.len();
        assert_eq!(got.changed, expected, "seed {seed}");
        assert!(got.gaps.is_empty());
    }
    assert!(found > 500);
}

#[test]
fn conflicts_announced_files_links_and_submodules() {
    let mut store = Memory::default();
    let [base, ours, theirs, link] = ["b", "o", "t", "l"].map(|text| store.blob(text.as_bytes()));
    let tree =
        store.tree(&[(0o100_644, b"c", ours), (0o100_644, b"l", ours), (0o40000, b"z", base)]);
    let head = store.commit(tree, &[], 1, "head");
    let index = Index {
        entries: vec![
            ("c".into(), 0o100_644, base, 1, false),
            ("c".into(), 0o100_644, ours, 2, false),
            ("c".into(), 0o100_644, theirs, 3, false),
            ("l".into(), 0o120_000, link, 0, false),
            ("n".into(), 0o100_644, base, 0, true),
            ("s".into(), 0o160_000, head, 0, false),
            ("z".into(), 0o100_644, base, 0, false),
        ],
        ..Index::default()
    };
    let got = staged(&store, &index, &[head], false);
    let seen: Vec<_> = got.changed.iter().map(|c| (c.path.to_string(), c.mode, c.blob)).collect();
    // `z` was a folder of that very name: as a file it is new.
    let expected = [("c", 0o100_644, theirs), ("l", 0o120_000, link), ("z", 0o100_644, base)];
    assert_eq!(seen, expected.map(|(path, mode, id)| (path.to_owned(), mode, id)));
    assert_eq!(got.changed[1].parents, [Some(ours)]);
    assert_eq!(got.submodules, 1);
    let lost = staged(&store, &index, &[ObjectId([5; 20])], false);
    assert_eq!(lost.gaps[0].reason, GapReason::MissingObject);
    assert_eq!(lost.changed.len(), 4, "without HEAD everything counts as staged");
}

#[test]
fn a_path_of_many_levels_is_compared_without_recursion() {
    let mut store = Memory::default();
    let blob = store.blob(b"x");
    let path = "d/".repeat(20_000) + "f";
    let index =
        Index { entries: vec![(path.into(), 0o100_644, blob, 0, false)], ..Index::default() };
    assert_eq!(staged(&store, &index, &[], false).changed.len(), 1);
}
