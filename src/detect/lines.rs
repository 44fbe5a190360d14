//! Lines and columns: where in a text, as people and tools count, a span of bytes stands.
//!
//! LF, CR and CRLF each end a line; columns count UTF-16 code units; a byte that is not part of valid
//! UTF-8 counts as the one replacement character that is shown for it. Nothing is stored per line:
//! the text is walked when a place is wanted, which is seldom.

use crate::model::{Position, Region, Span};

/// How a text's bytes make characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or bytes that are close to it.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
}

/// How much of a text is looked at to tell UTF-16 without a byte order mark.
const SAMPLE: usize = 1024;

impl Encoding {
    /// Judges from the beginning of a text: by its byte order mark or, without one, by zero bytes
    /// that stand at nearly every odd or even offset and hardly elsewhere.
    pub fn of(text: &[u8]) -> Self {
        match text {
            [0xff, 0xfe, rest @ ..] if !rest.starts_with(&[0, 0]) => return Encoding::Utf16Le,
            [0xfe, 0xff, ..] => return Encoding::Utf16Be,
            _ => {}
        }
        let pairs = || text[..text.len().min(SAMPLE)].chunks_exact(2);
        let total = pairs().count();
        let high_first = pairs().filter(|pair| pair[0] == 0 && pair[1] != 0).count();
        let low_first = pairs().filter(|pair| pair[0] != 0 && pair[1] == 0).count();
        if total >= 4 && low_first * 10 >= total * 7 {
            Encoding::Utf16Le
        } else if total >= 4 && high_first * 10 >= total * 7 {
            Encoding::Utf16Be
        } else {
            Encoding::Utf8
        }
    }

    /// The length of the byte order mark that a text of this encoding begins with, if any.
    fn mark(self, text: &[u8]) -> usize {
        let mark: &[u8] = match self {
            Encoding::Utf8 => &[0xef, 0xbb, 0xbf],
            Encoding::Utf16Le => &[0xff, 0xfe],
            Encoding::Utf16Be => &[0xfe, 0xff],
        };
        if text.starts_with(mark) { mark.len() } else { 0 }
    }
}

/// Walks through a text and knows the line and column it has come to. The text may be given in
/// pieces, split anywhere.
#[derive(Debug, Clone)]
struct Cursor {
    encoding: Encoding,
    position: Position,
    after_cr: bool,
    /// Bytes of a character that the last piece did not complete.
    partial: Vec<u8>,
    at_start: bool,
}

impl Cursor {
    /// A cursor at line 1, column 1.
    fn new(encoding: Encoding) -> Self {
        Cursor {
            encoding,
            position: Position { line: 1, column: 1 },
            after_cr: false,
            partial: Vec::new(),
            at_start: true,
        }
    }

    /// Where the cursor is.
    fn position(&self) -> Position {
        // A character whose beginning was all that came is shown as one replacement character.
        let pending = u64::from(!self.partial.is_empty());
        Position { column: self.position.column + pending, ..self.position }
    }

    /// Walks over `piece`. The byte order mark at the very beginning takes no column.
    fn advance(&mut self, piece: &[u8]) {
        let mut piece = piece;
        if self.at_start && !piece.is_empty() {
            self.at_start = false;
            piece = &piece[self.encoding.mark(piece)..];
        }
        if self.partial.is_empty() {
            self.walk(piece);
        } else {
            // Seldom: only where a piece ends inside a character.
            let mut joined = std::mem::take(&mut self.partial);
            joined.extend_from_slice(piece);
            self.walk(&joined);
        }
    }

    fn walk(&mut self, text: &[u8]) {
        match self.encoding {
            Encoding::Utf8 => self.walk_utf8(text),
            Encoding::Utf16Le => self.walk_utf16(text, u16::from_le_bytes),
            Encoding::Utf16Be => self.walk_utf16(text, u16::from_be_bytes),
        }
    }

