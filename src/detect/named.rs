//! Named forms: a name was met; is something of the form's shape assigned to it?

use base64::Engine;

use super::{
    Candidate, Detector,
    assignment::{self, Assigned},
    base64::{STANDARD, URL_SAFE},
    before, boundary,
    depth::Depth,
    glyph::glyph_at,
    keyname,
    looked::{Looked, NEIGHBOURS},
    ready::Ready,
    shape,
};
use crate::{
    model::{Layer, Span},
    rules::Rule,
};

/// No question about a name looks further beyond the word that it is in than this, in bytes: a bracket and a
/// slash, both escaped.
const BESIDE: usize = 16;

/// Whether the name at `at` is that of a closing tag, which may be escaped.
fn closes_an_element(text: &[u8], at: usize) -> bool {
    const BRACKETS: [&[u8]; 7] = [b"<", b"&lt;", b"%3C", b"%3c", b"&#60;", b"\\u003c", b"\\u003C"];
    let whole = keyname::start_of_name(text, at);
    // The digits of an escaped slash look like the beginning of the name.
    let (before, name) = (&text[..whole], &text[whole..at]);
    let tag = match before.split_last() {
        Some((b'/', before)) => Some(before.strip_suffix(b"\\").unwrap_or(before)),
        Some((b';', _)) => before.strip_suffix(b"&#47;"),
        Some((b'%', before)) if name.starts_with(b"2F") || name.starts_with(b"2f") => Some(before),
        Some((b'\\', before)) if name.starts_with(b"u002f") => Some(before),
        _ => None,
    };
    tag.is_some_and(|tag| BRACKETS.iter().any(|bracket| tag.ends_with(bracket)))
}

/// Where a name stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) span: Span,
    /// It begins with a word rare enough to need nothing before it.
    pub(super) is_stem: bool,
}

/// A value that a form accepts: where it stands, and its bytes if it is encoded there.
struct Value {
    span: Span,
    decoded: Option<Vec<u8>>,
}

impl Detector {
    /// Tries every named form that owns a name, given where it stands.
    pub(super) fn try_names(
        &self,
        owners: &[usize],
        text: &[u8],
        name: Name,
        looked: &mut Looked,
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) {
        see_word(text, name.span, looked);
        if !name.is_stem && !begins_a_word(text, name.span.start) {
            return;
        }
        // What stands behind a closing tag is the next element's.
        if closes_an_element(text, name.span.start) {
            return;
        }
        let Some(end) = keyname::end_of_name(text, name.span.end) else { return };
        let behind = assignment::assigned(text, end, looked);
        let before = before::assigned_before(text, name.span.start, looked);
        if behind.is_none() && before.is_none() {
            return;
        }
        for &owner in owners {
            let ready = &self.forms[owner];
            // What is told by its neighbourhood is told by the name as it stands, not by part of one.
            if ready.near.is_some() && (end > name.span.end || !is_whole(text, name.span.start)) {
                continue;
            }
            for assigned in [behind, before].into_iter().flatten() {
                ready.see_value(text, assigned, looked);
            }
            let value =
                |assigned: Option<Assigned>| ready.value(self.rules.rules(), text, assigned?);
            let Some(value) = value(behind).or_else(|| value(before)) else { continue };
            let (before_name, behind_name) = ready.near_reach();
            looked.see_around(name.span.start, before_name, behind_name);
            looked.see(value.span.start.saturating_sub(NEIGHBOURS), value.span.end + NEIGHBOURS);
            if !ready.is_near(text, name.span.start) {
                continue;
            }
            self.take_value(owner, text, value, depth, found);
        }
    }

    fn take_value(
        &self,
        owner: usize,
        text: &[u8],
        value: Value,
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) {
        let (bytes, span) = match &value.decoded {
            None => (text, value.span),
            Some(decoded) => (&decoded[..], Span::new(0, decoded.len())),
        };
        let Some(judgement) = self.check(owner, bytes, span, span, span) else { return };
        let first_new = found.len();
        self.add(owner, bytes, span, judgement, depth, found);
        if value.decoded.is_some() {
            for candidate in &mut found[first_new..] {
                candidate.span = value.span;
                candidate.layers.insert(0, Layer::Base64);
            }
        }
    }
}

