//! The sieve with the vector instructions of x86-64 processors.
//!
//! With AVX-512 VBMI one instruction looks 64 bytes up in a table of 128. With AVX2 a table is looked up
//! by the halves of each byte, which lets a little more through. The `unsafe` here is of two kinds: vectors
//! are loaded from and stored to arrays of fixed length, and a function that needs an extension is called
//! with the proof that the machine has it. Whatever they tell is compared with the text by safe code, so
//! an error here could lose an anchor, but not read beyond a text.

use std::arch::x86_64::*;

use super::{
    BLOCK, Block,
    tables::{ASCII, IN_BASE64, MAY_BE_THIRD, MAY_FOLLOW, MAY_LEAD, SORTS, Set, halves},
    tray::{Shapes, Tray},
};

/// Proof that the machine has AVX-512 with byte-wise instructions and VBMI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Avx512(());

impl Avx512 {
    pub(super) fn here() -> Option<Self> {
        let has_all = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi");
        has_all.then_some(Avx512(()))
    }

    /// Sifts the blocks that are whole in the text, in order.
    #[allow(unsafe_code)]
    pub(super) fn sift(self, sets: &[Set], text: &[u8], tray: &mut Tray) {
        // SAFETY: the machine has all extensions that the functions need, as `self` proves.
        unsafe {
            match sets.len() {
                0 => sift_none_512(sets, text, tray),
                1 => sift_one_512(sets, text, tray),
                2 => sift_two_512(sets, text, tray),
                3 => sift_three_512(sets, text, tray),
                _ => sift_four_512(sets, text, tray),
            }
        }
    }
}

/// Proof that the machine has AVX2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Avx2(());

impl Avx2 {
    pub(super) fn here() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Avx2(()))
    }

    /// Sifts the blocks that are whole in the text, in order.
    #[allow(unsafe_code)]
    pub(super) fn sift(self, sets: &[Set], text: &[u8], tray: &mut Tray) {
        // SAFETY: the machine has the extension that the functions need, as `self` proves.
        unsafe {
            match sets.len() {
                0 => sift_none_256(sets, text, tray),
                1 => sift_one_256(sets, text, tray),
                2 => sift_two_256(sets, text, tray),
                3 => sift_three_256(sets, text, tray),
                _ => sift_four_256(sets, text, tray),
            }
        }
    }
}

/// A table for [`_mm512_permutex2var_epi8`]: its two halves.
type Table = (__m512i, __m512i);

/// Makes a function for so many sets. The tables have names of their own: as an array they would be kept in
/// memory. Nothing is called in the loop that comes back, so that they stay in registers.
macro_rules! sift_512 {
    ($name:ident, $($set:ident $number:literal),*) => {
        #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
        fn $name(_sets: &[Set], text: &[u8], tray: &mut Tray) {
            $(let $set = tables_512(&_sets[$number]);)*
            let sorts = table_512(&SORTS);
            let in_base64 = _mm512_set1_epi8(IN_BASE64 as i8);
            let may_lead = _mm512_set1_epi8(MAY_LEAD as i8);
            let may_follow = _mm512_set1_epi8(MAY_FOLLOW as i8);
            let may_be_third = _mm512_set1_epi8(MAY_BE_THIRD as i8);
            let (mut zeros, mut rest) = (0, text);
            while let Some(block) = rest.first_chunk::<{ size_of::<Block>() }>() {
                let bytes = [
                    load_512::<0>(block),
                    load_512::<1>(block),
                    load_512::<2>(block),
                    load_512::<3>(block),
                ];
                $(let $set = buckets_512($set, bytes);)*
                let any = _mm512_setzero_si512();
                $(let any = _mm512_or_si512(any, $set);)*
                let places = _mm512_test_epi8_mask(any, any);
                // The top bit of a byte is not looked at by the table.
                let ascii = !_mm512_movepi8_mask(bytes[0]);
                let sort = look_up_512(sorts, bytes[0]);
                let shapes = Shapes::new(
                    _mm512_test_epi8_mask(sort, in_base64) & ascii,
                    _mm512_test_epi8_mask(sort, may_lead) & ascii,
                    _mm512_test_epi8_mask(sort, may_follow),
                    _mm512_test_epi8_mask(sort, may_be_third),
                );
                zeros |= _mm512_testn_epi8_mask(bytes[0], bytes[0]);
                if let Some(_through) = tray.add(places, shapes) {
                    $(store_512($set, &mut _through[$number]);)*
                }
                rest = &rest[BLOCK..];
            }
            tray.note_zeros(zeros != 0);
        }
    };
}

sift_512!(sift_none_512,);
sift_512!(sift_one_512, a 0);
sift_512!(sift_two_512, a 0, b 1);
sift_512!(sift_three_512, a 0, b 1, c 2);
sift_512!(sift_four_512, a 0, b 1, c 2, d 3);

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
#[inline]
fn tables_512(set: &Set) -> [Table; Set::POSITIONS] {
    [table_512(&set.of[0]), table_512(&set.of[1]), table_512(&set.of[2]), table_512(&set.of[3])]
}

