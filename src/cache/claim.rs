//! A claim, and how it is written: fixed fields and lists with their lengths, numbers little-endian.
//!
//! Reading trusts nothing: each list must fit into the bytes that are there, and nothing may be left
//! over.

use super::Digest;
use crate::model::ObjectId;

/// What a search has found out about some packs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// Under which terms was searched: another rule or setting, other terms.
    pub terms: Digest,
    /// The packs that were searched together, sorted. The claim is about all of them or none: what
    /// several hold was looked at in one.
    pub packs: Vec<Digest>,
    /// Objects outside the packs which they may refer to, and which were there, sorted.
    pub leans_on: Vec<ObjectId>,
    /// Objects in the packs that are of interest and must be looked at again, sorted.
    pub again: Vec<ObjectId>,
    /// What the packs hold.
    pub counts: Counts,
    /// Their commits and tags, in the form of whoever wrote the claim.
    pub graph: Vec<u8>,
}

/// How much was searched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Distinct objects.
    pub objects: u64,
    /// Commits among them.
    pub commits: u64,
    /// Their bytes, decompressed.
    pub bytes: u64,
    /// Git LFS pointers among them.
    pub lfs_pointers: u64,
}

impl Counts {
    /// These and others.
    #[must_use]
    pub fn plus(self, other: Counts) -> Counts {
        self.with(other, u64::saturating_add)
    }

    /// These without others, which are a part of them.
    #[must_use]
    pub fn minus(self, other: Counts) -> Counts {
        self.with(other, u64::saturating_sub)
    }

    fn with(self, other: Counts, join: fn(u64, u64) -> u64) -> Counts {
        Counts {
            objects: join(self.objects, other.objects),
            commits: join(self.commits, other.commits),
            bytes: join(self.bytes, other.bytes),
            lfs_pointers: join(self.lfs_pointers, other.lfs_pointers),
        }
    }
}

impl Claim {
    /// The claim as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.terms.to_vec();
        let Counts { objects, commits, bytes, lfs_pointers } = self.counts;
        let number = |number: u64, out: &mut Vec<u8>| out.extend_from_slice(&number.to_le_bytes());
        for count in [objects, commits, bytes, lfs_pointers] {
            number(count, &mut out);
        }
        number(self.packs.len() as u64, &mut out);
        self.packs.iter().for_each(|pack| out.extend_from_slice(pack));
        for ids in [&self.leans_on, &self.again] {
            number(ids.len() as u64, &mut out);
            ids.iter().for_each(|id| out.extend_from_slice(&id.0));
        }
        number(self.graph.len() as u64, &mut out);
        out.extend_from_slice(&self.graph);
        out
    }

    /// Reads a claim. `None` if it is not exactly what [`Claim::encode`] writes.
    pub fn decode(bytes: &[u8]) -> Option<Claim> {
        let mut reader = Reader(bytes);
        let claim = Claim {
            terms: reader.array()?,
            counts: Counts {
                objects: reader.number()?,
                commits: reader.number()?,
                bytes: reader.number()?,
                lfs_pointers: reader.number()?,
            },
            packs: reader.list()?,
            leans_on: reader.list()?.into_iter().map(ObjectId).collect(),
            again: reader.list()?.into_iter().map(ObjectId).collect(),
            graph: reader.list()?.into_iter().map(|[byte]: [u8; 1]| byte).collect(),
        };
        reader.0.is_empty().then_some(claim)
    }
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// A list whose length is checked against the bytes that are there.
    fn list<const N: usize>(&mut self) -> Option<Vec<[u8; N]>> {
        let size = usize::try_from(self.number()?).ok()?.checked_mul(N)?;
        let (taken, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(taken.as_chunks().0.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn claim() -> Claim {
        Claim {
            terms: [1; 32],
            packs: vec![[2; 32], [3; 32]],
            leans_on: vec![ObjectId([4; 20])],
            again: vec![ObjectId([5; 20]), ObjectId([6; 20]), ObjectId([7; 20])],
            counts: Counts { objects: 8, commits: 9, bytes: u64::MAX, lfs_pointers: 10 },
            graph: b"anything".to_vec(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for claim in [claim(), Claim::default()] {
            assert_eq!(Claim::decode(&claim.encode()), Some(claim));
        }
    }

    #[test]
    fn a_length_that_lies_is_refused_before_anything_is_allocated() {
        let mut bytes = claim().encode();
        let lengths = 32 + 4 * 8;
        for lie in [3, u64::MAX, u64::MAX / 32 + 1, 1 << 40] {
            bytes[lengths..][..8].copy_from_slice(&lie.to_le_bytes());
            assert_eq!(Claim::decode(&bytes), None, "{lie}");
        }
    }

    proptest! {
        #[test]
        fn nonsense_is_read_or_refused(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            cut in 0usize..400,
        ) {
            let mut bytes = claim().encode();
            for (at, value) in changes {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            bytes.truncate(cut);
            if let Some(read) = Claim::decode(&bytes) {
                prop_assert_eq!(read.encode(), bytes);
            }
        }
    }
}
