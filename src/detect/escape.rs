//! Text in which characters are written as escapes: a stretch of it without them, with the way back.
//!
//! Four families, each undone by itself: percent-encoding, backslashes of JSON and of programs'
//! strings, character references of HTML, quoted-printable. One in another is undone layer by layer.

use bstr::ByteSlice;

use super::{layer::Opened, looked::Looked};
use crate::model::{Layer, Span};

/// The signs that escapes begin with, and their families.
pub(super) const FAMILIES: [(u8, Layer); 4] = [
    (b'%', Layer::Percent),
    (b'\\', Layer::Escapes),
    (b'&', Layer::HtmlEntities),
    (b'=', Layer::QuotedPrintable),
];

/// The longest escape, in bytes: `&#x0000000;`.
pub(super) const LONGEST: usize = 12;

/// A line that is broken softly has at least so many bytes; most writers break at 75.
const SHORTEST_BROKEN: usize = 30;

/// Which of the families it is.
pub(super) fn family(layer: Layer) -> usize {
    FAMILIES.iter().position(|(_, family)| *family == layer).unwrap_or(0)
}

/// Whether the escape at the beginning says this character, or begins an escape of an escape.
pub(super) fn says(text: &[u8], layer: Layer, wanted: char) -> bool {
    let said = escape(text, layer).and_then(|(said, _)| said);
    said.is_some_and(|said| said == wanted || matches!(said, '%' | '\\' | '&' | '='))
}

/// Whether an escape of any family begins the text.
pub(super) fn begins(text: &[u8]) -> bool {
    FAMILIES
        .iter()
        .any(|(sign, layer)| text.first() == Some(sign) && escape(text, *layer).is_some())
}

/// How far before the name of an encoding that of the header may begin which it is the value of.
const HEADER: usize = 64;

/// Whether the name of an encoding at `at` is the value of a mail's header, however that is kept, or of a
/// visiting card's property; programs that deal with mail name it, too.
pub(super) fn is_declared(text: &[u8], at: usize, looked: &mut Looked) -> bool {
    looked.see_around(at, HEADER, HEADER);
    let before = text[at.saturating_sub(HEADER)..at].to_ascii_lowercase();
    before.ends_with(b"encoding=") || before.contains_str("transfer-encoding")
}

/// Whether an escape of the family stands in the text that says a delimiter, or nothing.
pub(super) fn stands_in(text: &[u8], layer: Layer) -> bool {
    let sign = FAMILIES[family(layer)].0;
    memchr::memchr_iter(sign, text).any(|at| match escape(&text[at..], layer) {
        // Before two digits and before a line end an equals sign is common.
        Some((None, length)) => ends_softly(text, at, at + length),
        Some((Some(said), _)) if layer == Layer::QuotedPrintable => {
            matches!(said, '=' | '\n' | '\r')
        }
        Some((Some(said), _)) => !said.is_ascii_alphanumeric(),
        None => false,
    })
}

/// Whether the equals sign at `at` may join its line with the next one, which begins at `next`: behind
/// a long line and no padding.
fn ends_softly(text: &[u8], at: usize, next: usize) -> bool {
    let line = text[..at].iter().rev().take_while(|&&byte| byte != b'\n').count();
    let is_padding = at > 0 && text[at - 1] == b'=';
    let goes_on = text.get(next).is_some_and(|&byte| byte != b'\n' && byte != b'\r');
    line >= SHORTEST_BROKEN && !is_padding && goes_on
}

