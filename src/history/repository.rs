//! A repository as this floor sees it: the starts its refs, logs and index give, and its index as a
//! listing.

use std::ops::Range as Positions;

use bstr::{BStr, BString, ByteSlice};

use super::{EntryKind, Listed, Listing, Staged, StagedBlob, Starts, staged};
use crate::git::{Index, Repository};
use crate::model::ObjectId;
use crate::pack::Store;

impl Starts {
    /// The starts of a repository, without its reflogs, which the caller reads anyway and adds one
    /// by one with [`Starts::add_reflog`].
    pub fn of(repository: &Repository, index: Option<&Index>) -> Starts {
        let mut starts = Starts {
            head: repository.head().and_then(|head| head.commit),
            grafts: repository.grafts().to_vec(),
            shallow: repository.shallow().to_vec(),
            promisor: repository.promisor(),
            prerequisites: repository.bundle().map(|b| b.prerequisites.clone()).unwrap_or_default(),
            ..Starts::default()
        };
        for each in repository.refs() {
            if is_lasting(each.name.as_bstr()) {
                starts.tips.push((each.name.clone(), each.target));
            } else {
                // FETCH_HEAD, ORIG_HEAD and the like hold nothing against `git gc`.
                starts.reflogs.push(each.target);
            }
        }
        let blobs = index.into_iter().flat_map(Index::iter).filter_map(|entry| {
            let kind = EntryKind::of_mode(entry.mode);
            (kind.is_blob() && !entry.intent_to_add).then(|| StagedBlob {
                path: entry.path.to_owned(),
                blob: entry.id,
                symlink: kind == EntryKind::Symlink,
            })
        });
        starts.staged = blobs.collect();
        starts
    }

    /// Adds what one reflog names. The log of the stash is the stash itself: its entries are tips.
    pub fn add_reflog(&mut self, name: &BStr, ids: &[ObjectId]) {
        if name == "refs/stash" {
            let tip = |id: &ObjectId| (BString::from("refs/stash"), *id);
            let known: Vec<ObjectId> =
                self.tips.iter().filter(|(tip, _)| tip == name).map(|(_, id)| *id).collect();
            self.tips.extend(ids.iter().filter(|id| !known.contains(id)).map(tip));
        } else {
            self.reflogs.extend_from_slice(ids);
        }
    }
}

/// Whether a name is a ref or a HEAD, of any worktree: what it reaches stays.
fn is_lasting(name: &BStr) -> bool {
    let own = match name.strip_prefix(b"worktrees/") {
        Some(rest) => rest.split_once_str(b"/").map_or(rest, |(_, own)| own),
        None => name,
    };
    own == b"HEAD" || own.starts_with(b"refs/")
}

impl Listing for Index {
    fn count(&self) -> usize {
        self.len()
    }

    fn entry(&self, at: usize) -> Listed<'_> {
        match self.get(at) {
            Some(entry) => Listed {
                path: entry.path,
                mode: entry.mode,
                id: entry.id,
                stage: entry.stage,
                intent_to_add: entry.intent_to_add,
            },
            // Positions come from `count`; an entry that is none is passed by.
            None => Listed {
                path: BStr::new(b""),
                mode: 0,
                id: ObjectId([0; 20]),
                stage: 1,
                intent_to_add: true,
            },
        }
    }

    fn cached(&self, folder: &BStr, entries: &Positions<usize>) -> Option<ObjectId> {
        self.cached_folder(folder)
            .filter(|cached| cached.entries == *entries)
            .map(|cached| cached.tree)
    }
}

/// What the next commit of a repository adds: its index against HEAD and all heads being merged.
pub fn staged_in(repository: &Repository, store: &Store, index: &Index) -> Staged {
    let head = repository.head().and_then(|head| head.commit);
    let parents: Vec<ObjectId> =
        head.into_iter().chain(repository.merge_heads().iter().copied()).collect();
    staged(store, index, &parents, repository.promisor())
}
