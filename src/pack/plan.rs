//! Deltas laid out as patches: what is copied from the base in long stretches, and everything else.
//!
//! Between its long copies a delta often mixes scores of insertions and of copies of a few bytes. For
//! one who looks for what is new a short copy is worth no more than an insertion, since he looks at some
//! bytes on either side of each seam; so all that lies between two long copies is one piece, *fresh*.
//! Those bytes on either side are copied here, where all of it is at hand.

use super::{
    buffer::Buffer,
    delta::{Delta, DeltaError, Instruction},
};
use crate::model::{JOINT, Patch, Piece};

/// A delta of more pieces is not laid out in memory: pieces take more of it than bytes do.
const MOST_PIECES: usize = 1 << 16;
/// Nor is one with so many fresh bytes, with their margins; but they may be half of an object that is
/// built.
const MOST_FRESH: usize = 4 << 20;

/// How a delta is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// A copy of fewer bytes counts as fresh.
    shortest: usize,
    /// How many bytes are shown on either side of a fresh stretch.
    margin: usize,
}

impl Layout {
    /// Copies of at least so many bytes are told, or of two margins, and margins are so wide.
    pub(crate) fn new(shortest: usize, margin: usize) -> Self {
        Layout { shortest: shortest.max(2 * margin), margin }
    }
}

/// The plan of a delta, in memory that is used again.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pieces: Vec<Piece>,
    /// The fresh bytes and their margins.
    fresh: Vec<u8>,
    margin: usize,
}

impl Plan {
    /// Lays out the object that the delta makes of `base`, without building it. Fails where
    /// [`Delta::apply`] would. `false` if that would take too much memory.
    #[inline]
    pub(crate) fn lay_out(
        &mut self,
        delta: &Delta<'_>,
        base: &[u8],
        layout: Layout,
    ) -> Result<bool, DeltaError> {
        delta.check_sizes(base)?;
        self.write(delta, base, layout, MOST_FRESH, &mut Nowhere)
    }

    /// The same, and builds the object in `out`. If it returns `false`, nothing is to be made of what is
    /// there.
    #[inline]
    pub(crate) fn build(
        &mut self,
        delta: &Delta<'_>,
        base: &[u8],
        layout: Layout,
        out: &mut Buffer,
    ) -> Result<bool, DeltaError> {
        delta.check_sizes(base)?;
        let size = delta.result_size as usize;
        let mut whole = Whole { to: 0, out: out.reset(size) };
        self.write(delta, base, layout, MOST_FRESH.max(size / 2), &mut whole)
    }

    /// The object that was laid out last.
    pub(crate) fn patch<'s>(&'s self, base: &'s [u8]) -> Patch<'s> {
        let Plan { pieces, fresh, margin } = self;
        Patch { pieces, older: base, inserted: fresh, margin: *margin }
    }

    /// Notes the pieces of an object, and its fresh bytes with their margins unless they are more than
    /// `most`. All bytes go through `sink`.
    #[inline(always)]
    fn write(
        &mut self,
        delta: &Delta<'_>,
        base: &[u8],
        Layout { shortest, margin }: Layout,
        most: usize,
        sink: &mut impl Sink,
    ) -> Result<bool, DeltaError> {
        let Plan { pieces, fresh, .. } = self;
        pieces.clear();
        fresh.clear();
        if fresh.capacity() > 2 * MOST_FRESH {
            *fresh = Vec::new();
        }
        self.margin = margin;
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
                if pieces.len() >= MOST_PIECES {
                    return Ok(false);
                }
                if last.copied {
                    pieces.push(last);
                    let (end, at) = (last.at + last.len, fresh.len() + margin);
                    sink.begin(&base[end - margin..end], fresh);
                    last = Piece { to, len: 0, at, copied: false };
                }
                if let (true, Some(start)) = (copied, start) {
                    if to > 0 {
                        // Between two copies there are only their margins.
                        if last.len > 0 || margin > 0 {
                            pieces.push(last);
                        }
                        sink.end(last.to - margin.min(last.to), &bytes[..margin], fresh);
                        if margin > 0 {
                            fresh.push(JOINT);
                        }
                    }
                    last = Piece { to, len: 0, at: start, copied: true };
                }
            }
            last.len += bytes.len();
            to += bytes.len();
            if to > size {
                return Err(DeltaError::ResultSize);
            }
            if !sink.put(bytes, !copied, fresh) || fresh.len() > most {
                return Ok(false);
            }
        }
        if last.len > 0 {
            pieces.push(last);
        }
        if !last.copied {
            sink.end(last.to - margin.min(last.to), b"", fresh);
        }
        if to == size { Ok(fresh.len() <= most) } else { Err(DeltaError::ResultSize) }
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

