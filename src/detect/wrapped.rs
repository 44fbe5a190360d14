//! Base64 that goes on over several lines: as PEM, MIME and `base64` itself wrap it, indented in a
//! YAML block, quoted in mail or a comment, or put together from strings line by line.

/// A line of fewer characters than this is not taken to go on in the next one.
const SHORTEST_LINE: usize = 16;
/// How near to the end of what is looked at a block may have been cut.
const LONGEST_LINE: usize = 256;
/// What may stand before a line's text besides blanks: comments, quoted mail, lists of strings.
const MARKS: [&[u8]; 8] = [b"//", b"--", b"#", b">", b"*", b"|", b";", b"%"];

/// One line's share of a run, in the whole text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A run of base64 over lines, found once for all the hits in it.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) pieces: Vec<Piece>,
    /// Up to where hits need no other block.
    valid_to: usize,
    /// Whether it may go on beyond what was looked at.
    pub(super) is_cut: bool,
    /// Whether it begins where its first piece does.
    pub(super) begins: bool,
    /// Up to where it has been opened, at each of the four alignments.
    pub(super) opened_to: [usize; 4],
}

impl Block {
    /// Makes this the block around `at`. What lies outside `floor..ceiling` is left out.
    pub(super) fn move_to(&mut self, text: &[u8], at: usize, floor: usize, ceiling: usize) {
        let is_known = self.pieces.first().is_some_and(|first| first.start <= at);
        if is_known && at < self.valid_to {
            return;
        }
        self.pieces = pieces(text, at, floor, ceiling);
        let end = self.pieces.last().map_or(at, |last| last.end);
        let start = self.pieces.first().map_or(at, |first| first.start);
        self.begins = floor == 0 || start > floor + LONGEST_LINE;
        self.is_cut = end + LONGEST_LINE >= ceiling && ceiling < text.len();
        // Where it may go on, half of it is left to the next one.
        self.valid_to = if self.is_cut { at + (ceiling - at) / 2 } else { end.max(at + 1) };
    }

    /// Whether it goes on over lines of whole groups, so that what stands in one of them by itself
    /// stands in the whole, too.
    pub(super) fn is_even(&self) -> bool {
        let Some((_, before @ [_, ..])) = self.pieces.split_last() else { return false };
        before.iter().all(|piece| (piece.end - piece.start).is_multiple_of(4))
    }

    /// Where in the run, its pieces one after the other, the offset of the text stands.
    pub(super) fn within(&self, at: usize) -> Option<usize> {
        let mut before = 0;
        for piece in &self.pieces {
            if (piece.start..piece.end).contains(&at) {
                return Some(before + at - piece.start);
            }
            before += piece.end - piece.start;
        }
        None
    }
}

/// The run of base64 around `at`, line by line; one piece if it does not go on.
fn pieces(text: &[u8], at: usize, floor: usize, ceiling: usize) -> Vec<Piece> {
    let own = run_around(text, at, floor, ceiling);
    let mut pieces = Vec::new();
    let mut first = own;
    while let Some(piece) = piece_above(text, first, floor) {
        pieces.push(piece);
        first = piece;
    }
    pieces.reverse();
    pieces.push(own);
    let mut last = own;
    while let Some(piece) = piece_below(text, last, ceiling) {
        pieces.push(piece);
        last = piece;
    }
    pieces
}

pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

fn run_around(text: &[u8], at: usize, floor: usize, ceiling: usize) -> Piece {
    let left = text[floor..at].iter().rev().take_while(|&&b| is_base64(b)).count();
    let right = text[at..ceiling].iter().take_while(|&&b| is_base64(b)).count();
    // The letter of an escaped line end is none of the text.
    let start = at - left;
    let escape = start > floor && text[start - 1] == b'\\' && left > 0;
    Piece { start: start + usize::from(escape), end: at + right }
}

/// The next line's piece, if this one ends its line and the next is nothing but base64.
fn piece_below(text: &[u8], piece: Piece, ceiling: usize) -> Option<Piece> {
    if piece.end - piece.start < SHORTEST_LINE {
        return None;
    }
    let next = line_end(text, piece.end, ceiling)?;
    let start = skip_front(text, next, ceiling);
    let length = text[start..ceiling].iter().take_while(|&&b| is_base64(b)).count();
    let end = start + length;
    let padding = text[end..ceiling].iter().take_while(|&&b| b == b'=').count();
    let behind = end + padding;
    // Nothing but base64: what follows ends the line or the string.
    let ends = text[behind..ceiling].first().is_none_or(|b| b"\"'`<)]},;\\\0".contains(b))
        || text[behind..ceiling].starts_with(b" |")
        || line_end(text, behind, ceiling).is_some();
    let is_mark = text[start..end].windows(5).any(|five| five == b"-----");
    let is_other = is_mark || is_key(&text[behind..ceiling]);
    (length > 0 && ends && !is_other).then_some(Piece { start, end })
}

/// Whether a quoted word ends here that is the key of a value.
fn is_key(rest: &[u8]) -> bool {
    let behind = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'"));
    behind.is_some_and(|behind| behind.trim_ascii_start().starts_with(b":"))
}

