//! What is handed over, and under which name.

use std::{
    ffi::OsStr,
    io::{Seek, SeekFrom, Write},
    os::unix::{ffi::OsStrExt, fs::symlink},
    sync::atomic::AtomicUsize,
};

use super::*;

#[test]
fn paths_are_shown_as_the_user_named_the_root() {
    // Its own folder is not changed by a test, so a relative root is one of this project's.
    let kept = Kept::default();
    let roots = ["./src/walk/tests", "src/lib.rs"].map(|path| Root::new(path).unwrap());
    walk(&roots, &NothingTracked, &Options::default(), &kept);
    let files = kept.files.lock().unwrap();
    assert!(files.contains_key(BStr::new("src/walk/tests/reading.rs")), "{:?}", files.keys());
    assert!(files.contains_key(BStr::new("src/lib.rs")));
    let names = kept.names.lock().unwrap();
    assert!(names.contains(BStr::new("reading.rs")) && names.contains(BStr::new("")));
}

#[test]
fn a_leading_dot_is_not_shown() {
    for (path, expected) in [
        ("./a/b", "a/b"),
        (".//a", "a"),
        ("././a", "a"),
        ("./", "./"),
        ("../a", "../a"),
        ("/", "/"),
    ] {
        assert_eq!(root::shown(path.as_bytes()), expected);
    }
}

#[test]
fn links_are_not_followed_and_their_text_is_given() {
    let folder = folder_of(&["a/file"]);
    symlink("..", folder.path().join("a/loop")).unwrap();
    symlink("a", folder.path().join("b")).unwrap();
    symlink("no/such place", folder.path().join("dead")).unwrap();
    let (kept, _) = plain(folder.path());
    assert_eq!(kept.paths(folder.path()), ["a/file"]);
    let links = kept.links.lock().unwrap();
    let texts: Vec<String> = links.values().map(ToString::to_string).collect();
    assert_eq!(texts, ["..", "a", "no/such place"]);
    assert!(kept.gaps().is_empty());
}

#[test]
fn a_link_that_the_user_names_is_followed() {
    let folder = folder_of(&["real/.gitignore", "real/sub/file", "lone"]);
    write(folder.path(), "real/.gitignore", "nothing\n");
    symlink("real", folder.path().join("link")).unwrap();
    symlink("lone", folder.path().join("link-to-file")).unwrap();
    symlink("nowhere", folder.path().join("dead")).unwrap();
    let roots =
        ["link", "link-to-file", "dead"].map(|name| Root::new(folder.path().join(name)).unwrap());
    let kept = Kept::default();
    walk(&roots, &NothingTracked, &Options::default(), &kept);
    assert_eq!(kept.paths(folder.path()), ["link-to-file", "link/.gitignore", "link/sub/file"]);
    assert_eq!(kept.links.lock().unwrap().len(), 3);
    assert!(kept.gaps().is_empty());
}

#[test]
fn names_are_raw_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let name = b"caf\xe9\n\x1b[31m";
    fs::write(folder.path().join(OsStr::from_bytes(name)), "x").unwrap();
    write(folder.path(), ".gitignore", "x\n");
    let (kept, _) = plain(folder.path());
    assert!(kept.names.lock().unwrap().contains(BStr::new(name)));
}

#[test]
fn a_long_sparse_file_comes_in_windows() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = fs::File::create(folder.path().join("long")).unwrap();
    file.seek(SeekFrom::Start(200 << 20)).unwrap();
    file.write_all(b"the end").unwrap();
    let (kept, counts) = plain(folder.path());
    let files = kept.files.lock().unwrap();
    assert!(files.values().next().unwrap().ends_with(b"the end"));
    assert_eq!(counts.bytes, (200 << 20) + 7);
    let windows = *kept.windows.lock().unwrap();
    assert!((13..=14).contains(&windows), "{windows} windows");
}

#[test]
fn thousands_of_named_files_share_threads() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..2000).map(|n| format!("f{n}")).collect();
    let roots: Vec<Root> = names
        .iter()
        .map(|name| {
            write(folder.path(), name, name);
            Root::new(folder.path().join(name)).unwrap()
        })
        .collect();
    struct Once(Mutex<Vec<usize>>, AtomicUsize);
    impl Sink for Once {
        type Local = ();
        fn local(&self) {
            self.1.fetch_add(1, Ordering::Relaxed);
        }
        fn file(&self, (): &mut (), path: TreePath<'_>, content: Content<'_>) {
            let Content::Whole(bytes) = content else { panic!("a short file in windows") };
            assert!(path.shown.ends_with(bytes));
            self.0.lock().unwrap().push(path.root);
        }
        fn gap(&self, gap: Gap) {
            panic!("{gap:?}");
        }
    }
    let sink = Once(Mutex::default(), AtomicUsize::new(0));
    let options = Options { threads: 4, ..Options::default() };
    assert_eq!(walk(&roots, &NothingTracked, &options, &sink).files, 2000);
    let mut seen = sink.0.into_inner().unwrap();
    seen.sort_unstable();
    assert_eq!(seen, (0..2000).collect::<Vec<_>>());
    assert!(sink.1.into_inner() <= 4);
}

#[test]
fn a_sink_that_says_stop_ends_the_walk() {
    struct Impatient(AtomicUsize);
    impl Sink for Impatient {
        type Local = ();
        fn local(&self) {}
        fn file(&self, (): &mut (), _: TreePath<'_>, _: Content<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        fn gap(&self, _: Gap) {}
        fn stop(&self) -> bool {
            self.0.load(Ordering::Relaxed) >= 3
        }
    }
    let paths: Vec<String> = (0..100).map(|n| format!("{n}/f")).collect();
    let folder = folder_of(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let sink = Impatient(AtomicUsize::new(0));
    let root = Root::new(folder.path()).unwrap();
    let options = Options { threads: 2, ..Options::default() };
    let counts = walk(&[root], &NothingTracked, &options, &sink);
    assert!((3..=4).contains(&counts.files), "{counts:?}");
}

#[test]
fn a_panic_of_the_sink_reaches_the_caller_instead_of_a_hang() {
    struct Panics;
    impl Sink for Panics {
        type Local = ();
        fn local(&self) {}
        fn file(&self, (): &mut (), _: TreePath<'_>, _: Content<'_>) {
            panic!("as the test wants it");
        }
        fn gap(&self, _: Gap) {}
    }
    let folder = folder_of(&["a", "b/c", "d/e/f"]);
    for path in [folder.path().to_owned(), folder.path().join("a")] {
        let root = Root::new(path).unwrap();
        let outcome = std::panic::catch_unwind(|| {
            walk(&[root], &NothingTracked, &Options::default(), &Panics)
        });
        assert!(outcome.is_err());
    }
}
