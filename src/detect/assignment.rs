//! From the name of a key to the value it was given, in whatever language, file or request.
//!
//! One reader for all: behind a name come *marks* (`=`, `:`, quotes, brackets, tags) and words that
//! say nothing (`string`, `value`, `default`), and the first other word is the value. So
//! `X=v`, `--x v`, `"x": "v"`, `<key>x</key><string>v</string>`, `- name: X⏎  value: v`, `define('X', 'v')`
//! and `variable "x" { default = "v" }` are one case and not seven. It is strict where it must be: a
//! word that says something ends the search, so nothing is taken from the next sentence.

use bstr::ByteSlice;

use super::{
    glyph::{LONGEST_GLYPH, NOTHING, glyph_at},
    keyname::is_setting,
    looked::Looked,
};
use crate::model::Span;

/// How far behind a name its value may begin, in bytes.
const WIDEST: usize = 320;
/// How many lines further down.
const MOST_LINES: usize = 6;
/// The longest tag that is passed over.
const LONGEST_TAG: usize = 120;
/// The longest name of a function that a value may be wrapped in.
const LONGEST_CALL: usize = 48;

/// What stands where the value should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Assigned {
    /// From its first byte to where a bare word ends.
    pub(super) word: Span,
    /// The quote before it, if one stands there.
    pub(super) quote: Option<u8>,
    /// The mark before it was a colon at once, so that a hyphen may be part of `:-`.
    pub(super) after_colon: bool,
    /// Or an equals sign at once, so that `3D` may belong to quoted-printable's `=3D`.
    pub(super) after_equals: bool,
}

/// Words that may stand between a name and its value.
const FILLING: &[&str] = &[
    "value",
    "body",
    "secret_text",
    "plain_text",
    "val",
    "default",
    "string",
    "str",
    "type",
    "text",
    "env",
    "is",
    "to",
    "the",
    "token",
    "bearer",
    "basic",
    "secret",
    "const",
    "static",
    "or",
    "sensitive",
    "true",
    "false",
    "null",
    "none",
    "var",
    "new",
    "s",
    "b",
    "r",
    "f",
    "u",
    "as",
    "was",
    "key",
    "data",
    "char",
    "initial",
    "content",
    "secretvalue",
    "stringvalue",
    "securestring",
    "nullable",
    "required",
    "enabled",
    "option",
    "std",
    "e",
    "number",
    "any",
    "ephemeral",
    "plaintext",
    "masked",
    "protected",
    "currentvalue",
    "defaultvalue",
    "set",
    "put",
    "mut",
    "public",
    "private",
    "utf8",
    "example",
];

/// Words whose own value says nothing of the one that is looked for.
const ASIDE: &[&str] =
    &["description", "comment", "note", "label", "help", "doc", "title", "displayname", "hint"];

/// What was seen on the way from the name.
#[derive(Default)]
struct Way {
    quote: Option<u8>,
    /// Something that gives a value: `=`, `:`, `,`, `|`, the end of a tag.
    operator: bool,
    /// An operator, or at least a blank or a quote.
    apart: bool,
    /// An operator has still to come, since a bracket was closed or a line ended.
    wants_operator: bool,
    lines: usize,
    /// The last mark, if nothing has come since.
    last: u8,
    calls: usize,
    /// Marks are written as in the query of an address, where `+` is a blank.
    is_query: bool,
    /// What comes next is the text of a description.
    aside: Aside,
}

#[derive(Default, PartialEq, Eq)]
enum Aside {
    #[default]
    No,
    /// Its name was read.
    Named,
}

/// How far the step at a place on the way from a name looks, but for words.
fn step_at(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        // A tag, with a character before it and one in it as it may be escaped.
        Some(b'<') => LONGEST_TAG + 2 * LONGEST_GLYPH,
        Some(b'-' | b'+' | b'/') => LONG_WORD,
        Some(b'\\' | b'&' | b'%' | 0x1b | 0xc2..=0xef) => 2 * LONGEST_GLYPH + LONG_WORD,
        _ => LONGEST_AHEAD,
    }
}

/// What is looked at behind a mark that is written as it is.
const LONGEST_AHEAD: usize = 4;

