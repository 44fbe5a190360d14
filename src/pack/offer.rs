//! An object as it is shown to a visitor; and as it is offered to one that inherits, built only when
//! its bytes are asked for.
//!
//! Most deltas change little, and on more than half of them no other delta stands. A visitor that
//! knows what it found in the base needs of these only what they insert.

use super::{
    buffer::Buffer,
    index::Index,
    plan::build,
    quota::{Held, Quota},
};
use crate::model::{ObjectId, ObjectKind, Patch};

/// One decoded object, lent to a visitor.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a> {
    /// Its name, as the pack's index or the loose object's file name gives it.
    pub id: ObjectId,
    /// Its kind.
    pub kind: ObjectKind,
    /// Its content, without any header.
    pub bytes: &'a [u8],
}

/// Where the name of an object is to be had.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Name<'a> {
    /// Here.
    Known(ObjectId),
    /// At this position of an index. Names lie there in an order of their own, so to read one is to wait for
    /// memory, and of most objects nobody asks for it.
    At(&'a Index, u32),
}

/// How an object is made from its base, which was visited.
#[derive(Debug)]
pub struct Change<'a, M> {
    /// What the visitor remembers of the base.
    pub base: &'a M,
    /// What is copied from the base and what is inserted.
    pub patch: Patch<'a>,
}

impl<M> Clone for Change<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Change<'_, M> {}

/// An object, lent to a visitor that inherits.
#[derive(Debug)]
pub struct Offer<'a, M> {
    name: Name<'a>,
    /// Its kind.
    pub kind: ObjectKind,
    /// Whether other objects are deltas on it. Only then is what the visitor remembers kept.
    pub is_base: bool,
    /// How it is made from its base, where that is known and was visited.
    pub change: Option<Change<'a, M>>,
    content: Content<'a>,
}

#[derive(Debug)]
enum Content<'a> {
    Whole(&'a [u8]),
    Unbuilt(Patch<'a>, Room<'a>),
    Built(Room<'a>),
}

/// Where an object is built, if it is.
#[derive(Debug)]
pub(crate) struct Room<'a> {
    buffer: Buffer,
    quota: &'a Quota,
    held: Option<Held<'a>>,
}

impl<'a> Room<'a> {
    pub(crate) fn new(buffer: Buffer, quota: &'a Quota) -> Self {
        Room { buffer, quota, held: None }
    }
}

impl<'a, M> From<Object<'a>> for Offer<'a, M> {
    /// The offer of an object by itself.
    fn from(object: Object<'a>) -> Self {
        Offer::whole((Name::Known(object.id), object.kind), false, object.bytes, None)
    }
}

impl<'a, M> Offer<'a, M> {
    /// An object that is there in full.
    pub(crate) fn whole(
        (name, kind): (Name<'a>, ObjectKind),
        is_base: bool,
        bytes: &'a [u8],
        change: Option<Change<'a, M>>,
    ) -> Self {
        Offer { name, kind, is_base, change, content: Content::Whole(bytes) }
    }

    /// An object on which no other stands, not built.
    pub(crate) fn unbuilt(
        (name, kind): (Name<'a>, ObjectKind),
        change: Change<'a, M>,
        room: Room<'a>,
    ) -> Self {
        let content = Content::Unbuilt(change.patch, room);
        Offer { name, kind, is_base: false, change: Some(change), content }
    }

    /// Its name.
    pub fn id(&self) -> ObjectId {
        match self.name {
            Name::Known(id) => id,
            Name::At(index, position) => index.id(position),
        }
    }

    /// The length of its content in bytes.
    pub fn len(&self) -> usize {
        match &self.content {
            Content::Whole(bytes) => bytes.len(),
            Content::Unbuilt(patch, _) => patch.len(),
            Content::Built(room) => room.buffer.as_slice().len(),
        }
    }

    /// Whether it has no content.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its content, without any header. Builds it if that was not done.
    pub fn bytes(&mut self) -> &[u8] {
        if let Content::Unbuilt(..) = self.content {
            self.build();
        }
        match &self.content {
            Content::Whole(bytes) => bytes,
            Content::Built(room) => room.buffer.as_slice(),
            Content::Unbuilt(..) => &[],
        }
    }

    fn build(&mut self) {
        self.content = match std::mem::replace(&mut self.content, Content::Whole(&[])) {
            Content::Unbuilt(patch, mut room) => {
                room.held = room.quota.hold(patch.len() as u64);
                build(&patch, &mut room.buffer);
                Content::Built(room)
            }
            built => built,
        }
    }

    /// Gives the room back, after the visit.
    pub(crate) fn into_buffer(self) -> Option<Buffer> {
        match self.content {
            Content::Whole(_) => None,
            Content::Unbuilt(_, room) | Content::Built(room) => Some(room.buffer),
        }
    }
}
