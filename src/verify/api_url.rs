//! Where the API is: `--api-url`, checked.

use ureq::http::Uri;

/// The address of the API, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiUrl(String);

/// Why an address is refused. Its own text is not quoted, since it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // The message of each says it.
pub enum ApiUrlError {
    #[error("the API's address is none; write it as https://api.cloudflare.com/client/v4")]
    NoAddress,
    #[error("the API's address begins with http, which shows secrets on the way; use https")]
    Plain,
    #[error("the API's address holds a user, a query or a fragment; leave it out")]
    Extras,
}

impl ApiUrl {
    /// Reads an address: `https://` and any host or, for tests, `http://` and a loopback one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Self, ApiUrlError> {
        let is_plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\');
        if !text.bytes().all(is_plain) {
            return Err(ApiUrlError::NoAddress);
        }
        let uri: Uri = text.parse().map_err(|_| ApiUrlError::NoAddress)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(ApiUrlError::NoAddress);
        };
        if text.contains(['#', '?']) || authority.as_str().contains('@') {
            return Err(ApiUrlError::Extras);
        }
        match scheme {
            _ if authority.host().is_empty() => Err(ApiUrlError::NoAddress),
            "https" => Ok(()),
            "http" if is_loopback(authority.host()) => Ok(()),
            "http" => Err(ApiUrlError::Plain),
            _ => Err(ApiUrlError::NoAddress),
        }?;
        Ok(ApiUrl(text.trim_end_matches('/').to_owned()))
    }

    /// Whether requests go over plain HTTP, which only loopback addresses may.
    pub fn is_plain(&self) -> bool {
        self.0.starts_with("http://")
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Cloudflare's own.
impl Default for ApiUrl {
    fn default() -> Self {
        ApiUrl("https://api.cloudflare.com/client/v4".to_owned())
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_anywhere_and_http_to_loopback_only() {
        for good in [
            "https://api.cloudflare.com/client/v4/",
            "https://gateway.example:8443/cf",
            "http://127.0.0.1:8080/client/v4",
            "http://127.9.9.9",
            "http://[::1]:80/x",
            "http://localhost:1",
        ] {
            let url = ApiUrl::new(good).unwrap();
            assert_eq!(url.as_str(), good.trim_end_matches('/'));
        }
        for (bad, error) in [
            ("http://api.cloudflare.com/client/v4", ApiUrlError::Plain),
            ("http://10.0.0.1", ApiUrlError::Plain),
            ("http://127.0.0.1.evil.example", ApiUrlError::Plain),
            ("http://localhost.evil.example", ApiUrlError::Plain),
            ("http://127.0.0.1@evil.example/", ApiUrlError::Extras),
            ("https://user:word@api.cloudflare.com", ApiUrlError::Extras),
            ("https://a.example/?x", ApiUrlError::Extras),
            ("https://a.example/#x", ApiUrlError::Extras),
            ("ftp://a.example", ApiUrlError::NoAddress),
            ("api.cloudflare.com", ApiUrlError::NoAddress),
            ("/client/v4", ApiUrlError::NoAddress),
            ("https://", ApiUrlError::NoAddress),
            ("", ApiUrlError::NoAddress),
            ("https://a b", ApiUrlError::NoAddress),
        ] {
            assert_eq!(ApiUrl::new(bad), Err(error), "{bad}");
        }
        assert_eq!(ApiUrl::new(ApiUrl::default().as_str()), Ok(ApiUrl::default()));
    }
}
