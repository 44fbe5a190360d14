//! Spellings of a text in a text: every one alone and in every other, and where the report places
//! what they hide.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

mod support;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use cfleaks::{
    detect::{Candidate, Detector, Scratch},
    model::{Confidence, Layer},
    rules::RuleSet,
};
use support::token;

/// A way to spell a text.
type Spell = (&'static str, Layer, fn(&[u8]) -> Vec<u8>);

fn each(text: &[u8], wanted: fn(u8) -> bool, spell: fn(u8) -> String) -> Vec<u8> {
    let one = |&b: &u8| if wanted(b) { spell(b).into_bytes() } else { vec![b] };
    text.iter().flat_map(one).collect()
}

fn not_plain(b: u8) -> bool {
    !b.is_ascii_alphanumeric()
}

fn all(_: u8) -> bool {
    true
}

fn wrapped(text: &[u8], width: usize, between: &str) -> Vec<u8> {
    let encoded = STANDARD.encode(text);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join(between).into_bytes()
}

fn utf16(text: &[u8], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.iter().flat_map(|&b| bytes(u16::from(b))).collect()
}

const SPELLINGS: [Spell; 21] = [
    ("base64", Layer::Base64, |t| STANDARD.encode(t).into_bytes()),
    ("base64url", Layer::Base64, |t| URL_SAFE_NO_PAD.encode(t).into_bytes()),
    ("base64, 76 columns", Layer::Base64, |t| wrapped(t, 76, "\r\n")),
    ("base64, 64 columns", Layer::Base64, |t| wrapped(t, 64, "\n")),
    ("base64, indented", Layer::Base64, |t| wrapped(t, 60, "\n        ")),
    ("base64, in strings", Layer::Base64, |t| wrapped(t, 60, "\" +\n    \"")),
    ("base64, escaped line ends", Layer::Base64, |t| wrapped(t, 76, "\\n")),
    ("percent", Layer::Percent, |t| each(t, not_plain, |b| format!("%{b:02X}"))),
    ("percent, all", Layer::Percent, |t| each(t, all, |b| format!("%{b:02x}"))),
    ("\\u", Layer::Escapes, |t| each(t, not_plain, |b| format!("\\u{b:04x}"))),
    ("\\u, all", Layer::Escapes, |t| each(t, all, |b| format!("\\u{b:04x}"))),
    ("\\x, all", Layer::Escapes, |t| each(t, all, |b| format!("\\x{b:02x}"))),
    ("octal, all", Layer::Escapes, |t| each(t, all, |b| format!("\\{b:03o}"))),
    ("string", Layer::Escapes, |t| each(t, all, |b| char::from(b).escape_default().to_string())),
    ("html", Layer::HtmlEntities, |t| each(t, not_plain, |b| format!("&#{b};"))),
    ("html, all", Layer::HtmlEntities, |t| each(t, all, |b| format!("&#{b};"))),
    ("html, hexadecimal", Layer::HtmlEntities, |t| each(t, all, |b| format!("&#x{b:x};"))),
    ("quoted-printable", Layer::QuotedPrintable, |t| each(t, not_plain, |b| format!("={b:02X}"))),
    ("soft line ends", Layer::QuotedPrintable, |t| {
        let lines: Vec<&[u8]> = t.chunks(37).collect();
        lines.join(&b"=\r\n"[..])
    }),
    ("UTF-16LE", Layer::Utf16Le, |t| utf16(t, u16::to_le_bytes)),
    ("UTF-16BE", Layer::Utf16Be, |t| utf16(t, u16::to_be_bytes)),
];

fn detect(text: &[u8]) -> Vec<Candidate> {
    // Regular expressions are compiled once for all.
    static DETECTOR: std::sync::OnceLock<Detector> = std::sync::OnceLock::new();
    let detector =
        DETECTOR.get_or_init(|| Detector::new(RuleSet::builtin(), jiff::Timestamp::now()));
    detector.detect(text, &mut Scratch::default())
}

/// Whether the token is found, surely, once, through these layers and in this part of the text.
fn complaint(
    text: &[u8],
    token: &str,
    layers: &[Layer],
    part: std::ops::Range<usize>,
) -> Option<String> {
    let found = detect(text);
    let [one] = &found[..] else { return Some(format!("{} were found", found.len())) };
    if one.secret.reveal() != token.as_bytes() || one.confidence != Confidence::Certain {
        return Some("another was found".to_owned());
    }
    if one.layers != layers {
        return Some(format!("through {:?}", one.layers));
    }
    let within = part.start <= one.span.start && one.span.end <= part.end;
    (!within).then(|| format!("at {:?}, not in {part:?}", one.span))
}

#[test]
fn every_spelling_is_read() {
    let mut complaints = Vec::new();
    for (name, layer, spell) in SPELLINGS {
        for front in ["", "x", "TOKEN=", "the words before it are many and long: "] {
            let token = token(name);
            let spelt =
                spell(format!("{front}{token} and what follows it is of no matter\n").as_bytes());
            let is_wide = matches!(layer, Layer::Utf16Le | Layer::Utf16Be);
            let before: &[u8] = if is_wide { b"" } else { b"key: \"" };
            let after: &[u8] = if is_wide { b"" } else { b"\"\nnext: line\n" };
            let text = [before, &spelt, after].concat();
            // In base64 a line may end in the middle of what the token begins with.
            let part = before.len()..before.len() + spelt.len();
            let plain = name == "soft line ends" && detect(token.as_bytes()).is_empty();
            assert!(!plain);
            let complaint = complaint(&text, &token, &[layer], part.clone())
                .filter(|_| name != "string" || complaint(&text, &token, &[], part).is_some());
            if let Some(complaint) = complaint {
                complaints.push(format!("{name}, behind {front:?}: {complaint}"));
            }
        }
    }
    assert_eq!(complaints, [""; 0]);
}

#[test]
fn every_spelling_in_nearly_every_other_is_read() {
    let mut complaints = Vec::new();
    for (outer_name, outer, spell_outer) in SPELLINGS {
        for (inner_name, inner, spell_inner) in SPELLINGS {
            // Nobody escapes what needs no escape and is encoded already.
            let is_full = |name: &str| name.ends_with("all") || name.ends_with("hexadecimal");
            let is_plain = matches!(inner_name, "percent" | "\\u" | "html" | "quoted-printable");
            if is_full(outer_name) && !is_plain || inner_name == "string" {
                continue;
            }
            // Nor zeros, nor what is escaped to the last character (but for a string in a string).
            let is_string = |name: &str| name.starts_with("\\");
            let is_base64 = |layer| layer == Layer::Base64;
            let is_wide = |layer| matches!(layer, Layer::Utf16Le | Layer::Utf16Be);
            let in_string = outer_name == "string" && is_string(inner_name);
            if !is_base64(outer)
                && (is_wide(inner) || !is_wide(outer) && is_full(inner_name) && !in_string)
            {
                continue;
            }
            // A prefix that is escaped and then in base64 is not looked for: that would cost a pass
            // over every text, for what nobody writes.
            if is_base64(outer) && (is_plain || is_full(inner_name)) {
                continue;
            }
            let name = format!("{inner_name} in {outer_name}");
            let token = token(&name);
            let text = format!("={token} and what follows\n");
            let text = spell_outer(&spell_inner(text.as_bytes()));
            let part = 0..text.len();
            let complaint = complaint(&text, &token, &[outer, inner], part.clone())
                // What goes on in the next line may be undone before or after.
                .filter(|_| complaint(&text, &token, &[inner, outer], part.clone()).is_some())
                // Where the outer one has nothing to escape, it leaves no trace.
                .filter(|_| complaint(&text, &token, &[inner], part).is_some());
            if let Some(complaint) = complaint {
                complaints.push(format!("{name}: {complaint}"));
            }
        }
    }
    assert_eq!(complaints, [""; 0]);
}
