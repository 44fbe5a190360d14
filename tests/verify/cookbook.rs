//! One case for every row of the cookbook of verification: what is asked, what is answered, what it
//! means. Each request must arrive once and no other.

use cfleaks::model::{
    Inactivity::{Disabled, Expired},
    NotVerifiable, Restriction, Unknown, Verdict,
};

use crate::{
    bench::{self, Way, alnum, finding, hex, token},
    server::{Act, Server},
};

/// An envelope of success.
pub(crate) fn good(result: &str) -> Act {
    Act::Say(
        200,
        vec![("Content-Type", "application/json".to_owned())],
        format!(
            r#"{{"result":{result},"success":true,"errors":[],"messages":[{{"code":10000,"message":"This API Token is valid and active","type":null}}]}}"#
        ),
    )
}

/// An envelope of failure.
pub(crate) fn bad(status: u16, code: i64, message: &str) -> Act {
    Act::Say(
        status,
        vec![],
        format!(
            r#"{{"success":false,"errors":[{{"code":{code},"message":"{message}","documentation_url":"https://developers.cloudflare.com/"}}],"messages":[],"result":null}}"#
        ),
    )
}

/// The same with a chain below the error.
pub(crate) fn chained(status: u16, code: i64, cause: i64) -> Act {
    Act::Say(
        status,
        vec![],
        format!(
            r#"{{"success":false,"errors":[{{"code":{code},"message":"Invalid request headers","error_chain":[{{"code":{cause},"message":"Invalid format"}}]}}],"messages":[],"result":null}}"#
        ),
    )
}

pub(crate) fn say(status: u16, body: &str) -> Act {
    Act::Say(status, vec![], body.to_owned())
}