/// The buckets of which a fragment may begin at each byte.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
#[inline]
fn buckets_512(tables: [Table; Set::POSITIONS], bytes: [__m512i; Set::POSITIONS]) -> __m512i {
    let both = _mm512_and_si512(look_up_512(tables[0], bytes[0]), look_up_512(tables[1], bytes[1]));
    let rest = _mm512_and_si512(look_up_512(tables[2], bytes[2]), look_up_512(tables[3], bytes[3]));
    _mm512_and_si512(both, rest)
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
#[inline]
fn look_up_512((low, high): Table, bytes: __m512i) -> __m512i {
    _mm512_permutex2var_epi8(low, bytes, high)
}

#[allow(unsafe_code)]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
#[inline]
fn table_512(table: &[u8; ASCII]) -> Table {
    let (low, high) = table.split_at(BLOCK);
    assert!(low.len() == BLOCK && high.len() == BLOCK);
    // SAFETY: each reads 64 bytes from a slice of 64; the loads need no alignment.
    unsafe { (_mm512_loadu_si512(low.as_ptr().cast()), _mm512_loadu_si512(high.as_ptr().cast())) }
}

/// The 64 bytes of a block from `FROM`.
#[allow(unsafe_code)]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
#[inline]
fn load_512<const FROM: usize>(block: &Block) -> __m512i {
    const { assert!(FROM + BLOCK <= size_of::<Block>()) };
    // SAFETY: reads 64 bytes of an array that has as many from `FROM`; the load needs no alignment.
    unsafe { _mm512_loadu_si512(block.as_ptr().add(FROM).cast()) }
}

#[allow(unsafe_code)]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
#[inline]
fn store_512(vector: __m512i, bytes: &mut [u8; BLOCK]) {
    // SAFETY: writes 64 bytes to an array of 64; the store needs no alignment.
    unsafe { _mm512_storeu_si512(bytes.as_mut_ptr().cast(), vector) };
}

/// How many bytes an AVX2 vector has.
const HALF: usize = BLOCK / 2;

/// Makes a function for so many sets, as above.
macro_rules! sift_256 {
    ($name:ident, $($set:ident $number:literal),*) => {
        #[target_feature(enable = "avx2")]
        fn $name(_sets: &[Set], text: &[u8], tray: &mut Tray) {
            $(let $set = tables_256(&_sets[$number]);)*
            let sorts = table_256(&SORTED);
            let groups = table_256(&GROUPED);
            let leaders = _mm256_set1_epi8(LEADERS as i8);
            let followers = _mm256_set1_epi8(FOLLOWERS as i8);
            let none = _mm256_setzero_si256();
            let ascii = _mm256_set1_epi8(0x7f);
            let (mut zeros, mut rest) = (none, text);
            while let Some(block) = rest.first_chunk::<{ size_of::<Block>() }>() {
                let mut places = 0;
                let (mut base64, mut first, mut second, mut third) = (0, 0, 0, 0);
                $(let mut $set = ([none; 2], $set);)*
                // Both halves by name, too.
                macro_rules! half {
                    ($half:literal) => {
                        let from = $half * HALF;
                        let bytes = [
                            split_256(load_256(block, from)),
                            split_256(load_256(block, from + 1)),
                            split_256(load_256(block, from + 2)),
                            // A fragment of three bytes may stand before any, ASCII or not.
                            split_256(_mm256_and_si256(load_256(block, from + 3), ascii)),
                        ];
                        $($set.0[$half] = buckets_256($set.1, bytes);)*
                        let any = none;
                        $(let any = _mm256_or_si256(any, $set.0[$half]);)*
                        places |= u64::from(is_not(any, none)) << from;
                        let sort = look_up_256(sorts, bytes[0]);
                        base64 |= u64::from(is_not(sort, none)) << from;
                        first |= u64::from(is_not(_mm256_and_si256(sort, leaders), none)) << from;
                        let group = look_up_256(groups, bytes[0]);
                        let (one, other) = (
                            _mm256_and_si256(group, followers),
                            _mm256_andnot_si256(followers, group),
                        );
                        second |= u64::from(is_not(one, none)) << from;
                        third |= u64::from(is_not(other, none)) << from;
                        zeros = _mm256_or_si256(zeros, _mm256_cmpeq_epi8(bytes[0].0, none));
                    };
                }
                half!(0);
                half!(1);
                let shapes = Shapes::new(base64, first, second, third);
                if let Some(_through) = tray.add(places, shapes) {
                    $(store_256($set.0, &mut _through[$number]);)*
                }
                rest = &rest[BLOCK..];
            }
            tray.note_zeros(is_not(zeros, none) != 0);
        }
    };
}

sift_256!(sift_none_256,);
sift_256!(sift_one_256, a 0);
sift_256!(sift_two_256, a 0, b 1);
sift_256!(sift_three_256, a 0, b 1, c 2);
sift_256!(sift_four_256, a 0, b 1, c 2, d 3);

#[target_feature(enable = "avx2")]
#[inline]
fn tables_256(set: &Set) -> [Table256; Set::POSITIONS] {
    [table_256(&set.of[0]), table_256(&set.of[1]), table_256(&set.of[2]), table_256(&set.of[3])]
}

/// The buckets of which a fragment may begin at each byte.
#[target_feature(enable = "avx2")]
#[inline]
fn buckets_256(
    tables: [Table256; Set::POSITIONS],
    bytes: [(__m256i, __m256i); Set::POSITIONS],
) -> __m256i {
    let both = _mm256_and_si256(look_up_256(tables[0], bytes[0]), look_up_256(tables[1], bytes[1]));
    let rest = _mm256_and_si256(look_up_256(tables[2], bytes[2]), look_up_256(tables[3], bytes[3]));
    _mm256_and_si256(both, rest)
}

/// A table for [`_mm256_shuffle_epi8`]: by low and by high halves of bytes.
type Table256 = (__m256i, __m256i);

/// The characters of base64 in groups that low and high halves of bytes tell exactly.
const SORTED: [u8; ASCII] = {
    let mut sorted = [0; ASCII];
    let mut byte = 0;
    while byte < ASCII {
        let group = match byte as u8 {
            b'A'..=b'O' => 0,
            b'P'..=b'Z' => 1,
            b'a'..=b'f' => 2,
            b'g'..=b'o' => 3,
            b'p'..=b'z' => 4,
            b'0'..=b'9' => 5,
            b'+' | b'-' | b'/' => 6,
            b'_' => 7,
            _ => 8,
        };
        if group < 8 {
            sorted[byte] = 1 << group;
        }
        byte += 1;
    }
    sorted
};
/// The groups that may lead.
const LEADERS: u8 = 0b111;

/// The same for what may be the second and the third character of a group.
const GROUPED: [u8; ASCII] = {
    let mut grouped = [0; ASCII];
    let mut byte = 0;
    while byte < ASCII {
        let second = match byte as u8 {
            b'A'..=b'H' | b'Q'..=b'X' => 1,
            b'g'..=b'n' => 2,
            b'w'..=b'z' => 4,
            b'0'..=b'3' => 8,
            _ => 0,
        };
        // The third one's second bit from below is not set, so two of each four in a row.
        let third = match byte as u8 {
            b'A'..=b'Z' => 16,
            b'a'..=b'o' => 32,
            b'p'..=b'z' => 64,
            b'0'..=b'9' => 128,
            _ => 0,
        };
        grouped[byte] = second | if SORTS[byte] & MAY_BE_THIRD == 0 { 0 } else { third };
        byte += 1;
    }
    grouped
};
/// The groups that may be second.
const FOLLOWERS: u8 = 0b1111;

/// Bytes, and their high halves. The shuffle takes the low half of a byte by itself, and no
/// byte beyond ASCII.
#[target_feature(enable = "avx2")]
#[inline]
fn split_256(bytes: __m256i) -> (__m256i, __m256i) {
    (bytes, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15)))
}

