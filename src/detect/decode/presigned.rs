//! Addresses that carry S3's signature, and so open one object of R2 to whoever has them until the
//! time in them is over (<https://developers.cloudflare.com/r2/api/s3/presigned-urls/>).

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

use super::{Decoded, fact, is_hex, label};
use crate::model::Lapse;

/// The longest time that S3 lets an address live, in seconds.
const LONGEST: i64 = 7 * 24 * 3600;

/// `address` is a whole URL; `&` in it may be escaped as JSON and HTML do.
pub(super) fn address(address: &[u8], now: Timestamp) -> Option<Decoded> {
    let text = std::str::from_utf8(address).ok()?.replace("&amp;", "&").replace("\\u0026", "&");
    let (place, query) = text.split_once('?')?;
    let of =
        |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let signature = of("X-Amz-Signature")?;
    if !is_hex(signature.get(..64)?, 64) {
        return None;
    }
    let signed: DateTime = of("X-Amz-Date")?.strip_suffix('Z')?.parse().ok()?;
    let seconds: i64 = of("X-Amz-Expires")?.parse().ok()?;
    let signed = signed.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let life = SignedDuration::from_secs(seconds.clamp(0, LONGEST));
    let expiry = signed.checked_add(life).ok()?;
    let bucket = place.split('/').nth(3).and_then(label).map(|bucket| fact("bucket", bucket));
    Some(Decoded {
        facts: bucket.into_iter().chain([fact("expires", expiry.to_string())]).collect(),
        lapse: (expiry < now).then_some(Lapse::Expired(expiry)),
        ..Decoded::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(date: &str, expires: &str) -> String {
        format!(
            "https://0.r2.cloudflarestorage.com/photos/a.jpg?X-Amz-Date={date}&X-Amz-Expires={expires}&X-Amz-Signature={}",
            "0a".repeat(32)
        )
    }

    #[test]
    fn an_address_tells_when_it_ends() {
        let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        let lapse = |url: String| address(url.as_bytes(), now).map(|found| found.lapse.is_some());
        assert_eq!(lapse(url("20260101T230000Z", "3600")), Some(false));
        assert_eq!(lapse(url("20260101T230000Z", "3599")), Some(true));
        assert_eq!(lapse(url("20260101T230000Z", "60").replace('&', "&amp;")), Some(true));
        // Nothing lives longer than a week, whatever it says.
        assert_eq!(lapse(url("20250101T230000Z", "9999999999")), Some(true));
        for other in [url("soon", "60"), url("20260101T230000Z", "x"), "https://x/?y=1".to_owned()]
        {
            assert_eq!(lapse(other), None);
        }
        let found = address(url("20260101T230000Z", "60").as_bytes(), now).unwrap();
        assert_eq!(found.facts[0], fact("bucket", "photos"));
    }
}
