//! Deltas laid out as patches: what is copied from the base in long stretches, and everything else.
//!
//! Between its long copies a delta often mixes scores of insertions and of copies of a few bytes. For
//! one who looks for what is new a short copy is worth no more than an insertion, since he looks at some
//! bytes on either side of each seam; so all that lies between two long copies is one piece, *fresh*.

use super::{
    buffer::Buffer,
    delta::{Delta, DeltaError, Instruction},
};
use crate::model::{Patch, Piece};

/// A delta of more pieces is not laid out in memory: pieces take more of it than bytes do.
const MOST_PIECES: usize = 1 << 16;
/// Nor is one with so many fresh bytes that is not built.
const MOST_FRESH: usize = 4 << 20;

/// The plan of a delta, in memory that is used again.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pieces: Vec<Piece>,
    /// The fresh bytes of an object that was not built.
    fresh: Vec<u8>,
}

impl Plan {
    /// Lays out the object that the delta makes of `base`, without building it. A copy of fewer than
    /// `shortest` bytes counts as fresh. Fails where [`Delta::apply`] would. `false` if that would take
    /// too much memory.
    #[inline]
    pub(crate) fn lay_out(
        &mut self,
        delta: &Delta<'_>,
        base: &[u8],
        shortest: usize,
    ) -> Result<bool, DeltaError> {
        delta.check_sizes(base)?;
        self.fresh.clear();
        lay_out(delta, base, shortest, &mut self.pieces, &mut self.fresh)
    }

    /// The object that was laid out last.
    pub(crate) fn patch<'s>(&'s self, base: &'s [u8]) -> Patch<'s> {
        Patch { pieces: &self.pieces, older: base, inserted: &self.fresh }
    }

    /// The same, and builds the object in `out`, where its fresh bytes then are. If it returns `false`,
    /// nothing is to be made of what is there.
    #[inline]
    pub(crate) fn build(
        &mut self,
        delta: &Delta<'_>,
        base: &[u8],
        shortest: usize,
        out: &mut Buffer,
    ) -> Result<bool, DeltaError> {
        delta.check_sizes(base)?;
        let mut whole = Whole { to: 0, out: out.reset(delta.result_size as usize) };
        lay_out(delta, base, shortest, &mut self.pieces, &mut whole)
    }

    /// The object that was built last.
    pub(crate) fn patch_of<'s>(&'s self, base: &'s [u8], built: &'s Buffer) -> Patch<'s> {
        Patch { pieces: &self.pieces, older: base, inserted: built.as_slice() }
    }
}

/// Builds the text that a patch describes.
#[inline]
pub(crate) fn build(patch: &Patch<'_>, out: &mut Buffer) {
    let mut out = out.reset(patch.len());
    for piece in patch.pieces {
        let bytes = patch.bytes(piece);
        let Some((here, rest)) = out.split_at_mut_checked(bytes.len()) else { return };
        here.copy_from_slice(bytes);
        out = rest;
    }
}

/// Where the bytes of an object go to.
trait Sink {
    /// Where in it the fresh bytes will lie that come next.
    fn place(&self) -> usize;

    /// Takes the next bytes; `false` if there is no room for them.
    fn put(&mut self, bytes: &[u8], is_fresh: bool) -> bool;
}

impl Sink for Vec<u8> {
    fn place(&self) -> usize {
        self.len()
    }

    #[inline(always)]
    fn put(&mut self, bytes: &[u8], is_fresh: bool) -> bool {
        if is_fresh {
            self.extend_from_slice(bytes);
        }
        self.len() <= MOST_FRESH
    }
}

/// All bytes, in a place of the right size.
struct Whole<'o> {
    to: usize,
    out: &'o mut [u8],
}

impl Sink for Whole<'_> {
    fn place(&self) -> usize {
        self.to
    }

    #[inline(always)]
    fn put(&mut self, bytes: &[u8], _: bool) -> bool {
        let end = self.to + bytes.len();
        let here = self.out.get_mut(self.to..end);
        self.to = end;
        here.map(|here| here.copy_from_slice(bytes)).is_some()
    }
}

