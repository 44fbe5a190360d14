//! The Global API key: `GET /user` with `X-Auth-Email` and `X-Auth-Key`.
//!
//! The API knows it only together with its owner's e-mail address. To a pair that it does not know it
//! answers 9103 whichever of the two is wrong, so only where the address surely is the owner's is the
//! key dead.

use serde_json::Value;

use super::Halt;
use crate::{
    model::{NotVerifiable, Restriction, Unknown, Verdict},
    verify::{
        answer::Answer, asker::Asker, credential::Credential, envelope::Reply, request::Request,
    },
};

pub(super) fn verify(credential: &Credential, asker: &Asker<'_>) -> Result<Answer, Halt> {
    if credential.emails.is_empty() {
        return Ok(NotVerifiable::NoEmail.into());
    }
    for email in &credential.emails {
        let request = Request::api("/user")
            .header("X-Auth-Email", email.as_bytes())
            .and_then(|request| request.header("X-Auth-Key", credential.secret.reveal()))
            .ok_or(NotVerifiable::Malformed)?;
        match Reply::read(&asker.ask(&request)?)? {
            Reply::Success(user) if user.result.get("id").is_some_and(Value::is_string) => {
                return Ok(Verdict::Active.into());
            }
            Reply::Success(_) => return Ok(Unknown::Unexpected.into()),
            Reply::Refusal(refusal) if refusal.is_location() => {
                return Ok(Restriction::Location.into());
            }
            // "Invalid format for X-Auth-Key header", whatever the address.
            Reply::Refusal(refusal) if refusal.has_chain(6003, 6103) => {
                return Ok(Verdict::Dead.into());
            }
            // Not this address: "Unknown X-Auth-Key or X-Auth-Email", or one of no valid form.
            Reply::Refusal(refusal) if refusal.has(9103) || refusal.has_chain(6003, 6102) => {
                if credential.is_email_sure && refusal.has(9103) {
                    return Ok(Verdict::Dead.into());
                }
            }
            Reply::Refusal(refusal) => return Ok(refusal.undecided().into()),
        }
    }
    Ok(Unknown::WrongPartner.into())
}
