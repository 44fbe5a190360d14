//! Small random repositories for tests, with the files of each commit listed beside the objects, so
//! that every answer can be had by brute force: merges, octopus merges, reverts, renames, orphan
//! roots, submodules, clocks that run backwards, commits that nothing reaches, grafts, refs that name
//! trees, and shallow clones of all that.

use std::collections::BTreeSet;

use super::Starts;
use super::testing::{Dice, Files, Memory};
use crate::model::ObjectId;

pub(crate) struct Made {
    pub(crate) id: ObjectId,
    pub(crate) seconds: i64,
    pub(crate) parents: Vec<usize>,
    pub(crate) files: Files,
    pub(crate) tree: ObjectId,
}

pub(crate) struct World {
    pub(crate) store: Memory,
    pub(crate) commits: Vec<Made>,
    pub(crate) starts: Starts,
    /// Blobs with the groups they hold.
    pub(crate) blobs: Vec<(ObjectId, Vec<u32>)>,
}

/// Names of files and folders that are hits themselves, with their group.
pub(crate) const NAMED: [(&str, u32); 2] = [("tok", 5), ("t-dir", 6)];
pub(crate) const GROUPS: u32 = 7;
pub(crate) const PATHS: [&str; 9] =
    ["a", "b", "d/a", "d/b", "d/e/a", "x/e/a", "tok", "d/tok", "t-dir/a"];

pub(crate) fn random_world(seed: u64) -> World {
    let mut dice = Dice(seed);
    let mut store = Memory::default();
    let blobs: Vec<(ObjectId, Vec<u32>)> = (0..8_u32)
        .map(|n| {
            let id = store.blob(format!("blob {n}").as_bytes());
            (id, (0..5).filter(|_| n > 2 && dice.chance(3)).collect())
        })
        .collect();
    let mut commits: Vec<Made> = Vec::new();
    for n in 0..dice.below(24) + 1 {
        let wanted = match dice.below(10) {
            0 => 0,
            1..=6 => 1,
            7 | 8 => 2,
            _ => 3 + dice.below(3) as usize,
        };
        let parents: Vec<usize> = (0..wanted.min(commits.len()))
            .map(|_| commits.len() - 1 - dice.below(commits.len().min(5) as u64) as usize)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let files = random_files(&mut dice, &commits, &parents, &blobs);
        let tree = store.files(&files);
        // Few distinct dates, so that ties and clocks that run backwards are common.
        let seconds = 1000 + dice.below(8) as i64;
        let ids: Vec<ObjectId> = parents.iter().map(|&p| commits[p].id).collect();
        let id = store.commit(tree, &ids, seconds, &format!("commit {n}"));
        commits.push(Made { id, seconds, parents, files, tree });
    }
    let starts = random_starts(&mut dice, &mut store, &commits);
    World { store, commits, starts, blobs }
}

fn random_files(
    dice: &mut Dice,
    commits: &[Made],
    parents: &[usize],
    blobs: &[(ObjectId, Vec<u32>)],
) -> Files {
    let mut files = Files::new();
    for &parent in parents {
        for (path, file) in &commits[parent].files {
            if parents.len() == 1 || dice.chance(2) {
                files.insert(path.clone(), *file);
            }
        }
    }
    if !commits.is_empty() && dice.chance(6) {
        // A revert to what some commit had.
        files = commits[dice.below(commits.len() as u64) as usize].files.clone();
    }
    for _ in 0..dice.below(5) {
        let path = PATHS[dice.below(PATHS.len() as u64) as usize].as_bytes().to_vec();
        match dice.below(6) {
            0 => drop(files.remove(&path)),
            1 => {
                // A rename.
                let other = PATHS[dice.below(PATHS.len() as u64) as usize].as_bytes().to_vec();
                if let Some(file) = files.remove(&path) {
                    files.insert(other, file);
                }
            }
            2 => drop(files.insert(path, (0o160_000, blobs[5].0))),
            _ => {
                let blob = blobs[dice.below(blobs.len() as u64) as usize].0;
                files.insert(path, (0o100_644, blob));
            }
        }
    }
    files
}

fn random_starts(dice: &mut Dice, store: &mut Memory, commits: &[Made]) -> Starts {
    let mut starts = Starts::default();
    for n in 0..dice.below(4) {
        let mut target = commits[dice.below(commits.len() as u64) as usize].id;
        if dice.chance(3) {
            target = store.tag(target, "commit", "t");
            target = store.tag(target, "tag", "tt");
        }
        starts.tips.push((format!("refs/x/{n}").into(), target));
    }
    if dice.chance(2) {
        starts.head = Some(commits[dice.below(commits.len() as u64) as usize].id);
    }
    if dice.chance(4) {
        // A ref that names a tree, as git allows.
        let tree = commits[dice.below(commits.len() as u64) as usize].tree;
        starts.tips.push(("refs/x/tree".into(), tree));
    }
    if dice.chance(4) {
        let mut any = || commits[dice.below(commits.len() as u64) as usize].id;
        let (child, parents) = (any(), vec![any(), any()]);
        starts.grafts.push((child, parents));
    }
    if dice.chance(2) {
        starts.reflogs.push(commits[dice.below(commits.len() as u64) as usize].id);
    }
    starts
}

/// The same repository where some commits and whatever only they have are not there, as in a shallow
/// clone.
pub(crate) fn cut(world: World, seed: u64) -> World {
    let mut dice = Dice(seed);
    let kept: Vec<bool> = world.commits.iter().map(|_| !dice.chance(4)).collect();
    let mut store = Memory::default();
    for (id, _) in &world.blobs {
        store.objects.insert(*id, world.store.objects[id].clone());
    }
    let mut commits: Vec<Made> = Vec::new();
    let mut starts = world.starts;
    let mut number = vec![0; kept.len()];
    for (at, made) in world.commits.into_iter().enumerate().filter(|(at, _)| kept[*at]) {
        store.files(&made.files);
        store.objects.insert(made.id, world.store.objects[&made.id].clone());
        if made.parents.iter().any(|&parent| !kept[parent]) {
            starts.shallow.push(made.id);
        }
        number[at] = commits.len();
        let here = made.parents.iter().filter(|&&parent| kept[parent]);
        let parents = here.map(|&parent| number[parent]).collect();
        commits.push(Made { parents, ..made });
    }
    let is_here = |id: &ObjectId| commits.iter().any(|made| made.id == *id || made.tree == *id);
    starts.tips.retain(|(_, id)| is_here(id));
    starts.head = starts.head.filter(is_here);
    World { store, commits, starts, blobs: world.blobs }
}
