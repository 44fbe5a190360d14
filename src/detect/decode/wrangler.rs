//! wrangler's own configuration, `default.toml`: the time beside a login's access token says whether it
//! still works (cloudflare/workers-sdk, `packages/wrangler/src/user/user.ts`).

use jiff::Timestamp;

use super::{Decoded, fact};
use crate::model::Lapse;

/// `matched` holds the token and ends with the value of `expiration_time`.
pub(super) fn config(matched: &[u8], now: Timestamp) -> Option<Decoded> {
    let name = b"expiration_time";
    let after = &matched[memchr::memmem::rfind(matched, name)? + name.len()..];
    let is_of_time = |b: &u8| b.is_ascii_digit() || b"-:.TZ+".contains(b);
    let start = after.iter().position(u8::is_ascii_digit)?;
    let length = after[start..].iter().take_while(|b| is_of_time(b)).count();
    let time = std::str::from_utf8(&after[start..start + length]).ok()?;
    let expiry: Timestamp = time.parse().ok()?;
    Some(Decoded {
        facts: vec![fact("expires", expiry.to_string())],
        lapse: (expiry < now).then_some(Lapse::Expired(expiry)),
        ..Decoded::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_read_in_either_notation() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let lapse =
            |text: &str| config(text.as_bytes(), now).map(|decoded| decoded.lapse.is_some());
        assert_eq!(lapse("t\nexpiration_time = \"2022-05-06T01:39:53.926Z"), Some(true));
        assert_eq!(lapse("t\", \"expiration_time\": \"2030-05-06T01:39:53Z"), Some(false));
        assert_eq!(lapse("t\nexpiration_time = \"soon"), None);
        assert_eq!(lapse("t\nexpiration_time = \"2022-99-06T01:39:53Z"), None);
        assert_eq!(lapse(""), None);
    }
}
