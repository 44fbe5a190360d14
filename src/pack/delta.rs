//! Deltas: an object as copies from its base and inserted bytes.
//!
//! Format (`gitformat-pack(5)`): the base's size and the result's size as little-endian groups of
//! seven bits, then instructions. A byte with its high bit set is a copy whose low bits say which
//! of four offset bytes and three size bytes follow (a size of zero means 65,536); another byte
//! other than zero inserts that many of the following bytes.

use super::{buffer::Buffer, inflate::MOST_BYTES};

/// One instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instruction<'a> {
    /// Bytes of the base.
    Copy { start: usize, len: usize },
    /// New bytes.
    Insert(&'a [u8]),
}

/// Why a delta was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DeltaError {
    #[error("its delta is cut short")]
    Short,
    #[error("its delta has a number beyond 64 bits")]
    Overflow,
    #[error("its delta is for a base of another size")]
    BaseSize,
    #[error("its delta copies from beyond the end of its base")]
    Copy,
    #[error("its delta holds the reserved instruction 0")]
    Reserved,
    #[error("its delta does not give the size that it claims")]
    ResultSize,
    #[error("it has {0} bytes, more than the {MOST_BYTES} that are held in memory")]
    TooGreat(u64),
}

/// A delta whose two sizes have been read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delta<'a> {
    pub(crate) base_size: u64,
    pub(crate) result_size: u64,
    instructions: &'a [u8],
}

/// A claimed result up to this size is allocated before the instructions have been added up.
const TRUSTED: u64 = 1 << 20;

impl<'a> Delta<'a> {
    /// Reads the two sizes at its head.
    #[inline]
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Delta<'a>, DeltaError> {
        let (base_size, rest) = size(bytes)?;
        let (result_size, instructions) = size(rest)?;
        Ok(Delta { base_size, result_size, instructions })
    }

    /// Its instructions in order; the first that is malformed ends them with an error. Whether a
    /// copy lies inside the base is for the caller to see.
    #[inline]
    pub(crate) fn instructions(&self) -> Instructions<'a> {
        Instructions { rest: self.instructions }
    }

    /// Builds the result from its base.
    #[inline]
    pub(crate) fn apply(&self, base: &[u8], out: &mut Buffer) -> Result<(), DeltaError> {
        self.check_sizes(base)?;
        let mut out = out.reset(self.result_size as usize);
        let mut instructions = self.instructions();
        while let Some(instruction) = instructions.step()? {
            let from = match instruction {
                Instruction::Copy { start, len } => {
                    base.get(start..start + len).ok_or(DeltaError::Copy)?
                }
                Instruction::Insert(bytes) => bytes,
            };
            let (here, rest) =
                out.split_at_mut_checked(from.len()).ok_or(DeltaError::ResultSize)?;
            here.copy_from_slice(from);
            out = rest;
        }
        if out.is_empty() { Ok(()) } else { Err(DeltaError::ResultSize) }
    }

    /// Whether it is for a base of this size, and gives what it claims, if that is much: before anything
    /// great is allocated.
    pub(super) fn check_sizes(&self, base: &[u8]) -> Result<(), DeltaError> {
        if self.base_size != base.len() as u64 {
            return Err(DeltaError::BaseSize);
        }
        if self.result_size > TRUSTED { self.check_result_size() } else { Ok(()) }
    }

    /// Adds up the instructions.
    fn check_result_size(&self) -> Result<(), DeltaError> {
        if self.result_size > MOST_BYTES {
            return Err(DeltaError::TooGreat(self.result_size));
        }
        let mut sum: u64 = 0;
        let mut instructions = self.instructions();
        while let Some(instruction) = instructions.step()? {
            sum += match instruction {
                Instruction::Copy { len, .. } => len as u64,
                Instruction::Insert(bytes) => bytes.len() as u64,
            };
            if sum > self.result_size {
                return Err(DeltaError::ResultSize);
            }
        }
        if sum == self.result_size { Ok(()) } else { Err(DeltaError::ResultSize) }
    }
}

