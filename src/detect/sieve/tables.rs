//! What the sieve looks bytes up in: in which buckets some fragment has a byte at a position, and of
//! what sort the characters of base64 are.

use crate::detect::{
    folded::SMALL,
    hidden::{NONE, VALUES},
};

/// The tables of eight buckets.
#[derive(Debug, Clone)]
pub(super) struct Set {
    /// By position and byte, one bit for each bucket. No fragment has a byte beyond ASCII.
    pub(super) of: [[u8; ASCII]; Set::POSITIONS],
}

/// How many bytes there are of ASCII.
pub(super) const ASCII: usize = 128;

impl Set {
    /// How many buckets a set has.
    pub(super) const BUCKETS: usize = 8;
    /// There are no more sets than fit a machine's registers.
    pub(super) const MOST: usize = 4;
    /// How many bytes in a row are looked up.
    pub(super) const POSITIONS: usize = 4;

    /// Adds a fragment in folded letters to a bucket. Where it has no byte, any will do.
    pub(super) fn add(&mut self, bucket: usize, fragment: &[u8]) {
        for (at, table) in self.of.iter_mut().enumerate() {
            for (byte, buckets) in (0_u8..).zip(table) {
                if fragment.get(at).is_none_or(|&folded| byte | SMALL == folded) {
                    *buckets |= 1 << bucket;
                }
            }
        }
    }
}

impl Default for Set {
    fn default() -> Self {
        Set { of: [[0; ASCII]; Set::POSITIONS] }
    }
}

/// A character of base64.
pub(super) const IN_BASE64: u8 = 1;
/// One that may be the first of a group of four that encodes text: the top bit of the first byte is none.
pub(super) const MAY_LEAD: u8 = 2;
/// One that may be the second, by the top bit of the second byte.
pub(super) const MAY_FOLLOW: u8 = 4;
/// One that may be the third, by the top bit of the third byte.
pub(super) const MAY_BE_THIRD: u8 = 8;

/// The sort of each byte of ASCII.
pub(super) const SORTS: [u8; ASCII] = {
    let mut sorts = [0; ASCII];
    let mut byte = 0;
    while byte < ASCII {
        let bits = VALUES[byte];
        if bits != NONE {
            let lead = if bits & 0b10_0000 == 0 { MAY_LEAD } else { 0 };
            let second = if bits & 0b00_1000 == 0 { MAY_FOLLOW } else { 0 };
            let third = if bits & 0b00_0010 == 0 { MAY_BE_THIRD } else { 0 };
            sorts[byte] = IN_BASE64 | lead | second | third;
        }
        byte += 1;
    }
    sorts
};

/// A table by the halves of a byte: those bits hold of a byte that hold of its low and of its high
/// half. Lets through some bytes besides those of the table.
pub(super) fn halves(table: &[u8; ASCII]) -> ([u8; 16], [u8; 16]) {
    let (mut low, mut high) = ([0; 16], [0; 16]);
    for (byte, bits) in table.iter().enumerate() {
        low[byte & 15] |= bits;
        high[byte >> 4] |= bits;
    }
    (low, high)
}
