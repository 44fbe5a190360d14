//! JSON web tokens: Access tokens, and R2 session tokens, which wrap one.
//!
//! Signatures cannot be checked offline; the claims prove the kind and tell the expiry.

use base64::Engine;
use jiff::Timestamp;
use serde_json::Value;

use super::{Decoded, fact, label};
use crate::{
    detect::base64::{STANDARD, URL_SAFE},
    model::{Fact, Lapse},
};

const ACCESS_DOMAIN: &str = ".cloudflareaccess.com";

/// A token issued by Cloudflare Access: `iss` is `https://<team>.cloudflareaccess.com`.
pub(super) fn access(token: &[u8], now: Timestamp) -> Option<Decoded> {
    let claims = claims(token)?;
    let issuer = claims.get("iss")?.as_str()?;
    let team =
        issuer.strip_prefix("https://")?.trim_end_matches('/').strip_suffix(ACCESS_DOMAIN)?;
    if team.is_empty() || !team.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return None;
    }
    let mut decoded = dated(&claims, now);
    decoded.facts.splice(0..0, label(team).map(|team| fact("team", team)));
    decoded.facts.extend(claim(&claims, "type"));
    Some(decoded)
}

/// A session token of temporary R2 credentials: base64 of `jwt/` and a JWT.
pub(super) fn r2_session(token: &[u8], now: Timestamp) -> Option<Decoded> {
    let text = STANDARD.decode(token).ok()?;
    let claims = claims(text.strip_prefix(b"jwt/")?)?;
    let mut decoded = dated(&claims, now);
    decoded.facts.splice(0..0, claim(&claims, "bucket"));
    decoded.facts.extend(claim(&claims, "scope"));
    Some(decoded)
}

/// A claim as a fact, if it is a plain word.
fn claim(claims: &Value, name: &'static str) -> Option<Fact> {
    claims.get(name).and_then(Value::as_str).and_then(label).map(|value| fact(name, value))
}

/// The claims of a JWT whose header is an object that names an algorithm.
fn claims(token: &[u8]) -> Option<Value> {
    let mut parts = token.split(|&b| b == b'.');
    let header: Value = serde_json::from_slice(&URL_SAFE.decode(parts.next()?).ok()?).ok()?;
    header.get("alg")?.as_str()?;
    let claims: Value = serde_json::from_slice(&URL_SAFE.decode(parts.next()?).ok()?).ok()?;
    claims.is_object().then_some(claims)
}

fn dated(claims: &Value, now: Timestamp) -> Decoded {
    let mut decoded = Decoded::default();
    let expiry = claims
        .get("exp")
        .and_then(Value::as_f64)
        .and_then(|seconds| Timestamp::from_second(seconds as i64).ok());
    if let Some(expiry) = expiry {
        decoded.facts.push(fact("expires", expiry.to_string()));
        decoded.lapse = (expiry < now).then_some(Lapse::Expired(expiry));
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> String {
        let header = r#"{"alg":"RS256","kid":"00"}"#;
        format!("{}.{}.c2ln", URL_SAFE.encode(header), URL_SAFE.encode(claims)).replace('=', "")
    }

    #[test]
    fn access_tokens_name_their_team_and_expiry() {
        let now = Timestamp::from_second(1_000).unwrap();
        let token = |exp: i64| {
            jwt(&format!(
                r#"{{"iss":"https://team.cloudflareaccess.com","exp":{exp},"type":"app"}}"#
            ))
        };
        let alive = access(token(2_000).as_bytes(), now).unwrap();
        assert_eq!(alive.facts[0], fact("team", "team"));
        assert_eq!(alive.lapse, None);
        assert!(access(token(500).as_bytes(), now).unwrap().lapse.is_some());
        for other in ["https://evil.example/.cloudflareaccess.com", "https://.cloudflareaccess.com"]
        {
            let token = jwt(&format!(r#"{{"iss":"{other}"}}"#));
            assert!(access(token.as_bytes(), now).is_none(), "{other}");
        }
    }

    #[test]
    fn session_tokens_are_unwrapped() {
        let inner = jwt(r#"{"bucket":"photos","scope":"object-read-only","exp":500}"#);
        let token = STANDARD.encode(format!("jwt/{inner}"));
        let decoded = r2_session(token.as_bytes(), Timestamp::from_second(1_000).unwrap()).unwrap();
        assert_eq!(decoded.facts[0], fact("bucket", "photos"));
        assert!(decoded.lapse.is_some());
        assert!(
            r2_session(STANDARD.encode("jwt/x.y.z").as_bytes(), Timestamp::UNIX_EPOCH).is_none()
        );
    }
}
