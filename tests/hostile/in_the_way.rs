//! FIFOs, devices and links where git keeps files: nothing hangs, nothing outside is read, and what
//! was not read is said.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

use super::table::run_in;
use crate::support::{
    fifo,
    program::{Run, report},
    repository::Repo,
    token,
};

/// Where something is put, and whether `staged` has to read it. (`history` and `audit` read all.)
const PLACES: [(&str, bool); 17] = [
    ("HEAD", true),
    ("config", true),
    ("packed-refs", false),
    ("refs/heads/x", false),
    ("index", true),
    ("shallow", true),
    ("objects/pack/x.pack", true),
    ("objects/pack/x.idx", true),
    ("objects/11/11111111111111111111111111111111111111", false),
    ("objects/pack/{}.pack", true),
    ("objects/pack/{}.idx", true),
    ("objects/info/alternates", true),
    ("logs/HEAD", false),
    ("logs/refs/heads/x", false),
    ("MERGE_HEAD", true),
    ("FETCH_HEAD", false),
    ("COMMIT_EDITMSG", false),
];

/// Makes one thing at a path; `false` where this cannot be done here.
type Thing = (&'static str, fn(&Repo, &Path) -> bool);

const THINGS: [Thing; 6] = [
    ("FIFO", |_, path| {
        fifo(path);
        true
    }),
    ("device", |_, path| {
        // Reading it never ends.
        Command::new("mknod").arg(path).args(["c", "1", "5"]).status().unwrap().success()
    }),
    ("socket", |_, path| std::os::unix::net::UnixListener::bind(path).is_ok()),
    ("link to a file outside", |repo, path| symlink(repo.beside("outside"), path).is_ok()),
    ("link to a device", |_, path| symlink("/dev/zero", path).is_ok()),
    ("link to a FIFO", |repo, path| symlink(repo.beside("fifo"), path).is_ok()),
];

/// A repository with a pack, whose name is returned, and loose objects.
fn with_pack() -> (Repo, String) {
    let repo = Repo::with_commit();
    repo.commit_file("file.txt", "text\n");
    repo.run("repack -a -d --quiet");
    repo.commit_file("file.txt", "more\n");
    let pack = repo.pack("pack");
    let name = pack.file_stem().unwrap().to_str().unwrap().to_owned();
    (repo, name)
}

#[test]
fn what_stands_in_the_way_is_a_gap_and_never_read() {
    let (repo, pack) = with_pack();
    fs::write(repo.beside("outside"), format!("x = {}\n", token("outside"))).unwrap();
    fifo(&repo.beside("fifo"));
    let mut wrong = Vec::new();
    for (thing, make) in THINGS {
        for (place, for_staged) in PLACES {
            let path = repo.at(".git").join(place.replace("{}", &pack));
            let before = repo.beside("before");
            let kept = fs::rename(&path, &before).is_ok();
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            if make(&repo, &path) {
                let jobs = [("history", 3), ("staged", if for_staged { 3 } else { 0 })];
                let more = [("audit", 3), ("scan", 0)];
                let more = if thing == "FIFO" { &more[..] } else { &[] };
                for (job, code) in jobs.iter().chain(more) {
                    if let Err(why) = judge(&report(repo.root(), job), *code) {
                        wrong.push(format!("{thing} as {place}, {job}: {why}"));
                    }
                }
                fs::remove_file(&path).unwrap();
            } else {
                eprintln!("skipped: a {thing} cannot be made here");
            }
            if kept {
                fs::rename(&before, &path).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong\n{}", wrong.len(), wrong.join("\n"));
}

fn judge(found: &Run, code: i32) -> Result<(), String> {
    // A refusal is a sentence, a report tells it as a gap.
    let told = found.err.starts_with("cfleaks: ") || code == 0 || {
        let fits = ["not-a-file", "outside-repository", "damaged"];
        found.gap_reasons().iter().any(|reason| fits.contains(&reason.as_str()))
    };
    let said = String::from_utf8_lossy(&found.out).into_owned() + &found.err;
    if said.contains(&token("outside")) {
        Err(format!("read from outside\n{found}"))
    } else if found.code != Some(code) || !told {
        Err(format!("expected {code}\n{found}"))
    } else {
        Ok(())
    }
}

#[test]
fn folders_in_the_way_are_said_too() {
    for place in ["HEAD", "config", "packed-refs", "index", "objects/pack/x.idx", "logs/HEAD"] {
        let repo = Repo::with_commit();
        let path = repo.at(".git").join(place);
        let _ = fs::remove_file(&path);
        fs::create_dir_all(path.join("below")).unwrap();
        let found = run_in(&repo, "history");
        let expected = if place == "logs/HEAD" { 0 } else { 3 };
        assert_eq!(found.code, Some(expected), "{place}: {found}");
    }
}

#[test]
fn a_linked_folder_of_refs_or_objects_is_not_followed() {
    for place in ["refs", "refs/heads", "objects/pack", "logs", "worktrees"] {
        let outside = Repo::with_commit();
        outside.commit_file("key", token("outside"));
        outside.run("repack -a -d --quiet");
        outside.git(["branch", &token("outside")]);
        fs::create_dir_all(outside.at(".git/worktrees")).unwrap();
        let repo = Repo::with_commit();
        let _ = fs::remove_dir_all(repo.at(".git").join(place));
        symlink(outside.at(".git").join(place), repo.at(".git").join(place)).unwrap();
        let found = report(repo.root(), "history");
        assert_eq!(found.code, Some(3), "{place}: {found}");
        assert!(!found.err.is_empty() || found.secrets().is_empty(), "{place}: {found}");
    }
}
