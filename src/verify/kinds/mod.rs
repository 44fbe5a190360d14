//! One file for each kind of question; the requests are those of the documents, exactly.
//!
//! A kind's function takes a credential and gives an answer. It decides what is sent and what the
//! answer means, and nothing else: pace, patience and transport are the [`Asker`]'s.

mod access_jwt;
mod api_token;
mod global_key;
mod oauth;
mod origin_ca;
mod r2;
mod service_token;
mod sigv4;
mod tunnel;
mod turnstile;

use super::{Allowed, answer::Answer, asker::Asker, credential::Credential};
use crate::{
    model::{Inactivity, NotVerifiable, Unknown},
    rules::Verifier,
};

/// Asks about one credential, if it may be asked about.
pub(super) fn verify(credential: &Credential, asker: &Asker<'_>, allowed: &Allowed) -> Answer {
    let done = match credential.check {
        None => Err(NotVerifiable::NoCheck.into()),
        Some(Verifier::SideEffects) => Err(NotVerifiable::SideEffects.into()),
        Some(Verifier::R2Session) if credential.has_expired(asker.now()) => {
            Err(Inactivity::Expired.into())
        }
        Some(Verifier::R2Session) => Err(NotVerifiable::NoPartner.into()),
        Some(Verifier::UserToken | Verifier::AccountToken | Verifier::ApiToken) => {
            api_token::verify(credential, asker)
        }
        Some(Verifier::GlobalKey) => global_key::verify(credential, asker),
        Some(Verifier::OauthAccessToken) => oauth::verify(credential, asker),
        Some(Verifier::OriginCaKey) => origin_ca::verify(credential, asker),
        Some(Verifier::R2) => r2::verify(credential, asker),
        Some(Verifier::Turnstile) => turnstile::verify(credential, asker),
        Some(Verifier::AccessJwt) => access_jwt::verify(credential, asker, allowed),
        Some(Verifier::AccessServiceToken) => service_token::verify(credential, asker, allowed),
        Some(Verifier::Tunnel) => tunnel::verify(credential, asker, allowed),
    };
    match done {
        Ok(answer) => answer,
        Err(Halt(answer)) => answer,
    }
}

/// An answer that is final before the way to it is at its end; lets `?` do the walking.
struct Halt(Answer);

impl<T> From<T> for Halt
where
    Answer: From<T>,
{
    fn from(why: T) -> Self {
        Halt(why.into())
    }
}

/// The refusals that say that a bearer token is none the API knows: 10000 "Authentication error",
/// 10001 "Unable to authenticate", 9109 "Invalid access token", 1000 "Invalid API Token", and 6003
/// with 6111 in its chain, "Invalid format for Authorization header".
fn knows_no_such_token(refusal: &super::envelope::Refusal) -> bool {
    matches!(refusal.status, 400 | 401 | 403)
        && (refusal.has(10000)
            || refusal.has(10001)
            || refusal.has(1000)
            || refusal.says(9109, "invalid access token")
            || refusal.has_chain(6003, 6111))
}

/// What is to be said of a status where no body counts.
fn by_status(status: u16) -> Unknown {
    match status {
        407 => Unknown::Proxy,
        429 => Unknown::RateLimited,
        500..=599 => Unknown::ServerError,
        401 | 403 => Unknown::Forbidden,
        _ => Unknown::Unexpected,
    }
}
