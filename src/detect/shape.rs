//! Cheap measures of a string: how even its characters are, and whether it is mere hexadecimal.

/// Shannon entropy in bits per character: 0 for a run of one character, at most 8.
pub(super) fn entropy(bytes: &[u8]) -> f64 {
    if bytes.is_empty() {
        return 0.0;
    }
    let mut counts = [0u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let total = bytes.len() as f64;
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = f64::from(count) / total;
            -share * share.log2()
        })
        .sum()
}

/// Whether there is any character that is not a hexadecimal digit.
pub(super) fn is_not_hex(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| !byte.is_ascii_hexdigit())
}

/// Whether this could be an API token without a prefix: 40 to 80 letters, digits, `_` and `-`
/// (Terraform provider, `iam_value`).
pub(super) fn could_be_token(bytes: &[u8]) -> bool {
    (40..=80).contains(&bytes.len())
        && bytes.iter().all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// The checksum that ends `cfk_`, `cfut_` and `cfat_` tokens: CRC-32/ISO-HDLC of the 40-character
/// body alone, as eight lowercase hex digits (see `docs/ARCHITECTURE.md`, "Checksum").
pub(super) fn checksum_holds(body: &[u8], digits: &[u8]) -> bool {
    format!("{:08x}", crc32fast::hash(body)).as_bytes() == digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_vectors() {
        let vectors = [
            ("0123456789".repeat(4), "a6463c49"),
            ("A".repeat(40), "2ae98c30"),
            (format!("{}Z", "Zz9".repeat(13)), "ba6a3c37"),
            ("LeadingZeroChecksumVector193xxxxxxxxxxxx".to_owned(), "00e5e9a0"),
        ];
        for (body, digits) in vectors {
            assert!(checksum_holds(body.as_bytes(), digits.as_bytes()), "{digits}");
            assert!(!checksum_holds(body.as_bytes(), b"00000000"));
        }
    }

    #[test]
    fn entropy_of_known_strings() {
        assert_eq!(entropy(b""), 0.0);
        assert_eq!(entropy(b"aaaa"), 0.0);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
    }
}