/// The piece of the line above, if it ends that line.
fn piece_above(text: &[u8], piece: Piece, floor: usize) -> Option<Piece> {
    // Back over indentation, marks and a quote, to the end of the line above.
    let front = text[floor..piece.start]
        .iter()
        .rev()
        .take_while(|&&b| {
            matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'`') || MARKS.concat().contains(&b)
        })
        .count();
    for behind in piece.start - front..=piece.start {
        let before = &text[floor..behind];
        let Some(line) = [&b"\r\n"[..], b"\n", b"\r", b"\\r\\n", b"\\n"]
            .iter()
            .find_map(|end| before.strip_suffix(*end))
        else {
            continue;
        };
        let back = line
            .iter()
            .rev()
            .take_while(|&&b| {
                matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' | b'+' | b',' | b'.')
            })
            .count();
        // A plus may be the run's own last character.
        for end in line.len() - back..=line.len() {
            let end = floor + end;
            let length = text[floor..end].iter().rev().take_while(|&&b| is_base64(b)).count();
            let candidate = run_around(text, end.saturating_sub(1).max(floor), floor, end);
            let is_mark = text[candidate.start..end].ends_with(b"-----");
            if length >= SHORTEST_LINE
                && !is_mark
                && piece_below(text, candidate, piece.end) == Some(piece)
            {
                return Some(candidate);
            }
        }
    }
    None
}

/// Where the next line begins if the text of this one ends at `at`: behind a quote, what joins
/// strings, blanks, and the line end, which may be written as an escape.
fn line_end(text: &[u8], at: usize, ceiling: usize) -> Option<usize> {
    let mut at = at;
    let is = |at: usize, set: &[u8]| at < ceiling && set.contains(&text[at]);
    let quoted = is(at, b"\"'`");
    at += usize::from(quoted);
    loop {
        for end in [&b"\r\n"[..], b"\n", b"\r", b"\\r\\n", b"\\n"] {
            if text[at..ceiling].starts_with(end) {
                return Some(at + end.len());
            }
        }
        // Blanks, a backslash that goes on, and what joins two strings.
        let goes_on = is(at, b" \t\\") || quoted && is(at, b"+.,");
        if !goes_on {
            return None;
        }
        at += 1;
    }
}

/// Behind indentation, a mark and an opening quote.
fn skip_front(text: &[u8], at: usize, ceiling: usize) -> usize {
    let mut at = skip_blanks(text, at, ceiling);
    let mark = MARKS.iter().find(|mark| {
        text[at..ceiling].starts_with(mark)
            && text.get(at + mark.len()).is_some_and(|b| matches!(b, b' ' | b'\t'))
    });
    at = skip_blanks(text, at + mark.map_or(0, |mark| mark.len()), ceiling);
    let joins = at < ceiling && matches!(text[at], b'+' | b'.') && text.get(at + 1) == Some(&b' ');
    at = skip_blanks(text, at + usize::from(joins), ceiling);
    at + usize::from(at < ceiling && matches!(text[at], b'"' | b'\'' | b'`'))
}

fn skip_blanks(text: &[u8], at: usize, ceiling: usize) -> usize {
    at + text[at.min(ceiling)..ceiling].iter().take_while(|&&b| matches!(b, b' ' | b'\t')).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 4] = [
        "Y2Z1dF90aGlzIGlzIG5vIHRva2VuIGF0IGFsbC4gTm90IG",
        "AgYml0IG9mIGl0LiBJdCBpcyBhIHNlbnRlbmNlIHRoYXQg",
        "Z29lcyBvbiBvdmVyIGZvdXIgbGluZXMgYW5kIGVuZHMgaW",
        "4gYSBwZXJpb2Qu",
    ];

    fn joined(text: &str, at: usize) -> String {
        pieces(text.as_bytes(), at, 0, text.len()).iter().map(|p| &text[p.start..p.end]).collect()
    }

    #[test]
    fn the_next_key_of_an_object_is_no_line_of_a_value() {
        let value = LINES.concat();
        let text = format!("{{\"A_KEY\": \"{value}\",\n  \"ANOTHER_KEY\" : \"x\"}}");
        assert_eq!(joined(&text, 12), value);
    }

    #[test]
    fn lines_are_joined_whatever_joins_them() {
        let whole = LINES.concat();
        for (front, between, back) in [
            ("", "\n", "\n"),
            ("", "\r\n", ""),
            ("key: |\n    ", "\n    ", "\nnext: word\n"),
            ("> ", "\n> ", "\n"),
            ("# ", "\r\n# ", ""),
            ("x = \"", "\" +\n    \"", "\";"),
            ("x = (\"", "\"\n     \"", "\")"),
            ("[\"", "\",\n  \"", "\"]"),
            ("{\"x\": \"", "\\n", "\\n\"}"),
            ("echo ", "\\\n", " | base64 -d"),
            ("-----BEGIN X-----\n", "\n", "\n-----END X-----\n"),
        ] {
            let text = format!("{front}{}{back}", LINES.join(between));
            for line in LINES {
                let at = text.find(line).unwrap() + 3;
                assert_eq!(joined(&text, at), whole, "{text}");
            }
        }
    }

    #[test]
    fn what_does_not_go_on_is_one_piece() {
        let line = LINES[0];
        for text in [
            format!("A={line}\nB={line}\n"),
            format!("{line}\nsome words\n"),
            format!("one: {line}\ntwo: {line}\n"),
            format!("{line}==\n"),
            line.to_owned(),
            format!("{line}\n"),
        ] {
            let at = text.find(line).unwrap();
            assert_eq!(joined(&text, at), line, "{text}");
        }
    }
}
