//! One look at a tree for all that is asked of it: whether everything it lists is there
//! ([`super::links`]), and what of it provenance needs ([`super::sweep`]).
//!
//! Successive versions of a tree share nearly all their entries, and packs keep them as deltas, so of
//! most trees only what changed is parsed ([`super::reading`]), and that once. The rest is taken over:
//! what was found in it, and that it is there. What was missing is not taken over, since each tree
//! that lists it must be told; such a tree is followed in full, and so are those made from it.

use std::sync::Arc;

use super::found::Found;
use super::links::{Lost, is_to_be_there};
use super::new_names::NewNames;
use super::reading::{Read, Reader};
use super::sweep::{Sweep, SweepPart};
use crate::model::{ObjectId, Patch, Piece, Span};
use crate::pack::Offer;

/// What is asked of trees.
#[derive(Clone, Copy)]
pub struct TreeLook<'a> {
    /// The pass that remembers what provenance needs.
    pub sweep: Option<&'a Sweep>,
    /// Says whether all of these objects are there, if that is asked.
    pub contains_all: Option<&'a ContainsAll<'a>>,
}

/// Says whether all of these objects are there.
pub type ContainsAll<'a> = dyn Fn(&[ObjectId]) -> bool + 'a;

/// What one worker keeps.
pub struct TreePart {
    reader: Reader<Found>,
    sweep: Option<SweepPart>,
    lost: Lost,
    names: NewNames,
    /// What a tree lists, to be looked up.
    listed: Vec<ObjectId>,
    /// A tree that is put together.
    bytes: Vec<u8>,
}

impl Default for TreePart {
    fn default() -> Self {
        let (sweep, lost, names, listed, bytes) = Default::default();
        TreePart { reader: Reader::new(), sweep, lost, names, listed, bytes }
    }
}

impl TreePart {
    /// What was missing, and what a sweep must take back.
    pub fn into_parts(self) -> (Lost, Option<SweepPart>) {
        (self.lost, self.sweep)
    }

    /// The names that the tree lists which was looked at last, each with a zero behind it, but for those
    /// taken over from the tree that it is made from, and those known for clean.
    pub fn new_names(&self) -> &[u8] {
        self.names.text()
    }

    /// Remembers that there is nothing in these names.
    pub fn names_are_clean(&mut self) {
        self.names.remember();
    }
}

/// A tree that was looked at, to look at those that are made from it.
#[derive(Clone)]
pub struct KnownTree(Arc<Known>);

struct Known {
    read: Read<Found>,
    /// Whether a sweep saw its entries.
    is_swept: bool,
    /// Whether all of its entries were looked up and are there.
    is_whole: bool,
}

/// What a look at a tree shows.
#[derive(Default)]
pub struct Looked {
    /// What is needed to look at those that are made from it, if it was to be kept.
    pub known: Option<KnownTree>,
    /// Whether something that it lists is not there.
    pub lacks: bool,
    /// Whether all of its names were noted, to the last.
    pub has_names: bool,
}

