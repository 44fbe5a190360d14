//! Roots that overlap: each file is read once, by the root that names it most closely.
//!
//! `scan . src` names everything in `src` twice. The nearer root reads it, for what is named is
//! always read, while the farther one might ignore it; the farther one leaves it out. Two names for
//! one file, through a symbolic link or a hard link, are two places and no overlap.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Root, open::bytes_of};

/// What each root leaves to others.
pub(super) struct Overlaps {
    /// By root: whether an earlier root is the same.
    repeated: Vec<bool>,
    /// By root: paths below it that other roots name.
    elsewhere: Vec<FxHashSet<Vec<u8>>>,
}

impl Overlaps {
    pub(super) fn of(roots: &[Root]) -> Overlaps {
        let mut overlaps = Overlaps {
            repeated: vec![false; roots.len()],
            elsewhere: vec![FxHashSet::default(); roots.len()],
        };
        if roots.len() < 2 {
            return overlaps;
        }
        let real: Vec<Option<PathBuf>> = roots.iter().map(|root| real(root.path())).collect();
        let mut by_path: FxHashMap<&Path, usize> = FxHashMap::default();
        for (index, path) in real.iter().enumerate() {
            let Some(path) = path else { continue };
            overlaps.repeated[index] = by_path.contains_key(path.as_path());
            by_path.entry(path).or_insert(index);
        }
        for path in real.iter().flatten() {
            let above = path.ancestors().skip(1).find_map(|above| {
                by_path.get(above).filter(|&&index| is_walked_as_it_is(&roots[index]))
            });
            let below = above
                .and_then(|&index| Some((index, path.strip_prefix(real[index].as_deref()?).ok()?)));
            if let Some((index, relative)) = below {
                overlaps.elsewhere[index].insert(bytes_of(relative).to_vec());
            }
        }
        overlaps
    }

    /// Whether an earlier root is the same as this one.
    pub(super) fn is_repeated(&self, root: usize) -> bool {
        self.repeated[root]
    }

    /// The paths below this root that are read as or below other roots.
    pub(super) fn elsewhere(&self, root: usize) -> &FxHashSet<Vec<u8>> {
        &self.elsewhere[root]
    }
}

/// A link's own path is not that of the folder behind it.
fn is_walked_as_it_is(root: &Root) -> bool {
    root.is_folder() && root.link_target().is_none()
}

/// The path without links above it; a link that is itself named keeps its own name.
fn real(path: &Path) -> Option<PathBuf> {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            Some(fs::canonicalize(parent).ok()?.join(name))
        }
        // `.`, `..` and `/` are no links themselves.
        _ => fs::canonicalize(path).ok(),
    }
}
