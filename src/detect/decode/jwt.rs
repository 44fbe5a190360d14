//! JSON web tokens and keys: Access tokens, R2 session tokens, which wrap one, tokens for managing a
//! tunnel, and the keys that Stream signs with.
//!
//! Signatures cannot be checked offline; the claims prove the kind and tell the expiry.

use base64::Engine;
use jiff::Timestamp;
use serde_json::Value;

use super::{Decoded, fact, is_hex, is_uuid, label};
use crate::{
    detect::base64::{STANDARD, URL_SAFE},
    model::{Fact, Lapse},
};

const ACCESS_DOMAIN: &str = ".cloudflareaccess.com";
/// What stands before the JWT in an R2 session token.
const SESSION_PREFIX: &[u8] = b"jwt/";
/// Base64url characters of the 32 bytes that HMAC-SHA-256 gives.
const HMAC_SIGNATURE: usize = 43;

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

/// A session token of temporary R2 credentials: base64 of `jwt/` and a JWT. `matched` may go on beyond
/// it: letters that are glued on belong to base64's alphabet, too. The signature, which always has
/// the length that HMAC-SHA-256 gives it, tells where it ends.
pub(super) fn r2_session(matched: &[u8], now: Timestamp) -> Option<Decoded> {
    let digits = matched.iter().position(|&b| b == b'=').unwrap_or(matched.len());
    // One character alone in the last group encodes nothing.
    let whole = if digits % 4 == 1 { digits - 1 } else { digits };
    let text = STANDARD.decode(&matched[..whole]).ok()?;
    let token = text.strip_prefix(SESSION_PREFIX)?;
    let claims = claims(token)?;
    let signature = token.iter().rposition(|&b| b == b'.')? + 1;
    let end = text.len().min(SESSION_PREFIX.len() + signature + HMAC_SIGNATURE);
    let end = (end * 4).div_ceil(3);
    let mut decoded = dated(&claims, now);
    // Padding is the token's own only where it follows at once.
    decoded.length = Some(if end == digits { matched.len() } else { end });
    decoded.facts.splice(0..0, claim(&claims, "bucket"));
    decoded.facts.extend(claim(&claims, "scope"));
    Some(decoded)
}

/// A token with which `cloudflared tail` listens to a tunnel: the claim `tun` names it
/// (cloudflare/cloudflared, `management/token.go`).
pub(super) fn tunnel_management(token: &[u8], now: Timestamp) -> Option<Decoded> {
    let claims = claims(token)?;
    let tunnel = claims.get("tun")?;
    let text = |name: &str| tunnel.get(name).and_then(Value::as_str);
    let id = text("id").filter(|id| is_uuid(id))?;
    let account = text("account_tag").filter(|account| is_hex(account, 32));
    let mut decoded = dated(&claims, now);
    let account = account.map(|account| fact("account", account));
    decoded.facts.splice(0..0, account.into_iter().chain([fact("tunnel", id)]));
    Some(decoded)
}

/// Base64 of a key of Stream's as a JSON web key: for signing, with its private half, and with an id
/// of 32 hex digits.
pub(super) fn stream_key(text: &[u8]) -> Option<Decoded> {
    let key: Value = serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()?;
    let field = |name: &str| key.get(name).and_then(Value::as_str);
    let is_private = field("kty") == Some("RSA") && !field("d")?.is_empty();
    let id = field("kid").filter(|id| is_private && is_hex(id, 32))?;
    Some(Decoded { facts: vec![fact("key", id)], ..Decoded::default() })
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
    fn management_tokens_name_their_tunnel() {
        let id = "f70ff985-a4ef-4643-bbbc-4a0ed4fc8415";
        let token =
            |id: &str| jwt(&format!(r#"{{"tun":{{"id":"{id}","account_tag":"x"}},"exp":5}}"#));
        let decoded = tunnel_management(token(id).as_bytes(), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(decoded.facts[0], fact("tunnel", id));
        for other in [token("7"), jwt(r#"{"tun":"x"}"#), jwt("{}"), "x.y.z".to_owned()] {
            assert!(tunnel_management(other.as_bytes(), Timestamp::UNIX_EPOCH).is_none());
        }
    }

    #[test]
    fn a_key_for_signing_has_its_private_half() {
        let key = |kid: &str, rest: &str| {
            STANDARD.encode(format!(r#"{{"use":"sig","kty":"RSA","kid":"{kid}"{rest}}}"#))
        };
        let kid = "0123456789abcdef".repeat(2);
        assert!(stream_key(key(&kid, r#","d":"AQAB""#).as_bytes()).is_some());
        for other in [key(&kid, ""), key("1", r#","d":"AQAB""#), key(&kid, r#","d":"""#)] {
            assert!(stream_key(other.as_bytes()).is_none());
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

    #[test]
    fn what_is_glued_on_is_not_the_session_token() {
        let mut inner = jwt(r#"{"bucket":"photos"}"#).replace("c2ln", &"s".repeat(43));
        // Each length leaves another rest in the last group of the outer base64.
        for _ in 0..3 {
            inner = inner.replacen("photos", "photoss", 1);
            let padded = STANDARD.encode(format!("jwt/{inner}"));
            let bare = padded.trim_end_matches('=');
            let length = |text: String| {
                r2_session(text.as_bytes(), Timestamp::UNIX_EPOCH).and_then(|found| found.length)
            };
            for glued in ["", "X", "XY", "XYZ", "WXYZ"] {
                assert_eq!(length(format!("{bare}{glued}")), Some(bare.len()), "{glued}");
            }
            assert_eq!(length(padded.clone()), Some(padded.len()));
        }
    }
}
