//! Repositories that lead elsewhere, or whose objects are elsewhere: others are read only when that
//! is asked for, and what is not here is said.

use std::{fs, os::unix::fs::symlink};

use super::table::{
    Case,
    End::{self, *},
    check,
};
use crate::support::{repository::Repo, token};

/// A repository beside this one, with a secret in its history.
fn other(repo: &Repo) {
    let other = repo.beside("other");
    let at = other.to_str().unwrap();
    repo.git(["init", "--quiet", at]);
    fs::write(other.join("key"), token("of another repository")).unwrap();
    repo.git(["-C", at, "add", "--all"]);
    repo.git(["-C", at, "commit", "--quiet", "--message", "Key"]);
}

const OUTSIDE: &str = "does not point back";
/// Not read unasked, and then with its secret.
const LEADS_OUT: &[(&str, End)] = &[
    ("history", Error(3, OUTSIDE)),
    ("staged", Error(3, OUTSIDE)),
    ("audit", Error(3, OUTSIDE)),
    ("history --follow-alternates", Found),
];
const BROKEN: &[(&str, End)] = &[
    ("history", Error(3, "git fsck")),
    ("staged", Error(3, "git fsck")),
    ("audit", Error(3, "git fsck")),
    ("scan", Clean),
];

#[test]
fn pointers_out_are_followed_only_when_asked() {
    check(
        Repo::with_commit,
        &[
            Case {
                name: "a commondir elsewhere",
                make: |repo| {
                    other(repo);
                    repo.write(".git/commondir", "../../other/.git\n");
                    // It names what is not in the other's objects.
                    fs::remove_file(repo.at(".git/index")).unwrap();
                },
                jobs: LEADS_OUT,
            },
            Case {
                name: "alternates elsewhere",
                make: |repo| {
                    other(repo);
                    repo.write(".git/objects/info/alternates", "../../../other/.git/objects\n");
                },
                jobs: &[
                    ("history", Gaps(&["outside-repository"])),
                    ("staged", Gaps(&["outside-repository"])),
                    ("history --accept-gap outside-repository", Accepted(&["outside-repository"])),
                    ("history --follow-alternates", Found),
                ],
            },
            Case {
                name: "alternates that are not there",
                make: |repo| repo.write(".git/objects/info/alternates", "/nonexistent/objects\n"),
                jobs: &[
                    ("history", Gaps(&["missing-object"])),
                    ("history --follow-alternates", Gaps(&["missing-object"])),
                ],
            },
            Case {
                name: "alternates that are the repository's own",
                make: |repo| {
                    let own = repo.at(".git/objects");
                    let lines = format!("../objects\n{}\n# a comment\n", own.display());
                    repo.write(".git/objects/info/alternates", lines);
                },
                jobs: &[("history", Clean)],
            },
            Case {
                name: "alternates through a FIFO",
                make: |repo| {
                    crate::support::fifo(&repo.beside("fifo"));
                    let fifo = repo.beside("fifo");
                    repo.write(".git/objects/info/alternates", fifo.to_str().unwrap());
                },
                jobs: &[
                    ("history", Gaps(&["outside-repository"])),
                    ("history --follow-alternates", Gaps(&["missing-object"])),
                ],
            },
        ],
    );
    check(
        Repo::bare_folder,
        &[
            Case {
                name: "a .git file to another repository",
                make: |repo| {
                    other(repo);
                    repo.write(".git", "gitdir: ../other/.git\n");
                },
                jobs: LEADS_OUT,
            },
            Case {
                name: "a .git link to another repository",
                make: |repo| {
                    other(repo);
                    symlink("../other/.git", repo.at(".git")).unwrap();
                },
                jobs: LEADS_OUT,
            },
            Case {
                name: "a .git file that points to itself",
                make: |repo| repo.write(".git", "gitdir: .git\n"),
                jobs: BROKEN,
            },
            Case {
                name: "a .git link to itself",
                make: |repo| symlink(".git", repo.at(".git")).unwrap(),
                jobs: BROKEN,
            },
            Case {
                name: "two .git files that point to each other",
                make: |repo| {
                    repo.write(".git", "gitdir: folder/.git\n");
                    repo.write("folder/.git", "gitdir: ../.git\n");
                },
                jobs: BROKEN,
            },
            Case {
                name: "a .git file that says nothing",
                make: |repo| repo.write(".git", "nothing\n"),
                jobs: BROKEN,
            },
            Case {
                name: "a .git FIFO",
                make: |repo| crate::support::fifo(&repo.at(".git")),
                jobs: &[("history", Error(3, ".git")), ("staged", Error(3, ".git"))],
            },
        ],
    );
}

/// Three commits; only the first has a secret, which the second takes back.
fn origin(repo: &Repo) -> String {
    let origin = repo.beside("origin");
    let at = origin.to_str().unwrap().to_owned();
    repo.git(["init", "--quiet", "--initial-branch=main", &at]);
    repo.git(["-C", &at, "config", "uploadpack.allowFilter", "true"]);
    for text in [&token("long ago"), "second\n", "third\n"] {
        fs::write(origin.join("key"), text).unwrap();
        repo.git(["-C", &at, "add", "--all"]);
        repo.git(["-C", &at, "commit", "--quiet", "--message", "Key"]);
    }
    format!("file://{at}")
}

fn clone(repo: &Repo, options: &str) {
    let url = origin(repo);
    fs::remove_dir(repo.root()).unwrap();
    fs::create_dir(repo.root()).unwrap();
    let words = ["clone", "--quiet"].into_iter().chain(options.split(' ')).chain([&*url, "."]);
    repo.git(words);
}

#[test]
fn clones_that_lack_something_say_so() {
    check(
        Repo::bare_folder,
        &[
            Case {
                name: "whole",
                make: |repo| clone(repo, "--no-tags"),
                jobs: &[("history", Found), ("history --range HEAD~1..HEAD", Clean)],
            },
            Case {
                name: "shallow",
                make: |repo| clone(repo, "--depth 2"),
                jobs: &[
                    ("history", Gaps(&["shallow-boundary"])),
                    ("audit", Gaps(&["shallow-boundary"])),
                    ("history --accept-gap shallow-boundary", Accepted(&["shallow-boundary"])),
                    ("history --range HEAD~1..HEAD", Clean),
                    ("history --range HEAD", Gaps(&["shallow-boundary"])),
                    ("history --range HEAD~2..HEAD", Error(2, "unknown revision")),
                    ("staged", Clean),
                    ("scan", Clean),
                ],
            },
            Case {
                name: "partial, without trees",
                make: |repo| clone(repo, "--filter=tree:0"),
                jobs: &[
                    ("history", Gaps(&["partial-clone"])),
                    ("history --accept-gap partial-clone", Accepted(&["partial-clone"])),
                    ("staged", Clean),
                ],
            },
        ],
    );
}

#[test]
fn blobs_left_at_the_server_are_a_gap() {
    check(
        Repo::bare_folder,
        &[Case {
            name: "partial, without blobs",
            make: |repo| clone(repo, "--filter=blob:none"),
            jobs: &[
                ("history", Gaps(&["partial-clone"])),
                ("audit", Gaps(&["partial-clone"])),
                // What was checked out was fetched.
                ("history --range HEAD~1..HEAD", Clean),
                ("history --range HEAD~2..HEAD", Gaps(&["partial-clone"])),
                ("staged", Clean),
            ],
        }],
    );
}
