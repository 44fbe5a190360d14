//! Access tokens (JWT): their own expiry first, then `get-identity` at the team that issued them.
//!
//! The team's host is `<team>.cloudflareaccess.com`, run by Cloudflare; but which team is for the
//! scanned text to say, so nothing is sent without `--verify-access`.

use serde_json::Value;
use zeroize::Zeroizing;

use super::{Halt, by_status};
use crate::{
    model::{Inactivity, NotVerifiable, Unknown, Verdict},
    verify::{
        Allowed,
        answer::Answer,
        asker::Asker,
        credential::Credential,
        host::Host,
        request::{Method, Request, Response},
    },
};

pub(super) fn verify(
    credential: &Credential,
    asker: &Asker<'_>,
    allowed: &Allowed,
) -> Result<Answer, Halt> {
    if credential.has_expired(asker.now()) {
        return Ok(Inactivity::Expired.into());
    }
    let consent = allowed.access.ok_or(NotVerifiable::NeedsAccess)?;
    let team = credential.team.as_deref().ok_or(NotVerifiable::NoHost)?;
    let host = Host::team(team, consent).ok_or(NotVerifiable::NoHost)?;
    let mut cookie = Zeroizing::new(b"CF_Authorization=".to_vec());
    cookie.extend_from_slice(credential.secret.reveal());
    let request = Request::new(Method::Get, host.clone(), "/cdn-cgi/access/get-identity")
        .header("Cookie", &cookie)
        .ok_or(NotVerifiable::Malformed)?;
    Ok(read(&asker.ask(&request)?, &host).into())
}

/// An identity is a JSON object that names who it is of; who is none is sent to the login page of
/// the same team or told so in JSON.
fn read(response: &Response, host: &Host) -> Verdict {
    let answer = serde_json::from_slice::<Value>(response.body()).ok();
    let answer = answer.as_ref().and_then(Value::as_object);
    let names = ["email", "user_uuid", "common_name", "service_token_id"];
    match response.status {
        200 if answer.is_some_and(|who| names.iter().any(|name| who.contains_key(*name))) => {
            Verdict::Active
        }
        301 | 302 | 303 | 307 | 308 if leads_to_login(response, host) => Verdict::Dead,
        400 | 401 | 403 | 404 if answer.is_some_and(|said| said.contains_key("err")) => {
            Verdict::Dead
        }
        200 => Verdict::Unknown(Unknown::Unexpected),
        status => Verdict::Unknown(by_status(status)),
    }
}

fn leads_to_login(response: &Response, host: &Host) -> bool {
    let own = format!("https://{host}/");
    response.header("location").any(|to| to.starts_with(&own) || to.starts_with("/cdn-cgi/access/"))
}
