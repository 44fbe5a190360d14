//! How a delta is shown to a visitor that inherits: with what is copied from its base, which the visitor
//! knows, and what is new.

use super::{
    damage::Damage,
    decoder::{Decoded, Decoder},
    offer::{Change, Name, Offer, Room},
    packed::Pack,
    plan::Layout,
    visitor::Visitor,
};
use crate::model::ObjectKind;

/// The visitor is told of copies of so many bytes. Of a text: searchers look at some tens of
/// bytes on either side of a seam.
const SHORTEST_COPY: usize = 100;
/// Of a tree: no entry is shorter.
const SHORTEST_ENTRY: usize = 24;

/// A delta that was shown to a visitor that inherits.
pub(crate) struct Shown<'a, M> {
    /// How long it is.
    pub(crate) bytes: usize,
    /// The object, if others stand on it, and what the visitor remembers of it.
    pub(crate) base: Option<(Decoded<'a>, Option<M>)>,
}

/// Shows a delta to a visitor that inherits, built only if others stand on it or the visitor asks for
/// it. `None` if it cannot be told what is copied; then it was not shown.
#[inline]
pub(crate) fn show<'a, V: Visitor>(
    visitor: &V,
    local: &mut V::Local,
    decoder: &mut Decoder<'a>,
    (pack, rank, kind): (&Pack, u32, ObjectKind),
    base: &[u8],
    memory: &V::Memory,
) -> Result<Option<Shown<'a, V::Memory>>, Damage> {
    let layout = match kind {
        ObjectKind::Tree => Layout::new(SHORTEST_ENTRY, 0),
        _ => Layout::new(SHORTEST_COPY, visitor.margin()),
    };
    let named = (Name::At(&pack.index, pack.forest().position(rank)), kind);
    if pack.forest().is_base(rank) {
        let Some((buffer, held)) = decoder.build(pack, rank, base, layout)? else {
            return Ok(None);
        };
        let change = Change { base: memory, patch: decoder.plan.patch(base) };
        let mut offer = Offer::whole(named, true, buffer.as_slice(), Some(change));
        let memory = visitor.visit_heir(local, &mut offer);
        drop(offer);
        let bytes = buffer.as_slice().len();
        return Ok(Some(Shown { bytes, base: Some(((buffer, held), memory)) }));
    }
    if !decoder.lay_out(pack, rank, base, layout)? {
        return Ok(None);
    }
    let room = Room::new(decoder.pool.take(), decoder.quota);
    let change = Change { base: memory, patch: decoder.plan.patch(base) };
    let mut offer = Offer::unbuilt(named, change, room);
    visitor.visit_heir(local, &mut offer);
    let bytes = offer.len();
    if let Some(buffer) = offer.into_buffer() {
        decoder.pool.give(buffer);
    }
    Ok(Some(Shown { bytes, base: None }))
}