/// The instructions of a delta, one at a time.
#[derive(Debug, Clone)]
pub(crate) struct Instructions<'a> {
    rest: &'a [u8],
}

impl<'a> Instructions<'a> {
    /// The next instruction, `None` at the end.
    #[inline(always)]
    pub(super) fn step(&mut self) -> Result<Option<Instruction<'a>>, DeltaError> {
        let Some((&code, rest)) = self.rest.split_first() else { return Ok(None) };
        if code & 0x80 == 0 {
            if code == 0 {
                return Err(DeltaError::Reserved);
            }
            let (bytes, rest) =
                rest.split_at_checked(usize::from(code)).ok_or(DeltaError::Short)?;
            self.rest = rest;
            return Ok(Some(Instruction::Insert(bytes)));
        }
        let operands = (code & 0x7f).count_ones() as usize;
        let (mut operand, rest) = rest.split_at_checked(operands).ok_or(DeltaError::Short)?;
        self.rest = rest;
        let mut next = |bit: u8, shift: u32| -> u32 {
            if code & bit == 0 {
                return 0;
            }
            let Some((&byte, rest)) = operand.split_first() else { return 0 };
            operand = rest;
            u32::from(byte) << shift
        };
        let start = next(1, 0) | next(2, 8) | next(4, 16) | next(8, 24);
        let len = next(16, 0) | next(32, 8) | next(64, 16);
        let len = if len == 0 { 0x10000 } else { len };
        Ok(Some(Instruction::Copy { start: start as usize, len: len as usize }))
    }
}

impl<'a> Iterator for Instructions<'a> {
    type Item = Result<Instruction<'a>, DeltaError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            self.rest = &[];
        }
        step.transpose()
    }
}

