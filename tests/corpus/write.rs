//! Puts a corpus together: kinds in spellings in carriers in layers, lookalikes between them, and the
//! answer key apart.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    calls::{COMMANDS, Call, HEADERS},
    keys,
    kinds::{KINDS, Kind, has_checksum, with_wrong_checksum},
    layers::{File, LAYERS},
    lookalikes::{FILES, PUBLIC, REFERENCES, SECRET_NAMES},
    random::Random,
    settings::{SETTINGS, Settings, spelt},
    terraform::{self, ATTRIBUTES, Attribute, Value},
    tools::{TOOLS, Tool},
};

/// How many of a hundred files are wrapped in some layer.
const WRAPPED: usize = 35;
/// How many of a hundred tokens with a checksum get a wrong one.
const WRONG: usize = 12;
/// Names that say nothing, for what tells itself.
const VAGUE: &[&str] = &["TOKEN", "SECRET", "PASSWORD", "AUTH", "KEY", "MY_VALUE", "x"];

/// What may stand before and after a secret.
const DELIMITERS: &[(&str, &str)] = &[
    ("", ""),
    ("\"", "\""),
    ("'", "'"),
    ("`", "`"),
    ("(", ")"),
    ("[", "]"),
    ("<", ">"),
    (">", "<"),
    ("=", "&"),
    (":", ":"),
    ("/", "/"),
    ("#", "#"),
    ("|", "|"),
    ("**", "**"),
    ("@", "@"),
    (",", ","),
    (";", ";"),
    ("\u{1b}[31m", "\u{1b}[0m"),
    ("\u{200b}", "\u{200b}"),
    ("\0", "\0"),
    ("\\n", "\\n"),
    ("\\u003d", "\\u0026"),
    ("%3D", "%26"),
    ("%253D", "%2526"),
    ("&quot;", "&quot;"),
    ("日本", "日本"),
    ("🔑", "🔒"),
];

/// One secret of the answer key.
pub(crate) struct Truth {
    /// The rule that should report it.
    pub(crate) kind: &'static str,
    /// Which rules may.
    pub(crate) named: Named,
    pub(crate) secret: String,
    /// The name it goes by, or the header or command it stands in.
    pub(crate) spelling: String,
    pub(crate) carrier: String,
    pub(crate) layer: &'static str,
    /// First and last line, where the innermost text keeps its lines.
    pub(crate) lines: Option<(u64, u64)>,
    /// Its checksum is wrong: to be found, but as no more than possible.
    pub(crate) is_mangled: bool,
}

