//! Exactly what each kind of credential sends, to the byte, and to whom.

use std::sync::Mutex;

use cfleaks::{
    model::Finding,
    verify::{Host, Jurisdiction, Request, Response, Transport, TransportError},
};

use crate::{
    bench::{self, Leaping, Way, alnum, finding, hex, network, token, verify},
    cookbook::{bad, good, say},
    server::{Seen, Server},
};

/// What a verification sends when all that is asked is answered like this.
fn sent(way: &Way, finding: &Finding) -> Vec<Seen> {
    let server = Server::start(|_| say(418, "?"));
    bench::verdict(&server, way, finding);
    let local = server.address.to_string();
    let mut seen = server.seen();
    seen.iter_mut()
        .flat_map(|seen| &mut seen.headers)
        .for_each(|header| *header = header.replace(&local, "<server>"));
    seen
}

fn seen(line: &str, headers: &[&str], body: &str) -> Seen {
    let agent = concat!("user-agent: cfleaks/", env!("CARGO_PKG_VERSION"));
    let mut headers: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
    headers.extend(["accept: */*".to_owned(), agent.to_owned()]);
    if !headers.iter().any(|header| header.starts_with("host: ")) {
        headers.push("host: <server>".to_owned());
    }
    headers.sort();
    Seen { line: format!("{line} HTTP/1.1"), headers, body: body.to_owned() }
}

#[test]
fn of_api_tokens() {
    let user = token("cfut", 1);
    let bearer = format!("authorization: Bearer {user}");
    assert_eq!(
        sent(&Way::default(), &finding("user-api-token", &user, &[("account", &hex(32, 1))])),
        [seen("GET /client/v4/user/tokens/verify", &[&bearer], "")]
    );
    let (own, account) = (token("cfat", 2), hex(32, 3));
    let bearer = format!("authorization: Bearer {own}");
    assert_eq!(
        sent(&Way::default(), &finding("account-api-token", &own, &[("account", &account)])),
        [seen(&format!("GET /client/v4/accounts/{account}/tokens/verify"), &[&bearer], ""),],
    );
}

#[test]
fn of_the_global_key_and_the_origin_ca_key() {
    let key = token("cfk", 4);
    assert_eq!(
        sent(&Way::default(), &finding("global-api-key", &key, &[("email", "a@example.org")])),
        [seen(
            "GET /client/v4/user",
            &["x-auth-email: a@example.org", &format!("x-auth-key: {key}")],
            ""
        )]
    );
    let (key, zone) = (format!("v1.0-{}-{}", hex(24, 5), hex(146, 6)), hex(32, 7));
    assert_eq!(
        sent(&Way::default(), &finding("origin-ca-key", &key, &[("zone", &zone)])),
        [seen(
            &format!("GET /client/v4/certificates?zone_id={zone}"),
            &[&format!("x-auth-user-service-key: {key}")],
            ""
        )]
    );
}

#[test]
fn of_turnstile() {
    let secret = format!("0x4AAAAAA{}_-", alnum(24, 8));
    let form = format!("secret={secret}&response=x");
    assert_eq!(
        sent(&Way::default(), &finding("turnstile-secret", &secret, &[])),
        [seen(
            "POST /turnstile/v0/siteverify",
            &[
                "host: challenges.cloudflare.com",
                "content-type: application/x-www-form-urlencoded",
                &format!("content-length: {}", form.len()),
            ],
            &form
        )]
    );
}

#[test]
fn of_r2_the_secret_itself_never() {
    let (account, id, secret) = (hex(32, 9), hex(32, 10), hex(64, 11));
    let facts =
        [("account", account.as_str()), ("access-key-id", &id), ("jurisdiction", "fedramp")];
    let sent = sent(&Way::default(), &finding("test-r2", &secret, &facts));
    let [only] = sent.as_slice() else { panic!("{sent:?}") };
    let authorization = only.header("authorization");
    let signature = authorization.rsplit('=').next().unwrap();
    assert_eq!(
        authorization,
        format!(
            "AWS4-HMAC-SHA256 Credential={id}/20261201/auto/s3/aws4_request, \
             SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}"
        )
    );
    assert!(signature.len() == 64 && signature.bytes().all(|b| b.is_ascii_hexdigit()));
    // SHA-256 of nothing.
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(
        *only,
        seen(
            "GET /",
            &[
                &format!("host: {account}.fedramp.r2.cloudflarestorage.com"),
                &format!("authorization: {authorization}"),
                "x-amz-date: 20261201T000000Z",
                &format!("x-amz-content-sha256: {hash}"),
            ],
            ""
        )
    );
    assert!(!format!("{only:?}").contains(&secret));
}

#[test]
fn of_access_and_oauth() {
    let way = Way { access: true, ..Way::default() };
    let jwt = format!("eyJ{}.eyJ{}.{}", alnum(40, 12), alnum(90, 13), alnum(342, 14));
    assert_eq!(
        sent(&way, &finding("access-jwt", &jwt, &[("team", "crew")])),
        [seen(
            "GET /cdn-cgi/access/get-identity",
            &["host: crew.cloudflareaccess.com", &format!("cookie: CF_Authorization={jwt}")],
            ""
        )]
    );
    let (id, secret) = (format!("{}.access", hex(32, 15)), token("cfast", 16));
    let facts = [("client-id", id.as_str()), ("host", "app.example.org")];
    assert_eq!(
        sent(&way, &finding("access-client-secret", &secret, &facts)),
        [seen(
            "GET /",
            &[
                "host: app.example.org",
                &format!("cf-access-client-id: {id}"),
                &format!("cf-access-client-secret: {secret}"),
            ],
            ""
        )]
    );
    let secret = format!("cfoat_{}.{}", alnum(43, 17), alnum(43, 18));
    assert_eq!(
        sent(&way, &finding("oauth-access-token", &secret, &[])),
        [seen("GET /client/v4/user", &[&format!("authorization: Bearer {secret}")], "")]
    );
}

