//! `audit`: the work tree and history in one report, where one place seen in both is told once.

use std::fs;

use super::{
    expect::{Hidden, Kept, check, place},
    files::lines,
};
use crate::support::{program, repository::Repo, token};

#[test]
fn places_of_work_tree_and_history_are_merged() {
    let repo = Repo::with_commit();
    let same = repo.commit_file("same.txt", lines("same"));
    let moved = repo.commit_file("moved.txt", lines("moved"));
    let gone = repo.commit_file("gone.txt", lines("gone"));
    let older = repo.commit_file("edited.txt", lines("older"));
    let linked = token("linked");
    std::os::unix::fs::symlink(format!("../{linked}"), repo.at("link")).unwrap();
    repo.write(format!("{}.txt", token("named")), "");
    let last = repo.commit("A link and a name");
    // From here on the work tree differs from HEAD.
    repo.write("moved.txt", "one line more\n".to_owned() + &lines("moved"));
    fs::remove_file(repo.at("gone.txt")).unwrap();
    repo.write("edited.txt", "nothing\n");
    repo.write("staged.txt", lines("staged"));
    repo.run("add staged.txt");
    repo.write("untracked.txt", lines("untracked"));
    repo.write(".gitignore", "ignored.txt\n");
    repo.write("ignored.txt", lines("ignored"));

    let here = |path: &str| place("content", "work-tree").path(path).at(2, 8);
    let head = |path: &str| place("content", "at-head").path(path).at(2, 8);
    let named = format!("{}.txt", token("named"));
    let hidden = [
        ("same", vec![here("same.txt").by(&same)]),
        ("moved", vec![here("moved.txt").at(3, 8), head("moved.txt").by(&moved)]),
        ("gone", vec![head("gone.txt").by(&gone)]),
        ("older", vec![head("edited.txt").by(&older)]),
        ("linked", vec![place("symlink-target", "work-tree").path("link").at(1, 4).by(&last)]),
        ("named", vec![place("file-name", "work-tree").path(&named).by(&last)]),
        (
            "staged",
            vec![here("staged.txt"), place("content", "staged").path("staged.txt").at(2, 8)],
        ),
        ("untracked", vec![here("untracked.txt")]),
    ]
    .map(|(name, places)| Hidden { name, kept: Kept::Here, places });
    check("audit", repo.root(), "audit", &hidden);
    // The repository is found from below, and all of it is looked at.
    repo.write("a/b/file", "nothing\n");
    check("audit from a subfolder", &repo.at("a/b"), "audit", &hidden);
}

#[test]
fn several_repositories_are_one_report_with_paths_below_their_names() {
    let (one, two) = (Repo::with_commit(), Repo::with_commit());
    one.commit_file("shared.txt", lines("shared"));
    two.commit_file("other.txt", lines("shared"));
    two.commit_file("own.txt", lines("own"));
    fs::remove_file(two.at("own.txt")).unwrap();
    let names = [one.root().to_str().unwrap(), two.root().to_str().unwrap()];
    let run = program::report(one.root(), &format!("audit {} {}", names[0], names[1]));
    assert_eq!(run.code, Some(1), "{run}");
    let report = run.json();
    let mut places: Vec<Vec<String>> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let places = finding["places"].as_array().unwrap().iter();
            places.map(|place| place["path"].as_str().unwrap().to_owned()).collect()
        })
        .collect();
    for places in &mut places {
        places.sort();
    }
    places.sort_by_key(Vec::len);
    let mut shared = vec![format!("{}/shared.txt", names[0]), format!("{}/other.txt", names[1])];
    shared.sort();
    assert_eq!(places, [vec![format!("{}/own.txt", names[1])], shared]);
    let run = program::report(one.root(), &format!("audit {} no-such-folder", names[0]));
    assert_eq!(run.code, Some(2), "{run}");
}
