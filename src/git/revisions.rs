//! Revisions and ranges: which commits `A..B`, `A...B`, `main~2` or an abbreviated id stand for.
//!
//! Names are looked up in the refs we have read, never in the repository's own files, and commits are
//! read through [`ReadObjects`].

use std::collections::BinaryHeap;

use bstr::ByteSlice;
use rustc_hash::FxHashMap;

use super::{Error, ReadObjects, Repository, scratch::Scratch};
use crate::model::{ObjectId, ObjectKind};

/// Commits chosen as `git rev-list` does: those that `include` leads to, without those that `exclude`
/// leads to, ends counted on both sides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Where to begin; each commit once.
    pub include: Vec<ObjectId>,
    /// Where to stop; each commit once.
    pub exclude: Vec<ObjectId>,
}

impl Repository {
    /// Understands ranges and revisions: `A..B`, `A...B`, `..B`, `A..`, `REV`, `^REV`, `REV^!`; a
    /// revision is a ref's name, a full or abbreviated id, `@`, with `~N`, `^N`, `^{commit}` and the
    /// like behind it. The null id stands for nothing, as hooks of a push use it.
    ///
    /// # Errors
    ///
    /// A revision is unknown, ambiguous or no commit, or objects cannot be read.
    pub fn resolve<S: AsRef<str>>(&self, specs: &[S]) -> Result<Selection, Error> {
        self.more_than_a_bundle("commits that could be chosen by name")?;
        let scratch = Scratch::new(self.object_dirs())?;
        self.resolve_with(specs, &scratch)
    }

    /// The same with objects read by somebody else.
    ///
    /// # Errors
    ///
    /// As [`Repository::resolve`].
    pub fn resolve_with<S: AsRef<str>>(
        &self,
        specs: &[S],
        objects: &dyn ReadObjects,
    ) -> Result<Selection, Error> {
        let mut selection = Selection::default();
        for spec in specs {
            Resolver { repository: self, objects, spec: spec.as_ref() }.add_to(&mut selection)?;
        }
        for ids in [&mut selection.include, &mut selection.exclude] {
            ids.sort_unstable();
            ids.dedup();
        }
        Ok(selection)
    }
}

/// How many `~` and `^` steps one revision may have.
const MOST_STEPS: u32 = 1_000_000;
/// How many tags may point to each other.
const MOST_TAGS: usize = 100;

struct Resolver<'a> {
    repository: &'a Repository,
    objects: &'a dyn ReadObjects,
    spec: &'a str,
}

