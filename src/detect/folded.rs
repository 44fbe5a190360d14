//! Text in folded letters, in which fragments are compared, so that one serves every case.
//!
//! One bit is set in every byte. That makes capitals small at the speed of memory, and tells no other
//! two characters apart that it should not: `_` becomes 0x7f, and what is no letter may meet another
//! (`@` and the grave accent). So a fragment that is met is only a reason to compare the text itself.

/// The bit by which small letters differ from capitals.
pub(super) const SMALL: u8 = 0x20;

/// A text in folded letters.
pub(super) fn folded(text: &[u8]) -> Vec<u8> {
    text.iter().map(|byte| byte | SMALL).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_both_cases_are_one() {
        assert_eq!(folded(b"CF_Token-1"), folded(b"cf_tOKEN-1"));
        assert_ne!(folded(b"cf_"), folded(b"cf-"));
    }
}
