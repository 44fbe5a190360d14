//! Zlib streams into buffers, with a size that is known and cannot lie.

use libdeflater::{DecompressionError, Decompressor};

use super::buffer::Buffer;

/// The greatest object we hold in memory: 2 GiB. A greater one is a gap.
pub(crate) const MOST_BYTES: u64 = 2 << 30;

/// Deflate spends at least two bits on 258 bytes, so a stream never grows by more than this.
const MOST_GROWTH: u64 = 1032;

/// Room beyond the end of the output that lets the decoder stay in its fast loop to the last byte.
const SLACK: usize = 512;

/// Why a stream was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InflateError {
    #[error("its header claims {0} bytes, more than its compressed bytes can hold")]
    Lie(u64),
    #[error("it has {0} bytes, more than the {MOST_BYTES} that are held in memory")]
    TooGreat(u64),
    #[error("its compressed bytes are damaged")]
    Damaged,
    #[error("it does not have the size that its header claims")]
    Size,
}

/// A decoder with its tables, one for each worker.
pub(crate) struct Inflater {
    decoder: Decompressor,
    /// For streams that begin with a block of the fixed code. A decoder makes its tables of it anew after
    /// each block of another code; this one seldom meets any.
    fixed: Decompressor,
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inflater")
    }
}

impl Inflater {
    pub(crate) fn new() -> Self {
        Inflater { decoder: Decompressor::new(), fixed: Decompressor::new() }
    }

    /// Whichever decodes this stream sooner.
    #[inline]
    fn decoder_for(&mut self, input: &[u8]) -> &mut Decompressor {
        // Behind the two bytes of zlib's header there is one bit, and then the kind of the block in two.
        match input.get(2) {
            Some(byte) if byte >> 1 & 3 == 1 => &mut self.fixed,
            _ => &mut self.decoder,
        }
    }

    /// Inflates the zlib stream at the start of `input`, which must give exactly `size` bytes.
    /// Nothing is allocated for a size that `input` cannot give.
    #[inline]
    pub(crate) fn inflate(
        &mut self,
        input: &[u8],
        size: u64,
        out: &mut Buffer,
    ) -> Result<(), InflateError> {
        check_size(input.len(), size)?;
        let size = size as usize;
        match self.decoder_for(input).zlib_decompress(input, out.reset_with_slack(size, SLACK)) {
            Ok(length) if length == size => Ok(()),
            Ok(_) | Err(DecompressionError::InsufficientSpace) => Err(InflateError::Size),
            Err(DecompressionError::BadData) => Err(InflateError::Damaged),
        }
    }

    /// Inflates a whole zlib stream of unknown size, as loose objects are. The buffer grows only as
    /// far as real bytes fill it, and never beyond what `input` can give.
    pub(crate) fn inflate_unsized(
        &mut self,
        input: &[u8],
        out: &mut Buffer,
    ) -> Result<(), InflateError> {
        let most = (input.len() as u64).saturating_mul(MOST_GROWTH).saturating_add(MOST_GROWTH);
        let mut room = (input.len() as u64).saturating_mul(4).max(4096);
        loop {
            room = room.min(most).min(MOST_BYTES);
            let space = out.reset_with_slack(room as usize, SLACK);
            match self.decoder_for(input).zlib_decompress(input, space) {
                Ok(length) => {
                    out.set_len(length);
                    return Ok(());
                }
                Err(DecompressionError::BadData) => return Err(InflateError::Damaged),
                Err(DecompressionError::InsufficientSpace) if room >= most => {
                    return Err(InflateError::Damaged);
                }
                Err(DecompressionError::InsufficientSpace) if room >= MOST_BYTES => {
                    return Err(InflateError::TooGreat(room));
                }
                Err(DecompressionError::InsufficientSpace) => room *= 2,
            }
        }
    }
}

