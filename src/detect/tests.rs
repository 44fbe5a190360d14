//! Detection end to end on made-up tokens, through the built-in rules.

use ::base64::{Engine, engine::general_purpose::STANDARD as PADDED};
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::{
    model::{Confidence, Layer, Span},
    rules::template,
};

const RULE: &str = "cloudflare-user-api-token";

fn detector() -> Detector {
    Detector::new(RuleSet::builtin(), Timestamp::now())
}

fn detect(text: &[u8]) -> Vec<Candidate> {
    detector().detect(text, &mut Scratch::default())
}

fn token(seed: u64) -> String {
    let text = template::expand("cfut_{{alnum:40}}{{crc32}}", seed).unwrap();
    String::from_utf8(text).unwrap()
}

/// The same with a digit of the checksum changed.
fn mistyped(seed: u64) -> String {
    let mut token = token(seed);
    let last = if token.ends_with('0') { "1" } else { "0" };
    token.replace_range(token.len() - 1.., last);
    token
}

fn wide(text: &str, big: bool) -> Vec<u8> {
    text.encode_utf16()
        .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
        .collect()
}

#[test]
fn a_valid_checksum_is_certain_whatever_stands_beside_it() {
    let token = token(1);
    for (left, right) in [("", ""), ("x", "y"), ("_", "_"), ("cfut_", "0"), ("\0", "\u{200b}")] {
        let text = format!("{left}{token}{right}");
        let found = detect(text.as_bytes());
        assert_eq!(found.len(), 1, "{left:?} {right:?}");
        assert_eq!(found[0].confidence, Confidence::Certain);
        assert_eq!(found[0].secret.reveal(), token.as_bytes());
        assert_eq!(found[0].span, Span::new(left.len(), left.len() + token.len()));
    }
}

#[test]
fn a_wrong_checksum_is_possible_and_must_stand_alone() {
    let token = mistyped(2);
    let found = detect(format!("A={token}\n").as_bytes());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].confidence, Confidence::Possible);
    assert!(detect(format!("A=x{token}\n").as_bytes()).is_empty());
    assert!(detect(format!("A={token}x\n").as_bytes()).is_empty());
    assert_eq!(detect(format!("\"\\n{token}\"").as_bytes()).len(), 1);
}

#[test]
fn base64_at_each_alignment_is_placed_on_the_outer_text() {
    let token = token(3);
    for front in 0..4 {
        let encoded = PADDED.encode(format!("{}{token} rest", "u".repeat(front)));
        let text = format!("data:\n  key: {encoded}\n");
        let found = detect(text.as_bytes());
        assert_eq!(found.len(), 1, "{front}");
        assert_eq!(found[0].layers, [Layer::Base64]);
        assert_eq!(found[0].secret.reveal(), token.as_bytes());
        let start = text.find(&encoded).unwrap();
        assert!(found[0].span.start >= start && found[0].span.end <= start + encoded.len());
    }
}

#[test]
fn utf16_of_both_orders_and_base64_inside_it() {
    let token = token(4);
    let encoded = PADDED.encode(&token);
    for big in [false, true] {
        let layer = if big { Layer::Utf16Be } else { Layer::Utf16Le };
        for mark in ["", "\u{feff}"] {
            let text = format!("{mark}[HKEY]\r\n\"token\"=\"{token}\"\r\n");
            let found = detect(&wide(&text, big));
            assert_eq!(found.len(), 1, "big {big} mark {mark:?}");
            assert_eq!(found[0].layers, [layer]);
            assert_eq!(found[0].span.len(), token.len() * 2);
            let text = format!("{mark}[HKEY]\r\n\"token\"=\"{encoded}\"\r\n");
            let found = detect(&wide(&text, big));
            assert_eq!(found.len(), 1, "big {big} mark {mark:?}, encoded");
            assert_eq!(found[0].layers, [layer, Layer::Base64]);
        }
    }
}

