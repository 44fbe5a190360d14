//! A secret's life as reports tell it: every commit that brought it in, every one that removed it, and
//! the refs that still have it.

use serde_json::{Value, json};

use super::{Repo, finding, finds, program, token};

fn ids(list: &Value) -> Vec<String> {
    let notes = list.as_array().unwrap().iter();
    notes.map(|note| note["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_secret_that_came_back_and_came_twice() {
    let repo = Repo::with_commit();
    let first = repo.commit_file("a.txt", token("back"));
    repo.git(["tag", "v1"]);
    let removed = repo.commit_file("a.txt", "nothing\n");
    repo.git(["revert", "--no-edit", &removed]);
    let again = repo.run("rev-parse HEAD");
    repo.git(["checkout", "--quiet", "-b", "side", "main~3"]);
    let side = repo.commit_file("b.txt", token("back"));
    repo.git(["checkout", "--quiet", "main"]);
    let run = finds(repo.root(), "history", &["back"]);
    let life = &finding(&run, "back")["history"][0];
    assert_eq!(ids(&life["introduced"]), [first, again.clone(), side], "{life:#}");
    assert_eq!(ids(&life["removed"]), [removed]);
    assert_eq!(life["at_head"], true);
    assert_eq!(life["refs"], json!(["refs/heads/main", "refs/heads/side", "refs/tags/v1"]));
    assert_eq!(life["ref_count"], 3);
    let author = &life["introduced"][0]["author"];
    assert_eq!((&author["name"], &author["email"]), (&"Ada".into(), &"ada@example.org".into()));
    assert!(author["time"].as_str().unwrap().starts_with("2023-11-14T"));
    let text = program::run(&mut program::cfleaks(repo.root(), ["history"]));
    let text = String::from_utf8(text.out).unwrap();
    assert!(text.contains("still at HEAD, main, side, v1"), "{text}");
    assert!(text.contains(&format!("introduced in {}", &ids(&life["introduced"])[0][..10])));
}

#[test]
fn a_merge_that_drops_it_and_an_octopus_that_keeps_it() {
    let repo = Repo::with_commit();
    for branch in ["one", "two"] {
        repo.git(["checkout", "--quiet", "-b", branch, "main"]);
        repo.commit_file(format!("{branch}.txt"), token("merged"));
    }
    repo.git(["checkout", "--quiet", "-b", "three", "main"]);
    repo.commit_file("three.txt", "nothing\n");
    repo.git(["merge", "--quiet", "--no-edit", "one", "two"]);
    repo.git(["rm", "--quiet", "one.txt", "two.txt"]);
    let removed = repo.commit("Remove");
    let run = finds(repo.root(), "history", &["merged"]);
    let life = &finding(&run, "merged")["history"][0];
    assert_eq!(life["introduced_count"], 2, "{life:#}");
    assert_eq!(ids(&life["removed"]), [removed]);
    assert_eq!(
        (&life["at_head"], &life["refs"]),
        (&false.into(), &json!(["refs/heads/one", "refs/heads/two"]))
    );
}

#[test]
fn long_lists_are_cut_and_counted() {
    let repo = Repo::with_commit();
    repo.commit_file("file", token("everywhere"));
    let commands: String = (0..150).map(|n| format!("create refs/heads/b{n:03} HEAD\n")).collect();
    repo.feed("update-ref --stdin", commands);
    let run = finds(repo.root(), "history", &["everywhere"]);
    let life = &finding(&run, "everywhere")["history"][0];
    assert_eq!(
        (life["ref_count"].as_u64(), life["refs"].as_array().unwrap().len()),
        (Some(151), 100)
    );
}

#[test]
fn several_repositories_have_a_life_each() {
    let (one, two) = (Repo::with_commit(), Repo::with_commit());
    one.commit_file("a", token("shared"));
    two.commit_file("b", token("shared"));
    let names = [one.root().to_str().unwrap(), two.root().to_str().unwrap()];
    let run = program::report(one.root(), &format!("audit {} {}", names[0], names[1]));
    let lives = finding(&run, "shared")["history"].clone();
    let told: Vec<_> = lives.as_array().unwrap().iter().map(|life| &life["repository"]).collect();
    assert_eq!(told, names);
}
