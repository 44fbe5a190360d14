//! Detection as an attacker and a sceptic try it: what a token is wrapped in, where the searcher's
//! pieces end, and texts made to cost time. All tokens are made up at run time. What may stand beside
//! one is in `neighbours.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

use std::sync::LazyLock;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use cfleaks::{
    detect::{Candidate, Detector, Scratch},
    model::{Confidence, Layer},
    rules::{RuleSet, template},
};

static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::new(RuleSet::builtin(), jiff::Timestamp::now()));

fn detect(text: &[u8]) -> Vec<Candidate> {
    DETECTOR.detect(text, &mut Scratch::default())
}

fn made(text: &str, seed: u64) -> Vec<u8> {
    template::expand(text, seed).unwrap()
}

/// A token whose checksum is right.
fn valid(seed: u64) -> Vec<u8> {
    made("cfut_{{alnum:40}}{{crc32}}", seed)
}

#[test]
fn two_side_by_side_are_two() {
    let (one, two) = (valid(1), valid(2));
    for between in ["", "_", ":", "\n", "x", "cfut_", "cfut_cfut_"] {
        let text = [&one[..], between.as_bytes(), &two].concat();
        let found = detect(&text);
        let seen: Vec<&[u8]> = found.iter().map(|c| c.secret.reveal()).collect();
        assert_eq!(seen, [&one[..], &two[..]], "{between:?}");
    }
    // The same one twice is two candidates in two places.
    assert_eq!(detect(&[&one[..], b" ", &one].concat()).len(), 2);
}

#[test]
fn a_token_across_each_piece_of_the_search_is_found() {
    let token = valid(3);
    for piece in [1, 2, 3] {
        for back in 0..=token.len() {
            let mut text = vec![b'.'; piece * 32 * 1024 - back];
            text.extend_from_slice(&token);
            text.extend_from_slice(&[b'.'; 100]);
            assert_eq!(detect(&text).len(), 1, "{piece} {back}");
        }
    }
}

#[test]
fn base64_of_every_alphabet_and_alignment() {
    for (seed, front) in (0..12).flat_map(|seed| (0..7).map(move |front| (seed, front))) {
        let token = valid(seed);
        let inner = [&vec![b'?'; front][..], &token, b">>>~~~"].concat();
        for encoded in [
            STANDARD.encode(&inner),
            STANDARD_NO_PAD.encode(&inner),
            URL_SAFE.encode(&inner),
            URL_SAFE_NO_PAD.encode(&inner),
        ] {
            for (left, right) in
                [("", ""), ("\"", "\""), ("=", "&"), (": ", "\n"), ("/", "/"), ("Basic ", "")]
            {
                let text = format!("{left}{encoded}{right}");
                let found = detect(text.as_bytes());
                assert_eq!(found.len(), 1, "{left}{right} {front} {seed}");
                assert_eq!(found[0].secret.reveal(), token);
                assert_eq!(found[0].layers, [Layer::Base64]);
            }
        }
    }
}

#[test]
fn base64_inside_utf16() {
    let token = valid(5);
    let wide = |text: &[u8], big: bool| -> Vec<u8> {
        text.iter().flat_map(|&b| if big { [0, b] } else { [b, 0] }).collect()
    };
    for big in [false, true] {
        let layer = if big { Layer::Utf16Be } else { Layer::Utf16Le };
        for front in 0..4 {
            let encoded = STANDARD.encode([&vec![b'k'; front][..], &token].concat());
            let text = wide(format!("x = \"{encoded}\"\r\n").as_bytes(), big);
            let found = detect(&text);
            assert_eq!(found.len(), 1, "{big} {front}");
            assert_eq!(found[0].layers, [layer, Layer::Base64]);
        }
    }
}

#[test]
fn a_token_in_the_middle_of_a_megabyte_of_base64() {
    let token = valid(6);
    for front in [500_000, 500_001, 500_002] {
        let mut inner = made("{{random:1000000}}", 7);
        inner.splice(front..front, token.iter().copied());
        let encoded = STANDARD.encode(&inner);
        let found = detect(format!("data:image/png;base64,{encoded}").as_bytes());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].secret.reveal(), token);
    }
}

#[test]
fn base64_over_and_over_costs_nothing_and_is_followed_once() {
    let token = valid(8);
    let mut text = token.clone();
    for depth in 0..=40 {
        let found = detect(&text);
        let expected = usize::from(depth <= 5);
        assert_eq!(found.len(), expected, "{depth} deep");
        if text.len() > 1 << 20 {
            break;
        }
        text = STANDARD.encode(&text).into_bytes();
    }
}

#[test]
fn full_width_and_split_tokens_are_other_texts() {
    let token = String::from_utf8(valid(9)).unwrap();
    let wide: String = token.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap()).collect();
    assert!(detect(wide.as_bytes()).is_empty());
    assert!(detect(format!("{} {}", &token[..20], &token[20..]).as_bytes()).is_empty());
}

/// A quarter of a megabyte of nothing but the beginnings of secrets.
fn anchors_only(anchor: &str) -> Vec<u8> {
    anchor.as_bytes().iter().copied().cycle().take(1 << 18).collect()
}

#[test]
fn texts_of_nothing_but_anchors_take_no_time() {
    // Not by the clock, since other tests run meanwhile.
    let began = cpu_time::ThreadTime::now();
    for rule in DETECTOR.rules().rules() {
        for anchor in rule.anchors() {
            assert!(detect(&anchors_only(anchor)).is_empty(), "{anchor}");
            assert!(
                detect(STANDARD.encode(anchors_only(anchor)).as_bytes()).is_empty(),
                "{anchor}"
            );
        }
    }
    // Far above what it takes without optimisation, far below the cost of a whole reach for each.
    let seconds = began.elapsed().as_secs();
    assert!(seconds < 60, "{seconds} s");
}

#[test]
fn false_beginnings_do_not_hide_a_secret() {
    let account = "{{hex:32}}";
    let json =
        format!(r#"{{"a":"{account}","t":"{{{{uuid}}}}","s":"{{{{base64:{{{{random:32}}}}}}}}"}}"#);
    let token = made(&format!("{{{{base64:{json}}}}}"), 5);
    assert_eq!(detect(&token).len(), 1);
    for (number, filler) in [(1, 20), (5, 40), (10, 100)] {
        let fake = format!("eyJhIjoi{}", "A".repeat(filler));
        for between in ["", " ", "."] {
            let text = [fake.repeat(number).as_bytes(), between.as_bytes(), &token].concat();
            let found = detect(&text);
            assert_eq!(found.len(), 1, "{number} {filler} {between:?}");
            assert_eq!(found[0].confidence, Confidence::Certain);
        }
    }
    // However many there are, what stands beyond them is found.
    let text = [&anchors_only("eyJhIjoi")[..], b" ", &token].concat();
    assert_eq!(detect(&text).len(), 1);
}
