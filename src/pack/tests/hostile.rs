//! Damaged and hostile stores: each gives gaps for what is bad and the rest is read.

use super::*;
use crate::model::GapReason;

/// An object folder that goes away.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(packer: &Packer) -> Self {
        let folder = Folder(tempfile::tempdir().unwrap());
        packer.write(folder.0.path(), "pack-1");
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn pack(&self, extension: &str) -> PathBuf {
        self.path().join("pack/pack-1").with_extension(extension)
    }

    /// What is read, and all gaps of opening and traversing. Every object that is not visited must
    /// have left a gap.
    fn read(&self) -> (Vec<u8>, Vec<Gap>) {
        let (store, mut gaps) = Store::open(&[self.path().to_owned()]).unwrap();
        let (objects, more) = collect(&store, KindSet::ALL, 3);
        let (alone, same) = collect(&store, KindSet::ALL, 1);
        assert_eq!(objects, alone, "threads make no difference");
        assert_eq!(more, same);
        assert!(store.len() == objects.len() as u64 || !more.is_empty());
        for (id, (kind, content)) in &objects {
            let mut bytes = Vec::new();
            assert_eq!(store.read(id, &mut bytes).unwrap(), Some(*kind));
            assert_eq!(bytes, *content);
        }
        for id in store.ids().filter(|id| !objects.contains_key(id)) {
            assert!(store.read(&id, &mut Vec::new()).is_err(), "{id} is read by name only");
        }
        gaps.extend(more);
        (objects.keys().map(|id| id.0[0]).collect(), gaps)
    }

    /// The objects named are gaps for this reason, all others are read.
    fn loses(&self, names: &[u8], reason: GapReason) {
        let (read, gaps) = self.read();
        let mut lost: Vec<u8> = gaps.iter().map(|gap| gap.object.unwrap().0[0]).collect();
        lost.sort_unstable();
        assert_eq!(lost, names, "{gaps:?}");
        assert!(gaps.iter().any(|gap| gap.reason == reason), "{gaps:?}");
        assert!(gaps.iter().all(|gap| gap.path.is_some()));
        assert!(read.iter().all(|name| !names.contains(name)));
        let (store, _) = Store::open(&[self.path().to_owned()]).unwrap();
        assert_eq!(read.len() as u64, store.len() - names.len() as u64);
    }
}

/// Copies four bytes of a base of four and adds one.
const GOOD_DELTA: &[u8] = &[4, 5, 0x90, 4, 1, b'!'];

fn two_good(packer: &mut Packer) -> u64 {
    let base = packer.blob(1, b"base");
    packer.offset_delta(2, base, GOOD_DELTA);
    base
}

#[test]
fn the_packer_makes_good_packs() {
    let mut packer = Packer::default();
    two_good(&mut packer);
    packer.id_delta(3, 1, GOOD_DELTA);
    let (read, gaps) = Folder::new(&packer).read();
    assert_eq!((read, gaps), (vec![1, 2, 3], vec![]));
}

#[test]
fn a_truncated_pack_is_read_as_far_as_it_goes() {
    let mut packer = Packer::default();
    two_good(&mut packer);
    let start = packer.blob(3, b"this one is cut");
    let folder = Folder::new(&packer);
    let (pack, _) = packer.bytes();
    for end in [start as usize + 1, start as usize + 8, start as usize] {
        std::fs::write(folder.pack("pack"), &pack[..end]).unwrap();
        let (read, gaps) = folder.read();
        assert_eq!(read, [1, 2]);
        assert_eq!(gaps.len(), 2, "one for the pack, one for the object: {gaps:?}");
        assert!(gaps.iter().all(|gap| gap.reason == GapReason::Damaged));
        assert_eq!(gaps[1].object, Some(id(3)));
    }
    // Cut anywhere, it leaves at least a gap and never ends in a panic.
    for end in 0..pack.len() {
        std::fs::write(folder.pack("pack"), &pack[..end]).unwrap();
        assert!(!folder.read().1.is_empty());
    }
}

