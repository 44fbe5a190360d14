//! Damaged and missing packs, objects, indexes and refs: what is lost is said, the rest is read.

use std::{fs, os::unix::fs::symlink};

use super::table::{
    Case,
    End::{self, *},
    check,
};
use crate::support::{fifo, repository::Repo, token};

/// Three commits with files in folders; nothing in it is a secret.
fn loose() -> Repo {
    let repo = Repo::with_commit();
    repo.commit_file("folder/a.txt", "a\n".repeat(100));
    repo.commit_file("folder/b.txt", "b\n".repeat(100));
    repo.write("folder/a.txt", "a\n".repeat(90) + "another end\n");
    repo.commit("Change");
    repo
}

/// The same in one pack.
fn packed() -> Repo {
    let repo = loose();
    repo.run("repack -a -d -f --quiet");
    repo
}

/// Replaces a file, which git has made read-only.
fn overwrite(path: std::path::PathBuf, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::remove_file(&path).unwrap();
    fs::write(path, bytes).unwrap();
}

fn halve(bytes: &mut Vec<u8>) {
    bytes.truncate(bytes.len() / 2);
}

fn forget(repo: &Repo, revision: &str) {
    fs::remove_file(repo.loose(&repo.run(&format!("rev-parse {revision}")))).unwrap();
}

#[test]
fn nothing_is_wrong_before_the_damage() {
    let jobs = &[("history", Clean), ("staged", Clean), ("audit", Clean)];
    for start in [loose, packed] {
        check(start, &[Case { name: "sound", make: |_| {}, jobs }]);
    }
}

#[test]
fn damaged_packs_are_gaps() {
    const DAMAGED: &[(&str, End)] = &[("history", Gaps(&["damaged", "missing-object"]))];
    check(
        packed,
        &[
            Case {
                name: "a truncated pack",
                make: |repo| overwrite(repo.pack("pack"), halve),
                jobs: &[("history", Gaps(&["damaged"])), ("audit", Gaps(&["damaged"]))],
            },
            Case {
                name: "an empty pack",
                make: |repo| overwrite(repo.pack("pack"), Vec::clear),
                jobs: DAMAGED,
            },
            Case {
                name: "a byte changed in a pack",
                make: |repo| {
                    overwrite(repo.pack("pack"), |bytes| {
                        let middle = bytes.len() / 2;
                        bytes[middle] ^= 0x55;
                    });
                },
                jobs: &[("history", Gaps(&["damaged"]))],
            },
            Case {
                name: "a truncated index of a pack",
                make: |repo| overwrite(repo.pack("idx"), halve),
                jobs: DAMAGED,
            },
            Case {
                name: "an empty index of a pack",
                make: |repo| overwrite(repo.pack("idx"), Vec::clear),
                jobs: DAMAGED,
            },
            Case {
                name: "an index of a pack that lies",
                make: |repo| {
                    overwrite(repo.pack("idx"), |bytes| {
                        let names = 8 + 256 * 4;
                        bytes[names..names + 20].fill(0);
                    });
                },
                jobs: &[("history", Gaps(&["damaged", "missing-object"]))],
            },
            Case {
                name: "a pack without its index",
                make: |repo| fs::remove_file(repo.pack("idx")).unwrap(),
                // All that it would say can be found out.
                jobs: &[("history", Clean), ("audit", Clean)],
            },
            Case {
                name: "a damaged pack without its index",
                make: |repo| {
                    fs::remove_file(repo.pack("idx")).unwrap();
                    overwrite(repo.pack("pack"), halve);
                },
                jobs: DAMAGED,
            },
            Case {
                name: "an index without its pack",
                make: |repo| fs::remove_file(repo.pack("pack")).unwrap(),
                jobs: &[("history", Gaps(&["missing-object"]))],
            },
            Case {
                name: "no pack at all",
                make: |repo| fs::remove_dir_all(repo.at(".git/objects/pack")).unwrap(),
                jobs: &[
                    ("history", Gaps(&["missing-object"])),
                    ("history --range HEAD", Error(3, "HEAD")),
                    ("staged", Gaps(&["missing-object"])),
                    ("audit", Gaps(&["missing-object"])),
                ],
            },
        ],
    );
}

