//! `cloudflared`'s `cert.pem`: a PEM block that wraps an API token or, in older files, an Origin CA
//! key (cloudflared, `credentials/origin_cert.go`; the oldest form by its former `certutil.go`).

use base64::Engine;
use serde::Deserialize;

use super::{Decoded, Inner, fact, is_hex};
use crate::{detect::base64::STANDARD, model::Layer};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Current {
    #[serde(default, rename = "zoneID")]
    zone: String,
    #[serde(default, rename = "accountID")]
    account: String,
    api_token: Option<String>,
    service_key: Option<String>,
}

/// `block` is the PEM block, its two marker lines included.
pub(super) fn decode(block: &[u8]) -> Option<Decoded> {
    let json = STANDARD.decode(payload(block)?).ok()?;
    let (zone, account, secret) = match serde_json::from_slice::<Current>(&json) {
        Ok(cert) => (
            cert.zone,
            cert.account,
            cert.api_token.or(cert.service_key).filter(|s| !s.is_empty())?,
        ),
        Err(_) => oldest(&json)?,
    };
    let mut facts = Vec::new();
    if is_hex(&account, 32) {
        facts.push(fact("account", account));
    }
    if is_hex(&zone, 32) {
        facts.push(fact("zone", zone));
    }
    let inner = Inner { layer: Some(Layer::OriginCert), secret: secret.into_bytes() };
    Some(Decoded { facts, inner: Some(inner), ..Decoded::default() })
}

/// The oldest form: two lines, zone and service key.
fn oldest(text: &[u8]) -> Option<(String, String, String)> {
    let text = std::str::from_utf8(text).ok()?;
    let (zone, key) = text.split_once('\n')?;
    let key = key.trim();
    (is_hex(zone.trim(), 32) && key.len() >= 20)
        .then(|| (zone.trim().to_owned(), String::new(), key.to_owned()))
}

/// The base64 between the marker lines, without line ends, whether they are real or the escapes
/// `\n` and `\r` of a string literal.
fn payload(block: &[u8]) -> Option<Vec<u8>> {
    let after_begin = memchr::memmem::find(block, b"TOKEN-----")? + b"TOKEN-----".len();
    let body = &block[after_begin..];
    let body = &body[..memchr::memmem::find(body, b"-----END")?];
    let mut payload = Vec::with_capacity(body.len());
    let mut bytes = body.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            // The letter after the backslash belongs to the escape.
            b'\\' => {
                let _ = bytes.next();
            }
            b'+' | b'/' | b'=' => payload.push(byte),
            _ if byte.is_ascii_alphanumeric() => payload.push(byte),
            _ => {}
        }
    }
    Some(payload)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD as PADDED;

    use super::*;

    fn pem(content: &str, line_end: &str) -> Vec<u8> {
        let encoded = PADDED.encode(content);
        let lines: Vec<&str> =
            encoded.as_bytes().chunks(64).map(|c| std::str::from_utf8(c).unwrap()).collect();
        format!(
            "-----BEGIN ARGO TUNNEL TOKEN-----{line_end}{}{line_end}-----END ARGO TUNNEL TOKEN-----",
            lines.join(line_end)
        )
        .into_bytes()
    }

    #[test]
    fn each_generation_is_read() {
        let id = "ab".repeat(16);
        let token = "x".repeat(40);
        let current = format!(r#"{{"zoneID":"{id}","accountID":"{id}","apiToken":"{token}"}}"#);
        let middle = format!(r#"{{"zoneID":"{id}","accountID":"{id}","serviceKey":"{token}"}}"#);
        let oldest = format!("{id}\n{token}");
        for (content, facts) in [(current, 2), (middle, 2), (oldest, 1)] {
            for line_end in ["\n", "\r\n", "\\n", "\n  "] {
                let decoded = decode(&pem(&content, line_end)).unwrap();
                assert_eq!(decoded.inner.unwrap().secret, token.as_bytes());
                assert_eq!(decoded.facts.len(), facts);
            }
        }
    }

    #[test]
    fn a_block_without_a_credential_is_none() {
        assert!(decode(&pem(r#"{"zoneID":"","accountID":""}"#, "\n")).is_none());
        assert!(decode(&pem("just text", "\n")).is_none());
        assert!(decode(b"-----BEGIN ARGO TUNNEL TOKEN-----").is_none());
    }
}
