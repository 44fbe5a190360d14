//! What the network can do to a verification, and what of a secret can be seen then: nothing.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use cfleaks::{
    model::{Finding, Unknown, Verdict},
    verify::{ApiUrl, Network, ProxyAddress, Request, Response, Transport, TransportError},
};

use crate::{
    ambiguous::{every_kind, everything},
    bench::{self, Leaping, Way, finding, network, settings, token, verify},
    cookbook::{bad, good, say},
    server::{Act, Server},
};

fn user_token() -> Finding {
    finding("user-api-token", &token("cfut", 1), &[])
}

fn live() -> Act {
    good(&format!(r#"{{"id":"{}","status":"active"}}"#, bench::hex(32, 900)))
}

/// One finding over a transport: its verdict and how much time was waited.
fn over(transport: &dyn Transport, way: &Way) -> (Verdict, Duration) {
    use cfleaks::verify::Clock;
    let clock = Leaping::new();
    let mut findings = [user_token()];
    verify(transport, &clock, way, &mut findings);
    (findings[0].verdict.unwrap(), clock.elapsed())
}

/// A server that answers the first requests so, and all further ones well.
fn first(times: usize, act: Act) -> Server {
    let asked = AtomicUsize::new(0);
    Server::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        n if n < times => act.clone(),
        _ => live(),
    })
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn a_limit_is_waited_for_as_long_as_the_service_says() {
    let limited = |after: &str| Act::Say(429, vec![("Retry-After", after.to_owned())], "{}".into());
    for (act, times, waited) in [
        (limited("7"), 1, seconds(7)),
        (limited("Tue, 01 Dec 2026 00:01:30 GMT"), 1, seconds(90)),
        (limited("Mon, 01 Dec 2025 00:00:00 GMT"), 1, seconds(0)),
        (limited("soon"), 1, seconds(1)),
        (say(429, "<html>"), 4, seconds(1 + 2 + 4 + 8)),
        (bad(503, 1, "x"), 2, seconds(1 + 2)),
    ] {
        let server = first(times, act);
        let (verdict, took) = over(&network(&server), &Way::default());
        assert_eq!((verdict, took), (Verdict::Active, waited));
        assert_eq!(server.seen().len(), times + 1);
    }
}

#[test]
fn patience_ends() {
    let way = Way { limit: seconds(100), ..Way::default() };
    for (act, sent, said) in [
        (say(429, ""), 6, Unknown::RateLimited),
        (bad(500, 1, "x"), 3, Unknown::ServerError),
        (
            Act::Say(429, vec![("Retry-After", "101".to_owned())], String::new()),
            1,
            Unknown::RateLimited,
        ),
        (
            Act::Say(429, vec![("Retry-After", u64::MAX.to_string())], String::new()),
            1,
            Unknown::RateLimited,
        ),
    ] {
        let server = Server::start(move |_| act.clone());
        let (verdict, _) = over(&network(&server), &way);
        assert_eq!(verdict, Verdict::Unknown(said));
        assert_eq!(server.seen().len(), sent);
    }
}

#[test]
fn what_may_have_arrived_is_not_sent_again() {
    let (server, count) = Server::resetting();
    let (verdict, _) = over(&network(&server), &Way::default());
    assert_eq!(verdict, Verdict::Unknown(Unknown::Network));
    assert_eq!(*count.lock().unwrap(), 1);
    // A form is not a reading request: a failing service gets it once.
    let server = Server::start(|_| say(500, ""));
    let mut findings: Vec<Finding> = every_kind();
    findings.retain(|finding| &*finding.rule == "cloudflare-turnstile-secret");
    verify(&network(&server), &Leaping::new(), &Way::default(), &mut findings);
    assert_eq!(findings[0].verdict, Some(Verdict::Unknown(Unknown::ServerError)));
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_redirect_is_not_followed_and_the_secret_stays() {
    let elsewhere = Server::start(|_| live());
    let target = format!("http://{}/client/v4/user/tokens/verify", elsewhere.address);
    for status in [301, 302, 303, 307, 308] {
        let to = target.clone();
        let server =
            Server::start(move |_| Act::Say(status, vec![("Location", to.clone())], String::new()));
        for finding in every_kind() {
            let verdict = bench::verdict(&server, &everything(), &finding);
            assert!(matches!(verdict, Verdict::Unknown(_)), "{status} {verdict}");
        }
    }
    assert_eq!(elsewhere.seen(), []);
}

#[test]
fn slow_and_silent_servers_are_given_up() {
    for act in [Act::Drip(Duration::from_millis(20)), Act::Hang(seconds(30))] {
        let server = Server::start(move |_| act.clone());
        let mut settings = settings(&server);
        settings.answer_limit = Duration::from_millis(300);
        let began = Instant::now();
        let (verdict, _) = over(&Network::new(settings), &Way::default());
        assert_eq!(verdict, Verdict::Unknown(Unknown::Timeout));
        assert!(began.elapsed() < seconds(10));
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn an_endless_answer_is_cut() {
    let server = Server::start(|_| say(200, &"x".repeat(3 << 20)));
    let (verdict, _) = over(&network(&server), &Way::default());
    assert_eq!(verdict, Verdict::Unknown(Unknown::Unexpected));
    let header = "x".repeat(1 << 20);
    let server = Server::start(move |_| Act::Say(200, vec![("X", header.clone())], String::new()));
    let (verdict, _) = over(&network(&server), &Way::default());
    assert_eq!(verdict, Verdict::Unknown(Unknown::Unexpected));
}

/// A port on which nobody listens.
fn closed() -> std::net::SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn an_offline_network_leaves_all_findings_and_says_so() {
    let server = Server::start(|_| live());
    let mut settings = settings(&server);
    settings.api = ApiUrl::new(&format!("http://{}", closed())).unwrap();
    settings.loopback = Some(closed());
    let mut findings = every_kind();
    let before: Vec<String> = findings.iter().map(|f| f.fingerprint.to_string()).collect();
    verify(&Network::new(settings), &Leaping::new(), &everything(), &mut findings);
    let after: Vec<String> = findings.iter().map(|f| f.fingerprint.to_string()).collect();
    assert_eq!(before, after);
    for finding in &findings {
        assert_eq!(finding.verdict, Some(Verdict::Unknown(Unknown::Network)), "{}", finding.rule);
    }
}

/// Counts what is tried while nothing can be reached.
struct Unreachable(AtomicUsize, TransportError);

impl Transport for Unreachable {
    fn send(&self, _: &Request) -> Result<Response, TransportError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(self.1)
    }
}

#[test]
fn a_host_that_cannot_be_asked_is_given_up_for_all() {
    for (error, said) in [
        (TransportError::Unreachable, Unknown::Network),
        (TransportError::Timeout, Unknown::Timeout),
        (TransportError::Tls, Unknown::Tls),
        (TransportError::Proxy, Unknown::Proxy),
    ] {
        let transport = Unreachable(AtomicUsize::new(0), error);
        let mut findings: Vec<Finding> =
            (0..500).map(|n| finding("user-api-token", &token("cfut", n), &[])).collect();
        verify(&transport, &Leaping::new(), &Way::default(), &mut findings);
        assert!(findings.iter().all(|f| f.verdict == Some(Verdict::Unknown(said))));
        assert!(transport.0.into_inner() <= 8);
    }
}

#[test]
fn time_and_patience_of_the_user_are_kept() {
    let server = Server::start(|_| live());
    let way = Way { limit: Duration::ZERO, ..Way::default() };
    assert_eq!(over(&network(&server), &way).0, Verdict::Unknown(Unknown::TimeLimit));
    let way = Way { interrupted: true, ..Way::default() };
    assert_eq!(over(&network(&server), &way).0, Verdict::Unknown(Unknown::Interrupted));
    assert_eq!(server.seen(), []);
}

#[test]
fn without_a_trusted_connection_nothing_is_sent() {
    // A server that speaks no TLS notes all it hears.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = std::sync::Arc::new(Mutex::new(Vec::new()));
    let noted = heard.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).unwrap_or(0);
            noted.lock().unwrap().extend_from_slice(&bytes[..read]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let server = Server::start(|_| live());
    let mut settings = settings(&server);
    settings.api = ApiUrl::new(&format!("https://{address}/client/v4")).unwrap();
    let (verdict, _) = over(&Network::new(settings), &Way::default());
    assert_eq!(verdict, Verdict::Unknown(Unknown::Tls));
    let heard = heard.lock().unwrap();
    assert!(!heard.is_empty());
    let secret = token("cfut", 1);
    assert!(!heard.windows(8).any(|piece| piece == &secret.as_bytes()[5..13]));
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = rustls::crypto::ring::default_provider();
    let config = rustls::ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let config = std::sync::Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = std::sync::Arc::new(Mutex::new((0, Vec::new())));
    let noted = heard.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            noted.lock().unwrap().0 += 1;
            let mut connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut bytes = [0; 4096];
            let mut stream = rustls::Stream::new(&mut connection, &mut stream);
            if let Ok(read) = stream.read(&mut bytes) {
                noted.lock().unwrap().1.extend_from_slice(&bytes[..read]);
            }
        }
    });
    let server = Server::start(|_| live());
    let mut settings = settings(&server);
    settings.api = ApiUrl::new(&format!("https://{address}/client/v4")).unwrap();
    let (verdict, _) = over(&Network::new(settings), &Way::default());
    assert_eq!(verdict, Verdict::Unknown(Unknown::Tls));
    assert_eq!(*heard.lock().unwrap(), (1, Vec::new()), "one connection, and no request over it");
}

