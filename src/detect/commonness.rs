//! How common bytes are, by which the rarest fragment of a literal is chosen.

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
