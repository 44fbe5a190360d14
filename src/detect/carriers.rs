//! Every way in which a name is given a value, tried with every style of name; and what looks like
//! one and is none.

use ::base64::{Engine, engine::general_purpose::STANDARD as PADDED};
use jiff::Timestamp;
use proptest::prelude::*;

use super::{looked::Looked, *};
use crate::rules::template;

const RULE: &str = "cloudflare-api-token-legacy";

fn detector() -> Detector {
    Detector::new(RuleSet::builtin(), Timestamp::now())
}

/// A token as they were before 2026.
fn token(seed: u64) -> String {
    String::from_utf8(template::expand("a{{alnum:37}}B7", seed).unwrap()).unwrap()
}

/// The secrets that the rule finds.
fn found(detector: &Detector, text: &[u8]) -> Vec<String> {
    let rule = detector.rules().index(RULE).unwrap();
    let all = detector.detect(text, &mut Scratch::default());
    let ours = all.iter().filter(|candidate| candidate.rule == rule);
    ours.map(|candidate| String::from_utf8_lossy(candidate.secret.reveal()).into_owned()).collect()
}

/// `X` is a name, `V` a value, `B` the value in base64, `Q` that with its padding as entities.
const CARRIERS: &[&str] = &[
    "X=V",
    "X = V",
    "X: V",
    "X : 'V'",
    "X := \"V\"",
    "X => 'V',",
    "'X' => 'V',",
    "\"X\" => \"V\"",
    "X == \"V\"",
    "X ?= V",
    "export X=V",
    "export X=V; run",
    "set X=V&& run",
    "ENV X V",
    "ENV X=\"V\"",
    "ARG X=V",
    "setx X V",
    "setx X \"V\" /M",
    "$env:X = \"V\"",
    "$env:X=\"V\"",
    "[Environment]::SetEnvironmentVariable(\"X\", \"V\", \"User\")",
    "--X V",
    "--X=V",
    "--X \"V\"",
    "docker run -e X=V image",
    "docker run -e 'X=V' image",
    "-H \"X: V\"",
    "-H 'X: V'",
    "define('X', 'V');",
    "define( \"X\", \"V\" );",
    "putenv('X=V');",
    "os.environ[\"X\"] = \"V\"",
    "os.environ['X']='V'",
    "os.environ.get('X', 'V')",
    "os.getenv(\"X\") or \"V\"",
    "process.env.X = 'V'",
    "process.env.X || 'V'",
    "process.env.X ?? \"V\"",
    "process.env['X'] || \"V\"",
    "ENV['X'] || 'V'",
    "ENV.fetch(\"X\", \"V\")",
    "os.Setenv(\"X\", \"V\")",
    "t.Setenv(\"X\", \"V\")",
    "System.setProperty(\"X\", \"V\");",
    "${X:-V}",
    "${X:=V}",
    "const X = \"V\";",
    "const X: string = \"V\";",
    "const X: &str = \"V\";",
    "static X: &'static str = \"V\";",
    "var X string = \"V\"",
    "X := os.Getenv(\"Y\")\nX = \"V\"",
    "String X = new String(\"V\");",
    "char X[] = \"V\";",
    "#define X \"V\"",
    "X = b\"V\"",
    "X = SecretStr(\"V\")",
    "X: pulumi.secret(\"V\"),",
    "val X: String = \"V\"",
    "{\"X\":\"V\"}",
    "{\"X\": \"V\"}",
    "{ \"X\" : \"V\" }",
    "{\\\"X\\\": \\\"V\\\"}",
    "{\\\\\\\"X\\\\\\\":\\\\\\\"V\\\\\\\"}",
    "{\"X\": [\"V\"]}",
    "{\"X\": {\"value\": \"V\"}}",
    "{\"X\": {\"type\": \"secret_text\", \"value\": \"V\"}}",
    "{\"name\":\"X\",\"value\":\"V\"}",
    "{\"key\": \"X\", \"value\": \"V\", \"type\": \"default\"}",
    "{\"key\": \"X\",\n  \"type\": \"string\",\n  \"value\": \"V\"}",
    "{\"value\":\"V\",\"name\":\"X\"}",
    "{\n  \"value\": \"V\",\n  \"key\": \"X\"\n}",
    "X:\n  V",
    "X: >-\n    V\n",
    "X: |\n  V\n",
    "- name: X\n  value: V",
    "- name: X\n  value: \"V\"",
    "- { name: X, value: V }",
    "stringData:\n  X: V\n",
    "data:\n  X: B\n",
    "data:\n  X: Q\n",
    "data:\n  X: \"B\"\n",
    "<X>V</X>",
    "<X type=\"string\">V</X>",
    "<key>X</key>\n\t<string>V</string>",
    "<entry key=\"X\">V</entry>",
    "<add key=\"X\" value=\"V\" />",
    "<property name=\"X\" value=\"V\"/>",
    "<string name=\"X\">V</string>",
    "<td>X</td><td>V</td>",
    "<td><code>X</code></td>\n<td><code>V</code></td>",
    "variable \"X\" {\n  default = \"V\"\n}",
    "variable \"X\" {\n  description = \"The token, as made on the page\"\n  type = string\n  default = \"V\"\n}",
    "set {\n  name = \"X\"\n  value = \"V\"\n}",
    "INSERT INTO o VALUES (1,'X','V','yes');",
    "INSERT INTO o VALUES (1,\"X\",\"V\");",
    "s:20:\"X\";s:40:\"V\";",
    "X,V",
    "\"X\",\"V\"",
    "| X | V |",
    "| `X` | `V` |",
    "**X**: `V`",
    "`X`: V",
    "X is V",
    "Environment=\"X=V\"",
    "Environment='X=V'",
    "\"X\"=\"V\"",
    "\"export X=V\\n\",",
    "\"X=V\\n\",",
    "\"X = \\\"V\\\"\\n\",",
    ": 1700000000:0;export X=V",
    "?X=V&y=1",
    "?X%3DV%26y=1",
    "X=3DV",
    "X&#61;V",
    "X&#x3d;&quot;V&quot;",
    "&quot;X&quot;:&quot;V&quot;",
    "\\u0022X\\u0022:\\u0022V\\u0022",
    "X\\u003dV",
    "X\u{1b}[0m=\u{1b}[32mV\u{1b}[0m",
    "X\u{200b}=\u{200b}V\u{200b}",
    "\u{feff}X=V",
    "\u{201c}X\u{201d}: \u{201c}V\u{201d}",
    "X=V\0Y=1",
    "X=$'V'",
    "X=('V')",
    "X=\"V\" # token",
    "X: V # token",
    "+X=V",
    "-  X: V",
    "X=V,Y=1",
    "[X=V]",
    "(X: V)",
    "X -> V",
    "X \u{2192} V",
    "X: bearer V",
    "X=V\\",
    "pulumi config set --secret X V",
    "gh secret set X --body V",
    "echo V | wrangler secret put X",
    "echo \"V\" | npx wrangler secret put X",
    "printf '%s' 'V' | pnpm wrangler secret put \"X\"",
    "wrangler secret put X <<< V",
    "wrangler secret put X <<< \"V\"",
    "$ENV{X} = 'V';",
    "$ENV{'X'} = 'V';",
];

