//! The value that stands before the name it is given: `{"value": "v", "name": "X"}`, or
//! `echo v | wrangler secret put X`.

use super::{
    assignment::{Assigned, LONGEST_WORD, is_value_byte},
    keyname::start_of_name,
    looked::Looked,
};
use crate::model::Span;

/// How far back a value may stand from the name behind it.
const WIDEST_BEFORE: usize = 160;
/// And how far where a pipe leads to the name: values of keys are long.
const WIDEST_PIPED: usize = LONGEST_WORD;

/// The word that a name is given to which stands behind it: `{"value": "v", "name": "X"}`, or
/// `echo v | wrangler secret put X`.
/// `looked` is told how far that was looked for.
pub(super) fn assigned_before(text: &[u8], name: usize, looked: &mut Looked) -> Option<Assigned> {
    let name = start_of_name(text, name);
    piped(text, name, looked).or_else(|| labelled(text, name, looked))
}

/// The longest verb that puts a value under a name.
const LONGEST_VERB: usize = "create".len();

/// What is written into a pipe at whose end the name stands: `echo "v" | … secret put X`.
fn piped(text: &[u8], name: usize, looked: &mut Looked) -> Option<Assigned> {
    let from = name.saturating_sub(WIDEST_PIPED);
    let before = &text[from..name];
    let before = before.strip_suffix(b"\"").or(before.strip_suffix(b"'")).unwrap_or(before);
    let verb = before.trim_ascii_end();
    looked.see((from + verb.len()).saturating_sub(LONGEST_VERB), name);
    let is_put = |known: &&&[u8]| verb.ends_with(known);
    [&b"put"[..], b"set", b"create", b"add", b"-"].iter().find(is_put)?;
    looked.see(from, name);
    let pipe = before.iter().rposition(|&b| matches!(b, b'|' | b'\n'))?;
    let writer = before[..pipe].trim_ascii_end();
    let quote = writer.last().copied().filter(|b| matches!(b, b'"' | b'\''));
    let word_end = writer.len() - usize::from(quote.is_some());
    let start = writer[..word_end].iter().rposition(|b| !is_value_byte(*b) && *b != b'=')? + 1;
    let command = &writer[..start];
    let line = command.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let says = |word: &[u8]| memchr::memmem::find(&command[line..], word).is_some();
    (before[pipe] == b'|' && (says(b"echo") || says(b"printf"))).then_some(Assigned {
        word: Span::new(from + start, from + word_end),
        quote,
        after_colon: false,
        after_equals: false,
    })
}

/// The value of a label that stands before the one whose value is the name.
fn labelled(text: &[u8], name: usize, looked: &mut Looked) -> Option<Assigned> {
    let from = name.saturating_sub(WIDEST_BEFORE);
    let before = &text[from..name];
    let trim = |b: &[u8]| {
        let kept = b.iter().rposition(|b| !matches!(b, b' ' | b'\n' | b'\r' | b'\t' | b'\\'));
        kept.map_or(0, |at| at + 1)
    };
    let strip = |end: usize, mark: u8, looked: &mut Looked| {
        let end = trim(&before[..end]);
        looked.see(from + end.saturating_sub(1), name);
        (end > 0 && before[end - 1] == mark).then(|| end - 1)
    };
    let after_key = strip(strip(before.len(), b'"', looked)?, b':', looked)?;
    let key = strip(after_key, b'"', looked)?;
    looked.see(from, name);
    let label = [&b"name"[..], b"key", b"Name", b"Key", b"header", b"variable"];
    let label = label.iter().find(|label| before[..key].ends_with(label))?;
    let comma = strip(key - label.len(), b'"', looked)?;
    let value = strip(strip(comma, b',', looked)?, b'"', looked)?;
    let end = trim(&before[..value]);
    let start = before[..end].iter().rposition(|b| !is_value_byte(*b) && *b != b'=')? + 1;
    (before[start - 1] == b'"').then_some(Assigned {
        word: Span::new(from + start, from + end),
        quote: Some(b'"'),
        after_colon: false,
        after_equals: false,
    })
}
