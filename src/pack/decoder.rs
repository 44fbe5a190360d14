//! The part of a worker that turns a pack's entries into objects, in buffers that are used again.

use super::{
    buffer::{Buffer, Pool},
    damage::Damage,
    delta::{Delta, Instruction},
    packed::Pack,
    quota::{Held, Quota},
    resolve::Scratch,
};
use crate::model::Copied;

/// An object and, if it is enormous, the right to hold it.
pub(crate) type Decoded<'a> = (Buffer, Option<Held<'a>>);

/// Buffers, and the right to fill great ones.
pub(crate) struct Decoder<'a> {
    pub(crate) scratch: Scratch,
    pub(crate) pool: Pool,
    quota: &'a Quota,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(quota: &'a Quota) -> Self {
        Decoder { scratch: Scratch::new(), pool: Pool::default(), quota }
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

    /// What the delta decoded last copies from its base, neighbours joined. `false` if it cannot be
    /// told.
    pub(crate) fn copies(&self, copies: &mut Vec<Copied>) -> bool {
        copies.clear();
        let Ok(delta) = Delta::parse(self.scratch.delta.as_slice()) else { return false };
        let mut to = 0;
        for instruction in delta.instructions() {
            match instruction {
                Ok(Instruction::Insert(bytes)) => to += bytes.len(),
                Ok(Instruction::Copy { start: from, len }) => {
                    match copies.last_mut() {
                        // A long copy is written as several.
                        Some(last) if last.to + last.len == to && last.from + last.len == from => {
                            last.len += len;
                        }
                        _ => copies.push(Copied { from, to, len }),
                    }
                    to += len;
                }
                Err(_) => return false,
            }
        }
        true
    }
}
