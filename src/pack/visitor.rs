//! What a traversal shows, and to whom: the contract between a store and those who search it.

use super::offer::{Object, Offer};
use crate::model::ObjectKind;

/// Which kinds of object are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindSet(u8);

impl KindSet {
    /// All four kinds.
    pub const ALL: KindSet = KindSet(0b1111);

    /// These kinds.
    pub fn of(kinds: &[ObjectKind]) -> KindSet {
        KindSet(kinds.iter().fold(0, |set, kind| set | 1 << *kind as u8))
    }

    /// Whether the kind is wanted.
    pub fn contains(self, kind: ObjectKind) -> bool {
        self.0 >> kind as u8 & 1 != 0
    }
}

/// What is done with each object. Called from many threads at once, each with its own
/// [`Visitor::Local`].
pub trait Visitor: Sync {
    /// A worker's own state: buffers, results, counts.
    type Local: Send;

    /// What is remembered of an object for those that are deltas on it. Clones must be cheap.
    type Memory: Clone + Send + Sync;

    /// Whether anything is remembered; if not, no delta is looked at for the visitor's sake.
    const INHERITS: bool = false;

    /// How many bytes on either side of what is inserted in a text it wants to see with that; see
    /// [`crate::model::Patch::margin`]. Trees are shown without.
    fn margin(&self) -> usize {
        0
    }

    /// The state of a worker that begins.
    fn local(&self) -> Self::Local;

    /// Looks at one object. Objects come in no particular order.
    fn visit(&self, local: &mut Self::Local, object: Object<'_>);

    /// The same for a visitor that inherits; for any other, it calls [`Visitor::visit`]. The offer tells
    /// how the object is made from its base, where it is a delta and the base was visited; an object on
    /// which no other stands is built only when its bytes are asked for. What is returned is given to the
    /// objects that are deltas on this one.
    fn visit_heir(
        &self,
        local: &mut Self::Local,
        offer: &mut Offer<'_, Self::Memory>,
    ) -> Option<Self::Memory> {
        let (id, kind) = (offer.id(), offer.kind);
        self.visit(local, Object { id, kind, bytes: offer.bytes() });
        None
    }

    /// Polled before each object; `true` ends the traversal early.
    fn stop(&self) -> bool {
        false
    }

    /// Called when an object could not be had from its own pack alone: its own copy is damaged, or
    /// its base lies elsewhere. What is shown of it stands on another file, too.
    fn borrowed(&self) {}

    /// Called now and then with the objects and bytes visited since the last call.
    fn progress(&self, objects: u64, bytes: u64) {
        let _ = (objects, bytes);
    }

    /// Takes back the state of a worker that is done.
    fn finish(&self, local: Self::Local) {
        drop(local);
    }
}
