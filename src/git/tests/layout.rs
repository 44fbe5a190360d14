//! Where repositories are found, and where not.

use std::{fs, os::unix::fs::symlink, path::Path};

use super::gaps;
use crate::git::{
    Environment, Error, Options, discover,
    testing::{Sandbox, git},
};

#[test]
fn a_repository_is_found_from_a_subfolder_and_from_a_file() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("a/b/c.txt");
    for start in ["repo", "repo/a/b", "repo/a/b/c.txt", "repo/.git", "repo/.git/refs/heads"] {
        let repository = sandbox.discover(start).unwrap();
        assert_eq!(repository.work_tree(), Some(sandbox.repo().as_path()), "{start}");
        assert_eq!(repository.git_dir(), sandbox.path("repo/.git"), "{start}");
        assert_eq!(repository.common_dir(), repository.git_dir());
        assert_eq!(gaps(&repository), []);
    }
    assert_eq!(sandbox.open().shown(&sandbox.path("repo/.git/config")), ".git/config");
    assert_eq!(sandbox.open().shown(&sandbox.path("repo/a/b")), "a/b");
}

#[test]
fn no_repository_and_no_path_are_the_callers_mistakes() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("plain/.git")).unwrap();
    let error = sandbox.discover("plain").unwrap_err();
    assert!(matches!(error, Error::NotARepository { .. }) && !error.is_unreadable(), "{error}");
    let error = sandbox.discover("none").unwrap_err();
    assert!(matches!(error, Error::NoSuchPath { .. }) && !error.is_unreadable(), "{error}");
}

#[test]
fn an_empty_git_folder_does_not_hide_the_repository_above() {
    let sandbox = Sandbox::with_repo();
    fs::create_dir_all(sandbox.path("repo/sub/.git")).unwrap();
    assert_eq!(sandbox.discover("repo/sub").unwrap().work_tree(), Some(sandbox.repo().as_path()));
    // Remains of a repository do: they are not the one above.
    sandbox.write("repo/sub/.git/HEAD", "ref: refs/heads/main\n");
    let error = sandbox.discover("repo/sub").unwrap_err();
    assert!(matches!(error, Error::Broken { .. }) && error.is_unreadable(), "{error}");
}

#[test]
fn a_linked_worktree_shares_its_main_repository() {
    let sandbox = Sandbox::with_repo();
    let first = sandbox.commit("one");
    sandbox.git(&["worktree", "add", "-q", "-b", "side", "../linked"]);
    let repository = sandbox.discover("linked").unwrap();
    assert_eq!(repository.work_tree(), Some(sandbox.path("linked").as_path()));
    assert_eq!(repository.common_dir(), sandbox.path("repo/.git"));
    assert_eq!(repository.git_dir(), sandbox.path("repo/.git/worktrees/linked"));
    assert!(repository.is_linked_worktree());
    let head = repository.head().unwrap();
    assert_eq!(head.branch, Some("refs/heads/side".into()));
    assert_eq!(head.commit.unwrap().to_string(), first);
    assert_eq!(repository.index().unwrap().len(), 1);
    assert_eq!(gaps(&repository), []);
    // Its git folder, named directly, knows its work tree.
    let named = sandbox.discover("repo/.git/worktrees/linked").unwrap();
    assert_eq!(named.work_tree(), Some(sandbox.path("linked").as_path()));

    // Relative pointers, as newer versions of git write them.
    sandbox.write("linked/.git", "gitdir: ../repo/.git/worktrees/linked\n");
    sandbox.write("repo/.git/worktrees/linked/gitdir", "../../../../linked/.git\n");
    assert_eq!(sandbox.discover("linked").unwrap().common_dir(), sandbox.path("repo/.git"));
}

#[test]
fn a_worktree_that_its_repository_does_not_know_is_refused() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("one");
    sandbox.git(&["worktree", "add", "-q", "-b", "side", "../linked"]);
    fs::rename(sandbox.path("linked"), sandbox.path("moved")).unwrap();
    let error = sandbox.discover("moved").unwrap_err();
    assert!(matches!(error, Error::Outside { .. }) && error.is_unreadable(), "{error}");
    let allowed = discover(&sandbox.path("moved"), None, &Options { follow_alternates: true });
    assert_eq!(allowed.unwrap().common_dir(), sandbox.path("repo/.git"));
}

