//! Names and kinds of git objects.

use std::{cmp::Ordering, fmt, str::FromStr};

/// The SHA-1 name of a git object.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectId(pub [u8; 20]);

impl ObjectId {
    /// Takes 20 raw bytes, as trees and pack indexes hold them; `None` for any other length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(ObjectId)
    }

    /// Reads exactly 40 hex digits, as commits and refs hold them.
    pub fn from_hex(hex: &[u8]) -> Option<Self> {
        let hex: &[u8; 40] = hex.try_into().ok()?;
        let (mut id, mut all) = ([0; 20], 0);
        for (byte, pair) in id.iter_mut().zip(hex.as_chunks::<2>().0) {
            let [high, low] = pair.map(|digit| DIGITS[usize::from(digit)]);
            *byte = high << 4 | low;
            all |= high | low;
        }
        (all != NO_DIGIT).then_some(ObjectId(id))
    }

    /// Its first eight bytes as a number. Numbers are in the order of the names, and nearly always enough
    /// to tell which comes first.
    #[inline]
    pub fn head(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    /// Whether this is the all-zero name, which git writes for "nothing".
    pub fn is_null(&self) -> bool {
        self.0 == [0; 20]
    }

    /// The first ten hex digits, for people.
    pub fn short(&self) -> String {
        let mut hex = self.to_string();
        hex.truncate(10);
        hex
    }
}

impl Ord for ObjectId {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.head().cmp(&other.head()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for ObjectId {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// In place of a digit's value.
const NO_DIGIT: u8 = 0xff;

/// The values of hex digits in either case.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        let digit = b"0123456789abcdef"[value];
        digits[digit as usize] = value as u8;
        digits[digit.to_ascii_uppercase() as usize] = value as u8;
        value += 1;
    }
    digits
};

/// The text was not 40 hex digits.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("not an object name of 40 hex digits")]
pub struct ParseObjectIdError;

impl FromStr for ObjectId {
    type Err = ParseObjectIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ObjectId::from_hex(text.as_bytes()).ok_or(ParseObjectIdError)
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The four kinds of git object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum ObjectKind {
    Commit,
    Tree,
    Blob,
    Tag,
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ObjectKind::Commit => "commit",
            ObjectKind::Tree => "tree",
            ObjectKind::Blob => "blob",
            ObjectKind::Tag => "tag",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_are_in_the_order_of_their_bytes(
            a: [u8; 20], mut b: [u8; 20], common in 0_usize..21,
        ) {
            b[..common].copy_from_slice(&a[..common]);
            prop_assert_eq!(ObjectId(a).cmp(&ObjectId(b)), a.cmp(&b));
        }

        #[test]
        fn hex_digits_of_either_case_are_read_and_nothing_else(id: [u8; 20], at in 0_usize..40, other: u8) {
            let hex = ObjectId(id).to_string();
            prop_assert_eq!(ObjectId::from_hex(hex.as_bytes()), Some(ObjectId(id)));
            prop_assert_eq!(ObjectId::from_hex(hex.to_uppercase().as_bytes()), Some(ObjectId(id)));
            let mut changed = hex.into_bytes();
            changed[at] = other;
            prop_assert_eq!(ObjectId::from_hex(&changed).is_some(), other.is_ascii_hexdigit());
            prop_assert_eq!(ObjectId::from_hex(&changed[1..]), None);
        }
    }
}
