//! Addresses that carry S3's signature, and so open one object of R2 to whoever has them until the
//! time in them is over (<https://developers.cloudflare.com/r2/api/s3/presigned-urls/>).
//!
//! The signature alone is the secret. The rest of the address says what it opens and until when, and
//! may be told.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

use super::{Decoded, fact, is_hex, label};
use crate::model::Lapse;

/// The longest time that S3 lets an address live, in seconds.
const LONGEST: i64 = 7 * 24 * 3600;
/// What the name of every host of R2 ends in, behind the account's id.
const HOST: &str = ".r2.cloudflarestorage.com";

/// `address` is a whole URL; `&` in it may be escaped as JSON and HTML do. What is not UTF-8 in it, as in
/// an old encoding or where a neighbour was cut, is none of what is read.
pub(super) fn address(address: &[u8], now: Timestamp) -> Option<Decoded> {
    let text = String::from_utf8_lossy(address).replace("&amp;", "&").replace("\\u0026", "&");
    let (place, query) = text.split_once('?')?;
    let of =
        |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    if !is_hex(of("X-Amz-Signature")?.get(..64)?, 64) {
        return None;
    }
    let signed: DateTime = of("X-Amz-Date")?.strip_suffix('Z')?.parse().ok()?;
    let seconds: i64 = of("X-Amz-Expires")?.parse().ok()?;
    let signed = signed.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let life = SignedDuration::from_secs(seconds.clamp(0, LONGEST));
    let expiry = signed.checked_add(life).ok()?;
    let bucket = bucket(place).map(|bucket| fact("bucket", bucket));
    Some(Decoded {
        facts: bucket.into_iter().chain([fact("expires", expiry.to_string())]).collect(),
        lapse: (expiry < now).then_some(Lapse::Expired(expiry)),
        ..Decoded::default()
    })
}

/// The bucket, which stands before the account's id in the host or begins the path.
fn bucket(place: &str) -> Option<String> {
    let mut parts = place.split('/').skip(2);
    let host = parts.next()?;
    // The account's id, and perhaps a jurisdiction.
    let ours = host.split_once(HOST)?.0;
    let mut labels = ours.rsplit('.');
    let is_id = |label: &str| is_hex(label, 32);
    labels.find(|label| is_id(label))?;
    match labels.next() {
        Some(bucket) => label(bucket),
        None => parts.next().and_then(label),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(date: &str, expires: &str) -> String {
        let account = "0a".repeat(16);
        let signature = "0a".repeat(32);
        format!(
            "https://{account}.r2.cloudflarestorage.com/photos/a.jpg?X-Amz-Date={date}&X-Amz-Expires={expires}&X-Amz-Signature={signature}"
        )
    }

    #[test]
    fn an_address_tells_when_it_ends() {
        let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        let lapse = |url: String| address(url.as_bytes(), now).map(|found| found.lapse.is_some());
        assert_eq!(lapse(url("20260101T230000Z", "3600")), Some(false));
        assert_eq!(lapse(url("20260101T230000Z", "3599")), Some(true));
        assert_eq!(lapse(url("20260101T230000Z", "60").replace('&', "&amp;")), Some(true));
        // In the path a letter of Latin-1, behind it half a character.
        let mut bytes = url("20260101T230000Z", "3600").replace("/a.jpg", "/~.jpg").into_bytes();
        bytes.iter_mut().filter(|byte| **byte == b'~').for_each(|byte| *byte = 0xe4);
        bytes.push(0xe6);
        assert!(address(&bytes, now).is_some());
        // Nothing lives longer than a week, whatever it says.
        assert_eq!(lapse(url("20250101T230000Z", "9999999999")), Some(true));
        for other in [url("soon", "60"), url("20260101T230000Z", "x"), "https://x/?y=1".to_owned()]
        {
            assert_eq!(lapse(other), None);
        }
    }

    #[test]
    fn an_address_tells_its_bucket() {
        let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        let of_path = url("20260101T230000Z", "60");
        let of_host = of_path.replace("https://", "https://logs.");
        let of_both = of_host.replace(".r2.", ".eu.r2.");
        for (url, bucket) in [(of_path, "photos"), (of_host, "logs"), (of_both, "logs")] {
            let found = address(url.as_bytes(), now).unwrap();
            assert_eq!(found.facts[0], fact("bucket", bucket));
        }
    }
}