#[test]
fn a_submodule_has_its_git_folder_in_the_repository_around_it() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("one");
    git(&sandbox.path(""), &["init", "-q", "-b", "main", "outer"]);
    git(&sandbox.path("outer"), &["submodule", "--quiet", "add", "../repo", "sub"]);
    let repository = sandbox.discover("outer/sub").unwrap();
    assert_eq!(repository.work_tree(), Some(sandbox.path("outer/sub").as_path()));
    assert_eq!(repository.git_dir(), sandbox.path("outer/.git/modules/sub"));
    assert_eq!(repository.refs().iter().filter(|found| found.name == "HEAD").count(), 1);
}

#[test]
fn a_git_folder_set_apart_is_found() {
    let sandbox = Sandbox::new();
    git(&sandbox.path(""), &["init", "-q", "--separate-git-dir=apart.git", "tree"]);
    let repository = sandbox.discover("tree").unwrap();
    assert_eq!(repository.git_dir(), sandbox.path("apart.git"));
}

#[test]
fn a_pointer_to_somebody_elses_repository_is_refused() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("one");
    git(&sandbox.path(""), &["clone", "-q", "--bare", "repo", "bare.git"]);
    git(&sandbox.path(""), &["init", "-q", "outer"]);
    git(&sandbox.path("outer"), &["submodule", "--quiet", "add", "../repo", "sub"]);
    for target in ["repo/.git", "bare.git", "outer/.git/modules/sub"] {
        let target = sandbox.path(target);
        sandbox.write("evil/.git", format!("gitdir: {}\n", target.display()));
        let error = sandbox.discover("evil").unwrap_err();
        assert!(matches!(error, Error::Outside { .. }), "{error}");

        fs::remove_file(sandbox.path("evil/.git")).unwrap();
        symlink(&target, sandbox.path("evil/.git")).unwrap();
        let error = sandbox.discover("evil").unwrap_err();
        assert!(matches!(error, Error::Outside { .. }), "{error}");
        let allowed = discover(&sandbox.path("evil"), None, &Options { follow_alternates: true });
        assert_eq!(allowed.unwrap().git_dir(), target);
        fs::remove_file(sandbox.path("evil/.git")).unwrap();
    }
}

#[test]
fn a_common_folder_elsewhere_is_refused() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("one");
    git(&sandbox.path(""), &["init", "-q", "evil"]);
    sandbox.write("evil/.git/commondir", sandbox.path("repo/.git").to_str().unwrap());
    let error = sandbox.discover("evil").unwrap_err();
    assert!(matches!(error, Error::Outside { .. }) && error.is_unreadable(), "{error}");
    let allowed =
        discover(&sandbox.path("evil"), None, &Options { follow_alternates: true }).unwrap();
    assert_eq!(allowed.common_dir(), sandbox.path("repo/.git"));
    sandbox.write("evil/.git/commondir", "../../nowhere\n");
    assert!(matches!(sandbox.discover("evil"), Err(Error::Broken { .. })));
}

#[test]
fn broken_git_files_are_errors_and_not_the_repository_above() {
    let sandbox = Sandbox::with_repo();
    for text in [
        "",
        "gitdir:",
        "gitdir: \n",
        "gitdir: nowhere\n",
        "gitdir: ..\n",
        "something else",
        "gitdir: a\0b\n",
    ] {
        sandbox.write("repo/sub/.git", text);
        let error = sandbox.discover("repo/sub").unwrap_err();
        assert!(matches!(error, Error::Broken { .. }), "{text:?}: {error}");
    }
}

#[test]
fn a_bare_repository_needs_no_config() {
    let sandbox = Sandbox::with_repo();
    let commit = sandbox.commit("one");
    git(&sandbox.path(""), &["clone", "-q", "--bare", "repo", "bare.git"]);
    for _ in 0..2 {
        let repository = sandbox.discover("bare.git").unwrap();
        assert_eq!(repository.work_tree(), None);
        assert_eq!(repository.head().unwrap().commit.unwrap().to_string(), commit);
        assert_eq!(repository.shown(&sandbox.path("bare.git/config")), "config");
        assert_eq!(gaps(&repository), []);
        let _ = fs::remove_file(sandbox.path("bare.git/config"));
    }
}

