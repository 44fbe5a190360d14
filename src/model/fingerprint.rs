//! Stable names for findings that give nothing away.
//!
//! SHA-256 of an API token *is* the R2 secret access key made from it, so a plain hash of a secret
//! must never leave the process. Fingerprints are BLAKE3 in key-derivation mode under a context
//! string of our own, which no other program computes.

use std::fmt;

use super::Secret;

/// The context that separates our fingerprints from every other use of BLAKE3. Changing it changes
/// every fingerprint in every baseline, so it never changes within version 1.
const CONTEXT: &str = "cfleaks 2026-11-22 finding fingerprint v1";

/// A stable 128-bit name, written as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// The name of a finding: of its kind (the rule's id) and its secret, whatever commit or line
    /// it stands in. A weak secret's name comes from `path` and `key` (the name it was assigned to)
    /// instead, since a hash of the secret itself could be guessed.
    pub fn of_finding(kind: &str, secret: &Secret, path: &[u8], key: &[u8]) -> Self {
        if secret.is_weak() {
            Self::derive(&[b"weak", kind.as_bytes(), path, key])
        } else {
            Self::derive(&[b"secret", kind.as_bytes(), secret.reveal()])
        }
    }

    /// The name of one place of a finding: the finding's own name and the path.
    pub fn of_place(self, path: &[u8]) -> Self {
        Self::derive(&[b"place", &self.0, path])
    }

    fn derive(parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        for part in parts {
            // Each part is preceded by its length, so that no two lists of parts look the same.
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut name = [0; 16];
        name.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Fingerprint(name)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Strength;

    #[test]
    fn depends_on_kind_and_secret_only_when_strong() {
        let secret = Secret::new("a".repeat(40), 0, Strength::Strong);
        let here = Fingerprint::of_finding("kind", &secret, b"a/b", b"KEY");
        assert_eq!(here, Fingerprint::of_finding("kind", &secret, b"c", b"OTHER"));
        assert_ne!(here, Fingerprint::of_finding("kind2", &secret, b"a/b", b"KEY"));
        assert_ne!(here.of_place(b"a"), here.of_place(b"b"));
    }

    #[test]
    fn of_a_weak_secret_says_nothing_of_the_secret() {
        let one = Secret::new("hunter2", 0, Strength::Weak);
        let two = Secret::new("hunter3", 0, Strength::Weak);
        assert_eq!(
            Fingerprint::of_finding("kind", &one, b"p", b"k"),
            Fingerprint::of_finding("kind", &two, b"p", b"k")
        );
    }
}
