//! AWS Signature Version 4 for a `GET /` without a query, in headers, as R2 takes it.
//!
//! By "Create a signed AWS API request" of the AWS documents; the key is derived by HMAC-SHA256 from
//! the secret, the day, the region and the service. The crates that sign requests either bring a
//! runtime of their own or sign addresses only, so that the signature would be in the path.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// What is signed.
pub(super) struct Signing<'a> {
    pub(super) host: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) payload: &'a [u8],
}

/// The values of the headers to send.
pub(super) struct Signed {
    pub(super) date: String,
    pub(super) payload_hash: String,
    pub(super) authorization: Zeroizing<String>,
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SIGNED_HEADERS: &str = "host;x-amz-content-sha256;x-amz-date";

pub(super) fn sign(what: &Signing<'_>, id: &str, secret: &[u8], now: Timestamp) -> Signed {
    let date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = &date[..8];
    let payload_hash = hex(&Sha256::digest(what.payload));
    let canonical = format!(
        "GET\n/\n\nhost:{}\nx-amz-content-sha256:{payload_hash}\nx-amz-date:{date}\n\n{SIGNED_HEADERS}\n{payload_hash}",
        what.host
    );
    let scope = format!("{day}/{}/{}/aws4_request", what.region, what.service);
    let text = format!("{ALGORITHM}\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let mut key = Zeroizing::new(b"AWS4".to_vec());
    key.extend_from_slice(secret);
    for step in [day, what.region, what.service, "aws4_request"] {
        key = hmac(&key, step.as_bytes());
    }
    let signature = hex(&hmac(&key, text.as_bytes()));
    let authorization = Zeroizing::new(format!(
        "{ALGORITHM} Credential={id}/{scope}, SignedHeaders={SIGNED_HEADERS}, Signature={signature}"
    ));
    Signed { date, payload_hash, authorization }
}

fn hmac(key: &[u8], text: &[u8]) -> Zeroizing<Vec<u8>> {
    // Keys of any length are taken, so this is never an error.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Zeroizing::default() };
    mac.update(text);
    Zeroizing::new(mac.finalize().into_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `botocore` (the signer of AWS's own tools) makes of the same request.
    #[test]
    fn signs_as_botocore_does() {
        let (id, secret) = ("0123456789abcdef".repeat(2), "0123456789abcdef".repeat(4));
        let host = format!("{id}.r2.cloudflarestorage.com");
        let what = Signing { host: &host, region: "auto", service: "s3", payload: b"" };
        let now = "2026-12-01T00:00:00Z".parse().unwrap();
        let signed = sign(&what, &id, secret.as_bytes(), now);
        assert_eq!(signed.date, "20261201T000000Z");
        let signature = "c616f5b68f0378b4a856919822796e4ddcb53b6fca834df0efc9b8f92ed0b6d8";
        assert_eq!(
            *signed.authorization,
            format!(
                "AWS4-HMAC-SHA256 Credential={id}/20261201/auto/s3/aws4_request, \
                 SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}"
            )
        );
    }
}
