//! `--impact`: what is asked of a live credential, what comes of it, and how grave it then is.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use cfleaks::model::{Finding, Grade, Impact, Severity};

use crate::{
    bench::{Leaping, Way, alnum, finding, hex, network, token, verify},
    cookbook::{bad, good, say},
    server::{Act, Server},
};

/// A server that knows these answers, and refuses the rest with a code.
fn knowing(answers: Vec<(String, Act)>) -> Server {
    let answers: BTreeMap<String, Act> = answers.into_iter().collect();
    Server::start(move |seen| {
        let target = seen.target();
        answers.get(&target).cloned().unwrap_or_else(|| bad(403, 10000, "Authentication error"))
    })
}

fn explore(server: &Server, finding: &Finding) -> Finding {
    let mut findings = [finding.clone()];
    let way = Way { impact: true, ..Way::default() };
    verify(&network(server), &Leaping::new(), &way, &mut findings);
    findings[0].clone()
}

fn impact_of(finding: &Finding) -> &Impact {
    finding.impact.as_ref().unwrap()
}

/// One page of a list, and what the service says of all pages.
fn page(items: &[String], pages: usize, total: usize) -> Act {
    let items = items.join(",");
    let info = format!(r#"{{"page":1,"total_pages":{pages},"total_count":{total}}}"#);
    say(
        200,
        &format!(
            r#"{{"success":true,"errors":[],"messages":[],"result":[{items}],"result_info":{info}}}"#
        ),
    )
}

fn thing(seed: usize, name: &str) -> String {
    format!(r#"{{"id":"{}","name":"{name}"}}"#, hex(32, seed))
}

fn first_page(path: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    format!("GET api{path}{mark}page=1&per_page=50")
}

fn active(id: &str) -> Act {
    good(&format!(r#"{{"id":"{id}","status":"active"}}"#))
}

/// A public key of OpenSSH and its fingerprint, which was computed with `ssh-keygen -lf`.
fn authority(seed: usize) -> (String, &'static str) {
    let blob = [&[0, 0, 0, 11][..], b"ssh-ed25519", &[0, 0, 0, 32], &[7; 32]].concat();
    let item = format!(
        r#"{{"id":"{}","aud":"{}","public_key":"ssh-ed25519 {} open-ssh-ca@cloudflareaccess.org"}}"#,
        hex(48, seed),
        hex(64, seed + 1),
        STANDARD.encode(blob)
    );
    (item, "SHA256:gNSIRW+2Iyiuvsdp/bgjy38bvWHw6wQm3tuoXrl3WjQ")
}

/// A token that may read itself, with these permission groups on one zone.
fn self_readable(groups: &[&str]) -> (Server, Finding) {
    let (id, zone) = (hex(32, 100), hex(32, 101));
    let groups: Vec<String> = groups
        .iter()
        .map(|name| format!(r#"{{"id":"{}","name":"{name}"}}"#, hex(32, 102)))
        .collect();
    let own = format!(
        r#"{{"id":"{id}","name":"deploy","status":"active","issued_on":"2025-01-02T03:04:05Z",
            "last_used_on":"2026-11-30T00:00:00Z","expires_on":"2027-01-01T00:00:00Z",
            "condition":{{"request_ip":{{"in":["192.0.2.0/24"],"not_in":["192.0.2.7/32"]}}}},
            "policies":[{{"id":"x","effect":"allow","permission_groups":[{}],
              "resources":{{"com.cloudflare.api.account.zone.{zone}":"*"}}}},
              {{"id":"y","effect":"deny","permission_groups":[{{"id":"z","name":"API Tokens Write"}}],"resources":{{}}}}]}}"#,
        groups.join(",")
    );
    let server = knowing(vec![
        ("GET api/user/tokens/verify".to_owned(), active(&id)),
        (format!("GET api/user/tokens/{id}"), good(&own)),
        (first_page("/zones"), page(&[thing(101, "shop.example")], 1, 1)),
    ]);
    (server, finding("user-api-token", &token("cfut", 103), &[]))
}

#[test]
fn a_token_that_may_read_itself_tells_all() {
    let (server, finding) = self_readable(&["DNS Write", "Zone Read"]);
    let found = explore(&server, &finding);
    let id = hex(32, 100);
    assert_eq!(
        server.targets(),
        [
            "GET api/user/tokens/verify",
            &format!("GET api/user/tokens/{id}"),
            &first_page("/accounts"),
            &first_page("/memberships"),
            &first_page("/zones"),
        ]
    );
    let impact = impact_of(&found);
    let token = impact.token.as_ref().unwrap();
    assert_eq!(token.id.as_deref(), Some(&*id));
    assert_eq!(token.name.as_deref(), Some("deploy"));
    assert_eq!(token.issued.unwrap().to_string(), "2025-01-02T03:04:05Z");
    assert_eq!(token.last_used.unwrap().to_string(), "2026-11-30T00:00:00Z");
    assert_eq!(token.expires.unwrap().to_string(), "2027-01-01T00:00:00Z");
    assert_eq!(token.allowed_from, ["192.0.2.0/24"]);
    assert_eq!(token.denied_from, ["192.0.2.7/32"]);
    assert_eq!(impact.permissions, ["DNS Write", "Zone Read"]);
    assert_eq!((impact.grade, impact.is_partial), (Some(Grade::Traffic), false));
    assert_eq!(
        impact.reasons,
        [
            "it may change where names and requests lead",
            "it may read settings",
            "it reaches 1 zone"
        ]
    );
    assert_eq!(impact.zones[0].name.as_deref(), Some("shop.example"));
}

#[test]
fn severity_follows_the_grade() {
    for (groups, grade, severity) in [
        (&["API Tokens Write", "Zone Read"][..], Grade::Takeover, Severity::Critical),
        (&["Workers Scripts Write"], Grade::Traffic, Severity::High),
        (&["D1 Read"], Grade::Data, Severity::High),
        (&["Cache Purge"], Grade::Disruption, Severity::Medium),
        (&["Zone Read"], Grade::Recon, Severity::Low),
        // What is not known lowers nothing.
        (&["A Group Of Tomorrow Write"], Grade::Disruption, Severity::High),
    ] {
        let (server, finding) = self_readable(groups);
        let found = explore(&server, &finding);
        assert_eq!(impact_of(&found).grade, Some(grade), "{groups:?}");
        assert_eq!(found.severity, severity, "{groups:?}");
    }
}

#[test]
fn a_token_that_may_not_is_probed() {
    let (id, account) = (hex(32, 110), hex(32, 111));
    let of = |path: &str| format!("GET api/accounts/{account}{path}");
    let server = knowing(vec![
        ("GET api/user/tokens/verify".to_owned(), active(&id)),
        (first_page("/accounts"), page(&[thing(111, "shop")], 1, 1)),
        (first_page("/zones"), page(&[thing(112, "shop.example")], 1, 1)),
        (of("/r2/buckets"), good(r#"{"buckets":[{"name":"photos"},{"name":"../x"}]}"#)),
        (of("/cfd_tunnel?per_page=1"), good("[]")),
        (
            first_page(&format!("/accounts/{account}/cfd_tunnel?is_deleted=false")),
            page(
                &[r#"{"id":"01234567-89ab-cdef-0123-456789abcdef","name":"office"}"#.to_string()],
                1,
                1,
            ),
        ),
    ]);
    let found = explore(&server, &finding("user-api-token", &token("cfut", 113), &[]));
    let impact = impact_of(&found);
    assert_eq!(
        impact.permissions,
        ["Workers R2 Storage Read", "Cloudflare Tunnel Read", "Zone Read"]
    );
    assert_eq!(impact.buckets, ["photos"]);
    assert_eq!(impact.tunnels[0].name.as_deref(), Some("office"));
    assert_eq!(impact.grade, Some(Grade::Data));
    // The least that holds lowers nothing.
    assert!(impact.is_partial);
    assert_eq!(found.severity, Severity::High);
    let zone = hex(32, 112);
    let mut expected: Vec<String> = [
        "/workers/scripts",
        "/storage/kv/namespaces?per_page=5",
        "/r2/buckets",
        "/d1/database?per_page=10",
        "/pages/projects",
        "/cfd_tunnel?per_page=1",
        "/access/apps?per_page=1",
        "/members?per_page=5",
        "/tokens?per_page=5",
        "/ai/models/search?per_page=1",
    ]
    .iter()
    .map(|path| of(path))
    .collect();
    expected.insert(0, format!("GET api/zones/{zone}/dns_records?per_page=1"));
    expected.insert(0, "GET api/user/tokens?per_page=5".to_owned());
    assert_eq!(server.targets()[5..17], expected);
    assert_eq!(server.targets().len(), 18);
}

#[test]
fn an_accounts_token_reads_itself_in_its_account() {
    let (id, account) = (hex(32, 180), hex(32, 181));
    let own = format!(
        r#"{{"id":"{id}","name":"ci","policies":[{{"effect":"allow",
            "permission_groups":[{{"id":"x","name":"Zone Read"}}],
            "resources":{{"com.cloudflare.api.account.{account}":{{"com.cloudflare.api.account.zone.*":"*"}}}}}}]}}"#
    );
    let server = knowing(vec![
        (format!("GET api/accounts/{account}/tokens/verify"), active(&id)),
        (format!("GET api/accounts/{account}/tokens/{id}"), good(&own)),
    ]);
    let facts = [("account", account.as_str())];
    let found = explore(&server, &finding("account-api-token", &token("cfat", 182), &facts));
    assert_eq!(
        server.targets(),
        [
            format!("GET api/accounts/{account}/tokens/verify"),
            format!("GET api/accounts/{account}/tokens/{id}"),
            first_page("/accounts"),
            // Only users have memberships.
            first_page("/zones"),
        ]
    );
    let impact = impact_of(&found);
    assert_eq!((impact.grade, found.severity), (Some(Grade::Recon), Severity::Low));
    assert_eq!(impact.accounts[0].id, account);
    assert!(!impact.is_partial);
}

/// The token of a `cert.pem` may list no account; the file names it.
#[test]
fn a_tunnel_certificate_shows_its_tunnels() {
    let (id, account) = (hex(32, 183), hex(32, 184));
    let tunnel = r#"{"id":"01234567-89ab-cdef-0123-456789abcdef","name":"office"}"#;
    let server = knowing(vec![
        ("GET api/user/tokens/verify".to_owned(), active(&id)),
        (format!("GET api/accounts/{account}/cfd_tunnel?per_page=1"), good("[]")),
        (
            first_page(&format!("/accounts/{account}/cfd_tunnel?is_deleted=false")),
            page(&[tunnel.to_owned()], 1, 1),
        ),
    ]);
    let facts = [("account-id", account.as_str())];
    let found = explore(&server, &finding("tunnel-cert", &alnum(40, 185), &facts));
    let impact = impact_of(&found);
    assert_eq!(impact.tunnels[0].name.as_deref(), Some("office"));
    assert_eq!(impact.accounts[0].id, account);
    assert!(found.severity >= Severity::High);
}

#[test]
fn an_oauth_token_tells_its_memberships_and_what_answers() {
    let account = hex(32, 186);
    let member = format!(r#"{{"id":"m","account":{{"id":"{account}","name":"shop"}}}}"#);
    let server = knowing(vec![
        ("GET api/user".to_owned(), good(&format!(r#"{{"id":"{}"}}"#, hex(32, 187)))),
        (first_page("/memberships"), page(&[member], 1, 1)),
        (format!("GET api/accounts/{account}/workers/scripts"), good("[]")),
    ]);
    let secret = format!("cfoat_{}.{}", alnum(43, 188), alnum(43, 189));
    let found = explore(&server, &finding("oauth-access-token", &secret, &[]));
    let impact = impact_of(&found);
    assert_eq!(impact.accounts[0].name.as_deref(), Some("shop"));
    assert_eq!(impact.permissions, ["Workers Scripts Read"]);
    assert!(impact.is_partial && found.severity == Severity::High);
}

#[test]
fn a_global_key_is_everything_in_its_accounts_and_zones() {
    let zones: Vec<String> = (0..50).map(|at| thing(200 + at, "z")).collect();
    let mut answers = vec![
        ("GET api/user".to_owned(), good(&format!(r#"{{"id":"{}"}}"#, hex(32, 120)))),
        (
            first_page("/memberships"),
            page(
                &[format!(
                    r#"{{"id":"m","account":{},"roles":["Administrator"]}}"#,
                    thing(121, "shop")
                )],
                1,
                1,
            ),
        ),
        (first_page("/accounts"), page(&[thing(121, "shop"), thing(122, "lab")], 1, 2)),
    ];
    // More than are listed: 20 pages of 50, and 1,234 in truth.
    for at in 1..=25 {
        let items: Vec<String> = match at {
            1 => zones.clone(),
            _ => (0..50).map(|zone| thing(1000 + at * 50 + zone, "z")).collect(),
        };
        answers.push((format!("GET api/zones?page={at}&per_page=50"), page(&items, 25, 1234)));
    }
    let (item, fingerprint) = authority(130);
    answers.push((
        first_page(&format!("/accounts/{}/access/apps/ca", hex(32, 121))),
        page(&[item], 1, 1),
    ));
    let server = knowing(answers);
    let key = token("cfk", 123);
    let found = explore(&server, &finding("global-api-key", &key, &[("email", "a@example.org")]));
    let impact = impact_of(&found);
    assert_eq!((impact.grade, found.severity), (Some(Grade::Takeover), Severity::Critical));
    assert_eq!(impact.reasons[0], "it opens everything in 2 accounts and 1234 zones");
    assert_eq!((impact.zones.len(), impact.zone_count), (1000, 1234));
    assert_eq!(impact.permissions, ["Administrator in shop"]);
    assert_eq!(impact.authorities[0].fingerprint, fingerprint);
    assert!(impact.is_partial);
    for seen in server.seen() {
        assert!(seen.line.starts_with("GET "), "{}", seen.line);
        assert_eq!(seen.header("x-auth-email"), "a@example.org");
        assert_eq!(seen.header("x-auth-key"), key);
    }
}

#[test]
fn authorities_are_listed_or_else_asked_one_by_one() {
    let (id, account, zone) = (hex(32, 140), hex(32, 141), hex(32, 142));
    let (item, fingerprint) = authority(143);
    let (other, _) = authority(146);
    let own = format!(
        r#"{{"id":"{id}","policies":[{{"effect":"allow","resources":{{}},
            "permission_groups":[{{"id":"x","name":"Access: Apps and Policies Write"}}]}}]}}"#
    );
    let app = "01234567-89ab-cdef-0123-456789abcdef";
    let server = knowing(vec![
        ("GET api/user/tokens/verify".to_owned(), active(&id)),
        (format!("GET api/user/tokens/{id}"), good(&own)),
        (first_page("/accounts"), page(&[thing(141, "shop")], 1, 1)),
        (first_page("/zones"), page(&[thing(142, "shop.example")], 1, 1)),
        // Two pages for the account …
        (
            first_page(&format!("/accounts/{account}/access/apps/ca")),
            page(std::slice::from_ref(&item), 2, 2),
        ),
        (
            format!("GET api/accounts/{account}/access/apps/ca?page=2&per_page=50"),
            page(&[other], 2, 2),
        ),
        // … and for the zone no list, but an application.
        (
            first_page(&format!("/zones/{zone}/access/apps")),
            page(&[format!(r#"{{"id":"{app}"}}"#), r#"{"id":"../x"}"#.to_owned()], 1, 2),
        ),
        (format!("GET api/zones/{zone}/access/apps/{app}/ca"), good(&item)),
    ]);
    let found = explore(&server, &finding("user-api-token", &token("cfut", 149), &[]));
    let impact = impact_of(&found);
    let owners: Vec<&str> = impact.authorities.iter().map(|ca| ca.owner.as_str()).collect();
    let (of_account, of_zone) = (format!("accounts/{account}"), format!("zones/{zone}"));
    assert_eq!(owners, [&*of_account, &of_account, &of_zone]);
    for ca in &impact.authorities {
        assert_eq!((ca.fingerprint.as_str(), ca.id.len(), ca.aud.len()), (fingerprint, 48, 64));
    }
    assert!(!impact.is_partial);
    assert_eq!(impact.grade, Some(Grade::Traffic));
}

#[test]
fn what_fails_makes_it_partial_and_harms_no_verdict() {
    let (id, account) = (hex(32, 150), hex(32, 151));
    let secret = token("cfut", 152);
    for broken in [
        say(200, "<html>"),
        say(503, "down"),
        say(200, r#"{"success":true,"errors":[],"result":{"id":"another"}}"#),
        Act::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec()),
    ] {
        let server = knowing(vec![
            ("GET api/user/tokens/verify".to_owned(), active(&id)),
            (format!("GET api/user/tokens/{id}"), broken.clone()),
            (first_page("/accounts"), page(&[format!(r#"{{"id":"{account}"}}"#)], 1, 1)),
            (first_page("/zones"), broken),
        ]);
        let found = explore(&server, &finding("user-api-token", &secret, &[]));
        assert!(found.verdict.unwrap().is_live());
        assert!(impact_of(&found).is_partial);
        assert_eq!(found.severity, Severity::High);
        let shown = format!("{:?}", found.impact);
        assert!(!shown.contains(&secret[5..25]));
    }
}

#[test]
fn nothing_is_explored_that_is_not_live_or_not_asked_for() {
    let dead = Server::start(|_| bad(401, 1000, "Invalid API Token"));
    let found = explore(&dead, &finding("user-api-token", &token("cfut", 160), &[]));
    assert_eq!((dead.seen().len(), found.impact), (1, None));
    let (server, finding) = self_readable(&["DNS Write"]);
    let mut findings = [finding];
    verify(&network(&server), &Leaping::new(), &Way::default(), &mut findings);
    assert_eq!(server.targets(), ["GET api/user/tokens/verify"]);
}

#[test]
fn an_r2_pair_shows_its_buckets_without_another_request() {
    let body = "<?xml version=\"1.0\"?><ListAllMyBucketsResult><Buckets><Bucket><Name>photos</Name></Bucket>\
                <Bucket><Name>NOT one</Name></Bucket></Buckets></ListAllMyBucketsResult>";
    let server = Server::start(move |_| say(200, body));
    let facts = [("account", &*hex(32, 170)), ("access-key-id", &hex(32, 171))];
    let found = explore(&server, &finding("r2-access-key", &hex(64, 172), &facts));
    let impact = impact_of(&found);
    assert_eq!(impact.buckets, ["photos"]);
    assert_eq!((impact.grade, found.severity), (Some(Grade::Data), Severity::High));
    assert_eq!(server.seen().len(), 1);
}
