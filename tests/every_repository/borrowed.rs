//! Objects that lie in another repository: alternates, relative and nested.

use std::fs;

use super::{IN_HISTORY, finds, finds_with_gaps, with_history};

#[test]
fn alternates_are_read_when_asked_for_and_are_a_gap_otherwise() {
    let repo = with_history();
    repo.run("clone --quiet --shared --bare . ../borrower.git");
    let borrower = repo.beside("borrower.git");
    assert!(borrower.join("objects/info/alternates").exists());
    let run = finds_with_gaps(&borrower, "history", &[], &["missing-object", "outside-repository"]);
    assert_eq!(run.code, Some(3));
    finds(&borrower, "history --follow-alternates", &IN_HISTORY);
}

#[test]
fn relative_alternates() {
    let repo = with_history();
    repo.run("clone --quiet --shared --bare . ../borrower.git");
    let borrower = repo.beside("borrower.git");
    fs::write(borrower.join("objects/info/alternates"), "../../repo/.git/objects\n").unwrap();
    finds(&borrower, "history --follow-alternates", &IN_HISTORY);
}

#[test]
fn nested_alternates() {
    let repo = with_history();
    repo.run("clone --quiet --shared --bare . ../first.git");
    repo.run("clone --quiet --shared --bare ../first.git ../second.git");
    fs::write(
        repo.beside("second.git").join("objects/info/alternates"),
        "../../first.git/objects\n",
    )
    .unwrap();
    finds(&repo.beside("second.git"), "history --follow-alternates", &IN_HISTORY);
}

#[test]
fn alternates_inside_the_repository_need_no_asking() {
    let repo = with_history();
    repo.run("repack -a -d --quiet");
    let inside = repo.at(".git/more");
    fs::create_dir_all(&inside).unwrap();
    fs::rename(repo.at(".git/objects/pack"), inside.join("pack")).unwrap();
    fs::write(repo.at(".git/objects/info/alternates"), "../more\n").unwrap();
    finds(repo.root(), "history", &IN_HISTORY);
}
