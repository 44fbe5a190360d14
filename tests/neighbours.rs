//! What stands beside a secret: each kind that tells itself, between every left and right neighbour
//! that carriers put there. A proof (checksum or decoded structure) makes neighbours moot; without
//! one they decide whether the match is a word of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

use std::sync::LazyLock;

use cfleaks::{
    detect::{Candidate, Detector, Scratch},
    model::Confidence,
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

fn between(left: &str, secret: &[u8], right: &str) -> Vec<u8> {
    [b"KEY ", left.as_bytes(), secret, right.as_bytes(), b" more"].concat()
}

/// Delimiters: what ends a word on the left, and its like on the right.
const DELIMITERS: &[(&str, &str)] = &[
    ("", ""),
    // Quotes and brackets.
    ("\"", "\""),
    ("'", "'"),
    ("`", "`"),
    ("\u{201c}", "\u{201d}"),
    ("\u{ab}", "\u{bb}"),
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("<", ">"),
    (">", "<"),
    ("$(", ")"),
    ("{{", "}}"),
    ("<![CDATA[", "]]>"),
    // Punctuation.
    (",", ","),
    (";", ";"),
    ("&", "&"),
    (".", "."),
    (":", ":"),
    ("/", "/"),
    ("#", "#"),
    ("|", "|"),
    ("\\", "\\"),
    ("*", "*"),
    ("**", "**"),
    ("~", "~"),
    ("!", "!"),
    ("?", "?"),
    ("@", "@"),
    ("$", "$"),
    ("^", "^"),
    ("=", "="),
    ("+", "+"),
    ("%", "%"),
    ("-", ""),
    ("_", ""),
    ("__", ""),
    // White space and control characters.
    (" ", " "),
    ("\t", "\r\n"),
    ("\0", "\0"),
    ("\u{8}", "\u{7f}"),
    ("\u{a0}", "\u{a0}"),
    ("\u{200b}", "\u{200b}"),
    ("\u{feff}", "\u{feff}"),
    ("\u{202e}", "\u{202c}"),
    ("\u{2028}", "\u{2029}"),
    // Terminal colours: raw, escaped, encoded, and with the escape character lost or shown.
    ("\u{1b}[31m", "\u{1b}[0m"),
    ("\u{1b}[38;2;255;128;0m", "\u{1b}[m"),
    ("\u{1b}[38:5:208m", "\u{1b}[K"),
    ("\u{1b}(B", "\u{1b}(B"),
    ("\u{9b}1m", "\u{9b}0m"),
    ("\\u001b[1;32m", "\\u001b[0m"),
    ("\\033[0m", "\\033[0m"),
    ("\\e[0m", "\\e[0m"),
    ("\\x1b[36;1m", "\\x1b[0m"),
    ("%1B%5B31m", "%1B%5B0m"),
    ("%1B%5B36%3B1m", "%1B%5B0m"),
    ("\\u001b\\u005b36\\u003b1m", "\\u001b\\u005b0m"),
    ("&#27;[31m", "&#27;[0m"),
    ("^[[1m", "^[[0m"),
    ("\u{241b}[1m", "\u{241b}[0m"),
    ("[36;1m", "[0m"),
    ("#033[0m", "#033[0m"),
    // Escapes in strings and logs.
    ("\\n", "\\n"),
    ("\\r\\n", "\\r\\n"),
    ("\\t", "\\t"),
    ("\\\\n", "\\\\n"),
    ("\\\\\\\\n", "\\\\\\\\n"),
    ("`n", "`n"),
    ("#012", "#012"),
    ("\\\"", "\\\""),
    ("\\\\\\\"", "\\\\\\\""),
    ("\\u003d", "\\u0026"),
    ("\\\\u003D", "\\\\u0026"),
    ("\\U0000003d", "\\U00000026"),
    ("\\u{200b}", "\\u{200b}"),
    ("\\x3d", "\\x22"),
    ("\\x{3d}", "\\x{22}"),
    ("\\075", "\\042"),
    ("\\0", "\\0"),
    // Encoded characters in addresses, mail, markup and spreadsheets.
    ("%3D", "%26"),
    ("%3d", "%26"),
    ("%253D", "%2526"),
    ("%25253D", "%252526"),
    ("%u003D", "%u0026"),
    ("=3D", "=20"),
    ("=\r\n", "=\r\n"),
    ("&quot;", "&quot;"),
    ("&#34;", "&#34;"),
    ("&#x3D;", "&#x26;"),
    ("&amp;quot;", "&amp;quot;"),
    ("_x003D_", "&"),
    // Letters of other scripts, full-width ones, and pictures.
    ("\u{ff21}", "\u{ff21}"),
    ("\u{ff1d}", "\u{ff02}"),
    ("日本", "日本"),
    ("é", "é"),
    ("ключ", "ключ"),
    ("🔑", "🔒"),
    ("\u{301}", "\u{301}"),
];

/// Letters and digits that are glued on: (left, right).
const GLUED: &[(&str, &str)] = &[
    ("x", ""),
    ("9", ""),
    ("token", ""),
    ("n", ""),
    ("3D", ""),
    ("", "x"),
    ("", "Z9"),
    ("", "0"),
    ("a", "b"),
    ("KEY1", "2"),
];

/// Kinds that prove themselves: by checksum, by a checksum that is a hint, by decoding.
const PROVEN: &[&str] = &[
    "cfut_{{alnum:40}}{{crc32}}",
    "cfat_{{alnum:40}}{{crc32}}",
    "cfk_{{alnum:40}}{{crc32}}",
    "cfast_{{alnum:40}}{{crc32}}",
    TUNNEL_TOKEN,
    r#"{{base64:{"a":"{{hex:32}}","s":"{{base64:{{random:48}}}}","t":"{{uuid}}"}}}"#,
    r#"{"AccountTag":"{{hex:32}}","TunnelSecret":"{{base64:{{random:32}}}}","TunnelID":"{{uuid}}"}"#,
    "-----BEGIN ARGO TUNNEL TOKEN-----\n{{wrap:64:{{base64:{\"zoneID\":\"{{hex:32}}\",\"accountID\":\"{{hex:32}}\",\"apiToken\":\"{{alnum:40}}\"}}}}}\n-----END ARGO TUNNEL TOKEN-----",
    r#"{{base64:jwt/{{jwt:{"alg":"HS256","typ":"JWT"}:{"bucket":"b","scope":"object-read-only","exp":4102444800}}}}}"#,
    r#"{{jwt:{"alg":"RS256","kid":"{{hex:64}}"}:{"aud":["{{hex:64}}"],"email":"a@b.example","exp":4102444800,"iss":"https://team.cloudflareaccess.com","type":"app"}}}"#,
];

const TUNNEL_TOKEN: &str =
    r#"{{base64:{"a":"{{hex:32}}","t":"{{uuid}}","s":"{{base64:{{random:32}}}}"}}}"#;

/// Kinds without proof, whether the left neighbour counts (an address is known by its host, wherever
/// that begins), and whether `-` and `_` on the right would belong to them.
const UNPROVEN: &[(&str, bool, bool)] = &[
    ("cfut_{{alnum:40}}{{crc32:wrong}}", true, false),
    ("cfat_{{alnum:40}}{{crc32:wrong}}", true, false),
    ("cfk_{{alnum:40}}{{crc32:wrong}}", true, false),
    ("cfast_{{alnum:40}}{{crc32:wrong}}", true, false),
    ("cfoat_{{b64url:42}}a.{{b64url:42}}a", true, true),
    ("cfort_{{b64url:42}}a.{{b64url:42}}a", true, true),
    ("v1.0-{{hex:24}}-{{hex:146}}", true, false),
    ("v1.0-{{hex:64}}-{{hex:128}}-{{hex:64}}", true, false),
    ("0x4AAAAAAA{{b64url:24}}a", true, true),
    ("https://api.cloudflare.com/client/v4/pages/webhooks/deploy_hooks/{{uuid}}", false, false),
    ("https://api.cloudflare.com/client/v4/workers/builds/deploy_hooks/{{uuid}}", false, false),
];

#[test]
fn there_are_many_neighbours() {
    assert!(DELIMITERS.len() >= 60 && GLUED.len() >= 10);
}

#[test]
fn what_is_proven_is_found_beside_anything() {
    let rows =
        DELIMITERS.iter().chain(GLUED).chain(&[("", "_"), ("", "-"), ("", "_x"), ("", "--")]);
    let mut lost = Vec::new();
    for (number, (left, right)) in rows.enumerate() {
        for kind in PROVEN {
            let secret = made(kind, number as u64);
            let found = detect(&between(left, &secret, right));
            if found.len() != 1 || found[0].confidence != Confidence::Certain {
                lost.push(format!("{left:?} {right:?} {kind}: {} found", found.len()));
            }
        }
    }
    assert!(lost.is_empty(), "{} lost:\n{}", lost.len(), lost.join("\n"));
}

#[test]
fn a_token_with_a_checksum_is_read_exactly() {
    for (number, (left, right)) in DELIMITERS.iter().chain(GLUED).enumerate() {
        for kind in &PROVEN[..5] {
            let secret = made(kind, number as u64);
            let found = detect(&between(left, &secret, right));
            assert_eq!(found.len(), 1, "{kind} {left:?} {right:?}");
            let start = 4 + left.len();
            assert_eq!(found[0].span.start, start, "{kind} {left:?} {right:?}");
            // One equals sign more is padding to a decoder.
            let read = found[0].secret.reveal();
            assert!(read.starts_with(&secret), "{kind} {left:?} {right:?}");
            assert!(
                read.len() == secret.len() || read.ends_with(b"="),
                "{kind} {left:?} {right:?}"
            );
        }
    }
}

#[test]
fn without_proof_the_neighbours_decide() {
    let mut wrong = Vec::new();
    let mut expect = |kind: &str, left: &str, right: &str, expected: bool, seed: u64| {
        let found = detect(&between(left, &made(kind, seed), right)).len();
        if found != usize::from(expected) {
            wrong.push(format!("{left:?} {right:?} {kind}: {found} found"));
        }
    };
    for (kind, left_counts, joins) in UNPROVEN {
        for (number, (left, right)) in DELIMITERS.iter().enumerate() {
            expect(kind, left, right, true, number as u64);
        }
        for (number, (left, right)) in GLUED.iter().enumerate() {
            let free = right.is_empty() && !left_counts;
            expect(kind, left, right, free, number as u64);
        }
        for right in ["_", "-", "_x", "--"] {
            expect(kind, "", right, !joins, 7);
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_word_that_only_ends_like_an_escape_is_a_word() {
    // An escape needs what opens it.
    for left in ["n", "x3d", "u003d", "mm", "[m", "31m", "[am", "0x3D", "n3D"] {
        let text = between(left, &made("v1.0-{{hex:24}}-{{hex:146}}", 3), "");
        assert!(detect(&text).is_empty(), "{left:?}");
    }
}
