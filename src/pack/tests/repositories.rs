//! Repositories as git makes them, compared object by object with what git itself reads.

use super::*;

/// A history with deep chains, several kinds of object and a tag.
fn history(commits: usize) -> Repo {
    let repo = Repo::new();
    // One stream instead of thousands of processes.
    let mut stream = Vec::new();
    for number in 0..commits {
        let person = format!("A <a@example.com> {} +0000", 1_700_000_000 + number);
        stream.extend(
            format!("commit refs/heads/main\nauthor {person}\ncommitter {person}\n").bytes(),
        );
        stream.extend(format!("data 8\nv{number:<6}\n").bytes());
        for name in ["deep/er/file.txt", "other.txt"] {
            let content = version(if name == "other.txt" { number / 3 } else { number });
            stream.extend(format!("M 100644 inline {name}\ndata {}\n", content.len()).bytes());
            stream.extend(content);
            stream.push(b'\n');
        }
    }
    stream
        .extend(b"tag v1\nfrom refs/heads/main\ntagger A <a@example.com> 1 +0000\ndata 4\ntag\n\n");
    repo.git_with(&["fast-import", "--quiet"], &stream);
    repo
}

#[test]
fn deep_delta_chains() {
    let repo = history(400);
    repo.git(&["-c", "pack.threads=1", "repack", "-adfq", "--depth=250", "--window=250"]);
    let listed = repo.git(&["verify-pack", "-s", repo.only("idx").to_str().unwrap()]);
    let deepest = String::from_utf8(listed).unwrap().matches("chain length").count();
    assert!(deepest > 100, "the chains are really deep: {deepest}");
    repo.check();
}

#[test]
fn index_of_version_1() {
    let repo = history(20);
    repo.git(&["-c", "pack.indexVersion=1", "repack", "-adfq"]);
    assert_ne!(std::fs::read(repo.only("idx")).unwrap()[..4], *b"\xfftOc");
    repo.check();
}

#[test]
fn offsets_of_64_bits() {
    let repo = history(20);
    repo.git(&["repack", "-adfq"]);
    let (pack, idx) = (repo.only("pack"), repo.only("idx"));
    let before = std::fs::metadata(&idx).unwrap().len();
    std::fs::remove_file(&idx).unwrap();
    repo.git(&["index-pack", "--index-version=2,0x10", pack.to_str().unwrap()]);
    assert!(std::fs::metadata(&idx).unwrap().len() > before, "it has a table of 64-bit offsets");
    repo.check();
}

#[test]
fn deltas_by_name() {
    let repo = history(50);
    repo.git(&["repack", "-adfq"]);
    let old = repo.only("pack");
    let ids: String = repo.expected().keys().map(|id| format!("{id}\n")).collect();
    // Without --delta-base-offset, deltas name their bases.
    let base = repo.pack_dir().join("pack");
    repo.git_with(
        &["pack-objects", "-q", "--no-reuse-delta", base.to_str().unwrap()],
        ids.as_bytes(),
    );
    for extension in ["pack", "idx", "rev"] {
        let _ = std::fs::remove_file(old.with_extension(extension));
    }
    let (store, _) = Store::open(&[repo.objects()]).unwrap();
    assert_eq!(store.packs.len(), 1);
    repo.check();
}

#[test]
fn several_packs_that_share_objects() {
    let repo = history(30);
    repo.git(&["repack", "-adfq"]);
    let keep = repo.only("pack").with_extension("keep");
    std::fs::write(keep, b"").unwrap();
    // All objects again in a second pack with other deltas, and half of them in a third.
    let expected = repo.expected();
    let base = repo.pack_dir().join("pack");
    let base = base.to_str().unwrap();
    let all: String = expected.keys().map(|id| format!("{id}\n")).collect();
    let half: String = expected.keys().step_by(2).map(|id| format!("{id}\n")).collect();
    repo.git_with(&["pack-objects", "-q", "--window=0", base], all.as_bytes());
    repo.git_with(&["pack-objects", "-q", "--no-reuse-delta", "--window=3", base], half.as_bytes());
    repo.git(&["multi-pack-index", "write"]);
    assert!(repo.with_extension("pack").len() >= 2);
    repo.check();
}

#[test]
fn loose_and_packed_and_both() {
    let repo = Repo::new();
    for number in 0..5 {
        repo.commit("file.txt", &version(number));
    }
    repo.check();
    // Packed, with the loose files left where they are.
    repo.git(&["repack", "-q"]);
    assert!(
        repo.objects()
            .join(
                repo.git(&["rev-parse", "HEAD"])[..2]
                    .iter()
                    .map(|b| *b as char)
                    .collect::<String>()
            )
            .exists()
    );
    repo.check();
    repo.commit("new.txt", b"");
    repo.git(&["tag", "-a", "-m", "message", "v1"]);
    repo.commit("great.bin", &vec![7; 3_000_000]);
    repo.check();
}

#[test]
fn an_empty_repository() {
    Repo::new().check();
}

#[test]
fn two_object_folders_hold_one_set() {
    let (one, two) = (history(10), history(12));
    two.git(&["repack", "-adfq"]);
    let mut expected = one.expected();
    expected.extend(two.expected());
    let (store, gaps) = Store::open(&[one.objects(), two.objects(), one.objects()]).unwrap();
    assert_eq!(gaps, []);
    assert_eq!(store.len(), expected.len() as u64);
    assert!(collect(&store, KindSet::ALL, 3).0 == expected);
}

#[test]
fn a_traversal_can_be_stopped() {
    struct Stop(std::sync::atomic::AtomicU64);
    impl Visitor for Stop {
        type Local = ();
        type Memory = ();
        fn local(&self) {}
        fn visit(&self, _: &mut (), _: Object<'_>) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        fn stop(&self) -> bool {
            self.0.load(std::sync::atomic::Ordering::Relaxed) >= 10
        }
    }
    let repo = history(30);
    let (store, _) = Store::open(&[repo.objects()]).unwrap();
    let stop = Stop(0.into());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    assert_eq!(pool.install(|| store.traverse(KindSet::ALL, &stop)), []);
    let seen = stop.0.into_inner();
    assert!((10..20).contains(&seen), "{seen}");
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let missing = PathBuf::from("/nonexistent/objects");
    let error = Store::open(&[missing]).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/objects"));
    assert!(Store::open(&[]).is_err());
}