#[test]
fn a_truncated_index_is_a_gap() {
    let mut packer = Packer::default();
    two_good(&mut packer);
    let folder = Folder::new(&packer);
    let (_, idx) = packer.bytes();
    for end in (0..idx.len()).step_by(13) {
        std::fs::write(folder.pack("idx"), &idx[..end]).unwrap();
        let (read, gaps) = folder.read();
        assert!(read.is_empty());
        assert_eq!(gaps.len(), 1);
        assert_eq!(gaps[0].reason, GapReason::Damaged);
    }
}

#[test]
fn an_index_with_an_unsorted_fanout_is_a_gap() {
    let mut packer = Packer::default();
    two_good(&mut packer);
    let folder = Folder::new(&packer);
    let (_, mut idx) = packer.bytes();
    idx[8 + 50 * 4..][..4].copy_from_slice(&1u32.to_be_bytes());
    std::fs::write(folder.pack("idx"), &idx).unwrap();
    let (read, gaps) = folder.read();
    assert!(read.is_empty());
    assert!(gaps[0].detail.contains("fan-out"), "{gaps:?}");
}

#[test]
fn an_index_without_its_pack_is_a_gap_and_a_pack_without_index_is_read() {
    let mut packer = Packer::default();
    two_good(&mut packer);
    let folder = Folder::new(&packer);
    std::fs::rename(folder.pack("idx"), folder.path().join("pack/pack-2.idx")).unwrap();
    let (store, gaps) = Store::open(&[folder.path().to_owned()]).unwrap();
    let reasons: Vec<_> = gaps.iter().map(|gap| gap.reason).collect();
    assert_eq!(reasons, [GapReason::MissingObject]);
    let (read, gaps) = collect(&store, KindSet::ALL, 2);
    assert_eq!((read.len(), gaps), (2, vec![]));
}

#[test]
fn a_pack_with_a_wrong_header_is_a_gap() {
    let mut packer = Packer::default();
    two_good(&mut packer);
    let folder = Folder::new(&packer);
    for (at, value) in [(0, b'Q'), (7, 9)] {
        let (mut pack, _) = packer.bytes();
        pack[at] = value;
        std::fs::write(folder.pack("pack"), &pack).unwrap();
        let (read, gaps) = folder.read();
        assert!(read.is_empty());
        assert_eq!(gaps.len(), 1);
    }
}

#[test]
fn a_count_or_checksum_that_disagrees_is_a_gap_and_the_rest_is_read() {
    let mut packer = Packer::default();
    two_good(&mut packer);
    let folder = Folder::new(&packer);
    for at in [11, packer.bytes().0.len() - 1] {
        let (mut pack, _) = packer.bytes();
        pack[at] ^= 0x10;
        std::fs::write(folder.pack("pack"), &pack).unwrap();
        let (read, gaps) = folder.read();
        assert_eq!(read, [1, 2]);
        assert_eq!(gaps.len(), 1);
        assert_eq!(gaps[0].reason, GapReason::Damaged);
    }
}

#[test]
fn deltas_that_lie_are_gaps() {
    let lies: [&[u8]; 6] = [
        &[4, 5, 0x90, 5],             // copy beyond the base
        &[4, 1, 0, 0],                // insert of zero
        &[4, 9, 0x90, 4],             // result too short
        &[4, 2, 0x90, 4],             // result too long
        &[5, 4, 0x90, 4],             // another base
        &[4, 0xff, 0xff, 0xff, 0xff], // cut, and a great claim
    ];
    for lie in lies {
        let mut packer = Packer::default();
        let base = two_good(&mut packer);
        let bad = packer.offset_delta(7, base, lie);
        // What stands on it is lost with it.
        packer.offset_delta(8, bad, GOOD_DELTA);
        packer.id_delta(9, 8, GOOD_DELTA);
        Folder::new(&packer).loses(&[7, 8, 9], GapReason::Damaged);
    }
}

#[test]
fn offset_deltas_without_an_entry_at_their_base_are_gaps() {
    let mut packer = Packer::default();
    let base = two_good(&mut packer);
    let own = packer.offset();
    packer.offset_delta(3, own, GOOD_DELTA);
    packer.offset_delta(4, base + 1, GOOD_DELTA);
    packer.offset_delta(5, 3, GOOD_DELTA);
    packer.offset_delta(6, u64::MAX - 90, GOOD_DELTA);
    Folder::new(&packer).loses(&[3, 4, 5, 6], GapReason::Damaged);
}