#[test]
fn missing_and_damaged_objects_are_gaps() {
    const MISSING: &[(&str, End)] = &[("history", Gaps(&["missing-object"]))];
    check(
        loose,
        &[
            Case {
                name: "a corrupt blob",
                make: |repo| {
                    let blob = repo.run("rev-parse HEAD~1:folder/a.txt");
                    overwrite(repo.loose(&blob), halve);
                },
                jobs: &[
                    ("history", Gaps(&["damaged"])),
                    ("history --range HEAD~3..HEAD", Gaps(&["damaged"])),
                ],
            },
            Case {
                name: "a blob that is another",
                make: |repo| {
                    let blob = repo.run("rev-parse HEAD~1:folder/a.txt");
                    let other = repo.loose(&repo.run("rev-parse HEAD:folder/b.txt"));
                    overwrite(repo.loose(&blob), |bytes| *bytes = fs::read(other).unwrap());
                },
                // Whatever it is called, its bytes were searched.
                jobs: &[("history", Clean)],
            },
            Case {
                name: "an empty blob file, as a crash leaves it",
                make: |repo| {
                    let blob = repo.run("rev-parse HEAD~1:folder/a.txt");
                    overwrite(repo.loose(&blob), Vec::clear);
                },
                jobs: &[("history", Gaps(&["damaged"]))],
            },
            Case {
                name: "a corrupt commit",
                make: |repo| overwrite(repo.loose(&repo.run("rev-parse HEAD~1")), halve),
                jobs: &[("history", Gaps(&["damaged", "missing-object"]))],
            },
            Case {
                name: "a missing tree of a commit",
                make: |repo| forget(repo, "HEAD~1^{tree}"),
                jobs: MISSING,
            },
            Case {
                name: "a missing parent",
                make: |repo| forget(repo, "HEAD~2"),
                jobs: &[
                    ("history", Gaps(&["missing-object"])),
                    ("history --range HEAD", Gaps(&["missing-object"])),
                    // What lies before the range is not asked for.
                    ("history --range HEAD~1..HEAD", Clean),
                ],
            },
            Case {
                name: "a ref to a missing commit",
                make: |repo| {
                    repo.write(".git/refs/heads/lost", "1".repeat(40) + "\n");
                },
                jobs: &[
                    ("history", Gaps(&["missing-object"])),
                    ("history --range HEAD", Clean),
                    ("history --range lost", Error(3, "lost")),
                ],
            },
            Case {
                name: "the staged blob is missing",
                make: |repo| {
                    repo.write("new.txt", "new\n");
                    repo.run("add --all");
                    let blob = repo.run("rev-parse :new.txt");
                    fs::remove_file(repo.loose(&blob)).unwrap();
                },
                jobs: &[
                    ("staged", Gaps(&["missing-object"])),
                    ("history", Gaps(&["missing-object"])),
                    ("audit", Gaps(&["missing-object"])),
                ],
            },
            Case {
                name: "what only a reflog or nothing names may be gone",
                make: |repo| {
                    let lost = repo.run("rev-parse HEAD:folder/a.txt");
                    repo.run("reset --quiet --hard HEAD~1");
                    fs::remove_file(repo.loose(&lost)).unwrap();
                },
                jobs: &[("history", Clean)],
            },
        ],
    );
}

#[test]
fn what_a_tree_names_and_is_not_there_is_a_gap() {
    const MISSING: &[(&str, End)] = &[("history", Gaps(&["missing-object"]))];
    check(
        loose,
        &[
            Case {
                name: "a missing blob of HEAD",
                make: |repo| forget(repo, "HEAD:folder/a.txt"),
                jobs: MISSING,
            },
            Case {
                name: "a missing blob of old history",
                make: |repo| forget(repo, "HEAD~1:folder/a.txt"),
                jobs: &[
                    ("history", Gaps(&["missing-object"])),
                    ("history --range HEAD~3..HEAD", Gaps(&["missing-object"])),
                    ("audit", Gaps(&["missing-object"])),
                ],
            },
            Case {
                name: "a missing tree of a folder",
                make: |repo| forget(repo, "HEAD~1:folder"),
                jobs: MISSING,
            },
            Case {
                name: "a damaged file beside a finding",
                make: |repo| {
                    repo.commit_file("key", token("beside damage"));
                    forget(repo, "HEAD~2:folder/a.txt");
                },
                jobs: &[("history", FoundWithGaps(&["missing-object"]))],
            },
        ],
    );
}

