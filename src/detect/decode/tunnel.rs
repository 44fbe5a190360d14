//! Tunnel tokens and tunnel credentials files: the same three values in two wrappings.
//!
//! A token is the base64 of `{"a":<account>,"t":<tunnel>,"s":<secret>}`, a credentials file the JSON
//! `{"AccountTag":…,"TunnelSecret":…,"TunnelID":…}` (cloudflared, `connection/connection.go`).

use base64::Engine;
use serde::Deserialize;

use super::{Decoded, fact, is_hex, is_uuid};
use crate::detect::base64::STANDARD;

/// A tunnel's secret has at least 32 bytes by documentation; older and test ones are shorter. Below
/// this it is no secret at all.
const SHORTEST_SECRET: usize = 16;

#[derive(Deserialize)]
struct Token {
    a: String,
    t: String,
    s: String,
}

/// `matched` may go on beyond the token: letters that are glued on belong to base64's alphabet, too. The
/// object itself tells where it ends.
pub(super) fn token(matched: &[u8]) -> Option<Decoded> {
    let digits = matched.iter().position(|&b| b == b'=').unwrap_or(matched.len());
    // One character alone in the last group encodes nothing.
    let whole = if digits % 4 == 1 { digits - 1 } else { digits };
    let json = STANDARD.decode(&matched[..whole]).ok()?;
    let mut objects = serde_json::Deserializer::from_slice(&json).into_iter::<Token>();
    let token = objects.next()?.ok()?;
    let end = (objects.byte_offset() * 4).div_ceil(3);
    // Padding is the object's own only where it follows at once.
    let length = if end == digits { matched.len() } else { end };
    let decoded = judged(&token.a, &token.t, &token.s)?;
    Some(Decoded { length: Some(length), ..decoded })
}

/// `secret` is the tunnel secret's value; the account and the tunnel are read from the object around
/// it, whatever the order of its keys and however its quotes are escaped.
pub(super) fn credentials(secret: &[u8], whole: &[u8]) -> Option<Decoded> {
    let account = value_of(whole, "AccountTag")?;
    let tunnel = value_of(whole, "TunnelID").unwrap_or_default();
    let secret = std::str::from_utf8(secret).ok()?.replace("\\/", "/");
    if tunnel.is_empty() {
        // The oldest files name the tunnel by their file name alone.
        return (is_hex(&account, 32) && is_secret(&secret))
            .then(|| Decoded { facts: vec![fact("account", account)], ..Decoded::default() });
    }
    judged(&account, &tunnel, &secret)
}

fn judged(account: &str, tunnel: &str, secret: &str) -> Option<Decoded> {
    (is_hex(account, 32) && is_uuid(tunnel) && is_secret(secret)).then(|| Decoded {
        facts: vec![fact("account", account), fact("tunnel", tunnel)],
        ..Decoded::default()
    })
}

fn is_secret(text: &str) -> bool {
    STANDARD.decode(text).is_ok_and(|bytes| bytes.len() >= SHORTEST_SECRET)
}

/// The string value of a key in JSON text that need not be whole or unescaped.
fn value_of(text: &[u8], key: &str) -> Option<String> {
    let at = memchr::memmem::find(text, key.as_bytes())? + key.len();
    let is_mark = |b: u8| matches!(b, b'"' | b'\'' | b'\\' | b':' | b' ' | b'\t' | b'\r' | b'\n');
    let rest = &text[at..];
    let start = rest.iter().position(|&b| !is_mark(b))?;
    let value = &rest[start..];
    let end = value
        .iter()
        .position(|&b| !(b.is_ascii_alphanumeric() || b == b'-'))
        .unwrap_or(value.len());
    String::from_utf8(value[..end].to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD as PADDED;

    use super::*;

    const ACCOUNT: &str = "0123456789abcdef0123456789abcdef";
    const TUNNEL: &str = "01234567-89ab-cdef-0123-456789abcdef";

    fn token_of(account: &str, tunnel: &str, secret: &str) -> Option<Decoded> {
        token(
            STANDARD
                .encode(format!(r#"{{"a":"{account}","s":"{secret}","t":"{tunnel}"}}"#))
                .as_bytes(),
        )
    }

    #[test]
    fn a_token_is_its_three_values() {
        let secret = PADDED.encode([7; 32]);
        let decoded = token_of(ACCOUNT, TUNNEL, &secret).unwrap();
        assert_eq!(decoded.facts, [fact("account", ACCOUNT), fact("tunnel", TUNNEL)]);
        assert!(token_of("0123", TUNNEL, &secret).is_none());
        assert!(token_of(ACCOUNT, "not-a-uuid", &secret).is_none());
        assert!(token_of(ACCOUNT, TUNNEL, "c2hvcnQ=").is_none());
        assert!(token(b"eyJhIjoi").is_none());
    }

    #[test]
    fn what_is_glued_on_is_not_the_token() {
        // Each length of the JSON leaves another rest in its last group.
        for spaces in 0..3 {
            let secret = PADDED.encode([7; 32]);
            let json =
                format!(r#"{{"a":"{ACCOUNT}",{:spaces$}"t":"{TUNNEL}","s":"{secret}"}}"#, "");
            let padded = PADDED.encode(json);
            let bare = padded.trim_end_matches('=');
            for glued in ["", "X", "XY", "XYZ", "WXYZ", "eyJhIjoi"] {
                let length = token(format!("{bare}{glued}").as_bytes()).unwrap().length;
                assert_eq!(length, Some(bare.len()), "{spaces} {glued}");
            }
            assert_eq!(token(padded.as_bytes()).unwrap().length, Some(padded.len()));
            assert!(token(&bare.as_bytes()[..bare.len() - 2]).is_none());
        }
    }

    #[test]
    fn credentials_are_read_in_any_order_and_escaped() {
        let secret = PADDED.encode([9; 32]);
        for text in [
            format!(
                r#"{{"AccountTag":"{ACCOUNT}","TunnelSecret":"{secret}","TunnelID":"{TUNNEL}"}}"#
            ),
            format!(
                "{{\n \"TunnelID\" : \"{TUNNEL}\",\n \"TunnelSecret\": \"{secret}\", \"AccountTag\": \"{ACCOUNT}\" }}"
            ),
            format!(
                r#"{{\"TunnelSecret\":\"{secret}\",\"AccountTag\":\"{ACCOUNT}\",\"TunnelID\":\"{TUNNEL}\"}}"#
            ),
        ] {
            let decoded = credentials(secret.as_bytes(), text.as_bytes()).unwrap();
            assert_eq!(decoded.facts.len(), 2, "{text}");
        }
        assert!(credentials(secret.as_bytes(), b"{\"AccountTag\":\"x\"}").is_none());
        assert!(credentials(secret.as_bytes(), b"").is_none());
    }
}
