//! The index of a pack that has none, made in memory: bundles have no index, and a fetch or repack
//! that was interrupted leaves a pack without one.
//!
//! Where entries lie, [`sequence`] tells. Their names are hashes of what they hold, so the pack is
//! walked as any other, under names that are only numbers, and each object is hashed on the way. A
//! delta whose base is given by name can only be read once the base is named, so this is done again
//! as long as it helps; git itself writes such deltas only on objects outside of the pack.

use std::sync::{Mutex, PoisonError};

use super::{
    Visitor,
    encode::encode,
    entries::{Entries, MOST_OBJECTS},
    index::Index,
    map::Mapped,
    offer::Object,
    packed::Pack,
    sequence::{Sequence, sequence},
    store::Store,
};
use crate::model::{Gap, GapReason, ObjectId};

/// How often a pack is walked: git's own chains have 50 links at most unless told otherwise.
const MOST_ROUNDS: usize = 64;

/// What could not be named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Unnamed {
    /// Entries that cannot be decoded: their bases are not there, or they are damaged.
    pub(crate) entries: u64,
    /// Whether some of them stand on objects that are not there.
    pub(crate) bases_missing: bool,
    /// Whether the pack goes on after its last readable entry, or ends too early.
    pub(crate) cut: bool,
}

impl Unnamed {
    /// The gaps that it leaves.
    pub(crate) fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        if self.cut {
            let detail = "a pack without an index ends too early, or holds what is no object; the \
                          objects before that were read";
            gaps.push(Gap::new(GapReason::Damaged, detail));
        }
        let objects = match self.entries {
            0 => return gaps,
            1 => "an object".to_owned(),
            many => format!("{many} objects"),
        };
        let (reason, why) = match self.bases_missing {
            true => (GapReason::MissingObject, "its delta base is not there"),
            false => (GapReason::Damaged, "its delta is damaged"),
        };
        let detail = format!("{objects} of a pack without an index could not be read: {why}");
        gaps.push(Gap::new(reason, detail));
        gaps
    }
}

/// A name that is only an entry's number, never an object's.
fn number_as_name(number: u32) -> ObjectId {
    let mut name = [0xff; 20];
    name[..4].copy_from_slice(&number.to_be_bytes());
    ObjectId(name)
}

fn name_as_number(name: &ObjectId) -> Option<u32> {
    let (number, rest) = name.0.split_first_chunk::<4>()?;
    rest.iter().all(|byte| *byte == 0xff).then(|| u32::from_be_bytes(*number))
}

/// The name of an object; `None` for one that was forged to share another's name.
pub(crate) fn name_of(object: &Object<'_>) -> Option<ObjectId> {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(format!("{} {}\0", object.kind, object.bytes.len()).as_bytes());
    hasher.update(object.bytes);
    hasher.try_finalize().ok().and_then(|id| ObjectId::from_bytes(id.as_slice()))
}

/// Names whatever it is shown under a number.
#[derive(Default)]
struct Namer {
    named: Mutex<Vec<(u32, ObjectId)>>,
}

impl Visitor for Namer {
    type Local = Vec<(u32, ObjectId)>;
    type Memory = ();

    fn local(&self) -> Self::Local {
        Vec::new()
    }

    fn visit(&self, local: &mut Self::Local, object: Object<'_>) {
        if let Some(number) = name_as_number(&object.id)
            && let Some(name) = name_of(&object)
        {
            local.push((number, name));
        }
    }

    fn finish(&self, local: Self::Local) {
        self.named.lock().unwrap_or_else(PoisonError::into_inner).extend(local);
    }
}

impl Store {
    /// Adds a pack without an index, given as its bytes and what to call it. Bases that it lacks are
    /// looked for in what the store has already.
    pub(crate) fn add_unindexed(&mut self, path: std::path::PathBuf, bytes: Mapped) -> Unnamed {
        let Sequence { offsets, whole } = sequence(&bytes);
        let mut names: Vec<ObjectId> = (0..offsets.len() as u32).map(number_as_name).collect();
        let is_named = |name: &ObjectId| name_as_number(name).is_none();
        let mut unnamed = Unnamed { cut: !whole, ..Unnamed::default() };
        let Some(index) = index_of(&names, &offsets, |_| true) else { return unnamed };
        let mut pack = Pack::new(Entries::indexed(path, bytes, index));
        let number = self.packs.len() as u32;
        for _ in 0..MOST_ROUNDS {
            self.packs.push(pack);
            let namer = Namer::default();
            self.traverse_pack(number, &namer);
            let new = namer.named.into_inner().unwrap_or_else(PoisonError::into_inner);
            for (entry, name) in &new {
                if let Some(slot) = names.get_mut(*entry as usize) {
                    *slot = *name;
                }
            }
            let Some(last) = self.packs.pop() else { return unnamed };
            pack = last;
            unnamed.bases_missing = !pack.forest().external.is_empty();
            let Some(index) = index_of(&names, &offsets, |_| true) else { return unnamed };
            if new.is_empty() || names.iter().all(is_named) {
                break;
            }
            pack.set_index(index);
        }
        unnamed.entries = names.iter().filter(|name| !is_named(name)).count() as u64;
        unnamed.bases_missing &= unnamed.entries > 0;
        if let Some(index) = index_of(&names, &offsets, is_named) {
            pack.set_index(index);
            self.packs.push(pack);
        }
        unnamed
    }
}

/// The index of those entries whose name is wanted.
fn index_of(
    names: &[ObjectId],
    offsets: &[u64],
    wanted: impl Fn(&ObjectId) -> bool,
) -> Option<Index> {
    debug_assert!(names.len() <= MOST_OBJECTS as usize);
    let named = names.iter().copied().zip(offsets.iter().copied());
    let mut entries: Vec<(ObjectId, u64)> = named.filter(|(name, _)| wanted(name)).collect();
    entries.sort_unstable();
    Index::new(Mapped::of(&encode(&entries)).ok()?).ok()
}