/// One of the two sizes at the head, and what follows it.
#[inline]
fn size(bytes: &[u8]) -> Result<(u64, &[u8]), DeltaError> {
    let mut value: u64 = 0;
    let mut shift = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let bits = u64::from(byte & 0x7f);
        if shift > 63 || bits << shift >> shift != bits {
            return Err(DeltaError::Overflow);
        }
        value |= bits << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Ok((value, &bytes[at + 1..]));
        }
    }
    Err(DeltaError::Short)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn put_size(out: &mut Vec<u8>, mut size: u64) {
        while size > 0x7f {
            out.push(size as u8 | 0x80);
            size >>= 7;
        }
        out.push(size as u8);
    }

    fn put_copy(out: &mut Vec<u8>, start: usize, len: usize) {
        assert!(len > 0 && len <= 0xff_ffff);
        let at = out.len();
        out.push(0x80);
        let mut field = |value: usize, bit: u8| {
            if value != 0 {
                out[at] |= bit;
                out.push(value as u8);
            }
        };
        (0..4).for_each(|i| field(start >> (8 * i) & 0xff, 1 << i));
        if len != 0x10000 {
            (0..3).for_each(|i| field(len >> (8 * i) & 0xff, 16 << i));
        }
    }

    /// A delta of these parts: `Ok((start, len))` copies, `Err(bytes)` inserts.
    pub(in crate::pack) fn delta(base: &[u8], parts: &[Part]) -> (Vec<u8>, Vec<u8>) {
        let (mut body, mut result) = (Vec::new(), Vec::new());
        for part in parts {
            match part {
                Ok((start, len)) => {
                    put_copy(&mut body, *start, *len);
                    result.extend(&base[*start..start + len]);
                }
                Err(bytes) => {
                    body.push(bytes.len() as u8);
                    body.extend(bytes);
                    result.extend(bytes);
                }
            }
        }
        let mut out = Vec::new();
        put_size(&mut out, base.len() as u64);
        put_size(&mut out, result.len() as u64);
        out.extend(body);
        (out, result)
    }

    pub(in crate::pack) fn apply(bytes: &[u8], base: &[u8]) -> Result<Vec<u8>, DeltaError> {
        let mut out = Buffer::default();
        Delta::parse(bytes)?.apply(base, &mut out)?;
        Ok(out.as_slice().to_vec())
    }

    #[test]
    fn copies_and_inserts() {
        let (bytes, result) = delta(b"hello world", &[Ok((6, 5)), Err(b", ".to_vec()), Ok((0, 5))]);
        assert_eq!(result, b"world, hello");
        assert_eq!(apply(&bytes, b"hello world").unwrap(), result);
    }

    #[test]
    fn a_copy_of_size_zero_is_65536_bytes() {
        let base = vec![b'a'; 0x10000];
        let (bytes, result) = delta(&base, &[Ok((0, 0x10000))]);
        assert_eq!(bytes.len(), 3 + 3 + 1);
        assert_eq!(apply(&bytes, &base).unwrap(), result);
    }

    #[test]
    fn a_copy_beyond_the_base_is_refused() {
        assert_eq!(apply(&[4, 5, 0x90, 5], b"base"), Err(DeltaError::Copy));
        assert_eq!(apply(&[4, 1, 0x91, 4, 1], b"base"), Err(DeltaError::Copy));
        let all = [0xff; 8];
        assert_eq!(apply(&[&[4, 1], &all[..]].concat(), b"base"), Err(DeltaError::Copy));
    }

    #[test]
    fn an_insert_of_zero_is_refused() {
        assert_eq!(apply(&[4, 1, 0, 0], b"base"), Err(DeltaError::Reserved));
    }

    #[test]
    fn a_lie_about_either_size_is_refused() {
        assert_eq!(apply(&[5, 4, 0x90, 4], b"base"), Err(DeltaError::BaseSize));
        assert_eq!(apply(&[4, 3, 0x90, 4], b"base"), Err(DeltaError::ResultSize));
        assert_eq!(apply(&[4, 5, 0x90, 4], b"base"), Err(DeltaError::ResultSize));
    }

    #[test]
    fn a_great_result_is_not_allocated_on_a_claim() {
        let mut out = Buffer::default();
        for size in [2 << 20, MOST_BYTES, MOST_BYTES + 1, u64::MAX] {
            let mut bytes = vec![4];
            put_size(&mut bytes, size);
            bytes.extend([0x90, 4]);
            assert!(Delta::parse(&bytes).unwrap().apply(b"base", &mut out).is_err());
        }
        assert_eq!(out.room(), 0);
    }

    #[test]
    fn a_delta_cut_anywhere_is_refused() {
        let (bytes, _) = delta(b"hello world", &[Ok((6, 5)), Err(b", ".to_vec()), Ok((0, 5))]);
        for end in 0..bytes.len() {
            assert!(apply(&bytes[..end], b"hello world").is_err(), "cut at {end}");
        }
    }

    pub(in crate::pack) type Part = Result<(usize, usize), Vec<u8>>;

    pub(in crate::pack) fn parts() -> impl Strategy<Value = (Vec<u8>, Vec<Part>)> {
        prop::collection::vec(any::<u8>(), 1..70_000).prop_flat_map(|base| {
            let length = base.len();
            let copy = (0..length).prop_flat_map(move |start| {
                (Just(start), 1..=length - start).prop_map(Ok::<_, Vec<u8>>)
            });
            let insert = prop::collection::vec(any::<u8>(), 1..=127).prop_map(Err);
            (Just(base), prop::collection::vec(prop_oneof![copy, insert], 0..20))
        })
    }

    proptest! {
        #[test]
        fn gives_what_the_naive_model_gives((base, parts) in parts()) {
            let (bytes, result) = delta(&base, &parts);
            prop_assert_eq!(apply(&bytes, &base).unwrap(), result);
            let read: Vec<_> = Delta::parse(&bytes).unwrap().instructions().map(|i| match i.unwrap() {
                Instruction::Copy { start, len } => Ok((start, len)),
                Instruction::Insert(bytes) => Err(bytes.to_vec()),
            }).collect();
            prop_assert_eq!(read, parts);
        }

        #[test]
        fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), head in 0u8..100) {
            let base = vec![0; usize::from(head)];
            let bytes = [&[head][..], &bytes].concat();
            if let Ok(result) = apply(&bytes, &base) {
                prop_assert_eq!(result.len() as u64, Delta::parse(&bytes).unwrap().result_size);
            }
        }
    }
}