/// The usual ways to write punctuation where it must not stand: in addresses and forms, in strings, in
/// markup, in mail.
pub(super) const DISGUISES: [fn(u8) -> Option<String>; 9] = [
    |b| (!is_unreserved(b)).then(|| if b == b' ' { "+".to_owned() } else { format!("%{b:02X}") }),
    |b| (!is_unreserved(b)).then(|| format!("%{b:02X}")),
    |b| (!is_unreserved(b)).then(|| format!("%{b:02x}")),
    |b| (!is_unreserved(b) && b != b' ').then(|| format!("\\u{b:04x}")),
    |b| matches!(b, b'"' | b'/').then(|| format!("\\{}", char::from(b))),
    // In a string in a string.
    |b| (b == b'"').then(|| r#"\\\""#.to_owned()),
    |b| match b {
        b'"' => Some("&quot;".to_owned()),
        b'<' => Some("&lt;".to_owned()),
        _ => None,
    },
    |b| matches!(b, b'"' | b'\'' | b'=').then(|| format!("&#{b};")),
    |b| (b == b'=').then(|| "=3D".to_owned()),
];

/// What needs no percent sign.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

/// A literal with its punctuation written so.
pub(super) fn disguised(literal: &[u8], disguise: fn(u8) -> Option<String>) -> Vec<u8> {
    let one = |&byte: &u8| disguise(byte).map_or_else(|| vec![byte], String::into_bytes);
    literal.iter().flat_map(one).collect()
}

/// Undoes the escapes of one family around `at`, as far to the left and to the right as `room` says.
/// `None` if there are none.
pub(super) fn open(text: &[u8], at: usize, layer: Layer, room: (usize, usize)) -> Option<Opened> {
    let sign = FAMILIES[family(layer)].0;
    open_with(text, at, layer, room, |stretch| memchr::memchr_iter(sign, stretch))
}

/// Undoes percent-encoding as forms use it, where a blank is a plus sign. `None` where none stands.
pub(super) fn open_form(text: &[u8], at: usize, room: (usize, usize)) -> Option<Opened> {
    let around = at.saturating_sub(room.0)..text.len().min(at.saturating_add(room.1));
    memchr::memchr(b'+', &text[around])?;
    open_with(text, at, Layer::Percent, room, |stretch| memchr::memchr2_iter(b'%', b'+', stretch))
}

fn open_with<'t, I: Iterator<Item = usize>>(
    text: &'t [u8],
    at: usize,
    layer: Layer,
    room: (usize, usize),
    signs: impl Fn(&'t [u8]) -> I,
) -> Option<Opened> {
    let sign = FAMILIES[family(layer)].0;
    let floor = at.saturating_sub(room.0);
    // Not from within an escape.
    let first = (floor..at.min(floor + LONGEST)).find(|&at| text[at] == sign);
    let start = first.filter(|_| floor > 0).unwrap_or(floor);
    let end = text.len().min(at.saturating_add(room.1));
    let (mut decoded, mut pieces) = (Vec::new(), Vec::new());
    let mut from = start;
    for sign_at in signs(&text[start..end]) {
        let sign_at = start + sign_at;
        // An escaped sign is no beginning.
        if sign_at < from {
            continue;
        }
        let Some((character, length)) = escape(&text[sign_at..end], layer) else { continue };
        decoded.extend_from_slice(&text[from..sign_at]);
        if pieces.is_empty() {
            pieces.push((0, start));
        }
        if let Some(character) = character {
            let mut utf8 = [0; 4];
            decoded.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
        }
        from = sign_at + length;
        pieces.push((decoded.len(), from));
    }
    if pieces.is_empty() {
        return None;
    }
    decoded.extend_from_slice(&text[from..end]);
    let cut = end < text.len();
    Some(Opened {
        layer,
        text: decoded,
        outer: Span::new(start, end),
        pieces,
        cut,
        begins: start == 0,
    })
}

/// The escape at the beginning: what it stands for, if not for nothing, and its length.
fn escape(text: &[u8], layer: Layer) -> Option<(Option<char>, usize)> {
    match layer {
        Layer::Percent if text.first() == Some(&b'+') => Some((Some(' '), 1)),
        Layer::Percent => {
            let value = hex(text.get(1..3)?)?;
            Some((Some(byte_char(value)), 3))
        }
        Layer::QuotedPrintable => match text.get(1..)? {
            [b'\n', ..] => Some((None, 2)),
            [b'\r', b'\n', ..] => Some((None, 3)),
            // Capital digits only: an equals sign before a word is none.
            [a, b, ..] if !a.is_ascii_lowercase() && !b.is_ascii_lowercase() => {
                Some((Some(byte_char(hex(&[*a, *b])?)), 3))
            }
            _ => None,
        },
        Layer::HtmlEntities => entity(text),
        _ => backslash(text),
    }
}

/// Bytes above ASCII are no part of a credential; they only have to separate.
fn byte_char(value: u32) -> char {
    char::from_u32(value).filter(char::is_ascii).unwrap_or('\u{fffd}')
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value: u32, &digit| {
        Some(value.checked_mul(16)? + char::from(digit).to_digit(16)?)
    })
}

fn character(value: Option<u32>) -> Option<char> {
    Some(value.and_then(char::from_u32).unwrap_or('\u{fffd}'))
}

