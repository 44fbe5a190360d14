//! Repositories that git writes to while they are read: no secret is missed, and what has merely moved
//! is no gap.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use super::{Repo, finds, support::repository::isolate, token};

/// Many small objects, so that there is something to move.
fn busy() -> Repo {
    let repo = Repo::with_commit();
    for number in 0..40 {
        repo.write(format!("d{}/f{number}", number % 7), format!("{number}\n"));
    }
    repo.commit_file("key", token("moved"));
    repo.commit_file("key", "nothing\n");
    repo
}

/// Runs the program again and again while something else is done to the repository; every run must
/// find the secret and have no gap.
fn while_working(repo: &Repo, rounds: usize, work: impl Fn(&Path, usize) + Sync) {
    let over = AtomicBool::new(false);
    let root = repo.root();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let mut done = 0;
            while !over.load(Relaxed) {
                work(root, done);
                done += 1;
            }
            done
        });
        let read = std::panic::catch_unwind(|| {
            for _ in 0..rounds {
                finds(root, "history", &["moved"]);
            }
        });
        over.store(true, Relaxed);
        assert!(worker.join().unwrap() > 0);
        if let Err(failure) = read {
            std::panic::resume_unwind(failure);
        }
    });
}

fn git(folder: &Path, words: &str, input: Option<&Path>) {
    let mut command = Command::new("git");
    isolate(&mut command);
    command.args(["-c", "user.name=A", "-c", "user.email=a@example.org"]);
    command.args(words.split(' ')).current_dir(folder);
    if let Some(input) = input {
        command.stdin(File::open(input).unwrap());
    }
    assert!(command.status().unwrap().success(), "{words}");
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Makes all objects loose, as git does it: each is in place before its pack goes.
fn unpack(root: &Path) {
    let beside = root.parent().unwrap().join("unpacked.git");
    for pack in listed(&root.join(".git/objects/pack")) {
        if pack.extension().is_none_or(|ending| ending != "pack") {
            continue;
        }
        let _ = fs::remove_dir_all(&beside);
        git(root, "init --quiet --bare ../unpacked.git", None);
        git(&beside, "unpack-objects -q", Some(&pack));
        for folder in listed(&beside.join("objects")) {
            let name = folder.file_name().unwrap();
            if name.len() == 2 {
                let to = root.join(".git/objects").join(name);
                fs::create_dir_all(&to).unwrap();
                for object in listed(&folder) {
                    fs::rename(&object, to.join(object.file_name().unwrap())).unwrap();
                }
            }
        }
        for ending in ["idx", "pack", "rev"] {
            let _ = fs::remove_file(pack.with_extension(ending));
        }
    }
}

#[test]
fn repacked_and_unpacked() {
    while_working(&busy(), 25, |root, round| match round % 3 {
        0 => git(root, "repack -a -d -f --quiet", None),
        1 => git(root, "pack-refs --all", None),
        _ => unpack(root),
    });
}

#[test]
fn committed_to() {
    while_working(&busy(), 25, |root, round| {
        fs::write(root.join("log"), format!("{round}\n")).unwrap();
        git(root, "add log", None);
        git(root, "commit --quiet --message more", None);
    });
}

#[test]
fn garbage_collected() {
    while_working(&busy(), 20, |root, round| match round % 2 {
        0 => git(root, "gc --quiet", None),
        _ => git(root, "repack -a -d -F --quiet", None),
    });
}

#[test]
fn a_branch_moved_away_and_back() {
    while_working(&busy(), 20, |root, round| match round % 2 {
        0 => git(root, "reset --quiet --hard HEAD~1", None),
        _ => git(root, "reset --quiet --hard HEAD@{1}", None),
    });
}
