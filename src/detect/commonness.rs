//! How common bytes are, by which the rarest fragment of a literal is chosen.

use super::folded::SMALL;

/// How common a byte is in text and source code, roughly: greater is commoner.
pub(super) fn commonness(byte: u8) -> u32 {
    match byte {
        0 => 12,
        b' ' | b'e' | b't' => 10,
        b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 9,
        b'l' | b'c' | b'd' | b'u' | b'p' | b'm' | b'f' | b'g' | b'h' => 7,
        b'0' | b'1' | b'_' | b'.' | b'-' | b'/' | b'"' | b'=' | b':' => 6,
        b'b' | b'w' | b'y' | b'v' | b'k' => 5,
        b'2'..=b'9' => 4,
        b'A'..=b'Z' => 3,
        b'j' | b'q' | b'x' | b'z' => 2,
        _ => 3,
    }
}

/// What share of bytes of folded text a byte is, roughly.
pub(super) fn share(folded: u8) -> f64 {
    /// What each step of commonness makes, and the sum over all bytes.
    const STEP: f64 = 1.55;
    const ALL: f64 = 1470.0;
    if folded >= 0x80 {
        return 0.001;
    }
    let of = |byte: u8| STEP.powi(commonness(byte) as i32);
    let both = if folded & SMALL == 0 { 0.0 } else { of(folded) + of(folded & !SMALL) };
    both / ALL
}
