//! The envelope of every answer of Cloudflare's API, and what counts as one.
//!
//! `{"success":…,"errors":[{"code","message","error_chain"?}],"messages":[…],"result":…}`
//! (Cloudflare's OpenAPI description, `api-response-common` and `api-response-common-failure`). A
//! page, a challenge, a cut or a malformed body is none.

use serde_json::Value;

use super::request::Response;
use crate::model::Unknown;

/// An answer of the API.
pub enum Reply {
    /// It was done: `success` with a status of 2xx.
    Success(Success),
    /// It was refused, with codes.
    Refusal(Refusal),
}

/// What the API gave.
pub struct Success {
    /// The result; foreign text, and perhaps a secret.
    pub result: Value,
    /// How many pages there are, where the answer is one of several.
    pub pages: Option<u64>,
}

/// Why the API refused.
pub struct Refusal {
    /// HTTP's status code, 4xx.
    pub status: u16,
    errors: Vec<ApiError>,
}

struct ApiError {
    code: i64,
    /// Foreign text that may quote a secret: compared, never shown.
    message: String,
    chain: Vec<i64>,
}

/// Deeper chains are not looked at; Cloudflare's have one step.
const DEEPEST_CHAIN: usize = 4;

impl Reply {
    /// Reads a response.
    ///
    /// # Errors
    /// It is no answer of the API; what is to be said of the credential then.
    pub fn read(response: &Response) -> Result<Self, Unknown> {
        let by_status = match response.status {
            429 => Unknown::RateLimited,
            407 => Unknown::Proxy,
            500..=599 => Unknown::ServerError,
            401 | 403 => Unknown::Forbidden,
            _ => Unknown::Unexpected,
        };
        match response.status {
            200..=299 => success(response.body()).ok_or(by_status),
            429 | 407 => Err(by_status),
            400..=499 => refusal(response).ok_or(by_status),
            _ => Err(by_status),
        }
    }
}

fn success(body: &[u8]) -> Option<Reply> {
    let mut envelope: Value = serde_json::from_slice(body).ok()?;
    let errors = envelope.get("errors");
    let has_errors =
        errors.is_some_and(|errors| errors.as_array().is_none_or(|all| !all.is_empty()));
    if envelope.get("success")?.as_bool()? && !has_errors {
        let pages = envelope.pointer("/result_info/total_pages").and_then(Value::as_u64);
        let result = envelope.get_mut("result")?.take();
        return Some(Reply::Success(Success { result, pages }));
    }
    None
}

fn refusal(response: &Response) -> Option<Reply> {
    let envelope: Value = serde_json::from_slice(response.body()).ok()?;
    if envelope.get("success")?.as_bool()? {
        return None;
    }
    let errors: Option<Vec<ApiError>> =
        envelope.get("errors")?.as_array()?.iter().map(ApiError::read).collect();
    let errors = errors.filter(|errors| !errors.is_empty())?;
    Some(Reply::Refusal(Refusal { status: response.status, errors }))
}

impl ApiError {
    fn read(error: &Value) -> Option<Self> {
        let code = error.get("code")?.as_i64()?;
        let message = error.get("message")?.as_str()?.to_ascii_lowercase();
        let mut chain = Vec::new();
        collect_chain(error, DEEPEST_CHAIN, &mut chain);
        Some(ApiError { code, message, chain })
    }
}

fn collect_chain(error: &Value, depth: usize, codes: &mut Vec<i64>) {
    let links = error.get("error_chain").and_then(Value::as_array);
    for link in links.into_iter().flatten().filter(|_| depth > 0) {
        codes.extend(link.get("code").and_then(Value::as_i64));
        collect_chain(link, depth - 1, codes);
    }
}

impl Refusal {
    /// Whether one of the errors has this code.
    pub fn has(&self, code: i64) -> bool {
        self.errors.iter().any(|error| error.code == code)
    }

    /// Whether one of the errors has this code, and that one in its chain.
    pub fn has_chain(&self, code: i64, cause: i64) -> bool {
        self.errors.iter().any(|error| error.code == code && error.chain.contains(&cause))
    }

    /// Whether one of the errors has this code and these lower-case words in its message. For codes
    /// that mean several things.
    pub fn says(&self, code: i64, words: &str) -> bool {
        self.errors.iter().any(|error| error.code == code && error.message.contains(words))
    }

    /// Whether the credential is known and not accepted from our address: 9109 "Cannot use the
    /// access token from location: …".
    pub fn is_location(&self) -> bool {
        self.says(9109, "location")
    }

    /// What is to be said where no code is one that tells.
    pub fn undecided(&self) -> Unknown {
        match self.status {
            401 | 403 => Unknown::Forbidden,
            _ => Unknown::Unexpected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<Reply, Unknown> {
        Reply::read(&Response::new(status, Vec::new(), body.as_bytes().to_vec()))
    }

    #[test]
    fn only_whole_envelopes_with_the_fitting_status_count() {
        let good = r#"{"success":true,"errors":[],"messages":[],"result":{"id":1},"result_info":{"total_pages":3}}"#;
        let Ok(Reply::Success(success)) = read(200, good) else { panic!() };
        assert_eq!((success.result["id"].as_u64(), success.pages), (Some(1), Some(3)));
        let bad = r#"{"success":false,"errors":[{"code":6003,"message":"Invalid","error_chain":[{"code":6111,"message":"x"}]}],"result":null}"#;
        let Ok(Reply::Refusal(refusal)) = read(400, bad) else { panic!() };
        assert!(refusal.has(6003) && refusal.has_chain(6003, 6111) && !refusal.has(6111));
        for (status, body, said) in [
            (200, bad, Unknown::Unexpected),
            (403, good, Unknown::Forbidden),
            (400, good, Unknown::Unexpected),
            (302, good, Unknown::Unexpected),
            (200, &good[..good.len() - 1], Unknown::Unexpected),
            (200, "<html>", Unknown::Unexpected),
            (200, "", Unknown::Unexpected),
            (200, "[]", Unknown::Unexpected),
            (200, r#"{"success":"true","result":{}}"#, Unknown::Unexpected),
            (200, r#"{"success":true,"errors":[]}"#, Unknown::Unexpected),
            (200, r#"{"success":true,"errors":[{}],"result":{}}"#, Unknown::Unexpected),
            (403, "<html>Just a moment...", Unknown::Forbidden),
            (403, r#"{"success":false,"errors":[]}"#, Unknown::Forbidden),
            (
                403,
                r#"{"success":false,"errors":[{"code":"1000","message":"x"}]}"#,
                Unknown::Forbidden,
            ),
            (429, bad, Unknown::RateLimited),
            (407, bad, Unknown::Proxy),
            (503, bad, Unknown::ServerError),
        ] {
            assert_eq!(read(status, body).err(), Some(said), "{status} {body}");
        }
    }

    #[test]
    fn a_bottomless_answer_ends() {
        let deep = "{\"error_chain\":[".repeat(100_000);
        assert!(read(400, &deep).is_err());
    }
}