#[test]
fn cycles_of_deltas_by_name_are_gaps() {
    let mut packer = Packer::default();
    two_good(&mut packer);
    packer.id_delta(3, 4, GOOD_DELTA);
    packer.id_delta(4, 5, GOOD_DELTA);
    packer.id_delta(5, 3, GOOD_DELTA);
    let member = packer.id_delta(6, 6, GOOD_DELTA);
    packer.offset_delta(7, member, GOOD_DELTA);
    Folder::new(&packer).loses(&[3, 4, 5, 6, 7], GapReason::Damaged);
}

#[test]
fn a_cycle_through_two_packs_is_a_gap() {
    let mut one = Packer::default();
    one.id_delta(1, 2, GOOD_DELTA);
    let mut two = Packer::default();
    two.id_delta(2, 1, GOOD_DELTA);
    let folder = Folder::new(&one);
    two.write(folder.path(), "pack-2");
    folder.loses(&[1, 2], GapReason::MissingObject);
}

#[test]
fn a_missing_base_is_a_gap_that_names_it() {
    let mut packer = Packer::default();
    two_good(&mut packer);
    packer.id_delta(3, 0xee, GOOD_DELTA);
    packer.id_delta(4, 3, GOOD_DELTA);
    Folder::new(&packer).loses(&[3, 4], GapReason::MissingObject);
}

#[test]
fn a_base_in_another_pack_or_loose_is_found() {
    let mut thin = Packer::default();
    thin.id_delta(3, 1, GOOD_DELTA);
    let offset = thin.id_delta(4, 5, GOOD_DELTA);
    thin.offset_delta(6, offset, &[5, 1, 0x90, 1]);
    let mut other = Packer::default();
    two_good(&mut other);
    let folder = Folder::new(&thin);
    other.write(folder.path(), "pack-2");
    write_loose(folder.path(), id(5), b"blob 4\0LOSE");
    let (read, gaps) = folder.read();
    assert_eq!((read, gaps), (vec![1, 2, 3, 4, 5, 6], vec![]));
}

#[test]
fn a_huge_size_in_a_header_allocates_nothing() {
    let mut packer = Packer::default();
    let base = two_good(&mut packer);
    packer.entry(3, 3, u64::MAX, b"", b"small");
    packer.entry(4, 3, 1 << 30, b"", b"small");
    packer.entry(5, 3, 6, b"", b"small");
    packer.entry(6, 3, 4, b"", b"small");
    let back = distance(packer.offset() - base);
    packer.entry(7, 6, 1 << 40, &back, GOOD_DELTA);
    packer.entry(8, 0, 5, b"", b"small");
    packer.entry(9, 5, 5, b"", b"small");
    Folder::new(&packer).loses(&[3, 4, 5, 6, 7, 8, 9], GapReason::Damaged);
}

