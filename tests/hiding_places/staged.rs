//! `staged`: the lines that the next commit adds, whatever kind of index and repository it is.

use std::{fs, os::unix::fs::symlink};

use super::{
    expect::{Hidden, Kept, Place, check, differences, place},
    files::lines,
};
use crate::support::{
    program::{cfleaks, run},
    repository::Repo,
    token,
};

fn staged(path: &str, line: u64) -> Vec<Place> {
    vec![place("content", "staged").path(path).at(line, 8)]
}

fn hidden(all: &[(&'static str, Vec<Place>)]) -> Vec<Hidden> {
    let hide = |(name, places): &(&'static str, Vec<Place>)| Hidden {
        name,
        kept: Kept::Here,
        places: places.clone(),
    };
    all.iter().map(hide).collect()
}

/// A commit with a secret in a file, and a second secret staged two lines below the first; a third
/// is only in the work tree.
fn with_one_staged() -> (Repo, Vec<Hidden>) {
    let repo = Repo::with_commit();
    repo.commit_file("folder/deep/file.txt", lines("committed"));
    repo.write("folder/deep/file.txt", lines("committed") + &lines("new"));
    repo.run("add --all");
    repo.write("README", lines("not staged"));
    (repo, hidden(&[("new", staged("folder/deep/file.txt", 4))]))
}

#[test]
fn only_staged_lines_count_from_wherever_it_is_called() {
    let (repo, one) = with_one_staged();
    check("root", repo.root(), "staged", &one);
    check("subfolder", &repo.at("folder/deep"), "staged", &one);
    check("named", &repo.beside("."), "staged repo/folder", &one);
    check("git folder", &repo.at(".git"), "staged", &one);
    repo.run("commit --quiet --message Done");
    check("after the commit", repo.root(), "staged", &[]);
}

#[test]
fn every_kind_of_change_counts() {
    let repo = Repo::with_commit();
    repo.write("old.txt", lines("moved along") + &"same\n".repeat(40));
    repo.write("deleted.txt", lines("deleted"));
    repo.write("made-executable.sh", lines("mode"));
    repo.write("becomes-link", "plain\n");
    repo.commit("Files");
    repo.run("mv old.txt new.txt");
    repo.run("rm --quiet deleted.txt");
    fs::remove_file(repo.at("becomes-link")).unwrap();
    symlink(token("link target"), repo.at("becomes-link")).unwrap();
    let name = format!("{}.txt", token("name"));
    repo.write(&name, "nothing\n");
    repo.write("announced.txt", lines("announced"));
    repo.run("add --intent-to-add announced.txt");
    repo.run("update-index --chmod=+x made-executable.sh");
    repo.git(["add", "becomes-link", &name]);
    let target = place("symlink-target", "staged").path("becomes-link").at(1, 1);
    let right = hidden(&[
        // A file under a new name is new; git's guess at renames is not asked for.
        ("moved along", staged("new.txt", 2)),
        ("link target", vec![target]),
        ("name", vec![place("file-name", "staged").path(&name)]),
    ]);
    check("changes", repo.root(), "staged", &right);
}

#[test]
fn an_unborn_branch_has_everything_staged() {
    let repo = Repo::new();
    check("nothing yet", repo.root(), "staged", &[]);
    repo.write("a/first.txt", lines("first"));
    repo.run("add --all");
    check("unborn", repo.root(), "staged", &hidden(&[("first", staged("a/first.txt", 2))]));
}

#[test]
fn a_merge_in_progress_stages_only_what_no_parent_has() {
    let repo = Repo::with_commit();
    repo.write("both.txt", "one\n\n\n\n\nsix\n");
    repo.commit("Base");
    for (branch, text) in [
        ("side", lines("side") + "\n\n\n\nsix\n"),
        ("other", "one\n\n\n\n\nsix\n".to_owned() + &lines("other")),
    ] {
        repo.git(["checkout", "--quiet", "-b", branch, "main"]);
        repo.write(format!("{branch}.txt"), lines(branch));
        repo.commit_file("both.txt", text);
    }
    repo.run("merge --quiet --no-commit side");
    // The merged file has both secrets, each from one side; the resolution adds a third.
    let merged = fs::read_to_string(repo.at("both.txt")).unwrap();
    assert!(merged.contains(&token("side")) && merged.contains(&token("other")), "{merged}");
    check("clean merge", repo.root(), "staged", &[]);
    repo.write("both.txt", merged + &lines("resolution"));
    repo.run("add both.txt");
    let line = fs::read_to_string(repo.at("both.txt")).unwrap().lines().count() as u64;
    let right = hidden(&[("resolution", staged("both.txt", line))]);
    check("evil merge", repo.root(), "staged", &right);
    repo.run("commit --quiet --message Merged");
    check("after the merge", repo.root(), "staged", &[]);
}

#[test]
fn an_octopus_merge_in_progress_has_three_parents() {
    let repo = Repo::with_commit();
    for branch in ["one", "two"] {
        repo.git(["checkout", "--quiet", "-b", branch, "main"]);
        repo.commit_file(format!("{branch}.txt"), lines(branch));
    }
    repo.run("checkout --quiet main");
    repo.commit_file("main.txt", lines("main"));
    repo.run("merge --quiet --no-commit one two");
    check("clean", repo.root(), "staged", &[]);
    repo.write("two.txt", lines("two") + &lines("octopus"));
    repo.run("add two.txt");
    let right = hidden(&[("octopus", staged("two.txt", 4))]);
    check("octopus", repo.root(), "staged", &right);
}

#[test]
fn a_conflict_shows_what_a_side_brings_only_where_it_is_new() {
    let repo = Repo::with_commit();
    repo.commit_file("file.txt", "base\n");
    repo.run("checkout --quiet -b side");
    repo.commit_file("file.txt", lines("theirs"));
    repo.run("checkout --quiet main");
    repo.commit_file("file.txt", lines("ours"));
    let mut merge = repo.command(["merge", "side"]);
    assert!(!merge.output().unwrap().status.success(), "there is a conflict");
    check("conflict", repo.root(), "staged", &[]);
}

#[test]
fn a_linked_worktree_has_its_own_index_and_head() {
    let repo = Repo::with_commit();
    let linked = repo.beside("linked");
    repo.git(["worktree", "add", "--quiet", "-b", "other", linked.to_str().unwrap()]);
    fs::write(linked.join("here.txt"), lines("linked")).unwrap();
    repo.git(["-C", linked.to_str().unwrap(), "add", "--all"]);
    repo.write("there.txt", lines("main"));
    repo.run("add --all");
    check("linked", &linked, "staged", &hidden(&[("linked", staged("here.txt", 2))]));
    check("main", repo.root(), "staged", &hidden(&[("main", staged("there.txt", 2))]));
}

#[test]
fn indexes_of_every_kind_are_read() {
    for (kind, prepare) in [
        ("version 2", &["update-index --index-version 2"][..]),
        ("version 4", &["update-index --index-version 4"]),
        ("split", &["update-index --split-index", "add --all"]),
        (
            "sparse",
            &[
                "sparse-checkout set --cone --sparse-index folder",
                "ls-files --sparse --error-unmatch outside/",
            ],
        ),
        ("untracked cache", &["update-index --untracked-cache"]),
    ] {
        let repo = Repo::with_commit();
        repo.write("outside/deep/file.txt", lines("outside"));
        repo.write("folder/file.txt", lines("committed"));
        repo.commit("Files");
        let (last, first) = prepare.split_last().unwrap();
        for words in first {
            repo.run(words);
        }
        if kind != "split" {
            repo.run(last);
        }
        repo.write("folder/file.txt", lines("committed") + &lines("new"));
        repo.run("add folder");
        if kind == "split" {
            let shared = fs::read_dir(repo.at(".git")).unwrap();
            let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
            assert!(shared.flatten().map(name).any(|name| name.starts_with("sharedindex.")));
        }
        let right = hidden(&[("new", staged("folder/file.txt", 4))]);
        check(kind, repo.root(), "staged", &right);
    }
}

#[test]
fn a_sparse_folder_that_was_staged_is_opened() {
    let repo = Repo::with_commit();
    repo.write("outside/file.txt", lines("outside"));
    repo.commit_file("inside/file.txt", "nothing\n");
    let before = repo.run("rev-parse HEAD~1");
    repo.run("sparse-checkout set --cone --sparse-index inside");
    // HEAD goes back; the index keeps the folder as one entry that HEAD does not have.
    repo.git(["update-ref", "HEAD", &before]);
    assert!(
        repo.run("ls-files --sparse").contains("outside/\n")
            || repo.run("ls-files --sparse").ends_with("outside/")
    );
    let right = hidden(&[("outside", staged("outside/file.txt", 2))]);
    check("sparse", repo.root(), "staged", &right);
}

#[test]
fn the_environment_of_a_hook_is_heeded_unless_a_repository_is_named() {
    let (repo, one) = with_one_staged();
    let other = repo.at(".git/other-index");
    fs::copy(repo.at(".git/index"), &other).unwrap();
    let other = other.to_str().unwrap().to_owned();
    repo.write("second.txt", lines("second"));
    repo.run_with(&[("GIT_INDEX_FILE", &other)], "add second.txt");
    let mut both = one.clone();
    both.extend(hidden(&[("second", staged("second.txt", 2))]));

    let args = ["staged", "--format", "json", "--show-secrets"];
    let found = run(cfleaks(repo.root(), args).env("GIT_INDEX_FILE", ".git/other-index"));
    assert_eq!(differences(&found, &both), [""; 0], "a relative path is the work tree's");
    let found = run(cfleaks(&repo.at("folder"), args).env("GIT_INDEX_FILE", &other));
    assert_eq!(differences(&found, &both), [""; 0], "an absolute path");
    let named = ["staged", ".", "--format", "json", "--show-secrets"];
    let found = run(cfleaks(repo.root(), named).env("GIT_INDEX_FILE", &other));
    assert_eq!(differences(&found, &one), [""; 0], "a named repository");
    let found = run(cfleaks(&repo.beside("."), args)
        .env("GIT_DIR", repo.at(".git"))
        .env("GIT_WORK_TREE", repo.root()));
    assert_eq!(differences(&found, &one), [""; 0], "GIT_DIR");
}

#[test]
fn a_real_hook_stops_the_commit() {
    use std::os::unix::fs::PermissionsExt;
    let (repo, _) = with_one_staged();
    let hook = format!("#!/bin/sh\nexec '{}' staged\n", env!("CARGO_BIN_EXE_cfleaks"));
    repo.write(".git/hooks/pre-commit", hook);
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(repo.at(".git/hooks/pre-commit"), mode).unwrap();
    let head = repo.run("rev-parse HEAD");
    // `commit README` gives the hook an index of its own, which holds that file alone.
    for words in ["commit --message No", "commit --message No README", "commit --all --message No"]
    {
        let refused = repo.command(words.split(' ')).output().unwrap();
        assert!(!refused.status.success(), "{words}: {refused:?}");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned()
            + &String::from_utf8_lossy(&refused.stdout);
        let shown = if words.ends_with("README") { "README:2:8" } else { "file.txt:4:8" };
        assert!(said.contains(shown), "{words}: {said}");
        assert!(!said.contains(&token("new")) && !said.contains(&token("not staged")), "{said}");
        assert_eq!(repo.run("rev-parse HEAD"), head, "{words}");
    }
}