impl Ready {
    /// What of an assigned word is a value of this form, if anything.
    fn value(&self, rules: &[Rule], text: &[u8], mut assigned: Assigned) -> Option<Value> {
        assigned.word.start += usize::from(begins_with_a_blank(text, assigned));
        let start = assigned.word.start;
        let word = assigned.word.of(text);
        let plain = |start| {
            let span = self.extent(
                rules,
                text,
                Assigned { word: Span::new(start, assigned.word.end), ..assigned },
            )?;
            Some(Value { span, decoded: None })
        };
        plain(start)
            .or_else(|| {
                plain((assigned.after_equals && word.starts_with(b"3D")).then_some(start + 2)?)
            })
            .or_else(|| {
                plain((assigned.after_colon && word.starts_with(b"-")).then_some(start + 1)?)
            })
            .or_else(|| self.decoded(rules, text, assigned.word))
    }

    /// Tells how far [`Ready::value`] looks.
    fn see_value(&self, text: &[u8], assigned: Assigned, looked: &mut Looked) {
        let word = assigned.word;
        // What ends it may be escaped, and begin in it.
        let seen = &text[word.start..text.len().min(word.end + 1)];
        let is_escaped = seen.iter().any(|byte| matches!(byte, b'%' | b'&' | b'\\'));
        let beyond = if is_escaped { NEIGHBOURS } else { BESIDE };
        looked.see(word.start.saturating_sub(BESIDE), word.end + beyond);
        if self.value.is_none() && assigned.quote.is_some() {
            looked.see(word.start, word.end + assignment::LONGEST_WORD + NEIGHBOURS);
        }
    }

    /// Where the value ends that begins an assigned word, if it is of the form's shape.
    fn extent(&self, rules: &[Rule], text: &[u8], assigned: Assigned) -> Option<Span> {
        let start = assigned.word.start;
        match &self.value {
            Some(value) => {
                let word = assigned.word.of(text);
                let length =
                    word.iter().take(value.max + 1).take_while(|b| value.holds(**b)).count();
                let span = Span::new(start, start + length);
                let fits = (value.min..=value.max).contains(&length);
                // No path and no base64 is hex for so long and then goes on.
                let slash = || glyph_at(text, span.end).is_some_and(|glyph| glyph.byte == b'/');
                let ends = ends_here(text, span.end) || value.is_hex() && slash();
                let is_encoded = || !value.is_hex() && shape::is_encoded_text(span.of(text));
                (fits && ends && !is_encoded()).then_some(span)
            }
            None => {
                let quoted = assigned.quote.and_then(|q| assignment::end_of_quoted(text, start, q));
                let span = Span::new(start, quoted.unwrap_or(assigned.word.end));
                self.matches(rules, span.of(text)).then_some(span)
            }
        }
    }

    /// A value in base64 under a plain name, as Kubernetes keeps Secrets.
    fn decoded(&self, rules: &[Rule], text: &[u8], span: Span) -> Option<Value> {
        let is_base64 =
            |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_' | b'=');
        let word = span.of(text);
        let length = word.iter().take_while(|b| is_base64(b)).count();
        let (end, word) = (span.start + length, &word[..length]);
        // Padding may be escaped, and a word ends in the middle of an escape.
        let is_whole = end == span.end || end + padding(&text[end..]) >= span.end;
        let span = Span::new(span.start, end);
        let longest = self.value.as_ref().map_or(LONGEST_DECODED, |value| value.max + 2);
        let shortest = self.value.as_ref().map_or(1, |value| value.min);
        let about = length / 4 * 3;
        if !is_whole || about + 3 < shortest || about > longest + 3 {
            return None;
        }
        let mut decoded = STANDARD.decode(word).or_else(|_| URL_SAFE.decode(word)).ok()?;
        let kept = decoded.iter().rposition(|b| !b.is_ascii_whitespace())? + 1;
        decoded.truncate(kept);
        let fits = match &self.value {
            Some(value) => {
                (value.min..=value.max).contains(&kept) && decoded.iter().all(|b| value.holds(*b))
            }
            None => decoded.is_ascii() && self.matches(rules, &decoded),
        };
        fits.then_some(Value { span, decoded: Some(decoded) })
    }
}

