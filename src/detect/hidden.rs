//! Text that shows by its shape that it is encoded: base64 of text, and text in UTF-16.
//!
//! What stands in an encoding cannot be known before it is decoded, and to search for the encoded
//! spellings of every literal would take several passes over all texts. But base64 of text looks like
//! no other text: of each four characters the first is one of the lower half of the alphabet, and so on,
//! so that a window of some dozen characters tells. And UTF-16 has zero bytes, which text has not.
//! Both tests see nothing but a window of fixed length, so that what they find can be inherited.

/// How many characters of base64 tell that they encode text.
pub(super) const WINDOW: usize = 32;

/// What six bits each character stands for; [`NONE`] for what is not of base64.
pub(super) const VALUES: [u8; 256] = {
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
pub(super) const NONE: u8 = 0xff;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// The windows told last at each of the four alignments: where they began, and what their groups are.
#[derive(Debug, Default)]
pub(super) struct Windows([(usize, Option<Group>); 4]);

impl Windows {
    /// Tells at which of some places, given in order, a window of base64 of text begins.
    pub(super) fn each(&mut self, text: &[u8], places: &[usize], mut tell: impl FnMut(usize)) {
        for &at in places {
            let (before, sort) = &mut self.0[at % 4];
            // Of the window four bytes on, all but the last group is known.
            let known = sort.filter(|_| *before + 4 == at);
            let is_one = match known {
                Some(known) => {
                    text.get(at + WINDOW - 4..at + WINDOW).is_some_and(|four| group(four) == known)
                }
                None => is_base64_of_text(&text[at..]),
            };
            (*before, *sort) = (at, is_one.then(|| known.unwrap_or(group(&text[at..at + 4]))));
            if is_one {
                tell(at);
            }
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

    use super::{
        super::sieve::{Sieve, Tray},
        *,
    };
    use ::base64::Engine;

    fn found(text: &[u8]) -> Vec<usize> {
        let (sieve, mut tray, mut windows) = (Sieve::new(&[]), Tray::default(), Windows::default());
        let (mut found, mut from) = (Vec::new(), 0);
        while from < text.len() {
            from = sieve.sift(text, from, &mut tray);
            windows.each(text, tray.windows(), |at| found.push(at));
        }
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
                assert_eq!(found(outer.as_bytes())[0], front + 2, "{outer}");
                let window = &outer.as_bytes()[..front + 2 + WINDOW];
                assert_eq!(found(window), [front + 2]);
                assert_eq!(found(&window[..window.len() - 1]), [0; 0]);
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
            assert_eq!(found(other.as_bytes()), [0; 0], "{other}");
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
        ) {
            let mut text = Vec::new();
            for (noise, plain, wide) in parts {
                text.extend_from_slice(noise.as_bytes());
                let bytes: Vec<u8> =
                    plain.bytes().flat_map(|b| if wide { vec![b, 0] } else { vec![b] }).collect();
                text.extend_from_slice(STANDARD.encode(bytes).as_bytes());
            }
            let by_window: Vec<usize> =
                (0..text.len()).filter(|&at| is_base64_of_text(&text[at..])).collect();
            prop_assert_eq!(found(&text), by_window);
        }
    }
}
