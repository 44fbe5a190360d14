//! The whole name of a key of which a part was met, as `MY_CF_API_TOKEN_PROD`: where it begins and ends, and
//! whether what is added makes it the name of something else.

/// The longest addition to a name, as `_PROD` in `CF_API_TOKEN_PROD`.
const LONGEST_SUFFIX: usize = 32;

/// What the additions to a name must not say: then what follows is something made from the secret.
const DERIVED: &[&str] = &[
    "id",
    "ids",
    "hash",
    "hashed",
    "sha",
    "sha1",
    "sha256",
    "digest",
    "md5",
    "fingerprint",
    "checksum",
    "pub",
    "public",
    "len",
    "length",
    "uuid",
    // Forty hex digits of these name a commit.
    "ref",
    "rev",
    "revision",
    "commit",
];

/// Where the whole name ends that begins before `end`: behind what is added to it. `None` if the
/// addition makes it another word, or the name of something else.
pub(super) fn end_of_name(text: &[u8], end: usize) -> Option<usize> {
    let length = length_of_addition(text, end);
    let addition = &text[end..end + length];
    let Some(&first) = addition.first() else { return Some(end) };
    let camel = first.is_ascii_uppercase() && !text[end - 1].is_ascii_uppercase();
    let joined = matches!(first, b'_' | b'-') || first.is_ascii_digit() || camel;
    let plural = matches!(addition, b"s" | b"S");
    if length > LONGEST_SUFFIX || !(joined || plural) {
        return None;
    }
    (!says_derived(addition)).then_some(end + length)
}

/// How long what is added to a name is, of which no more is looked at than makes it too long.
pub(super) fn length_of_addition(text: &[u8], end: usize) -> usize {
    text[end..].iter().take(LONGEST_SUFFIX + 1).take_while(|&&byte| is_part(byte)).count()
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Whether a word of a name is one of [`DERIVED`].
fn says_derived(name: &[u8]) -> bool {
    let derived = |word: &[u8]| DERIVED.iter().any(|known| known.as_bytes() == word);
    name.split(|b| matches!(b, b'_' | b'-')).any(|part| {
        derived(&part.to_ascii_lowercase())
            || humps(part).any(|word| derived(&word.to_ascii_lowercase()))
    })
}

/// Whether an element has the name of a setting of its own, so that its content is no other's value.
pub(super) fn is_setting(tag: &[u8]) -> bool {
    let name = &tag[..tag.iter().take_while(|&&byte| is_part(byte)).count()];
    name.contains(&b'_') || says_derived(name)
}

/// The words of a name in camel case.
fn humps(part: &[u8]) -> impl Iterator<Item = &[u8]> {
    part.chunk_by(|before, after| !(before.is_ascii_lowercase() && after.is_ascii_uppercase()))
}

/// Where the whole name begins of which a part stands at `at`.
pub(super) fn start_of_name(text: &[u8], at: usize) -> usize {
    let before = text[..at].iter().rev().take(LONGEST_SUFFIX);
    at - before.take_while(|&&byte| is_part(byte) || byte == b'.').count()
}