/// Notes the pieces of an object and lets its bytes go to `sink`.
#[inline(always)]
fn lay_out(
    delta: &Delta<'_>,
    base: &[u8],
    shortest: usize,
    pieces: &mut Vec<Piece>,
    sink: &mut impl Sink,
) -> Result<bool, DeltaError> {
    pieces.clear();
    let size = delta.result_size as usize;
    let mut to = 0;
    let mut last = Piece { to: 0, len: 0, at: 0, copied: false };
    let mut instructions = delta.instructions();
    while let Some(instruction) = instructions.step()? {
        let (bytes, start) = match instruction {
            Instruction::Copy { start, len } => {
                (base.get(start..start + len).ok_or(DeltaError::Copy)?, Some(start))
            }
            Instruction::Insert(bytes) => (bytes, None),
        };
        // A long copy is written as several.
        let goes_on = last.copied && start == Some(last.at + last.len);
        let copied = goes_on || bytes.len() >= shortest && start.is_some();
        if !goes_on && (copied || last.copied) {
            if last.len > 0 {
                if pieces.len() == MOST_PIECES {
                    return Ok(false);
                }
                pieces.push(last);
            }
            let at = start.filter(|_| copied).unwrap_or_else(|| sink.place());
            last = Piece { to, len: 0, at, copied };
        }
        last.len += bytes.len();
        to += bytes.len();
        if to > size {
            return Err(DeltaError::ResultSize);
        }
        if !sink.put(bytes, !copied) {
            return Ok(false);
        }
    }
    if last.len > 0 {
        pieces.push(last);
    }
    if to == size { Ok(true) } else { Err(DeltaError::ResultSize) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pack::delta::tests::{apply, delta, parts};

    /// The object by way of a plan, in both ways.
    fn planned(bytes: &[u8], base: &[u8], shortest: usize) -> Result<Vec<u8>, DeltaError> {
        let (mut plan, mut built, mut out) =
            (Plan::default(), Buffer::default(), Buffer::default());
        let delta = Delta::parse(bytes)?;
        let first = plan.lay_out(&delta, base, shortest);
        if first.is_ok() {
            build(&plan.patch(base), &mut out);
            assert!(is_tight(&plan.patch(base), shortest));
        }
        assert_eq!(plan.build(&delta, base, shortest, &mut built), first);
        if first? {
            let patch = plan.patch_of(base, &built);
            assert!(is_tight(&patch, shortest));
            assert_eq!(built.as_slice(), out.as_slice());
            build(&patch, &mut out);
        }
        assert_eq!(built.as_slice(), out.as_slice());
        Ok(out.as_slice().to_vec())
    }

    /// Whether the pieces lie one behind the other, with no more of them than there must be.
    fn is_tight(patch: &Patch<'_>, shortest: usize) -> bool {
        patch
            .pieces
            .windows(2)
            .all(|two| two[0].to + two[0].len == two[1].to && (two[0].copied || two[1].copied))
            && patch.pieces.iter().all(|piece| !piece.copied || piece.len >= shortest)
    }

    #[test]
    fn a_delta_of_too_many_pieces_is_not_planned() {
        let mut plan = Plan::default();
        let mut of = |pieces: usize| {
            let (bytes, _) = delta(b"base", &vec![Ok((1, 2)); pieces]);
            plan.lay_out(&Delta::parse(&bytes).unwrap(), b"base", 1)
        };
        assert_eq!(of(MOST_PIECES), Ok(true));
        assert_eq!(of(MOST_PIECES + 2), Ok(false));
    }

    #[test]
    fn short_copies_are_fresh_and_a_copy_in_parts_is_one() {
        let base: Vec<u8> = (0..=255).collect();
        let parts = [Ok((0, 100)), Ok((100, 5)), Err(b"new".to_vec()), Ok((3, 4)), Ok((50, 60))];
        let (bytes, result) = delta(&base, &parts);
        let mut plan = Plan::default();
        plan.lay_out(&Delta::parse(&bytes).unwrap(), &base, 50).unwrap();
        let piece = |to, len, at, copied| Piece { to, len, at, copied };
        let pieces = [piece(0, 105, 0, true), piece(105, 7, 0, false), piece(112, 60, 50, true)];
        assert_eq!(plan.patch(&base).pieces, pieces);
        assert_eq!(plan.fresh, result[105..112]);
    }

    #[test]
    fn an_object_of_too_many_fresh_bytes_is_only_built() {
        let base = vec![b'a'; 0xffff];
        let (bytes, result) = delta(&base, &vec![Ok((0, 0xffff)); 100]);
        let delta = Delta::parse(&bytes).unwrap();
        let (mut plan, mut out) = (Plan::default(), Buffer::default());
        assert_eq!(plan.lay_out(&delta, &base, 1 << 20), Ok(false));
        assert!(plan.fresh.capacity() <= 4 * MOST_FRESH);
        assert_eq!(plan.build(&delta, &base, 1 << 20, &mut out), Ok(true));
        assert_eq!(out.as_slice(), result);
    }

    proptest! {
        #[test]
        fn a_plan_gives_what_applying_gives(
            (base, parts) in parts(), shortest in 0usize..200,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        ) {
            let (mut bytes, _) = delta(&base, &parts);
            for (at, value) in changes {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            prop_assert_eq!(planned(&bytes, &base, shortest), apply(&bytes, &base));
        }

        #[test]
        fn a_plan_of_random_bytes_gives_what_applying_gives(
            bytes in prop::collection::vec(prop_oneof![0u8..4, Just(0x90), Just(0x91), any::<u8>()], 0..60),
            head in 0u8..100, size in 0u8..127, shortest in 0usize..20,
        ) {
            let base = vec![7; usize::from(head)];
            let bytes = [&[head, size][..], &bytes].concat();
            prop_assert_eq!(planned(&bytes, &base, shortest), apply(&bytes, &base));
        }
    }
}
