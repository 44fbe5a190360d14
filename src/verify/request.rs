//! Requests and responses: what is sent where, and what came back.
//!
//! Both hold secrets (a request its credential, a response perhaps a tunnel's token), so both hide
//! them from `Debug` and zero them when dropped.

use std::fmt;

use zeroize::Zeroizing;

use super::host::Host;

/// How a request acts. Verification and impact only read; revocation writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // They are HTTP's own words.
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Its name as HTTP writes it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// A request to one of the hosts of the closed list.
#[derive(Clone)]
pub struct Request {
    /// How it acts.
    pub method: Method,
    /// Whom it asks.
    pub host: Host,
    /// The path and query. For [`Host::API`] what follows `/client/v4`, beginning with `/`. Never a
    /// secret: paths end in logs.
    pub path: String,
    headers: Vec<(&'static str, Zeroizing<String>)>,
    body: Option<(&'static str, Zeroizing<Vec<u8>>)>,
    /// The longest body that is taken as an answer, in bytes.
    pub most_bytes: u64,
}

/// The answers of verification are a few hundred bytes; what is longer is a page.
const MOST_BYTES: u64 = 1 << 20;

impl Request {
    /// A request without headers and body of its own.
    pub fn new(method: Method, host: Host, path: impl Into<String>) -> Self {
        let path = path.into();
        Request { method, host, path, headers: Vec::new(), body: None, most_bytes: MOST_BYTES }
    }

    /// A request that reads from the API.
    pub fn api(path: impl Into<String>) -> Self {
        Request::new(Method::Get, Host::API, path)
    }

    /// The same with one more header. `None` if the value cannot stand in a header: it must be
    /// printable ASCII.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &[u8]) -> Option<Self> {
        let is_plain = |b: &u8| b.is_ascii_graphic() || *b == b' ';
        let value =
            std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|b| is_plain(&b)))?;
        self.headers.push((name, Zeroizing::new(value.to_owned())));
        Some(self)
    }

    /// The same with `Authorization: Bearer`. `None` as for [`Request::header`].
    #[must_use]
    pub fn bearer(self, token: &[u8]) -> Option<Self> {
        let mut value = Zeroizing::new(b"Bearer ".to_vec());
        value.extend_from_slice(token);
        self.header("Authorization", &value)
    }

    /// The same with a body of that type.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, bytes: Zeroizing<Vec<u8>>) -> Self {
        self.body = Some((content_type, bytes));
        self
    }

    /// Its headers, in order. The values are secrets.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The type and bytes of its body. They are a secret.
    pub fn content(&self) -> Option<(&'static str, &[u8])> {
        self.body.as_ref().map(|(kind, bytes)| (*kind, bytes.as_slice()))
    }
}

/// Names headers, and shows no value.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers().map(|(name, _)| name).collect();
        let length = self.content().map_or(0, |(_, bytes)| bytes.len());
        write!(
            f,
            "{} {}{} [{}] +{length}",
            self.method.name(),
            self.host,
            self.path,
            names.join(", ")
        )
    }
}

/// What a host answered.
#[derive(Clone)]
pub struct Response {
    /// HTTP's status code.
    pub status: u16,
    headers: Vec<(String, String)>,
    body: Zeroizing<Vec<u8>>,
}

impl Response {
    /// An answer. Names of headers are taken in lower case.
    pub fn new(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let headers = headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        Response { status, headers: headers.collect(), body: Zeroizing::new(body) }
    }

    /// The values of a header; its name in lower case.
    pub fn header<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        self.headers.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body. It may hold secrets and is foreign text: nothing of it goes into a report as it is.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// The status and the body's length.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} +{}", self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let canary = "canary".repeat(6);
        let request = Request::api("/user")
            .bearer(canary.as_bytes())
            .and_then(|request| request.header("X-Auth-Key", canary.as_bytes()))
            .unwrap()
            .body("text/plain", Zeroizing::new(canary.clone().into_bytes()));
        let shown = format!("{request:?}");
        assert_eq!(shown, "GET api.cloudflare.com/user [Authorization, X-Auth-Key] +36");
        let response =
            Response::new(200, vec![("Set-Cookie".to_owned(), canary.clone())], canary.into());
        assert_eq!(format!("{response:?}"), "200 +36");
        assert_eq!(response.header("set-cookie").count(), 1);
    }

    #[test]
    fn what_could_break_out_of_a_header_is_refused() {
        for value in [&b"a\r\nHost: evil"[..], b"a\0", b"\xff", "é".as_bytes()] {
            assert!(Request::api("/").bearer(value).is_none());
        }
    }
}
