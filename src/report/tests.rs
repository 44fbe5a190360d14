//! What holds for every format: what it looks like, what it never shows, which schema it obeys.

use std::{io, path::Path};

use base64::Engine as _;
use serde_json::Value;

use super::{Format, Options, sample, write};
use crate::model::{
    Command, Confidence, FailOn, GapReason, Grade, Layer, Part, Report, Secret, Severity, Standing,
    Strength, Suppression, Verdict,
};

pub(crate) fn render(report: &Report, format: Format, options: &Options) -> String {
    let rules = sample::rules();
    let mut out = Vec::new();
    write(report, &rules.infos(), format, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The same with the version taken out, so that a release changes no snapshot.
fn pictured(report: &Report, format: Format, options: &Options) -> String {
    let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    render(report, format, options).replace(&version, "\"VERSION\"")
}

fn parsed(report: &Report, format: Format) -> Value {
    serde_json::from_str(&render(report, format, &Options::default())).unwrap()
}

pub(crate) fn schema(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A validator of this schema that checks formats too. SARIF's is written in draft 4, which does not
/// know `uri-reference`; draft 7 does, and means the same by every keyword it uses.
pub(crate) fn validator(schema: &Value) -> jsonschema::Validator {
    let mut schema = schema.clone();
    if schema["$schema"] == "http://json-schema.org/draft-04/schema#" {
        schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
        schema["$id"] = schema["id"].take();
        schema.as_object_mut().unwrap().remove("id");
    }
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// What the validator has to say against it; empty when valid.
fn complaints(schema: &Value, document: &Value) -> Vec<String> {
    let validator = validator(schema);
    validator.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

#[test]
fn text() {
    insta::assert_snapshot!(pictured(&sample::full(), Format::Text, &Options::default()));
}

#[test]
fn text_in_colour_with_all_of_it() {
    let options = Options {
        color: true,
        width: Some(60),
        verbose: true,
        show_suppressed: true,
        ..Options::default()
    };
    let text = pictured(&sample::full(), Format::Text, &options);
    insta::assert_snapshot!(text.replace('\u{1b}', "ESC"));
}

#[test]
fn text_when_clean_is_short() {
    let mut report = sample::clean();
    insta::assert_snapshot!(render(&report, Format::Text, &Options::default()), @"
    3 candidates below the asked confidence not shown; --min-confidence possible --include-placeholders lists all.
    17 untracked files skipped because a .gitignore matches; --no-ignore reads them.

    No Cloudflare credential found in 1,204 files, 35,120 objects (812 commits), 1.2 GB, 3.4 s
    ");
    report.stats = crate::model::Stats { files: 1, bytes: 12, ..Default::default() };
    insta::assert_snapshot!(render(&report, Format::Text, &Options::default()),
        @"No Cloudflare credential found in 1 file, 12 B, 0 ms");
    report.interrupted = true;
    insta::assert_snapshot!(render(&report, Format::Text, &Options::default()),
        @"No Cloudflare credential found in 1 file, 12 B, 0 ms; incomplete: interrupted");
}

#[test]
fn json() {
    insta::assert_snapshot!(pictured(&sample::full(), Format::Json, &Options::default()));
}

#[test]
fn jsonl() {
    insta::assert_snapshot!(pictured(&sample::full(), Format::Jsonl, &Options::default()));
}

#[test]
fn sarif() {
    let options = Options {
        show_suppressed: true,
        category: Some("nightly/".to_owned()),
        ..Options::default()
    };
    insta::assert_snapshot!(pictured(&sample::full(), Format::Sarif, &options));
}

#[test]
fn human_output_cannot_drive_a_terminal() {
    for format in Format::ALL {
        let options = Options { verbose: true, show_suppressed: true, ..Options::default() };
        let text = render(&sample::full(), format, &options);
        for c in text.chars().filter(|&c| c != '\n') {
            assert!(!super::escape::is_unsafe(c), "{c:?} in {}", format.name());
        }
    }
}

/// Everything that would give `plain` away in `text`: itself, its encodings, its SHA-256.
fn traces_of(plain: &[u8], text: &str) -> Vec<&'static str> {
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let digest = sha256(plain);
    let utf16: Vec<u8> = plain.iter().flat_map(|&b| [b, 0]).collect();
    let needles = [
        ("plaintext", String::from_utf8_lossy(plain).into_owned()),
        ("its body", String::from_utf8_lossy(&plain[6..plain.len() - 6]).into_owned()),
        ("base64", STANDARD_NO_PAD.encode(plain)),
        ("base64 of UTF-16", STANDARD_NO_PAD.encode(utf16)),
        ("hex", hex(plain)),
        ("SHA-256 in hex", hex(&digest)),
        ("SHA-256 in base64", STANDARD_NO_PAD.encode(digest)),
        ("SHA-256 in URL-safe base64", URL_SAFE_NO_PAD.encode(digest)),
    ];
    let text = text.to_lowercase();
    let there = |needle: &str| text.contains(&needle.to_lowercase());
    needles.into_iter().filter(|(_, needle)| there(needle)).map(|(name, _)| name).collect()
}

/// SHA-256, so that tests need no further crate: FIPS 180-4, straight from the page.
fn sha256(message: &[u8]) -> [u8; 32] {
    // The constants are the first bits of the fractional parts of roots of the first primes.
    let primes: Vec<u64> = (2..).filter(|n| (2..*n).all(|d| n % d != 0)).take(64).collect();
    let fraction = |root: f64| ((root - root.floor()) * 2f64.powi(32)) as u32;
    let k: Vec<u32> = primes.iter().map(|&p| fraction((p as f64).cbrt())).collect();
    let mut hash: Vec<u32> = primes[..8].iter().map(|&p| fraction((p as f64).sqrt())).collect();
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        let mut w: Vec<u32> =
            block.chunks(4).map(|four| u32::from_be_bytes(four.try_into().unwrap())).collect();
        for t in 16..64 {
            let s0 = w[t - 15].rotate_right(7) ^ w[t - 15].rotate_right(18) ^ (w[t - 15] >> 3);
            let s1 = w[t - 2].rotate_right(17) ^ w[t - 2].rotate_right(19) ^ (w[t - 2] >> 10);
            w.push(w[t - 16].wrapping_add(s0).wrapping_add(w[t - 7]).wrapping_add(s1));
        }
        let mut v = hash.clone();
        for t in 0..64 {
            let s1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
            let choice = (v[4] & v[5]) ^ (!v[4] & v[6]);
            let one = [s1, choice, k[t], w[t]].iter().fold(v[7], |a, &b| a.wrapping_add(b));
            let s0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
            let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
            v.rotate_right(1);
            v[4] = v[4].wrapping_add(one);
            v[0] = one.wrapping_add(s0).wrapping_add(majority);
        }
        hash.iter_mut().zip(&v).for_each(|(h, v)| *h = h.wrapping_add(*v));
    }
    let bytes: Vec<u8> = hash.iter().flat_map(|h| h.to_be_bytes()).collect();
    bytes.try_into().unwrap()
}

#[test]
fn sha256_is_right() {
    assert_eq!(sha256(b"abc")[..8], [0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea],);
    // Two blocks, the second of padding alone but for what spills over.
    assert_eq!(sha256(&[b'a'; 119])[..4], [0x31, 0xeb, 0xa5, 0x1c]);
}

#[test]
fn no_format_gives_a_secret_away() {
    let mut report = sample::full();
    let weak = Secret::new("correct horse battery", 0, Strength::Weak);
    let mut found = sample::finding("tunnel-token", "Tunnel token", Severity::Low, weak);
    found.places = vec![sample::place(Part::Content, Standing::WorkTree, Some(b"w"))];
    report.findings.push(found);
    let every = |report: &Report| -> Vec<Vec<u8>> {
        let all = report.findings.iter().chain(&report.suppressed);
        all.map(|found| found.secret.reveal().to_vec()).collect()
    };
    for format in Format::ALL {
        for verbose in [false, true] {
            let options = Options { verbose, show_suppressed: true, ..Options::default() };
            let text = render(&report, format, &options);
            for plain in every(&report) {
                assert_eq!(traces_of(&plain, &text), [""; 0], "in {}", format.name());
            }
        }
        // The search itself works: asked for, plaintext is there, and only itself.
        let options = Options { show_secrets: true, ..Options::default() };
        let text = render(&report, format, &options);
        let shown = traces_of(report.findings[0].secret.reveal(), &text);
        match format {
            Format::Sarif => assert_eq!(shown, [""; 0]),
            _ => assert_eq!(shown, ["plaintext", "its body"]),
        }
    }
}

#[test]
fn our_json_obeys_our_schema() {
    let schema = schema("docs/report.schema.json");
    assert!(jsonschema::meta::is_valid(&schema));
    for report in [sample::full(), sample::clean()] {
        assert_eq!(complaints(&schema, &parsed(&report, Format::Json)), [""; 0]);
    }
    let options = Options { show_secrets: true, ..Options::default() };
    let mut report = sample::full();
    report.findings[0].secret = Secret::new(vec![0xff; 40], 0, Strength::Strong);
    report.suppressed[0].suppression = Some(Suppression::Baseline);
    let document = serde_json::from_str(&render(&report, Format::Json, &options)).unwrap();
    assert_eq!(complaints(&schema, &document), [""; 0]);
}

#[test]
fn every_json_line_obeys_our_schema_and_the_last_is_the_summary() {
    let mut record = schema("docs/report.schema.json");
    record["$ref"] = "#/$defs/record".into();
    for key in ["type", "properties", "required", "additionalProperties"] {
        record.as_object_mut().unwrap().remove(key);
    }
    let text = render(&sample::full(), Format::Jsonl, &Options::default());
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        assert_eq!(complaints(&record, line), [""; 0]);
    }
    let types: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(types.iter().filter(|&&name| name == "summary").count(), 1);
    let last = lines.last().unwrap();
    assert_eq!(last["type"], "summary");
    assert_eq!(last["complete"], false);
    assert_eq!(last["findings"], 6);
    let mut wrong = lines[0].clone();
    wrong["more"] = 1.into();
    assert_ne!(complaints(&record, &wrong), [""; 0]);
}

#[test]
fn our_schema_is_closed() {
    let schema = schema("docs/report.schema.json");
    let good = parsed(&sample::full(), Format::Json);
    // A field more, in every object there is, and every required field less, is refused.
    let mut objects = Vec::new();
    collect_objects(&good, String::new(), &mut objects);
    assert!(objects.len() > 50);
    for pointer in &objects {
        let mut more = good.clone();
        more.pointer_mut(pointer).unwrap()["surprise"] = 1.into();
        assert_ne!(complaints(&schema, &more), [""; 0], "a surprise at {pointer}");
    }
    for field in ["/schema_version", "/complete", "/findings/0/masked", "/stats/ignored"] {
        let (object, name) = field.rsplit_once('/').unwrap();
        let mut less = good.clone();
        less.pointer_mut(object).unwrap().as_object_mut().unwrap().remove(name);
        assert_ne!(complaints(&schema, &less), [""; 0], "no {field}");
    }
    for (field, value) in [
        ("/schema_version", "2.0"),
        ("/findings/0/severity", "awful"),
        ("/findings/0/fingerprint", "short"),
        ("/findings/1/places/0/commit/author/time", "yesterday"),
        ("/gaps/0/reason", "tired"),
    ] {
        let mut wrong = good.clone();
        *wrong.pointer_mut(field).unwrap() = value.into();
        assert_ne!(complaints(&schema, &wrong), [""; 0], "{field} = {value}");
    }
}

fn collect_objects(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                collect_objects(field, format!("{at}/{name}"), found);
            }
            found.push(at);
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_objects(item, format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Every variant of an enumeration that is listed here; one that is not fails to compile.
macro_rules! all {
    ($kind:ident: $($variant:ident),+ $(,)?) => {{
        let _exhaustive = |it: $kind| match it { $($kind::$variant => ()),+ };
        [$($kind::$variant.name()),+]
    }};
}

#[test]
fn our_schema_knows_every_name() {
    let schema = schema("docs/report.schema.json");
    let names = |pointer: &str| -> Vec<String> {
        let names = schema.pointer(&format!("/$defs/{pointer}/enum")).unwrap();
        serde_json::from_value(names.clone()).unwrap()
    };
    assert_eq!(names("gapReason"), GapReason::ALL.map(GapReason::name));
    assert_eq!(
        names("place/properties/part"),
        all!(Part: Content, SymlinkTarget, FileName, CommitMessage, CommitHeader, TagMessage,
            TagHeader, RefName, Reflog, Config)
    );
    assert_eq!(
        names("place/properties/standing"),
        all!(Standing: WorkTree, Staged, AtHead, History, Unreachable, Repository)
    );
    assert_eq!(
        names("place/properties/layers/items"),
        all!(Layer: Base64, Utf16Le, Utf16Be, OriginCert, Utf32Le, Utf32Be, Percent, Escapes, HtmlEntities,
            QuotedPrintable, Gzip, Zstd, Xz, Bzip2, Zip, Tar)
    );
    assert_eq!(
        names("finding/properties/severity"),
        all!(Severity: Critical, High, Medium, Low, Note)
    );
    assert_eq!(names("finding/properties/confidence"), all!(Confidence: Certain, Likely, Possible));
    assert_eq!(names("head/properties/command"), all!(Command: Scan, Staged, History, Audit));
    assert_eq!(names("head/properties/fail_on"), all!(FailOn: Any, Live));
    assert_eq!(names("verdict/properties/state"), Verdict::NAMES);
    let reasons: Vec<_> = Verdict::all().filter_map(Verdict::reason).collect();
    assert_eq!(names("verdict/properties/reason"), reasons);
    let mut grades = names("impact/properties/grade");
    grades.reverse();
    assert_eq!(grades, Grade::ALL.map(Grade::name));
}

#[test]
fn sarif_obeys_the_official_schema() {
    let schema = schema("tests/schemas/sarif-schema-2.1.0.json");
    for report in [sample::full(), sample::clean()] {
        assert_eq!(complaints(&schema, &parsed(&report, Format::Sarif)), [""; 0]);
    }
    let mut wrong = parsed(&sample::full(), Format::Sarif);
    let region = "/runs/0/results/0/locations/0/physicalLocation/region/startLine";
    *wrong.pointer_mut(region).unwrap() = 0.into();
    assert_ne!(complaints(&schema, &wrong), [""; 0]);
    let mut wrong = parsed(&sample::full(), Format::Sarif);
    let uri = "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri";
    *wrong.pointer_mut(uri).unwrap() = "a b".into();
    assert_ne!(complaints(&schema, &wrong), [""; 0]);
}

#[test]
fn a_closed_pipe_comes_back_as_such() {
    struct Closed(usize);
    impl io::Write for Closed {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.0.checked_sub(bytes.len()) {
                Some(left) => self.0 = left,
                None => return Err(io::ErrorKind::BrokenPipe.into()),
            }
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for format in Format::ALL {
        for room in [0, 100, 1000] {
            let error = write(
                &sample::full(),
                &sample::rules().infos(),
                format,
                &Options::default(),
                &mut Closed(room),
            );
            assert_eq!(error.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        }
    }
}