#[test]
fn a_tunnel_token_ends_where_its_object_does() {
    let json = r#"{"a":"{{hex:32}}","t":"{{uuid}}","s":"{{base64:{{random:36}}}}"}"#;
    let draw = |seed| {
        let token = template::expand(&format!("{{{{base64:{json}}}}}"), seed).unwrap();
        String::from_utf8(token).unwrap()
    };
    let (one, two) = (draw(1), draw(2));
    for (left, right) in [("x", "XYZ"), ("", "CLOUDFLARE"), ("A=", ""), ("", &*"Q".repeat(5000))] {
        let found = detect(format!("{left}{one}{right}\n").as_bytes());
        assert_eq!(found.len(), 1, "{left:?} {right:?}");
        assert_eq!(found[0].secret.reveal(), one.as_bytes());
        assert_eq!(found[0].span, Span::new(left.len(), left.len() + one.len()));
    }
    // Two of them, glued together.
    let found = detect(format!("{one}{two}").as_bytes());
    let seen: Vec<&[u8]> = found.iter().map(|candidate| candidate.secret.reveal()).collect();
    assert_eq!(seen, [one.as_bytes(), two.as_bytes()]);
}

#[test]
fn utf16_inside_base64_as_powershell_takes_commands() {
    let token = token(5);
    for front in ["", "x", "$t = \"", "Invoke-Thing -Token "] {
        let encoded = PADDED.encode(wide(&format!("{front}{token}\""), false));
        let text = format!("powershell -EncodedCommand {encoded}\n");
        let found = detect(text.as_bytes());
        assert_eq!(found.len(), 1, "{front:?}");
        assert_eq!(found[0].layers, [Layer::Base64, Layer::Utf16Le]);
        assert_eq!(found[0].secret.reveal(), token.as_bytes());
        let start = text.find(&encoded).unwrap();
        assert!(found[0].span.start >= start && found[0].span.end <= start + encoded.len());
    }
}

#[test]
fn each_of_many_is_found_once_in_order() {
    let tokens: Vec<String> = (10..40).map(token).collect();
    let found = detect(tokens.join("\n").as_bytes());
    let seen: Vec<&[u8]> = found.iter().map(|candidate| candidate.secret.reveal()).collect();
    assert_eq!(seen, tokens.iter().map(String::as_bytes).collect::<Vec<_>>());
    assert!(found.iter().all(|candidate| *detector().rules().rules()[candidate.rule].id == *RULE));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_token_is_found_wherever_a_cache_piece_ends(
        before in 32_700usize..32_800, around in any::<u8>(), seed in any::<u64>()) {
        let token = token(seed);
        let mut text = vec![around; before];
        text.extend_from_slice(token.as_bytes());
        text.resize(text.len() + 100, around);
        let found = detect(&text);
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].span.start, before);
    }

    #[test]
    fn judgement_needs_only_the_window(
        noise in proptest::collection::vec(any::<u8>(), 0..2000), seed in any::<u64>()) {
        let mut text = noise.clone();
        text.extend_from_slice(format!(" {} ", token(seed)).as_bytes());
        text.extend_from_slice(&noise);
        let detector = detector();
        let all = detector.detect(&text, &mut Scratch::default());
        let from = noise.len().saturating_sub(detector.reach());
        let to = text.len().min(noise.len() + 60 + detector.reach());
        let window = detector.detect(&text[from..to], &mut Scratch::default());
        prop_assert_eq!(all.len(), window.len());
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let detector = detector();
        let _ = detector.detect(&bytes, &mut Scratch::default());
        // Again with anchors sown in, so that judgement runs.
        for form in detector.searchers.forms.iter().take(60) {
            let mut text = bytes.clone();
            text.splice(bytes.len() / 2..bytes.len() / 2, form.literal.iter().copied());
            let _ = detector.detect(&text, &mut Scratch::default());
        }
    }
}

#[test]
fn no_form_is_left_without_a_pass() {
    let detector = detector();
    for form in &detector.searchers.forms {
        // What stands for any fragment has no literal of its own.
        if matches!(form.spelling, anchor::Spelling::Utf16 { .. }) {
            continue;
        }
        let mut text = b"some text ".to_vec();
        text.extend_from_slice(&form.literal);
        text.extend_from_slice(if form.behind.is_some() { b"AAAAAAAAAA" } else { b" and more!" });
        let mut scratch = Scratch::default();
        let found = detector.anchors(&text, &mut scratch);
        let is_it =
            |hit: &Hit| hit.at == 10 && detector.searchers.forms[hit.form].literal == form.literal;
        assert!(found.iter().any(is_it), "{}", form.literal.escape_ascii());
    }
}

/// Each set is looked up in at each byte. A rule or a spelling that adds one should be worth it.
#[test]
fn the_sets_of_the_sieve_are_few() {
    let sets = detector().sets();
    assert!(sets.len() <= 3, "{sets:?}");
}
