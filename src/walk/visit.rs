//! What one thread does with each entry the walker comes by.

use std::{
    any::Any,
    fs, io,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use bstr::{BStr, ByteSlice};
use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkState};

use super::{
    Counts, Options, Root, Sink, Tracked, TreePath,
    ignored::{Folder, Ignores, parent},
    open::{Links, Opened, bytes_of, open, special_kind},
    overlap::Overlaps,
    read::{Reader, read_gap},
    root::shown,
};
use crate::model::{Gap, GapLevel, GapReason};

/// How deep folders may nest. Deeper ones are a gap; no real tree comes near.
const DEEPEST: usize = 1000;

/// What all threads of a walk share.
pub(super) struct Shared<'a, S> {
    tracked: &'a dyn Tracked,
    options: &'a Options,
    overlaps: &'a Overlaps,
    sink: &'a S,
    counts: Mutex<Counts>,
    /// The first panic of the sink. The walker's threads would wait for a thread that is gone, so
    /// it is caught, ends the walk, and goes on from there.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    panicked: AtomicBool,
}

impl<'a, S> Shared<'a, S> {
    pub(super) fn new(
        tracked: &'a dyn Tracked,
        options: &'a Options,
        overlaps: &'a Overlaps,
        sink: &'a S,
    ) -> Self {
        Shared {
            tracked,
            options,
            overlaps,
            sink,
            counts: Mutex::default(),
            panic: Mutex::default(),
            panicked: AtomicBool::new(false),
        }
    }

    pub(super) fn has_panicked(&self) -> bool {
        self.panicked.load(Ordering::Relaxed)
    }

    pub(super) fn into_counts(self) -> Counts {
        if let Some(payload) = self.panic.into_inner().unwrap_or_else(PoisonError::into_inner) {
            panic::resume_unwind(payload);
        }
        self.counts.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thread's part in a walk of one root (or, for roots that are no folders, of any).
pub(super) struct Visitor<'a, S: Sink> {
    shared: &'a Shared<'a, S>,
    root: usize,
    /// The root's path as the walker has it: every entry's path begins with it.
    root_path: PathBuf,
    ignores: Option<&'a Ignores>,
    /// Made when first needed: the walker also makes visitors that never visit.
    local: Option<S::Local>,
    reader: Reader,
    counts: Counts,
    /// The folder of the last entry and what holds in it. Entries mostly come folder by folder.
    last: Option<(Vec<u8>, Arc<Folder>)>,
}

impl<'a, S: Sink> Visitor<'a, S> {
    pub(super) fn new(
        shared: &'a Shared<'a, S>,
        root: usize,
        root_path: PathBuf,
        ignores: Option<&'a Ignores>,
    ) -> Self {
        Visitor {
            shared,
            root,
            root_path,
            ignores,
            local: None,
            reader: Reader::default(),
            counts: Counts::default(),
            last: None,
        }
    }

    /// Reads a root that is no folder. Returns whether to go on.
    pub(super) fn visit_single(&mut self, index: usize, root: &Root) -> bool {
        self.root = index;
        self.guard(|visitor| visitor.single(root)).unwrap_or(false)
    }

    /// Hands over the text of a root that is a link to a folder.
    pub(super) fn visit_root_link(&mut self, root: &Root, target: &BStr) {
        self.guard(|visitor| {
            let path = visitor.root_place(root);
            let (sink, local) = visitor.sink();
            sink.symlink(local, path, target);
        });
    }

    /// Does `work`, unless the walk is to end. `None` means that it is.
    fn guard<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let shared = self.shared;
        if shared.has_panicked() {
            return None;
        }
        let done =
            panic::catch_unwind(AssertUnwindSafe(|| (!shared.sink.stop()).then(|| work(self))));
        done.unwrap_or_else(|payload| {
            shared.panicked.store(true, Ordering::Relaxed);
            let mut first = shared.panic.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(payload);
            None
        })
    }

    fn sink(&mut self) -> (&'a S, &mut S::Local) {
        let sink = self.shared.sink;
        (sink, self.local.get_or_insert_with(|| sink.local()))
    }

    fn gap(&self, gap: Gap, path: &BStr) {
        self.shared.sink.gap(gap.at_path(path));
    }

