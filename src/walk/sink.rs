//! What a walk is told, and to whom it hands what it finds.

use std::{num::NonZero, thread};

use bstr::BStr;

use super::Windows;
use crate::model::Gap;

/// How to walk.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether to read what a `.gitignore` matches, tracked or not.
    pub no_ignore: bool,
    /// How many threads; 0 means as many as there are cores.
    pub threads: usize,
    /// The longest file, in bytes, that is given in one piece. Longer ones come in windows.
    pub whole_limit: u64,
    /// The size of a window in bytes; at least four times the margin is used.
    pub window: usize,
    /// How many bytes of context, at least, stand on both sides of every byte a window answers for.
    pub margin: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            no_ignore: false,
            threads: 0,
            whole_limit: 64 << 20,
            window: 16 << 20,
            margin: 128 << 10,
        }
    }
}

impl Options {
    pub(super) fn thread_count(&self) -> usize {
        match self.threads {
            0 => thread::available_parallelism().map_or(1, NonZero::get),
            threads => threads,
        }
    }
}

/// Where something stands: under which root, and its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreePath<'a> {
    /// Which of the walk's roots, from 0.
    pub root: usize,
    /// The path below the root, raw bytes, `/`-separated; empty for a root itself.
    pub relative: &'a BStr,
    /// The path as the user would name it: the root as it was named and `relative`, without a
    /// leading `./`.
    pub shown: &'a BStr,
}

/// A file's bytes.
#[derive(Debug)]
pub enum Content<'a> {
    /// All of them.
    Whole(&'a [u8]),
    /// A long file, piece by piece. An error in reading ends it and becomes a gap by itself.
    Windows(&'a mut Windows<'static>),
}

/// Receives what a walk finds; called from several threads at once.
pub trait Sink: Sync {
    /// What one thread keeps for itself: buffers, findings so far.
    type Local: Send;

    /// A new one, for a thread that begins.
    fn local(&self) -> Self::Local;

    /// One regular file.
    fn file(&self, local: &mut Self::Local, path: TreePath<'_>, content: Content<'_>);

    /// One symbolic link; `target` is the text it holds, which is not followed.
    fn symlink(&self, local: &mut Self::Local, path: TreePath<'_>, target: &BStr) {
        let _ = (local, path, target);
    }

    /// The name of every file, folder, link or other thing that is not ignored and stands below a
    /// root, and of every root that is no folder. Called before anything else about it.
    fn name(&self, local: &mut Self::Local, path: TreePath<'_>) {
        let _ = (local, path);
    }

    /// Something that could not be read.
    fn gap(&self, gap: Gap);

    /// Whether to end the walk early. Asked before every entry.
    fn stop(&self) -> bool {
        false
    }

    /// A thread has ended; this is what it kept.
    fn finish(&self, local: Self::Local) {
        let _ = local;
    }
}

/// Which paths are tracked, and are therefore read even where a `.gitignore` matches them.
///
/// Asked only about paths that one does match. `root` is the root's position in the walk's list and
/// `relative` the path below it.
pub trait Tracked: Sync {
    /// Whether this file or link is tracked.
    fn contains(&self, root: usize, relative: &BStr) -> bool;

    /// Whether anything below this folder may be tracked. `false` spares a question per file.
    fn any_below(&self, root: usize, relative: &BStr) -> bool {
        let _ = (root, relative);
        true
    }
}

/// For folders that are no repository.
#[derive(Debug, Clone, Copy, Default)]
pub struct NothingTracked;

impl Tracked for NothingTracked {
    fn contains(&self, _root: usize, _relative: &BStr) -> bool {
        false
    }

    fn any_below(&self, _root: usize, _relative: &BStr) -> bool {
        false
    }
}

/// What a walk read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Regular files given to the sink.
    pub files: u64,
    /// Their bytes, as far as they were read.
    pub bytes: u64,
    /// Untracked files and links that a `.gitignore` matched, itself or by a folder above them.
    /// Exact, save for folders among them that cannot be listed.
    pub ignored: u64,
}
