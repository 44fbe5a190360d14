//! Which paths `.gitignore` files match, folder by folder, while the walk goes down.
//!
//! The patterns are the `ignore` crate's; the reading and the stacking are ours, because a tree is
//! not to be trusted and its walk has to count: a `.gitignore` that is a link, a FIFO or absurdly
//! long is not obeyed (so its files are read, the safe side), patterns made to exhaust the matcher
//! never reach it, and what lies in an ignored folder is still seen, since some of it may be tracked.
//!
//! As git has it: the deepest `.gitignore` that says anything about a path wins, in it the last
//! line, and below an ignored folder nothing can be taken back.

use std::{
    borrow::Cow,
    collections::HashMap,
    ffi::OsStr,
    io::Read,
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder},
};

use super::open::{Links, Opened, open};

/// The longest `.gitignore` that is obeyed, in bytes. Building a matcher takes time and memory in
/// proportion, up to 600 times its text; the longest in use are a fifth of this.
const LONGEST: u64 = 128 << 10;
/// How many bytes of all `.gitignore` files of one walk are obeyed. The Linux kernel's 450 files
/// take a thirtieth of it.
const LONGEST_TOGETHER: u64 = 1 << 20;
/// The longest pattern, in bytes: no path that could match a longer one can be opened.
const LONGEST_PATTERN: usize = 4096;

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
    matcher: Gitignore,
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
            && let Some(matcher) = compile(&text)
        {
            let prefix = if folder.is_empty() { 0 } else { folder.len() + 1 };
            let above = self.inside(folder);
            self.insert(folder, Folder::Judged(Some(Patterns { matcher, prefix, above })));
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
    /// Whether the entry at `relative`, a path below the root, is ignored in this folder.
    pub(super) fn ignores(&self, relative: &[u8], is_folder: bool) -> bool {
        let mut folder = self;
        while let Folder::Judged(Some(patterns)) = folder {
            let path =
                Path::new(OsStr::from_bytes(relative.get(patterns.prefix..).unwrap_or_default()));
            match patterns.matcher.matched(path, is_folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => folder = &patterns.above,
            }
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

/// The patterns of a `.gitignore`; `None` if there are none.
fn compile(text: &[u8]) -> Option<Gitignore> {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    // The builder's root is empty, since paths are given to it below the folder already.
    let mut builder = GitignoreBuilder::new("");
    for line in text.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // A line that is no UTF-8 or no pattern ignores nothing; the other lines hold.
        if line.len() <= LONGEST_PATTERN
            && let Ok(line) = std::str::from_utf8(line)
        {
            let _ = builder.add_line(None, &escape_braces(line));
        }
    }
    builder.build().ok().filter(|matcher| !matcher.is_empty())
}

/// Makes braces plain characters, as they are to git. To the matcher `{a,b}` is a choice, and one
/// choice inside another, a few thousand deep, would overflow its stack.
fn escape_braces(line: &str) -> Cow<'_, str> {
    if !line.contains(['{', '}']) {
        return Cow::Borrowed(line);
    }
    let mut escaped = String::with_capacity(line.len() + 8);
    let mut after_backslash = false;
    for character in line.chars() {
        if matches!(character, '{' | '}') && !after_backslash {
            escaped.push('\\');
        }
        after_backslash = character == '\\' && !after_backslash;
        escaped.push(character);
    }
    Cow::Owned(escaped)
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
        let (_folder, ignores) = with("[\n{{{\n\\\nx\n**", "");
        assert!(ignored(&ignores, "x"));
    }

    #[test]
    fn braces_are_plain_and_nest_without_harm() {
        let nested = format!("{}{}", "{a,".repeat(20_000), "}".repeat(20_000));
        let (_folder, ignores) = with(&format!("{nested}\n{{a,b}}\n\\{{c}}\n*.o"), "{,{,{,{\n");
        for (path, expected) in
            [("a", false), ("{a,b}", true), ("{c}", true), ("x.o", true), ("a/{,{,{,{", true)]
        {
            assert_eq!(ignored(&ignores, path), expected, "{path}");
        }
        let shorter = format!("{}x{}", "{a,".repeat(1000), "}".repeat(1000));
        assert!(compile(shorter.as_bytes()).is_some());
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
