//! Which paths `.gitignore` files match, folder by folder, while the walk goes down.
//!
//! Reading and stacking are ours, because a tree is not to be trusted and its walk has to count: a
//! `.gitignore` that is a link, a FIFO or absurdly long is not obeyed (so its files are read, the
//! safe side), and what lies in an ignored folder is still seen, since some of it may be tracked.
//!
//! As git has it: the deepest `.gitignore` that says anything about a path wins, in it the last
//! line, and below an ignored folder nothing can be taken back.

use std::{
    collections::HashMap,
    io::Read,
    path::Path,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    open::{Links, Opened, open},
    pattern::{Pattern, Steps, TooManySteps},
};

/// The longest `.gitignore` that is obeyed, in bytes; the longest in use are a fifth of this.
const LONGEST: u64 = 128 << 10;
/// How many bytes of all `.gitignore` files of one walk are obeyed, since their patterns are kept in
/// memory. The Linux kernel's 450 files take a hundredth of it.
const LONGEST_TOGETHER: u64 = 4 << 20;

/// What is known of the folders visited so far; shared by all threads of one walk.
#[derive(Debug)]
pub(super) struct Ignores {
    /// Only folders that say something new, by their path below the root: those with a
    /// `.gitignore` and the topmost ignored ones. All others are as the nearest of these above.
    folders: RwLock<HashMap<Vec<u8>, Arc<Folder>>>,
    /// What holds where nothing was said.
    silent: Arc<Folder>,
    /// How many bytes of `.gitignore` files have been obeyed.
    obeyed: AtomicU64,
}

/// What holds inside one folder.
#[derive(Debug)]
pub(super) enum Folder {
    /// Its entries are judged by patterns, deepest file first.
    Judged(Option<Patterns>),
    /// It is ignored with all below it, but for tracked files if it may have any.
    Ignored { tracked: bool },
}

/// The patterns of one `.gitignore` and of those above it.
#[derive(Debug)]
pub(super) struct Patterns {
    lines: Vec<Pattern>,
    /// How many bytes of a path below the root lead to this folder, the `/` included.
    prefix: usize,
    above: Arc<Folder>,
}

impl Ignores {
    pub(super) fn new() -> Self {
        Ignores {
            folders: RwLock::new(HashMap::new()),
            silent: Arc::new(Folder::Judged(None)),
            obeyed: AtomicU64::new(0),
        }
    }

    /// What holds inside `folder`, a path below the root (empty for the root itself).
    pub(super) fn inside(&self, mut folder: &[u8]) -> Arc<Folder> {
        let folders = self.folders.read().unwrap_or_else(PoisonError::into_inner);
        if !folders.is_empty() {
            loop {
                if let Some(known) = folders.get(folder) {
                    return Arc::clone(known);
                }
                if folder.is_empty() {
                    break;
                }
                folder = parent(folder);
            }
        }
        Arc::clone(&self.silent)
    }

    /// A folder that is not ignored is entered: `folder` below the root, on the disk at `path`.
    pub(super) fn enter(&self, folder: &[u8], path: &Path) {
        if let Some(text) = read_gitignore(path)
            && self.obeyed.fetch_add(text.len() as u64, Ordering::Relaxed) < LONGEST_TOGETHER
        {
            let lines = lines(&text);
            let prefix = if folder.is_empty() { 0 } else { folder.len() + 1 };
            let above = self.inside(folder);
            self.insert(folder, Folder::Judged(Some(Patterns { lines, prefix, above })));
        }
    }

    /// An ignored folder is entered; `tracked` says whether tracked files may lie below it.
    pub(super) fn enter_ignored(&self, folder: &[u8], tracked: bool) {
        self.insert(folder, Folder::Ignored { tracked });
    }

    fn insert(&self, folder: &[u8], known: Folder) {
        self.folders
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(folder.to_vec(), Arc::new(known));
    }
}

impl Folder {
    /// Whether the entry at `relative`, a path below the root, is ignored in this folder. No, if
    /// finding out takes too long.
    pub(super) fn ignores(&self, relative: &[u8], is_folder: bool) -> bool {
        let mut folder = self;
        let mut steps = Steps::for_one_path();
        while let Folder::Judged(Some(patterns)) = folder {
            let path = relative.get(patterns.prefix..).unwrap_or_default();
            for line in patterns.lines.iter().rev() {
                match line.matches(path, is_folder, &mut steps) {
                    Ok(true) => return !line.takes_back,
                    Ok(false) => {}
                    Err(TooManySteps) => return false,
                }
            }
            folder = &patterns.above;
        }
        matches!(folder, Folder::Ignored { .. })
    }

