//! Bytes with a head that tells the version and a checksum at the end.
//!
//! The checksum tells damage, not a forger: whoever can write to the folder can reckon it, too.

use super::Digest;

/// What a file begins with: changes with the layout of what lies in it.
const HEAD: &[u8; 16] = b"cfleaks cache 1\n";
/// The context that separates the checksum from every other use of BLAKE3.
const CONTEXT: &str = "cfleaks 2026-11-22 cache checksum v1";
const CHECKSUM: usize = 32;

/// The file for these bytes.
pub(super) fn close(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.splice(..0, *HEAD);
    let sum = checksum(&bytes);
    bytes.extend_from_slice(&sum);
    bytes
}

/// The bytes in a file; `None` if it is not exactly what [`close`] made.
pub(super) fn open(mut file: Vec<u8>) -> Option<Vec<u8>> {
    let end = file.len().checked_sub(CHECKSUM).filter(|end| *end >= HEAD.len())?;
    let (bytes, sum) = file.split_at(end);
    if !bytes.starts_with(HEAD) || checksum(bytes) != sum {
        return None;
    }
    file.truncate(end);
    file.drain(..HEAD.len());
    Some(file)
}

fn checksum(bytes: &[u8]) -> Digest {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(bytes);
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_changed_or_missing_byte_makes_it_worthless() {
        for bytes in [b"anything".to_vec(), Vec::new()] {
            let file = close(bytes.clone());
            assert_eq!(open(file.clone()), Some(bytes));
            for at in 0..file.len() {
                let mut changed = file.clone();
                changed[at] ^= 1;
                assert_eq!(open(changed), None, "byte {at}");
                assert_eq!(open(file[..at].to_vec()), None, "cut at {at}");
            }
            assert_eq!(open([&file[..], b"\0"].concat()), None);
        }
    }
}
