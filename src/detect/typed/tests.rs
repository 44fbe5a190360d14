//! Typed detection end to end: every place a resource can stand in, and what hostile text does.

use std::{fmt::Write as _, sync::LazyLock};

use ::base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;

use super::*;
use crate::{
    detect::{Detector, Scratch},
    model::Layer,
    rules::{Attribute, RuleSet, template},
};

static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::new(RuleSet::builtin(), "2026-11-22T00:00:00Z".parse().unwrap()));

fn detect(text: &[u8]) -> Vec<Candidate> {
    DETECTOR.detect(text, &mut Scratch::default())
}

/// What is found, as `rule=secret`.
fn found(text: &str) -> Vec<String> {
    let rules = DETECTOR.rules().rules();
    let shown = |c: Candidate| {
        format!("{}={}", rules[c.rule].id, String::from_utf8_lossy(c.secret.reveal()))
    };
    detect(text.as_bytes()).into_iter().map(shown).collect()
}

fn drawn(text: &str, seed: u64) -> String {
    String::from_utf8(template::expand(text, seed).unwrap()).unwrap()
}

fn turn_key(attributes: &str) -> String {
    format!(
        r#"{{"mode":"managed","type":"cloudflare_calls_turn_app","name":"x","instances":[{{"attributes":{{{attributes}}}}}]}}"#
    )
}

/// Every attribute that the provider marks as sensitive (formats of version 5 and 4), by rule: each is
/// found at its own place and reported as its own kind.
#[test]
fn every_attribute_of_every_rule_is_found_where_it_stands() {
    let mut count = 0;
    for rule in DETECTOR.rules().rules() {
        for text in rule.terraform.iter().flat_map(|terraform| &terraform.attributes) {
            let attribute = Attribute::parse(text).unwrap();
            // A value that the strictest requirement lets pass.
            let key = drawn("{{alnum:64}}", count);
            let value = match &*rule.id {
                "cloudflare-private-key" => {
                    format!("-----BEGIN PRIVATE KEY----- {key}{key}-----END")
                }
                "cloudflare-logpush-credentials" => format!("r2://x?secret-access-key={key}"),
                _ => key,
            };
            let mut inner = format!("\"{value}\"");
            for (depth, step) in attribute.steps.iter().enumerate().rev() {
                let name = step.name.as_deref().unwrap_or("any");
                inner = match attribute.steps.get(depth.wrapping_sub(1)) {
                    Some(holder) if holder.with_type.is_some() => format!(
                        r#"{{"{name}":{inner},"type":"{}"}}"#,
                        holder.with_type.as_deref().unwrap()
                    ),
                    _ => format!(r#"{{"{name}":{inner}}}"#),
                };
            }
            let state = format!(
                r#"{{"type":"{}","name":"x","instances":[{{"attributes":{inner}}}]}}"#,
                attribute.resource
            );
            let secret = value.rsplit_once("access-key=").map_or(&*value, |(_, secret)| secret);
            assert_eq!(found(&state), [format!("{}={secret}", rule.id)], "{text}");
            count += 1;
        }
    }
    assert!(count > 80, "{count}");
}

#[test]
fn what_the_resource_says_of_itself_is_told() {
    let text = drawn(
        r#"{"type":"cloudflare_api_token","instances":[
            {"attributes":{"id":"{{repeat:1:32}}","expires_on":"2020-01-01T00:00:00Z","value":"{{b64url:38}}-x"}},
            {"attributes":{"id":"{{repeat:2:32}}","account_id":"{{repeat:3:32}}","value":"{{b64url:38}}-y"}}]}"#,
        1,
    );
    let found = detect(text.as_bytes());
    let told = |at: usize, name: &str| -> Option<String> {
        found[at].facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.clone())
    };
    assert_eq!(found.len(), 2);
    assert_eq!(told(0, "token-id"), Some("1".repeat(32)));
    assert_eq!(told(0, "attribute").as_deref(), Some("cloudflare_api_token.value"));
    assert!(matches!(found[0].lapse, Some(Lapse::Expired(_))));
    assert_eq!(told(1, "token-id"), Some("2".repeat(32)));
    assert_eq!(told(1, "account"), Some("3".repeat(32)));
    assert_eq!((told(0, "account"), &found[1].lapse), (None, &None));
}