#[target_feature(enable = "avx2")]
#[inline]
fn look_up_256((low, high): Table256, (bytes, halves): (__m256i, __m256i)) -> __m256i {
    _mm256_and_si256(_mm256_shuffle_epi8(low, bytes), _mm256_shuffle_epi8(high, halves))
}

/// One bit for each byte in which two vectors differ.
#[target_feature(enable = "avx2")]
#[inline]
fn is_not(one: __m256i, other: __m256i) -> u32 {
    !(_mm256_movemask_epi8(_mm256_cmpeq_epi8(one, other)) as u32)
}

#[allow(unsafe_code)]
#[target_feature(enable = "avx2")]
#[inline]
fn table_256(table: &[u8; ASCII]) -> Table256 {
    let (low, high) = halves(table);
    // SAFETY: each reads 16 bytes from an array of 16; the loads need no alignment.
    unsafe {
        (
            _mm256_broadcastsi128_si256(_mm_loadu_si128(low.as_ptr().cast())),
            _mm256_broadcastsi128_si256(_mm_loadu_si128(high.as_ptr().cast())),
        )
    }
}

/// The 32 bytes of a block from `from`, which is at most half a block and three.
#[allow(unsafe_code)]
#[target_feature(enable = "avx2")]
#[inline]
fn load_256(block: &Block, from: usize) -> __m256i {
    let bytes = &block[from..from + HALF];
    // SAFETY: reads 32 bytes from a slice of 32; the load needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[allow(unsafe_code)]
#[target_feature(enable = "avx2")]
#[inline]
fn store_256([first, second]: [__m256i; 2], bytes: &mut [u8; BLOCK]) {
    let (front, back) = bytes.split_at_mut(HALF);
    assert!(front.len() == HALF && back.len() == HALF);
    // SAFETY: each writes 32 bytes to a slice of 32; the stores need no alignment.
    unsafe {
        _mm256_storeu_si256(front.as_mut_ptr().cast(), first);
        _mm256_storeu_si256(back.as_mut_ptr().cast(), second);
    }
}
