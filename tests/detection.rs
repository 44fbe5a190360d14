//! Detection as an attacker and a sceptic try it: what stands beside a token, what it is wrapped in,
//! where the searcher's pieces end, and texts made to cost time. All tokens are made up at run time.

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

/// What may stand beside a token in the wild, and whether it leaves the token a word of its own:
/// (left, right, left is a delimiter, right is a delimiter).
const NEIGHBOURS: &[(&str, &str, bool, bool)] = &[
    ("", "", true, true),
    ("\"", "\"", true, true),
    ("'", "'", true, true),
    ("`", "`", true, true),
    ("(", ")", true, true),
    ("[", "]", true, true),
    ("{", "}", true, true),
    ("<", ">", true, true),
    (",", ",", true, true),
    (";", ";", true, true),
    ("&", "&", true, true),
    (".", ".", true, true),
    (":", ":", true, true),
    ("/", "/", true, true),
    ("%3D", "%26", true, true),
    ("%253D", "%2526", true, true),
    ("#", "#", true, true),
    ("|", "|", true, true),
    ("\\", "\\", true, true),
    ("*", "*", true, true),
    ("~", "~", true, true),
    ("!", "!", true, true),
    ("?", "?", true, true),
    ("@", "@", true, true),
    ("$", "$", true, true),
    ("^", "^", true, true),
    ("=", "=", true, true),
    ("+", "+", true, true),
    (" ", " ", true, true),
    ("\t", "\r\n", true, true),
    ("\0", "\0", true, true),
    ("\u{1b}[31m", "\u{1b}[0m", true, true),
    ("\\u001b[1;32m", "\\u001b[0m", true, true),
    ("\\033[0m", "\\033[0m", true, true),
    ("\\e[0m", "\\e[0m", true, true),
    ("\u{200b}", "\u{200b}", true, true),
    ("\u{feff}", "\u{feff}", true, true),
    ("\u{a0}", "\u{a0}", true, true),
    ("\\n", "\\n", true, true),
    ("\\r\\n", "\\r\\n", true, true),
    ("\\t", "\\t", true, true),
    ("\\\"", "\\\"", true, true),
    ("\\u003d", "\\u0026", true, true),
    ("\\u{200b}", "\\u{200b}", true, true),
    ("\\x3d", "\\x22", true, true),
    ("\\075", "\\042", true, true),
    ("=3D", "=20", true, true),
    ("&quot;", "&quot;", true, true),
    ("&#34;", "&#34;", true, true),
    ("\u{ff21}", "\u{ff21}", true, true),
    ("日本", "日本", true, true),
    ("é", "é", true, true),
    ("-", "", true, true),
    ("_", "", true, true),
    ("__", "", true, true),
    ("x", "", false, true),
    ("9", "", false, true),
    ("token", "", false, true),
    ("", "x", true, false),
    ("", "Z9", true, false),
    ("", "0", true, false),
    ("a", "b", false, false),
];

#[test]
fn a_valid_checksum_is_found_beside_anything() {
    for (number, (left, right, ..)) in NEIGHBOURS.iter().enumerate() {
        for kind in ["cfut_", "cfat_", "cfk_"] {
            let token = made(&format!("{kind}{{{{alnum:40}}}}{{{{crc32}}}}"), number as u64);
            let text = [b"KEY ", left.as_bytes(), &token, right.as_bytes(), b" more"].concat();
            let found = detect(&text);
            assert_eq!(found.len(), 1, "{kind} {left:?} {right:?}");
            assert_eq!(found[0].secret.reveal(), token);
            assert_eq!(found[0].confidence, Confidence::Certain);
            assert_eq!(found[0].span.start, 4 + left.len());
        }
    }
    // Underscores and hyphens on the right end no word where they belong to the alphabet.
    for right in ["_", "-", "_x", "--"] {
        let text = [&valid(1)[..], right.as_bytes()].concat();
        assert_eq!(detect(&text).len(), 1, "{right}");
    }
}

#[test]
fn without_a_checksum_the_neighbours_decide() {
    let kinds = [
        "cfut_{{alnum:40}}{{crc32:wrong}}",
        "cfast_{{alnum:40}}{{crc32:wrong}}",
        "cfoat_{{b64url:42}}a.{{b64url:42}}a",
        "cfort_{{b64url:42}}a.{{b64url:42}}a",
        "v1.0-{{hex:24}}-{{hex:146}}",
        "0x4AAAAAAA{{b64url:24}}a",
        "https://api.cloudflare.com/client/v4/pages/webhooks/deploy_hooks/{{uuid}}",
    ];
    for kind in kinds {
        let is_address = kind.starts_with("http");
        for (number, (left, right, left_ends, right_ends)) in NEIGHBOURS.iter().enumerate() {
            let token = made(kind, number as u64);
            let text = [b"KEY ", left.as_bytes(), &token, right.as_bytes(), b" more"].concat();
            // An address is known by its host, wherever that begins.
            let expected = (*left_ends || is_address) && *right_ends;
            let found = !detect(&text).is_empty();
            assert_eq!(found, expected, "{kind}: {left:?} {right:?}");
        }
    }
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
        // What is deeper shows none of the literals that are looked for.
        let expected = usize::from(depth <= 2);
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

/// One megabyte of nothing but the beginnings of secrets.
fn anchors_only(anchor: &str) -> Vec<u8> {
    anchor.as_bytes().iter().copied().cycle().take(1 << 20).collect()
}

#[test]
fn texts_of_nothing_but_anchors_take_no_time() {
    let began = std::time::Instant::now();
    for rule in DETECTOR.rules().rules() {
        for anchor in &rule.anchors {
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
