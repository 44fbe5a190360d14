//! Packs without an index: named by what they hold, and read like any other.

use super::*;
use crate::model::GapReason;

/// Several versions of files, tagged, all in one pack.
fn packed() -> Repo {
    let repo = Repo::new();
    for number in 0..30 {
        repo.commit("a/file", &version(number * 7));
        repo.commit(&format!("b/{}", number % 5), &version(number));
    }
    repo.git(&["tag", "-a", "-m", "tagged", "v1"]);
    repo.git(&["repack", "-adfq"]);
    repo
}

#[test]
fn a_pack_whose_index_is_gone_is_read_in_full() {
    let repo = packed();
    let expected = repo.expected();
    std::fs::remove_file(repo.only("idx")).unwrap();
    let (store, gaps) = Store::open(&[repo.objects()]).unwrap();
    assert_eq!(gaps, []);
    for threads in [1, 4] {
        let (objects, gaps) = collect(&store, KindSet::ALL, threads);
        assert_eq!(gaps, []);
        assert!(objects == expected, "{threads} threads");
    }
    let mut bytes = Vec::new();
    for (id, (kind, content)) in &expected {
        assert_eq!(store.read(id, &mut bytes).unwrap(), Some(*kind));
        assert!(bytes == *content);
    }
}

#[test]
fn deltas_on_named_bases_are_named_round_by_round() {
    let repo = packed();
    let expected = repo.expected();
    // Without offset deltas every link of a chain must be named before the next.
    repo.git(&["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq", "--depth=30"]);
    std::fs::remove_file(repo.only("idx")).unwrap();
    let (store, gaps) = Store::open(&[repo.objects()]).unwrap();
    assert_eq!(gaps, []);
    let (objects, gaps) = collect(&store, KindSet::ALL, 4);
    assert_eq!(gaps, []);
    assert!(objects == expected);
}

#[test]
fn a_thin_pack_finds_its_bases_in_the_store_and_is_a_gap_without_it() {
    let repo = packed();
    let expected = repo.expected();
    let thin =
        repo.git_with(&["pack-objects", "--stdout", "--revs", "--thin", "-q"], b"HEAD\n^HEAD~6\n");
    let of = |objects: &Path| {
        let (store, gaps) = Store::open(&[objects.to_owned()]).unwrap();
        let (read, more) = collect(&store, KindSet::ALL, 2);
        (read, [gaps, more].concat())
    };
    // Alone: what stands on objects elsewhere cannot be read.
    let alone = tempfile::tempdir().unwrap();
    std::fs::create_dir(alone.path().join("pack")).unwrap();
    std::fs::write(alone.path().join("pack/thin.pack"), &thin).unwrap();
    let (read, gaps) = of(alone.path());
    assert!(!read.is_empty() && read.iter().all(|(id, object)| expected[id] == *object));
    assert_eq!(gaps.iter().map(|gap| gap.reason).collect::<Vec<_>>(), [GapReason::MissingObject]);
    // Beside the others: everything.
    std::fs::write(repo.pack_dir().join("thin.pack"), &thin).unwrap();
    let (read, gaps) = of(&repo.objects());
    assert_eq!(gaps, []);
    assert!(read == expected);
}

#[test]
fn what_an_interrupted_fetch_left_is_read_as_far_as_it_came() {
    let repo = packed();
    let pack = std::fs::read(repo.only("pack")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("pack")).unwrap();
    let expected = repo.expected();
    for end in [0, 11, 12, 13, pack.len() / 2, pack.len() - 20] {
        std::fs::write(folder.path().join("pack/tmp_pack_abc123"), &pack[..end]).unwrap();
        let (store, gaps) = Store::open(&[folder.path().to_owned()]).unwrap();
        assert!(gaps.iter().all(|gap| gap.level == crate::model::GapLevel::Undecoded), "{gaps:?}");
        let (read, gaps) = collect(&store, KindSet::ALL, 2);
        assert_eq!(gaps, []);
        assert_eq!(read.is_empty(), end < 20, "{end}");
        assert!(read.iter().all(|(id, object)| expected[id] == *object));
    }
}

#[test]
fn names_that_look_like_numbers_and_circles_of_deltas_do_no_harm() {
    let mut packer = Packer::default();
    packer.blob(1, b"base");
    for number in 0..4_u32 {
        let mut base = [0xff; 20];
        base[..4].copy_from_slice(&number.to_be_bytes());
        packer.entry(2, 7, 6, &base, &[4, 5, 0x90, 4, 1, b'!']);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("pack")).unwrap();
    std::fs::write(folder.path().join("pack/x.pack"), packer.bytes().0).unwrap();
    let (store, gaps) = Store::open(&[folder.path().to_owned()]).unwrap();
    assert!(!gaps.is_empty());
    let (read, _) = collect(&store, KindSet::ALL, 2);
    assert!(read.values().any(|(_, bytes)| bytes == b"base"));
}
