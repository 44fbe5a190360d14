//! The one type that holds plaintext, made so that it is hard to leak by accident.

use std::fmt;

use zeroize::Zeroizing;

/// How much of a secret may be shown in its mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// Made by a machine from enough randomness: its first and last characters give nothing away.
    Strong,
    /// Chosen by a person or short: any part of it, or a hash of it, could help to guess the rest.
    Weak,
}

/// A credential's plaintext.
///
/// `Debug` and `Display` show a mask, the bytes are zeroed on drop, and there is no `Serialize`:
/// [`Secret::reveal`] is the only way to the plaintext, so a search for that word finds every use.
#[derive(Clone)]
pub struct Secret {
    bytes: Zeroizing<Vec<u8>>,
    prefix: usize,
    weak: bool,
}

/// Secrets shorter than this count as weak whatever their kind.
const SHORTEST_STRONG: usize = 20;
/// How many of the last characters a mask shows.
const SHOWN_TAIL: usize = 4;

impl Secret {
    /// Takes plaintext and how it may be masked. `prefix` is the length of its leading part that
    /// is the same for all secrets of the kind (`cfut_`), and therefore not secret.
    pub fn new(bytes: impl Into<Vec<u8>>, prefix: usize, strength: Strength) -> Self {
        let bytes = Zeroizing::new(bytes.into());
        let weak = strength == Strength::Weak || bytes.len() < SHORTEST_STRONG;
        let prefix = prefix.min(bytes.len().saturating_sub(SHORTEST_STRONG));
        Secret { bytes, prefix, weak }
    }

    /// The plaintext. Whoever calls this answers for where it goes.
    pub fn reveal(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether a hash or a tail of this secret would help to guess it.
    pub fn is_weak(&self) -> bool {
        self.weak
    }

    /// What may be shown: the kind's public prefix and the last four characters, or nothing of a
    /// weak secret. Characters that do not print are shown as `?`.
    pub fn mask(&self) -> String {
        if self.weak {
            return "…".to_owned();
        }
        let shown = |part: &[u8]| -> String {
            part.iter().map(|&b| if b.is_ascii_graphic() { b as char } else { '?' }).collect()
        };
        let tail = self.bytes.len() - SHOWN_TAIL;
        format!("{}…{}", shown(&self.bytes[..self.prefix]), shown(&self.bytes[tail..]))
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.bytes.as_slice() == other.bytes.as_slice()
    }
}

impl Eq for Secret {}

/// By plaintext alone, like equality, so that one secret found by two rules is one key.
impl std::hash::Hash for Secret {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bytes.as_slice().hash(state);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.mask())
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mask())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_shows_prefix_and_last_four() {
        let plain = format!("cfut_{}9c2f", "x".repeat(44));
        let secret = Secret::new(plain.clone(), 5, Strength::Strong);
        assert_eq!(secret.mask(), "cfut_…9c2f");
        assert_eq!(format!("{secret:?}"), "Secret(cfut_…9c2f)");
        assert_eq!(secret.reveal(), plain.as_bytes());
    }

    #[test]
    fn weak_and_short_secrets_show_nothing() {
        assert_eq!(Secret::new("correct horse battery staple", 3, Strength::Weak).mask(), "…");
        assert_eq!(Secret::new("abc_0123456789", 4, Strength::Strong).mask(), "…");
    }
}
