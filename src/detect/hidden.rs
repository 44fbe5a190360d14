//! Text that shows by its shape that it is encoded: base64 of text, and text in UTF-16.
//!
//! What stands in an encoding cannot be known before it is decoded, and to search for the encoded
//! spellings of every literal would take several passes over all texts. But base64 of text looks like
//! no other text: of each four characters the first is one of the lower half of the alphabet, and so on,
//! so that a window of some dozen characters tells. And UTF-16 has zero bytes, which text has not.
//! Both tests see nothing but a window of fixed length, so that what they find can be inherited.

use super::wrapped::is_base64;

/// How many characters of base64 tell that they encode text.
pub(super) const WINDOW: usize = 32;
/// How many groups of four that are.
const GROUPS: u8 = 8;
/// Every window holds a whole block of so many bytes, wherever blocks begin.
const BLOCK: usize = 16;

/// What six bits each character stands for; [`NONE`] for what is not of base64.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut at = 0;
    while at < 26 {
        values[b'A' as usize + at] = at as u8;
        values[b'a' as usize + at] = 26 + at as u8;
        at += 1;
    }
    let mut at = 0;
    while at < 10 {
        values[b'0' as usize + at] = 52 + at as u8;
        at += 1;
    }
    values[b'+' as usize] = 62;
    values[b'-' as usize] = 62;
    values[b'/' as usize] = 63;
    values[b'_' as usize] = 63;
    values
};
const NONE: u8 = 0xff;

/// The bytes of text: printable ASCII, blanks, line ends, what begins a colour.
const TEXT: [bool; 256] = {
    let mut text = [false; 256];
    let mut at = b' ' as usize;
    while at <= b'~' as usize {
        text[at] = true;
        at += 1;
    }
    text[b'\t' as usize] = true;
    text[b'\n' as usize] = true;
    text[b'\r' as usize] = true;
    text[0x1b] = true;
    text
};

/// What a group of four characters encodes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Text,
    /// Text with a zero byte beside each character.
    Wide,
    Other,
}

fn group(four: &[u8]) -> Group {
    let [a, b, c, d] = *four else { return Group::Other };
    let a = VALUES[a as usize];
    if a >= 32 {
        return Group::Other;
    }
    let (b, c, d) = (VALUES[b as usize], VALUES[c as usize], VALUES[d as usize]);
    if (b | c | d) == NONE {
        return Group::Other;
    }
    let (one, two, three) = (a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d);
    match (TEXT[one as usize], TEXT[two as usize], TEXT[three as usize]) {
        (true, true, true) => Group::Text,
        (true, false, true) if two == 0 => Group::Wide,
        (false, true, false) if one == 0 && three == 0 => Group::Wide,
        _ => Group::Other,
    }
}

/// Whether a window of base64 that encodes text begins here.
pub(super) fn is_base64_of_text(text: &[u8]) -> bool {
    let Some(window) = text.get(..WINDOW) else { return false };
    let first = group(&window[..4]);
    first != Group::Other && window.chunks_exact(4).all(|four| group(four) == first)
}

/// Tells each place from `start` to before `end` where a window of base64 of text begins, in order.
pub(super) fn each_base64(text: &[u8], start: usize, end: usize, mut tell: impl FnMut(usize)) {
    let limit = text.len().min(end.saturating_add(WINDOW - 1));
    let (blocks, _) = text[start.min(limit)..limit].as_chunks::<BLOCK>();
    // Before here all windows have been told.
    let mut done = start;
    let mut number = 0;
    while number < blocks.len() {
        let (block, at) = (u128::from_le_bytes(blocks[number]), start + number * BLOCK);
        number += 1;
        if !is_dense(block)
            || at < done
            || !has_dense_side(text, at)
            || !holds_groups(block, &blocks[number - 1])
        {
            continue;
        }
        let floor = start.max((at + BLOCK).saturating_sub(WINDOW));
        let before = text[floor..at].iter().rev().take_while(|&&byte| is_base64(byte)).count();
        let behind = text[at..limit].iter().take_while(|&&byte| is_base64(byte)).count();
        let first = at - before;
        done = at + behind;
        each_in_run(&text[first..done], |at| {
            if first + at < end {
                tell(first + at);
            }
        });
    }
}

/// Whether all of a block lies from `+` to `z`, as nearly no block of text does: there is a blank, a
/// quote or a bracket in it. Eight bytes at once, and without a branch.
#[inline]
fn is_dense(block: u128) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    let (one, other) = (block as u64, (block >> 64) as u64);
    let below = one.wrapping_sub(ONES * 0x2b) & !one | other.wrapping_sub(ONES * 0x2b) & !other;
    let above = one.wrapping_add(ONES * 0x05) | other.wrapping_add(ONES * 0x05);
    (below | above | one | other) & (ONES * 0x80) == 0
}

