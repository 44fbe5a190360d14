//! The part of a worker that turns a pack's entries into objects, in buffers that are used again.

use super::{
    buffer::{Buffer, Pool},
    damage::Damage,
    delta::Delta,
    packed::Pack,
    plan::{Layout, Plan},
    quota::{Held, Quota},
    resolve::Scratch,
};

/// An object and, if it is enormous, the right to hold it.
pub(crate) type Decoded<'a> = (Buffer, Option<Held<'a>>);

/// Buffers, and the right to fill great ones.
pub(crate) struct Decoder<'a> {
    pub(crate) scratch: Scratch,
    pub(crate) pool: Pool,
    pub(crate) quota: &'a Quota,
    /// The plan of the delta decoded last, if one was made.
    pub(crate) plan: Plan,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(quota: &'a Quota) -> Self {
        Decoder { scratch: Scratch::new(), pool: Pool::default(), quota, plan: Plan::default() }
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
        let delta = inflated(&mut self.scratch, pack, rank)?;
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

    /// Decodes a delta as far as the plan to make its object from `base`. `false` if there is none, for its
    /// size, and the delta must be applied as it is.
    #[inline]
    pub(crate) fn lay_out(
        &mut self,
        pack: &Pack,
        rank: u32,
        base: &[u8],
        layout: Layout,
    ) -> Result<bool, Damage> {
        let Decoder { scratch, plan, .. } = self;
        Ok(plan.lay_out(&inflated(scratch, pack, rank)?, base, layout)?)
    }

    /// The same, and builds the object. `None` for `false`.
    #[inline]
    pub(crate) fn build(
        &mut self,
        pack: &Pack,
        rank: u32,
        base: &[u8],
        layout: Layout,
    ) -> Result<Option<Decoded<'a>>, Damage> {
        let Decoder { scratch, pool, quota, plan } = self;
        let delta = inflated(scratch, pack, rank)?;
        let held = quota.hold(delta.result_size);
        let mut out = pool.take();
        match plan.build(&delta, base, layout, &mut out) {
            Ok(true) => Ok(Some((out, held))),
            refused => {
                pool.give(out);
                refused?;
                Ok(None)
            }
        }
    }
}

/// The delta of an entry.
#[inline]
fn inflated<'s>(scratch: &'s mut Scratch, pack: &Pack, rank: u32) -> Result<Delta<'s>, Damage> {
    let forest = pack.forest();
    let (header, stream) = pack.entry(forest.offset(rank), forest.end_of(rank))?;
    scratch.inflater.inflate(stream, header.size, &mut scratch.delta)?;
    Ok(Delta::parse(scratch.delta.as_slice())?)
}
