//! JSON written as it is made: lists are turned into output one item at a time, so a report of many
//! places never stands in memory twice, and no character in it can drive a terminal.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::escape;

/// A list that is written by turning each item into its output form only when its turn comes.
pub(super) struct Each<'a, T, F> {
    items: &'a [T],
    form: F,
}

impl<'a, T, U: Serialize, F: Fn(&'a T) -> U> Each<'a, T, F> {
    /// The items and what to write for each.
    pub(super) fn new(items: &'a [T], form: F) -> Self {
        Each { items, form }
    }
}

impl<'a, T, U: Serialize, F: Fn(&'a T) -> U> Serialize for Each<'a, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.items.iter().map(&self.form))
    }
}

/// Writes `value` indented, with a final newline.
pub(super) fn pretty(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut *out,
        Plain(PrettyFormatter::new()),
    ))?;
    out.write_all(b"\n")
}

/// Writes `value` on one line, with a final newline.
pub(super) fn line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut *out,
        Plain(CompactFormatter),
    ))?;
    out.write_all(b"\n")
}

/// A formatter that writes unsafe characters as `\uNNNN`, which means the same to every reader of
/// JSON. (`serde_json` itself escapes only what JSON demands: U+009B, say, goes out raw.)
struct Plain<F>(F);

impl<F: Formatter> Formatter for Plain<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|&(_, c)| escape::is_unsafe(c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn unsafe_characters_are_escaped_and_the_same_to_a_reader() {
        let text = "a\u{9b}b\u{202e}c\u{1b}\u{e0041}é";
        let mut out = Vec::new();
        line(&text, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out.clone()).unwrap(),
            "\"a\\u009bb\\u202ec\\u001b\\udb40\\udc41é\"\n"
        );
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
    }

    #[test]
    fn a_list_is_written_item_by_item() {
        let mut out = Vec::new();
        line(&Each::new(&[1, 2], |n| n * 10), &mut out).unwrap();
        assert_eq!(out, b"[10,20]\n");
    }

    #[test]
    fn an_error_of_the_writer_comes_back_as_it_was() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert_eq!(pretty(&"x", &mut Closed).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    proptest! {
        #[test]
        fn any_string_comes_back(text in any::<String>()) {
            let mut out = Vec::new();
            pretty(&text, &mut out).unwrap();
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
