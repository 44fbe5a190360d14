//! One character as its writer meant it, however it is escaped: `\"`, `&quot;`, `%22`, `\u0022` and
//! a curly quote are all a quote.
//!
//! Only what may stand between a name and its value is read: punctuation, blanks, line ends. Letters
//! and digits are never decoded.

/// A character and where the next one begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph {
    /// Its ASCII byte; [`NOTHING`] for what shows nothing: colours, zero-width characters.
    pub(super) byte: u8,
    pub(super) end: usize,
}

/// What stands for a character that shows nothing.
pub(super) const NOTHING: u8 = 0;
/// How many backslashes may stand before a quote: three levels of escaping take seven.
const MOST_BACKSLASHES: usize = 8;
/// No character is told by more than so many bytes: backslashes, the number of the escape character, a
/// colour and what ends it.
pub(super) const LONGEST_GLYPH: usize = 64;
/// The longest colour sequence.
const LONGEST_COLOUR: usize = 24;

/// The character at `at`; `None` at the end of the text.
pub(super) fn glyph_at(text: &[u8], at: usize) -> Option<Glyph> {
    let rest = text.get(at..)?;
    let (byte, length) = match *rest.first()? {
        b'\\' => backslash(rest),
        b'&' => entity(rest),
        b'%' => percent(rest),
        0x1b => (NOTHING, colour(&rest[1..]).map_or(1, |length| 1 + length)),
        0xc2..=0xef => wide(rest),
        other => (other, 1),
    };
    Some(Glyph { byte, end: at + length })
}

fn backslash(rest: &[u8]) -> (u8, usize) {
    let count = rest.iter().take(MOST_BACKSLASHES).take_while(|&&b| b == b'\\').count();
    let Some((&letter, behind)) = rest[count..].split_first() else { return (b'\\', count) };
    let numbered = |digits: usize| {
        hex(behind.get(..digits)?).filter(|b| is_mark(*b)).map(|b| (b, count + 1 + digits))
    };
    let plain = (b'\\', count);
    let coloured = |sign: usize| {
        let length = colour(rest.get(count + sign..)?)?;
        Some((NOTHING, count + sign + length))
    };
    match letter {
        b'"' | b'\'' | b'`' | b'/' | b'=' | b':' | b'$' => (letter, count + 1),
        b'\n' | b'\r' => (b' ', count + 1),
        b'n' | b'r' => (b'\n', count + 1),
        b't' => (b' ', count + 1),
        b'u' if behind.starts_with(b"001b") || behind.starts_with(b"001B") => {
            coloured(5).unwrap_or(plain)
        }
        b'u' => numbered(4).unwrap_or(plain),
        b'x' if behind.starts_with(b"1b") || behind.starts_with(b"1B") => {
            coloured(3).unwrap_or(plain)
        }
        b'x' => numbered(2).unwrap_or(plain),
        b'e' => coloured(1).unwrap_or(plain),
        b'0' if behind.starts_with(b"33") => coloured(3).unwrap_or(plain),
        _ => plain,
    }
}

/// The length of a colour sequence behind its escape character.
fn colour(rest: &[u8]) -> Option<usize> {
    let rest = rest.strip_prefix(b"[")?;
    let inside = |b: &&u8| b.is_ascii_digit() || matches!(b, b';' | b'?');
    let length = rest.iter().take(LONGEST_COLOUR).take_while(inside).count();
    rest.get(length).is_some_and(u8::is_ascii_alphabetic).then_some(length + 2)
}

fn entity(rest: &[u8]) -> (u8, usize) {
    let twice = if rest.starts_with(b"&amp;") { b"&amp;".len() } else { 1 };
    let name = &rest[twice..];
    const NAMED: [(&[u8], u8); 8] = [
        (b"quot;", b'"'),
        (b"apos;", b'\''),
        (b"equals;", b'='),
        (b"colon;", b':'),
        (b"lt;", b'<'),
        (b"gt;", b'>'),
        (b"nbsp;", b' '),
        (b"grave;", b'`'),
    ];
    if let Some((known, byte)) = NAMED.iter().find(|(known, _)| name.starts_with(known)) {
        return (*byte, twice + known.len());
    }
    numbered_entity(name).map_or((b'&', 1), |(byte, length)| (byte, twice + length))
}

fn numbered_entity(name: &[u8]) -> Option<(u8, usize)> {
    let digits = name.strip_prefix(b"#")?;
    let end = digits.iter().take(6).position(|&b| b == b';')?;
    let number = match digits.first()? {
        b'x' | b'X' => hex(&digits[1..end])?,
        _ => std::str::from_utf8(&digits[..end]).ok()?.parse().ok()?,
    };
    is_mark(number).then_some((number, end + 2))
}

fn percent(rest: &[u8]) -> (u8, usize) {
    let mut at = 1;
    while at < 5 && rest[at..].starts_with(b"25") {
        at += 2;
    }
    let decoded = rest.get(at..at + 2).and_then(hex).filter(|byte| is_mark(*byte));
    decoded.map_or((b'%', 1), |byte| (byte, at + 2))
}

fn wide(rest: &[u8]) -> (u8, usize) {
    match *rest {
        [0xc2, 0xa0, ..] => (b' ', 2),
        [0xe2, 0x80, 0x8b..=0x8f, ..] | [0xe2, 0x81, 0xa0, ..] | [0xef, 0xbb, 0xbf, ..] => {
            (NOTHING, 3)
        }
        [0xe2, 0x80, 0x98..=0x9f, ..] => (b'"', 3),
        [0xe2, 0x86, 0x92, ..] => (b'>', 3),
        [0xef, 0xbc, 0x9d, ..] => (b'=', 3),
        [0xef, 0xbc, 0x9a, ..] => (b':', 3),
        [first, ..] => (first, 1),
        [] => (NOTHING, 1),
    }
}

/// Punctuation, a blank or a line end: what an escape may stand for here.
fn is_mark(byte: u8) -> bool {
    byte.is_ascii_punctuation() || matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn hex(digits: &[u8]) -> Option<u8> {
    let number = std::str::from_utf8(digits).ok()?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u8::try_from(u32::from_str_radix(number, 16).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (char, usize) {
        let glyph = glyph_at(text.as_bytes(), 0).unwrap();
        (glyph.byte as char, glyph.end)
    }

    #[test]
    fn escapes_are_what_they_stand_for() {
        for quote in [
            "\"",
            "\\\"",
            "\\\\\\\"",
            "&quot;",
            "&#34;",
            "&#x22;",
            "%22",
            "%2522",
            "\\u0022",
            "\\x22",
            "\u{201c}",
            "&amp;quot;",
        ] {
            assert_eq!(read(&format!("{quote}x")), ('"', quote.len()), "{quote}");
        }
        for sign in ["=", "%3D", "%3d", "&#61;", "\\u003d", "\\x3d", "\u{ff1d}"] {
            assert_eq!(read(&format!("{sign}x")), ('=', sign.len()), "{sign}");
        }
        for nothing in ["\u{1b}[1;31m", "\\u001b[0m", "\\x1b[m", "\\033[0m", "\\e[0m", "\u{200b}"] {
            assert_eq!(read(&format!("{nothing}x")), ('\0', nothing.len()), "{nothing:?}");
        }
        assert_eq!(read("\\nx"), ('\n', 2));
        // What would be a letter or digit stays as it is.
        assert_eq!(read("%41"), ('%', 1));
        assert_eq!(read("\\u0041"), ('\\', 1));
        assert_eq!(read("&#65;"), ('&', 1));
    }
}
