//! R2 key pairs: a signed `GET /` (ListBuckets) to the account's endpoint, region `auto`.
//!
//! A pair for single buckets may not list them, and is live: 10003 AccessDenied. A wrong secret
//! to a known access key id is SignatureDoesNotMatch, so the id is live and the secret not this one.

use super::{Halt, by_status, sigv4};
use crate::{
    model::{NotVerifiable, TokenFacts, Unknown, Verdict},
    verify::{
        answer::Answer,
        asker::Asker,
        credential::Credential,
        host::Host,
        request::{Method, Request, Response},
    },
};

pub(super) fn verify(credential: &Credential, asker: &Asker<'_>) -> Result<Answer, Halt> {
    if credential.access_key_ids.is_empty() {
        return Ok(NotVerifiable::NoPartner.into());
    }
    if credential.accounts.is_empty() {
        return Ok(NotVerifiable::NoAccount.into());
    }
    let is_guess = credential.access_key_ids.len() * credential.accounts.len() > 1;
    let mut said = Verdict::Dead;
    for id in &credential.access_key_ids {
        for account in &credential.accounts {
            match ask(credential, asker, id, account)? {
                Verdict::Active => {
                    let token = TokenFacts { id: Some(id.clone()), ..TokenFacts::default() };
                    return Ok(Answer::from(Verdict::Active).with_token(token));
                }
                Verdict::Dead => {}
                other => said = other,
            }
        }
    }
    // Of several ids or accounts none may be the right one.
    let said = if is_guess && said == Verdict::Dead {
        Verdict::Unknown(Unknown::WrongPartner)
    } else {
        said
    };
    Ok(said.into())
}

fn ask(
    credential: &Credential,
    asker: &Asker<'_>,
    id: &str,
    account: &str,
) -> Result<Verdict, Halt> {
    let host = Host::r2(account, credential.jurisdiction).ok_or(NotVerifiable::NoAccount)?;
    let signed = sigv4::sign(
        &sigv4::Signing { host: &host.name(), region: "auto", service: "s3", payload: b"" },
        id,
        credential.secret.reveal(),
        asker.now(),
    );
    let request = Request::new(Method::Get, host, "/")
        .header("X-Amz-Date", signed.date.as_bytes())
        .and_then(|request| request.header("X-Amz-Content-Sha256", signed.payload_hash.as_bytes()))
        .and_then(|request| request.header("Authorization", signed.authorization.as_bytes()))
        .ok_or(NotVerifiable::Malformed)?;
    Ok(read(&asker.ask(&request)?))
}

/// `<ListAllMyBucketsResult>…` or `<Error><Code>…</Code>…</Error>`, with the status that goes with
/// it.
fn read(response: &Response) -> Verdict {
    let text = std::str::from_utf8(response.body()).unwrap_or_default();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let text = match text.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or("", |(_, rest)| rest.trim_start()),
        None => text,
    };
    if response.status == 200 && text.starts_with("<ListAllMyBucketsResult") {
        return Verdict::Active;
    }
    let code = text
        .strip_prefix("<Error>")
        .filter(|rest| rest.trim_end().ends_with("</Error>"))
        .and_then(|rest| rest.split_once("<Code>")?.1.split_once("</Code>"))
        .map(|(code, _)| code.trim());
    match (response.status, code) {
        (403, Some("AccessDenied")) => Verdict::Active,
        (401, Some("Unauthorized")) => Verdict::Dead,
        (403, Some("SignatureDoesNotMatch")) => Verdict::Unknown(Unknown::WrongPartner),
        (400 | 403, Some("ExpiredRequest" | "RequestTimeTooSkewed")) => {
            Verdict::Unknown(Unknown::Clock)
        }
        (status, _) => Verdict::Unknown(by_status(status)),
    }
}