impl TreeLook<'_> {
    /// Looks at a tree, made from one that was looked at or whole.
    pub fn look(
        &self,
        part: &mut TreePart,
        tree: ObjectId,
        base: Option<&KnownTree>,
        patch: &Patch<'_>,
        kept: bool,
    ) -> Looked {
        let TreePart { reader, sweep: swept, lost, names, listed, bytes } = part;
        names.clear();
        listed.clear();
        let sweep = self.sweep.filter(|sweep| !sweep.is_full());
        if sweep.is_none() && self.contains_all.is_none() {
            return Looked::default();
        }
        let mut swept = sweep.map(|sweep| (sweep, swept.get_or_insert_with(SweepPart::new)));
        // What is taken over must have been asked of the base.
        let base = base.map(|base| &*base.0).filter(|base| sweep.is_none() || base.is_swept);
        let is_listed = self.contains_all.is_some();
        let result = reader.changed(base.map(|base| &base.read), patch, kept, |entry, is_known| {
            if !is_known {
                names.note(entry.name);
            }
            if is_listed && is_to_be_there(&entry) {
                listed.push(entry.id);
            }
            let (sweep, part) = swept.as_mut()?;
            sweep.entry(part, &entry)
        });
        let mut lacks = false;
        if let Some(contains_all) = self.contains_all {
            let is_based_on_whole = base.is_none_or(|base| base.is_whole);
            if !is_based_on_whole || !contains_all(listed) {
                bytes.clear();
                patch.read(Span::new(0, patch.len()), bytes);
                lacks = lost.follow(contains_all, tree, bytes);
            }
        }
        let has_names = result.is_ok();
        if let Some((sweep, part)) = swept {
            sweep.close(part, tree, reader.found(), result, patch);
        }
        let known = kept.then(|| {
            let is_whole = self.contains_all.is_some() && !lacks;
            let known = Known { read: reader.remember(), is_swept: sweep.is_some(), is_whole };
            KnownTree(Arc::new(known))
        });
        Looked { known, lacks, has_names }
    }

    /// The same for a tree as a traversal offers it. `change` tells what is known of the one it is made
    /// from, if that is to be made use of.
    pub fn look_at_offer<M>(
        &self,
        part: &mut TreePart,
        offer: &mut Offer<'_, M>,
        change: Option<(Option<&KnownTree>, Patch<'_>)>,
    ) -> Looked {
        let (id, is_base) = (offer.id(), offer.is_base);
        match change {
            // The tree is not put together for nothing.
            _ if self.sweep.is_none() && self.contains_all.is_none() => Looked::default(),
            Some((base, patch)) => self.look(part, id, base, &patch, is_base),
            None => self.look_at(part, id, offer.bytes(), is_base),
        }
    }

    /// The same for a tree that is there in full.
    pub fn look_at(&self, part: &mut TreePart, tree: ObjectId, bytes: &[u8], kept: bool) -> Looked {
        let piece = Piece { to: 0, len: bytes.len(), at: 0, copied: false };
        let patch = Patch { pieces: &[piece], older: b"", inserted: bytes, margin: 0 };
        self.look(part, tree, None, &patch, kept)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use proptest::prelude::*;

    use super::*;
    use crate::history::testing::tree_bytes;
    use crate::history::{Missing, entries};

    /// Names in a tree, each with the first byte of what it names.
    type Version = Vec<(u8, u8)>;

    fn written(version: &[(u8, u8)]) -> Vec<u8> {
        let named: Vec<([u8; 1], ObjectId, u32)> = version
            .iter()
            .map(|&(name, id)| {
                let mode = [0o40_000, 0o100_644, 0o120_000, 0o160_000][usize::from(name % 4)];
                ([b'a' + name], ObjectId([id; 20]), mode)
            })
            .collect();
        let list: Vec<_> = named.iter().map(|(name, id, mode)| (*mode, &name[..], *id)).collect();
        tree_bytes(&list)
    }

    /// What two texts have in common at both ends, as copies.
    fn pieces(older: &[u8], newer: &[u8]) -> Vec<Piece> {
        let same =
            |pairs: &mut dyn Iterator<Item = (&u8, &u8)>| pairs.take_while(|(a, b)| a == b).count();
        let head = same(&mut older.iter().zip(newer));
        let tail = same(&mut older[head..].iter().rev().zip(newer[head..].iter().rev()));
        let end = newer.len() - tail;
        let all = [
            Piece { to: 0, len: head, at: 0, copied: true },
            Piece { to: head, len: end - head, at: head, copied: false },
            Piece { to: end, len: tail, at: older.len() - tail, copied: true },
        ];
        all.into_iter().filter(|piece| piece.len > 0).collect()
    }

    fn any_version() -> impl Strategy<Value = Version> {
        prop::collection::btree_map(0_u8..20, 0_u8..12, 0..20)
            .prop_map(|map| map.into_iter().collect())
    }

    proptest! {
        /// Each version of a tree lists what is missing from it, whether it is read whole or as what
        /// changed, and with a sweep or without one that began in the middle.
        #[test]
        fn each_tree_that_lists_a_missing_object_is_told(
            versions in prop::collection::vec((any_version(), any::<bool>()), 1..8),
            gone in prop::collection::btree_set(1_u8..12, 0..3),
            begins in 0..8_usize)
        {
            let contains = |ids: &[ObjectId]| ids.iter().all(|id| !gone.contains(&id.0[0]));
            let sweep = Sweep::new(&[ObjectId([3; 20])]);
            let (mut part, mut plain) = (TreePart::default(), Lost::default());
            let mut known: Option<(Vec<u8>, KnownTree)> = None;
            for (number, (version, is_base)) in versions.iter().enumerate() {
                let bytes = written(version);
                let tree = ObjectId([100 + number as u8; 20]);
                let sweep = (number >= begins).then_some(&sweep);
                let look = TreeLook { sweep, contains_all: Some(&contains) };
                let looked = match &known {
                    Some((older, known)) => {
                        let patch = Patch { pieces: &pieces(older, &bytes), older, inserted: &bytes, margin: 0 };
                        look.look(&mut part, tree, Some(known), &patch, *is_base)
                    }
                    None => look.look_at(&mut part, tree, &bytes, *is_base),
                };
                prop_assert_eq!(looked.lacks, plain.follow(&contains, tree, &bytes));
                prop_assert_eq!(looked.known.is_some(), *is_base);
                known = looked.known.map(|known| (bytes, known)).or(known);
            }
            let sorted = |lost: Lost| -> Vec<Missing> {
                let mut listed = lost.listed;
                listed.sort_unstable();
                listed
            };
            prop_assert_eq!(sorted(part.into_parts().0), sorted(plain));
        }
    }

    #[test]
    fn of_a_changed_tree_only_what_changed_is_looked_up() {
        let asked = RefCell::new(Vec::new());
        let contains = |ids: &[ObjectId]| {
            asked.borrow_mut().extend(ids.iter().map(|id| id.0[0]));
            true
        };
        let look = TreeLook { sweep: None, contains_all: Some(&contains) };
        let older = written(&[(0, 1), (1, 2), (2, 3), (3, 4)]);
        let known = look.look_at(&mut TreePart::default(), ObjectId([7; 20]), &older, true).known;
        // The last is a submodule.
        assert_eq!(asked.take(), [1, 2, 3]);
        let newer = written(&[(0, 1), (1, 9), (2, 3), (3, 4)]);
        assert_eq!(entries(&newer).count(), 4);
        let patch =
            Patch { pieces: &pieces(&older, &newer), older: &older, inserted: &newer, margin: 0 };
        // Another worker, which knows nothing of its own.
        let part = &mut TreePart::default();
        look.look(part, ObjectId([8; 20]), known.as_ref(), &patch, false);
        assert_eq!(asked.take(), [9]);
    }
}