/// What is assigned to the name that ends at `end`. `looked` is told how far that was looked for.
pub(super) fn assigned(text: &[u8], end: usize, looked: &mut Looked) -> Option<Assigned> {
    let limit = text.len().min(end + WIDEST);
    let mut way = Way::default();
    let mut at = end;
    while at < limit {
        looked.see(end, at + step_at(text, at));
        let glyph = glyph_at(text, at)?;
        if starts_word(glyph.byte, text, at, &way) {
            let mut word = Span::new(at, end_of_word(text, at));
            looked.see(end, word.end + LONGEST_AHEAD);
            if way.is_query {
                word.end = at + word.of(text).find_byte(b'+').unwrap_or(word.len());
            }
            if way.aside == Aside::Named && way.quote.is_some() {
                looked.see(end, word.start + LONGEST_WORD + LONGEST_GLYPH);
            }
            match way.read_word(text, word) {
                Next::Value => return way.value(word),
                Next::GoOn(next) => at = next,
                Next::Nothing => return None,
            }
            continue;
        }
        way.is_query |= text[at] == b'%' && glyph.end > at + 1;
        at = match glyph.byte {
            // A shell's here-string.
            b'<' if text[at..].starts_with(b"<<<") => {
                way.operate();
                at + 3
            }
            b'<' => way.pass_tag(text, glyph.end)?,
            // Perl's `$ENV{X} = 'v'`.
            b'}' if at <= end + 1 && {
                let behind = text[glyph.end..].trim_ascii_start();
                looked.see(end, text.len() - behind.len() + 1);
                behind.starts_with(b"=")
            } =>
            {
                glyph.end
            }
            byte => {
                way.mark(byte, &text[glyph.end..])?;
                glyph.end
            }
        };
    }
    None
}

/// What a word on the way means.
enum Next {
    Value,
    GoOn(usize),
    Nothing,
}

impl Way {
    /// Takes in a mark; `None` if nothing is assigned here.
    fn mark(&mut self, byte: u8, rest: &[u8]) -> Option<()> {
        match byte {
            NOTHING => return Some(()),
            b' ' | b'\t' => {
                self.apart = true;
                self.quote = None;
                self.last = b' ';
                return Some(());
            }
            b'\n' | b'\r' => {
                self.lines += usize::from(byte == b'\n');
                self.wants_operator |= !self.operator;
                self.quote = None;
                if self.lines > MOST_LINES {
                    return None;
                }
            }
            b'"' | b'\'' | b'`' => {
                self.quote = Some(byte);
                self.apart = true;
                return Some(());
            }
            b'=' | b':' | b',' | b'|' | b'?' | b'~' | b'>' => self.operate(),
            // A block behind a condition, and the braces of a template, give no value.
            b'{' if self.wants_operator || self.last == b'{' => return None,
            b'{' => self.operate(),
            b'(' | b'[' => self.apart = true,
            b')' | b']' => (self.wants_operator, self.operator) = (true, false),
            b'*' | b'@' | b'+' | b'&' | b'!' | b'\\' | b'-' | b'/' => {}
            // PHP's serialised strings: `s:4:"name";s:5:"value"`.
            b';' if rest.starts_with(b"s:") => self.operate(),
            b'$' if rest.starts_with(b"'") => {}
            _ => return None,
        }
        self.quote = None;
        self.last = byte;
        Some(())
    }

    fn operate(&mut self) {
        (self.operator, self.apart, self.wants_operator) = (true, true, false);
    }

    /// A tag that begins behind `<` is passed over; what is no tag ends the search.
    fn pass_tag(&mut self, text: &[u8], at: usize) -> Option<usize> {
        let ahead = &text[at..text.len().min(at + LONGEST_TAG)];
        let mut at = at;
        let first = *ahead.first()?;
        if !(first == b'/' || first == b'!' || first.is_ascii_alphabetic()) || is_setting(ahead) {
            return None;
        }
        let end = at + ahead.len();
        while at < end {
            let glyph = glyph_at(text, at)?;
            match glyph.byte {
                b'>' => {
                    self.operate();
                    self.quote = None;
                    self.last = b'>';
                    return Some(glyph.end);
                }
                b'\n' | b'<' => return None,
                _ => at = glyph.end,
            }
        }
        None
    }

