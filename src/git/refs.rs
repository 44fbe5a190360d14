//! Every ref of a repository: loose and packed, of all worktrees, and the names git keeps beside
//! them (`HEAD`, `FETCH_HEAD`, `MERGE_HEAD`, …).
//!
//! Read by our own walk over regular files, for libgit2 and git would follow links and block on a
//! FIFO. A ref that cannot be understood is a gap and the rest is read.

use std::path::PathBuf;

use bstr::{BStr, BString, ByteSlice};
use rustc_hash::FxHashMap;

use super::{
    file::{self, FileError, LARGE, SMALL},
    layout::Layout,
    packed_refs,
    ref_name::is_name,
    ref_value::Value,
    tables,
};
use crate::model::{Gap, GapReason, ObjectId};

/// A name and the object it leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ref {
    /// The full name, raw: `refs/heads/main`, `HEAD`, `FETCH_HEAD`; of a linked worktree
    /// `worktrees/<name>/HEAD`. Files of several ids (`FETCH_HEAD`, `MERGE_HEAD`) make several refs
    /// of one name.
    pub name: BString,
    /// The object at the end of the chain.
    pub target: ObjectId,
    /// The name it points to, if it is symbolic.
    pub symbolic: Option<BString>,
    /// What an annotated tag peels to, where `packed-refs` says so.
    pub peeled: Option<ObjectId>,
}

/// All refs and what was not read of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Refs {
    /// The refs, sorted by name.
    pub(super) all: Vec<Ref>,
    /// Files that could not be read and refs that make no sense.
    pub(super) gaps: Vec<Gap>,
    /// The shown paths and texts of files that say more than a ref, or something else.
    pub(super) texts: Vec<(BString, Vec<u8>)>,
}

/// How many names a symbolic ref may go through; git allows 5.
pub(super) const MOST_HOPS: usize = 10;
/// How deep folders of refs may lie in each other.
const MOST_DEPTH: usize = 64;
/// How many refs, folders or worktrees are read.
const MOST_ENTRIES: usize = 5_000_000;

/// How much is kept of the texts that are no mere refs, in bytes.
const MOST_KEPT: usize = 64 << 20;

/// Names without `HEAD` at their end under which git keeps ids in a git folder.
const OTHER_NAMES: [&str; 5] = [
    "AUTO_MERGE",
    "BISECT_EXPECTED_REV",
    "MERGE_AUTOSTASH",
    "NOTES_MERGE_PARTIAL",
    "NOTES_MERGE_REF",
];
/// Files of a rebase, cherry-pick or `git am` under way that hold ids.
const STEP_FILES: [&str; 13] = [
    "rebase-merge/onto",
    "rebase-merge/orig-head",
    "rebase-merge/stopped-sha",
    "rebase-merge/autostash",
    "rebase-merge/amend",
    "rebase-apply/onto",
    "rebase-apply/orig-head",
    "rebase-apply/abort-safety",
    "rebase-apply/original-commit",
    "rebase-apply/autostash",
    "sequencer/head",
    "sequencer/abort-safety",
    "rebase-merge/squash-onto",
];

/// What a ref file says: an id, or `ref: <name>`.
fn value_of(text: &[u8]) -> Option<Value> {
    if let Some(name) = text.strip_prefix(b"ref:") {
        let name = name.trim();
        return is_name(name).then(|| Value::Symbolic(name.into()));
    }
    let (hex, rest) = text.split_at_checked(40)?;
    let id = ObjectId::from_hex(hex).filter(|id| !id.is_null())?;
    rest.first().is_none_or(u8::is_ascii_whitespace).then_some(Value::Id(id, None))
}

/// Whether a ref file holds nothing but an id, or a name without space: nowhere to hide a text.
pub(super) fn is_mere_ref(text: &[u8]) -> bool {
    let text = text.trim();
    text.len() == 40 && ObjectId::from_hex(text).is_some()
        || text
            .strip_prefix(b"ref: ")
            .is_some_and(|name| is_name(name) && !name.iter().any(u8::is_ascii_whitespace))
}

/// Reads one ref file; a link whose text is a ref's name is the old way to write a symbolic ref.
///
/// `keep` is given its text.
pub(super) fn value_at(
    path: &std::path::Path,
    shown: &BStr,
    keep: impl FnOnce(Vec<u8>),
) -> Result<Option<Value>, Gap> {
    let damaged = || {
        Gap::new(GapReason::Damaged, "is not a ref: neither an object id nor `ref: <name>`")
            .at_path(shown)
    };
    match file::read(path, SMALL) {
        Ok(text) => {
            let value = value_of(&text);
            keep(text);
            value.map(Some).ok_or_else(damaged)
        }
        Err(FileError::Link(target)) if is_name(&file::bytes(&target)) => {
            Ok(Some(Value::Symbolic(file::bytes(&target))))
        }
        Err(error) => error.gap(shown).map_or(Ok(None), Err),
    }
}

/// Whether each worktree has its own ref of that name.
pub(super) fn is_per_worktree(name: &[u8]) -> bool {
    [&b"refs/bisect/"[..], b"refs/worktree/", b"refs/rewritten/"]
        .iter()
        .any(|start| name.starts_with(start))
        || !name.starts_with(b"refs/")
}

