//! What history needs of an object store: single objects by name, and one pass over all objects of
//! some kinds. The pack floor's store is one; the tests bring a forged one in memory, which holds
//! what no real repository could (a tree that lists itself).

use crate::model::{Gap, ObjectId, ObjectKind};

/// Which kinds of object a pass visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindSet(u8);

impl KindSet {
    /// These kinds.
    pub fn of(kinds: &[ObjectKind]) -> Self {
        KindSet(kinds.iter().fold(0, |set, &kind| set | 1 << kind as u8))
    }

    /// Whether it holds this kind.
    pub fn contains(self, kind: ObjectKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }
}

/// One object, as a pass shows it.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a> {
    /// Its name.
    pub id: ObjectId,
    /// Its kind.
    pub kind: ObjectKind,
    /// Its whole content.
    pub bytes: &'a [u8],
}

/// Who looks at the objects of a pass. Called from many threads, each with its own `Local`.
pub trait Visitor: Sync {
    /// What one worker keeps between objects.
    type Local: Send;
    /// A fresh `Local` for a worker.
    fn local(&self) -> Self::Local;
    /// Looks at one object.
    fn visit(&self, local: &mut Self::Local, object: Object<'_>);
    /// Polled; `true` ends the pass early.
    fn stop(&self) -> bool {
        false
    }
    /// A worker is done.
    fn finish(&self, local: Self::Local);
}

/// A store of objects.
pub trait Objects: Sync {
    /// Reads one object into `out` (cleared first) and says its kind; `None` when it is not there.
    ///
    /// # Errors
    /// The gap to report when the object is there but cannot be read.
    fn read(&self, id: &ObjectId, out: &mut Vec<u8>) -> Result<Option<ObjectKind>, Gap>;

    /// Whether the object is there, unread.
    fn contains(&self, id: &ObjectId) -> bool;

    /// Shows every object of these kinds to the visitor exactly once. What cannot be read comes
    /// back as gaps.
    fn traverse<V: Visitor>(&self, kinds: KindSet, visitor: &V) -> Vec<Gap>;
}
