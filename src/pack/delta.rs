//! Deltas: an object as copies from its base and inserted bytes.
//!
//! Format (`gitformat-pack(5)`): the base's size and the result's size as little-endian groups of
//! seven bits, then instructions. A byte with its high bit set is a copy whose low bits say which
//! of four offset bytes and three size bytes follow (a size of zero means 65,536); another byte
//! other than zero inserts that many of the following bytes.

use super::{buffer::Buffer, inflate::MOST_BYTES};
use crate::model::{Patch, Piece};

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

/// A delta of more pieces is not laid out in memory: pieces take more of it than bytes do.
const MOST_PIECES: usize = 1 << 16;
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
        if self.base_size != base.len() as u64 {
            return Err(DeltaError::BaseSize);
        }
        if self.result_size > TRUSTED {
            self.check_result_size()?;
        }
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

    /// Reads all instructions into `pieces`, whose inserted bytes lie in `bytes`, those that the delta
    /// was parsed from. Fails where [`Delta::apply`] would, and otherwise [`build`] makes of the pieces
    /// what `apply` does. `false` if there are too many of them.
    #[inline]
    pub(crate) fn plan(
        &self,
        bytes: &[u8],
        base: &[u8],
        pieces: &mut Vec<Piece>,
    ) -> Result<bool, DeltaError> {
        pieces.clear();
        if self.base_size != base.len() as u64 {
            return Err(DeltaError::BaseSize);
        }
        if self.result_size > TRUSTED {
            self.check_result_size()?;
        }
        let result_size = self.result_size as usize;
        let mut to = 0;
        let mut instructions = self.instructions();
        while let Some(instruction) = instructions.step()? {
            let piece = match instruction {
                Instruction::Copy { start, len } => {
                    if start + len > base.len() {
                        return Err(DeltaError::Copy);
                    }
                    Piece { to, len, at: start, copied: true }
                }
                Instruction::Insert(inserted) => {
                    // Inserted bytes end where the rest begins.
                    let at = bytes.len() - instructions.rest.len() - inserted.len();
                    Piece { to, len: inserted.len(), at, copied: false }
                }
            };
            to += piece.len;
            if to > result_size {
                return Err(DeltaError::ResultSize);
            }
            let count = pieces.len();
            match pieces.last_mut() {
                // A long copy is written as several.
                Some(last) if piece.copied && last.copied && last.at + last.len == piece.at => {
                    last.len += piece.len;
                }
                _ if count < MOST_PIECES => pieces.push(piece),
                _ => return Ok(false),
            }
        }
        if to == result_size { Ok(true) } else { Err(DeltaError::ResultSize) }
    }

    /// Adds up the instructions before anything great is allocated for them.
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

/// Builds the text that a plan describes.
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

/// The instructions of a delta, one at a time.
#[derive(Debug, Clone)]
pub(crate) struct Instructions<'a> {
    rest: &'a [u8],
}

impl<'a> Instructions<'a> {
    /// The next instruction, `None` at the end.
    #[inline(always)]
    fn step(&mut self) -> Result<Option<Instruction<'a>>, DeltaError> {
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
mod tests {
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
    fn delta(base: &[u8], parts: &[Part]) -> (Vec<u8>, Vec<u8>) {
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

    fn apply(bytes: &[u8], base: &[u8]) -> Result<Vec<u8>, DeltaError> {
        let mut out = Buffer::default();
        Delta::parse(bytes)?.apply(base, &mut out)?;
        Ok(out.as_slice().to_vec())
    }

    /// The same by way of a plan.
    fn planned(bytes: &[u8], base: &[u8]) -> Result<Vec<u8>, DeltaError> {
        let mut pieces = Vec::new();
        let mut out = Buffer::default();
        assert!(Delta::parse(bytes)?.plan(bytes, base, &mut pieces)?);
        assert!(pieces.windows(2).all(|two| two[0].to + two[0].len == two[1].to));
        build(&Patch { pieces: &pieces, older: base, inserted: bytes }, &mut out);
        Ok(out.as_slice().to_vec())
    }

    #[test]
    fn a_delta_of_too_many_pieces_is_not_planned() {
        let (bytes, _) = delta(b"base", &vec![Ok((1, 2)); MOST_PIECES]);
        let mut pieces = Vec::new();
        assert_eq!(Delta::parse(&bytes).unwrap().plan(&bytes, b"base", &mut pieces), Ok(true));
        let (bytes, _) = delta(b"base", &vec![Ok((1, 2)); MOST_PIECES + 1]);
        assert_eq!(Delta::parse(&bytes).unwrap().plan(&bytes, b"base", &mut pieces), Ok(false));
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

    type Part = Result<(usize, usize), Vec<u8>>;

    fn parts() -> impl Strategy<Value = (Vec<u8>, Vec<Part>)> {
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
        fn a_plan_gives_what_applying_gives(
            (base, parts) in parts(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        ) {
            let (mut bytes, _) = delta(&base, &parts);
            for (at, value) in changes {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            prop_assert_eq!(planned(&bytes, &base), apply(&bytes, &base));
        }

        #[test]
        fn a_plan_of_random_bytes_gives_what_applying_gives(
            bytes in prop::collection::vec(prop_oneof![0u8..4, Just(0x90), Just(0x91), any::<u8>()], 0..60),
            head in 0u8..100, size in 0u8..127,
        ) {
            let base = vec![7; usize::from(head)];
            let bytes = [&[head, size][..], &bytes].concat();
            prop_assert_eq!(planned(&bytes, &base), apply(&bytes, &base));
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