#[test]
fn a_token_that_knows_itself_takes_over_what_the_state_knows() {
    let text = drawn(
        r#"{"type":"cloudflare_api_token","instances":[{"attributes":{"id":"{{hex:32}}","value":"cfut_{{alnum:40}}{{crc32}}"}}]}"#,
        1,
    );
    let found = detect(text.as_bytes());
    assert_eq!(found.len(), 1);
    let mut names: Vec<_> = found[0].facts.iter().map(|fact| fact.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["attribute", "checksum", "token-id"]);
}

#[test]
fn a_resource_is_read_at_every_level_of_quoting_and_in_every_encoding() {
    let key = drawn("{{hex:64}}", 3);
    let plain = turn_key(&format!(r#""key":"{key}""#));
    let mut text = plain.clone();
    for level in 0..4 {
        assert_eq!(found(&text), [format!("cloudflare-realtime-turn-key={key}")], "{level}");
        // Laid out over lines, which the next level escapes too.
        text = serde_json::to_string(&format!("a\n{text}\n\t")).unwrap();
    }
    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&plain).unwrap())
            .unwrap();
    for text in
        [pretty.clone(), pretty.replace('\n', "\r\n"), serde_json::to_string(&pretty).unwrap()]
    {
        assert_eq!(found(&text).len(), 1, "{text}");
    }
    for front in 0..3 {
        let encoded = STANDARD.encode(format!("{}{pretty}", " ".repeat(front)));
        let found = detect(encoded.as_bytes());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].layers, [Layer::Base64]);
    }
    for big in [false, true] {
        let unit = |u: u16| if big { u.to_be_bytes() } else { u.to_le_bytes() };
        let wide: Vec<u8> = format!("\u{feff}{pretty}").encode_utf16().flat_map(unit).collect();
        assert_eq!(detect(&wide).len(), 1, "{big}");
    }
}