/// The git folders of all worktrees with the prefix of their names: none for the main one,
/// `worktrees/<name>/` for linked ones.
pub(super) fn git_dirs(layout: &Layout) -> (Vec<(BString, PathBuf)>, Vec<Gap>) {
    let mut dirs = vec![(BString::default(), layout.common_dir.clone())];
    let mut gaps = Vec::new();
    let worktrees = layout.common_dir.join("worktrees");
    match file::list(&worktrees, MOST_ENTRIES) {
        Ok(entries) => {
            for (name, _) in entries.into_iter().filter(|entry| entry.1.is_dir()) {
                let path = worktrees.join(&name);
                dirs.push((format_prefix(&file::bytes(name.as_ref())), path));
            }
        }
        Err(error) => gaps.extend(error.gap(layout.shown(&worktrees))),
    }
    if !dirs.iter().any(|dir| dir.1 == layout.git_dir) {
        let name = layout.git_dir.file_name().unwrap_or_default();
        dirs.push((format_prefix(&file::bytes(name.as_ref())), layout.git_dir.clone()));
    }
    (dirs, gaps)
}

fn format_prefix(name: &[u8]) -> BString {
    [b"worktrees/", name, b"/"].concat().into()
}

/// Reads every ref there is.
pub(super) fn all(layout: &Layout) -> Refs {
    let (dirs, gaps) = git_dirs(layout);
    let mut reader = Reader {
        layout,
        named: FxHashMap::default(),
        listed: Vec::new(),
        gaps,
        texts: Vec::new(),
        left: MOST_ENTRIES,
        room: MOST_KEPT,
    };
    for (prefix, dir) in &dirs {
        if layout.tables {
            reader.tables(prefix.as_bstr(), dir);
        } else {
            reader.loose(prefix.as_bstr(), dir);
        }
        reader.beside(prefix.as_bstr(), dir);
    }
    if !layout.tables {
        // Last: git takes a loose ref away only once it is packed.
        reader.packed();
    }
    reader.finish()
}

/// The ids at the beginning of lines, as `FETCH_HEAD` and `MERGE_HEAD` hold them.
pub(super) fn ids_in(text: &[u8]) -> Vec<ObjectId> {
    let id = |line: &[u8]| match value_of(line) {
        Some(Value::Id(id, _)) => Some(id),
        _ => None,
    };
    text.lines().filter_map(id).collect()
}

pub(super) fn no_ids(shown: BString) -> Gap {
    Gap::new(GapReason::Damaged, "holds no object id").at_path(shown)
}

struct Reader<'a> {
    layout: &'a Layout,
    named: FxHashMap<BString, Value>,
    listed: Vec<(BString, ObjectId)>,
    gaps: Vec<Gap>,
    texts: Vec<(BString, Vec<u8>)>,
    /// How many more names are read.
    left: usize,
    /// How many more bytes of texts are kept.
    room: usize,
}