/// Whether the eight bytes before a block or behind it are dense, too: of the rest of a window, one
/// half or the other lies there.
#[inline]
fn has_dense_side(text: &[u8], at: usize) -> bool {
    const SIDE: usize = (WINDOW - BLOCK) / 2;
    let is_dense = |side: Option<&[u8]>| {
        side.is_some_and(|side| {
            side.iter().fold(true, |all, byte| all & matches!(byte, b'+'..=b'z'))
        })
    };
    is_dense(at.checked_sub(SIDE).and_then(|from| text.get(from..at)))
        || is_dense(text.get(at + BLOCK..at + BLOCK + SIDE))
}

/// Whether a dense block within a window may be all base64, and three groups of it text.
fn holds_groups(block: u128, bytes: &[u8; BLOCK]) -> bool {
    const ONES: u128 = u128::MAX / 0xff;
    // The top bit of each byte that is the letter or greater.
    let from = |letter: u8| block.wrapping_add(ONES * u128::from(0x80 - letter));
    let low = from(b'A') & !from(b'Z' + 1) | from(b'a') & !from(b'f' + 1);
    let leads = low & low >> 32 & low >> 64 & (ONES * 0x80) & u128::from(u32::MAX);
    leads != 0
        && bytes.iter().all(|&byte| is_base64(byte))
        && (0..4).filter(|lead| leads >> (8 * lead + 7) & 1 == 1).any(|lead| {
            let first = group(&bytes[lead..lead + 4]);
            first != Group::Other
                && group(&bytes[lead + 4..lead + 8]) == first
                && group(&bytes[lead + 8..lead + 12]) == first
        })
}

/// Tells each window of a run of base64 characters, in order.
fn each_in_run(run: &[u8], mut tell: impl FnMut(usize)) {
    // How many groups of one sort end here, at each of the four alignments.
    let mut ending = [(Group::Other, 0); 4];
    for (at, four) in run.windows(4).enumerate() {
        let (sort, count) = &mut ending[at % 4];
        let this = group(four);
        *count = if this == *sort { GROUPS.min(*count + 1) } else { 1 };
        *sort = this;
        if this != Group::Other && *count == GROUPS {
            tell(at + 4 - WINDOW);
        }
    }
}

/// Characters in UTF-16 as the plain text they are, stretch behind stretch, with the way back.
#[derive(Debug, Default)]
pub(super) struct Narrowed {
    /// The stretches, a byte between each two that no literal holds.
    pub(super) text: Vec<u8>,
    /// Where each begins in it, and where in the outer text.
    stretches: Vec<(usize, usize)>,
}

/// Stands between two stretches.
const JOINT: u8 = 0xff;
/// How many characters a stretch has at least.
const FEWEST: usize = 3;

/// How many bytes so many characters take, the zeros between them counted.
pub(super) const fn wide_length(characters: usize) -> usize {
    characters * 2 - 1
}

/// Whether so many characters of UTF-16 begin here, of either byte order.
pub(super) fn is_wide(text: &[u8], characters: usize) -> bool {
    text.get(..wide_length(characters))
        .is_some_and(|wide| wide.iter().enumerate().all(|(at, &b)| (b == 0) == (at % 2 == 1)))
}

impl Narrowed {
    /// Takes the stretches of UTF-16 from `start` to `end`, where any begin there.
    pub(super) fn take(&mut self, text: &[u8], start: usize, end: usize) {
        self.text.clear();
        self.stretches.clear();
        let text = &text[..end];
        let mut at = start;
        while let Some(found) = next_wide(text, at) {
            if !self.text.is_empty() {
                self.text.push(JOINT);
            }
            self.stretches.push((self.text.len(), found));
            let (mut zero, mut to) = (0, found);
            while to < end && zero == 0 && text[to] != 0 {
                self.text.push(text[to]);
                zero = text.get(to + 1).copied().unwrap_or(JOINT);
                to += 2;
            }
            // The last character may be the first of a stretch of the other byte order.
            at = to.saturating_sub(2).max(found + 1);
        }
    }

    /// Where in the outer text what stands at `at` does.
    pub(super) fn outward(&self, at: usize) -> usize {
        let stretch = self.stretches.partition_point(|(within, _)| *within <= at).checked_sub(1);
        let (within, outer) = stretch.map_or((0, 0), |stretch| self.stretches[stretch]);
        outer + (at - within) * 2
    }
}