    /// Whether it is ignored and holds nothing tracked.
    pub(super) fn is_dead(&self) -> bool {
        matches!(self, Folder::Ignored { tracked: false })
    }

    /// Whether it is ignored.
    pub(super) fn is_ignored(&self) -> bool {
        matches!(self, Folder::Ignored { .. })
    }
}

/// The folder a path below the root stands in; empty for the root.
pub(super) fn parent(relative: &[u8]) -> &[u8] {
    relative.iter().rposition(|&byte| byte == b'/').map_or(&[], |slash| &relative[..slash])
}

/// The text of a folder's own `.gitignore`, if it has one that can be obeyed.
fn read_gitignore(folder: &Path) -> Option<Vec<u8>> {
    let Ok(Opened::File(file, size)) = open(&folder.join(".gitignore"), Links::Refuse) else {
        return None;
    };
    let mut text = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut text).ok()?;
    (size <= LONGEST && text.len() as u64 <= LONGEST).then_some(text)
}

/// The patterns of a `.gitignore`, in order.
pub(super) fn lines(text: &[u8]) -> Vec<Pattern> {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    text.split(|&byte| byte == b'\n').filter_map(Pattern::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(root: &str, nested: &str) -> (tempfile::TempDir, Ignores) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        std::fs::write(folder.path().join(".gitignore"), root).unwrap();
        std::fs::write(folder.path().join("a/.gitignore"), nested).unwrap();
        let ignores = Ignores::new();
        for name in ["", "a", "a/b"] {
            ignores.enter(name.as_bytes(), &folder.path().join(name));
        }
        (folder, ignores)
    }

    fn ignored(ignores: &Ignores, path: &str) -> bool {
        ignores.inside(parent(path.as_bytes())).ignores(path.as_bytes(), false)
    }

    #[test]
    fn the_deepest_file_that_speaks_wins_and_in_it_the_last_line() {
        let (_folder, ignores) = with("*.log\n!keep.log\n/only-here\r\n", "keep.log\n!*.tmp.log\n");
        for (path, expected) in [
            ("x.log", true),
            ("keep.log", false),
            ("only-here", true),
            ("a/only-here", false),
            ("a/keep.log", true),
            ("a/x.log", true),
            ("a/b/x.tmp.log", false),
            ("b/x.tmp.log", true),
        ] {
            assert_eq!(ignored(&ignores, path), expected, "{path}");
        }
    }

    #[test]
    fn below_an_ignored_folder_nothing_is_taken_back() {
        let (_folder, ignores) = with("", "");
        ignores.enter_ignored(b"a/b", false);
        assert!(ignored(&ignores, "a/b/c") && ignores.inside(b"a/b/c/d").is_dead());
        assert!(!ignored(&ignores, "a/bc"));
    }

    #[test]
    fn one_bad_line_does_not_spoil_the_others() {
        let (_folder, ignores) = with("[\n{{{\n\\\nx\n[[:no:]]", "");
        assert!(ignored(&ignores, "x"));
    }

    #[test]
    fn an_entry_that_takes_too_long_to_judge_is_read() {
        let hostile = format!("*\n{}", format!("{}z\n", "*a".repeat(30)).repeat(1000));
        let (_folder, ignores) = with(&hostile, "");
        assert!(!ignored(&ignores, &"a".repeat(250)));
        assert!(ignored(&ignores, "b"));
    }

    #[test]
    fn a_walk_obeys_only_so_much() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".gitignore"), "*\n".repeat(1000)).unwrap();
        let ignores = Ignores::new();
        ignores.obeyed.store(LONGEST_TOGETHER, Ordering::Relaxed);
        ignores.enter(b"", folder.path());
        assert!(!ignored(&ignores, "a"));
    }

    #[test]
    fn a_link_or_an_endless_file_is_not_obeyed() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join(".gitignore");
        std::fs::write(folder.path().join("patterns"), "*\n").unwrap();
        std::os::unix::fs::symlink("patterns", &link).unwrap();
        assert!(read_gitignore(folder.path()).is_none());
        std::fs::remove_file(&link).unwrap();
        std::fs::write(&link, "*\n".repeat(LONGEST as usize)).unwrap();
        assert!(read_gitignore(folder.path()).is_none());
        std::fs::write(&link, "*\n").unwrap();
        assert!(read_gitignore(folder.path()).is_some());
    }
}
