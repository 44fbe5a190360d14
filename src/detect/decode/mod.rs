//! Structures that prove a credential by decoding it: what is inside, and what it says of itself.
//!
//! Each decoder takes what a rule's pattern matched and answers `None` when the structure does not
//! hold, so that a look-alike is dropped rather than reported.

mod jwt;
mod origin_cert;
mod pem;
mod presigned;
mod tunnel;
mod wrangler;

pub(super) use pem::is_pem;

use jiff::Timestamp;

use crate::{
    model::{Fact, Lapse, Layer},
    rules::Decoder,
};

/// What a decoder read.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    /// Public details, in order of interest.
    pub(super) facts: Vec<Fact>,
    /// Why the credential can no longer be used, if its content says so.
    pub(super) lapse: Option<Lapse>,
    /// How many bytes of the match are the credential, if that is less than all.
    pub(super) length: Option<usize>,
    /// A secret that the structure wraps, where that is the credential rather than the match: to be
    /// judged by the rules itself.
    pub(super) inner: Option<Inner>,
}

/// A secret inside a wrapping structure.
#[derive(Debug)]
pub(super) struct Inner {
    /// What it is wrapped in; `None` if it is only written in another way.
    pub(super) layer: Option<Layer>,
    pub(super) secret: Vec<u8>,
}

/// Decodes a match. `secret` is the pattern's group of that name, `whole` all it matched; `now`
/// decides what has expired.
pub(super) fn decode(
    decoder: Decoder,
    secret: &[u8],
    whole: &[u8],
    now: Timestamp,
) -> Option<Decoded> {
    match decoder {
        Decoder::TunnelToken => tunnel::token(secret),
        Decoder::TunnelCredentials => tunnel::credentials(secret, whole),
        Decoder::OriginCert => origin_cert::decode(whole),
        Decoder::R2SessionToken => jwt::r2_session(secret, now),
        Decoder::AccessJwt => jwt::access(secret, now),
        Decoder::WranglerConfig => wrangler::config(whole, now),
        Decoder::TunnelManagementToken => jwt::tunnel_management(secret, now),
        Decoder::StreamJwk => jwt::stream_key(secret),
        Decoder::PrivateKey => pem::private_key(secret),
        Decoder::R2PresignedUrl => presigned::address(whole, now),
    }
}

/// The longest name of a bucket, and of a team, which is part of a host's name.
const LONGEST_LABEL: usize = 63;

fn fact(name: &'static str, value: impl Into<String>) -> Fact {
    Fact { name, value: value.into() }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// A short public label out of hostile text: a name as teams, buckets and scopes have them. Anything
/// else is left out rather than cut, since half a secret is not known again by its looks.
fn label(text: &str) -> Option<String> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    ((1..=LONGEST_LABEL).contains(&text.len()) && text.bytes().all(is_plain))
        .then(|| text.to_owned())
}
