//! A small generator of repeatable pseudo-random text for examples. Nothing here is meant to be
//! unpredictable.

/// SplitMix64 (Steele, Lea, Flood 2014): one multiplication chain per number, any seed will do.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

pub(super) const DIGITS: &[u8] = b"0123456789";
pub(super) const HEX: &[u8] = b"0123456789abcdef";
pub(super) const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
pub(super) const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
pub(super) const BASE64URL: &[u8] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `length` characters out of `alphabet`, which is not empty.
    pub(super) fn text(&mut self, alphabet: &[u8], length: usize) -> Vec<u8> {
        // The bias of the remainder is 2^-58 for these alphabets.
        (0..length).map(|_| alphabet[(self.next() % alphabet.len() as u64) as usize]).collect()
    }

    /// `length` bytes of any value.
    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[7]).collect()
    }

    /// A version 4 UUID, lower case.
    pub(super) fn uuid(&mut self) -> Vec<u8> {
        let mut text = Vec::with_capacity(36);
        for (part, length) in [8, 4, 3, 3, 12].into_iter().enumerate() {
            match part {
                0 => {}
                2 => text.extend(b"-4"),
                3 => {
                    text.push(b'-');
                    text.extend(self.text(b"89ab", 1));
                }
                _ => text.push(b'-'),
            }
            text.extend(self.text(HEX, length));
        }
        text
    }
}
