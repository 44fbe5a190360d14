//! The real transport: HTTP/1.1 over TLS. The only file of the program that opens a socket.
//!
//! TLS only, with the certificate authorities built in; no redirect is followed; nothing is read
//! from the environment (`cli` does that). The one exception to TLS is a loopback address, which
//! `--api-url` may name and tests use for every host.

use std::{net::SocketAddr, time::Duration};

use ureq::{Agent, Body, Proxy, http, unversioned::transport::DefaultConnector};

use super::{
    api_url::ApiUrl,
    public::{self, Lookup, NotPublic, PublicOnly},
    request::{Method, Request, Response},
    transport::{Transport, TransportError},
};

/// What every request says of who asks.
const USER_AGENT: &str = concat!("cfleaks/", env!("CARGO_PKG_VERSION"));
/// Headers of an answer that are longer than this are not Cloudflare's.
const MOST_HEADER_BYTES: usize = 64 << 10;

/// How to reach the hosts.
#[derive(Debug, Clone)]
pub struct NetworkSettings {
    /// Where the API is.
    pub api: ApiUrl,
    /// The proxy to go through.
    pub proxy: Option<ProxyAddress>,
    /// How long resolving, connecting and the TLS handshake may take together.
    pub connect_limit: Duration,
    /// How long one request may take from its beginning to the last byte of its answer.
    pub answer_limit: Duration,
    /// For tests: the address that every host but the API is at, without TLS. It must be a loopback
    /// one, or nothing is sent. No option of the command line leads here.
    pub loopback: Option<SocketAddr>,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        NetworkSettings {
            api: ApiUrl::default(),
            proxy: None,
            connect_limit: Duration::from_secs(10),
            answer_limit: Duration::from_secs(30),
            loopback: None,
        }
    }
}

/// A proxy and the hosts that are reached without it.
#[derive(Clone)]
pub struct ProxyAddress(Proxy);

/// The address may hold a password.
impl std::fmt::Debug for ProxyAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProxyAddress")
    }
}

impl ProxyAddress {
    /// Reads an address such as `http://user:password@host:port` or `socks5h://host`, and a list of
    /// hosts separated by commas, as `HTTPS_PROXY` and `NO_PROXY` hold them. `None` if the address
    /// is none.
    pub fn new(address: &str, except: &str) -> Option<Self> {
        let plain = Proxy::new(address).ok()?;
        let mut built = Proxy::builder(plain.protocol()).host(plain.host()).port(plain.port());
        if let Some(user) = plain.username() {
            built = built.username(user);
        }
        if let Some(password) = plain.password() {
            built = built.password(password);
        }
        for host in except.split(',').map(str::trim).filter(|host| !host.is_empty()) {
            built = built.no_proxy(host);
        }
        built.build().ok().map(ProxyAddress)
    }
}

/// The network, asked through `ureq`.
pub struct Network {
    /// For everything but loopback: TLS only.
    trusted: Agent,
    /// For hosts that the scanned text names: public addresses only, too.
    guarded: Agent,
    public: PublicOnly,
    /// For loopback addresses: neither TLS nor proxy.
    loopback: Agent,
    settings: NetworkSettings,
}

impl Network {
    /// A transport; nothing is opened yet.
    pub fn new(settings: NetworkSettings) -> Self {
        Network::resolving(settings, public::system())
    }

    /// The same with this look-up for the hosts that the scanned text names.
    fn resolving(settings: NetworkSettings, lookup: Lookup) -> Self {
        let proxy = settings.proxy.as_ref().map(|proxy| proxy.0.clone());
        let proxy_host = proxy.as_ref().map(|proxy| proxy.host().to_owned());
        let public = PublicOnly::new(lookup, proxy_host, settings.connect_limit);
        let config = agent(&settings).https_only(true).proxy(proxy).build();
        let guarded =
            Agent::with_parts(config.clone(), DefaultConnector::default(), public.clone());
        let loopback = agent(&settings).proxy(None).build().new_agent();
        Network { trusted: config.new_agent(), guarded, public, loopback, settings }
    }

    /// Who carries a request to where it goes.
    ///
    /// # Errors
    /// The host leads to where no request may go.
    fn agent(&self, request: &Request, is_loopback: bool) -> Result<&Agent, ureq::Error> {
        if is_loopback {
            return Ok(&self.loopback);
        }
        if !request.host.is_of_the_text() {
            return Ok(&self.trusted);
        }
        if self.settings.proxy.is_some() {
            // The proxy resolves the name again, and the agent does not.
            self.public.addresses(&request.host.name(), 443)?;
        }
        Ok(&self.guarded)
    }

    /// The request's address, and whether it is a loopback one.
    fn address(&self, request: &Request) -> Result<(String, bool), TransportError> {
        let target = request.target();
        let path = target.as_str();
        if request.host.is_api() {
            let api = &self.settings.api;
            return Ok((format!("{}{path}", api.as_str()), api.is_plain()));
        }
        match self.settings.loopback {
            None => Ok((format!("https://{}{path}", request.host), false)),
            Some(address) if address.ip().is_loopback() => {
                Ok((format!("http://{address}{path}"), true))
            }
            Some(_) => Err(TransportError::Refused),
        }
    }
}