/// Where the next stretch of UTF-16 begins.
fn next_wide(text: &[u8], from: usize) -> Option<usize> {
    const STRIDE: usize = 64;
    let length = wide_length(FEWEST);
    let mut at = from;
    while at + length <= text.len() {
        let end = text.len().min(at + STRIDE + length - 1);
        let block = &text[at..end];
        let starts = block.len() + 1 - length;
        if block == &[0; STRIDE + wide_length(FEWEST) - 1][..block.len()]
            || memchr::memchr(0, block).is_none()
        {
            at += starts;
            continue;
        }
        // All of a block at once, without a branch, is many times faster.
        let some = (0..starts).fold(false, |some, at| some | begins_wide(block, at));
        if some {
            return (0..starts).find(|&within| begins_wide(block, within)).map(|found| at + found);
        }
        at += starts;
    }
    None
}

#[inline]
fn begins_wide(block: &[u8], at: usize) -> bool {
    (block[at] != 0)
        & (block[at + 1] == 0)
        & (block[at + 2] != 0)
        & (block[at + 3] == 0)
        & (block[at + 4] != 0)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;
    use ::base64::Engine;

    fn found(text: &[u8], start: usize, end: usize) -> Vec<usize> {
        let mut found = Vec::new();
        each_base64(text, start, end, |at| found.push(at));
        found
    }

    #[test]
    fn base64_of_text_is_seen_and_nothing_else() {
        let text = "Some text of more than twenty-four bytes, also é.\n";
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for front in 0..40 {
            for encoded in
                [STANDARD.encode(text), URL_SAFE_NO_PAD.encode(text), STANDARD.encode(&wide)]
            {
                let outer = format!("{}: {encoded}", "-".repeat(front));
                assert_eq!(found(outer.as_bytes(), 0, outer.len())[0], front + 2, "{outer}");
                // A piece that ends within it has what begins before its end.
                assert_eq!(found(outer.as_bytes(), 0, front + 3), [front + 2]);
                assert_eq!(found(outer.as_bytes(), 0, front + 2), [0; 0]);
            }
        }
        let random: Vec<u8> = (0..4000_u32)
            .map(|n| n.wrapping_mul(2_654_435_761).rotate_left(7).to_le_bytes()[1])
            .collect();
        for other in [
            STANDARD.encode(random),
            "some/path/to/a/file/with_a_long_name_and/another_one".to_owned(),
            "8f1d1b47-2107-4a5b-a6e9-cbcdf9ea57ab".repeat(3),
            "da39a3ee5e6b4b0d3255bfef95601890afd80709da39a3ee5e6b4b0d3255bfef95601890".to_owned(),
            "x".repeat(500),
            "A".repeat(500),
            "aVeryLongIdentifierInCamelCaseThatNobodyShouldHaveWritten".to_owned(),
        ] {
            assert_eq!(found(other.as_bytes(), 0, other.len()), [0; 0], "{other}");
        }
    }

    #[test]
    fn utf16_is_narrowed_with_the_way_back() {
        for front in [&b""[..], b"x", b"\0\0\0\0", b"ab\0\0\0", &[0; 130], &[b'-'; 67]] {
            let wide: Vec<u8> = "NEEDLE in it".encode_utf16().flat_map(u16::to_le_bytes).collect();
            let text = [front, &wide, b"\0\0\xff", &wide].concat();
            let mut narrowed = Narrowed::default();
            narrowed.take(&text, 0, text.len());
            let all: Vec<usize> = memchr::memmem::find_iter(&narrowed.text, "NEEDLE").collect();
            let outer: Vec<usize> = all.iter().map(|&at| narrowed.outward(at)).collect();
            assert_eq!(outer, [front.len(), front.len() + wide.len() + 3], "{front:?}");
            assert!(outer.iter().all(|&at| is_wide(&text[at..], 4)));
        }
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_a_window_tells(
            parts in proptest::collection::vec(
                ("[A-Za-z0-9+/=\"]{0,50}", "[ -~]{0,60}", any::<bool>()), 0..8),
            start in 0_usize..100, length in 0_usize..300,
        ) {
            let mut text = Vec::new();
            for (noise, plain, wide) in parts {
                text.extend_from_slice(noise.as_bytes());
                let bytes: Vec<u8> =
                    plain.bytes().flat_map(|b| if wide { vec![b, 0] } else { vec![b] }).collect();
                text.extend_from_slice(STANDARD.encode(bytes).as_bytes());
            }
            let start = start.min(text.len());
            let end = (start + length).min(text.len());
            let by_window: Vec<usize> =
                (start..end).filter(|&at| is_base64_of_text(&text[at..])).collect();
            prop_assert_eq!(found(&text, start, end), by_window);
        }
    }
}
