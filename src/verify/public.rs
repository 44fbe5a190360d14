//! Which addresses a host that the scanned text names may have: public ones only.
//!
//! A public name can lead anywhere: its owner may let it resolve to this machine, to the network
//! behind the firewall, or to a cloud's metadata service, and to something else the next time it is
//! asked. So the name is resolved once, every address is looked at, and the connection goes to what
//! was looked at. One address that is not public refuses them all.
//!
//! Through a proxy that resolves names itself the name is looked at here all the same; where it then
//! leads is for the proxy to say.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use ureq::{
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};

/// Asks the system for a name's addresses; tests put their own in its place.
pub(super) type Lookup = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// The system's resolver.
pub(super) fn system() -> Lookup {
    Arc::new(|host, port| (host, port).to_socket_addrs().map(Iterator::collect))
}

/// A name that leads to an address that is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the host has an address that is not public")]
pub(super) struct NotPublic;

/// Resolves names to public addresses, or not at all. (The library does not promise that this trait
/// stays as it is; `Cargo.lock` does.)
#[derive(Clone)]
pub(super) struct PublicOnly {
    lookup: Lookup,
    /// The proxy's own host, which the user named and which may be inside the network.
    proxy: Option<String>,
    limit: Duration,
}

impl fmt::Debug for PublicOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicOnly")
    }
}

impl PublicOnly {
    /// With how long a look-up may take.
    pub(super) fn new(lookup: Lookup, proxy: Option<String>, limit: Duration) -> Self {
        PublicOnly { lookup, proxy, limit }
    }

    /// The addresses of a host that the scanned text names.
    ///
    /// # Errors
    /// It has none, or one that is not public; [`NotPublic`] is then inside.
    pub(super) fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, ureq::Error> {
        let not_public = || ureq::Error::Other(Box::new(NotPublic));
        if self.is_proxy(host) {
            return Err(not_public());
        }
        let found = self.ask(host, port)?;
        match found.iter().all(|address| is_public(address.ip())) {
            true if found.is_empty() => Err(ureq::Error::HostNotFound),
            true => Ok(found),
            false => Err(not_public()),
        }
    }

    fn is_proxy(&self, host: &str) -> bool {
        self.proxy.as_deref().is_some_and(|proxy| proxy.eq_ignore_ascii_case(host))
    }

    fn ask(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, ureq::Error> {
        let (answer, heard) = mpsc::sync_channel(1);
        let (lookup, name) = (Arc::clone(&self.lookup), host.to_owned());
        thread::Builder::new().spawn(move || answer.send(lookup(&name, port)))?;
        let found = heard.recv_timeout(self.limit);
        let found = found.map_err(|_| ureq::Error::Timeout(ureq::Timeout::Resolve))?;
        found.map_err(|_| ureq::Error::HostNotFound)
    }
}

impl Resolver for PublicOnly {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().ok_or(ureq::Error::HostNotFound)?;
        let default = if uri.scheme_str() == Some("http") { 80 } else { 443 };
        let port = uri.port_u16().unwrap_or(default);
        let found = match self.is_proxy(host) {
            true => self.ask(host.trim_matches(['[', ']']), port)?,
            false => self.addresses(host, port)?,
        };
        let mut addresses = self.empty();
        found.into_iter().take(MOST_ADDRESSES).for_each(|address| addresses.push(address));
        Ok(addresses)
    }
}

/// As many as the library's list holds.
const MOST_ADDRESSES: usize = 16;

/// Whether an address is one of the public internet, by IANA's registries of special addresses.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => is_public_v4(inner),
            // Of the rest only 2000::/3 is given out; documentation, ORCHID and benchmarks lie in it.
            None => {
                let [first, second, ..] = address.segments();
                (0x2000..0x4000).contains(&first)
                    && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8))
                    && first != 0x3fff
            }
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        // Multicast, reserved, broadcast.
        || a >= 224
        // Shared by a provider's customers.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        // Benchmarks.
        || (a == 198 && (18..20).contains(&b)))
}

/// The IPv4 address that an IPv6 one stands for: mapped, compatible, NAT64, 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => v4(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    fn of(text: &'static str) -> PublicOnly {
        let found = move |_: &str, port: u16| {
            Ok(text.split(' ').map(|ip| SocketAddr::new(ip.parse().unwrap(), port)).collect())
        };
        PublicOnly::new(Arc::new(found), None, Duration::from_secs(5))
    }

    #[test]
    fn only_public_addresses_pass() {
        for good in ["104.16.0.1", "9.255.255.255", "172.32.0.1", "2606:4700::1", "2a00::1"] {
            assert!(of(good).addresses("app.example.org", 443).is_ok(), "{good}");
        }
        for bad in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "100::1",
            "3fff::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            // One of several is enough.
            "104.16.0.1 127.0.0.1",
        ] {
            let refused = of(bad).addresses("app.example.org", 443);
            assert!(matches!(refused, Err(ureq::Error::Other(_))), "{bad}");
        }
    }

    #[test]
    fn the_proxy_itself_is_no_target() {
        let mut named = of("10.0.0.1");
        named.proxy = Some("Proxy.example.org".to_owned());
        assert!(named.addresses("proxy.example.org", 443).is_err());
        assert!(named.is_proxy("proxy.example.org"));
    }

    /// The second answer to the same name is another one: it must never be asked for.
    #[test]
    fn the_address_that_was_looked_at_is_the_one_that_is_connected_to() {
        let asked = Arc::new(AtomicUsize::new(0));
        let connected: Arc<Mutex<Vec<SocketAddr>>> = Arc::default();
        let counted = Arc::clone(&asked);
        let lookup = move |_: &str, port: u16| {
            let ip = match counted.fetch_add(1, Ordering::SeqCst) {
                0 => [104, 16, 0, 1],
                _ => [127, 0, 0, 1],
            };
            Ok(vec![SocketAddr::from((ip, port))])
        };
        let only = PublicOnly::new(Arc::new(lookup), None, Duration::from_secs(5));
        let noting = Noting(Arc::clone(&connected));
        let agent = ureq::Agent::with_parts(Config::default(), noting, only);
        assert!(agent.get("https://app.example.org/").call().is_err());
        assert_eq!(*connected.lock().unwrap(), ["104.16.0.1:443".parse().unwrap()]);
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert!(agent.get("https://app.example.org/").call().is_err());
        assert_eq!(connected.lock().unwrap().len(), 1, "the second time it leads to this machine");
    }

    /// Notes where a connection would go.
    #[derive(Debug)]
    struct Noting(Arc<Mutex<Vec<SocketAddr>>>);

    impl ureq::unversioned::transport::Connector<()> for Noting {
        type Out = Box<dyn ureq::unversioned::transport::Transport>;

        fn connect(
            &self,
            details: &ureq::unversioned::transport::ConnectionDetails<'_>,
            _: Option<()>,
        ) -> Result<Option<Self::Out>, ureq::Error> {
            self.0.lock().unwrap().extend(details.addrs.iter());
            Err(ureq::Error::ConnectionFailed)
        }
    }
}