/// A name in many styles.
const STYLES: &[&str] = &[
    "CLOUDFLARE_API_TOKEN",
    "cloudflare_api_token",
    "cloudflare-api-token",
    "Cloudflare-Api-Token",
    "cloudflareApiToken",
    "CloudflareAPIToken",
    "cloudflareapitoken",
    "cloudflare.api.token",
    "CF_API_TOKEN",
    "CF_Token",
    "cfToken",
    "cfApiToken",
    "CfApiToken",
    "cf-api-token",
    "SAVED_CF_Token",
    "TF_VAR_cloudflare_api_token",
    "MY_CF_API_TOKEN_PROD",
    "CF_API_TOKEN_2",
    "dns_cloudflare_api_token",
    "prodCfApiToken",
];

fn fill(carrier: &str, name: &str, value: &str) -> String {
    // Marks that no name and no value holds stand in for the letters.
    let marked = carrier.replace('X', "\u{1}").replace('B', "\u{2}").replace('V', "\u{3}");
    let marked = marked.replace('Q', "\u{4}");
    let encoded = PADDED.encode(value);
    let named = marked.replace('\u{1}', name).replace('\u{2}', &encoded);
    let named = named.replace('\u{4}', &encoded.replace('=', "&#61;"));
    named.replace('\u{3}', value)
}

#[test]
fn every_carrier_is_read_with_every_style_of_name() {
    let detector = detector();
    let mut lost = Vec::new();
    for (number, carrier) in CARRIERS.iter().enumerate() {
        for (other, name) in STYLES.iter().enumerate() {
            let value = token((number * 100 + other) as u64);
            let text = fill(carrier, name, &value);
            let text = format!("first line\n{text}\nlast line\n");
            let seen = found(&detector, text.as_bytes());
            if !seen.iter().all(|secret| *secret == value) || seen.is_empty() {
                lost.push(format!("{carrier:?} with {name}: {} found", seen.len()));
            }
        }
    }
    assert!(lost.is_empty(), "{} lost:\n{}", lost.len(), lost.join("\n"));
}

