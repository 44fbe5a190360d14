//! What leads to commits besides branches, and what nothing leads to: each label is right.

use std::fs;

use super::{Repo, finding, finds, places, token};

/// A commit of one file with a secret on top of a revision, that no branch keeps.
fn lone(repo: &Repo, name: &str, parent: &str) -> String {
    let blob = repo.feed("hash-object -w --stdin", token(name));
    let tree = repo.feed("mktree", format!("100644 blob {blob}\t{name}.txt\n"));
    repo.git(["commit-tree", "-m", "Lone", "-p", parent, &tree])
}

#[test]
fn replaced_objects_are_seen_from_both_sides() {
    let repo = Repo::with_commit();
    let original = repo.commit_file("file", token("original"));
    let replacement = lone(&repo, "replacement", "HEAD~1");
    repo.git(["replace", &original, &replacement]);
    let run = finds(repo.root(), "history", &["original", "replacement"]);
    assert_eq!(places(&run, "original"), ["content at-head file"]);
    assert_eq!(places(&run, "replacement"), ["content history replacement.txt"]);
    let refs = &finding(&run, "replacement")["history"][0]["refs"];
    assert_eq!(*refs, serde_json::json!([format!("refs/replace/{original}")]));
}

#[test]
fn grafts_are_followed_and_so_is_what_they_cut_off() {
    let repo = Repo::with_commit();
    let parent = repo.commit_file("file", token("cut off"));
    let child = repo.commit_file("file", "nothing\n");
    let grafted = lone(&repo, "grafted", &format!("{parent}~1"));
    fs::create_dir_all(repo.at(".git/info")).unwrap();
    repo.write(".git/info/grafts", format!("{child} {grafted}\n"));
    let run = finds(repo.root(), "history", &["cut off", "grafted"]);
    assert_eq!(places(&run, "cut off"), ["content history file"]);
    assert_eq!(places(&run, "grafted"), ["content history grafted.txt"]);
}

#[test]
fn linked_worktrees_their_heads_and_their_own_refs() {
    let repo = Repo::with_commit();
    let linked = repo.beside("linked");
    let at = linked.to_str().unwrap();
    repo.git(["worktree", "add", "--quiet", "--detach", at]);
    fs::write(linked.join("file"), token("detached")).unwrap();
    repo.git(["-C", at, "add", "--all"]);
    repo.git(["-C", at, "commit", "--quiet", "--message", "Detached"]);
    let bisected = lone(&repo, "bisected", "main");
    repo.git(["-C", at, "update-ref", "refs/bisect/bad", &bisected]);
    for (folder, standing) in [(repo.root(), "history"), (&linked, "at-head")] {
        let run = finds(folder, "history", &["detached", "bisected"]);
        assert_eq!(places(&run, "detached"), [format!("content {standing} file")]);
        assert_eq!(places(&run, "bisected"), ["content history bisected.txt"]);
    }
}

#[test]
fn reflogs_lead_to_what_was_reset_away() {
    let repo = Repo::with_commit();
    repo.commit_file("file", token("reset away"));
    repo.run("reset --quiet --hard HEAD~1");
    let run = finds(repo.root(), "history", &["reset away"]);
    assert_eq!(places(&run, "reset away"), ["content unreachable file"]);
    assert_eq!(finding(&run, "reset away")["history"][0]["introduced"][0]["reachable"], false);
}

#[test]
fn fetch_head_and_orig_head_hold_nothing_but_are_followed() {
    for name in ["FETCH_HEAD", "ORIG_HEAD"] {
        let repo = Repo::with_commit();
        let commit = lone(&repo, name, "main");
        let text = match name {
            "FETCH_HEAD" => format!("{commit}\t\tbranch 'x' of ../elsewhere\n"),
            _ => format!("{commit}\n"),
        };
        repo.write(format!(".git/{name}"), text);
        let run = finds(repo.root(), "history", &[name]);
        assert_eq!(places(&run, name), [format!("content unreachable {name}.txt")]);
    }
}

#[test]
fn notes() {
    let repo = Repo::with_commit();
    repo.git(["notes", "add", "--message", &token("note")]);
    let run = finds(repo.root(), "history", &["note"]);
    let noted = repo.run("rev-parse HEAD");
    assert_eq!(places(&run, "note"), [format!("content history {noted}")]);
    let refs = &finding(&run, "note")["history"][0]["refs"];
    assert_eq!(*refs, serde_json::json!(["refs/notes/commits"]));
}

#[test]
fn stashes_of_any_age() {
    let repo = Repo::with_commit();
    for name in ["older", "newer"] {
        repo.write("README", token(name));
        repo.run("stash push --quiet");
    }
    let run = finds(repo.root(), "history", &["older", "newer"]);
    for name in ["older", "newer"] {
        assert_eq!(places(&run, name), ["content history README"]);
        let refs = &finding(&run, name)["history"][0]["refs"];
        assert_eq!(*refs, serde_json::json!(["refs/stash"]));
    }
}

#[test]
fn unreachable_commits_trees_blobs_and_tags() {
    let repo = Repo::with_commit();
    lone(&repo, "commit", "main");
    repo.feed("hash-object -w --stdin", token("blob"));
    let blob = repo.feed("hash-object -w --stdin", token("in tree"));
    repo.feed("mktree", format!("100644 blob {blob}\tin-tree\n"));
    let tagged = repo.run("rev-parse main");
    let tag = format!(
        "object {tagged}\ntype commit\ntag x\ntagger A <a@b> 1 +0000\n\n{}\n",
        token("tag")
    );
    repo.feed("mktag", tag);
    let run = finds(repo.root(), "history", &["commit", "blob", "in tree", "tag"]);
    assert_eq!(places(&run, "commit"), ["content unreachable commit.txt"]);
    assert_eq!(places(&run, "blob"), ["content unreachable -"]);
    assert_eq!(places(&run, "tag"), ["tag-message unreachable -"]);
    assert!(places(&run, "in tree")[0].starts_with("content unreachable"));
}

#[test]
fn tags_of_tags_of_trees_and_of_blobs() {
    let repo = Repo::with_commit();
    let blob = repo.feed("hash-object -w --stdin", token("tagged blob"));
    repo.git(["tag", "blob", &blob]);
    let tree = repo.feed("mktree", format!("100644 blob {blob}\tfile\n"));
    repo.git(["tag", "--annotate", "--message", "a tree", "tree", &tree]);
    repo.git(["tag", "--annotate", "--message", &token("outer"), "outer", "tree"]);
    let run = finds(repo.root(), "history", &["tagged blob", "outer"]);
    assert!(places(&run, "tagged blob").iter().all(|place| place.starts_with("content history")));
}

#[test]
fn packed_refs_and_a_detached_head() {
    let repo = Repo::with_commit();
    let commit = lone(&repo, "packed", "main");
    repo.git(["update-ref", "refs/heads/packed", &commit]);
    repo.run("pack-refs --all");
    let detached = lone(&repo, "detached", "main");
    repo.git(["update-ref", "--no-deref", "HEAD", &detached]);
    let run = finds(repo.root(), "history", &["packed", "detached"]);
    assert_eq!(places(&run, "packed"), ["content history packed.txt"]);
    assert_eq!(places(&run, "detached"), ["content at-head detached.txt"]);
}