#[test]
fn of_tunnels_only_the_administrators_token() {
    let admin = token("cfat", 19);
    let way = Way { admin: Some(admin.clone()), ..Way::default() };
    let (account, tunnel) = (hex(32, 20), "01234567-89ab-cdef-0123-456789abcdef");
    let secret = alnum(43, 21);
    let facts = [("account", account.as_str()), ("tunnel", tunnel)];
    let bearer = format!("authorization: Bearer {admin}");
    assert_eq!(
        sent(&way, &finding("tunnel-credentials", &secret, &facts)),
        [seen(&format!("GET /client/v4/accounts/{account}/cfd_tunnel/{tunnel}"), &[&bearer], "")]
    );
}

/// What follows the first answer is sent with the same credential and with nothing else.
#[test]
fn of_further_questions() {
    let refused = |way: &Way, finding: &Finding| {
        let server = Server::start(|_| bad(401, 1000, "Invalid API Token"));
        bench::verdict(&server, way, finding);
        let local = server.address.to_string();
        let mut seen = server.seen();
        let headers = seen.iter_mut().flat_map(|seen| &mut seen.headers);
        headers.for_each(|header| *header = header.replace(&local, "<server>"));
        seen
    };
    let (secret, account) = (alnum(40, 30), hex(32, 31));
    let bearer = format!("authorization: Bearer {secret}");
    assert_eq!(
        refused(&Way::default(), &finding("api-token-legacy", &secret, &[("account", &account)])),
        [
            seen("GET /client/v4/user/tokens/verify", &[&bearer], ""),
            seen(&format!("GET /client/v4/accounts/{account}/tokens/verify"), &[&bearer], ""),
            seen("GET /client/v4/accounts?per_page=5", &[&bearer], ""),
            seen("GET /client/v4/zones?per_page=5", &[&bearer], ""),
        ]
    );
    let secret = format!("cfoat_{}.{}", alnum(43, 32), alnum(43, 33));
    let bearer = format!("authorization: Bearer {secret}");
    assert_eq!(
        refused(&Way::default(), &finding("oauth-access-token", &secret, &[])),
        [
            seen("GET /client/v4/user", &[&bearer], ""),
            seen("GET /client/v4/accounts?per_page=5", &[&bearer], ""),
        ]
    );
}

/// A kind that is asked about and missing here would be sent unseen.
#[test]
fn no_kind_that_is_asked_about_is_missing() {
    use cfleaks::rules::Verifier;
    let verifier = |id: &str| bench::rules().get(id).and_then(|rule| rule.verifier);
    let covered: Vec<Verifier> =
        crate::ambiguous::every_kind().iter().filter_map(|f| verifier(&f.rule)).collect();
    for rule in bench::rules().rules() {
        let asked = rule
            .verifier
            .filter(|verifier| !matches!(verifier, Verifier::SideEffects | Verifier::R2Session));
        assert!(asked.is_none_or(|verifier| covered.contains(&verifier)), "{}", rule.id);
    }
}

/// Notes where requests would go.
struct Noting(Mutex<Vec<String>>);

impl Transport for Noting {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        self.0.lock().unwrap().push(request.host.name());
        Err(TransportError::Broken)
    }
}

#[test]
fn without_its_flag_nothing_goes_to_a_host_from_the_scanned_text() {
    let evil = "evil.example.org";
    let account = hex(32, 22);
    let facts = [
        ("host", evil),
        ("team", "evil"),
        ("endpoint", "https://evil.example.org/"),
        ("account", account.as_str()),
        ("zone", &hex(32, 23)),
        ("email", "a@evil.example.org"),
        ("client-id", &format!("{}.access", hex(32, 24))),
        ("access-key-id", &hex(32, 25)),
        ("tunnel", "01234567-89ab-cdef-0123-456789abcdef"),
    ];
    let mut findings: Vec<Finding> = bench::rules()
        .rules()
        .iter()
        .enumerate()
        .map(|(at, rule)| {
            let id = rule.id.strip_prefix("cloudflare-").unwrap();
            finding(id, &alnum(60, 100 + at), &facts)
        })
        .collect();
    let noting = Noting(Mutex::default());
    let way = Way { admin: Some(token("cfat", 26)), ..Way::default() };
    verify(&noting, &Leaping::new(), &way, &mut findings);
    let mut hosts = noting.0.into_inner().unwrap();
    hosts.sort();
    hosts.dedup();
    let r2 = Host::r2(&account, Jurisdiction::Default).unwrap().name();
    assert_eq!(hosts, [r2.as_str(), "api.cloudflare.com", "challenges.cloudflare.com"]);
    assert!(findings.iter().all(|finding| finding.verdict.is_some()));
}

#[test]
fn no_other_host_is_reached_but_loopback_where_tests_put_it() {
    // An address that is no loopback one is refused before anything is sent.
    let server = Server::start(|_| good("{}"));
    let mut settings = bench::settings(&server);
    settings.loopback = Some("192.0.2.1:80".parse().unwrap());
    let network = cfleaks::verify::Network::new(settings);
    let request = Request::new(cfleaks::verify::Method::Get, Host::CHALLENGES, "/");
    assert_eq!(network.send(&request).err(), Some(TransportError::Refused));
    let request = Request::api("/user");
    assert!(self::network(&server).send(&request).is_ok());
}