    fn read_word(&mut self, text: &[u8], word: Span) -> Next {
        let letters = word.of(text);
        let lower = |limit: usize| letters[..letters.len().min(limit)].to_ascii_lowercase();
        let simple =
            letters.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        if self.aside == Aside::Named {
            self.aside = Aside::No;
            return match self.quote.and_then(|quote| end_of_quoted(text, word.start, quote)) {
                Some(end) => Next::GoOn(end),
                None => Next::Nothing,
            };
        }
        if (1..=12).contains(&simple) {
            let named = lower(simple);
            let after = word.start + simple;
            let is = |known: &&&str| known.as_bytes() == named;
            let whole = simple == letters.len() || !is_value_byte(letters[simple]);
            if whole && ASIDE.iter().any(|known| is(&known)) {
                (self.aside, self.quote) = (Aside::Named, None);
                return Next::GoOn(after);
            }
            if whole && (FILLING.iter().any(|known| is(&known)) || is_small_number(&named)) {
                (self.quote, self.last, self.apart) = (None, b'w', true);
                if matches!(&named[..], b"or" | b"is" | b"to" | b"as") {
                    self.operate();
                }
                return Next::GoOn(after);
            }
        }
        let call = letters.iter().take_while(|b| is_call_byte(**b)).count();
        if self.calls == 0 && call <= LONGEST_CALL && text.get(word.start + call) == Some(&b'(') {
            (self.calls, self.quote) = (1, None);
            return Next::GoOn(word.start + call + 1);
        }
        if self.apart && !self.wants_operator { Next::Value } else { Next::Nothing }
    }

    fn value(&self, word: Span) -> Option<Assigned> {
        Some(Assigned {
            word,
            quote: self.quote,
            after_colon: self.last == b':',
            after_equals: self.last == b'=',
        })
    }
}

/// Whether a word begins here. A hyphen or slash begins one only before what can go on with it.
fn starts_word(byte: u8, text: &[u8], at: usize, way: &Way) -> bool {
    let next = || text.get(at + 1).copied().unwrap_or(b' ');
    match byte {
        b'-' if way.apart && is_long_word(text, at) => true,
        b'-' if next() == b'-' => way.operator,
        // The second hyphen of a flag begins none, nor that of a flag of one letter.
        b'-' => {
            way.apart
                && next().is_ascii_alphanumeric()
                && text.get(at + 2) != Some(&b' ')
                && text.get(at.wrapping_sub(1)) != Some(&b'-')
        }
        b'+' if way.is_query => false,
        b'+' | b'/' => way.operator && next().is_ascii_alphanumeric() && text[at] == byte,
        b'_' | b'.' => true,
        other => other.is_ascii_alphanumeric(),
    }
}

/// How long a word is that no flag and no rule of hyphens is.
const LONG_WORD: usize = 32;

/// Whether so many letters, digits, hyphens and underscores begin here that it may be a token that
/// begins with a hyphen.
fn is_long_word(text: &[u8], at: usize) -> bool {
    let is_part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    text[at..].iter().take(LONG_WORD).take_while(is_part).count() == LONG_WORD
}

pub(super) fn is_value_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'.')
}

fn is_call_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':')
}

fn is_small_number(word: &[u8]) -> bool {
    word.len() <= 4 && word.iter().all(u8::is_ascii_digit)
}

/// The longest bare word that is looked at.
pub(super) const LONGEST_WORD: usize = 6 << 10;

fn end_of_word(text: &[u8], start: usize) -> usize {
    let ends = |b: &u8| {
        b.is_ascii_whitespace()
            || b.is_ascii_control()
            || matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>' | b',' | b';' | b'(' | b')')
            || matches!(b, b'[' | b']' | b'{' | b'}' | b'|' | b'\\')
    };
    let ahead = &text[start..text.len().min(start + LONGEST_WORD)];
    start + ahead.iter().position(ends).unwrap_or(ahead.len())
}

/// Where the quote ends that was opened before `start`: at the same quote, on the same line.
pub(super) fn end_of_quoted(text: &[u8], start: usize, quote: u8) -> Option<usize> {
    let mut at = start;
    while at < text.len().min(start + LONGEST_WORD) {
        let glyph = glyph_at(text, at)?;
        if glyph.byte == quote {
            return Some(at);
        }
        if glyph.byte == b'\n' {
            return None;
        }
        at = glyph.end;
    }
    None
}