/// Which rules are right about a secret.
#[derive(Clone, Copy)]
pub(crate) enum Named {
    Kind(&'static Kind),
    /// Any whose name begins so.
    Start(&'static str),
}

impl Named {
    pub(crate) fn allows(&self, rule: &str) -> bool {
        match self {
            Named::Kind(kind) => kind.is_named(rule),
            Named::Start(start) => rule.starts_with(start.trim_end_matches('*')),
        }
    }
}

/// One file of the corpus.
pub(crate) struct Entry {
    pub(crate) file: File,
    pub(crate) truth: Option<Truth>,
    /// What it is, if it holds no secret.
    pub(crate) lookalike: String,
}

/// A text with a secret in it, before it is wrapped.
struct Draft {
    path: String,
    text: String,
    /// How the secret stands in the text.
    shown: String,
    spelling: String,
    carrier: String,
}

/// So many files with a secret, and as many without.
pub(crate) fn corpus(seed: u64, size: usize) -> Vec<Entry> {
    let mut random = Random::new(seed);
    let mut entries = Vec::new();
    for number in 0..size {
        for mut entry in [leak(number, &mut random), lookalike(number, &mut random)] {
            entry.file.path = format!("{:05}/{}", entries.len(), entry.file.path);
            entries.push(entry);
        }
    }
    entries
}

fn leak(number: usize, random: &mut Random) -> Entry {
    // Every tenth is Terraform's; the others are the kinds in turn.
    if number % 10 == 9 {
        let attribute = &ATTRIBUTES[number / 10 % ATTRIBUTES.len()];
        return terraform_leak(attribute, random);
    }
    let kind = &KINDS[(number - number / 10) % KINDS.len()];
    let mut secret = kind.mint(random);
    let is_mangled = has_checksum(kind.id) && random.percent(WRONG);
    if is_mangled {
        secret = with_wrong_checksum(&secret);
    }
    let draft = draft(kind, &secret, random);
    finish(draft, kind.id, Named::Kind(kind), secret, is_mangled, random)
}

/// Puts the secret into one of the carriers that hold its kind.
fn draft(kind: &'static Kind, secret: &str, random: &mut Random) -> Draft {
    match kind.id {
        "cloudflare-tunnel-cert" => return certificate_file(secret, random),
        "cloudflare-origin-private-key" => return key_file(secret, random),
        _ => {}
    }
    let tools: Vec<&Tool> = TOOLS.iter().filter(|tool| tool.kinds.contains(&kind.id)).collect();
    let shares = [
        if kind.tells_itself { 6 } else { 0 },
        if kind.names.is_empty() { 0 } else { 50 },
        if tools.is_empty() { 0 } else { 30 },
        if kind.headers.is_empty() { 0 } else { 12 },
        if kind.commands.is_empty() { 0 } else { 8 },
    ];
    let mut share = random.below(shares.iter().sum());
    let family = shares
        .iter()
        .position(|&size| {
            let here = share < size;
            share = share.saturating_sub(size);
            here
        })
        .unwrap();
    match family {
        0 => in_prose(secret, random),
        1 => in_settings(kind, secret, random),
        2 => in_tool(tools[random.below(tools.len())], secret, random),
        3 => in_header(kind, secret, random),
        _ => in_command(kind, secret, random),
    }
}

/// Somewhere in a text that says nothing of it, between any two delimiters.
fn in_prose(secret: &str, random: &mut Random) -> Draft {
    let (left, right) = (random.pick(DELIMITERS).0, random.pick(DELIMITERS).1);
    let words =
        random.fill("{{lower:4}} {{lower:7}} {{lower:3}} {{lower:9}}\n{{lower:5}} {{lower:6}}");
    let path = random.pick(&["notes.txt", "core.dump", "chat.md", "paste", "main.rs.bak"]);
    Draft {
        path: (*path).to_owned(),
        text: format!("{words} {left}{secret}{right} {words}\n"),
        shown: secret.to_owned(),
        spelling: format!("{left:?} {right:?}"),
        carrier: "prose".to_owned(),
    }
}

fn in_settings(kind: &Kind, secret: &str, random: &mut Random) -> Draft {
    let carrier = random.pick(SETTINGS);
    let chosen = *random.pick(kind.names);
    let (name, partner) =
        chosen.split_once(';').map_or((chosen, None), |(name, partner)| (name, Some(partner)));
    let is_vague = kind.tells_itself && random.percent(20);
    let name = if is_vague { *random.pick(VAGUE) } else { name };
    let mut settings: Vec<(String, String)> = Vec::new();
    for beside in partner.iter().chain(kind.beside) {
        let (name, value) = beside.split_once('=').unwrap();
        settings.push((name.to_owned(), random.fill(value)));
    }
    if random.percent(40) {
        let (name, value) = random.pick(PUBLIC);
        settings.push(((*name).to_owned(), random.fill(value)));
    }
    settings.push((name.to_owned(), secret.to_owned()));
    let settings: Vec<(String, String)> =
        random.shuffled(settings.len()).into_iter().map(|at| settings[at].clone()).collect();
    let shown = match carrier.line {
        line if line.contains("{b}") => STANDARD.encode(secret),
        line if line.contains("{p}") => percent(secret),
        _ => secret.to_owned(),
    };
    Draft {
        path: carrier.path.to_owned(),
        text: written(carrier, &settings),
        shown,
        spelling: spelt(name, carrier.case),
        carrier: carrier.name.to_owned(),
    }
}

/// Settings as the carrier writes them.
fn written(carrier: &Settings, settings: &[(String, String)]) -> String {
    let mut text = carrier.before.to_owned();
    for (at, (name, value)) in settings.iter().enumerate() {
        let comma = if at + 1 < settings.len() { "," } else { "" };
        text += &carrier
            .line
            .replace("{,}", comma)
            .replace("{n}", &spelt(name, carrier.case))
            .replace("{b}", &STANDARD.encode(value))
            .replace("{p}", &percent(value))
            .replace("{v}", value);
    }
    text + carrier.after
}

fn in_tool(tool: &Tool, secret: &str, random: &mut Random) -> Draft {
    let text = random
        .fill(&tool.text.replace("@W@", secret))
        .replace("@B@", &STANDARD.encode(secret))
        .replace("@V@", secret);
    let shown = match tool.text {
        wrapped if wrapped.contains("@W@") => text.trim_end().to_owned(),
        encoded if encoded.contains("@B@") => STANDARD.encode(secret),
        _ => secret.to_owned(),
    };
    Draft {
        path: random.fill(tool.path),
        text,
        shown,
        spelling: String::new(),
        carrier: tool.name.to_owned(),
    }
}

fn in_header(kind: &Kind, secret: &str, random: &mut Random) -> Draft {
    let (header, call) = (random.pick(kind.headers), random.pick(HEADERS));
    let (name, value) = header.split_once(": ").unwrap();
    let name = match random.below(4) {
        0 => name.to_lowercase(),
        _ => name.to_owned(),
    };
    let text = call
        .text
        .replace("{h}", &name)
        .replace("{u}", &random.fill(kind.address))
        .replace("{v}", &value.replace("@V@", secret));
    called("header", call, text, secret, name)
}

fn in_command(kind: &Kind, secret: &str, random: &mut Random) -> Draft {
    let template = *random.pick(kind.commands);
    let command = random.fill(template).replace("@V@", secret);
    let is_plain = !command.contains(['"', '\'', '#', '|', '=']);
    let call = loop {
        let call = random.pick(COMMANDS);
        let is_strict = call.text.contains("{words}") || matches!(call.name, "package.json");
        if is_plain || !is_strict {
            break call;
        }
    };
    let words: Vec<String> = command.split(' ').map(|word| format!("\"{word}\"")).collect();
    let text = call.text.replace("{words}", &words.join(", ")).replace("{c}", &command);
    called("command", call, text, secret, template.to_owned())
}

fn called(family: &str, call: &Call, text: String, secret: &str, spelling: String) -> Draft {
    Draft {
        path: call.path.to_owned(),
        text,
        shown: secret.to_owned(),
        spelling,
        carrier: format!("{family}, {}", call.name),
    }
}

/// `cert.pem` of cloudflared, in its three generations.
fn certificate_file(secret: &str, random: &mut Random) -> Draft {
    let ids = random.fill(r#""zoneID":"{{hex:32}}","accountID":"{{hex:32}}""#);
    let inner = match secret.starts_with("v1.0-") {
        true if random.percent(50) => format!("{}\n{secret}", random.fill("{{hex:32}}")),
        true => format!("{{{ids},\"serviceKey\":\"{secret}\"}}"),
        false => format!("{{{ids},\"apiToken\":\"{secret}\"}}"),
    };
    let block = keys::pem("ARGO TUNNEL TOKEN", inner.as_bytes());
    let path = random.pick(&[".cloudflared/cert.pem", "etc/cloudflared/cert.pem", "tunnel.pem"]);
    Draft {
        path: (*path).to_owned(),
        text: format!("{block}\n"),
        shown: block,
        spelling: String::new(),
        carrier: "cert.pem".to_owned(),
    }
}

/// A private key beside its Origin CA certificate.
fn key_file(secret: &str, random: &mut Random) -> Draft {
    let certificate = keys::origin_certificate(random);
    let (carrier, path, text, shown) = match random.below(4) {
        0 => ("key and certificate", "origin.pem", format!("{secret}\n{certificate}\n"), None),
        1 => ("certificate and key", "bundle.pem", format!("{certificate}\n{secret}\n"), None),
        2 => {
            let key = secret.replace('\n', "\\n");
            let text = format!(
                "{{\"cert\": \"{}\", \"key\": \"{key}\"}}\n",
                certificate.replace('\n', "\\n")
            );
            ("key in JSON", "origin.json", text, Some(key))
        }
        _ => {
            let key = STANDARD.encode(secret);
            let text = format!(
                "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata:\n  name: cloudflare-origin\ndata:\n  tls.crt: {}\n  tls.key: {key}\n",
                STANDARD.encode(certificate)
            );
            ("TLS Secret", "tls.yaml", text, Some(key))
        }
    };
    Draft {
        path: path.to_owned(),
        text,
        shown: shown.unwrap_or_else(|| secret.to_owned()),
        spelling: String::new(),
        carrier: carrier.to_owned(),
    }
}

fn terraform_leak(attribute: &Attribute, random: &mut Random) -> Entry {
    let (kind, named, secret) = match attribute.value {
        Value::Kind(id) => {
            let kind = Kind::of(id);
            (id, Named::Kind(kind), kind.mint(random))
        }
        Value::Own(rule, template) => ("(Terraform)", Named::Start(rule), random.fill(template)),
    };
    let form = *random.pick(terraform::FORMS);
    let (path, text) = terraform::file(form, attribute, random);
    let shown = secret.replace('\n', "\\n");
    let draft = Draft {
        path,
        text: text.replace("@V@", &shown),
        shown,
        spelling: format!("{}.{}", attribute.resource, attribute.path),
        carrier: form.to_owned(),
    };
    finish(draft, kind, named, secret, false, random)
}

fn finish(
    draft: Draft,
    kind: &'static str,
    named: Named,
    secret: String,
    is_mangled: bool,
    random: &mut Random,
) -> Entry {
    let at = draft.text.find(&draft.shown).unwrap_or_else(|| panic!("{}", draft.carrier));
    let line = |to: usize| draft.text[..to].matches('\n').count() as u64 + 1;
    let layer = layer(random);
    let lines = layer.keeps_lines.then(|| (line(at), line(at + draft.shown.len())));
    let file = File { path: draft.path, bytes: draft.text.into_bytes() };
    Entry {
        file: layer.apply(&file, random),
        truth: Some(Truth {
            kind,
            named,
            secret,
            spelling: draft.spelling,
            carrier: draft.carrier,
            layer: layer.name,
            lines,
            is_mangled,
        }),
        lookalike: String::new(),
    }
}

fn layer(random: &mut Random) -> &'static super::layers::Layer {
    if random.percent(WRAPPED) { random.pick(&LAYERS[1..]) } else { &LAYERS[0] }
}

/// A file that holds no secret.
fn lookalike(number: usize, random: &mut Random) -> Entry {
    let (name, path, text) = match number % 4 {
        0 => {
            let sample = &FILES[number / 4 % FILES.len()];
            let text = with_samples(&random.fill(sample.text), random);
            (sample.name.to_owned(), sample.path.to_owned(), text)
        }
        1 => public_settings(random),
        2 => references(random),
        _ => referring_call(random),
    };
    let layer = layer(random);
    let file = File { path, bytes: text.into_bytes() };
    let lookalike = format!("{name} ({})", layer.name);
    Entry { file: layer.apply(&file, random), truth: None, lookalike }
}

fn public_settings(random: &mut Random) -> (String, String, String) {
    let carrier = random.pick(SETTINGS);
    let settings: Vec<(String, String)> = (0..2 + random.below(4))
        .map(|_| {
            let (name, value) = random.pick(PUBLIC);
            ((*name).to_owned(), random.fill(value))
        })
        .collect();
    let name = format!("public settings, {}", carrier.name);
    (name, carrier.path.to_owned(), written(carrier, &settings))
}

fn references(random: &mut Random) -> (String, String, String) {
    let carrier = random.pick(SETTINGS);
    let settings: Vec<(String, String)> = (0..1 + random.below(3))
        .map(|_| {
            let reference = *random.pick(REFERENCES);
            let value = random.fill(reference);
            ((*random.pick(SECRET_NAMES)).to_owned(), value)
        })
        .collect();
    let name = format!("references, {}", carrier.name);
    (name, carrier.path.to_owned(), written(carrier, &settings))
}

/// A request or a command that takes its secret from elsewhere.
fn referring_call(random: &mut Random) -> (String, String, String) {
    let kinds: Vec<&Kind> = KINDS.iter().filter(|kind| !kind.headers.is_empty()).collect();
    let kind = kinds[random.below(kinds.len())];
    let reference = *random.pick(REFERENCES);
    let reference = random.fill(reference);
    let draft = in_header(kind, &reference, random);
    (format!("reference, {}", draft.carrier), draft.path, draft.text)
}

/// Published samples, in pieces so that none stands here.
fn with_samples(text: &str, random: &mut Random) -> String {
    let repeated = "A".repeat(40);
    let checksum = format!("{:08x}", crc32fast::hash(repeated.as_bytes()));
    let text = text
        .replace("@KEY@", &["144c9defac04969c", "7bfad8efaa8ea194"].concat())
        .replace("@ZONE@", &["023e105f4ecef8ad", "9ca31a8372d0c353"].concat())
        .replace("@TOKEN@", &["Sn3lZJTBX6kkg7Od", "cBUAxOO963GEIyGQ", "qnFTOFYY"].concat())
        .replace("@TOKEN2@", &["8M7wS6hCpXVc-DoR", "nPPY_UCWPgy8aea4", "Wy6kCe5T"].concat())
        .replace("@HEX37@", &format!("{}01234", "0123456789abcdef".repeat(2)))
        .replace("@HEX40@", &format!("{}01234567", "0123456789abcdef".repeat(2)))
        .replace("@SECRET@", &["AQIDBAUGBwgBAgMEBQYH", "CAECAwQFBgcIAQIDBAUGBwg="].concat())
        .replace("@A40@", &repeated)
        .replace("@CRC@", &checksum);
    if text.contains("@CERT@") {
        return text.replace("@CERT@", &keys::origin_certificate(random));
    }
    text
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
