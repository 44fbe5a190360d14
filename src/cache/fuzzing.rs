//! Entry points for fuzzing: the bytes of a claim.

#![allow(clippy::panic)] // This is how a target speaks.

use super::{claim::Claim, seal};

/// A claim, whatever it says: read whole or refused.
pub fn claim(data: &[u8]) {
    assert_eq!(seal::open(data.to_vec()), None, "a checksum by chance");
    if let Some(claim) = Claim::decode(data) {
        assert_eq!(claim.encode(), data);
    }
}