    fn walk_utf8(&mut self, text: &[u8]) {
        // Whole lines are skipped by their ends alone; only the last one is counted by characters.
        let tail = memchr::memrchr2(b'\n', b'\r', text).map_or(0, |at| at + 1);
        let (lines, last) = text.split_at(tail);
        for at in memchr::memchr2_iter(b'\n', b'\r', lines) {
            let follows_cr = if at == 0 { self.after_cr } else { lines[at - 1] == b'\r' };
            if lines[at] == b'\r' || !follows_cr {
                self.position.line += 1;
            }
        }
        if !lines.is_empty() {
            self.position.column = 1;
            self.after_cr = lines.ends_with(b"\r");
        }
        if last.is_empty() {
            return;
        }
        self.after_cr = false;
        // One line may be a file of many megabytes, so it is counted block by block.
        let mut rest = last;
        while rest.len() > BLOCK {
            let (block, behind) = rest.split_at(end_of_block(rest));
            if behind.is_empty() {
                break;
            }
            if block.is_ascii() {
                self.position.column += block.len() as u64;
            } else {
                self.count_utf8(block);
                // The block ends before the beginning of a character: what it lacks will not come.
                self.position.column += u64::from(!std::mem::take(&mut self.partial).is_empty());
            }
            rest = behind;
        }
        self.count_utf8(rest);
    }

    /// Counts the characters of a text without line ends.
    fn count_utf8(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Err(error) = std::str::from_utf8(rest) {
            let (valid, behind) = rest.split_at(error.valid_up_to());
            self.position.column += utf16_units(valid);
            match error.error_len() {
                Some(length) => rest = &behind[length..],
                None => {
                    self.partial = behind.to_vec();
                    return;
                }
            }
            self.position.column += 1;
        }
        self.position.column += utf16_units(rest);
    }

    fn walk_utf16(&mut self, text: &[u8], unit: fn([u8; 2]) -> u16) {
        let mut pairs = text.chunks_exact(2);
        for pair in &mut pairs {
            match unit([pair[0], pair[1]]) {
                0x0a if self.after_cr => self.after_cr = false,
                end @ (0x0a | 0x0d) => {
                    self.position = Position { line: self.position.line + 1, column: 1 };
                    self.after_cr = end == 0x0d;
                }
                _ => {
                    self.position.column += 1;
                    self.after_cr = false;
                }
            }
        }
        self.partial = pairs.remainder().to_vec();
    }
}

/// How long a block is that is looked at several times.
const BLOCK: usize = 4096;

/// Where a block ends that begins a longer text: before a byte that goes on no character.
fn end_of_block(text: &[u8]) -> usize {
    let goes_on = |byte: &u8| byte & 0xc0 == 0x80;
    BLOCK + text[BLOCK..].iter().take_while(|byte| goes_on(byte)).count()
}

/// How many UTF-16 code units valid UTF-8 takes: one for each character, two for those of four bytes.
fn utf16_units(text: &[u8]) -> u64 {
    let begins = |byte: u8| byte & 0xc0 != 0x80;
    text.iter().map(|&byte| u64::from(begins(byte)) + u64::from(byte >= 0xf0)).sum()
}

/// Tells the regions of spans, in one walk through the text.
#[derive(Debug)]
pub struct Locator {
    cursor: Cursor,
    /// The offset in the whole text that the cursor stands at.
    at: usize,
}

impl Locator {
    /// A locator at the beginning of a text, of which `beginning` is enough to tell its encoding.
    pub fn new(beginning: &[u8]) -> Self {
        Locator { cursor: Cursor::new(Encoding::of(beginning)), at: 0 }
    }

    /// The encoding of the text.
    pub fn encoding(&self) -> Encoding {
        self.cursor.encoding
    }

    /// The region of `span`, whose offsets are of the whole text; `piece` is the part of the text
    /// that begins at `offset` and holds the span and all since the last call. Spans must come in
    /// the order of their starts; one that does not is placed where the walk has come to.
    pub fn region(&mut self, piece: &[u8], offset: usize, span: Span) -> Region {
        self.walk_to(piece, offset, span.start);
        let mut to_end = self.cursor.clone();
        to_end.advance(slice(piece, offset, self.at, span.end));
        Region { start: self.cursor.position(), end: to_end.position() }
    }

    /// Walks on to an offset of the whole text, before `piece` is let go.
    pub fn walk_to(&mut self, piece: &[u8], offset: usize, to: usize) {
        self.cursor.advance(slice(piece, offset, self.at, to));
        self.at = self.at.max(to);
    }
}

