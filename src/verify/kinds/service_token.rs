//! Access service tokens: a `GET /` with both headers to a host that they protect.
//!
//! No central place answers. The host is read from the scanned text, the request reaches what stands
//! behind it and is logged there, so nothing is sent without `--verify-access`. Access marks its
//! answers: with a `CF_Authorization` cookie where it lets pass, with `cf-access-…` headers where it
//! does not.
//!
//! What a status means depends on a setting of the team that cannot be seen. Where it is strict
//! ("Enforce strict service token authentication", the rule for teams made since 5 October 2026), 401
//! is an unknown token, 403 a live one without permission, and who is let in gets no cookie. Where it
//! is not, all three say nothing by themselves. So a second request, without the secret, tells what
//! the host answers to somebody else, and only the difference counts.

use super::{Halt, by_status};
use crate::{
    model::{NotVerifiable, Unknown, Verdict},
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
    let id = credential.client_ids.first().ok_or(NotVerifiable::NoPartner)?;
    let consent = allowed.access.ok_or(NotVerifiable::NeedsAccess)?;
    let hosts = credential.hosts.iter().filter_map(|name| Host::protected(name, consent));
    let mut said = Verdict::NotVerifiable(NotVerifiable::NoHost);
    for host in hosts {
        let request = Request::new(Method::Get, host, "/")
            .header("CF-Access-Client-Id", id.as_bytes())
            .and_then(|request| {
                request.header("CF-Access-Client-Secret", credential.secret.reveal())
            })
            .ok_or(NotVerifiable::Malformed)?;
        match judge(asker, &request.host, &asker.ask(&request)?)? {
            Verdict::Active => return Ok(Verdict::Active.into()),
            // Another host may be the right one; what one of them leaves open stays open.
            Verdict::Dead if matches!(said, Verdict::Unknown(_)) => {}
            other => said = other,
        }
    }
    // One of several pairs may be the right one.
    if said == Verdict::Dead && credential.client_ids.len() > 1 {
        said = Verdict::Unknown(Unknown::WrongPartner);
    }
    Ok(said.into())
}

/// A client id of its form that no token has: it tells what an unknown token is answered. Access
/// notes nothing of unknown ids.
const NO_ID: &[u8] = b"00000000000000000000000000000000.access";
const NO_SECRET: &[u8] = b"0000000000000000000000000000000000000000000000000000000000000000";

/// What the answer says, and where that is not enough, how it differs from what another is told.
fn judge(asker: &Asker<'_>, host: &Host, answer: &Response) -> Result<Verdict, Halt> {
    let ask = |request: Option<Request>| -> Result<Response, Halt> {
        Ok(asker.ask(&request.ok_or(NotVerifiable::Malformed)?)?)
    };
    let plain = || Request::new(Method::Get, host.clone(), "/");
    let as_nobody = || {
        let request = plain().header("CF-Access-Client-Id", NO_ID);
        ask(request.and_then(|request| request.header("CF-Access-Client-Secret", NO_SECRET)))
    };
    Ok(match answer.status {
        200..=299 if has_cookie(answer) => Verdict::Active,
        // Perhaps nothing guards the host, perhaps the team is strict.
        200..=299 if is_kept_out(&as_nobody()?) => Verdict::Active,
        403 if is_of_access(answer) && is_unknown_token(&as_nobody()?) => Verdict::Active,
        // An application may answer 401 to all whom its policies do not let in. One that sends a
        // stranger elsewhere does not, so that the token made the difference.
        401 if is_of_access(answer) => match ask(Some(plain()))? {
            stranger if stranger.status != 401 && is_kept_out(&stranger) => Verdict::Dead,
            _ => Verdict::Unknown(Unknown::Forbidden),
        },
        301 | 302 | 303 | 307 | 308 if leads_to_login(answer) => {
            Verdict::Unknown(Unknown::Forbidden)
        }
        status => Verdict::Unknown(by_status(status)),
    })
}

/// A strict team's answer to a token that it does not know.
fn is_unknown_token(answer: &Response) -> bool {
    answer.status == 401 && is_of_access(answer)
}

/// Whether Access, and nobody else, did not let pass.
fn is_kept_out(answer: &Response) -> bool {
    match answer.status {
        401 | 403 => is_of_access(answer),
        301 | 302 | 303 | 307 | 308 => leads_to_login(answer),
        _ => false,
    }
}

/// `Set-Cookie: CF_Authorization=…`, and not its removal.
fn has_cookie(answer: &Response) -> bool {
    answer.header("set-cookie").any(|cookie| {
        cookie.starts_with("CF_Authorization=") && !cookie.starts_with("CF_Authorization=;")
    })
}

fn is_of_access(answer: &Response) -> bool {
    ["cf-access-domain", "cf-access-aud"].iter().any(|name| answer.header(name).next().is_some())
        || answer
            .header("www-authenticate")
            .any(|value| value.to_ascii_lowercase().contains("cloudflare-access"))
}

/// `https://<team>.cloudflareaccess.com/…`
fn leads_to_login(answer: &Response) -> bool {
    answer.header("location").any(|to| {
        let host = to.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
        host.is_some_and(|host| host.ends_with(".cloudflareaccess.com"))
    })
}
