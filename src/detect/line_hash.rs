//! GitHub's `primaryLocationLineHash`: the name of a line by which code scanning follows an alert.
//!
//! A 64-bit rolling hash, modulus 37, over the 100 characters from the start of the line on, blanks
//! left out and line ends made LF, written `<hex>:<n>` where n counts how often the file had this
//! hash so far. It must agree to the digit with what GitHub's upload action computes from a file on
//! disk (`src/fingerprints.ts` of github/codeql-action), so that an alert for a line of history and
//! one for the same line on disk are one alert.

use rustc_hash::{FxHashMap, FxHashSet};

const BLOCK: usize = 100;
const MODULUS: u64 = 37;
const END_OF_FILE: u16 = 65535;

/// The hashes of some lines (from 1) of a text, by line; a line that does not exist has none.
///
/// Lines are counted as GitHub counts them here: LF, CR and CRLF each end one.
pub fn line_hashes(text: &[u8], wanted: &[u64]) -> FxHashMap<u64, String> {
    let mut hasher = LineHasher::new(wanted);
    for chunk in text.utf8_chunks() {
        for unit in chunk.valid().encode_utf16() {
            hasher.character(unit);
            // Here and not only behind each stretch: most texts are one.
            if hasher.missing == 0 {
                return hasher.found;
            }
        }
        if !chunk.invalid().is_empty() {
            hasher.character(0xfffd);
        }
        if hasher.missing == 0 {
            return hasher.found;
        }
    }
    hasher.finish()
}

struct LineHasher {
    wanted: FxHashSet<u64>,
    /// How many wanted lines are not found yet.
    missing: usize,
    found: FxHashMap<u64, String>,
    window: [u16; BLOCK],
    /// The line that starts at this slot of the window, or 0.
    lines: [u64; BLOCK],
    hash: u64,
    first_factor: u64,
    slot: usize,
    line: u64,
    at_line_start: bool,
    after_cr: bool,
    seen: FxHashMap<u64, u64>,
}

impl LineHasher {
    fn new(wanted: &[u64]) -> Self {
        let wanted: FxHashSet<u64> = wanted.iter().copied().collect();
        LineHasher {
            missing: wanted.len(),
            wanted,
            found: FxHashMap::default(),
            window: [0; BLOCK],
            lines: [0; BLOCK],
            hash: 0,
            first_factor: (0..BLOCK).fold(1u64, |factor, _| factor.wrapping_mul(MODULUS)),
            slot: 0,
            line: 0,
            at_line_start: true,
            after_cr: false,
            seen: FxHashMap::default(),
        }
    }

    fn character(&mut self, unit: u16) {
        const LF: u16 = b'\n' as u16;
        const CR: u16 = b'\r' as u16;
        let mut unit = unit;
        if unit == u16::from(b' ') || unit == u16::from(b'\t') || (self.after_cr && unit == LF) {
            self.after_cr = false;
            return;
        }
        self.after_cr = unit == CR;
        if unit == CR {
            unit = LF;
        }
        self.put_out();
        if self.at_line_start {
            self.at_line_start = false;
            self.line += 1;
            self.lines[self.slot] = self.line;
        }
        self.at_line_start = unit == LF;
        self.shift(unit);
    }

    /// Where the window has come round to the start of a line, that line's hash is complete.
    fn put_out(&mut self) {
        let line = std::mem::take(&mut self.lines[self.slot]);
        if line == 0 {
            return;
        }
        let count = self.seen.entry(self.hash).or_insert(0);
        *count += 1;
        if self.wanted.contains(&line) {
            self.found.insert(line, format!("{:x}:{count}", self.hash));
            self.missing = self.missing.saturating_sub(1);
        }
    }

    fn shift(&mut self, unit: u16) {
        let leaving = u64::from(std::mem::replace(&mut self.window[self.slot], unit));
        self.hash = MODULUS
            .wrapping_mul(self.hash)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.first_factor.wrapping_mul(leaving));
        self.slot = (self.slot + 1) % BLOCK;
    }

    fn finish(mut self) -> FxHashMap<u64, String> {
        self.character(END_OF_FILE);
        for _ in 0..BLOCK {
            self.put_out();
            self.shift(0);
        }
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_hash(text: &[u8], line: u64) -> Option<String> {
        line_hashes(text, &[line]).remove(&line)
    }

    /// Expectations computed with the algorithm's definition, term by term, for short inputs: the
    /// hash of a line is the polynomial of its first 100 characters, filled up with zeros.
    fn by_definition(characters: &[u16]) -> u64 {
        (0..BLOCK).fold(0u64, |hash, at| {
            hash.wrapping_mul(MODULUS)
                .wrapping_add(characters.get(at).copied().map_or(0, u64::from))
        })
    }

    #[test]
    fn a_line_is_hashed_by_its_next_hundred_characters() {
        let text = b"ab c\r\n\tx";
        let units: Vec<u16> = "abc\nx".encode_utf16().chain([END_OF_FILE]).collect();
        assert_eq!(line_hash(text, 1), Some(format!("{:x}:1", by_definition(&units))));
        assert_eq!(line_hash(text, 2), Some(format!("{:x}:1", by_definition(&units[4..]))));
        // The end of the file is a character of the last line, never a line of its own here.
        assert_eq!(line_hash(text, 3), None);
    }

    #[test]
    fn equal_lines_are_numbered() {
        let text = "same\n".repeat(200);
        let hash = |line| line_hash(text.as_bytes(), line).unwrap();
        assert_eq!(hash(1).split(':').next(), hash(2).split(':').next());
        assert!(hash(1).ends_with(":1") && hash(2).ends_with(":2"));
    }

    #[test]
    fn line_ends_and_blanks_do_not_matter() {
        let unix = line_hash(b"one\ntwo\nthree\n", 2);
        assert_eq!(unix, line_hash(b"one\r\n  two\r\nthree\t\r\n", 2));
        assert_eq!(unix, line_hash(b"one\rtwo\rthree\r", 2));
    }
}