#[test]
fn a_proxy_is_used_and_its_refusal_is_its_own() {
    let proxy = Server::start(|_| say(403, "<html>no"));
    let mut settings = settings(&proxy);
    settings.api = ApiUrl::default();
    let address = format!("http://user:word@{}", proxy.address);
    settings.proxy = ProxyAddress::new(&address, "localhost, .example.org");
    let (verdict, _) = over(&Network::new(settings.clone()), &Way::default());
    assert_eq!(verdict, Verdict::Unknown(Unknown::Proxy));
    let seen = proxy.seen();
    assert_eq!(seen[0].line, "CONNECT api.cloudflare.com:443 HTTP/1.1");
    assert!(seen[0].header("proxy-authorization").starts_with("Basic "));
    assert!(!format!("{seen:?}").contains(&token("cfut", 1)[5..20]));
    let shown = format!("{settings:?} {:?}", Network::new(settings.clone()));
    assert!(!shown.contains("word"), "{shown}");
    // A proxy that is not there.
    settings.proxy = ProxyAddress::new(&format!("http://{}", closed()), "");
    let (verdict, _) = over(&Network::new(settings), &Way::default());
    assert_eq!(verdict, Verdict::Unknown(Unknown::Proxy));
    assert!(ProxyAddress::new("::not an address::", "").is_none());
}