#[test]
fn the_repositorys_own_work_tree_setting_is_ignored() {
    let sandbox = Sandbox::with_repo();
    sandbox.git(&["config", "core.worktree", "/"]);
    sandbox.git(&["config", "core.bare", "true"]);
    sandbox.git(&["config", "core.fsmonitor", "touch pwned"]);
    assert_eq!(sandbox.open().work_tree(), Some(sandbox.repo().as_path()));
    assert!(!sandbox.path("repo/pwned").exists());
}

#[test]
fn formats_that_would_look_empty_are_refused() {
    let sandbox = Sandbox::new();
    let root = sandbox.path("");
    git(&root, &["init", "-q", "--object-format=sha256", "sha256"]);
    let error = sandbox.discover("sha256").unwrap_err();
    assert!(
        matches!(&error, Error::ObjectFormat { format, .. } if format == "sha256")
            && error.is_unreadable()
    );

    git(&root, &["init", "-q", "--ref-format=reftable", "tables"]);
    sandbox.discover("tables").unwrap();
    fs::remove_file(sandbox.path("tables/.git/config")).unwrap();
    let error = sandbox.discover("tables").unwrap_err();
    assert!(matches!(error, Error::RefStorage { .. }) && error.is_unreadable());
    sandbox.write(
        "tables/.git/config",
        "[core]\nrepositoryformatversion = 1\n[extensions]\nrefStorage = novel\n",
    );
    let error = sandbox.discover("tables").unwrap_err();
    assert!(matches!(&error, Error::RefStorage { format, .. } if format == "novel"));

    git(&root, &["init", "-q", "future"]);
    sandbox.write("future/.git/config", "[core]\nrepositoryformatversion = 2\n");
    assert!(matches!(sandbox.discover("future"), Err(Error::FormatVersion { version: 2, .. })));
    sandbox.write(
        "future/.git/config",
        "[core]\nrepositoryformatversion = 1\n[extensions]\nnovel = 1\n",
    );
    assert_eq!(sandbox.discover("future").unwrap().gaps().len(), 1);
}

#[test]
fn the_environment_of_a_hook_names_the_parts() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("one");
    fs::copy(sandbox.path("repo/.git/index"), sandbox.path("repo/.git/other")).unwrap();
    sandbox.commit("two");
    let env = Environment {
        git_dir: Some(sandbox.path("repo/.git")),
        index_file: Some(".git/other".into()),
        ..Environment::default()
    };
    let repository = discover(&sandbox.repo(), Some(&env), &Options::default()).unwrap();
    assert_eq!(repository.work_tree(), Some(sandbox.repo().as_path()));
    assert_eq!(repository.index().unwrap().len(), 1);

    let env = Environment { git_dir: Some(sandbox.path("plain")), ..Environment::default() };
    assert!(matches!(
        discover(&sandbox.repo(), Some(&env), &Options::default()),
        Err(Error::NoSuchPath { .. })
    ));

    // A server's hook runs in the bare repository and sees the pushed objects apart.
    git(&sandbox.path(""), &["clone", "-q", "--bare", "repo", "bare.git"]);
    let bare = sandbox.path("bare.git");
    fs::create_dir_all(bare.join("objects/incoming/pack")).unwrap();
    let env = Environment {
        git_dir: Some(bare.clone()),
        quarantine_path: Some(bare.join("objects/incoming")),
        object_directory: Some(bare.join("objects/incoming")),
        alternate_object_directories: vec![bare.join("objects"), sandbox.path("repo/.git/objects")],
        ..Environment::default()
    };
    let repository = discover(&bare, Some(&env), &Options::default()).unwrap();
    assert_eq!(repository.work_tree(), None);
    assert_eq!(
        repository.object_dirs(),
        [bare.join("objects"), bare.join("objects/incoming"), sandbox.path("repo/.git/objects")]
    );
    assert_eq!(gaps(&repository), []);
}

#[test]
fn messages_escape_what_a_hostile_name_holds() {
    let error = Error::NoSuchPath { path: Path::new("a\x1b[31mb").to_owned() };
    assert_eq!(error.to_string(), "a\\u{1b}[31mb: no such file or folder; check the path");
}