    fn root_place<'p>(&self, root: &'p Root) -> TreePath<'p> {
        TreePath { root: self.root, relative: BStr::new(b""), shown: root.shown() }
    }

    fn single(&mut self, root: &Root) -> bool {
        let path = self.root_place(root);
        let (sink, local) = self.sink();
        sink.name(local, path);
        if let Some(target) = root.link_target() {
            sink.symlink(local, path, target);
        }
        if let Some(gap) = root.gap() {
            sink.gap(gap.clone());
        } else if root.is_file() {
            self.file(root.path(), path, Links::Follow);
        }
        true
    }

    fn entry(&mut self, entry: &DirEntry) -> WalkState {
        let Some(kind) = entry.file_type() else { return WalkState::Continue };
        let full = entry.path();
        if entry.depth() == 0 {
            // The root itself: named by the user, so never ignored, and known to be a folder.
            if let Some(ignores) = self.ignores {
                ignores.enter(b"", full);
            }
            return WalkState::Continue;
        }
        if entry.file_name() == ".git" {
            return WalkState::Skip;
        }
        // A path of its own, since it must not borrow from `self`.
        let root_length = bytes_of(&self.root_path).len();
        let path = place(self.root, root_length, full);
        if kind.is_dir() {
            return self.folder(full, path, entry.depth());
        }
        let is_elsewhere = self.is_elsewhere(path);
        if is_elsewhere && !kind.is_symlink() {
            return WalkState::Continue;
        }
        if !is_elsewhere && self.is_skipped(path.relative) {
            self.counts.ignored += 1;
            return WalkState::Continue;
        }
        let (sink, local) = self.sink();
        sink.name(local, path);
        if is_elsewhere {
            // Its text is read where it is named.
        } else if kind.is_file() {
            self.file(full, path, Links::Refuse);
        } else if kind.is_symlink() {
            self.link(full, path);
        } else {
            self.gap(not_a_file(kind), path.shown);
        }
        WalkState::Continue
    }

    fn folder(&mut self, full: &Path, path: TreePath<'_>, depth: usize) -> WalkState {
        let inside = self.inside(parent(path.relative));
        let ignored = inside.as_ref().is_some_and(|folder| folder.ignores(path.relative, true));
        let dead = inside.as_ref().is_some_and(|folder| folder.is_dead());
        let alive = !ignored || !dead && self.shared.tracked.any_below(self.root, path.relative);
        if alive {
            let (sink, local) = self.sink();
            sink.name(local, path);
        }
        if self.is_elsewhere(path) {
            return WalkState::Skip;
        }
        if depth >= DEEPEST {
            let detail = format!("folders nest deeper than {DEEPEST} levels");
            if alive {
                self.gap(Gap::new(GapReason::LimitHit, detail), path.shown);
            }
            return WalkState::Skip;
        }
        let (Some(ignores), Some(inside)) = (self.ignores, inside) else {
            return WalkState::Continue;
        };
        if !ignored {
            ignores.enter(path.relative, full);
        } else if !(dead || inside.is_ignored() && alive) {
            // Only where it changes something; most ignored folders are as the one above.
            ignores.enter_ignored(path.relative, alive);
        }
        WalkState::Continue
    }

    /// What holds inside a folder; `None` if nothing is ignored in this walk.
    fn inside(&mut self, folder: &[u8]) -> Option<Arc<Folder>> {
        let ignores = self.ignores?;
        match &self.last {
            Some((last, inside)) if last == folder => Some(Arc::clone(inside)),
            _ => {
                let inside = ignores.inside(folder);
                self.last = Some((folder.to_vec(), Arc::clone(&inside)));
                Some(inside)
            }
        }
    }

    /// Whether the user named this very path, too.
    fn is_elsewhere(&self, path: TreePath<'_>) -> bool {
        self.shared.overlaps.elsewhere(path.root).contains(path.relative.as_bytes())
    }

    /// Whether a file is ignored and not tracked.
    fn is_skipped(&mut self, relative: &BStr) -> bool {
        let Some(inside) = self.inside(parent(relative)) else { return false };
        inside.is_dead()
            || inside.ignores(relative, false) && !self.shared.tracked.contains(self.root, relative)
    }

    fn file(&mut self, full: &Path, path: TreePath<'_>, links: Links) {
        let (file, size) = match open(full, links) {
            Ok(Opened::File(file, size)) => (file, size),
            Ok(Opened::Other(kind)) => return self.gap(not_a_file(kind), path.shown),
            Err(error) => return self.failed(&error, path, "opened"),
        };
        let (shared, mut reader) = (self.shared, std::mem::take(&mut self.reader));
        let (sink, local) = self.sink();
        let outcome =
            reader.read(file, size, shared.options, |content| sink.file(local, path, content));
        self.reader = reader;
        self.counts.files += 1;
        self.counts.bytes += outcome.bytes;
        if let Some(error) = outcome.error {
            self.gap(read_gap(&error), path.shown);
        }
    }

    fn link(&mut self, full: &Path, path: TreePath<'_>) {
        match fs::read_link(full) {
            Ok(target) => {
                let (sink, local) = self.sink();
                sink.symlink(local, path, bytes_of(&target).as_bstr());
            }
            Err(error) => self.failed(&error, path, "read"),
        }
    }

    /// The walker could not list a folder, or learn what an entry is.
    fn walk_error(&mut self, error: &ignore::Error) {
        let (full, io) = anatomy(error);
        let full = full.unwrap_or(&self.root_path).to_owned();
        let root_length = bytes_of(&self.root_path).len();
        let path = place(self.root, root_length, &full);
        if self.inside(path.relative).is_some_and(|folder| folder.is_dead()) {
            return; // Nobody asked to read it; only the count of what it holds is short.
        }
        match io {
            Some(io) => self.failed(io, path, "listed"),
            None => {
                let detail = format!("could not be listed: {error}");
                self.gap(Gap::new(GapReason::ReadError, detail), path.shown);
            }
        }
    }

    /// An operation on `path` failed. What is gone by now is no gap, unless the user named it.
    fn failed(&mut self, error: &io::Error, path: TreePath<'_>, verb: &str) {
        let reason = match error.raw_os_error() {
            Some(libc::ENOENT) if !path.relative.is_empty() => return,
            // It was a file when its folder was listed and has become a link since.
            Some(libc::ELOOP) => GapReason::Changed,
            Some(libc::ENAMETOOLONG) => GapReason::LimitHit,
            _ => GapReason::of_io(error),
        };
        self.gap(Gap::new(reason, format!("could not be {verb}: {error}")), path.shown);
    }
}

