//! Every kind of credential that Cloudflare hands out is shown in at least four carriers and told from
//! at least four things that look like it. What counts is what the real detector makes of the rules'
//! examples, not how many of them there are; `rules.rs` tests each by itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

use std::{collections::BTreeSet, sync::LazyLock};

use cfleaks::{
    detect::{Detector, Scratch},
    model::Confidence,
    rules::{Example, Rule, RuleSet, template},
};
use regex::bytes::Regex;

static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::new(RuleSet::builtin(), jiff::Timestamp::now()));

/// How many of each there must be.
const ENOUGH: usize = 4;

/// The kinds: a name, the rules that report them, and how the whole secret looks, which tells apart
/// what one rule knows in several shapes.
const KINDS: &[(&str, &[&str], &str)] = &[
    ("Global API key", &["cloudflare-global-api-key"], "cfk_[A-Za-z0-9]{48}"),
    ("Global API key, legacy", &["cloudflare-global-api-key-legacy"], "[0-9a-f]{37,45}"),
    ("user API token", &["cloudflare-user-api-token"], "cfut_[A-Za-z0-9]{48}"),
    ("account API token", &["cloudflare-account-api-token"], "cfat_[A-Za-z0-9]{48}"),
    ("API token, legacy", &["cloudflare-api-token-legacy"], "[A-Za-z0-9_-]{40}"),
    ("OAuth access token", &["cloudflare-oauth-access-token"], "cfoat_.{87}"),
    ("OAuth refresh token", &["cloudflare-oauth-refresh-token"], "cfort_.{87}"),
    (
        "OAuth token without a prefix",
        &["cloudflare-oauth-access-token", "cloudflare-oauth-refresh-token"],
        r"[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{43}",
    ),
    ("Access client secret", &["cloudflare-access-client-secret"], "cfast_[A-Za-z0-9]{48}"),
    ("Access client secret, legacy", &["cloudflare-access-client-secret-legacy"], "[0-9a-f]{64}"),
    ("Access JWT", &["cloudflare-access-jwt"], "eyJ.+"),
    ("Origin CA key", &["cloudflare-origin-ca-key"], r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}"),
    (
        "Origin CA key, older",
        &["cloudflare-origin-ca-key"],
        r"v1\.0-[0-9a-f]{64}-[0-9a-f]{128}-[0-9a-f]{64}",
    ),
    ("tunnel token", &["cloudflare-tunnel-token"], "eyJ.+"),
    ("tunnel credentials", &["cloudflare-tunnel-credentials"], "[A-Za-z0-9+/]{43,}=*"),
    ("cert.pem", &["cloudflare-tunnel-cert"], "(?s).+"),
    ("R2 key pair", &["cloudflare-r2-access-key"], "[0-9a-f]{64}"),
    ("R2 session token", &["cloudflare-r2-session-token"], "and0.+"),
    ("presigned R2 address", &["cloudflare-r2-presigned-url"], "[0-9a-f]{64}"),
    ("Turnstile secret", &["cloudflare-turnstile-secret"], "0x4[A-Za-z0-9_-]{32}"),
    ("deploy hook", &["cloudflare-deploy-hook"], "[0-9a-f-]{36}"),
    ("Realtime SFU secret", &["cloudflare-realtime-sfu-secret"], "[0-9a-f]{64}"),
    ("Realtime TURN key", &["cloudflare-realtime-turn-key"], "[0-9a-f]{64}"),
    ("Stream signing key, PEM", &["cloudflare-stream-signing-key"], "LS0t.+"),
    ("Stream signing key, JWK", &["cloudflare-stream-signing-key"], "eyJ.+"),
    ("Stream live input", &["cloudflare-stream-live-input"], "(?s).+"),
    ("webhook secret", &["cloudflare-webhook-secret"], "(?s).+"),
    ("Images signing key", &["cloudflare-images-key"], "[A-Za-z0-9]{33}"),
    ("WARP+ licence key", &["cloudflare-warp-license-key"], "[A-Za-z0-9]{8}(-[A-Za-z0-9]{8}){2}"),
    ("SCIM secret", &["cloudflare-scim-secret"], "(?s).+"),
    ("OAuth client secret", &["cloudflare-oauth-client-secret"], "(?s).+"),
    ("pre-shared key", &["cloudflare-ipsec-psk"], "(?s).+"),
    ("TSIG secret", &["cloudflare-tsig-secret"], "(?s).+"),
];

fn rule(id: &str) -> &'static Rule {
    let found = DETECTOR.rules().rules().iter().find(|rule| &*rule.id == id);
    found.unwrap_or_else(|| panic!("there is no rule {id}"))
}

/// Whether the detector reports, in this example's text, a secret of that rule and shape at `likely`
/// or better.
fn shows(example: &Example, id: &str, shape: &Regex) -> bool {
    let text = template::expand(&example.text, 1).unwrap();
    DETECTOR.detect(&text, &mut Scratch::default()).iter().any(|candidate| {
        &*DETECTOR.rules().rules()[candidate.rule].id == id
            && candidate.confidence >= Confidence::Likely
            && shape.is_match(candidate.secret.reveal())
    })
}

#[test]
fn each_kind_is_found_in_four_carriers() {
    let mut lacking = Vec::new();
    for (kind, rules, shape) in KINDS {
        let shape = Regex::new(&format!("^(?:{shape})$")).unwrap();
        // Any rule's example may show it; a carrier is named by the example's note.
        let all = DETECTOR.rules().rules().iter().flat_map(|rule| &rule.examples);
        let shown = all.filter(|example| rules.iter().any(|id| shows(example, id, &shape)));
        let carriers: BTreeSet<&str> = shown.map(|example| example.note.as_str()).collect();
        if carriers.len() < ENOUGH {
            lacking.push(format!("{kind}: {carriers:?}"));
        }
    }
    assert!(lacking.is_empty(), "too few carriers:\n{}", lacking.join("\n"));
}

#[test]
fn each_kind_is_told_from_four_lookalikes() {
    let mut lacking = Vec::new();
    for (kind, ids, _) in KINDS {
        let mut innocent = BTreeSet::new();
        for counter in ids.iter().flat_map(|id| &rule(id).counter_examples) {
            let text = template::expand(&counter.text, 1).unwrap();
            let found = DETECTOR.detect(&text, &mut Scratch::default());
            let is_silent = found
                .iter()
                .all(|candidate| !ids.contains(&&*DETECTOR.rules().rules()[candidate.rule].id));
            if is_silent {
                innocent.insert(counter.reason.as_str());
            }
        }
        if innocent.len() < ENOUGH {
            lacking.push(format!("{kind}: {innocent:?}"));
        }
    }
    assert!(lacking.is_empty(), "too few lookalikes:\n{}", lacking.join("\n"));
}

/// A rule that is added later is held to the same; so each is among the kinds or has as many of each.
#[test]
fn no_rule_has_fewer() {
    let any = Regex::new("").unwrap();
    for rule in DETECTOR.rules().rules() {
        let notes: BTreeSet<&str> = rule
            .examples
            .iter()
            .filter(|example| shows(example, example.expect.as_deref().unwrap_or(&rule.id), &any))
            .map(|example| example.note.as_str())
            .collect();
        assert!(notes.len() >= ENOUGH, "{} is found in {notes:?} only", rule.id);
        let reasons: BTreeSet<&str> =
            rule.counter_examples.iter().map(|counter| counter.reason.as_str()).collect();
        assert!(reasons.len() >= ENOUGH, "{} has counter-examples {reasons:?} only", rule.id);
    }
}
