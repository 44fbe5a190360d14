//! FIFOs, devices and links where git keeps files: nothing hangs, nothing outside is read.

use std::{fs, os::unix::fs::symlink, path::Path, sync::mpsc, time::Duration};

use super::gaps;
use crate::{
    git::{
        Error, Options, discover,
        testing::{Sandbox, mkfifo},
    },
    model::GapReason,
};

/// Does all that can be done with a repository, and fails if it takes too long.
fn exercise(path: &Path) -> Result<Vec<(GapReason, String)>, Error> {
    let (sender, receiver) = mpsc::channel();
    let path = path.to_owned();
    std::thread::spawn(move || {
        let result = discover(&path, None, &Options::default()).and_then(|repository| {
            let mut found = gaps(&repository);
            let more = repository.reflogs(|_| {}).into_iter().chain(repository.small_files().gaps);
            found.extend(more.map(|gap| (gap.reason, gap.path.unwrap_or_default().to_string())));
            repository.index()?;
            match repository.resolve(&["HEAD~0", "main"]) {
                Ok(_) | Err(Error::UnknownRevision { .. } | Error::Object { .. }) => Ok(found),
                Err(error) => Err(error),
            }
        });
        let _ = sender.send(result);
    });
    receiver.recv_timeout(Duration::from_secs(60)).expect("it hangs")
}

fn replace(path: &Path, with: &dyn Fn(&Path)) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else if path.exists() {
        fs::remove_file(path).unwrap();
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    with(path);
}

/// Files whose place something else takes.
const FILES: [&str; 15] = [
    "HEAD",
    "config",
    "config.worktree",
    "packed-refs",
    "refs/heads/main",
    "refs/heads/other",
    "logs/HEAD",
    "shallow",
    "info/grafts",
    "objects/info/alternates",
    "FETCH_HEAD",
    "MERGE_HEAD",
    "rebase-merge/onto",
    "COMMIT_EDITMSG",
    "hooks/pre-commit",
];

#[test]
fn a_fifo_in_place_of_any_file_is_a_gap_and_hangs_nothing() {
    for name in FILES {
        let sandbox = Sandbox::with_repo();
        sandbox.commit("one");
        replace(&sandbox.path("repo/.git").join(name), &mkfifo);
        let gaps = exercise(&sandbox.repo()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(gaps.contains(&(GapReason::NotAFile, format!(".git/{name}"))), "{name}: {gaps:?}");
    }
}

#[test]
fn a_link_out_in_place_of_any_file_is_a_gap_and_not_followed() {
    for name in FILES {
        for target in ["/dev/zero", "/etc/hostname", "../../../outside"] {
            let sandbox = Sandbox::with_repo();
            sandbox.commit("one");
            replace(&sandbox.path("repo/.git").join(name), &|path| symlink(target, path).unwrap());
            let gaps = exercise(&sandbox.repo()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(
                gaps.contains(&(GapReason::OutsideRepository, format!(".git/{name}"))),
                "{name}: {gaps:?}"
            );
        }
    }
}

#[test]
fn a_linked_folder_is_a_gap_and_not_entered() {
    for name in ["refs", "refs/heads", "logs", "logs/refs", "worktrees", "hooks", "rr-cache"] {
        let sandbox = Sandbox::with_repo();
        sandbox.commit("one");
        replace(&sandbox.path("repo/.git").join(name), &|path| symlink("/", path).unwrap());
        let gaps = exercise(&sandbox.repo()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            gaps.contains(&(GapReason::OutsideRepository, format!(".git/{name}"))),
            "{name}: {gaps:?}"
        );
    }
}

#[test]
fn a_fifo_or_device_as_git_entry_pointer_or_index_is_an_error() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("one");
    let in_git = |name: &str| sandbox.path("repo/.git").join(name);
    replace(&in_git("index"), &mkfifo);
    assert!(matches!(exercise(&sandbox.repo()), Err(Error::IndexUnread { .. })));
    replace(&in_git("index"), &|path| symlink("/dev/zero", path).unwrap());
    assert!(matches!(exercise(&sandbox.repo()), Err(Error::IndexUnread { .. })));
    replace(&in_git("index"), &|_| ());
    replace(&in_git("commondir"), &mkfifo);
    assert!(matches!(exercise(&sandbox.repo()), Err(Error::Broken { .. })));

    fs::create_dir_all(sandbox.path("repo/sub")).unwrap();
    mkfifo(&sandbox.path("repo/sub/.git"));
    assert!(matches!(exercise(&sandbox.path("repo/sub")), Err(Error::Broken { .. })));
}

#[test]
fn includes_are_not_followed() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("one");
    mkfifo(&sandbox.path("fifo"));
    let config = format!(
        "[include]\npath = {0}\n[includeIf \"gitdir:/\"]\npath = {0}\n",
        sandbox.path("fifo").display()
    );
    sandbox.write("repo/.git/config", config);
    assert_eq!(exercise(&sandbox.repo()).unwrap(), []);
}

#[test]
fn a_broken_config_is_a_gap() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("one");
    for text in [&b"[core\n"[..], b"\xff\xfe\x00", b"= = =\n"] {
        sandbox.write("repo/.git/config", text);
        assert_eq!(
            exercise(&sandbox.repo()).unwrap(),
            [(GapReason::Damaged, ".git/config".to_owned())]
        );
    }
    sandbox.write("repo/.git/config", vec![b'\n'; (1 << 20) + 1]);
    assert_eq!(
        exercise(&sandbox.repo()).unwrap(),
        [(GapReason::LimitHit, ".git/config".to_owned())]
    );
}

#[test]
fn fifos_among_the_objects_hang_no_revision() {
    let sandbox = Sandbox::with_repo();
    let one = sandbox.commit("one");
    let objects = sandbox.path("repo/.git/objects");
    for name in [
        "pack/pack-1.idx",
        "pack/pack-1.pack",
        "pack/multi-pack-index",
        "info/commit-graph",
        "info/packs",
    ] {
        mkfifo(&objects.join(name));
    }
    // In the way of the commit itself, and beside it.
    let (fan_out, rest) = one.split_at(2);
    mkfifo(&objects.join(fan_out).join("0".repeat(38)));
    assert_eq!(exercise(&sandbox.repo()).unwrap(), []);
    assert_eq!(sandbox.open().resolve(&[&one]).unwrap().include.len(), 1);
    replace(&objects.join(fan_out).join(rest), &mkfifo);
    exercise(&sandbox.repo()).unwrap();
    assert!(matches!(sandbox.open().resolve(&[&one]), Err(Error::UnknownRevision { .. })));
}

#[test]
fn folders_of_refs_without_end_are_cut_short() {
    let sandbox = Sandbox::with_repo();
    let deep = vec!["a"; 200].join("/");
    fs::create_dir_all(sandbox.path("repo/.git/refs").join(&deep)).unwrap();
    fs::create_dir_all(sandbox.path("repo/.git/logs").join(&deep)).unwrap();
    let gaps = exercise(&sandbox.repo()).unwrap();
    assert_eq!(gaps.iter().filter(|gap| gap.0 == GapReason::LimitHit).count(), 2, "{gaps:?}");
}