#[test]
fn escapes_in_a_value_are_undone_and_the_place_is_that_of_the_text() {
    let text = turn_key(r#""key":"a\u0026b\"c\\d\/e\nf{{rest}}""#);
    let found = detect(text.as_bytes());
    assert_eq!(found.len(), 0, "a template is no value");
    let text = turn_key(r#""key":"a\u0026b\"c\\d\/e\nf""#);
    let found = detect(text.as_bytes());
    assert_eq!(found[0].secret.reveal(), b"a&b\"c\\d/e\nf");
    assert_eq!(found[0].span.of(text.as_bytes()), br#"a\u0026b\"c\\d\/e\nf"#);
}

#[test]
fn what_is_cut_off_is_read_as_far_as_it_goes() {
    let key = drawn("{{hex:64}}", 4);
    let text = turn_key(&format!(r#""account_id":"1","key":"{key}","name":"x""#));
    let whole = text.find(&key).unwrap() + key.len() + 1;
    for end in 0..text.len() {
        let expected =
            if end >= whole { vec![format!("cloudflare-realtime-turn-key={key}")] } else { vec![] };
        assert_eq!(found(&text[..end]), expected, "{end}");
    }
    let kind = text.find("\"type\"").unwrap();
    for start in 0..=kind {
        assert_eq!(found(&text[start..]).len(), 1, "{start}");
    }
}

#[test]
fn keys_may_come_in_any_order() {
    let key = drawn("{{hex:64}}", 5);
    let sorted = format!(
        r#"{{"instances":[{{"attributes":{{"key":"{key}","notes":"}} ] \" {{"}}}}],"mode":"managed","name":"x","type":"cloudflare_calls_turn_app"}}"#
    );
    assert_eq!(found(&sorted).len(), 1);
    let many = format!("[{}]", vec![sorted; 50].join(","));
    assert_eq!(found(&many).len(), 50);
}

#[test]
fn an_attribute_counts_only_where_attributes_stand() {
    for text in [
        r#"{"type":"cloudflare_calls_turn_app","key":"KEY"}"#,
        r#"{"type":"cloudflare_calls_turn_app","instances":[{"sensitive_attributes":[{"key":"KEY"}]}]}"#,
        r#"{"type":"cloudflare_calls_turn_app","change":{"after_unknown":{"key":"KEY"}}}"#,
        r#"{"type":"cloudflare_calls_turn_app","values":{"nested":{"key":"KEY"}}}"#,
        r#"{"type":"cloudflare_calls_turn_app"},{"values":{"key":"KEY"}}"#,
        r#"{"kind":"cloudflare_calls_turn_app","values":{"key":"KEY"}}"#,
        r#"{"type":"cloudflare_calls_turn_app_2","values":{"key":"KEY"}}"#,
        r#"output "cloudflare_calls_turn_app" "x" { key = "KEY" }"#,
        r#"resource "cloudflare_calls_turn_app" "x" { other = { key = "KEY" } }"#,
    ] {
        let text = text.replace("KEY", &drawn("{{hex:64}}", 6));
        assert_eq!(found(&text), [""; 0], "{text}");
    }
}

#[test]
fn configuration_holds_literals_and_expressions() {
    let values = |body: &str| -> Vec<String> {
        let text = format!("resource \"cloudflare_ipsec_tunnel\" \"x\" {{\n{body}\n}}\n");
        found(&text).iter().map(|f| f.split_once('=').unwrap().1.to_owned()).collect()
    };
    assert_eq!(values(r#"psk = "lit${""}eral""#), [""; 0]);
    assert_eq!(values("psk = \"one-literal\" # why"), ["one-literal"]);
    assert_eq!(values("psk=\"one-literal\" // why"), ["one-literal"]);
    assert_eq!(values("psk = \"a \\\"quoted\\\" one\""), ["a \"quoted\" one"]);
    assert_eq!(values("psk = <<EOT\nline-one\nEOT"), ["line-one"]);
    assert_eq!(values("/* psk = \"one-literal\" */"), [""; 0]);
    assert_eq!(values("psk = var.b ? \"one\" : \"psk-two\""), [""; 0]);
    assert_eq!(values("psk = lookup(var.m, \"key\", \"default-x\")"), [""; 0]);
    assert_eq!(values("psk = \"one\" == var.x"), [""; 0]);
    assert_eq!(values("psk = local.keys[\"psk-name\"]\nname = \"x\""), [""; 0]);
    assert_eq!(values("name = \"${var.a[\"b\"]}-x\"\n  psk = \"after-it\""), ["after-it"]);
    assert_eq!(values("psk = \"no end\nname = \"x\""), ["no end"]);
}

#[test]
fn a_resource_larger_than_the_reach_is_read_up_to_it() {
    let key = drawn("{{hex:64}}", 8);
    for (filler, expected) in [(AFTER / 2, 1), (AFTER, 0)] {
        let text = turn_key(&format!(r#""notes":"{}","key":"{key}""#, "x".repeat(filler)));
        assert_eq!(found(&text).len(), expected);
    }
}

#[test]
fn hostile_text_takes_no_time() {
    // Of this thread alone: the machine may be busy.
    let began = cpu_time::ThreadTime::now();
    let mut texts = Vec::new();
    for unit in [
        r#""type":"cloudflare_api_token","#,
        r#"{"type":"cloudflare_api_token","values":{"value":"#,
        r#"{"type":"cloudflare_api_token","values":{"#,
        r#"[{"type":"cloudflare_api_token""#,
        r#"\\\"type\\\":\\\"cloudflare_api_token\\\","#,
        r#"{"cloudflare_api_token":{"#,
        "resource \"cloudflare_api_token\" \"x\" {\n",
        "resource \"cloudflare_api_token\" \"x\" { value = <<A\n",
        "resource \"cloudflare_api_token\" \"x\" { value = \"${\"",
        r#""cloudflare_"#,
        r#""cloudflare:index/"#,
    ] {
        texts.push(unit.repeat((1 << 20) / unit.len()));
    }
    let mut deep = r#"{"type":"cloudflare_api_token","values":"#.to_owned();
    for _ in 0..1000 {
        let _ = write!(deep, "{{\"{}\":[", "k".repeat(300));
    }
    texts.push(deep.repeat(3));
    for text in &texts {
        detect(text.as_bytes());
        let escaped: String = text.chars().rev().collect();
        detect(escaped.as_bytes());
    }
    let seconds = began.elapsed().as_secs();
    assert!(seconds < 60, "{seconds} s");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("\"type\":".to_owned()), Just("\"cloudflare_api_token\"".to_owned()),
                Just("\\\"type\\\":\\\"cloudflare_api_token\\\"".to_owned()),
                Just("resource \"cloudflare_ipsec_tunnel\" \"x\" {".to_owned()),
                Just("\"values\":{\"value\":".to_owned()), Just("psk = <<E\n".to_owned()),
                "[\\[\\]{}\"\\\\:,=\n $#/*()a]{0,12}",
            ], 0..40)
    ) {
        let text = parts.concat();
        for candidate in detect(text.as_bytes()) {
            prop_assert!(candidate.span.end <= text.len());
        }
    }
}