/// The bytes `from..to` of the whole text, out of the piece of it that begins at `offset`.
fn slice(piece: &[u8], offset: usize, from: usize, to: usize) -> &[u8] {
    let end = to.saturating_sub(offset).min(piece.len());
    &piece[from.saturating_sub(offset).min(end)..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn region(text: &[u8], span: Span) -> Region {
        Locator::new(text).region(text, 0, span)
    }

    fn start_of(text: &[u8], needle: &[u8]) -> (u64, u64) {
        let at = memchr::memmem::find(text, needle).unwrap();
        let start = region(text, Span::new(at, at + needle.len())).start;
        (start.line, start.column)
    }

    #[test]
    fn the_column_table_of_code_scanning() {
        let text = "é \"TOKEN\"\n日本 😀 TOKEN x\n\tTOKEN\r\nlast TOKEN";
        let columns: Vec<(u64, u64)> = memchr::memmem::find_iter(text.as_bytes(), b"TOKEN")
            .map(|at| region(text.as_bytes(), Span::new(at, at + 5)).start)
            .map(|start| (start.line, start.column))
            .collect();
        assert_eq!(columns, [(1, 4), (2, 7), (3, 2), (4, 6)]);
    }

    #[test]
    fn every_kind_of_line_end_counts_once() {
        assert_eq!(start_of(b"a\rb\rTOKEN", b"TOKEN"), (3, 1));
        assert_eq!(start_of(b"a\r\nb\nc\r\r\n TOKEN", b"TOKEN"), (5, 2));
        assert_eq!(start_of(b"\xff\xff\xe3TOKEN", b"TOKEN"), (1, 4));
    }

    #[test]
    fn utf16_counts_its_own_units_and_no_mark() {
        let text = "\u{feff}x\r\n😀 TOKEN";
        for big in [false, true] {
            let wide = |s: &str| -> Vec<u8> {
                s.encode_utf16()
                    .flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() })
                    .collect()
            };
            assert_eq!(start_of(&wide(text), &wide("TOKEN")), (2, 4), "big: {big}");
        }
        let unmarked: Vec<u8> = "ab\ncd TOKEN".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let needle: Vec<u8> = "TOKEN".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(start_of(&unmarked, &needle), (2, 4));
    }

    proptest! {
        #[test]
        fn a_long_line_is_counted_character_by_character(
            parts in proptest::collection::vec(
                prop_oneof![
                    "[aé日😀]{1,9}".prop_map(String::into_bytes),
                    proptest::collection::vec(any::<u8>().prop_filter("", |b| !b"\n\r".contains(b)), 0..9),
                    (1usize..5000).prop_map(|length| vec![b'a'; length]),
                    (4090usize..4100).prop_map(|length| vec![b'a'; length]),
                    (1usize..5000).prop_map(|length| vec![0x80; length]),
                ],
                0..9,
            ),
        ) {
            // Neither a mark at the beginning nor half a character at the end.
            let text = [b"a".as_slice(), &parts.concat(), b"x"].concat();
            let units = |chunk: std::str::Utf8Chunk<'_>| {
                chunk.valid().encode_utf16().count() + usize::from(!chunk.invalid().is_empty())
            };
            let column = 1 + text.utf8_chunks().map(units).sum::<usize>() as u64;
            let mut cursor = Cursor::new(Encoding::Utf8);
            cursor.advance(&text);
            prop_assert_eq!(cursor.position(), Position { line: 1, column });
        }

        #[test]
        fn pieces_split_anywhere_give_the_same_position(
            text in prop_oneof![
                "[ab\\n\\ré😀\u{feff}]{0,40}".prop_map(String::into_bytes),
                proptest::collection::vec(any::<u8>(), 0..40),
            ],
            cuts in proptest::collection::vec(0usize..41, 0..5),
            encoding in prop_oneof![
                Just(Encoding::Utf8), Just(Encoding::Utf16Le), Just(Encoding::Utf16Be)],
        ) {
            // The last byte is a character of its own, so that nothing is left half-read.
            let mut text = text;
            text.extend_from_slice(match encoding {
                Encoding::Utf8 => b"x",
                _ if text.len() % 2 == 0 => b"xy",
                _ => b"xyz",
            });
            let mut whole = Cursor::new(encoding);
            whole.advance(&text);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            // The byte order mark is only seen whole.
            cuts.retain(|&c| c == 0 || c >= 3 || c == text.len());
            let mut pieces = Cursor::new(encoding);
            for pair in cuts.windows(2) {
                pieces.advance(&text[pair[0]..pair[1]]);
            }
            prop_assert_eq!(pieces.position(), whole.position());
        }
    }
}
