//! Whether a match stands alone, or is a piece of a longer word.
//!
//! Needed only for what proves nothing by itself: a token with a valid checksum is reported whatever
//! stands beside it.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::model::Span;

/// The longest escape that is looked for on the left, in bytes.
pub(super) const LONGEST_ESCAPE: usize = 32;

/// An escape that ends just before the match. Its last character may be a letter or digit, yet what
/// it stands for (a newline, an equals sign, a colour) is a delimiter.
static ESCAPE_AT_END: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?-u)(?:",
        r"\\[abefnrtv0]",                                           // \n and its kin
        r"|(?:%|\\u0025)(?:25)*(?:u[0-9A-Fa-f]{2})?[0-9A-Fa-f]{2}", // percent, once or more often
        r"|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}",
        r"|\\u\{[0-9A-Fa-f]{1,6}\}",
        r"|\\[0-7]{1,3}|#[0-7]{3}", // octal, also as rsyslog writes it
        r"|`[abefnrtv0]",           // PowerShell
        r"|=[0-9A-F]{2}",           // quoted-printable
        // Terminal colours. Logs are copied with the escape character shown, encoded or lost, so
        // for a colour the bracket and a digit are enough.
        r"|(?:\x1b|\\x1[bB]|\\u001[bB]|\\u\{1b\}|\\033|\\e)\[[0-9;:?]*[A-Za-z]",
        r"|(?:\[|%5[bB]|\\x5[bB]|\\u005[bB]|\xc2\x9b)[0-9](?:[0-9;:]|%3[bB]|\\x3[bB]|\\u003[bB])*m",
        r"|\x1b[()][AB0]", // a terminal's character set
        r")$"
    ))
    .ok()
});

/// Whether nothing that could belong to the same word touches `span` on either side. `class` tells
/// whether a byte belongs to the alphabet of the kind, beyond letters and digits.
pub(super) fn stands_alone(text: &[u8], span: Span, class: impl Fn(u8) -> bool) -> bool {
    let right_is_free =
        text.get(span.end).is_none_or(|&next| !next.is_ascii_alphanumeric() && !class(next));
    right_is_free && left_is_free(text, span.start)
}

/// Whether no letter or digit stands before `start` but one that closes an escape.
pub(super) fn left_is_free(text: &[u8], start: usize) -> bool {
    let Some(&previous) = start.checked_sub(1).and_then(|at| text.get(at)) else { return true };
    if !previous.is_ascii_alphanumeric() {
        return true;
    }
    let before = &text[start.saturating_sub(LONGEST_ESCAPE)..start];
    ESCAPE_AT_END.as_ref().is_some_and(|escape| escape.is_match(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(left: &str, right: &str) -> bool {
        let text = format!("{left}WORD{right}");
        let start = left.len();
        stands_alone(text.as_bytes(), Span::new(start, start + 4), |b| b == b'_')
    }

    #[test]
    fn letters_and_digits_beside_it_make_it_part_of_a_word() {
        for (left, right) in [("x", ""), ("9", " "), ("", "x"), (" ", "0"), ("", "_")] {
            assert!(!alone(left, right), "{left:?} {right:?}");
        }
        for (left, right) in [("", ""), ("=", "\""), ("_", "."), ("(", ")"), ("\u{200b}", "\\n")] {
            assert!(alone(left, right), "{left:?} {right:?}");
        }
    }

    #[test]
    fn an_escape_on_the_left_is_a_delimiter() {
        for left in [
            "\\n",
            "a\\t",
            "%3D",
            "%253D",
            "\\x3d",
            "\\u003d",
            "\\075",
            "=3D",
            "\x1b[0m",
            "\x1b[1;31m",
            "\\u001b[32m",
            "\\033[0m",
            "\\e[m",
            "\\u{1b}[0m",
            "\\u{200b}",
            "\\U0000003d",
            "%u003D",
            "`n",
            "#012",
            "[36;1m",
            "\\u001b\\u005b36\\u003b1m",
            "\x1b(B",
        ] {
            assert!(alone(left, ""), "{left:?}");
        }
        for left in ["plain", "[m", "31m", "x3d", "3D", "u003D", "n3d", "033"] {
            assert!(!alone(left, ""), "{left:?}");
        }
    }
}
