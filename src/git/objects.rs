//! Which object folders a repository has, and what is known to be missing from them.
//!
//! Objects lie in the repository's own `objects`, in folders that the environment names, and in
//! alternates: folders that `objects/info/alternates` borrows from. The last may lead anywhere, and so
//! they are followed only inside the repository or when the user allows it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bstr::{BString, ByteSlice};

use super::{
    Environment, Options,
    file::{self, LARGE, SMALL},
    layout::Layout,
};
use crate::model::{Gap, GapReason, ObjectId};

/// The object folders and what is missing from them on purpose.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// Folders to read, links resolved, each once; the repository's own first.
    pub(super) dirs: Vec<PathBuf>,
    /// Commits whose parents a shallow clone left out.
    pub(super) shallow: Vec<ObjectId>,
    /// Commits whose parents `info/grafts` replaces, sorted by commit.
    pub(super) grafts: Vec<(ObjectId, Vec<ObjectId>)>,
    /// Whether a pack is marked as coming from a partial clone.
    pub(super) promisor: bool,
    /// What was not followed or not read.
    pub(super) gaps: Vec<Gap>,
}

/// How often alternates may have alternates; git's own limit.
const MOST_DEPTH: usize = 5;
/// How many object folders are read.
const MOST_FOLDERS: usize = 1_000;
/// How many names an object folder or its `pack` may hold.
const MOST_ENTRIES: usize = 5_000_000;

/// Finds all object folders.
pub(super) fn find(layout: &Layout, env: &Environment, options: &Options) -> Objects {
    let mut finder = Finder {
        layout,
        follow: options.follow_alternates,
        trusted: Vec::new(),
        found: Objects::default(),
    };
    let named = env
        .quarantine_path
        .iter()
        .chain(&env.object_directory)
        .chain(&env.alternate_object_directories);
    let named: Vec<PathBuf> = named.cloned().collect();
    // What the user's environment names is asked for.
    finder.trusted.extend(named.iter().filter_map(|dir| fs::canonicalize(dir).ok()));
    finder.add(layout.common_dir.join("objects"));
    for dir in named {
        finder.add(dir);
    }
    finder.shallow();
    finder.grafts();
    finder.found
}

struct Finder<'a> {
    layout: &'a Layout,
    follow: bool,
    trusted: Vec<PathBuf>,
    found: Objects,
}

