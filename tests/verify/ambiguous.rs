//! Every answer that proves nothing, to every kind: the verdict is unknown, never live, never dead.

use cfleaks::model::{Finding, Verdict};

use crate::{
    bench::{self, Way, alnum, finding, hex, token},
    cookbook::{bad, good, say},
    server::{Act, Server, said},
};

/// One finding of every kind that is asked about, with all its partners.
pub(crate) fn every_kind() -> Vec<Finding> {
    let account = hex(32, 1);
    let facts = [
        ("account", account.as_str()),
        ("zone", &hex(32, 2)),
        ("email", "a@example.org"),
        ("access-key-id", &hex(32, 3)),
        ("client-id", &format!("{}.access", hex(32, 4))),
        ("host", "app.example.org"),
        ("team", "crew"),
        ("tunnel", "01234567-89ab-cdef-0123-456789abcdef"),
    ];
    [
        ("user-api-token", token("cfut", 1)),
        ("account-api-token", token("cfat", 2)),
        ("tunnel-cert", alnum(40, 3)),
        ("global-api-key", token("cfk", 4)),
        ("origin-ca-key", format!("v1.0-{}-{}", hex(24, 5), hex(146, 6))),
        ("turnstile-secret", format!("0x4AAAAAA{}", alnum(26, 7))),
        ("oauth-access-token", format!("cfoat_{}.{}", alnum(43, 8), alnum(43, 9))),
        ("test-r2", hex(64, 10)),
        ("access-jwt", format!("eyJ{}.eyJ{}.{}", alnum(40, 11), alnum(90, 12), alnum(342, 13))),
        ("access-client-secret", token("cfast", 14)),
        ("tunnel-token", alnum(180, 15)),
    ]
    .iter()
    .map(|(rule, secret)| finding(rule, secret, &facts))
    .collect()
}

/// Everything allowed.
pub(crate) fn everything() -> Way {
    Way { access: true, admin: Some(token("cfat", 99)), ..Way::default() }
}

fn answers() -> Vec<(&'static str, Act)> {
    let html = |status| {
        let kind = vec![("Content-Type", "text/html".to_owned())];
        Act::Say(status, kind, "<!DOCTYPE html><title>Just a moment...</title>".to_owned())
    };
    let envelope = |success: bool| {
        format!(
            r#"{{"success":{success},"errors":[{{"code":1000,"message":"x"}}],"result":{{"status":"active","id":"x"}}}}"#
        )
    };
    let redirect = |status| {
        Act::Say(status, vec![("Location", "https://evil.example/".into())], String::new())
    };
    let mut answers = vec![
        ("a page, 200", html(200)),
        ("a page, 401", html(401)),
        ("a page, 403", html(403)),
        ("a page, 404", html(404)),
        ("a page, 503", html(503)),
        (
            "a challenge",
            Act::Say(403, vec![("Cf-Mitigated", "challenge".to_owned())], "<html>".to_owned()),
        ),
        ("nothing, 200", say(200, "")),
        ("nothing, 204", say(204, "")),
        ("nothing, 401", say(401, "")),
        ("nothing, 403", say(403, "")),
        ("a code that is not known, 403", bad(403, 4242, "Something new")),
        ("a code that is not known, 400", bad(400, 4242, "Something new")),
        ("no permission", bad(403, 9109, "Unauthorized to access requested resource")),
        (
            "no route",
            bad(404, 7003, "Could not route to that, perhaps your object identifier is invalid?"),
        ),
        ("session over", bad(401, 9300, "Session expired")),
        (
            "limited, without a time",
            bad(429, 971, "Please wait and consider throttling your request speed"),
        ),
        (
            "limited, with a time",
            Act::Say(429, vec![("Retry-After", "7".to_owned())], String::new()),
        ),
        ("success and errors at once", say(200, &envelope(true))),
        ("failure with 200", say(200, &envelope(false))),
        ("success with 403", say(403, &envelope(true))),
        ("a null result", good("null")),
        ("a string result", good("\"active\"")),
        ("a result without a status", good(r#"{"name":"x"}"#)),
        ("malformed JSON", say(200, r#"{"success":true,"errors":[],"result":{"status":"act"#)),
        ("JSON of another service", say(200, r#"{"ok":true,"user":"x"}"#)),
        ("an array", say(200, "[1,2,3]")),
        ("a number", say(403, "1000")),
        ("XML of another service", say(403, "<?xml version=\"1.0\"?><fault>AccessDenied</fault>")),
        ("the proxy's word", say(407, "<html>proxy authentication required")),
        ("moved", redirect(301)),
        ("found", redirect(302)),
        ("temporary", redirect(307)),
        ("permanent", redirect(308)),
        ("no HTTP", Act::Raw(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())),
        ("the end at once", Act::Raw(Vec::new())),
        ("an end in the headers", Act::Raw(b"HTTP/1.1 200 OK\r\nContent-Le".to_vec())),
        ("a bad status line", Act::Raw(b"HTTP/1.1 abc\r\n\r\n".to_vec())),
    ];
    for status in [500, 502, 503, 504, 520, 521, 522, 524, 530] {
        answers.push(("the service fails", bad(status, 1000, "Invalid API Token")));
    }
    // Bodies that would prove something, cut before their end.
    for whole in [
        said(
            200,
            &[],
            r#"{"success":true,"errors":[],"messages":[],"result":[{"id":"1","status":"active"}]}"#,
        ),
        said(
            401,
            &[],
            r#"{"success":false,"errors":[{"code":1000,"message":"Invalid API Token"}]}"#,
        ),
        said(200, &[], r#"{"success":false,"error-codes":["invalid-input-secret"],"messages":[]}"#),
        said(401, &[], "<Error><Code>Unauthorized</Code><Message>x</Message></Error>"),
        said(400, &[], r#"{"err":"no app token set"}"#),
    ] {
        answers.push(("a cut body", Act::Raw(whole[..whole.len() - 1].to_vec())));
        answers.push(("half a body", Act::Raw(whole[..whole.len() - 20].to_vec())));
    }
    answers
}

#[test]
fn what_proves_nothing_is_unknown_for_every_kind() {
    for (name, act) in answers() {
        let server = Server::start(move |_| act.clone());
        for finding in every_kind() {
            let verdict = bench::verdict(&server, &everything(), &finding);
            assert!(
                matches!(verdict, Verdict::Unknown(_)),
                "{name} to {}: {verdict}",
                finding.rule
            );
        }
        assert!(!server.seen().is_empty(), "{name}");
    }
}