/// Refuses a size that is beyond the limit or beyond what `compressed` bytes can give.
#[inline]
fn check_size(compressed: usize, size: u64) -> Result<(), InflateError> {
    if size > (compressed as u64).saturating_mul(MOST_GROWTH).saturating_add(MOST_GROWTH) {
        Err(InflateError::Lie(size))
    } else if size > MOST_BYTES {
        Err(InflateError::TooGreat(size))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libdeflater::{CompressionLvl, Compressor};

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut compressor = Compressor::new(CompressionLvl::default());
        let mut out = vec![0; compressor.zlib_compress_bound(bytes.len())];
        let length = compressor.zlib_compress(bytes, &mut out).unwrap();
        out.truncate(length);
        out
    }

    #[test]
    fn gives_the_bytes_back_whatever_follows_the_stream() {
        let mut input = deflate(b"hello, hello, hello");
        input.extend([0xab; 40]);
        let mut out = Buffer::default();
        Inflater::new().inflate(&input, 19, &mut out).unwrap();
        assert_eq!(out.as_slice(), b"hello, hello, hello");
        Inflater::new().inflate(&deflate(b""), 0, &mut out).unwrap();
        assert_eq!(out.as_slice(), b"");
    }

    #[test]
    fn streams_of_any_code_may_follow_one_another() {
        let mut state = 1_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        // No code pays for itself, the fixed one, one of its own.
        let noise: Vec<u8> = (0..600).map(|_| random()).collect();
        let letters: Vec<u8> = (0..3000).map(|_| b'a' + random() % 9).collect();
        let fixed = b"hello, hello, hello, hello, hello, hello, hello, hello, hello";
        let texts = [noise.as_slice(), fixed, &letters];
        let streams = texts.map(deflate);
        assert_eq!([0, 1, 2].map(|at| streams[at][2] >> 1 & 3), [0, 1, 2]);
        let (mut inflater, mut out) = (Inflater::new(), Buffer::default());
        for at in [0, 1, 2, 1, 1, 2, 2, 0, 2, 1, 0, 1] {
            inflater.inflate(&streams[at], texts[at].len() as u64, &mut out).unwrap();
            assert_eq!(out.as_slice(), texts[at]);
            inflater.inflate_unsized(&streams[at], &mut out).unwrap();
            assert_eq!(out.as_slice(), texts[at]);
        }
    }

    #[test]
    fn refuses_a_size_that_is_not_the_stream_s() {
        let input = deflate(b"hello, hello, hello");
        let mut out = Buffer::default();
        let mut inflater = Inflater::new();
        assert_eq!(inflater.inflate(&input, 18, &mut out), Err(InflateError::Size));
        assert_eq!(inflater.inflate(&input, 20, &mut out), Err(InflateError::Size));
        assert_eq!(inflater.inflate(&input, 10_000, &mut out), Err(InflateError::Size));
    }

    #[test]
    fn a_huge_size_is_refused_before_anything_is_allocated() {
        let input = deflate(b"hello");
        let mut out = Buffer::default();
        let mut inflater = Inflater::new();
        for size in [1 << 20, 1 << 40, u64::MAX] {
            assert_eq!(inflater.inflate(&input, size, &mut out), Err(InflateError::Lie(size)));
        }
        assert_eq!(out.room(), 0);
        assert_eq!(
            check_size(1 << 40, MOST_BYTES + 1),
            Err(InflateError::TooGreat(MOST_BYTES + 1))
        );
    }

    #[test]
    fn damaged_and_cut_streams_are_refused() {
        let mut out = Buffer::default();
        let mut input = deflate(&[b'x'; 1000]);
        for end in 0..input.len() {
            assert!(Inflater::new().inflate(&input[..end], 1000, &mut out).is_err());
        }
        // The checksum at the end.
        *input.last_mut().unwrap() ^= 1;
        assert_eq!(Inflater::new().inflate(&input, 1000, &mut out), Err(InflateError::Damaged));
        assert_eq!(Inflater::new().inflate_unsized(&input, &mut out), Err(InflateError::Damaged));
    }

    #[test]
    fn a_stream_of_unknown_size_is_read_to_its_end() {
        let mut out = Buffer::default();
        for size in [0, 10, 100_000, 3_000_000] {
            let bytes = vec![b'y'; size];
            Inflater::new().inflate_unsized(&deflate(&bytes), &mut out).unwrap();
            assert_eq!(out.as_slice(), bytes);
        }
    }
}
