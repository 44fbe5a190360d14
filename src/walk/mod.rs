//! Walks files and folders as a work tree has them and hands each file's bytes to a [`Sink`].
//!
//! Knows no git index and no rule: whether a path is tracked is asked of the caller ([`Tracked`]),
//! what to do with the bytes is the sink's affair. What is read and what is not:
//!
//! - Hidden files are read. `.git` is never entered; work trees of nested repositories are.
//! - Only `.gitignore` files inside the walked folder are obeyed: not `.ignore`, not
//!   `info/exclude`, not a user's global excludes, not those of folders above. What they match is
//!   read all the same if it is tracked; the rest is counted in [`Counts::ignored`].
//! - A path named by the user (a [`Root`]) is always read.
//! - Symbolic links inside are not followed: their target's text goes to [`Sink::symlink`].
//! - Only regular files are opened, without blocking. A FIFO, socket or device is a gap.
//! - Whatever could not be read is a gap, never silence. A file or folder that no longer exists
//!   when its turn comes is none: it is as if the walk had begun a moment later.

#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod ignored;
mod open;
mod overlap;
mod pattern;
mod read;
mod root;
mod sink;
mod visit;
mod windows;

#[cfg(test)]
mod tests;

use std::{
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

pub use read::stream;
pub use root::{Error, Root};
pub use sink::{Content, Counts, NothingTracked, Options, Sink, Tracked, TreePath};
pub use windows::{Window, Windows};

use ignored::Ignores;
use overlap::Overlaps;
use visit::{Shared, Visitor};

/// Walks all roots and gives every file, link and name to `sink`, from several threads at once and
/// in no particular order. Returns what was read when all is done or the sink said stop.
///
/// Where roots overlap a file is given once, for the nearest root above it.
///
/// # Panics
///
/// Where the sink panics: the walk ends and the panic goes on in the caller's thread.
pub fn walk<S: Sink>(roots: &[Root], tracked: &dyn Tracked, options: &Options, sink: &S) -> Counts {
    let overlaps = Overlaps::of(roots);
    let shared = Shared::new(tracked, options, &overlaps, sink);
    let (folders, single): (Vec<_>, Vec<_>) = roots
        .iter()
        .enumerate()
        .filter(|(index, _)| !overlaps.is_repeated(*index))
        .partition(|(_, root)| root.is_folder());
    walk_single(&single, &shared, options.thread_count());
    for (index, root) in folders {
        if sink.stop() || shared.has_panicked() {
            break;
        }
        walk_folder(index, root, &shared, options);
    }
    shared.into_counts()
}

/// Reads the roots that are no folders. A hook may name thousands of them, so they share threads.
fn walk_single<S: Sink>(roots: &[(usize, &Root)], shared: &Shared<'_, S>, threads: usize) {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut visitor = Visitor::new(shared, 0, PathBuf::new(), None);
        while let Some((index, root)) = roots.get(next.fetch_add(1, Ordering::Relaxed)) {
            if !visitor.visit_single(*index, root) {
                break;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(roots.len()) {
            scope.spawn(work);
        }
        if !roots.is_empty() {
            work();
        }
    });
}

/// Walks one folder with the `ignore` crate's parallel walker. Its own filters are all off: they
/// would drop tracked files, could not count, and follow a `.gitignore` that is a link or a FIFO.
fn walk_folder<S: Sink>(index: usize, root: &Root, shared: &Shared<'_, S>, options: &Options) {
    let ignores = (!options.no_ignore).then(Ignores::new);
    let path = root.walk_path();
    let mut new_visitor = || Visitor::new(shared, index, path.clone(), ignores.as_ref());
    if let Some(target) = root.link_target() {
        new_visitor().visit_root_link(root, target);
    }
    ignore::WalkBuilder::new(&path)
        .standard_filters(false)
        .follow_links(false)
        .same_file_system(false)
        .threads(options.thread_count())
        .build_parallel()
        .visit(&mut visit::Builder(&mut new_visitor));
}