/// Where the bytes of an object go to, and from where its fresh stretches are taken.
trait Sink {
    /// A fresh stretch begins, with this margin before it.
    fn begin(&mut self, margin: &[u8], fresh: &mut Vec<u8>);

    /// Takes the next bytes; `false` if there is no room for them.
    fn put(&mut self, bytes: &[u8], is_fresh: bool, fresh: &mut Vec<u8>) -> bool;

    /// A fresh stretch ends that begins at a place of the object, its margin included. There is a margin
    /// behind it, too.
    fn end(&mut self, from: usize, margin: &[u8], fresh: &mut Vec<u8>);
}

/// The object is not built.
struct Nowhere;

impl Sink for Nowhere {
    #[inline(always)]
    fn begin(&mut self, margin: &[u8], fresh: &mut Vec<u8>) {
        fresh.extend_from_slice(margin);
    }

    #[inline(always)]
    fn put(&mut self, bytes: &[u8], is_fresh: bool, fresh: &mut Vec<u8>) -> bool {
        if is_fresh {
            fresh.extend_from_slice(bytes);
        }
        true
    }

    #[inline(always)]
    fn end(&mut self, _: usize, margin: &[u8], fresh: &mut Vec<u8>) {
        fresh.extend_from_slice(margin);
    }
}

/// All bytes, in a place of the right size.
struct Whole<'o> {
    to: usize,
    out: &'o mut [u8],
}