fn status(word: &str) -> Act {
    good(&format!(r#"{{"id":"{}","status":"{word}"}}"#, hex(32, 900)))
}

const LOCATION: &str = "Cannot use the access token from location: 192.0.2.1";

/// A verification and what must come of it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) finding: cfleaks::model::Finding,
    pub(crate) way: Way,
    /// What is asked, in order, and the answers.
    pub(crate) talk: Vec<(String, Act)>,
    pub(crate) verdict: Verdict,
}

pub(crate) fn case<const N: usize>(
    name: &'static str,
    finding: cfleaks::model::Finding,
    talk: [(&str, Act); N],
    verdict: Verdict,
) -> Case {
    let talk = talk.into_iter().map(|(target, act)| (target.to_owned(), act)).collect();
    Case { name, finding, way: Way::default(), talk, verdict }
}

impl Case {
    pub(crate) fn with_access(mut self) -> Self {
        self.way.access = true;
        self
    }

    fn with_admin(mut self) -> Self {
        self.way.admin = Some(token("cfat", 99));
        self
    }

    pub(crate) fn run(self) {
        let talk = self.talk.clone();
        let server = Server::start(move |seen| {
            let target = seen.target();
            talk.iter()
                .find(|(asked, _)| *asked == target)
                .map_or(say(418, "?"), |(_, act)| act.clone())
        });
        let verdict = bench::verdict(&server, &self.way, &self.finding);
        let asked: Vec<String> = self.talk.into_iter().map(|(target, _)| target).collect();
        assert_eq!(server.targets(), asked, "{}: what was asked", self.name);
        assert_eq!(verdict, self.verdict, "{}", self.name);
    }
}

const USER: &str = "GET api/user/tokens/verify";
const ME: &str = "GET api/user";
const ACCOUNTS: &str = "GET api/accounts?per_page=5";
const ZONES: &str = "GET api/zones?per_page=5";

#[test]
fn user_tokens() {
    let of_user = || finding("user-api-token", &token("cfut", 1), &[]);
    let later = |name: &str, day: &str| {
        good(&format!(r#"{{"id":"{}","status":"active","{name}":"{day}"}}"#, hex(32, 900)))
    };
    for case in [
        case("active", of_user(), [(USER, status("active"))], Verdict::Active),
        case("disabled", of_user(), [(USER, status("disabled"))], Verdict::Inactive(Disabled)),
        case("expired", of_user(), [(USER, status("expired"))], Verdict::Inactive(Expired)),
        case(
            "expired though active",
            of_user(),
            [(USER, later("expires_on", "2026-11-30T00:00:00Z"))],
            Verdict::Inactive(Expired),
        ),
        case(
            "not yet",
            of_user(),
            [(USER, later("not_before", "2027-01-01T00:00:00Z"))],
            Verdict::ActiveRestricted(Restriction::NotYet),
        ),
        case("dead", of_user(), [(USER, bad(401, 1000, "Invalid API Token"))], Verdict::Dead),
        case("dead, 400", of_user(), [(USER, bad(400, 1000, "Invalid API Token"))], Verdict::Dead),
        case("dead, 403", of_user(), [(USER, bad(403, 1000, "Invalid API Token"))], Verdict::Dead),
        case("no such form", of_user(), [(USER, chained(400, 6003, 6111))], Verdict::Dead),
        case(
            "from elsewhere",
            of_user(),
            [(USER, bad(403, 9109, LOCATION))],
            Verdict::ActiveRestricted(Restriction::Location),
        ),
        case(
            "another status",
            of_user(),
            [(USER, status("sleeping"))],
            Verdict::Unknown(Unknown::Unexpected),
        ),
    ] {
        case.run();
    }
}

#[test]
fn account_tokens() {
    let (near, own) = (hex(32, 2), hex(32, 3));
    let verify = |account: &str| format!("GET api/accounts/{account}/tokens/verify");
    let of_account =
        |facts: &[(&'static str, &str)]| finding("account-api-token", &token("cfat", 2), facts);
    let listed = || good(&format!(r#"[{{"id":"{own}","name":"Own"}}]"#));
    let invalid = || bad(401, 1000, "Invalid API Token");
    let denied = || bad(403, 10000, "Authentication error");
    let near_verify = verify(&near);
    let own_verify = verify(&own);
    let id_near = [("account", near.as_str())];
    for case in [
        case(
            "id near by",
            of_account(&id_near),
            [(&near_verify, status("active"))],
            Verdict::Active,
        ),
        case(
            "disabled",
            of_account(&id_near),
            [(&near_verify, status("disabled"))],
            Verdict::Inactive(Disabled),
        ),
        case(
            "another account's id near by",
            of_account(&id_near),
            [(&near_verify, invalid()), (ACCOUNTS, listed()), (&own_verify, status("active"))],
            Verdict::Active,
        ),
        case(
            "no id near by",
            of_account(&[]),
            [(ACCOUNTS, listed()), (&own_verify, status("active"))],
            Verdict::Active,
        ),
        case(
            "the account found tells that it is disabled",
            of_account(&[]),
            [(ACCOUNTS, listed()), (&own_verify, status("disabled"))],
            Verdict::Inactive(Disabled),
        ),
        case("an empty list", of_account(&[]), [(ACCOUNTS, good("[]"))], Verdict::Active),
        case(
            "dead",
            of_account(&id_near),
            [(&near_verify, invalid()), (ACCOUNTS, denied()), (ZONES, denied())],
            Verdict::Dead,
        ),
        case(
            "dead by another code",
            of_account(&[]),
            [
                (ACCOUNTS, bad(403, 9109, "Invalid access token")),
                (ZONES, bad(403, 9109, "Invalid access token")),
            ],
            Verdict::Dead,
        ),
        case(
            "one 10000 is no death: the permission for accounts may be missing",
            of_account(&[]),
            [(ACCOUNTS, denied()), (ZONES, good("[]"))],
            Verdict::Active,
        ),
        case(
            "one answer that does not tell leaves a doubt",
            of_account(&id_near),
            [
                (&near_verify, bad(403, 4242, "Something new")),
                (ACCOUNTS, denied()),
                (ZONES, denied()),
            ],
            Verdict::Unknown(Unknown::Forbidden),
        ),
        case(
            "nor is it dead if the zones do not tell",
            of_account(&[]),
            [(ACCOUNTS, denied()), (ZONES, bad(403, 4242, "Something new"))],
            Verdict::Unknown(Unknown::Forbidden),
        ),
        case(
            "from elsewhere: 1000 first, then the location",
            of_account(&id_near),
            [(&near_verify, invalid()), (ACCOUNTS, bad(403, 9109, LOCATION))],
            Verdict::ActiveRestricted(Restriction::Location),
        ),
        case(
            "no permission for accounts, but for zones",
            of_account(&[]),
            [
                (ACCOUNTS, bad(403, 9109, "Unauthorized to access requested resource")),
                (ZONES, good("[]")),
            ],
            Verdict::Active,
        ),
        case(
            "no permission for either",
            of_account(&[]),
            [
                (ACCOUNTS, bad(403, 9109, "Unauthorized to access requested resource")),
                (ZONES, denied()),
            ],
            Verdict::Unknown(Unknown::Forbidden),
        ),
    ] {
        case.run();
    }
}

#[test]
fn tokens_of_the_older_form_are_asked_both_ways() {
    let account = hex(32, 4);
    let legacy = |facts: &[(&'static str, &str)]| finding("tunnel-cert", &alnum(40, 5), facts);
    let verify = format!("GET api/accounts/{account}/tokens/verify");
    let near = [("account", account.as_str())];
    let invalid = || bad(401, 1000, "Invalid API Token");
    for case in [
        case("a user's", legacy(&near), [(USER, status("active"))], Verdict::Active),
        case(
            "an account's",
            legacy(&near),
            [(USER, invalid()), (&verify, status("active"))],
            Verdict::Active,
        ),
        case(
            "an account's, without its id",
            legacy(&[]),
            [(USER, invalid()), (ACCOUNTS, good("[]"))],
            Verdict::Active,
        ),
        case(
            "dead both ways",
            legacy(&near),
            [
                (USER, invalid()),
                (&verify, invalid()),
                (ACCOUNTS, bad(403, 10000, "Authentication error")),
                (ZONES, bad(403, 10000, "Authentication error")),
            ],
            Verdict::Dead,
        ),
        case(
            "dead one way only",
            legacy(&near),
            [
                (USER, bad(403, 9109, "Unauthorized to access requested resource")),
                (&verify, invalid()),
                (ACCOUNTS, bad(403, 10000, "Authentication error")),
                (ZONES, bad(403, 10000, "Authentication error")),
            ],
            Verdict::Unknown(Unknown::Forbidden),
        ),
    ] {
        case.run();
    }
}

#[test]
fn global_keys() {
    let key = |emails: &[&str]| {
        let facts: Vec<(&'static str, &str)> =
            emails.iter().map(|email| ("email", *email)).collect();
        finding("global-api-key", &token("cfk", 6), &facts)
    };
    let unknown = || bad(403, 9103, "Unknown X-Auth-Key or X-Auth-Email");
    let one = ["a@example.org"];
    let user =
        || good(&format!(r#"{{"id":"{}","email":"a@example.org","suspended":false}}"#, hex(32, 7)));
    for case in [
        case("live", key(&one), [(ME, user())], Verdict::Active),
        case("dead", key(&one), [(ME, unknown())], Verdict::Dead),
        case("no such form", key(&one), [(ME, chained(400, 6003, 6103))], Verdict::Dead),
        case(
            "an address of no valid form",
            key(&one),
            [(ME, chained(400, 6003, 6102))],
            Verdict::Unknown(Unknown::WrongPartner),
        ),
        case("no address", key(&[]), [], Verdict::NotVerifiable(NotVerifiable::NoEmail)),
    ] {
        case.run();
    }
    // Of several addresses none may be the owner's, so each is tried and none proves death.
    let server = Server::start(move |_| bad(403, 9103, "Unknown X-Auth-Key or X-Auth-Email"));
    let two = key(&["a@example.org", "b@example.org"]);
    let verdict = bench::verdict(&server, &Way::default(), &two);
    assert_eq!(verdict, Verdict::Unknown(Unknown::WrongPartner));
    let tried: Vec<String> =
        server.seen().iter().map(|seen| seen.header("x-auth-email").to_owned()).collect();
    assert_eq!(tried, ["a@example.org", "b@example.org"]);
}

#[test]
fn origin_ca_keys() {
    let zone = hex(32, 8);
    let secret = format!("v1.0-{}-{}", hex(24, 9), hex(146, 10));
    let key = |facts: &[(&'static str, &str)]| finding("origin-ca-key", &secret, facts);
    let asked = format!("GET api/certificates?zone_id={zone}");
    let near = [("zone", zone.as_str())];
    for case in [
        case("still accepted", key(&near), [(&asked, good("[]"))], Verdict::Active),
        case(
            "dead",
            key(&near),
            [(&asked, bad(400, 10000, "Authentication error"))],
            Verdict::Dead,
        ),
        case(
            "another refusal says nothing since the kind is retired",
            key(&near),
            [(&asked, bad(400, 1001, "Invalid zone"))],
            Verdict::Unknown(Unknown::Unexpected),
        ),
        case("no zone", key(&[]), [], Verdict::NotVerifiable(NotVerifiable::NoZone)),
    ] {
        case.run();
    }
}

#[test]
fn oauth_access_tokens() {
    let secret = format!("cfoat_{}.{}", alnum(43, 12), alnum(43, 13));
    let of = |facts: &[(&'static str, &str)]| finding("oauth-access-token", &secret, facts);
    let user = || good(&format!(r#"{{"id":"{}"}}"#, hex(32, 14)));
    let denied = || bad(403, 10000, "Authentication error");
    for case in [
        case("live", of(&[]), [(ME, user())], Verdict::Active),
        case(
            "without the scope to read its user",
            of(&[]),
            [(ME, denied()), (ACCOUNTS, good("[]"))],
            Verdict::Active,
        ),
        case(
            "dead",
            of(&[]),
            [
                (ME, bad(401, 9109, "Invalid access token")),
                (ACCOUNTS, bad(401, 9109, "Invalid access token")),
            ],
            Verdict::Dead,
        ),
        case("dead, 10000", of(&[]), [(ME, denied()), (ACCOUNTS, denied())], Verdict::Dead),
        case(
            "known, and without any scope that is asked for",
            of(&[]),
            [
                (ME, bad(403, 9109, "Unauthorized to access requested resource")),
                (ACCOUNTS, denied()),
            ],
            Verdict::Unknown(Unknown::Forbidden),
        ),
        case(
            "expired by its file: not sent",
            of(&[("expires", "2026-11-01T12:00:00Z")]),
            [],
            Verdict::Inactive(Expired),
        ),
    ] {
        case.run();
    }
}

#[test]
fn tunnels() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let (account, tunnel) = (hex(32, 24), "01234567-89ab-cdef-0123-456789abcdef");
    let key = |seed: usize| STANDARD.encode(alnum(32, seed));
    let token_of = |seed: usize| {
        STANDARD.encode(format!(r#"{{"a":"{account}","t":"{tunnel}","s":"{}"}}"#, key(seed)))
    };
    let facts = [("account", account.as_str()), ("tunnel", tunnel)];
    let of_token = || finding("tunnel-token", &token_of(25), &facts);
    let of_file = || finding("tunnel-credentials", &key(25), &facts);
    let look = format!("GET api/accounts/{account}/cfd_tunnel/{tunnel}");
    let fetch = format!("{look}/token");
    let there = || good(&format!(r#"{{"id":"{tunnel}","deleted_at":null,"status":"healthy"}}"#));
    let gone = || good(&format!(r#"{{"id":"{tunnel}","deleted_at":"2026-01-01T00:00:00Z"}}"#));
    let today = |seed: usize| good(&format!("\"{}\"", token_of(seed)));
    for case in [
        case("live", of_token(), [(&look, there()), (&fetch, today(25))], Verdict::Active),
        case(
            "live, from a file",
            of_file(),
            [(&look, there()), (&fetch, today(25))],
            Verdict::Active,
        ),
        case("rotated", of_token(), [(&look, there()), (&fetch, today(26))], Verdict::Dead),
        case(
            "rotated, from a file",
            of_file(),
            [(&look, there()), (&fetch, today(26))],
            Verdict::Dead,
        ),
        case("deleted", of_token(), [(&look, gone())], Verdict::Dead),
        case(
            "the administrator may not",
            of_token(),
            [(&look, bad(403, 10000, "Authentication error"))],
            Verdict::Unknown(Unknown::Forbidden),
        ),
        case(
            "another tunnel",
            of_token(),
            [(&look, good(r#"{"id":"x"}"#))],
            Verdict::Unknown(Unknown::Unexpected),
        ),
        case(
            "no token in the answer",
            of_token(),
            [(&look, there()), (&fetch, good("\"x\""))],
            Verdict::Unknown(Unknown::Unexpected),
        ),
    ] {
        case.with_admin().run();
    }
    case("no administrator", of_token(), [], Verdict::NotVerifiable(NotVerifiable::NeedsAdmin))
        .run();
}
