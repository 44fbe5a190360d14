//! Secrets put into carriers: one text with one secret in it, before anything wraps it.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    calls::{COMMANDS, Call, HEADERS},
    keys,
    kinds::Kind,
    lookalikes::PUBLIC,
    random::Random,
    services::SERVICES,
    settings::{Settings, settings, spelt},
    tools::{TOOLS, Tool},
};

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

/// A text with a secret in it, before it is wrapped.
pub(crate) struct Draft {
    pub(crate) path: String,
    pub(crate) text: String,
    /// How the secret stands in the text.
    pub(crate) shown: String,
    pub(crate) spelling: String,
    pub(crate) carrier: String,
}

/// Puts the secret into one of the carriers that hold its kind.
pub(crate) fn draft(kind: &'static Kind, secret: &str, random: &mut Random) -> Draft {
    match kind.id {
        "cloudflare-tunnel-cert" => return certificate_file(secret, random),
        "cloudflare-origin-private-key" => return key_file(secret, random),
        _ => {}
    }
    let tools: Vec<&Tool> =
        TOOLS.iter().chain(SERVICES).filter(|tool| tool.kinds.contains(&kind.id)).collect();
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
    let carrier = settings(random);
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
pub(crate) fn written(carrier: &Settings, settings: &[(String, String)]) -> String {
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

pub(crate) fn in_header(kind: &Kind, secret: &str, random: &mut Random) -> Draft {
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
