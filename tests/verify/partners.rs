//! From text to request: what the real detector finds near a secret goes where it belongs.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
};

use cfleaks::{
    detect::Detector,
    model::{Finding, Unknown, Verdict},
    scan::{Scanner, Settings, Silent},
};
use jiff::Timestamp;

use crate::{
    bench::{self, Leaping, Way, hex, network, token, verify},
    cookbook::{bad, say},
    server::{Act, Seen, Server},
};

/// What a scan of this text finds.
pub(crate) fn found(text: &str) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("leak.env"), text).unwrap();
    let rules = Arc::new(bench::rules().clone());
    let detector = Detector::new(rules, Timestamp::from_second(bench::NOW).unwrap());
    let (settings, stop) = (Settings::default(), Arc::new(AtomicBool::new(false)));
    let scanner =
        Scanner { detector: &detector, settings: &settings, progress: &Silent, stop: &stop };
    scanner.scan(&[PathBuf::from(folder.path())]).unwrap().findings
}

/// What is asked about the one secret of this text, and the verdict.
fn asked(
    way: &Way,
    text: &str,
    answer: impl Fn() -> Act + Send + Sync + 'static,
) -> (Vec<Seen>, Verdict) {
    let mut findings = found(text);
    assert_eq!(findings.len(), 1, "{text}");
    let server = Server::start(move |_| answer());
    verify(&network(&server), &Leaping::new(), way, &mut findings);
    (server.seen(), findings[0].verdict.unwrap())
}

const REFUSED: (u16, i64, &str) = (403, 9103, "Unknown X-Auth-Key or X-Auth-Email");

#[test]
fn a_global_key_goes_with_the_address_beside_it() {
    let refused = || bad(REFUSED.0, REFUSED.1, REFUSED.2);
    for key in [hex(37, 1), token("cfk", 2)] {
        // Under a name that says so, and alone: then the pair is the right one.
        let text = format!("CF_API_EMAIL=ops@shop.example\nCF_API_KEY={key}\n");
        let (seen, verdict) = asked(&Way::default(), &text, refused);
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].target(), "GET api/user");
        assert_eq!(seen[0].header("x-auth-email"), "ops@shop.example");
        assert_eq!(seen[0].header("x-auth-key"), key);
        assert_eq!(verdict, Verdict::Dead);
        // Anybody's address: the refusal proves nothing of the key.
        for text in [
            format!("# ask bob@shop.example\nCF_API_KEY={key}\n"),
            format!("CF_API_EMAIL=a@shop.example\nCF_API_KEY={key}\nCF_API_EMAIL=b@shop.example\n"),
        ] {
            let (seen, verdict) = asked(&Way::default(), &text, refused);
            assert_eq!(seen.len(), 1, "{text}");
            assert_eq!(verdict, Verdict::Unknown(Unknown::WrongPartner), "{text}");
        }
    }
}

#[test]
fn an_r2_pair_goes_to_the_account_of_its_endpoint() {
    let (account, id, secret) = (hex(32, 3), hex(32, 4), hex(64, 5));
    let text = format!(
        "AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n\
         AWS_ENDPOINT_URL=https://{account}.eu.r2.cloudflarestorage.com\n"
    );
    let (seen, _) = asked(&Way::default(), &text, || say(418, "?"));
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].target(), format!("GET {account}.eu.r2.cloudflarestorage.com/"));
    let authorization = seen[0].header("authorization");
    assert!(authorization.starts_with(&format!("AWS4-HMAC-SHA256 Credential={id}/20261201/auto/")));
    assert!(!format!("{seen:?}").contains(&secret));
}

#[test]
fn an_access_pair_goes_to_its_host_and_only_with_the_flag() {
    let id = format!("{}.access", hex(32, 6));
    for secret in [hex(64, 7), token("cfast", 8)] {
        let text = format!(
            "curl -H 'CF-Access-Client-Id: {id}' -H 'CF-Access-Client-Secret: {secret}' https://app.shop.example\n"
        );
        let way = Way { access: true, ..Way::default() };
        let (seen, _) = asked(&way, &text, || say(418, "?"));
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].target(), "GET app.shop.example/");
        assert_eq!(seen[0].header("cf-access-client-id"), id);
        assert_eq!(seen[0].header("cf-access-client-secret"), secret);
        assert_eq!(asked(&Way::default(), &text, || say(418, "?")).0, []);
    }
}

#[test]
fn an_account_token_is_asked_in_the_account_beside_it() {
    let (token, account) = (token("cfat", 9), hex(32, 10));
    let text = format!("CLOUDFLARE_ACCOUNT_ID={account}\nCLOUDFLARE_API_TOKEN={token}\n");
    let (seen, _) = asked(&Way::default(), &text, || say(418, "?"));
    assert_eq!(seen[0].target(), format!("GET api/accounts/{account}/tokens/verify"));
}