impl Resolver<'_> {
    fn add_to(&self, selection: &mut Selection) -> Result<(), Error> {
        let spec = self.spec;
        if let Some((left, right)) = spec.split_once("...") {
            let (left, right) = (self.end(left)?, self.end(right)?);
            if let (Some(left), Some(right)) = (left, right) {
                selection.exclude.extend(self.merge_bases(left, right)?);
            }
            selection.include.extend(left.into_iter().chain(right));
        } else if let Some((left, right)) = spec.split_once("..") {
            if left.is_empty() && right.is_empty() {
                return Err(self.unsupported("a range names at least one end"));
            }
            selection.exclude.extend(self.end(left)?);
            selection.include.extend(self.end(right)?);
        } else if let Some(rest) = spec.strip_prefix('^') {
            selection.exclude.extend(self.commit(rest)?);
        } else if let Some(rest) = spec.strip_suffix("^!") {
            if let Some(id) = self.commit(rest)? {
                selection.exclude.extend(self.parents(&id)?);
                selection.include.push(id);
            }
        } else {
            selection.include.extend(self.commit(spec)?);
        }
        Ok(())
    }

    /// One end of a range; left out, it is HEAD.
    fn end(&self, text: &str) -> Result<Option<ObjectId>, Error> {
        self.commit(if text.is_empty() { "HEAD" } else { text })
    }

    /// The commit of one revision; `None` for the null id.
    fn commit(&self, text: &str) -> Result<Option<ObjectId>, Error> {
        if text.contains(':') {
            return Err(self.unsupported("paths and searches name no commits"));
        } else if text.contains("@{") {
            return Err(self.unsupported("`@{…}` depends on configuration and reflogs"));
        }
        let (base, mut steps) = text.split_at(text.find(['~', '^']).unwrap_or(text.len()));
        if base.len() == 40 && base.bytes().all(|digit| digit == b'0') {
            return Ok(None);
        }
        let mut id = self.base(base)?;
        while let Some(step) = steps.chars().next() {
            if step != '~' && step != '^' {
                return Err(self.unsupported("after `~` and `^` come digits or braces"));
            }
            let rest = &steps[1..];
            if let Some((kind, after)) =
                rest.strip_prefix('{').filter(|_| step == '^').and_then(|rest| rest.split_once('}'))
            {
                if !matches!(kind, "" | "commit" | "object" | "tag") {
                    return Err(self.unsupported(
                        "only `^{commit}`, `^{tag}`, `^{object}` and `^{}` lead to commits",
                    ));
                }
                steps = after;
                continue;
            }
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number: u32 = match &rest[..digits] {
                "" => 1,
                digits => digits.parse().unwrap_or(u32::MAX),
            };
            id = self.peel(id)?;
            id = if step == '~' { self.ancestor(id, number)? } else { self.parent(id, number)? };
            steps = &rest[digits..];
        }
        self.peel(id).map(Some)
    }

    fn ancestor(&self, mut id: ObjectId, number: u32) -> Result<ObjectId, Error> {
        if number > MOST_STEPS {
            return Err(self.unsupported("too many steps back"));
        }
        for _ in 0..number {
            id = self.parent(id, 1)?;
        }
        Ok(id)
    }

    fn parent(&self, id: ObjectId, number: u32) -> Result<ObjectId, Error> {
        let Some(index) = (number as usize).checked_sub(1) else { return Ok(id) };
        self.parents(&id)?.get(index).copied().ok_or_else(|| self.unknown())
    }

    /// The object a name stands for, in git's order: full id, ref, `git describe` output, abbreviation.
    fn base(&self, name: &str) -> Result<ObjectId, Error> {
        if name == "@" || name == "HEAD" {
            return self
                .repository
                .head()
                .and_then(|head| head.commit)
                .ok_or_else(|| self.unknown());
        }
        if let Some(id) = ObjectId::from_hex(name.as_bytes()) {
            return Ok(id);
        }
        let found = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"]
            .iter()
            .find_map(|prefix| self.named(&[prefix, name]));
        if let Some(id) = found.or_else(|| self.named(&["refs/remotes/", name, "/HEAD"])) {
            return Ok(id);
        }
        let described = name.rsplit_once("-g").map(|(_, hex)| hex);
        for hex in [described, Some(name)].into_iter().flatten() {
            if (4..40).contains(&hex.len()) && hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return self.abbreviated(hex);
            }
        }
        Err(self.unknown())
    }

    fn named(&self, parts: &[&str]) -> Option<ObjectId> {
        let name = parts.concat();
        // A linked worktree has its own names beside the shared ones.
        let own = self.repository.is_linked_worktree().then(|| {
            let worktree = self.repository.git_dir().file_name().unwrap_or_default();
            format!("worktrees/{}/{name}", worktree.to_string_lossy())
        });
        let find =
            |name: &String| self.repository.find_ref(name.as_bytes()).map(|found| found.target);
        own.as_ref().and_then(find).or_else(|| find(&name).filter(|_| !name.is_empty()))
    }

    /// The one object that begins with these digits; if there are several, the one commit or tag.
    fn abbreviated(&self, hex: &str) -> Result<ObjectId, Error> {
        let scratch = |detail| Error::Scratch { detail };
        let mut ids = self.objects.with_prefix(hex).map_err(scratch)?;
        ids.sort_unstable();
        ids.dedup();
        if let [id] = ids[..] {
            return Ok(id);
        }
        let count = ids.len();
        ids.retain(|id| {
            matches!(self.objects.read(id), Ok(Some((ObjectKind::Commit | ObjectKind::Tag, _))))
        });
        match ids[..] {
            [id] => Ok(id),
            _ if count == 0 => Err(self.unknown()),
            _ => Err(Error::AmbiguousRevision { spec: self.spec.to_owned(), count }),
        }
    }

    fn read(&self, id: &ObjectId) -> Result<(ObjectKind, Vec<u8>), Error> {
        match self.objects.read(id) {
            Ok(Some(found)) => Ok(found),
            // What the user typed is unknown; what a ref or commit names is lost.
            Ok(None) if self.spec.to_ascii_lowercase().contains(&id.to_string()) => {
                Err(self.unknown())
            }
            Ok(None) => Err(self.damaged(*id, "it is not there")),
            Err(detail) => Err(Error::Object { spec: self.spec.to_owned(), id: *id, detail }),
        }
    }

    /// Follows annotated tags to a commit.
    fn peel(&self, mut id: ObjectId) -> Result<ObjectId, Error> {
        for _ in 0..MOST_TAGS {
            match self.read(&id)? {
                (ObjectKind::Commit, _) => return Ok(id),
                (ObjectKind::Tag, bytes) => {
                    let target = bytes
                        .strip_prefix(b"object ")
                        .and_then(|rest| ObjectId::from_hex(rest.get(..40)?));
                    id = target.ok_or_else(|| self.damaged(id, "the tag names no object"))?;
                }
                (kind, _) => return Err(Error::NotACommit { spec: self.spec.to_owned(), kind }),
            }
        }
        Err(self.damaged(id, "too many tags point to each other"))
    }

    /// A commit's parents as grafts and the shallow boundary leave them.
    fn parents(&self, id: &ObjectId) -> Result<Vec<ObjectId>, Error> {
        let (kind, bytes) = self.read(id)?;
        if kind != ObjectKind::Commit {
            return Err(Error::NotACommit { spec: self.spec.to_owned(), kind });
        }
        Ok(self.parents_in(id, &bytes))
    }

    fn parents_in(&self, id: &ObjectId, bytes: &[u8]) -> Vec<ObjectId> {
        let grafts = self.repository.grafts();
        if let Ok(at) = grafts.binary_search_by_key(id, |graft| graft.0) {
            return grafts[at].1.clone();
        } else if self.repository.shallow().binary_search(id).is_ok() {
            return Vec::new();
        }
        let lines = bytes.lines().skip(1).map_while(|line| line.strip_prefix(b"parent "));
        lines.filter_map(ObjectId::from_hex).collect()
    }

    /// Common ancestors of two commits such that every common ancestor is one of them or lies behind
    /// one: excluding them excludes all that both have.
    ///
    /// Commits are marked with the side they are seen from, youngest first; a commit seen from both is
    /// common and its ancestors need only be marked as such. With wrong clocks some may be found that
    /// lie behind others, which does no harm here.
    fn merge_bases(&self, left: ObjectId, right: ObjectId) -> Result<Vec<ObjectId>, Error> {
        const LEFT: u8 = 1;
        const RIGHT: u8 = 2;
        const BEHIND: u8 = 4;
        let mut marks: FxHashMap<ObjectId, u8> = FxHashMap::default();
        let mut queue = BinaryHeap::new();
        let mut bases = Vec::new();
        // How many commits in the queue are not known to lie behind a common one.
        let mut open = 0usize;
        let push = |queue: &mut BinaryHeap<_>,
                    marks: &mut FxHashMap<_, u8>,
                    open: &mut usize,
                    id,
                    mark: u8| {
            let known = marks.entry(id).or_default();
            if *known | mark != *known {
                *known |= mark;
                let bytes = match self.objects.read(&id) {
                    Ok(Some((ObjectKind::Commit, bytes))) => bytes,
                    // What is not there has no ancestors to look at.
                    _ => return,
                };
                *open += usize::from(mark & BEHIND == 0);
                queue.push((
                    committed(&bytes),
                    id,
                    mark & BEHIND == 0,
                    self.parents_in(&id, &bytes),
                ));
            }
        };
        push(&mut queue, &mut marks, &mut open, left, LEFT);
        push(&mut queue, &mut marks, &mut open, right, RIGHT);
        while open > 0 {
            let Some((_, id, counted, parents)) = queue.pop() else { break };
            open -= usize::from(counted);
            let mut mark = marks.get(&id).copied().unwrap_or_default();
            if mark & (LEFT | RIGHT) == LEFT | RIGHT {
                if mark & BEHIND == 0 {
                    bases.push(id);
                }
                mark |= BEHIND;
            }
            for parent in parents {
                push(&mut queue, &mut marks, &mut open, parent, mark);
            }
        }
        bases.retain(|id| marks.get(id).is_none_or(|mark| mark & BEHIND == 0));
        bases.sort_unstable();
        bases.dedup();
        Ok(bases)
    }

    fn unknown(&self) -> Error {
        Error::UnknownRevision { spec: self.spec.to_owned() }
    }

    fn unsupported(&self, detail: &'static str) -> Error {
        Error::UnsupportedRevision { spec: self.spec.to_owned(), detail }
    }

    fn damaged(&self, id: ObjectId, detail: &str) -> Error {
        Error::Object { spec: self.spec.to_owned(), id, detail: detail.to_owned() }
    }
}

/// The committer's time in seconds, 0 if there is none.
fn committed(commit: &[u8]) -> i64 {
    let line = commit
        .lines()
        .take_while(|line| !line.is_empty())
        .find_map(|line| line.strip_prefix(b"committer "));
    let seconds = line.and_then(|line| {
        line[line.rfind_byte(b'>')? + 1..].fields().next()?.to_str().ok()?.parse().ok()
    });
    seconds.unwrap_or(0)
}