impl Finder<'_> {
    fn gap(&mut self, reason: GapReason, detail: impl Into<String>, path: &Path) {
        self.found.gaps.push(Gap::new(reason, detail).at_path(self.layout.shown(path)));
    }

    fn may_read(&self, path: &Path) -> bool {
        self.follow
            || self.layout.owns(path)
            || self.trusted.iter().any(|dir| path.starts_with(dir))
    }

    /// Adds a folder and its alternates, breadth first.
    fn add(&mut self, dir: PathBuf) {
        let mut level = vec![dir];
        for depth in 0..=MOST_DEPTH {
            let mut next = Vec::new();
            for dir in level {
                next.extend(self.one(&dir));
            }
            level = next;
            if depth == MOST_DEPTH
                && let Some(dir) = level.first()
            {
                let dir = dir.clone();
                self.gap(GapReason::LimitHit, "alternates lie too deep in each other", &dir);
            }
        }
    }

    /// Adds one folder and returns its alternates.
    fn one(&mut self, dir: &Path) -> Vec<PathBuf> {
        let Ok(real) = fs::canonicalize(dir) else {
            self.gap(GapReason::MissingObject, "the objects folder is not there", dir);
            return Vec::new();
        };
        if self.found.dirs.contains(&real) {
            return Vec::new();
        }
        if !self.may_read(&real) {
            let detail = "objects are borrowed from outside of the repository and were not read; use --follow-alternates";
            self.gap(GapReason::OutsideRepository, detail, &real);
            return Vec::new();
        }
        if self.found.dirs.len() == MOST_FOLDERS {
            self.gap(GapReason::LimitHit, "there are too many object folders", dir);
            return Vec::new();
        }
        if !self.check_links(&real) {
            return Vec::new();
        }
        self.found.promisor |= file::list(&real.join("pack"), MOST_ENTRIES).is_ok_and(|entries| {
            entries.iter().any(|entry| file::bytes(entry.0.as_ref()).ends_with(b".promisor"))
        });
        let alternates = self.alternates(&real);
        self.found.dirs.push(real);
        alternates
    }

    /// Whether no folder of an objects folder is a link that leads out.
    fn check_links(&mut self, dir: &Path) -> bool {
        let entries = match file::list(dir, MOST_ENTRIES) {
            Ok(entries) => entries,
            Err(error) => {
                match error.gap(self.layout.shown(dir)) {
                    Some(gap) => self.found.gaps.push(gap),
                    // It was there a moment ago, so it is a file or the like.
                    None => {
                        self.gap(GapReason::MissingObject, "the objects folder is no folder", dir);
                    }
                }
                return false;
            }
        };
        let links =
            entries.into_iter().filter(|entry| entry.1.is_symlink()).map(|entry| dir.join(entry.0));
        for link in links {
            if let Ok(target) = fs::canonicalize(&link)
                && !self.may_read(&target)
            {
                let detail = format!(
                    "a symbolic link leads to {}, so this objects folder was not read; use --follow-alternates",
                    file::printable(&target)
                );
                self.gap(GapReason::OutsideRepository, detail, &link);
                return false;
            }
        }
        true
    }

    fn alternates(&mut self, dir: &Path) -> Vec<PathBuf> {
        let list = dir.join("info/alternates");
        match file::read_below(dir, "info/alternates", SMALL) {
            Ok(text) => {
                let lines = text
                    .lines()
                    .map(ByteSlice::trim_end)
                    .filter(|line| !line.is_empty() && line[0] != b'#');
                lines.map(|line| dir.join(file::path(&unquote(line)))).collect()
            }
            Err(error) => {
                self.found.gaps.extend(error.gap(self.layout.shown(&list)));
                Vec::new()
            }
        }
    }

    fn shallow(&mut self) {
        let path = self.layout.common_dir.join("shallow");
        match file::read(&path, LARGE) {
            Ok(text) => {
                let ids: Vec<_> = text
                    .lines()
                    .filter(|line| !line.is_empty())
                    .map(|line| ObjectId::from_hex(line.trim()))
                    .collect();
                if ids.contains(&None) {
                    self.gap(GapReason::Damaged, "a line is not an object id", &path);
                }
                self.found.shallow.extend(ids.into_iter().flatten());
                self.found.shallow.sort_unstable();
                self.found.shallow.dedup();
            }
            Err(error) => self.found.gaps.extend(error.gap(self.layout.shown(&path))),
        }
    }

    fn grafts(&mut self) {
        let path = self.layout.common_dir.join("info/grafts");
        match file::read_below(&self.layout.common_dir, "info/grafts", LARGE) {
            Ok(text) => {
                let lines = text
                    .lines()
                    .map(ByteSlice::trim)
                    .filter(|line| !line.is_empty() && line[0] != b'#');
                for line in lines {
                    let ids: Option<Vec<_>> = line.fields().map(ObjectId::from_hex).collect();
                    match ids.as_deref() {
                        Some([commit, parents @ ..]) => {
                            self.found.grafts.push((*commit, parents.to_vec()));
                        }
                        _ => self.gap(
                            GapReason::Damaged,
                            "a line is not a list of object ids",
                            &path,
                        ),
                    }
                }
                self.found.grafts.sort();
                self.found.grafts.dedup_by(|a, b| a.0 == b.0);
            }
            Err(error) => self.found.gaps.extend(error.gap(self.layout.shown(&path))),
        }
    }
}

/// A line of `info/alternates`: as it is, or in double quotes with C's escapes.
fn unquote(line: &[u8]) -> BString {
    let Some(mut rest) = line.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
        return line.into();
    };
    let mut out = BString::default();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let escape = rest.first().copied().filter(|_| byte == b'\\');
        let Some(escape) = escape else {
            out.push(byte);
            continue;
        };
        let octal =
            rest.get(..3).filter(|digits| digits.iter().all(|digit| matches!(digit, b'0'..=b'7')));
        if let Some(&[a, b, c]) = octal {
            out.push((a & 3) << 6 | (b & 7) << 3 | c & 7);
            rest = &rest[3..];
            continue;
        }
        out.push(match escape {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            other => other,
        });
        rest = &rest[1..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_line_is_unquoted_and_another_stays() {
        for (line, path) in [
            (&b"/a/b"[..], &b"/a/b"[..]),
            (b"\"/a b\"", b"/a b"),
            (b"\"/\\303\\266\\n\\\"\\\\\"", b"/\xc3\xb6\n\"\\"),
            (b"\"unfinished", b"\"unfinished"),
            (b"\"\\\"", b"\\"),
            (b"\"\"", b""),
        ] {
            assert_eq!(unquote(line), path);
        }
    }
}