/// `\n`, `\"`, `\/`, `\\`, `\u005f`, `\u{5f}`, `\U0000005f`, `\x5f`, `\137`, a backslash at the end
/// of a line.
fn backslash(text: &[u8]) -> Option<(Option<char>, usize)> {
    let sized = |digits: usize| Some((character(Some(hex(text.get(2..2 + digits)?)?)), 2 + digits));
    match *text.get(1)? {
        b'u' if text.get(2) == Some(&b'{') => {
            let length = memchr::memchr(b'}', text.get(3..text.len().min(10))?)?;
            Some((character(hex(&text[3..3 + length])), length + 4))
        }
        b'u' => sized(4),
        b'U' => sized(8),
        b'x' => sized(2),
        b'n' => Some((Some('\n'), 2)),
        b'r' => Some((Some('\r'), 2)),
        b't' => Some((Some('\t'), 2)),
        b'b' | b'f' | b'v' | b'a' | b'e' => Some((Some(' '), 2)),
        b'0'..=b'7' => {
            let count = text[1..].iter().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
            let value = text[1..=count].iter().fold(0, |value, b| value * 8 + u32::from(b - b'0'));
            Some((character(Some(value)), 1 + count))
        }
        b'\n' => Some((None, 2)),
        b'\r' if text.get(2) == Some(&b'\n') => Some((None, 3)),
        other if other.is_ascii_punctuation() => Some((Some(char::from(other)), 2)),
        _ => None,
    }
}

/// `&#95;`, `&#x5f;`, and the names of the characters that stand in and round credentials.
fn entity(text: &[u8]) -> Option<(Option<char>, usize)> {
    const NAMES: [(&[u8], char); 20] = [
        (b"quot", '"'),
        (b"amp", '&'),
        (b"lt", '<'),
        (b"gt", '>'),
        (b"apos", '\''),
        (b"nbsp", ' '),
        (b"equals", '='),
        (b"lowbar", '_'),
        (b"UnderBar", '_'),
        (b"hyphen", '-'),
        (b"dash", '-'),
        (b"period", '.'),
        (b"colon", ':'),
        (b"sol", '/'),
        (b"plus", '+'),
        (b"comma", ','),
        (b"lcub", '{'),
        (b"rcub", '}'),
        (b"Tab", '\t'),
        (b"NewLine", '\n'),
    ];
    let end = memchr::memchr(b';', text.get(1..text.len().min(LONGEST))?)?;
    let name = &text[1..=end];
    let value = match name {
        [b'#', b'x' | b'X', digits @ ..] if !digits.is_empty() => character(Some(hex(digits)?)),
        [b'#', digits @ ..] => {
            let digits = std::str::from_utf8(digits).ok()?;
            character(Some(digits.parse().ok()?))
        }
        name => NAMES.iter().find(|(known, _)| *known == name).map(|(_, c)| *c),
    }?;
    Some((Some(value), end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: (usize, usize) = (1024, 4096);

    fn undone(text: &str, layer: Layer) -> Option<String> {
        let opened = open(text.as_bytes(), 0, layer, ROOM)?;
        Some(String::from_utf8(opened.text).unwrap())
    }

    #[test]
    fn each_family_is_undone_once() {
        for (layer, text, plain) in [
            (Layer::Percent, "a%5fb%5F%255f%zz%", "a_b_%5f%zz%"),
            (Layer::Escapes, r#"\u005f\x5f\137\U0000005f\u{5f} \"\\\/\n\q"#, "_____ \"\\/\n\\q"),
            (Layer::HtmlEntities, "a&#95;&#x5F;&lowbar;&amp;lt; &no; &", "a___&lt; &no; &"),
            (Layer::QuotedPrintable, "a=5Fb=\r\nc=\nd=zz=", "a_bcd=zz="),
        ] {
            assert_eq!(undone(text, layer).as_deref(), Some(plain));
        }
        assert_eq!(undone("nothing", Layer::Percent), None);
    }

    #[test]
    fn every_byte_has_its_way_back() {
        for (layer, one) in [
            (Layer::Percent, "%5f"),
            (Layer::Escapes, "\\u005f"),
            (Layer::HtmlEntities, "&#95;"),
            (Layer::QuotedPrintable, "=5F"),
        ] {
            let text = format!("{one}ab{one}{one}cd{one}é{one}");
            let opened = open(text.as_bytes(), 0, layer, ROOM).unwrap();
            let needle = b"ab__cd_";
            let at = memchr::memmem::find(&opened.text, needle).unwrap();
            let outer = opened.outward(Span::new(at, at + needle.len()));
            assert_eq!(&text[outer.start..outer.end], format!("ab{one}{one}cd{one}"), "{layer}");
            let first = opened.outward(Span::new(0, 1));
            assert_eq!(&text[first.start..first.end], one);
        }
    }

    #[test]
    fn any_bytes_are_survived() {
        for text in
            [&b"%"[..], b"\\", b"&", b"=", b"%%%5", b"\\u{", b"\\u00", b"&#;", b"&#x;", b"=\r"]
        {
            for (_, layer) in FAMILIES {
                for at in 0..text.len() {
                    let _ = open(text, at, layer, ROOM);
                }
            }
        }
    }
}