/// How long the padding of base64 is with which a text begins, as it is or escaped.
fn padding(text: &[u8]) -> usize {
    let sign = |at: usize| glyph_at(text, at).filter(|glyph| glyph.byte == b'=');
    (0..MOST_PADDING)
        .try_fold(0, |at, _| sign(at).map(|glyph| glyph.end).ok_or(at))
        .unwrap_or_else(|end| end)
}

/// No base64 is padded with more signs.
const MOST_PADDING: usize = 2;

/// Tells how far the questions about a name itself look: the word that it is in, what stands before that,
/// and if it is glued to something, whether that is an escape.
fn see_word(text: &[u8], name: Span, looked: &mut Looked) {
    let whole = keyname::start_of_name(text, name.start);
    let escape = if whole < name.start { boundary::LONGEST_ESCAPE } else { 0 };
    let start = whole.saturating_sub(BESIDE).min(name.start.saturating_sub(escape));
    looked.see(start, name.end + keyname::length_of_addition(text, name.end));
}

/// The longest encoded value that a pattern is tried on.
const LONGEST_DECODED: usize = 4 << 10;

/// Whether a name may begin here: no letter or digit before it, or a capital behind a small letter.
fn begins_a_word(text: &[u8], start: usize) -> bool {
    let camel = || {
        start > 0
            && text[start].is_ascii_uppercase()
            && (text[start - 1].is_ascii_lowercase() || text[start - 1].is_ascii_digit())
    };
    boundary::left_is_free(text, start) || camel()
}

/// Whether nothing of the same name stands before it.
fn is_whole(text: &[u8], start: usize) -> bool {
    let before = &text[..start];
    let dashes = before.iter().rev().take(2).take_while(|b| **b == b'-').count();
    match before[..start - dashes].last() {
        Some(b'_') => false,
        Some(last) if dashes > 0 => !last.is_ascii_alphanumeric(),
        Some(last) => !last.is_ascii_alphanumeric() || boundary::left_is_free(text, start),
        None => true,
    }
}

/// Whether a word begins with the plus that is a blank in the query of an address: behind a colon at once,
/// or behind an equals sign that has one on its other side, too.
fn begins_with_a_blank(
    text: &[u8],
    Assigned { word, after_colon, after_equals, .. }: Assigned,
) -> bool {
    let before = || text[..word.start].strip_suffix(b"=");
    word.of(text).starts_with(b"+")
        && (after_colon || after_equals && before().is_some_and(|text| text.ends_with(b"+")))
}

/// Whether a value may end before `at`: what goes on with a dot, a bracket or a sign is an expression,
/// an address or a longer value. Signs of base64 are so however they are escaped.
fn ends_here(text: &[u8], at: usize) -> bool {
    let next = |ahead: usize| text.get(at + ahead).copied().unwrap_or(b' ');
    if glyph_at(text, at).is_some_and(|glyph| matches!(glyph.byte, b'+' | b'/')) {
        return false;
    }
    match next(0) {
        b'.' | b':' => !next(1).is_ascii_alphanumeric(),
        b'=' | b'@' | b'(' | b'[' | b'$' => false,
        b'%' => next(1).is_ascii_hexdigit() && next(2).is_ascii_hexdigit(),
        other => !other.is_ascii_alphanumeric() && !matches!(other, b'_' | b'-'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_read_as_it_is_and_escaped() {
        for (text, length) in [
            ("", 0),
            ("x=", 0),
            ("= ", 1),
            ("===", 2),
            ("&#61;\n", 5),
            ("&#x3d;&#61;\"", 11),
            ("%3D%3D&x", 6),
            ("\\u003d\\u003d\"", 12),
        ] {
            assert_eq!(padding(text.as_bytes()), length, "{text:?}");
        }
    }
}
