//! Tunnel tokens and credentials files: looked up with an administrator's token.
//!
//! To try one is to connect and to be given the tunnel's traffic, so the secret itself is sent
//! nowhere. `GET /accounts/{a}/cfd_tunnel/{t}` says whether the tunnel is there,
//! `GET …/cfd_tunnel/{t}/token` what its secret is today; the comparison is made here.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::Value;
use zeroize::Zeroizing;

use super::Halt;
use crate::{
    model::{NotVerifiable, Unknown, Verdict},
    verify::{
        Allowed,
        answer::Answer,
        asker::Asker,
        credential::Credential,
        envelope::{Reply, Success},
        request::Request,
    },
};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn verify(
    credential: &Credential,
    asker: &Asker<'_>,
    allowed: &Allowed,
) -> Result<Answer, Halt> {
    let admin = allowed.admin.as_ref().ok_or(NotVerifiable::NeedsAdmin)?;
    let account = credential.accounts.first().ok_or(NotVerifiable::NoAccount)?;
    let tunnel = credential.tunnel.as_deref().ok_or(NotVerifiable::NoPartner)?;
    let path = format!("/accounts/{account}/cfd_tunnel/{tunnel}");
    let ask = |path: &str| -> Result<Success, Halt> {
        let request = Request::api(path).bearer(admin.reveal()).ok_or(NotVerifiable::Malformed)?;
        match Reply::read(&asker.ask(&request)?)? {
            Reply::Success(success) => Ok(success),
            // Then the administrator's token is refused, which says nothing of the tunnel's.
            Reply::Refusal(refusal) => Err(refusal.undecided().into()),
        }
    };
    let found = ask(&path)?.result;
    if found.get("id").and_then(Value::as_str).is_none_or(|id| !id.eq_ignore_ascii_case(tunnel)) {
        return Ok(Unknown::Unexpected.into());
    }
    if found.get("deleted_at").is_some_and(Value::is_string) {
        return Ok(Verdict::Dead.into());
    }
    let today = ask(&format!("{path}/token"))?.result;
    let today = today.as_str().and_then(|token| key_in(token.as_bytes()));
    let today = today.ok_or(Unknown::Unexpected)?;
    let ours = key_in(credential.secret.reveal()).or_else(|| key(credential.secret.reveal()));
    let ours = ours.ok_or(NotVerifiable::Malformed)?;
    Ok(if ours == today { Verdict::Active } else { Verdict::Dead }.into())
}

/// The tunnel's key in a token: base64 of `{"a":…,"t":…,"s":<base64 of the key>}`.
fn key_in(token: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let json = Zeroizing::new(BASE64.decode(token).ok()?);
    let value: Value = serde_json::from_slice(&json).ok()?;
    key(value.get("s")?.as_str()?.as_bytes())
}

/// The key itself, as a credentials file has it; there a slash may be escaped.
fn key(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let plain: Zeroizing<Vec<u8>> =
        Zeroizing::new(text.iter().copied().filter(|b| *b != b'\\').collect());
    BASE64.decode(plain.as_slice()).ok().filter(|key| !key.is_empty()).map(Zeroizing::new)
}
