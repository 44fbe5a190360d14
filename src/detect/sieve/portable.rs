//! The sieve on any machine: one byte at a time.

use super::{
    BLOCK, Block,
    tables::{ASCII, IN_BASE64, MAY_BE_THIRD, MAY_FOLLOW, MAY_LEAD, SORTS, Set},
    tray::{Shapes, Tray},
};

/// Sifts the blocks that are whole in the text, in order.
pub(super) fn sift(sets: &[Set], text: &[u8], tray: &mut Tray) {
    let mut rest = text;
    while let Some(block) = rest.first_chunk::<{ size_of::<Block>() }>() {
        let (mut buckets, mut places) = ([[0; BLOCK]; Set::MOST], 0);
        for (set, buckets) in sets.iter().zip(&mut buckets) {
            places |= fall_through(set, block, buckets);
        }
        let of_sort = |sort: u8| {
            let is_one = |byte: &u8| SORTS.get(usize::from(*byte)).is_some_and(|s| s & sort != 0);
            let bits = block[..BLOCK].iter().enumerate().map(|(at, b)| u64::from(is_one(b)) << at);
            bits.fold(0, |all, bit| all | bit)
        };
        let shapes = Shapes::new(
            of_sort(IN_BASE64),
            of_sort(MAY_LEAD),
            of_sort(MAY_FOLLOW),
            of_sort(MAY_BE_THIRD),
        );
        tray.note_zeros(block[..BLOCK].contains(&0));
        if let Some(through) = tray.add(places, shapes) {
            *through = buckets;
        }
        rest = &rest[BLOCK..];
    }
}

/// Fills in the buckets of which a fragment may begin at each byte, and returns a bit for each byte that
/// has any.
fn fall_through(set: &Set, block: &Block, through: &mut [u8; BLOCK]) -> u64 {
    let mut some = 0;
    for (at, through) in through.iter_mut().enumerate() {
        // Bytes beyond ASCII are in no fragment, but one of three bytes may stand before them.
        let bits = |(table, &byte): (&[u8; ASCII], &u8)| table[usize::from(byte) % ASCII];
        *through = set.of.iter().zip(&block[at..]).map(bits).fold(u8::MAX, |all, bits| all & bits);
        some |= u64::from(*through != 0) << at;
    }
    some
}