#[test]
fn damaged_small_files_are_gaps_or_errors() {
    const INDEX: &str = "the index is damaged";
    check(
        loose,
        &[
            Case {
                name: "a corrupt index",
                make: |repo| repo.write(".git/index", "no index\n"),
                jobs: &[
                    ("staged", Error(3, INDEX)),
                    ("history", Gaps(&["damaged"])),
                    ("scan", Clean),
                ],
            },
            Case {
                name: "a truncated index",
                make: |repo| overwrite(repo.at(".git/index"), halve),
                jobs: &[("staged", Error(3, INDEX)), ("history", Gaps(&["damaged"]))],
            },
            Case {
                name: "an index with a byte changed",
                make: |repo| overwrite(repo.at(".git/index"), |bytes| bytes[20] ^= 1),
                jobs: &[("staged", Error(3, INDEX))],
            },
            Case {
                name: "a FIFO as the index",
                make: |repo| {
                    fs::remove_file(repo.at(".git/index")).unwrap();
                    fifo(&repo.at(".git/index"));
                },
                jobs: &[
                    ("staged", Error(3, "the index was not read")),
                    ("history", Gaps(&["not-a-file"])),
                    ("audit", Gaps(&["not-a-file"])),
                ],
            },
            Case {
                name: "a link as the index",
                make: |repo| {
                    fs::rename(repo.at(".git/index"), repo.at(".git/moved")).unwrap();
                    symlink("moved", repo.at(".git/index")).unwrap();
                },
                jobs: &[
                    ("staged", Error(3, "the index was not read")),
                    ("history", Gaps(&["not-a-file"])),
                ],
            },
            Case {
                name: "no HEAD",
                make: |repo| fs::remove_file(repo.at(".git/HEAD")).unwrap(),
                jobs: &[("history", Gaps(&["damaged"])), ("staged", Gaps(&["damaged"]))],
            },
            Case {
                name: "a HEAD that says nothing",
                make: |repo| repo.write(".git/HEAD", "nonsense\n"),
                jobs: &[("history", Gaps(&["damaged"])), ("staged", Gaps(&["damaged"]))],
            },
            Case {
                name: "a ref that says nothing",
                make: |repo| repo.write(".git/refs/heads/odd", "nonsense\n"),
                jobs: &[("history", Gaps(&["damaged"])), ("staged", Clean)],
            },
            Case {
                name: "a secret as a ref",
                make: |repo| repo.write(".git/refs/heads/odd", token("as a ref") + "\n"),
                jobs: &[("history", FoundWithGaps(&["damaged"]))],
            },
            Case {
                name: "a secret behind the id in a ref",
                make: |repo| {
                    let id = repo.run("rev-parse HEAD");
                    repo.write(".git/refs/heads/odd", format!("{id}\n{}\n", token("behind")));
                },
                jobs: &[("history", Found), ("audit", Found)],
            },
            Case {
                name: "a secret in packed refs",
                make: |repo| repo.write(".git/packed-refs", token("packed") + "\n"),
                jobs: &[("history", FoundWithGaps(&["damaged"]))],
            },
            Case {
                name: "a secret beside an id in MERGE_HEAD",
                make: |repo| {
                    let id = repo.run("rev-parse HEAD");
                    repo.write(".git/MERGE_HEAD", format!("{id}\t{}\n", token("merge")));
                },
                jobs: &[("history", Found)],
            },
            Case {
                name: "packed refs that say nothing",
                make: |repo| repo.write(".git/packed-refs", "nonsense\n"),
                jobs: &[("history", Gaps(&["damaged"]))],
            },
            Case {
                name: "a configuration that cannot be understood",
                make: |repo| repo.write(".git/config", "[core\nx"),
                jobs: &[("history", Gaps(&["damaged"]))],
            },
            Case {
                name: "a ref loop",
                make: |repo| {
                    repo.write(".git/refs/heads/one", "ref: refs/heads/two\n");
                    repo.write(".git/refs/heads/two", "ref: refs/heads/one\n");
                    repo.write(".git/HEAD", "ref: refs/heads/one\n");
                },
                jobs: &[
                    ("history", Gaps(&["damaged"])),
                    ("staged", Gaps(&["damaged"])),
                    ("history --range one", Error(2, "one")),
                ],
            },
            Case {
                name: "no objects folder",
                make: |repo| fs::remove_dir_all(repo.at(".git/objects")).unwrap(),
                jobs: &[("history", Error(3, "objects")), ("staged", Error(3, "objects"))],
            },
        ],
    );
}
