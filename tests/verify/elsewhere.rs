//! The rows of the cookbook that are not asked of the API: Turnstile, R2, Access, and those that are
//! asked of nobody.

use cfleaks::{
    model::{Inactivity::Expired, NotVerifiable, Unknown, Verdict},
    rules::Verifier,
};

use crate::{
    bench::{self, Way, alnum, finding, hex, token},
    cookbook::{Case, case, say},
    server::{Act, Server},
};

fn xml(status: u16, code: &str) -> Act {
    say(
        status,
        &format!(
            r#"<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>x</Message></Error>"#
        ),
    )
}

#[test]
fn turnstile_secrets() {
    let secret = format!("0x4AAAAAA{}", alnum(26, 11));
    let widget = || finding("turnstile-secret", &secret, &[]);
    let asked = "POST challenges.cloudflare.com/turnstile/v0/siteverify";
    let codes = |codes: &str| {
        say(200, &format!(r#"{{"success":false,"error-codes":[{codes}],"messages":[]}}"#))
    };
    for case in [
        case("live", widget(), [(asked, codes(r#""invalid-input-response""#))], Verdict::Active),
        case(
            "live, seen before",
            widget(),
            [(asked, codes(r#""timeout-or-duplicate""#))],
            Verdict::Active,
        ),
        case("dead", widget(), [(asked, codes(r#""invalid-input-secret""#))], Verdict::Dead),
        case(
            "a failure",
            widget(),
            [(asked, codes(r#""internal-error""#))],
            Verdict::Unknown(Unknown::ServerError),
        ),
        case(
            "a bad request",
            widget(),
            [(asked, codes(r#""bad-request""#))],
            Verdict::Unknown(Unknown::Unexpected),
        ),
        case(
            "a success that cannot be",
            widget(),
            [(asked, say(200, r#"{"success":true,"error-codes":[]}"#))],
            Verdict::Unknown(Unknown::Unexpected),
        ),
        case(
            "a page",
            widget(),
            [(asked, say(403, "<html>"))],
            Verdict::Unknown(Unknown::Forbidden),
        ),
    ] {
        case.run();
    }
}

#[test]
fn r2_pairs() {
    let (account, id) = (hex(32, 15), hex(32, 16));
    let endpoint = format!("https://{account}.eu.r2.cloudflarestorage.com/bucket");
    let asked = format!("GET {account}.eu.r2.cloudflarestorage.com/");
    let secret = hex(64, 17);
    let pair = |facts: &[(&'static str, &str)]| finding("test-r2", &secret, facts);
    let whole = [("access-key-id", id.as_str()), ("endpoint", endpoint.as_str())];
    for (name, facts, talk, verdict) in [
        (
            "live",
            &whole[..],
            vec![(
                asked.clone(),
                say(
                    200,
                    r#"<?xml version="1.0"?><ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"#,
                ),
            )],
            Verdict::Active,
        ),
        (
            "live for single buckets",
            &whole,
            vec![(asked.clone(), xml(403, "AccessDenied"))],
            Verdict::Active,
        ),
        ("dead", &whole, vec![(asked.clone(), xml(401, "Unauthorized"))], Verdict::Dead),
        (
            "another secret's id",
            &whole,
            vec![(asked.clone(), xml(403, "SignatureDoesNotMatch"))],
            Verdict::Unknown(Unknown::WrongPartner),
        ),
        (
            "a wrong clock",
            &whole,
            vec![(asked.clone(), xml(400, "ExpiredRequest"))],
            Verdict::Unknown(Unknown::Clock),
        ),
        (
            "a page",
            &whole,
            vec![(asked.clone(), say(403, "<html><Error>"))],
            Verdict::Unknown(Unknown::Forbidden),
        ),
        (
            "a cut answer",
            &whole,
            vec![(asked.clone(), say(403, "<Error><Code>AccessDenied</Code>"))],
            Verdict::Unknown(Unknown::Forbidden),
        ),
        ("no key id", &whole[1..], vec![], Verdict::NotVerifiable(NotVerifiable::NoPartner)),
        ("no account", &whole[..1], vec![], Verdict::NotVerifiable(NotVerifiable::NoAccount)),
    ] {
        Case { name, finding: pair(facts), way: Way::default(), talk, verdict }.run();
    }
}

#[test]
fn r2_session_tokens() {
    let secret = format!("and0L2V5S{}", alnum(300, 18));
    let of = |facts: &[(&'static str, &str)]| finding("r2-session-token", &secret, facts);
    case("alone", of(&[]), [], Verdict::NotVerifiable(NotVerifiable::NoPartner)).run();
    let over = [("expires", "2026-11-01T12:00:00Z")];
    case("over", of(&over), [], Verdict::Inactive(Expired)).run();
}

#[test]
fn access_tokens() {
    let secret = format!("eyJ{}.eyJ{}.{}", alnum(40, 19), alnum(90, 20), alnum(342, 21));
    let of = |facts: &[(&'static str, &str)]| finding("access-jwt", &secret, facts);
    let team = [("team", "crew")];
    let asked = "GET crew.cloudflareaccess.com/cdn-cgi/access/get-identity";
    let to = |place: &str| Act::Say(302, vec![("Location", place.to_owned())], String::new());
    for case in [
        case(
            "live",
            of(&team),
            [(asked, say(200, r#"{"email":"a@example.org","idp":{}}"#))],
            Verdict::Active,
        ),
        case(
            "dead",
            of(&team),
            [(asked, say(400, r#"{"err":"no app token set"}"#))],
            Verdict::Dead,
        ),
        case(
            "to the login page",
            of(&team),
            [(asked, to("https://crew.cloudflareaccess.com/cdn-cgi/access/login/x"))],
            Verdict::Dead,
        ),
        case(
            "to somewhere else",
            of(&team),
            [(asked, to("https://portal.example/login"))],
            Verdict::Unknown(Unknown::Unexpected),
        ),
        case(
            "a page",
            of(&team),
            [(asked, say(200, "<html>"))],
            Verdict::Unknown(Unknown::Unexpected),
        ),
        case(
            "over",
            of(&[("team", "crew"), ("expires", "2026-11-01T12:00:00Z")]),
            [],
            Verdict::Inactive(Expired),
        ),
        case("no team", of(&[]), [], Verdict::NotVerifiable(NotVerifiable::NoHost)),
        case(
            "no such team",
            of(&[("team", "evil.example/")]),
            [],
            Verdict::NotVerifiable(NotVerifiable::NoHost),
        ),
    ] {
        case.with_access().run();
    }
    case("without the flag", of(&team), [], Verdict::NotVerifiable(NotVerifiable::NeedsAccess))
        .run();
}

/// What an application answers to: our token, a made-up one, nobody.
fn of_application(ours: Act, unknown: Act, nobody: Act) -> Server {
    Server::start(move |seen| match seen.header("cf-access-client-id") {
        "" => nobody.clone(),
        id if id.starts_with("00000000") => unknown.clone(),
        _ => ours.clone(),
    })
}

#[test]
fn access_service_tokens() {
    let id = format!("{}.access", hex(32, 22));
    let secret = token("cfast", 23);
    let facts = [("client-id", id.as_str()), ("host", "app.example.org")];
    let finding = finding("access-client-secret", &secret, &facts);
    let with = |status: u16, name: &'static str, value: &str| {
        Act::Say(status, vec![(name, value.to_owned())], String::new())
    };
    let of_access = |status: u16| with(status, "Cf-Access-Domain", "app.example.org");
    let login = || {
        with(302, "Location", "https://crew.cloudflareaccess.com/cdn-cgi/access/login/app?kid=x")
    };
    let cookie = || with(200, "Set-Cookie", "CF_Authorization=x; Secure");
    let gone =
        || with(200, "Set-Cookie", "CF_Authorization=; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    let (page, refused) = (|| say(200, "hello"), Verdict::Unknown(Unknown::Forbidden));
    let unexpected = Verdict::Unknown(Unknown::Unexpected);
    for (name, ours, unknown, nobody, requests, verdict) in [
        ("let in with a cookie", cookie(), page(), page(), 1, Verdict::Active),
        ("strict: let in without one", page(), of_access(401), login(), 2, Verdict::Active),
        ("let in where others are sent to log in", page(), login(), login(), 2, Verdict::Active),
        ("an open page", page(), page(), page(), 2, unexpected),
        ("an open page that takes a cookie away", gone(), page(), page(), 2, unexpected),
        ("a page, and a 401 of its own", page(), say(401, ""), login(), 2, unexpected),
        (
            "a page, and a login of its own",
            page(),
            with(302, "Location", "/in"),
            login(),
            2,
            unexpected,
        ),
        (
            "a page, and a login that only looks like the team's",
            page(),
            with(302, "Location", "https://evil.example/.cloudflareaccess.com/"),
            login(),
            2,
            unexpected,
        ),
        ("strict: known, not allowed", of_access(403), of_access(401), login(), 2, Verdict::Active),
        ("not strict: 403 to everybody", of_access(403), of_access(403), login(), 2, refused),
        ("403, others to the login", of_access(403), login(), login(), 2, refused),
        ("403, and a 401 that is not of Access", of_access(403), say(401, ""), login(), 2, refused),
        ("a 403 of the origin's own", say(403, "<html>"), of_access(401), login(), 1, refused),
        ("strict: unknown", of_access(401), of_access(401), login(), 2, Verdict::Dead),
        (
            "strict: unknown, strangers get 403",
            of_access(401),
            of_access(401),
            of_access(403),
            2,
            Verdict::Dead,
        ),
        (
            "401 to whoever is not let in",
            of_access(401),
            of_access(401),
            of_access(401),
            2,
            refused,
        ),
        ("401, and strangers get in", of_access(401), page(), page(), 2, refused),
        ("401, and strangers fail", of_access(401), page(), say(503, ""), 4, refused),
        (
            "a 401 of the origin's own",
            with(401, "WWW-Authenticate", "Basic"),
            page(),
            login(),
            1,
            refused,
        ),
        ("to the login page", login(), login(), login(), 1, refused),
        (
            "to somewhere else",
            with(302, "Location", "https://evil.example/"),
            login(),
            login(),
            1,
            unexpected,
        ),
    ] {
        let server = of_application(ours, unknown, nobody);
        let way = Way { access: true, ..Way::default() };
        assert_eq!(bench::verdict(&server, &way, &finding), verdict, "{name}");
        let seen = server.seen();
        assert_eq!(seen.len(), requests, "{name}");
        assert_eq!(seen[0].header("cf-access-client-secret"), secret);
        for (at, seen) in seen.iter().enumerate() {
            assert_eq!(seen.target(), "GET app.example.org/", "{name}");
            assert!(at == 0 || !format!("{seen:?}").contains(&secret[6..20]), "sent once: {name}");
        }
    }
    let of = |facts: &[(&'static str, &str)]| self::finding("access-client-secret", &secret, facts);
    // Of several hosts any may be the right one, in whatever order they stand there.
    let (open, strict) = ("open.example.org", "strict.example.org");
    for hosts in [[open, strict], [strict, open]] {
        let (to_login, unknown) = (login(), of_access(401));
        let server = Server::start(move |seen| match seen.header("host") {
            host if host == open => say(403, "<html>"),
            _ if seen.header("cf-access-client-id").is_empty() => to_login.clone(),
            _ => unknown.clone(),
        });
        let two = [facts[0], ("host", hosts[0]), ("host", hosts[1])];
        let way = Way { access: true, ..Way::default() };
        assert_eq!(bench::verdict(&server, &way, &of(&two)), refused, "{hosts:?}");
        assert_eq!(server.seen().len(), 3);
    }
    for case in [
        case("no id", of(&facts[1..]), [], Verdict::NotVerifiable(NotVerifiable::NoPartner)),
        case("no host", of(&facts[..1]), [], Verdict::NotVerifiable(NotVerifiable::NoHost)),
        case(
            "no public host",
            of(&[("client-id", &id), ("host", "169.254.169.254")]),
            [],
            Verdict::NotVerifiable(NotVerifiable::NoHost),
        ),
    ] {
        case.with_access().run();
    }
    case("without the flag", of(&facts), [], Verdict::NotVerifiable(NotVerifiable::NeedsAccess))
        .run();
}

#[test]
fn what_must_not_be_tested_is_never_sent() {
    let way = Way { access: true, admin: Some(token("cfat", 99)), ..Way::default() };
    let all = [
        ("account", hex(32, 30)),
        ("zone", hex(32, 31)),
        ("email", "a@example.org".to_owned()),
        ("client-id", format!("{}.access", hex(32, 32))),
        ("access-key-id", hex(32, 33)),
        ("host", "app.example.org".to_owned()),
        ("team", "crew".to_owned()),
    ];
    let all: Vec<(&'static str, &str)> = all.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let untested = bench::rules().rules().iter().filter_map(|rule| match rule.verifier {
        None => Some((rule, NotVerifiable::NoCheck)),
        Some(Verifier::SideEffects) => Some((rule, NotVerifiable::SideEffects)),
        Some(_) => None,
    });
    let mut names = Vec::new();
    for (rule, why) in untested {
        let id = rule.id.strip_prefix("cloudflare-").unwrap();
        let verdict = Verdict::NotVerifiable(why);
        let mut case = case("untested", finding(id, &alnum(64, 27), &all), [], verdict);
        case.way = way.clone();
        case.run();
        names.push(id);
    }
    for id in [
        "oauth-refresh-token",
        "deploy-hook",
        "stream-live-input",
        "realtime-turn-key",
        "scim-secret",
    ] {
        assert!(names.contains(&id), "{id} is tested: {names:?}");
    }
    let mut case = case(
        "a rule without a verifier",
        finding("of-my-own", &hex(64, 29), &[("host", "app.example.org")]),
        [],
        Verdict::NotVerifiable(NotVerifiable::NoCheck),
    );
    case.way = way;
    case.run();
}