#[test]
fn an_index_that_points_outside_or_twice_at_one_entry_is_a_gap() {
    let mut packer = Packer::default();
    let base = two_good(&mut packer);
    packer.entries.push((id(3), 4));
    packer.entries.push((id(4), 1 << 30));
    packer.entries.push((id(5), base));
    let folder = Folder::new(&packer);
    let (store, gaps) = Store::open(&[folder.path().to_owned()]).unwrap();
    assert_eq!(gaps, []);
    let (objects, gaps) = collect(&store, KindSet::ALL, 2);
    assert_eq!(objects.keys().map(|id| id.0[0]).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(gaps.len(), 3, "{gaps:?}");
}

#[test]
fn another_copy_stands_in_for_a_damaged_one() {
    let mut bad = Packer::default();
    let base = bad.entry(1, 3, 5, b"", b"base");
    bad.offset_delta(2, base, GOOD_DELTA);
    let broken = bad.entry(3, 0, 5, b"", b"");
    bad.offset_delta(4, broken, GOOD_DELTA);
    bad.blob(5, b"good");
    let mut good = Packer::default();
    good.blob(1, b"base");
    let folder = Folder::new(&bad);
    good.write(folder.path(), "pack-2");
    write_loose(folder.path(), id(3), b"blob 4\0LOSE");
    let (store, _) = Store::open(&[folder.path().to_owned()]).unwrap();
    let (objects, gaps) = collect(&store, KindSet::ALL, 2);
    assert_eq!(gaps, []);
    let content = |name| objects[&id(name)].1.as_slice();
    assert_eq!(
        [content(1), content(2), content(3), content(4), content(5)],
        [&b"base"[..], b"base!", b"LOSE", b"LOSE!", b"good"]
    );
}

#[test]
fn many_damaged_objects_leave_a_hundred_gaps_and_a_count() {
    let mut packer = Packer::default();
    for name in 0..=255 {
        packer.entry(name, 3, 9, b"", b"small");
    }
    let (read, gaps) = Folder::new(&packer).read();
    assert!(read.is_empty());
    assert_eq!(gaps.len(), 101);
    assert!(gaps.iter().any(|gap| gap.detail.contains("156 more")));
}

#[test]
fn loose_objects_that_lie_are_gaps() {
    let folder = Folder(tempfile::tempdir().unwrap());
    write_loose(folder.path(), id(1), b"blob 5\0hello");
    write_loose(folder.path(), id(2), b"blob 6\0hello");
    write_loose(folder.path(), id(3), b"blob 4\0hello");
    write_loose(folder.path(), id(4), b"blob 99999999999999999999\0hello");
    write_loose(folder.path(), id(5), b"blub 5\0hello");
    write_loose(folder.path(), id(6), b"");
    std::fs::write(write_loose(folder.path(), id(7), b""), b"not zlib").unwrap();
    std::fs::write(write_loose(folder.path(), id(8), b""), b"").unwrap();
    folder.loses(&[2, 3, 4, 5, 6, 7, 8], GapReason::Damaged);
}

#[test]
#[cfg(unix)]
fn fifos_and_links_in_the_way_are_gaps_and_block_nothing() {
    let mut packer = Packer::default();
    two_good(&mut packer);
    let folder = Folder::new(&packer);
    let mkfifo = |path: &Path| {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let pack_dir = folder.path().join("pack");
    mkfifo(&pack_dir.join("pack-2.idx"));
    std::fs::copy(folder.pack("idx"), pack_dir.join("pack-3.idx")).unwrap();
    mkfifo(&pack_dir.join("pack-3.pack"));
    std::fs::copy(folder.pack("idx"), pack_dir.join("pack-4.idx")).unwrap();
    std::os::unix::fs::symlink(folder.pack("pack"), pack_dir.join("pack-4.pack")).unwrap();
    let fifo = write_loose(folder.path(), id(0x77), b"");
    std::fs::remove_file(&fifo).unwrap();
    mkfifo(&fifo);
    let (read, gaps) = folder.read();
    assert_eq!(read, [1, 2]);
    assert_eq!(gaps.len(), 4, "{gaps:?}");
    assert!(gaps.iter().all(|gap| gap.reason == GapReason::NotAFile), "{gaps:?}");
}

#[test]
#[cfg(unix)]
fn linked_folders_of_objects_are_gaps() {
    let mut packer = Packer::default();
    two_good(&mut packer);
    let real = Folder::new(&packer);
    write_loose(real.path(), id(0x99), b"blob 0\0");
    let folder = Folder(tempfile::tempdir().unwrap());
    for name in ["pack", "99"] {
        std::os::unix::fs::symlink(real.path().join(name), folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("ab"), b"").unwrap();
    let (read, gaps) = folder.read();
    assert!(read.is_empty());
    let mut reasons: Vec<_> = gaps.iter().map(|gap| gap.reason).collect();
    reasons.sort();
    assert_eq!(
        reasons,
        [GapReason::NotAFile, GapReason::OutsideRepository, GapReason::OutsideRepository]
    );
}

#[test]
fn a_chain_of_100000_deltas_needs_no_deep_stack() {
    let mut packer = Packer::default();
    let mut base = packer.blob(1, b"base");
    let mut offsets = vec![base];
    packer.entries.clear();
    for _ in 0..100_000 {
        base = packer.offset_delta(0, base, &[4, 4, 0x90, 4]);
        offsets.push(base);
    }
    packer.entries = (0u32..)
        .zip(offsets)
        .map(|(number, offset)| {
            let mut id = [0; 20];
            id[..4].copy_from_slice(&number.to_be_bytes());
            (ObjectId(id), offset)
        })
        .collect();
    let folder = Folder::new(&packer);
    let (store, gaps) = Store::open(&[folder.path().to_owned()]).unwrap();
    assert_eq!(gaps, []);
    let (objects, gaps) = collect(&store, KindSet::ALL, 4);
    assert_eq!(gaps, []);
    assert_eq!(objects.len(), 100_001);
    let mut bytes = Vec::new();
    let last = objects.keys().next_back().unwrap();
    assert_eq!(store.read(last, &mut bytes).unwrap(), Some(ObjectKind::Blob));
    assert_eq!(bytes, b"base");
}

#[test]
fn great_bases_are_let_go_and_decoded_again() {
    // A full binary tree of great objects, each one byte longer than its base.
    let great: u32 = 1 << 20;
    let mut packer = Packer::default();
    let mut nodes = vec![(packer.blob(0, &vec![b'a'; great as usize]), great)];
    for name in 1..=62u8 {
        let (base, size) = nodes[usize::from(name - 1) / 2];
        let mut delta = Vec::new();
        for size in [size, size + 1] {
            delta.extend([size as u8 | 0x80, (size >> 7) as u8 | 0x80, (size >> 14) as u8]);
        }
        let length = size.to_le_bytes();
        delta.extend([0xf0, length[0], length[1], length[2], 1, name]);
        nodes.push((packer.offset_delta(name, base, &delta), size + 1));
    }
    let folder = Folder::new(&packer);
    let (store, _) = Store::open(&[folder.path().to_owned()]).unwrap();
    let (expected, gaps) = collect(&store, KindSet::ALL, 1);
    assert_eq!((expected.len(), gaps), (63, vec![]));
    for (threads, budget) in [(1, 0), (1, 3 << 20), (4, 0)] {
        let (objects, gaps) = collect_within(&store, KindSet::ALL, threads, budget);
        assert_eq!(gaps, []);
        assert!(objects == expected);
    }
    let content = &expected[&id(62)].1;
    assert_eq!(content.len(), 5 + great as usize);
    assert_eq!(content[great as usize..], [2, 6, 14, 30, 62]);
}

/// A pack of 5 GiB, nearly all of it a hole: entries on both sides of 2 and 4 GiB, and deltas whose
/// base lies as far back.
#[test]
fn a_pack_of_more_than_4_gib_is_read_on_both_sides() {
    use std::os::unix::fs::FileExt as _;

    const PLACES: [u64; 3] = [12, (2 << 30) + 5, (5 << 30) - 3];
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("pack");
    std::fs::create_dir_all(&dir).unwrap();
    let pack = std::fs::File::create(dir.join("pack-1.pack")).unwrap();
    let mut entries = Vec::new();
    for (at, place) in (0..).zip(PLACES) {
        let mut packer = Packer::default();
        packer.blob(at * 3 + 1, b"base");
        packer.offset_delta(at * 3 + 2, 12, GOOD_DELTA);
        let far = distance(packer.offset() - 12 + place - 12);
        packer.entry(at * 3 + 3, 6, GOOD_DELTA.len() as u64, &far, GOOD_DELTA);
        pack.write_all_at(&packer.body, place).unwrap();
        entries.extend(packer.entries.iter().map(|(id, offset)| (*id, offset - 12 + place)));
    }
    pack.write_all_at(b"PACK\0\0\0\x02\0\0\0\x09", 0).unwrap();
    pack.set_len(PLACES[2] + 1000).unwrap();
    std::fs::write(dir.join("pack-1.idx"), crate::pack::encode::encode(&entries)).unwrap();
    let folder = Folder(folder);
    let (read, gaps) = folder.read();
    assert_eq!((read, gaps), ((1..=9).collect(), vec![]));
    // An offset cut to 32 bits leads into the hole.
    entries[8].1 &= u64::from(u32::MAX);
    std::fs::write(folder.pack("idx"), crate::pack::encode::encode(&entries)).unwrap();
    folder.loses(&[9], GapReason::Damaged);
}
