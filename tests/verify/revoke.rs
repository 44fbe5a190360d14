//! `cfleaks revoke`: that a plan sends nothing, which requests each kind makes with `--yes`, what
//! happens when one fails, and that no secret shows anywhere.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    bench::{hex, token},
    cookbook::{bad, good, say},
    program::{Run, api, cfleaks, folder_with},
    server::{Act, Server},
};

const TUNNEL: &str = "01234567-89ab-cdef-0123-456789abcdef";
const SITEKEY: &str = "0x4AAAAAAADnPIDROlXYZabc";

/// A finding in a report, with facts.
fn found(rule: &str, seed: usize, facts: &[(&str, &str)]) -> Value {
    let facts: Vec<Value> =
        facts.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({
        "rule": format!("cloudflare-{rule}"), "title": "A credential", "severity": "high",
        "confidence": "certain", "masked": "xx****", "fingerprint": hex(32, seed), "facts": facts,
        "place_count": 1, "places": []
    })
}

/// The same with what verification learnt of its token.
fn with_token(mut finding: Value, id: &str, account: Option<&str>) -> Value {
    finding["impact"] = json!({ "reasons": [], "token": { "id": id, "account": account } });
    finding
}

fn write_report(folder: &Path, findings: &[Value]) {
    let report = json!({ "schema_version": "1.1", "findings": findings });
    fs::write(folder.join("report.json"), report.to_string()).unwrap();
}

/// A run of `revoke` on a report of these findings; the administrator's token is given.
fn revoke(server: &Server, findings: &[Value], words: &str) -> (Run, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    write_report(folder.path(), findings);
    let run = cfleaks(
        folder.path(),
        &format!("revoke --report report.json {words}"),
        &[("CFLEAKS_API_URL", &api(server)), ("CFLEAKS_ADMIN_TOKEN", &admin())],
    );
    (run, folder)
}

fn admin() -> String {
    token("cfat", 500)
}

/// What arrived: `DELETE api/… body`.
fn calls(server: &Server) -> Vec<String> {
    let seen = server.seen();
    for seen in &seen {
        assert_eq!(seen.header("authorization"), format!("Bearer {}", admin()), "{}", seen.line);
    }
    seen.iter()
        .map(|seen| format!("{} {}", seen.target(), seen.body).trim_end().to_owned())
        .collect()
}

fn account() -> String {
    hex(32, 501)
}

