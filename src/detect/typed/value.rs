//! Tells a value from what stands where a value would: nothing, a mask, a reference to somewhere else,
//! a word that only says what belongs there.

/// Values that people type where they mean "put yours here", besides those that
/// [`Placeholders`](crate::rules::Placeholders) knows by their shape. Compared without case.
const DUMMIES: &[&str] = &[
    "password",
    "password1",
    "passw0rd",
    "secret",
    "mysecret",
    "my-secret",
    "my_secret",
    "supersecret",
    "super-secret",
    "my_data",
    "my-data",
    "token",
    "test",
    "testing",
    "foo",
    "bar",
    "foobar",
    "foo bar",
    "baz",
    "value",
    "hello world",
    "hello, world!",
    "dummy",
    "fake",
    "sample",
    "todo",
    "tbd",
    "123456",
    "12345678",
    "1234567890",
];
/// What references to elsewhere begin with: secret managers, encrypted values, files.
const REFERENCES: &[&str] = &[
    "op://",
    "vault:",
    "arn:",
    "ref+",
    "enc[",
    "file://",
    "var.",
    "data.",
    "local.",
    "module.",
    "env.",
    "process.env.",
    "secrets.",
    "@microsoft.keyvault",
    "projects/",
    "!vault",
    "!!",
];

/// Whether nothing secret stands here at all.
pub(super) fn is_absent(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let lower = value.get(..value.len().min(40)).unwrap_or_default().to_ascii_lowercase();
    let has = |needle: &str| memchr::memmem::find(value, needle.as_bytes()).is_some();
    let wrapped =
        |open: u8, close: u8| value.first() == Some(&open) && value.last() == Some(&close);
    value.is_empty()
        // `(sensitive value)`, `(known after apply)`, `<computed>`, `<your secret>`
        || wrapped(b'(', b')')
        || wrapped(b'<', b'>')
        || wrapped(b'[', b']')
        // Terraform, shells, templates of many tongues.
        || ["${", "%{", "{{", "$(", "<%"].iter().any(|open| has(open))
        || is_variable(value)
        || is_field(value)
        || is_date(value)
        || REFERENCES.iter().any(|start| lower.starts_with(start.as_bytes()))
        || ["null", "none", "nil", "undefined", "true", "false", "redacted", "sensitive", "hidden"]
            .iter()
            .any(|word| lower == word.as_bytes())
        // A mask.
        || value.iter().all(|&b| matches!(b, b'*' | b'x' | b'X' | b'.' | b'-' | b'_' | b'#'))
        || !value.is_ascii() && value.iter().all(|b| !b.is_ascii_alphanumeric())
}