impl Reader<'_> {
    /// Keeps the text of a file that is more than a ref, to be searched.
    fn keep(&mut self, shown: BString, text: Vec<u8>) {
        if is_mere_ref(&text) {
            return;
        }
        if let Some(left) = self.room.checked_sub(text.len()) {
            self.room = left;
            self.texts.push((shown, text));
        } else {
            let detail = "is no mere ref, and there is too much of that kind to search its text";
            self.gaps.push(Gap::new(GapReason::LimitHit, detail).at_path(shown));
        }
    }

    fn tables(&mut self, prefix: &BStr, dir: &std::path::Path) {
        let (refs, gaps) = tables::refs(self.layout, dir);
        self.gaps.extend(gaps);
        for (name, value) in refs {
            self.named.insert([prefix.as_bytes(), &name].concat().into(), value);
        }
    }

    fn packed(&mut self) {
        let path = self.layout.common_dir.join("packed-refs");
        let shown = self.layout.shown(&path);
        let bytes = match file::read(&path, LARGE) {
            Ok(bytes) => bytes,
            Err(error) => return self.gaps.extend(error.gap(shown)),
        };
        let (refs, damaged) = packed_refs::parse(&bytes);
        if damaged > 0 {
            let detail = format!("{damaged} of its lines are not refs");
            self.gaps.push(Gap::new(GapReason::Damaged, detail).at_path(shown.clone()));
        }
        for packed in refs {
            let value = Value::Id(packed.target, packed.peeled);
            self.named.entry(packed.name.to_owned()).or_insert(value);
        }
        if damaged > 0 {
            self.keep(shown, bytes);
        }
    }

    /// Walks `refs` of one git folder without recursion.
    fn loose(&mut self, prefix: &BStr, dir: &std::path::Path) {
        let mut folders = vec![(dir.join("refs"), BString::from("refs"), 0)];
        while let Some((folder, name, depth)) = folders.pop() {
            let entries = match file::list(&folder, self.left) {
                Ok(entries) => entries,
                Err(error) => {
                    self.gaps.extend(error.gap(self.layout.shown(&folder)));
                    continue;
                }
            };
            self.left = self.left.saturating_sub(entries.len());
            for (entry, kind) in entries {
                let path = folder.join(&entry);
                let entry = file::bytes(entry.as_ref());
                let name: BString = [name.as_bytes(), b"/", entry.as_bytes()].concat().into();
                if kind.is_dir() && depth < MOST_DEPTH {
                    folders.push((path, name, depth + 1));
                } else if kind.is_dir() {
                    let gap =
                        Gap::new(GapReason::LimitHit, "folders of refs lie too deep in each other");
                    self.gaps.push(gap.at_path(self.layout.shown(&path)));
                } else if !entry.ends_with(b".lock") {
                    self.one(prefix, name, &path);
                }
            }
        }
    }

    fn one(&mut self, prefix: &BStr, name: BString, path: &std::path::Path) {
        let shown = self.layout.shown(path);
        let value = value_at(path, shown.as_bstr(), |text| self.keep(shown.clone(), text));
        match value {
            Ok(Some(value)) => {
                let name = [prefix.as_bytes(), name.as_bytes()].concat();
                self.named.insert(name.into(), value);
            }
            Ok(None) => {}
            Err(gap) => self.gaps.push(gap),
        }
    }

    /// HEAD and the other names that lie beside `refs` in a git folder.
    fn beside(&mut self, prefix: &BStr, dir: &std::path::Path) {
        let entries = match file::list(dir, MOST_ENTRIES) {
            Ok(entries) => entries,
            Err(error) => return self.gaps.extend(error.gap(self.layout.shown(dir))),
        };
        for (entry, kind) in entries {
            let Some(name) = entry.to_str() else { continue };
            let upper = name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
            if name == "HEAD" && self.layout.tables {
                // It only says so to git versions that know no tables.
            } else if name == "HEAD" {
                self.one(prefix, "HEAD".into(), &dir.join(name));
            } else if !kind.is_dir()
                && upper
                && (name.ends_with("HEAD") || OTHER_NAMES.contains(&name))
            {
                self.ids_of(prefix, name, file::read(&dir.join(name), LARGE), dir);
            }
        }
        for name in STEP_FILES {
            self.ids_of(prefix, name, file::read_below(dir, name, SMALL), dir);
        }
    }

    fn ids_of(
        &mut self,
        prefix: &BStr,
        name: &str,
        read: Result<Vec<u8>, FileError>,
        dir: &std::path::Path,
    ) {
        let shown = self.layout.shown(&dir.join(name));
        let text = match read {
            Ok(text) => text,
            Err(error) => return self.gaps.extend(error.gap(shown)),
        };
        let full: BString = [prefix.as_bytes(), name.as_bytes()].concat().into();
        if let Some(value @ Value::Symbolic(_)) = value_of(&text) {
            self.named.insert(full, value);
            return self.keep(shown, text);
        }
        let ids = ids_in(&text);
        if ids.is_empty() && !text.trim().is_empty() && name.ends_with("HEAD") {
            self.gaps.push(no_ids(shown));
        }
        self.listed.extend(ids.into_iter().map(|id| (full.clone(), id)));
        self.keep(self.layout.shown(&dir.join(name)), text);
    }

    fn finish(mut self) -> Refs {
        let mut all = Vec::with_capacity(self.named.len() + self.listed.len());
        for (name, value) in &self.named {
            let symbolic = match value {
                Value::Symbolic(next) => Some(next.clone()),
                Value::Id(..) => None,
            };
            match self.resolve(name.as_bstr()) {
                Ok(Some((target, peeled))) => {
                    all.push(Ref { name: name.clone(), target, symbolic, peeled });
                }
                // A branch that is not born yet, or whose last ref is gone.
                Ok(None) => {}
                Err(()) => {
                    let gap =
                        Gap::new(GapReason::Damaged, "leads round in a circle of symbolic refs");
                    self.gaps.push(gap.at_path(name.clone()));
                }
            }
        }
        let listed = self.listed.into_iter();
        all.extend(listed.map(|(name, target)| Ref { name, target, symbolic: None, peeled: None }));
        // Stable: the first id of FETCH_HEAD is the one its name stands for.
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all.dedup();
        self.gaps.sort();
        Refs { all, gaps: self.gaps, texts: self.texts }
    }

    fn resolve(&self, name: &BStr) -> Result<Option<(ObjectId, Option<ObjectId>)>, ()> {
        let prefix = match name.strip_prefix(b"worktrees/").and_then(|rest| rest.find_byte(b'/')) {
            Some(end) => &name.as_bytes()[..b"worktrees/".len() + end + 1],
            None => &b""[..],
        };
        let mut value = self.named.get(name);
        for _ in 0..=MOST_HOPS {
            match value {
                None => return Ok(None),
                Some(Value::Id(id, peeled)) => return Ok(Some((*id, *peeled))),
                Some(Value::Symbolic(next)) if is_per_worktree(next) => {
                    value = self.named.get(&BString::from([prefix, next.as_bytes()].concat()));
                }
                Some(Value::Symbolic(next)) => value = self.named.get(next),
            }
        }
        Err(())
    }
}