/// One finding of each kind that requests can end, and what these are, the tunnel's secret aside.
fn each_kind() -> Vec<(Value, &'static str, Vec<String>)> {
    let (a, id, client) = (account(), hex(32, 502), format!("{}.access", hex(32, 503)));
    let own = [("account", &*a)];
    let tokens = format!("GET api/accounts/{a}/access/service_tokens?page=1&per_page=50");
    let service = format!("api/accounts/{a}/access/service_tokens/{TUNNEL}");
    let client_facts = [("account", &*a), ("client-id", &client)];
    let pair = [("account", &*a), ("access-key-id", &id)];
    let keyed = [("account", &*a), ("id", &*id)];
    vec![
        (
            with_token(found("user-api-token", 510, &own), &id, None),
            "",
            vec![format!("DELETE api/user/tokens/{id}")],
        ),
        (
            with_token(found("user-api-token", 511, &[]), &id, None),
            "--roll",
            vec![format!("PUT api/user/tokens/{id}/value {{}}")],
        ),
        (
            with_token(found("account-api-token", 512, &[]), &id, Some(&a)),
            "",
            vec![format!("DELETE api/accounts/{a}/tokens/{id}")],
        ),
        (
            with_token(found("account-api-token", 513, &[]), &id, Some(&a)),
            "--roll",
            vec![format!("PUT api/accounts/{a}/tokens/{id}/value {{}}")],
        ),
        (
            found("r2-access-key", 514, &pair),
            "",
            vec![format!("DELETE api/accounts/{a}/tokens/{id}")],
        ),
        (
            found("access-client-secret", 515, &client_facts),
            "",
            vec![tokens.clone(), format!(r#"PUT {service} {{"enabled":false,"name":"ci"}}"#)],
        ),
        (
            found("turnstile-secret", 516, &[("account", &a), ("id", SITEKEY)]),
            "",
            vec![format!(
                r#"POST api/accounts/{a}/challenges/widgets/{SITEKEY}/rotate_secret {{"invalidate_immediately":true}}"#
            )],
        ),
        (
            found("stream-signing-key", 517, &keyed),
            "",
            vec![format!("DELETE api/accounts/{a}/stream/keys/{id}")],
        ),
        (
            found("stream-live-input", 518, &keyed),
            "",
            vec![format!("POST api/accounts/{a}/stream/live_inputs/{id}/rotate_keys {{}}")],
        ),
        (
            found("realtime-turn-key", 519, &keyed),
            "",
            vec![format!("DELETE api/accounts/{a}/calls/turn_keys/{id}")],
        ),
        (
            found("realtime-sfu-secret", 520, &keyed),
            "",
            vec![format!("DELETE api/accounts/{a}/calls/apps/{id}")],
        ),
    ]
}

/// A server that does whatever it is told, and gives new values where it should.
fn willing() -> Server {
    Server::start(|seen| {
        let target = seen.target();
        let client = format!("{}.access", hex(32, 503));
        match () {
            () if target.starts_with("GET") && target.contains("service_tokens") => good(&format!(
                r#"[{{"id":"other","client_id":"x"}},{{"id":"{TUNNEL}","client_id":"{client}","name":"ci"}}]"#
            )),
            () if target.ends_with("/value") => good(&format!(r#""{}""#, token("cfut", 599))),
            () if target.ends_with("/rotate") => {
                good(&format!(r#"{{"client_secret":"{}"}}"#, token("cfut", 599)))
            }
            () => good("{}"),
        }
    })
}

#[test]
fn a_plan_makes_no_request() {
    let server = willing();
    let findings: Vec<Value> = each_kind().into_iter().map(|(finding, ..)| finding).collect();
    for words in ["", "--roll", "--authorities", "--log log.jsonl"] {
        let (run, folder) = revoke(&server, &findings, words);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
        assert!(run.out.ends_with("Nothing was called. With --yes the requests above are made.\n"));
        assert!(run.out.contains("  breaks  ") && run.out.contains("  undo    "));
        let log = fs::read_to_string(folder.path().join("log.jsonl")).unwrap_or_default();
        assert_eq!(log, "");
    }
    // Not even without an administrator's token, nor of a source that is scanned again.
    let folder = folder_with(&[&token("cfut", 521)]);
    let fingerprint = fingerprint_of(folder.path());
    let words = format!("revoke --source . --fingerprint {fingerprint}");
    let run = cfleaks(folder.path(), &words, &[("CFLEAKS_API_URL", &api(&server))]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("with the leaked token itself, to learn its id"), "{}", run.out);
    assert_eq!(server.seen(), []);
}

#[test]
fn each_kind_makes_exactly_its_requests() {
    for (finding, words, expected) in each_kind() {
        let server = willing();
        let (run, folder) =
            revoke(&server, std::slice::from_ref(&finding), &format!("--yes --log log {words}"));
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
        assert_eq!(calls(&server), expected);
        assert!(run.out.contains("Revoked: 1. Failed: 0."), "{}", run.out);
        let log = fs::read_to_string(folder.path().join("log")).unwrap();
        let lines: Vec<Value> =
            log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), expected.len());
        for line in lines {
            assert_eq!(line["outcome"], "done");
            assert_eq!(line["rule"], finding["rule"]);
            assert!(line["time"].is_string());
        }
    }
}

#[test]
fn a_service_token_is_rotated_with_roll() {
    let server = willing();
    let client = format!("{}.access", hex(32, 503));
    let finding =
        found("access-client-secret", 522, &[("account", &account()), ("client-id", &client)]);
    let (run, _) = revoke(&server, &[finding], "--yes --roll");
    assert_eq!(run.code, 0, "{}", run.out);
    // A time at which the old secret ends would be a grace period.
    assert_eq!(
        calls(&server)[1],
        format!("POST api/accounts/{}/access/service_tokens/{TUNNEL}/rotate {{}}", account())
    );
}

#[test]
fn a_tunnel_gets_a_new_secret_each_time_and_loses_its_connections() {
    let mut secrets = Vec::new();
    for _ in 0..2 {
        let server = willing();
        let facts = [("account", &*account()), ("tunnel", TUNNEL)];
        let (run, _) = revoke(&server, &[found("tunnel-token", 523, &facts)], "--yes");
        assert_eq!(run.code, 0, "{}", run.out);
        let calls = calls(&server);
        let path = format!("api/accounts/{}/cfd_tunnel/{TUNNEL}", account());
        assert_eq!(calls[1], format!("DELETE {path}/connections"));
        let body = calls[0].strip_prefix(&format!("PATCH {path} ")).unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        let secret = body["tunnel_secret"].as_str().unwrap().to_owned();
        assert_eq!(STANDARD.decode(&secret).unwrap().len(), 32);
        assert!(!run.out.contains(&secret));
        secrets.push(secret);
    }
    assert_ne!(secrets[0], secrets[1]);
}

fn fingerprint_of(folder: &Path) -> String {
    let run = cfleaks(folder, "scan . -f json", &[]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    report["findings"][0]["fingerprint"].as_str().unwrap().to_owned()
}

#[test]
fn a_token_without_an_id_is_asked_for_its_own() {
    let (leaked, id) = (token("cfut", 524), hex(32, 525));
    let own = id.clone();
    let server = Server::start(move |seen| match seen.target().as_str() {
        "GET api/user/tokens/verify" => good(&format!(r#"{{"id":"{own}","status":"active"}}"#)),
        _ => good("{}"),
    });
    let folder = folder_with(&[&leaked]);
    let words = format!("revoke --source . --fingerprint {} --yes", fingerprint_of(folder.path()));
    let variables = [("CFLEAKS_API_URL", &*api(&server)), ("CFLEAKS_ADMIN_TOKEN", &admin())];
    let run = cfleaks(folder.path(), &words, &variables);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    assert_eq!(
        server.targets(),
        ["GET api/user/tokens/verify", &format!("DELETE api/user/tokens/{id}")]
    );
    let bearers: Vec<String> =
        server.seen().iter().map(|seen| seen.header("authorization").to_owned()).collect();
    assert_eq!(bearers, [format!("Bearer {leaked}"), format!("Bearer {}", admin())]);
}

#[test]
fn a_token_of_unknown_owner_is_looked_for_with_the_account_then_with_the_user() {
    let (a, id) = (account(), hex(32, 526));
    let server = Server::start(|seen| match seen.target().contains("/accounts/") {
        true => bad(404, 1001, "not found"),
        false => good("{}"),
    });
    let finding = with_token(found("api-token-legacy", 527, &[("account", &a)]), &id, None);
    let (run, _) = revoke(&server, &[finding], "--yes");
    assert_eq!(run.code, 0, "{}", run.out);
    assert_eq!(
        calls(&server),
        [format!("DELETE api/accounts/{a}/tokens/{id}"), format!("DELETE api/user/tokens/{id}")]
    );
}

#[test]
fn a_new_value_is_shown_only_if_secrets_are_to_be_shown() {
    let new = token("cfut", 599);
    let finding = with_token(found("user-api-token", 528, &[]), &hex(32, 529), None);
    for (words, shows) in [("--yes --roll", false), ("--yes --roll --show-secrets", true)] {
        let (run, folder) =
            revoke(&willing(), std::slice::from_ref(&finding), &format!("{words} --log log"));
        assert_eq!(run.code, 0);
        assert_eq!(run.out.contains(&new), shows, "{}", run.out);
        assert!(!fs::read_to_string(folder.path().join("log")).unwrap().contains(&new[5..20]));
    }
}

#[test]
fn a_deploy_hook_is_in_its_request_and_nowhere_else() {
    let server = willing();
    let parts = [(8, 560), (4, 561), (4, 562), (4, 563), (12, 564)];
    let hook = parts.map(|(length, seed)| hex(length, seed)).join("-");
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "CLOUDFLARE_ACCOUNT_ID={}\nHOOK=https://api.cloudflare.com/client/v4/workers/builds/deploy_hooks/{hook}\n",
        account()
    );
    fs::write(folder.path().join("hook.env"), text).unwrap();
    let words =
        format!("revoke --source . --fingerprint {} --log log", fingerprint_of(folder.path()));
    let variables = [("CFLEAKS_API_URL", &*api(&server)), ("CFLEAKS_ADMIN_TOKEN", &admin())];
    // Without the Worker's name it may be one of Pages.
    let run = cfleaks(folder.path(), &format!("{words} --yes"), &variables);
    assert_eq!(run.code, 1, "{}", run.out);
    assert!(run.out.contains("  by hand For Pages, dashboard: Workers & Pages"), "{}", run.out);
    assert_eq!(server.seen(), []);
    let run = cfleaks(folder.path(), &format!("{words} --yes --detail script=site"), &variables);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    let path = format!("api/accounts/{}/builds/workers/site/deploy_hooks", account());
    assert_eq!(calls(&server), [format!("DELETE {path}/{hook}")]);
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(!run.out.contains(&hook[9..]) && !log.contains(&hook[9..]), "{}\n{log}", run.out);
}

#[test]
fn authorities_are_replaced_and_the_new_key_is_printed() {
    let (aud, owner) = (hex(64, 530), format!("accounts/{}", account()));
    let key = "ecdsa-sha2-nistp256 AAAA open-ssh-ca@cloudflareaccess.org";
    let wanted = aud.clone();
    let server = Server::start(move |seen| match seen.line.split(' ').next().unwrap() {
        "GET" => {
            good(&format!(r#"[{{"id":"x","aud":"other"}},{{"id":"{TUNNEL}","aud":"{wanted}"}}]"#))
        }
        "DELETE" => Act::Say(
            202,
            vec![],
            r#"{"success":true,"errors":[],"messages":[],"result":{"id":"x"}}"#.to_owned(),
        ),
        _ => good(&format!(r#"{{"id":"x","aud":"{wanted}","public_key":"{key}"}}"#)),
    });
    let mut finding = found("oauth-access-token", 531, &[]);
    finding["impact"] = json!({ "reasons": [], "authorities": [
        { "id": "x", "aud": aud, "fingerprint": "SHA256:x", "owner": owner },
        { "id": "x", "aud": "../..", "fingerprint": "SHA256:x", "owner": "accounts/../user" },
    ]});
    let (run, _) = revoke(&server, std::slice::from_ref(&finding), "--yes");
    assert_eq!((run.code, server.seen().len()), (1, 0), "{}", run.out);
    let (run, _) = revoke(&server, &[finding], "--yes --authorities");
    // The OAuth token itself is left to a person.
    assert_eq!((run.code, run.err.as_str()), (1, ""), "{}", run.out);
    let apps = format!("api/{owner}/access/apps");
    assert_eq!(
        calls(&server),
        [
            format!("GET {apps}?page=1&per_page=50"),
            format!("DELETE {apps}/{TUNNEL}/ca"),
            format!("POST {apps}/{TUNNEL}/ca {{}}"),
        ]
    );
    assert!(run.out.contains(&format!("  TrustedUserCAKeys: {key}\n")), "{}", run.out);
}

#[test]
fn the_first_failure_ends_an_item_and_not_the_others() {
    let facts = [("account", &*account()), ("tunnel", TUNNEL)];
    let tunnel = found("tunnel-token", 532, &facts);
    let (user, id) = (found("user-api-token", 533, &[]), hex(32, 534));
    let findings = [tunnel, with_token(user, &id, None)];
    for (act, said, outcome) in [
        (bad(403, 10000, "Authentication error"), "refused with status 403, code 10000", "refused"),
        (say(502, "<html>"), "look in the dashboard whether it was done", "unknown"),
        (say(200, "<html>"), "look in the dashboard whether it was done", "unknown"),
    ] {
        let server = Server::start(move |seen| match seen.line.starts_with("PATCH") {
            true => act.clone(),
            false => good("{}"),
        });
        let (run, folder) = revoke(&server, &findings, "--yes --log log");
        assert_eq!((run.code, run.err.as_str()), (3, ""), "{}", run.out);
        let methods: Vec<String> = server
            .seen()
            .iter()
            .map(|seen| seen.line.split(' ').next().unwrap().to_owned())
            .collect();
        assert_eq!(methods, ["PATCH", "DELETE"]);
        assert!(server.targets()[1].ends_with(&id));
        assert!(run.out.contains(said), "{}", run.out);
        assert!(run.out.contains("Revoked: 1. Failed: 1."), "{}", run.out);
        let log = fs::read_to_string(folder.path().join("log")).unwrap();
        assert!(
            log.lines().next().unwrap().contains(&format!(r#""outcome":"{outcome}""#)),
            "{log}"
        );
    }
}

#[test]
fn what_is_not_there_is_not_touched() {
    let server = Server::start(|_| good(r#"[{"id":"../../user","client_id":"x"}]"#));
    for client in ["x".to_owned(), hex(32, 535)] {
        let client = format!("{client}.access");
        let facts = [("account", &*account()), ("client-id", &client)];
        let (run, _) = revoke(&server, &[found("access-client-secret", 536, &facts)], "--yes");
        assert!(matches!(run.code, 1 | 3), "{}", run.out);
    }
    assert_eq!(server.targets().len(), 1);
    // An id that is none is not followed either.
    let client = format!("{}.access", hex(32, 537));
    let named = client.clone();
    let server =
        Server::start(move |_| good(&format!(r#"[{{"id":"../../user","client_id":"{named}"}}]"#)));
    let facts = [("account", &*account()), ("client-id", &client)];
    let (run, _) = revoke(&server, &[found("access-client-secret", 538, &facts)], "--yes");
    assert_eq!((run.code, server.seen().len()), (3, 1), "{}", run.out);
}

#[test]
fn what_only_a_person_can_do_is_told_step_by_step() {
    let server = willing();
    for (rule, says) in [
        ("global-api-key", "My Profile → API Tokens → API Keys → Global API Key → Change"),
        ("origin-ca-key", "Change"),
        ("oauth-refresh-token", "Connected Applications"),
        ("scim-secret", ""),
        ("a-kind-of-tomorrow", "not known here"),
    ] {
        let (run, _) = revoke(&server, &[found(rule, 539, &[])], "--yes");
        assert_eq!(run.code, 1, "{}", run.out);
        assert!(run.out.contains("  by hand ") && run.out.contains(says), "{}", run.out);
    }
    let (run, _) = revoke(&server, &[found("user-api-token", 540, &[])], "--yes");
    assert!(run.out.contains("  lacks   its id is not in the report"), "{}", run.out);
    assert_eq!((run.code, server.seen().len()), (1, 0));
}

#[test]
fn only_what_is_named_and_not_dead_is_meant() {
    let server = willing();
    let one = with_token(found("user-api-token", 541, &[]), &hex(32, 542), None);
    let other = with_token(found("user-api-token", 543, &[]), &hex(32, 544), None);
    let mut dead = with_token(found("user-api-token", 545, &[]), &hex(32, 546), None);
    dead["verdict"] = json!({ "state": "dead", "detail": "x" });
    let findings = [one, other, dead];
    let (run, _) = revoke(&server, &findings, &format!("--yes --fingerprint {}", hex(32, 543)));
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(calls(&server), [format!("DELETE api/user/tokens/{}", hex(32, 544))]);
    let (run, _) = revoke(&server, &findings, &format!("--yes --fingerprint {}", hex(32, 545)));
    assert_eq!(run.code, 2, "{}", run.out);
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn senseless_wishes_are_refused_before_anything_is_sent() {
    let server = willing();
    let folder = tempfile::tempdir().unwrap();
    let finding = |seed| with_token(found("user-api-token", seed, &[]), &hex(32, 547), None);
    write_report(folder.path(), &[finding(548), finding(549)]);
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("not.json", "{}");
    write("other.json", r#"[{"RuleID":"cloudflare-api-key","Secret":"x","Match":"x"}]"#);
    write("later.json", r#"{"schema_version":"2.0","findings":[]}"#);
    let whole = fs::read_to_string(folder.path().join("report.json")).unwrap();
    write("cut.json", &whole[..whole.len() - 1]);
    let (url, admin) = (api(&server), admin());
    let given = [("CFLEAKS_API_URL", &*url), ("CFLEAKS_ADMIN_TOKEN", &*admin)];
    let mangled = [("CFLEAKS_API_URL", &*url), ("CFLEAKS_ADMIN_TOKEN", "one\ntwo")];
    for (words, variables, said) in [
        ("revoke", &given[..], "--report"),
        ("revoke --source .", &given, "--fingerprint"),
        ("revoke --report report.json --yes", &given[..1], "CFLEAKS_ADMIN_TOKEN"),
        ("revoke --report report.json --yes", &mangled, "more than one token"),
        ("revoke --report other.json --yes", &given, "no JSON report of cfleaks"),
        ("revoke --report later.json --yes", &given, "of a later version"),
        ("revoke --report cut.json --yes", &given, "no JSON report of cfleaks"),
        ("revoke --report none.json --yes", &given, "cannot read the report none.json"),
        ("revoke --report . --yes", &given, "no regular file"),
        ("revoke --report not.json --yes", &given, "no JSON report of cfleaks"),
        ("revoke --report report.json --yes --fingerprint x", &given, "has the fingerprint x"),
        ("revoke --report report.json --yes --detail token-id=x", &given, "about one finding"),
        ("revoke --report report.json --yes --detail account=../x", &given, "not of its form"),
        ("revoke --report report.json --yes --detail x", &given, "NAME=VALUE"),
        ("revoke --report report.json --yes --log none/log", &given, "cannot write the log"),
        ("revoke --report report.json --yes --format json", &given, "--format"),
        ("revoke --report report.json --yes --verify", &given, "does not verify"),
        ("revoke --report report.json --yes --impact", &given, "does not verify"),
        ("revoke --report report.json --yes --fail-on live", &given, "does not verify"),
        ("revoke --report report.json --yes --exit-zero", &given, "--exit-zero"),
        ("revoke --report report.json --yes --api-url http://10.0.0.1/", &given, "use https"),
    ] {
        let run = cfleaks(folder.path(), words, variables);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{words}");
        assert!(run.err.contains(said), "{words}: {}", run.err);
    }
    assert_eq!(server.seen(), []);
}

/// All that is sent comes back, in errors, names and new values, and the report holds control
/// characters.
#[test]
fn no_secret_shows_on_any_way() {
    let (leaked, admin) = (token("cfut", 550), admin());
    let folder = folder_with(&[&leaked]);
    let fingerprint = fingerprint_of(folder.path());
    let mut finding = found("user-api-token", 551, &[("name", &leaked)]);
    finding["fingerprint"] = json!(fingerprint);
    finding["title"] = json!(format!("\u{1b}[2J{leaked}"));
    write_report(folder.path(), &[finding]);
    let echo = |seen: &crate::server::Seen| {
        seen.headers.join(" ").replace('"', "") + &seen.body.replace('"', "")
    };
    for status in [200, 403, 500] {
        let server = Server::start(move |seen| match status {
            200 => good(&format!(r#"{{"id":"{}","name":"{}"}}"#, hex(32, 552), echo(seen))),
            403 => bad(403, 4242, &echo(seen)),
            _ => say(500, &echo(seen)),
        });
        let (url, proxy) = (api(&server), format!("http://u:{admin}@{}", server.address));
        for variables in [
            vec![
                ("CFLEAKS_API_URL", &*url),
                ("CFLEAKS_ADMIN_TOKEN", &*admin),
                ("RUST_LOG", "trace"),
            ],
            vec![("HTTPS_PROXY", &*proxy), ("CFLEAKS_ADMIN_TOKEN", &*admin)],
        ] {
            let words = format!(
                "revoke --report report.json --source . --fingerprint {fingerprint} --yes --log log --verify-timeout 1"
            );
            let run = cfleaks(folder.path(), &words, &variables);
            let log = fs::read_to_string(folder.path().join("log")).unwrap();
            let all = format!("{}{}{log}", run.out, run.err);
            assert!(!all.contains('\u{1b}'), "{all}");
            for piece in [&leaked[5..17], &leaked[20..32], &admin[5..17], &admin[20..32]] {
                assert!(!all.contains(piece), "{all}");
            }
        }
    }
}