/// `$NAME` or `%NAME%`.
fn is_variable(value: &[u8]) -> bool {
    let name = match value {
        [b'$', name @ ..] => name,
        [b'%', name @ .., b'%'] => name,
        _ => return false,
    };
    !name.is_empty()
        && name.iter().all(|&b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// `{key}`, as Rust's and Python's formatting fills in.
fn is_field(value: &[u8]) -> bool {
    let name = value.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    name.is_some_and(|name| {
        name.len() <= 40 && name.iter().all(|&b| b.is_ascii_alphanumeric() || b"_.:".contains(&b))
    })
}

/// `2026-09-30`: a compatibility date that a misplaced brace has put among secrets.
fn is_date(value: &[u8]) -> bool {
    value.len() == 10
        && value.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// Whether the value only says what belongs there: one of the usual words, or the attribute's own
/// name.
pub(super) fn is_dummy(value: &[u8], attribute: &[u8]) -> bool {
    let value = value.trim_ascii();
    let alike = |a: u8, b: u8| {
        a.eq_ignore_ascii_case(&b) || matches!((a, b), (b'_' | b'-' | b' ', b'_' | b'-' | b' '))
    };
    let is = |word: &[u8]| {
        word.len() == value.len() && value.iter().zip(word).all(|(&a, &b)| alike(a, b))
    };
    is(attribute) || DUMMIES.iter().any(|word| is(word.as_bytes()))
}

/// Words of which made-up values are made.
const WORDS: &[&str] = &[
    "a",
    "account",
    "api",
    "app",
    "auth",
    "bar",
    "baz",
    "bearer",
    "client",
    "credential",
    "credentials",
    "data",
    "database",
    "default",
    "demo",
    "dev",
    "development",
    "dummy",
    "env",
    "example",
    "fake",
    "foo",
    "hello",
    "here",
    "id",
    "is",
    "key",
    "known",
    "my",
    "mysecret",
    "name",
    "new",
    "not",
    "old",
    "pass",
    "password",
    "prod",
    "production",
    "psk",
    "sample",
    "secret",
    "secretkey",
    "secrets",
    "shared",
    "some",
    "staging",
    "supersecret",
    "super",
    "test",
    "testing",
    "text",
    "the",
    "this",
    "token",
    "user",
    "value",
    "very",
    "world",
    "your",
];
/// Shorter ones are seldom left in a file that does something.
const SHORTEST_TYPED: usize = 8;
/// A single word or a few, in small letters, below this length are more likely made up.
const SHORTEST_WORDY: usize = 16;

/// More digits than this are no year and no number of a test.
const MOST_DIGITS: usize = 4;

/// Whether a value says nothing but what it is, and would even where a program wrote it down: who
/// writes a test or a guide puts such values into a state, too.
pub(super) fn only_names_itself(value: &[u8], attribute: &[u8]) -> bool {
    value.iter().filter(|b| b.is_ascii_digit()).count() <= MOST_DIGITS
        && is_of_words(value, attribute)
}

/// Whether a value is made of words such as `my` and `secret`, or holds the attribute's own name.
fn is_of_words(value: &[u8], attribute: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let mut words =
        lower.split(|b| !b.is_ascii_alphabetic()).filter(|word| !word.is_empty()).peekable();
    let is_of_words = words.peek().is_some()
        && words.all(|word| WORDS.iter().any(|known| known.as_bytes() == word));
    let names_itself =
        attribute.len() >= SHORTEST_TYPED && memchr::memmem::find(&lower, attribute).is_some();
    is_of_words || names_itself
}

/// Whether a value that a person typed into a configuration looks made up: of words,
/// very short, or short and mere small letters. It may still be real, for people choose such
/// passwords; it is only less likely.
pub(super) fn looks_made_up(value: &[u8], attribute: &[u8]) -> bool {
    let is_wordy = value.len() < SHORTEST_WORDY
        && value.iter().all(|&b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_' | b' ' | b'.'));
    is_of_words(value, attribute) || is_wordy || value.len() < SHORTEST_TYPED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_and_references_are_no_values() {
        for text in [
            "",
            " ",
            "(sensitive value)",
            "(known after apply)",
            "<computed>",
            "<your-secret>",
            "${var.token}",
            "prefix-${random_id.x.hex}",
            "{{ .Values.token }}",
            "$TOKEN",
            "%TOKEN%",
            "var.token",
            "op://vault/item",
            "REDACTED",
            "null",
            "********",
            "xxxx",
            "ENC[AES256_GCM,data:abc]",
            "•••••••",
            "vault:secret/data/x#y",
            "[REDACTED]",
            "2026-09-30",
        ] {
            assert!(is_absent(text.as_bytes()), "{text}");
        }
        for text in [
            "hunter2",
            "2026-09-3o",
            "2026109-30",
            "$ecret",
            "p4$$word",
            "x1",
            "100%",
            "variable",
            "(a) b",
        ] {
            assert!(!is_absent(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_people_make_up_is_told_from_what_they_keep() {
        for text in [
            "my-password",
            "your-client-secret",
            "secret_key",
            "okta_api_token",
            "key-value",
            "Password-123",
            "my_secret_value",
            "abc12",
            "correct-horse",
        ] {
            assert!(looks_made_up(text.as_bytes(), b"api_token"), "{text}");
        }
        for text in ["correct-horse-battery", "Tr0ub4dor&3", "kq7vz2mxw9", "2f8ac91b"] {
            assert!(!looks_made_up(text.as_bytes(), b"secret"), "{text}");
        }
    }

    #[test]
    fn what_a_state_holds_is_made_up_only_if_it_names_itself() {
        for text in ["secret-value", "My-Secret-2026", "example_secret_text_1"] {
            assert!(only_names_itself(text.as_bytes(), b"secret_text"), "{text}");
        }
        for text in ["correct-horse", "abc12", "id98237498", "2f8ac91b"] {
            assert!(!only_names_itself(text.as_bytes(), b"secret_text"), "{text}");
        }
    }

    #[test]
    fn a_word_that_says_what_belongs_there_is_a_dummy() {
        assert!(is_dummy(b"auth_credentials", b"auth_credentials"));
        assert!(is_dummy(b"Client-Secret", b"client_secret"));
        assert!(is_dummy(b"Hello World", b"text"));
        assert!(!is_dummy(b"hello worlds", b"text"));
    }
}
