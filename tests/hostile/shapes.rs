//! Objects of a shape that nobody makes by hand: trees that unfold without end, lie deep or contain
//! what they must not.

use std::ops::RangeInclusive;

use git2::{ObjectType, Odb, Oid};

use crate::support::{program::report, repository::Repo, token};

fn object(odb: &Odb<'_>, kind: ObjectType, bytes: &[u8]) -> Oid {
    odb.write(kind, bytes).unwrap()
}

/// A tree of these entries, in the order given and whatever they are.
fn tree(odb: &Odb<'_>, entries: &[(&str, &[u8], Oid)]) -> Oid {
    let mut bytes = Vec::new();
    for (mode, name, id) in entries {
        bytes.extend_from_slice(mode.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(name);
        bytes.push(0);
        bytes.extend_from_slice(id.as_bytes());
    }
    object(odb, ObjectType::Tree, &bytes)
}

/// Puts a commit of the tree on the branch.
fn commit(repo: &Repo, tree: Oid) {
    let commit = repo.run(&format!("commit-tree -p main -m Shape {tree}"));
    repo.git(["update-ref", "refs/heads/main", &commit]);
}

/// What a job must say of a tree that holds the token: exit code, gaps, and how many places.
fn look(
    what: &str,
    repo: &Repo,
    words: &str,
    expected: (i32, &[&str]),
    places: RangeInclusive<u64>,
) {
    let found = report(repo.root(), words);
    let (code, gaps) = expected;
    assert_eq!(found.code, Some(code), "{what}, {words}: {found}");
    assert_eq!(found.gap_reasons(), gaps, "{what}, {words}");
    let report = found.json();
    let count = report["findings"][0]["place_count"].as_u64().unwrap_or(0);
    assert!(places.contains(&count), "{what}, {words}: {count} places");
    let listed = report["findings"][0]["places"].as_array().map_or(0, Vec::len);
    assert!(listed <= 1_000, "{what}, {words}: {listed} listed");
}

/// A folder of ten folders of ten folders, and so on; at the bottom always the same file.
fn bomb(levels: usize) -> Repo {
    let repo = Repo::with_commit();
    let opened = git2::Repository::open(repo.root()).unwrap();
    let odb = opened.odb().unwrap();
    let mut below = object(&odb, ObjectType::Blob, token("shape").as_bytes());
    for level in 0..levels {
        let mode = if level == 0 { "100644" } else { "40000" };
        let names: Vec<String> = (0..10).map(|n| format!("d{n}")).collect();
        let entries: Vec<_> = names.iter().map(|name| (mode, name.as_bytes(), below)).collect();
        below = tree(&odb, &entries);
    }
    commit(&repo, below);
    repo
}

const LIMIT: (i32, &[&str]) = (1, &["limit-hit"]);

#[test]
fn a_tree_bomb_is_counted_and_not_unfolded() {
    look("bomb", &bomb(10), "history", LIMIT, 1_000..=10_u64.pow(10));
    let small = bomb(4);
    look("small bomb", &small, "history", (1, &[]), 10_000..=10_000);
    look("small bomb", &small, "history --range main~1..main", LIMIT, 1_000..=1_000);
}

#[test]
#[ignore = "takes ten seconds unoptimised"]
fn a_tree_bomb_in_a_range_ends_too() {
    look("bomb", &bomb(10), "history --range main~1..main", LIMIT, 1_000..=1_000);
}

#[test]
fn deep_trees_are_followed() {
    // No path of more than 64 KiB is told or, in a range, followed.
    let too_long: &[&str] = &["limit-hit"];
    for (depth, whole, range) in
        [(1_000, (1, &[][..]), (1, &[][..])), (40_000, (1, too_long), (3, too_long))]
    {
        let repo = Repo::with_commit();
        let opened = git2::Repository::open(repo.root()).unwrap();
        let odb = opened.odb().unwrap();
        // In memory first, then all in one pack.
        let _memory = odb.add_new_mempack_backend(1000).unwrap();
        let mut pack = opened.packbuilder().unwrap();
        let mut below = object(&odb, ObjectType::Blob, token("shape").as_bytes());
        pack.insert_object(below, None).unwrap();
        for level in 0..=depth {
            let entry = if level == 0 { ("100644", &b"key"[..]) } else { ("40000", &b"d"[..]) };
            below = tree(&odb, &[(entry.0, entry.1, below)]);
            pack.insert_object(below, None).unwrap();
        }
        let mut bytes = git2::Buf::new();
        pack.write_buf(&mut bytes).unwrap();
        repo.feed("index-pack --stdin", &*bytes);
        commit(&repo, below);
        let what = format!("{depth} deep");
        look(&what, &repo, "history", whole, 1..=1);
        look(&what, &repo, "history --range main~1..main", range, 0..=1);
    }
}

#[test]
fn odd_entries_do_not_hide_what_is_beside_them() {
    for (what, (mode, name)) in [
        ("dots", ("100644", &b".."[..])),
        ("a .git folder", ("40000", b".git")),
        ("a slash", ("100644", b"a/b")),
        ("no name", ("100644", b"")),
        ("an unknown mode", ("777", b"odd")),
        ("twice the same", ("100644", b"key")),
    ] {
        let repo = Repo::with_commit();
        let opened = git2::Repository::open(repo.root()).unwrap();
        let odb = opened.odb().unwrap();
        let blob = object(&odb, ObjectType::Blob, token("shape").as_bytes());
        let id = if mode == "40000" {
            tree(&odb, &[("100644", b"config", blob)])
        } else {
            object(&odb, ObjectType::Blob, b"odd\n")
        };
        let root = tree(&odb, &[("100644", b"key", blob), (mode, name, id)]);
        commit(&repo, root);
        let found = report(repo.root(), "history");
        assert_eq!(found.code, Some(1), "{what}: {found}");
        assert_eq!(found.secrets(), [token("shape")], "{what}");
        assert_eq!(found.gap_reasons(), [""; 0], "{what}");
    }
}

#[test]
fn a_commit_or_tag_that_is_cut_short_is_read_as_far_as_it_goes() {
    let repo = Repo::with_commit();
    let opened = git2::Repository::open(repo.root()).unwrap();
    let odb = opened.odb().unwrap();
    let said = format!("tree nothing\nauthor\n\n{}\n", token("shape"));
    let id = object(&odb, ObjectType::Commit, said.as_bytes());
    repo.write(".git/refs/heads/odd", format!("{id}\n"));
    let found = report(repo.root(), "history");
    assert_eq!(found.secrets(), [token("shape")], "{found}");
    assert_eq!(found.code, Some(1), "{found}");
    let tag = object(&odb, ObjectType::Tag, b"object 1\ntag x\n");
    repo.write(".git/refs/tags/odd", format!("{tag}\n"));
    let found = report(repo.root(), "history");
    assert_eq!(found.secrets(), [token("shape")], "{found}");
}

#[test]
fn submodules_are_told_and_count_only_when_strict() {
    let repo = Repo::with_commit();
    let id = "1234567890123456789012345678901234567890";
    repo.run(&format!("update-index --add --cacheinfo 160000,{id},vendor/library"));
    repo.run("commit -qm submodule");
    let run = report(repo.root(), "history");
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(run.gap_reasons(), ["submodule"]);
    assert_eq!(run.json()["gaps"][0]["path"], "vendor/library");
    assert_eq!(report(repo.root(), "history --strict").code, Some(3));
}
