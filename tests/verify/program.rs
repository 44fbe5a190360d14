//! The program with `--verify`: what it sends, says and ends with, and that it sends nothing without.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    bench::{hex, token},
    cookbook::{bad, good, say},
    server::{Act, Server},
};

/// What came of a run.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A run in a folder, by words split at spaces, with these variables and no others of ours.
pub(crate) fn cfleaks(folder: &Path, words: &str, variables: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cfleaks"));
    command.current_dir(folder).args(words.split_whitespace());
    for name in ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "CFLEAKS_API_URL", "CFLEAKS_ADMIN_TOKEN"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    let done = command.envs(variables.iter().copied()).output().unwrap();
    Run {
        code: done.status.code().unwrap(),
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
    }
}

pub(crate) fn folder_with(tokens: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (at, token) in tokens.iter().enumerate() {
        fs::write(folder.path().join(format!("{at}.env")), format!("CF_API_TOKEN={token}\n"))
            .unwrap();
    }
    folder
}

pub(crate) fn api(server: &Server) -> String {
    format!("http://{}/client/v4", server.address)
}

fn status(word: &str) -> Act {
    good(&format!(r#"{{"id":"{}","status":"{word}"}}"#, hex(32, 900)))
}

fn verdicts(run: &Run) -> Vec<String> {
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    findings
        .iter()
        .map(|f| format!("{} {}", word(&f["verdict"]["state"]), word(&f["verdict"]["reason"])))
        .collect()
}

#[test]
fn nothing_is_sent_unless_it_is_asked_for() {
    let server = Server::start(|_| status("active"));
    let folder = folder_with(&[&token("cfut", 1)]);
    let (api, proxy) = (api(&server), format!("http://{}", server.address));
    let variables =
        [("CFLEAKS_API_URL", &*api), ("HTTPS_PROXY", &proxy), ("CFLEAKS_ADMIN_TOKEN", "x")];
    for words in ["scan .", "scan . -f json", "scan . -f sarif", "scan . --strict", "rules list"] {
        let run = cfleaks(folder.path(), words, &variables);
        assert!(run.code == 1 || words == "rules list", "{words}: {}", run.err);
        assert!(!run.out.contains("verdict"), "{words}");
    }
    assert_eq!(server.seen(), []);
}

#[test]
fn one_secret_is_asked_about_once_and_the_report_tells() {
    let server = Server::start(|_| status("active"));
    let token = token("cfut", 2);
    let folder = folder_with(&[&token, &token]);
    let run = cfleaks(folder.path(), "scan . --verify", &[("CFLEAKS_API_URL", &api(&server))]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    assert_eq!(server.targets(), ["GET api/user/tokens/verify"]);
    assert!(run.out.contains("  status  active: the service accepts it\n"), "{}", run.out);
    assert!(run.out.contains(&format!("  token   id {}\n", hex(32, 900))), "{}", run.out);
    assert!(run.out.contains("\nVerified: 1 live.\n"), "{}", run.out);
}

#[test]
fn the_exit_code_follows_from_the_verdicts() {
    let (live, dead, lost) = (token("cfut", 3), token("cfut", 4), token("cfut", 5));
    let (is_live, is_dead) = (live.clone(), dead.clone());
    let server = Server::start(move |seen| match seen.header("authorization") {
        value if value.ends_with(&is_live) => status("active"),
        value if value.ends_with(&is_dead) => bad(401, 1000, "Invalid API Token"),
        _ => say(403, "<html>"),
    });
    let words = format!("scan . -f json --verify --api-url {}", api(&server));
    for (tokens, any, only_live) in [
        (&[&*dead][..], 1, 0),
        (&[&dead, &lost], 1, 3),
        (&[&live, &dead, &lost], 1, 1),
        (&[], 0, 0),
    ] {
        let folder = folder_with(tokens);
        assert_eq!(cfleaks(folder.path(), &words, &[]).code, any);
        let run = cfleaks(folder.path(), &format!("{words} --fail-on live"), &[]);
        assert_eq!(run.code, only_live, "{}", run.out);
        let report: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(report["exit_code"], only_live);
        assert_eq!(report["fail_on"], "live");
    }
}

#[test]
fn a_failing_network_leaves_the_scan_as_it_is() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = folder_with(&[&token("cfut", 6), &token("cfat", 7)]);
    let url = format!("http://{closed}/client/v4");
    let run = cfleaks(folder.path(), "scan . -f json --verify", &[("CFLEAKS_API_URL", &url)]);
    assert_eq!(run.code, 1);
    assert_eq!(verdicts(&run), ["unknown network"; 2]);
    let words = "scan . -f json --verify --fail-on live";
    assert_eq!(cfleaks(folder.path(), words, &[("CFLEAKS_API_URL", &url)]).code, 3);
}

#[test]
fn what_is_dead_is_a_note_in_sarif() {
    let dead = Server::start(|_| bad(401, 1000, "Invalid API Token"));
    let folder = folder_with(&[&token("cfut", 8)]);
    let words = format!("scan . -f sarif --verify --api-url {}", api(&dead));
    let report: Value = serde_json::from_str(&cfleaks(folder.path(), &words, &[]).out).unwrap();
    let result = &report["runs"][0]["results"][0];
    assert_eq!(result["level"], "note");
    assert_eq!(result["properties"]["verdict"], "dead");
    assert_eq!(result["properties"]["security-severity"], "0.1");
    assert!(result["message"]["text"].as_str().unwrap().contains("Verdict 'dead'"));
}

#[test]
fn senseless_wishes_are_refused_before_anything_is_sent() {
    let server = Server::start(|_| status("active"));
    let folder = folder_with(&[&token("cfut", 9)]);
    let secret = token("cfut", 10);
    let plain = format!("scan . --verify --api-url http://{secret}.example/");
    for (words, variables, said) in [
        (&*plain, vec![], "use https"),
        ("scan . --verify", vec![("CFLEAKS_API_URL", "http://10.0.0.1/")], "use https"),
        ("scan . --fail-on live", vec![], "needs --verify"),
        ("scan . --verify", vec![("HTTPS_PROXY", "http://")], "proxy"),
        ("scan . --verify --verify-timeout 0", vec![], "--verify-timeout"),
        ("scan . --verify", vec![("CFLEAKS_ADMIN_TOKEN", "a b")], "CFLEAKS_ADMIN_TOKEN"),
        ("scan . --verify --api-url nonsense", vec![], "write it as https://"),
        ("scan . --verify --api-url https://u:p@h/", vec![], "leave it out"),
    ] {
        let run = cfleaks(folder.path(), words, &variables);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{words}");
        assert!(run.err.contains(said), "{words}: {}", run.err);
        assert!(!run.err.contains(&secret[5..25]), "{}", run.err);
    }
    assert_eq!(server.seen(), []);
}

#[test]
fn the_proxy_of_the_environment_is_used() {
    let proxy = Server::start(|_| say(503, "<html>"));
    let folder = folder_with(&[&token("cfut", 11)]);
    let address = format!("http://{}", proxy.address);
    let variables = [("HTTPS_PROXY", &*address)];
    let run = cfleaks(folder.path(), "scan . -f json --verify", &variables);
    assert_eq!(verdicts(&run), ["unknown proxy"]);
    assert_eq!(proxy.seen()[0].line, "CONNECT api.cloudflare.com:443 HTTP/1.1");
}

/// The scanned text wants to be asked elsewhere.
#[test]
fn the_scanned_folder_has_no_say_in_where_secrets_go() {
    let (server, evil) = (Server::start(|_| status("active")), Server::start(|_| status("active")));
    let folder = folder_with(&[&token("cfut", 12)]);
    let url = api(&evil);
    for name in [".env", "cfleaks.toml", ".cfleaks.toml", ".cfleaks/config.toml"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = format!("CFLEAKS_API_URL={url}\napi_url = \"{url}\"\nHTTPS_PROXY={url}\n");
        fs::write(path, text).unwrap();
    }
    let words = format!("scan . -f json --verify --verify-access --api-url {}", api(&server));
    assert_eq!(verdicts(&cfleaks(folder.path(), &words, &[])), ["active -"]);
    assert_eq!((server.seen().len(), evil.seen().len()), (1, 0));
}

#[test]
fn no_run_shows_a_secret() {
    // All that is sent comes back in the answer, where an error or a report might quote it.
    let server = Server::start(|seen| bad(403, 4242, &seen.headers.join(" ").replace('"', "")));
    let (secret, admin) = (token("cfut", 13), token("cfat", 14));
    let folder = folder_with(&[&secret]);
    let (api, proxy) = (api(&server), format!("http://u:{admin}@{}", server.address));
    for format in ["text", "json", "jsonl", "sarif"] {
        for variables in [
            vec![("CFLEAKS_API_URL", &*api), ("CFLEAKS_ADMIN_TOKEN", &*admin)],
            vec![("HTTPS_PROXY", &*proxy), ("CFLEAKS_ADMIN_TOKEN", &*admin), ("RUST_LOG", "trace")],
        ] {
            let words = format!("scan . -f {format} --verify --progress always");
            let run = cfleaks(folder.path(), &words, &variables);
            assert_eq!(run.code, 1);
            for piece in [&secret[5..17], &secret[20..32], &admin[5..17], &admin[20..32]] {
                assert!(!run.out.contains(piece) && !run.err.contains(piece), "{format}");
            }
        }
    }
}

#[test]
fn with_impact_the_reports_tell_what_it_opens_and_no_secret() {
    let (secret, id, zone) = (token("cfut", 15), hex(32, 901), hex(32, 902));
    let server = Server::start(move |seen| match seen.target().as_str() {
        "GET api/user/tokens/verify" => good(&format!(r#"{{"id":"{id}","status":"active"}}"#)),
        // A name that quotes what was sent.
        "GET api/zones?page=1&per_page=50" => {
            good(&format!(r#"[{{"id":"{zone}","name":"{}"}}]"#, seen.header("authorization")))
        }
        target if target == format!("GET api/user/tokens/{id}") => good(&format!(
            r#"{{"id":"{id}","name":"\u001b[31m{}","policies":[{{"effect":"allow","resources":{{}},
                "permission_groups":[{{"id":"x","name":"DNS Write"}}]}}]}}"#,
            seen.header("authorization")
        )),
        _ => bad(403, 10000, "Authentication error"),
    });
    let folder = folder_with(&[&secret]);
    let run = |format: &str| {
        let words = format!("scan . -f {format} --impact --api-url {}", api(&server));
        let run = cfleaks(folder.path(), &words, &[]);
        assert_eq!((run.code, run.err.as_str()), (1, ""));
        assert!(!run.out.contains(&secret[5..20]) && !run.out.contains('\u{1b}'), "{}", run.out);
        run.out
    };
    let text = run("text");
    for line in [
        "  status  active: the service accepts it\n",
        "  grade   traffic\n",
        "it may change where names and requests lead\n",
        "  opens   1 permission: DNS Write\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    let report: Value = serde_json::from_str(&run("json")).unwrap();
    let schema = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    let checked = jsonschema::validate(&schema, &report);
    assert!(checked.is_ok(), "{checked:?}");
    let found = &report["findings"][0];
    assert_eq!(
        (&found["impact"]["grade"], &found["severity"]),
        (&"traffic".into(), &"high".into())
    );
    assert_eq!(found["impact"]["zone_count"], 1);
    let sarif: Value = serde_json::from_str(&run("sarif")).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["level"], "error");
    assert_eq!(result["properties"]["impact"]["grade"], "traffic");
    assert!(
        result["message"]["text"].as_str().unwrap().contains("Impact 'traffic': it may change")
    );
    // In every format stands how to end it.
    let remedy = found["remedy"].as_str().unwrap();
    assert!(remedy.contains("`DELETE /user/tokens/{id}`"), "{remedy}");
    assert!(text.contains("DELETE /user/tokens/{id}"), "{text}");
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let own = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
    assert!(own["help"]["markdown"].as_str().unwrap().contains(remedy));
    let first = run("jsonl");
    let first: Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
    assert_eq!(first["remedy"], remedy);
}

/// What answered before Ctrl-C is in the report; what is waited for is not waited for any longer.
#[cfg(unix)]
#[test]
fn an_interruption_keeps_what_is_known_and_waits_for_nothing() {
    let (live, slow) = (token("cfut", 16), token("cfut", 17));
    let is_live = live.clone();
    let server =
        Server::start(move |seen| match seen.header("authorization").ends_with(&is_live) {
            true => status("active"),
            false => Act::Hang(Duration::from_secs(60)),
        });
    let folder = folder_with(&[&live, &slow]);
    let words = format!("scan . -f json --verify --api-url {}", api(&server));
    let run = Command::new(env!("CARGO_BIN_EXE_cfleaks"))
        .current_dir(folder.path())
        .args(words.split_whitespace())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    while server.seen().len() < 2 {
        thread::sleep(Duration::from_millis(10));
    }
    // The answer to the first is on its way.
    thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    let id = rustix::process::Pid::from_raw(i32::try_from(run.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let done = run.wait_with_output().unwrap();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(done.status.code(), Some(130));
    let out = String::from_utf8(done.stdout).unwrap();
    let run = Run { code: 130, out, err: String::new() };
    let mut said = verdicts(&run);
    said.sort();
    assert_eq!(said, ["active -", "unknown interrupted"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&report["complete"], &report["interrupted"]), (&false.into(), &true.into()));
}

/// A live token, of which everything else fails in every way there is, with all that was sent in it.
#[test]
fn no_failure_of_impact_shows_a_secret() {
    let (secret, admin, id) = (token("cfut", 18), token("cfat", 19), hex(32, 903));
    let folder = folder_with(&[&secret]);
    for status in [200, 302, 400, 403, 404, 429, 500] {
        let own = id.clone();
        let server = Server::start(move |seen| {
            let all = seen.headers.join(" ").replace('"', "");
            match seen.target().as_str() {
                "GET api/user/tokens/verify" => {
                    good(&format!(r#"{{"id":"{own}","status":"active"}}"#))
                }
                _ if status == 200 => good(&format!(
                    r#"[{{"id":"{own}","name":"{all}","public_key":"{all}","aud":"{all}"}}]"#
                )),
                _ => Act::Say(
                    status,
                    vec![("Location", format!("https://e.example/?{all}")), ("X", all.clone())],
                    format!(r#"{{"success":false,"errors":[{{"code":1,"message":"{all}"}}]}}"#),
                ),
            }
        });
        let url = api(&server);
        for format in ["text", "json", "jsonl", "sarif"] {
            let words = format!("scan . -f {format} --impact --verify-timeout 1 --progress always");
            let variables = [
                ("CFLEAKS_API_URL", &*url),
                ("CFLEAKS_ADMIN_TOKEN", &*admin),
                ("RUST_LOG", "trace"),
                ("RUST_BACKTRACE", "1"),
            ];
            let run = cfleaks(folder.path(), &words, &variables);
            assert_eq!(run.code, 1, "{status} {format}: {}", run.err);
            for piece in [&secret[5..17], &secret[20..32], &admin[5..17], &admin[20..32]] {
                let all = format!("{}{}", run.out, run.err);
                assert!(!all.contains(piece), "{status} {format}");
            }
        }
    }
}

#[test]
fn the_gravest_that_lives_comes_first_and_the_dead_last() {
    let (dead, live) = (token("cfut", 20), token("cfut", 21));
    let is_live = live.clone();
    let server =
        Server::start(move |seen| match seen.header("authorization").ends_with(&is_live) {
            true => status("active"),
            false => bad(401, 1000, "Invalid API Token"),
        });
    let words = format!("scan . -f json --verify --api-url {}", api(&server));
    for tokens in [[&*dead, &live], [&live, &dead]] {
        let run = cfleaks(folder_with(&tokens).path(), &words, &[]);
        assert_eq!(verdicts(&run), ["active -", "dead -"]);
    }
}