impl<S: Sink> ParallelVisitor for Visitor<'_, S> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        self.guard(|visitor| match entry {
            Ok(entry) => visitor.entry(&entry),
            Err(error) => {
                visitor.walk_error(&error);
                WalkState::Continue
            }
        })
        .unwrap_or(WalkState::Quit)
    }
}

impl<S: Sink> Drop for Visitor<'_, S> {
    fn drop(&mut self) {
        let mut total = self.shared.counts.lock().unwrap_or_else(PoisonError::into_inner);
        total.files += self.counts.files;
        total.bytes += self.counts.bytes;
        total.ignored += self.counts.ignored;
        drop(total);
        if let Some(local) = self.local.take()
            && !self.shared.has_panicked()
        {
            self.shared.sink.finish(local);
        }
    }
}

/// Makes visitors for the walker's threads.
pub(super) struct Builder<'b, F>(pub(super) &'b mut F);

impl<'s, S: Sink + 's, F: FnMut() -> Visitor<'s, S>> ParallelVisitorBuilder<'s> for Builder<'_, F> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 's> {
        Box::new((self.0)())
    }
}

fn place(root: usize, root_length: usize, full: &Path) -> TreePath<'_> {
    let full = bytes_of(full);
    let relative = full.get(root_length..).unwrap_or_default();
    TreePath {
        root,
        relative: relative.trim_start_with(|c| c == '/').as_bstr(),
        shown: shown(full),
    }
}

fn not_a_file(kind: fs::FileType) -> Gap {
    // It holds no bytes at rest, so nothing is missing from the claim that all files were read;
    // it is listed all the same.
    let mut gap =
        Gap::new(GapReason::NotAFile, format!("is {}, which was not read", special_kind(kind)));
    gap.level = GapLevel::Undecoded;
    gap
}

/// The path and the operating system's error inside the walker's.
fn anatomy(error: &ignore::Error) -> (Option<&Path>, Option<&io::Error>) {
    let (mut path, mut error) = (None, error);
    loop {
        match error {
            ignore::Error::WithPath { path: found, err } => {
                path = Some(found.as_path());
                error = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
                error = err;
            }
            ignore::Error::Io(io) => return (path, Some(io)),
            _ => return (path, None),
        }
    }
}
