//! What history needs of an object store: single objects by name, and one pass over all objects of
//! some kinds. The pack floor's store is one; the tests bring a forged one in memory, which holds
//! what no real repository could (a tree that lists itself).

use crate::model::{Gap, GapReason, ObjectId, ObjectKind};
use crate::pack::{Error, KindSet, Store, Visitor};

/// A store of objects.
pub trait Objects: Sync {
    /// Reads one object into `out` (cleared first) and says its kind; `None` when it is not there.
    ///
    /// # Errors
    /// The gap to report when the object is there but cannot be read.
    fn read(&self, id: &ObjectId, out: &mut Vec<u8>) -> Result<Option<ObjectKind>, Gap>;

    /// Whether the object is there, unread.
    fn contains(&self, id: &ObjectId) -> bool;

    /// Whether all of these are there, for who asks of very many: nearly certain if that is said, and certain
    /// if it is not.
    fn contains_all(&self, ids: &[ObjectId]) -> bool {
        ids.iter().all(|id| self.contains(id))
    }

    /// Shows every object of these kinds to the visitor exactly once. What cannot be read comes
    /// back as gaps.
    fn traverse<V: Visitor>(&self, kinds: KindSet, visitor: &V) -> Vec<Gap>;
}

impl Objects for Store {
    fn read(&self, id: &ObjectId, out: &mut Vec<u8>) -> Result<Option<ObjectKind>, Gap> {
        Store::read(self, id, out).map_err(|error| gap(&error, id))
    }

    fn contains(&self, id: &ObjectId) -> bool {
        Store::contains(self, id)
    }

    fn contains_all(&self, ids: &[ObjectId]) -> bool {
        Store::contains_all(self, ids)
    }

    fn traverse<V: Visitor>(&self, kinds: KindSet, visitor: &V) -> Vec<Gap> {
        Store::traverse(self, kinds, visitor)
    }
}

fn gap(error: &Error, id: &ObjectId) -> Gap {
    let reason = match error {
        Error::NoObjects { source, .. } => GapReason::of_io(source),
        Error::Damaged { .. } => GapReason::Damaged,
    };
    Gap::new(reason, error.to_string()).at_object(*id)
}
