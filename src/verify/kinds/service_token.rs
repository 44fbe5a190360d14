//! Access service tokens: a `GET /` with both headers to a host that they protect.
//!
//! No central place answers. The host is read from the scanned text, the request reaches what stands
//! behind it and is logged there, so nothing is sent without `--verify-access`. Access marks its
//! answers: with a `CF_Authorization` cookie where it lets pass, with `cf-access-…` headers where it
//! does not. 401 is "cannot authenticate"; 403 and a redirect to the login page mean a live token
//! without permission or an unknown one, depending on a setting that cannot be seen.

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
        said = read(&asker.ask(&request)?);
        if said == Verdict::Active {
            break;
        }
    }
    // One of several pairs may be the right one.
    if said == Verdict::Dead && credential.client_ids.len() > 1 {
        said = Verdict::Unknown(Unknown::WrongPartner);
    }
    Ok(said.into())
}

fn read(response: &Response) -> Verdict {
    let lets_pass = response.header("set-cookie").any(|cookie| {
        cookie.starts_with("CF_Authorization=") && !cookie.starts_with("CF_Authorization=;")
    });
    let is_access = ["cf-access-domain", "cf-access-aud"]
        .iter()
        .any(|name| response.header(name).next().is_some())
        || response
            .header("www-authenticate")
            .any(|value| value.to_ascii_lowercase().contains("cloudflare-access"));
    match response.status {
        200..=299 if lets_pass => Verdict::Active,
        401 if is_access => Verdict::Dead,
        status => Verdict::Unknown(by_status(status)),
    }
}
