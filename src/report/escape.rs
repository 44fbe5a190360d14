//! Text that comes from a scanned repository, made safe to show.
//!
//! A path, a commit subject or an author's name is chosen by whoever made the repository. Shown raw
//! it could move the cursor, recolour the screen, turn the reading direction or hide characters.
//! [`human`] writes such characters out; every ordinary one stays as it is.

use std::fmt::Write as _;

use bstr::ByteSlice;

/// Whether a terminal or an editor would act on this character, or show nothing for it: control
/// and format characters, line separators, fillers, variation selectors and tags.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text for a person: bytes that are no UTF-8 as `\xNN`, unsafe characters as `\n`, `\t`,
/// `\xNN` or `\u{NNNN}`, all else unchanged.
pub(super) fn human(text: &[u8]) -> String {
    let mut shown = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        chunk.valid().chars().for_each(|c| push(&mut shown, c));
        for byte in chunk.invalid() {
            // Writing to a `String` cannot fail.
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    shown
}

fn push(shown: &mut String, c: char) {
    let _ = match c {
        '\n' => write!(shown, "\\n"),
        '\r' => write!(shown, "\\r"),
        '\t' => write!(shown, "\\t"),
        c if c.is_ascii_control() => write!(shown, "\\x{:02x}", u32::from(c)),
        c if is_unsafe(c) => write!(shown, "\\u{{{:x}}}", u32::from(c)),
        c => write!(shown, "{c}"),
    };
}

/// Raw bytes as a string for a machine: each run that is no UTF-8 becomes U+FFFD. The second part
/// is the exact bytes, percent-encoded, and there only when the first lost something.
pub(super) fn lossy(bytes: &[u8]) -> (String, Option<String>) {
    match bytes.to_str() {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (bytes.to_str_lossy().into_owned(), Some(super::uri::encode(bytes))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ordinary_text_stays() {
        for text in ["src/a b.rs", "日本/é 😀", r"back\slash", "{}[]'\"%"] {
            assert_eq!(human(text.as_bytes()), text);
        }
    }

    #[test]
    fn what_drives_a_terminal_is_written_out() {
        assert_eq!(human(b"\x1b[31mred\x07\r\n\t\x7f"), r"\x1b[31mred\x07\r\n\t\x7f");
        assert_eq!(
            human("a\u{9b}2J\u{202e}b\u{200b}c\u{feff}".as_bytes()),
            r"a\u{9b}2J\u{202e}b\u{200b}c\u{feff}"
        );
        assert_eq!(
            human("\u{2066}x\u{2069}\u{e0041}\u{2028}".as_bytes()),
            r"\u{2066}x\u{2069}\u{e0041}\u{2028}"
        );
    }

    #[test]
    fn bytes_that_are_no_utf8_are_written_out() {
        assert_eq!(human(b"caf\xe9/\xff\xfe.env"), r"caf\xe9/\xff\xfe.env");
        assert_eq!(lossy(b"caf\xe9"), ("caf\u{fffd}".to_owned(), Some("caf%E9".to_owned())));
        assert_eq!(lossy("café".as_bytes()), ("café".to_owned(), None));
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(!human(&bytes).chars().any(is_unsafe));
        }

        #[test]
        fn nothing_unsafe_is_left_of_any_string(text in any::<String>()) {
            prop_assert!(!human(text.as_bytes()).chars().any(is_unsafe));
        }
    }
}