impl Sink for Whole<'_> {
    #[inline(always)]
    fn begin(&mut self, _: &[u8], _: &mut Vec<u8>) {}

    #[inline(always)]
    fn put(&mut self, bytes: &[u8], _: bool, _: &mut Vec<u8>) -> bool {
        let end = self.to + bytes.len();
        let here = self.out.get_mut(self.to..end);
        self.to = end;
        here.map(|here| here.copy_from_slice(bytes)).is_some()
    }

    /// Here all of the stretch is copied at once.
    #[inline(always)]
    fn end(&mut self, from: usize, margin: &[u8], fresh: &mut Vec<u8>) {
        fresh.extend_from_slice(self.out.get(from..self.to).unwrap_or_default());
        fresh.extend_from_slice(margin);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pack::delta::tests::{apply, delta, parts};

    /// The object by way of a plan, in both ways.
    fn planned(bytes: &[u8], base: &[u8], layout: Layout) -> Result<Vec<u8>, DeltaError> {
        let (mut plan, mut built, mut out) =
            (Plan::default(), Buffer::default(), Buffer::default());
        let delta = Delta::parse(bytes)?;
        let first = plan.lay_out(&delta, base, layout);
        if first.is_ok() {
            build(&plan.patch(base), &mut out);
            check(&plan.patch(base), layout, out.as_slice());
        }
        assert_eq!(plan.build(&delta, base, layout, &mut built), first);
        first?;
        check(&plan.patch(base), layout, built.as_slice());
        assert_eq!(built.as_slice(), out.as_slice());
        Ok(out.as_slice().to_vec())
    }

    /// The pieces lie one behind the other, with no more of them than there must be, and each fresh one
    /// has its margins.
    fn check(patch: &Patch<'_>, Layout { shortest, margin }: Layout, text: &[u8]) {
        for two in patch.pieces.windows(2) {
            assert_eq!(two[0].to + two[0].len, two[1].to);
            assert!(two[0].copied || two[1].copied);
            assert!(margin == 0 || !two[0].copied || !two[1].copied);
        }
        assert!(patch.pieces.iter().all(|piece| !piece.copied || piece.len >= shortest));
        let mut shown = Vec::new();
        let mut place_in_text = patch.places();
        for piece in patch.pieces.iter().filter(|piece| !piece.copied) {
            let start = piece.to - margin.min(piece.to);
            let end = text.len().min(piece.to + piece.len + margin);
            for (at, byte) in (start..end).zip(&text[start..end]) {
                assert_eq!(place_in_text(shown.len()), at);
                shown.push(*byte);
            }
            if margin > 0 && piece.to + piece.len < text.len() {
                shown.push(JOINT);
            }
        }
        assert_eq!(patch.inserted, shown);
    }

    #[test]
    fn a_delta_of_too_many_pieces_is_not_planned() {
        let mut plan = Plan::default();
        let mut of = |pieces: usize| {
            let (bytes, _) = delta(b"base", &vec![Ok((1, 2)); pieces]);
            plan.lay_out(&Delta::parse(&bytes).unwrap(), b"base", Layout::new(1, 0))
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
        plan.lay_out(&Delta::parse(&bytes).unwrap(), &base, Layout::new(50, 0)).unwrap();
        let piece = |to, len, at, copied| Piece { to, len, at, copied };
        let pieces = [piece(0, 105, 0, true), piece(105, 7, 0, false), piece(112, 60, 50, true)];
        assert_eq!(plan.patch(&base).pieces, pieces);
        assert_eq!(plan.fresh, result[105..112]);
    }

    #[test]
    fn an_object_of_too_many_fresh_bytes_is_not_planned() {
        let base = vec![b'a'; 0xffff];
        let layout = Layout::new(0xffff, 0);
        let (mut plan, mut out) = (Plan::default(), Buffer::default());
        // Two thirds are fresh, or two fifths.
        for (fresh, is_built) in [(0xfffe, false), (0x5000, true)] {
            let parts = [Ok((0, 0xffff)), Ok((0, fresh)), Ok((0, fresh))];
            let parts: Vec<_> = parts.iter().cloned().cycle().take(900).collect();
            let (bytes, result) = delta(&base, &parts);
            let delta = Delta::parse(&bytes).unwrap();
            assert_eq!(plan.lay_out(&delta, &base, layout), Ok(false));
            assert!(plan.fresh.capacity() <= 4 * MOST_FRESH);
            assert_eq!(plan.build(&delta, &base, layout, &mut out), Ok(is_built));
            assert!(!is_built || out.as_slice() == result);
        }
    }

    proptest! {
        #[test]
        fn a_plan_gives_what_applying_gives(
            (base, parts) in parts(), shortest in 0usize..200, margin in 0usize..40,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        ) {
            let (mut bytes, _) = delta(&base, &parts);
            for (at, value) in changes {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            let layout = Layout::new(shortest, margin);
            prop_assert_eq!(planned(&bytes, &base, layout), apply(&bytes, &base));
        }

        #[test]
        fn a_plan_of_random_bytes_gives_what_applying_gives(
            bytes in prop::collection::vec(prop_oneof![0u8..4, Just(0x90), Just(0x91), any::<u8>()], 0..60),
            head in 0u8..100, size in 0u8..127, shortest in 0usize..20, margin in 0usize..10,
        ) {
            let base = vec![7; usize::from(head)];
            let bytes = [&[head, size][..], &bytes].concat();
            let layout = Layout::new(shortest, margin);
            prop_assert_eq!(planned(&bytes, &base, layout), apply(&bytes, &base));
        }
    }
}
