//! Walks real folders, built in temporary places.

mod hostile;
mod ignoring;
mod patterns;
mod reading;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::Mutex,
};

use bstr::{BStr, BString};

use super::*;
use crate::model::Gap;

/// Keeps all it is told, by the path as shown.
#[derive(Default)]
struct Kept {
    files: Mutex<BTreeMap<BString, Vec<u8>>>,
    links: Mutex<BTreeMap<BString, BString>>,
    names: Mutex<BTreeSet<BString>>,
    named: Mutex<BTreeSet<(usize, BString)>>,
    gaps: Mutex<Vec<Gap>>,
    windows: Mutex<u64>,
    finished: Mutex<usize>,
}

impl Sink for Kept {
    type Local = usize;

    fn local(&self) -> usize {
        0
    }

    fn file(&self, local: &mut usize, path: TreePath<'_>, content: Content<'_>) {
        *local += 1;
        let bytes = match content {
            Content::Whole(bytes) => bytes.to_vec(),
            Content::Windows(windows) => {
                let mut last = Vec::new();
                while let Some(window) = windows.next() {
                    *self.windows.lock().unwrap() += 1;
                    last = window.bytes[window.home].to_vec();
                }
                last
            }
        };
        let before = self.files.lock().unwrap().insert(path.shown.to_owned(), bytes);
        assert_eq!(before, None, "{:?} was given twice", path.shown);
    }

    fn symlink(&self, _: &mut usize, path: TreePath<'_>, target: &BStr) {
        self.links.lock().unwrap().insert(path.shown.to_owned(), target.to_owned());
    }

    fn name(&self, _: &mut usize, path: TreePath<'_>) {
        self.names.lock().unwrap().insert(path.relative.to_owned());
        assert!(self.named.lock().unwrap().insert((path.root, path.relative.to_owned())));
    }

    fn gap(&self, gap: Gap) {
        self.gaps.lock().unwrap().push(gap);
    }

    fn finish(&self, local: usize) {
        *self.finished.lock().unwrap() += local;
    }
}

impl Kept {
    /// The files' paths below `folder`.
    fn paths(&self, folder: &Path) -> Vec<String> {
        let prefix = format!("{}/", folder.display());
        let files = self.files.lock().unwrap();
        files.keys().map(|path| path.to_string().replacen(&prefix, "", 1)).collect()
    }

    fn gaps(&self) -> Vec<Gap> {
        let mut gaps = self.gaps.lock().unwrap().clone();
        gaps.sort();
        gaps
    }
}

/// Tracked paths of a repository whose root is the walk's root.
struct Listed(&'static [&'static str]);

impl Tracked for Listed {
    fn contains(&self, _: usize, relative: &BStr) -> bool {
        self.0.iter().any(|path| path.as_bytes() == relative)
    }

    fn any_below(&self, _: usize, relative: &BStr) -> bool {
        self.0.iter().any(|path| path.starts_with(&format!("{relative}/")))
    }
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A folder with these empty files.
fn folder_of(paths: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for path in paths {
        write(folder.path(), path, "");
    }
    folder
}

fn walked(path: &Path, tracked: &dyn Tracked, options: &Options) -> (Kept, Counts) {
    let kept = Kept::default();
    let counts = walk(&[Root::new(path).unwrap()], tracked, options, &kept);
    assert_eq!(counts.files as usize, kept.files.lock().unwrap().len());
    assert_eq!(counts.files as usize, *kept.finished.lock().unwrap());
    (kept, counts)
}

/// Walks with the defaults, nothing tracked.
fn plain(path: &Path) -> (Kept, Counts) {
    walked(path, &NothingTracked, &Options { threads: 3, ..Options::default() })
}
