//! The part of a worker that turns a pack's entries into objects, in buffers that are used again.

use super::{
    buffer::{Buffer, Pool},
    damage::Damage,
    delta::{Delta, build},
    packed::Pack,
    quota::{Held, Quota},
    resolve::Scratch,
};
use crate::model::{Patch, Piece};

/// An object and, if it is enormous, the right to hold it.
pub(crate) type Decoded<'a> = (Buffer, Option<Held<'a>>);

/// Buffers, and the right to fill great ones.
pub(crate) struct Decoder<'a> {
    pub(crate) scratch: Scratch,
    pub(crate) pool: Pool,
    pub(crate) quota: &'a Quota,
    /// The plan of the delta decoded last, if one was made.
    pieces: Vec<Piece>,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(quota: &'a Quota) -> Self {
        Decoder { scratch: Scratch::new(), pool: Pool::default(), quota, pieces: Vec::new() }
    }

    /// Decodes a whole entry.
    #[inline]
    pub(crate) fn whole(&mut self, pack: &Pack, rank: u32) -> Result<Decoded<'a>, Damage> {
        let forest = pack.forest();
        let (header, stream) = pack.entry(forest.offset(rank), forest.end_of(rank))?;
        let held = self.quota.hold(header.size);
        let mut out = self.pool.take();
        match self.scratch.inflater.inflate(stream, header.size, &mut out) {
            Ok(()) => Ok((out, held)),
            Err(error) => {
                self.pool.give(out);
                Err(error.into())
            }
        }
    }

    /// Decodes a delta on `base`.
    #[inline]
    pub(crate) fn delta(
        &mut self,
        pack: &Pack,
        rank: u32,
        base: &[u8],
    ) -> Result<Decoded<'a>, Damage> {
        let forest = pack.forest();
        let (header, stream) = pack.entry(forest.offset(rank), forest.end_of(rank))?;
        self.scratch.inflater.inflate(stream, header.size, &mut self.scratch.delta)?;
        let delta = Delta::parse(self.scratch.delta.as_slice())?;
        let held = self.quota.hold(delta.result_size);
        let mut out = self.pool.take();
        match delta.apply(base, &mut out) {
            Ok(()) => Ok((out, held)),
            Err(error) => {
                self.pool.give(out);
                Err(error.into())
            }
        }
    }

    /// Decodes a delta as far as the plan to make its object from `base`. `false` if there is none,
    /// for too many pieces, and the delta must be applied as it is.
    #[inline]
    pub(crate) fn plan(&mut self, pack: &Pack, rank: u32, base: &[u8]) -> Result<bool, Damage> {
        let forest = pack.forest();
        let (header, stream) = pack.entry(forest.offset(rank), forest.end_of(rank))?;
        self.scratch.inflater.inflate(stream, header.size, &mut self.scratch.delta)?;
        let bytes = self.scratch.delta.as_slice();
        Ok(Delta::parse(bytes)?.plan(bytes, base, &mut self.pieces)?)
    }

    /// The object of the plan that was made last, as pieces.
    pub(crate) fn patch<'s>(&'s self, base: &'s [u8]) -> Patch<'s> {
        Patch { pieces: &self.pieces, older: base, inserted: self.scratch.delta.as_slice() }
    }

    /// Builds the object of the plan that was made last.
    #[inline]
    pub(crate) fn build(&mut self, base: &[u8]) -> Decoded<'a> {
        let mut out = self.pool.take();
        let patch = self.patch(base);
        let held = self.quota.hold(patch.len() as u64);
        build(&patch, &mut out);
        (out, held)
    }
}