/// Without its agents, which hold the proxy's password.
impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Network").field(&self.settings).finish()
    }
}

fn agent(settings: &NetworkSettings) -> ureq::config::ConfigBuilder<ureq::typestate::AgentScope> {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .save_redirect_history(false)
        .user_agent(USER_AGENT)
        .max_response_header_size(MOST_HEADER_BYTES)
        .timeout_connect(Some(settings.connect_limit))
        .timeout_global(Some(settings.answer_limit))
}

impl Transport for Network {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let (address, is_loopback) = self.address(request)?;
        let method = match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Patch => http::Method::PATCH,
            Method::Delete => http::Method::DELETE,
        };
        let mut built = http::Request::builder().method(method).uri(address);
        if is_loopback && !request.host.is_api() {
            built = built.header("Host", request.host.name());
        }
        for (name, value) in request.headers() {
            let mut value =
                http::HeaderValue::from_str(value).map_err(|_| TransportError::Refused)?;
            value.set_sensitive(true);
            built = built.header(name, value);
        }
        let is_proxied = !is_loopback && self.settings.proxy.is_some();
        let failed = |error: ureq::Error| reason(&error, is_proxied);
        let agent = self.agent(request, is_loopback).map_err(failed)?;
        let answer = match request.content() {
            None => agent.run(built.body(()).map_err(|_| TransportError::Refused)?),
            Some((kind, bytes)) => {
                let built = built.header("Content-Type", kind);
                agent.run(built.body(bytes).map_err(|_| TransportError::Refused)?)
            }
        };
        take(answer.map_err(failed)?, request.most_bytes).map_err(failed)
    }

    fn hang_up(&self) {
        for agent in [&self.trusted, &self.guarded, &self.loopback] {
            agent.clone().shutdown();
        }
    }
}

fn take(answer: http::Response<Body>, most_bytes: u64) -> Result<Response, ureq::Error> {
    let (head, mut body) = answer.into_parts();
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let headers = headers.collect();
    let bytes = body.with_config().limit(most_bytes).read_to_vec()?;
    Ok(Response::new(head.status.as_u16(), headers, bytes))
}

/// What an error of the library means. Its words are dropped: they may quote an address.
fn reason(error: &ureq::Error, is_proxied: bool) -> TransportError {
    use std::io::ErrorKind;
    let unreachable = if is_proxied { TransportError::Proxy } else { TransportError::Unreachable };
    match error {
        ureq::Error::Timeout(_) => TransportError::Timeout,
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => unreachable,
        ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => TransportError::Proxy,
        ureq::Error::Other(error) if error.is::<NotPublic>() => TransportError::NotPublic,
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => {
            TransportError::TooLong
        }
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::TlsRequired => {
            TransportError::Tls
        }
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::RequireHttpsOnly(_) => {
            TransportError::Refused
        }
        ureq::Error::Io(error) => match error.kind() {
            // What the TLS library complains of comes wrapped so.
            ErrorKind::InvalidData => TransportError::Tls,
            ErrorKind::TimedOut => TransportError::Timeout,
            ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable
            | ErrorKind::PermissionDenied => unreachable,
            _ => TransportError::Broken,
        },
        _ => TransportError::Broken,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::{SocketAddr, TcpListener},
        sync::Arc,
    };

    use super::*;
    use crate::verify::{AccessConsent, Host};

    #[test]
    fn hosts_that_need_no_proxy_are_reached_without() {
        let proxy = |except: &str| ProxyAddress::new("http://127.0.0.1:1", except).unwrap().0;
        let api: http::Uri = "https://api.cloudflare.com/client/v4/user".parse().unwrap();
        for except in ["api.cloudflare.com", "localhost, .cloudflare.com", "*"] {
            assert!(proxy(except).is_no_proxy(&api), "{except}");
        }
        for except in ["", "localhost", "challenges.cloudflare.com", " , "] {
            assert!(!proxy(except).is_no_proxy(&api), "{except}");
        }
    }

    /// A name of the scanned text that leads to this machine: nobody is connected to, with a proxy or
    /// without.
    #[test]
    fn a_public_name_of_a_private_address_is_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let here = listener.local_addr().unwrap();
        let proxy = ProxyAddress::new(&format!("http://{here}"), "");
        let consent = AccessConsent::given_by_the_user();
        let hosts = [Host::protected("app.example.org", consent), Host::team("crew", consent)];
        for proxy in [None, proxy] {
            let settings = NetworkSettings { proxy, ..NetworkSettings::default() };
            let lookup = move |_: &str, _: u16| Ok(vec![SocketAddr::from(([127, 0, 0, 1], 443))]);
            let network = Network::resolving(settings, Arc::new(lookup));
            for host in hosts.iter().flatten() {
                let request = Request::new(Method::Get, host.clone(), "/");
                assert_eq!(network.send(&request).err(), Some(TransportError::NotPublic));
            }
        }
        assert!(listener.accept().is_err(), "nobody came");
    }
}
