//! Submodules: repositories of their own, searched with `--submodules`.

use std::{fs, os::unix::fs::symlink};

use super::{Repo, finding, finds, finds_with_gaps, gap_detail, places, program, token};

/// A repository with a submodule `vendor/lib` that has a submodule `deep` itself. Each has a secret in
/// its history.
fn nested() -> (Repo, [Repo; 2]) {
    let deep = Repo::with_commit();
    deep.commit_file("deep.txt", token("deep"));
    deep.commit_file("deep.txt", "nothing\n");
    let lib = Repo::with_commit();
    lib.git(["submodule", "--quiet", "add", deep.root().to_str().unwrap(), "deep"]);
    lib.commit_file("lib.txt", token("lib"));
    lib.commit(&format!("About {}", token("message")));
    let repo = Repo::with_commit();
    repo.commit_file("own.txt", token("own"));
    repo.git(["submodule", "--quiet", "add", lib.root().to_str().unwrap(), "vendor/lib"]);
    repo.git(["submodule", "--quiet", "update", "--init", "--recursive"]);
    repo.commit("Submodule");
    (repo, [lib, deep])
}
const ALL: [&str; 4] = ["own", "lib", "message", "deep"];

#[test]
fn submodules_are_a_gap_that_counts_with_strict() {
    let (repo, _others) = nested();
    let run = finds_with_gaps(repo.root(), "history", &["own"], &["submodule"]);
    assert_eq!(run.json()["complete"], true);
    assert!(gap_detail(&run, "submodule").contains("--submodules"));
}

#[test]
fn nested_submodules_are_searched_and_places_say_which() {
    let (repo, _others) = nested();
    let run = finds(repo.root(), "history --submodules", &ALL);
    let (lib, deep) = (".git/modules/vendor/lib", ".git/modules/vendor/lib/modules/deep");
    assert_eq!(places(&run, "own"), ["content at-head own.txt"]);
    assert_eq!(places(&run, "lib"), [format!("content at-head {lib}/lib.txt")]);
    assert_eq!(places(&run, "deep"), [format!("content history {deep}/deep.txt")]);
    let message = finding(&run, "message");
    let told: Vec<_> = message["places"].as_array().unwrap().iter().collect();
    assert!(told.iter().all(|place| place["repository"] == lib), "{message:#}");
    let life = &finding(&run, "deep")["history"][0];
    assert_eq!((&life["repository"], &life["removed_count"]), (&deep.into(), &1.into()));
    assert!(finding(&run, "own")["history"][0].get("repository").is_none());
}

#[test]
fn an_audit_has_files_and_histories() {
    let (repo, _others) = nested();
    let run = finds(repo.root(), "audit --submodules", &ALL);
    assert!(places(&run, "lib").contains(&"content work-tree vendor/lib/lib.txt".to_owned()));
}

#[test]
fn one_secret_in_several_repositories_is_one_finding() {
    let (repo, [lib, _deep]) = nested();
    repo.commit_file("copy.txt", token("lib"));
    let run = finds(repo.root(), "history --submodules", &ALL);
    assert_eq!(finding(&run, "lib")["history"].as_array().unwrap().len(), 2);
    let text = program::run(&mut program::cfleaks(repo.root(), ["history", "--submodules"]));
    assert!(String::from_utf8_lossy(&text.out).contains(".git/modules/vendor/lib: "), "{text}");
    drop(lib);
}

#[test]
fn submodules_in_a_bare_repository_s_folder_and_from_a_linked_worktree() {
    let (repo, _others) = nested();
    finds(&repo.at(".git"), "history --submodules", &ALL);
    let linked = repo.beside("linked");
    repo.git(["worktree", "add", "--quiet", "--detach", linked.to_str().unwrap()]);
    finds(&linked, "history --submodules", &ALL);
}

#[test]
fn a_submodule_whose_git_folder_is_in_its_work_tree() {
    let repo = Repo::with_commit();
    repo.git(["init", "--quiet", "old"]);
    fs::write(repo.at("old/key"), token("old")).unwrap();
    repo.git(["-C", "old", "add", "--all"]);
    repo.git(["-C", "old", "commit", "--quiet", "--message", "Key"]);
    repo.git(["-C", "old", "rm", "--quiet", "key"]);
    repo.git(["-C", "old", "commit", "--quiet", "--message", "No key"]);
    repo.git(["-c", "advice.addEmbeddedRepo=false", "add", "old"]);
    repo.commit("Old way");
    let run = finds(repo.root(), "history --submodules", &["old"]);
    assert_eq!(places(&run, "old"), ["content history old/key"]);
}

#[test]
fn a_submodule_that_is_not_here_is_a_gap_all_the_same() {
    let (repo, _others) = nested();
    fs::remove_dir_all(repo.at(".git/modules/vendor/lib/modules")).unwrap();
    let run = finds_with_gaps(
        repo.root(),
        "history --submodules",
        &["own", "lib", "message"],
        &["submodule"],
    );
    let report = run.json();
    assert_eq!(report["gaps"][0]["path"], ".git/modules/vendor/lib/deep");
}

#[test]
fn hostile_folders_of_submodules_do_no_harm() {
    let (repo, others) = nested();
    let modules = repo.at(".git/modules");
    // A link to another repository, which nobody asked to read.
    others[1].commit_file("secret", token("elsewhere"));
    symlink(others[1].at(".git"), modules.join("linked")).unwrap();
    // A name that would drive a terminal, a FIFO, and a configuration that leads elsewhere.
    let odd = modules.join("\u{1b}[2J\n$(id)");
    fs::create_dir_all(odd.join("objects")).unwrap();
    fs::write(odd.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    super::support::fifo(&odd.join("config"));
    fs::write(odd.join("commondir"), others[1].at(".git").to_str().unwrap()).unwrap();
    let config = modules.join("vendor/lib/config");
    let text = fs::read_to_string(&config).unwrap();
    let acting = "[include]\n\tpath = /nonexistent\n[core]\n\tfsmonitor = touch /tmp/never\n";
    fs::write(&config, text + acting).unwrap();
    let run = program::report(repo.root(), "history --submodules");
    let mut secrets = ALL.map(token);
    secrets.sort();
    assert_eq!(run.secrets(), secrets, "{run}");
    assert!(run.gap_reasons().contains(&"outside-repository".to_owned()), "{run}");
    let text = program::run(&mut program::cfleaks(repo.root(), ["history", "--submodules"]));
    assert!(!text.out.contains(&0x1b), "{text}");
}

#[test]
fn a_range_is_of_one_repository() {
    let (repo, _others) = nested();
    let run = program::report(repo.root(), "history --submodules --range main");
    assert_eq!(run.code, Some(2), "{run}");
}
