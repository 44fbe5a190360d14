//! Origin CA keys: `GET /certificates?zone_id=…` with `X-Auth-User-Service-Key`.
//!
//! Cloudflare ended the kind on 30 September 2026, so no key is expected to be accepted; it is
//! asked all the same where a zone is known, since only an answer proves it. 10000 "Authentication
//! error" is the answer to a key that is not (or no longer) accepted. Any other refusal once hinted at
//! a live key; now that authentication itself may be gone, it says nothing.

use super::Halt;
use crate::{
    model::{NotVerifiable, Restriction, Unknown, Verdict},
    verify::{
        answer::Answer, asker::Asker, credential::Credential, envelope::Reply, request::Request,
    },
};

pub(super) fn verify(credential: &Credential, asker: &Asker<'_>) -> Result<Answer, Halt> {
    let zone = credential.zones.first().ok_or(NotVerifiable::NoZone)?;
    let request = Request::api(format!("/certificates?zone_id={zone}"))
        .header("X-Auth-User-Service-Key", credential.secret.reveal())
        .ok_or(NotVerifiable::Malformed)?;
    Ok(match Reply::read(&asker.ask(&request)?)? {
        Reply::Success(success) if success.result.is_array() => Verdict::Active.into(),
        Reply::Success(_) => Unknown::Unexpected.into(),
        Reply::Refusal(refusal) if refusal.is_location() => Restriction::Location.into(),
        Reply::Refusal(refusal) if refusal.has(10000) => Verdict::Dead.into(),
        Reply::Refusal(refusal) => refusal.undecided().into(),
    })
}
