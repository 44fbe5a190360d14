//! A lenient walk through one JSON object: what of it can be read is read, also when the rest was cut
//! off, and also inside a JSON string, where each quote has backslashes before it.

use super::tree::Tree;
use crate::model::Span;

/// JSON text of which every quote has `slashes` backslashes before it: none in a file of its own,
/// one inside a string, three inside a string inside a string.
#[derive(Debug, Clone, Copy)]
pub(super) struct Json<'t> {
    pub(super) text: &'t [u8],
    pub(super) slashes: usize,
}

/// How many levels of quoting are followed.
const MOST_SLASHES: usize = 7;

impl<'t> Json<'t> {
    /// Tells the level from a quote that begins or ends a string.
    pub(super) fn at_quote(text: &'t [u8], quote: usize) -> Option<Self> {
        let slashes = run_before(text, quote);
        // Each level of quoting doubles the backslashes and adds one.
        ((slashes + 1).is_power_of_two() && slashes <= MOST_SLASHES)
            .then_some(Json { text, slashes })
    }

    /// Whether the quote at this offset begins or ends a string of this level.
    fn delimits(self, quote: usize) -> bool {
        run_before(self.text, quote) % (2 * (self.slashes + 1)) == self.slashes
    }

    /// Where the string ends whose first byte behind the quote is at `start`: the offset of its
    /// closing quote's first byte, backslashes included.
    pub(super) fn string_end(self, start: usize) -> Option<usize> {
        let rest = self.text.get(start..)?;
        memchr::memchr_iter(b'"', rest)
            .map(|at| start + at)
            .find(|&quote| {
                run_within(self.text, start, quote) % (2 * (self.slashes + 1)) == self.slashes
            })
            .map(|quote| quote - self.slashes)
    }

    /// The first offset from `at` on that is no white space.
    pub(super) fn skip_space(self, mut at: usize) -> usize {
        loop {
            match self.text.get(at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => at += 1,
                Some(b'\\') if self.slashes > 0 => {
                    let letter = at + run_from(self.text, at);
                    match self.text.get(letter) {
                        Some(b'n' | b'r' | b't') => at = letter + 1,
                        _ => return at,
                    }
                }
                _ => return at,
            }
        }
    }

    /// The offset behind the last byte before `at` that is no white space.
    pub(super) fn skip_space_back(self, mut at: usize) -> usize {
        loop {
            match at.checked_sub(1).map(|before| self.text[before]) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => at -= 1,
                Some(b'n' | b'r' | b't')
                    if self.slashes > 0 && run_before(self.text, at - 1) > 0 =>
                {
                    at -= 1 + run_before(self.text, at - 1);
                }
                _ => return at,
            }
        }
    }

    /// Where the object begins in which a string begins at `at`, but not before `floor`.
    pub(super) fn object_start(self, at: usize, floor: usize) -> Option<usize> {
        let mut depth = 0usize;
        let mut in_string = false;
        for here in (floor..at).rev() {
            match self.text[here] {
                b'"' if self.delimits(here) => in_string = !in_string,
                // A quote of an outer level: the string that holds this object begins there.
                b'"' if run_before(self.text, here) < self.slashes => return None,
                _ if in_string => {}
                b'}' | b']' => depth += 1,
                b'{' if depth == 0 => return Some(here),
                b'[' if depth == 0 => return None,
                b'{' | b'[' => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// Gathers the values of the object whose first byte inside is at `at`. Returns where it ends, or
    /// where it can be read no more.
    pub(super) fn walk(self, mut at: usize, tree: &mut Tree) -> usize {
        // Whether the last name has not had its value yet.
        let mut awaits_value = false;
        loop {
            at = self.skip_space(at);
            let Some(&byte) = self.text.get(at) else { return at };
            match byte {
                b'{' | b'[' => {
                    if !tree.open(byte == b'[') {
                        return at;
                    }
                    awaits_value = false;
                    at += 1;
                }
                b'}' | b']' => {
                    awaits_value = false;
                    at += 1;
                    if !tree.close() {
                        return at;
                    }
                }
                b'"' | b'\\' => {
                    let quote = at + run_from(self.text, at);
                    if quote - at != self.slashes || self.text.get(quote) != Some(&b'"') {
                        return at;
                    }
                    let Some(end) = self.string_end(quote + 1) else { return self.text.len() };
                    let string = Span::new(quote + 1, end);
                    let after = self.skip_space(end + self.slashes + 1);
                    if self.text.get(after) == Some(&b':') && !tree.in_list() {
                        tree.name(string.of(self.text));
                        awaits_value = true;
                        at = after + 1;
                    } else {
                        let is_value = awaits_value || tree.in_list();
                        if is_value && !is_soft_wrapped(string.of(self.text)) {
                            tree.leaf(string);
                        }
                        awaits_value = false;
                        at = after;
                    }
                }
                b',' => {
                    awaits_value = false;
                    at += 1;
                }
                // Numbers and words.
                _ => at += 1,
            }
        }
    }
}

/// How many backslashes stand right before `at`.
pub(super) fn run_before(text: &[u8], at: usize) -> usize {
    run_within(text, 0, at)
}

fn run_within(text: &[u8], from: usize, at: usize) -> usize {
    text[from..at].iter().rev().take_while(|&&b| b == b'\\').count()
}

fn run_from(text: &[u8], at: usize) -> usize {
    text[at..].iter().take_while(|&&b| b == b'\\').count()
}

/// What a JSON string of that many levels stands for. What is not well formed stays as it is.
pub(super) fn unescape(raw: &[u8], levels: usize) -> Vec<u8> {
    let mut value = raw.to_vec();
    for _ in 0..levels {
        if !value.contains(&b'\\') {
            break;
        }
        let quoted = [b"\"", &value[..], b"\""].concat();
        match serde_json::from_slice::<String>(&quoted) {
            Ok(text) => value = text.into_bytes(),
            Err(_) => break,
        }
    }
    value
}
/// Whether quoted-printable broke the line inside of it: what stands here is then not the value. JSON
/// itself has no line breaks in strings.
fn is_soft_wrapped(string: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', string)
        .any(|at| string[..at].strip_suffix(b"\r").unwrap_or(&string[..at]).ends_with(b"="))
}