/// Texts in which nothing is assigned to the name. `V` is a token.
const NO_CARRIERS: &[&str] = &[
    "CF_API_TOKEN",
    "CF_API_TOKEN V2; unrelated V",
    "CF_API_TOKEN=\n\n\nSomething else: V",
    "CF_API_TOKEN=${OTHER} V",
    "CF_API_TOKEN=${{ secrets.V }}",
    "CF_API_TOKEN={{ V }}",
    "CF_API_TOKEN=$(get V)",
    "CF_API_TOKEN=%V%",
    "CF_API_TOKEN=<V>",
    "CF_API_TOKEN=vault:V",
    "CF_API_TOKEN=op://V",
    "CF_API_TOKEN=ENC[V]",
    "CF_API_TOKEN=process.env.V",
    "CF_API_TOKEN=secrets.V",
    "CF_API_TOKEN=V.prod",
    "CF_API_TOKEN=V(1)",
    "CF_API_TOKEN=V/path",
    "CF_API_TOKEN=/path/V",
    "CF_API_TOKEN=V=",
    "CF_API_TOKEN=V+x",
    "CF_API_TOKEN\\u003a V\\u002bx",
    "CF_API_TOKEN\\u003a V\\u002Fx",
    "CF_API_TOKEN%3A+V%2Bx",
    "CF_API_TOKEN: V\\/x",
    "CF_API_TOKEN=xV",
    "CF_API_TOKEN=Vx",
    "CF_API_TOKEN=V_",
    "CF_API_TOKEN_ID=V",
    "CF_API_TOKEN_SHA256=V",
    "CF_API_TOKEN_COMMIT=V",
    "cfApiTokenActionRef=V",
    "</CF_API_TOKEN><other>V</other>",
    "echo V | sha1sum\nwrangler secret put CF_API_TOKEN",
    "echo V > x; wrangler secret put CF_API_TOKEN",
    "<file>/run/CF_API_TOKEN</file>\n<OTHER_SETTING>V</OTHER_SETTING>",
    "<file>/run/CF_API_TOKEN</file>\n<otherCommit>V</otherCommit>",
    "call(cfApiToken); call(\"V\")",
    "if (cfApiToken) { run(\"V\") }",
    "pcf_token=V",
    "cftokenizer=V",
    "Set CF_API_TOKEN in the dashboard, then V",
    "CF_API_TOKEN is made on the page; V",
];

#[test]
fn what_is_not_assigned_is_left() {
    let detector = detector();
    let value = token(7);
    let wrong: Vec<&&str> = NO_CARRIERS
        .iter()
        .filter(|text| !found(&detector, text.replace('V', &value).as_bytes()).is_empty())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_round_a_name_are_survived(
        before in proptest::collection::vec(any::<u8>(), 0..200),
        behind in proptest::collection::vec(any::<u8>(), 0..400),
        marks in "[ =:,\"'<>|()\\[\\]{}?&;\\\\%-]{0,60}") {
        let detector = detector();
        let text = [&before[..], b"CF_API_TOKEN", marks.as_bytes(), &behind].concat();
        let _ = detector.detect(&text, &mut Scratch::default());
        for at in 0..text.len() {
            let _ = assignment::assigned(&text, at, &mut Looked::only(at));
            let _ = before::assigned_before(&text, at, &mut Looked::only(at));
            let _ = glyph::glyph_at(&text, at);
        }
    }
}

/// Not a test but a measurement: `cargo test --release --lib detect::carriers::sets -- --ignored
/// --nocapture`.
#[test]
#[ignore = "prints the sets of the sieve and their speed"]
fn sets_and_speed() {
    let started = std::time::Instant::now();
    let detector = detector();
    println!("made in {:?}; sets {:?}", started.elapsed(), detector.sets());
    let Some(file) = std::env::var_os("CFLEAKS_TEXT") else { return };
    let text = std::fs::read(file).unwrap();
    let mut scratch = Scratch::default();
    let hits = detector.anchors(&text, &mut scratch).len();
    let _ = detector.detect(&text, &mut scratch);
    for (what, judge) in [("anchors", false), ("all", true)] {
        let started = std::time::Instant::now();
        for _ in 0..5 {
            let hits = detector.anchors(&text, &mut scratch);
            if judge {
                let _ = detector.judge(&text, hits);
            }
        }
        let speed = text.len() as f64 * 5.0 / started.elapsed().as_secs_f64() / 1e9;
        println!("{what}: {speed:.2} GB/s, {hits} hits in {} MB", text.len() >> 20);
    }
}
