//! A lenient walk through one block of Terraform's own language: literal text values and the names
//! that lead to them.
//!
//! Only what is plainly a literal counts: `password = "…"`. Text inside calls, conditions and indices
//! is passed over, since it is not what the attribute holds.

use super::tree::Tree;
use crate::model::Span;

/// Gathers the values of the block whose first byte inside is at `at`. Returns where it ends.
pub(super) fn walk(text: &[u8], at: usize, tree: &mut Tree) -> usize {
    Walk { text, at, tree, awaits_value: false, in_expression: false, calls: 0 }.run()
}

struct Walk<'w> {
    text: &'w [u8],
    at: usize,
    tree: &'w mut Tree,
    /// An equals sign came and its value has not begun.
    awaits_value: bool,
    /// A value has begun that is no literal; it goes on to the end of its line or a comma.
    in_expression: bool,
    /// How many brackets are open whose content is no literal.
    calls: usize,
}

impl Walk<'_> {
    fn run(mut self) -> usize {
        while let Some(&byte) = self.text.get(self.at) {
            if self.calls > 0 {
                self.inside_call(byte);
                continue;
            }
            match byte {
                b'#' => self.skip_line(),
                b'/' if self.next_is(b'/') => self.skip_line(),
                b'/' if self.next_is(b'*') => self.skip_comment(),
                b'"' => self.string(),
                b'<' if self.next_is(b'<') => self.heredoc(),
                b'=' if matches!(self.text.get(self.at + 1), Some(b'=' | b'>')) => self.at += 2,
                b'=' | b':' => {
                    self.awaits_value = !self.in_expression;
                    self.at += 1;
                }
                b'(' => self.open_call(),
                b'[' if !self.awaits_value && !self.tree.in_list() => self.open_call(),
                b'{' | b'[' => {
                    self.begin_anew();
                    if !self.tree.open(byte == b'[') {
                        return self.at;
                    }
                }
                b'}' | b']' => {
                    self.begin_anew();
                    if !self.tree.close() {
                        return self.at;
                    }
                }
                b'\n' | b',' => self.begin_anew(),
                _ if byte.is_ascii_alphabetic() || byte == b'_' => self.word(),
                _ => self.at += 1,
            }
        }
        self.at.min(self.text.len())
    }

    /// Passes over what ends a value or begins a new level.
    fn begin_anew(&mut self) {
        self.awaits_value = false;
        self.in_expression = false;
        self.at += 1;
    }

    fn next_is(&self, byte: u8) -> bool {
        self.text.get(self.at + 1) == Some(&byte)
    }

    fn skip_line(&mut self) {
        let rest = &self.text[self.at..];
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    fn skip_comment(&mut self) {
        let rest = &self.text[self.at..];
        self.at += memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2);
    }

    fn open_call(&mut self) {
        self.calls = 1;
        self.awaits_value = false;
        self.at += 1;
    }

    fn inside_call(&mut self, byte: u8) {
        match byte {
            b'"' => self.at = string_end(self.text, self.at + 1) + 1,
            b'(' | b'[' => {
                self.calls += 1;
                self.at += 1;
            }
            b')' | b']' => {
                self.calls -= 1;
                self.at += 1;
            }
            _ => self.at += 1,
        }
    }

    /// A name, or the beginning of an expression.
    fn word(&mut self) {
        let rest = &self.text[self.at..];
        let is_word = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'_' | b'-');
        let length = rest.iter().take_while(is_word).count();
        if self.awaits_value {
            self.awaits_value = false;
            self.in_expression = true;
        } else if !self.in_expression
            && !self.tree.in_list()
            && self.names_something(self.at + length)
        {
            self.tree.name(&rest[..length]);
        }
        self.at += length;
    }

    /// A quoted text: a value, a name or a label.
    fn string(&mut self) {
        let start = self.at + 1;
        let end = string_end(self.text, start);
        // A text without an end goes to the end of its line, which is not its quote.
        let is_closed = self.text.get(end) == Some(&b'"');
        self.at = (end + usize::from(is_closed)).min(self.text.len());
        let string = Span::new(start, end.min(self.text.len()));
        if self.in_expression {
            return;
        }
        if self.awaits_value || self.tree.in_list() {
            self.awaits_value = false;
            self.in_expression = !self.value_ends_here();
            if !self.in_expression {
                self.tree.leaf(string);
            }
        } else if self.names_something(self.at) {
            self.tree.name(string.of(self.text));
        }
    }

    /// Whether an equals sign, a colon or a block follows.
    fn names_something(&self, at: usize) -> bool {
        let next = self.text[at.min(self.text.len())..].iter().find(|b| !matches!(b, b' ' | b'\t'));
        matches!(next, Some(b'=' | b':' | b'{' | b'"'))
    }

    /// Whether the value is over: an operator makes it part of an expression.
    fn value_ends_here(&self) -> bool {
        let next = self.text[self.at..].iter().find(|b| !matches!(b, b' ' | b'\t'));
        matches!(next, None | Some(b'\n' | b'\r' | b',' | b'}' | b']' | b'#' | b'/' | b';'))
    }

    fn heredoc(&mut self) {
        let head = self.at + 2;
        let rest = &self.text[head..];
        let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let marker = rest[..line].trim_ascii();
        let marker = marker.strip_prefix(b"-").unwrap_or(marker);
        let body = (head + line + 1).min(self.text.len());
        if marker.is_empty() || !self.awaits_value {
            self.at += 2;
            return;
        }
        self.awaits_value = false;
        let mut end = body;
        while end < self.text.len() {
            let rest = &self.text[end..];
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            if rest[..length].trim_ascii() == marker {
                self.tree.leaf(Span::new(body, end));
                self.at = end + length;
                return;
            }
            end += length + 1;
        }
        self.at = self.text.len();
    }
}

/// The offset of the quote that ends the text that begins at `start`; a template inside it may hold
/// quotes of its own. The text's length if there is none on its line.
fn string_end(text: &[u8], start: usize) -> usize {
    let mut template = 0usize;
    let mut at = start;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 1,
            b'$' | b'%' if text.get(at + 1) == Some(&b'{') => {
                template += 1;
                at += 1;
            }
            b'}' => template = template.saturating_sub(1),
            b'"' if template == 0 => return at,
            b'\n' => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}
