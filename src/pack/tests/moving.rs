//! Objects that git moves or takes away after a store was opened.

use super::*;
use crate::model::GapReason;

fn loose() -> Repo {
    let repo = Repo::new();
    for number in 0..20 {
        repo.commit("file", &version(number));
    }
    repo
}

#[test]
fn loose_objects_that_were_packed_meanwhile_are_read_from_their_pack() {
    for threads in [1, 4] {
        let repo = loose();
        let expected = repo.expected();
        let (store, gaps) = Store::open(&[repo.objects()]).unwrap();
        assert_eq!(gaps, []);
        repo.git(&["repack", "-adq"]);
        assert_eq!(repo.git(&["count-objects"]), b"0 objects, 0 kilobytes\n");
        let (objects, gaps) = collect(&store, KindSet::ALL, threads);
        assert_eq!(gaps, []);
        assert!(objects == expected);
        let mut bytes = Vec::new();
        for (id, (kind, content)) in &expected {
            assert_eq!(store.kind(id).unwrap(), Some(*kind));
            assert_eq!(store.read(id, &mut bytes).unwrap(), Some(*kind));
            assert!(bytes == *content);
        }
    }
}

#[test]
fn a_pack_that_was_replaced_meanwhile_is_still_read() {
    let repo = loose();
    repo.git(&["repack", "-adq"]);
    let expected = repo.expected();
    let (store, _) = Store::open(&[repo.objects()]).unwrap();
    repo.git(&["-c", "pack.depth=1", "repack", "-adfq", "--window=0"]);
    let (objects, gaps) = collect(&store, KindSet::ALL, 2);
    assert_eq!(gaps, []);
    assert!(objects == expected);
}

#[test]
fn an_object_that_is_gone_for_good_is_a_gap() {
    let repo = loose();
    let (store, _) = Store::open(&[repo.objects()]).unwrap();
    let id = *repo.expected().keys().next().unwrap();
    let hex = id.to_string();
    std::fs::remove_file(repo.objects().join(&hex[..2]).join(&hex[2..])).unwrap();
    let (_, gaps) = collect(&store, KindSet::ALL, 2);
    let told: Vec<_> = gaps.iter().map(|gap| (gap.reason, gap.object)).collect();
    assert_eq!(told, [(GapReason::Changed, Some(id))]);
}