/// Notes all that could be printed of what passes.
struct Printing<'a>(&'a Network, Mutex<String>);

impl Transport for Printing<'_> {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let answer = self.0.send(request);
        let mut said = self.1.lock().unwrap();
        *said += &format!("{request:?} {answer:?} {}\n", request.path);
        if let Err(error) = &answer {
            *said += &format!("{error} {error:#?}\n");
        }
        answer
    }
}

#[test]
fn no_secret_shows_on_any_way_of_failure() {
    // A server that throws back all it is sent, in every way there is.
    let echo = |status: u16| {
        move |seen: &crate::server::Seen| {
            let all = format!("{} {}", seen.headers.join(" "), seen.body).replace('"', "");
            Act::Say(
                status,
                vec![("X-Echo", all.clone()), ("Location", format!("https://e.example/?{all}"))],
                format!(
                    r#"{{"success":false,"errors":[{{"code":1,"message":"{all}"}}],"err2":"{all}"}}"#
                ),
            )
        }
    };
    for status in [200, 302, 400, 401, 403, 429, 500] {
        let server = Server::start(echo(status));
        let network = network(&server);
        let printing = Printing(&network, Mutex::default());
        let mut findings = every_kind();
        verify(&printing, &Leaping::new(), &everything(), &mut findings);
        let said = printing.1.into_inner().unwrap();
        let all = format!("{said} {findings:?} {network:?}");
        assert!(said.len() > 100);
        let admin = token("cfat", 99);
        let secrets =
            findings.iter().map(|f| String::from_utf8(f.secret.reveal().to_vec()).unwrap());
        for secret in secrets.chain([admin]) {
            // Whatever a mask shows is shorter than this.
            let pieces: Vec<&str> =
                (10..secret.len() - 20).step_by(5).map(|at| &secret[at..at + 12]).collect();
            assert!(!pieces.is_empty());
            for piece in pieces {
                assert!(!all.contains(piece), "{status}: a piece of a secret is shown");
            }
        }
    }
}
