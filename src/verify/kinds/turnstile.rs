//! Turnstile secrets: `POST /turnstile/v0/siteverify` with a response that cannot be valid.
//!
//! The service looks at the secret first and says which of the two it dislikes. Nothing changes but
//! a count in the widget's analytics.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde_json::Value;
use zeroize::Zeroizing;

use super::{Halt, by_status};
use crate::{
    model::{Unknown, Verdict},
    verify::{
        answer::Answer,
        asker::Asker,
        credential::Credential,
        host::Host,
        request::{Method, Request, Response},
    },
};

/// What a form leaves as it is (RFC 3986, unreserved).
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub(super) fn verify(credential: &Credential, asker: &Asker<'_>) -> Result<Answer, Halt> {
    let mut form = Zeroizing::new(b"secret=".to_vec());
    for piece in percent_encode(credential.secret.reveal(), FORM) {
        form.extend_from_slice(piece.as_bytes());
    }
    form.extend_from_slice(b"&response=x");
    let request = Request::new(Method::Post, Host::CHALLENGES, "/turnstile/v0/siteverify")
        .body("application/x-www-form-urlencoded", form);
    Ok(read(&asker.ask(&request)?).into())
}

/// `{"success":false,"error-codes":[…],"messages":[]}`
fn read(response: &Response) -> Verdict {
    let codes = codes(response.body());
    if matches!(response.status, 429 | 407 | 500..=599) {
        return Verdict::Unknown(by_status(response.status));
    }
    let Some(codes) = codes else { return Verdict::Unknown(by_status(response.status)) };
    let says = |code: &str| codes.iter().any(|said| said == code);
    if says("invalid-input-secret") {
        Verdict::Dead
    } else if says("internal-error") {
        Verdict::Unknown(Unknown::ServerError)
    } else if says("invalid-input-response") || says("timeout-or-duplicate") {
        Verdict::Active
    } else {
        Verdict::Unknown(Unknown::Unexpected)
    }
}

fn codes(body: &[u8]) -> Option<Vec<String>> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    if answer.get("success")?.as_bool()? {
        // A response that is none cannot be good, except to one of the published test secrets.
        return None;
    }
    let codes = answer.get("error-codes")?.as_array()?;
    codes.iter().map(|code| code.as_str().map(str::to_owned)).collect()
}
