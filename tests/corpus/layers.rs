//! What a whole file may be wrapped in: encodings of text, and containers.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};

use super::{archives, random::Random};

/// One wrapping.
pub(crate) struct Layer {
    pub(crate) name: &'static str,
    /// Whether the innermost text keeps its lines, so that a place's line can be compared.
    pub(crate) keeps_lines: bool,
    wrap: fn(&File, &mut Random) -> File,
}

/// A file's name and content.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

impl Layer {
    pub(crate) fn apply(&self, file: &File, random: &mut Random) -> File {
        (self.wrap)(file, random)
    }
}

const fn of(name: &'static str, keeps_lines: bool, wrap: fn(&File, &mut Random) -> File) -> Layer {
    Layer { name, keeps_lines, wrap }
}

/// The first is none at all.
pub(crate) const LAYERS: &[Layer] = &[
    of("plain", true, |file, _| file.clone()),
    of("UTF-16 LE, mark", true, |file, _| wide(file, 2, true, true)),
    of("UTF-16 LE", true, |file, _| wide(file, 2, true, false)),
    of("UTF-16 BE, mark", true, |file, _| wide(file, 2, false, true)),
    of("UTF-16 BE", true, |file, _| wide(file, 2, false, false)),
    of("UTF-32 LE, mark", true, |file, _| wide(file, 4, true, true)),
    of("UTF-32 BE, mark", true, |file, _| wide(file, 4, false, true)),
    of("base64", false, |file, _| {
        renamed("user-data.yaml", format!("data: {}\n", STANDARD.encode(&file.bytes)))
    }),
    of("base64, URL-safe", false, |file, _| {
        renamed("state.json", format!("{{\"blob\": \"{}\"}}", URL_SAFE.encode(&file.bytes)))
    }),
    of("base64, wrapped", false, |file, _| renamed("message.eml", attachment(&file.bytes, "\r\n"))),
    of("base64, wrapped at 64", false, |file, _| {
        renamed("bundle.b64", wrapped(&STANDARD.encode(&file.bytes), 64, "\n"))
    }),
    of("base64, not aligned", false, |file, random| {
        let front = vec![b'-'; 1 + random.below(2)];
        let inner = [front, file.bytes.clone()].concat();
        renamed("dump.txt", format!("content={}\n", STANDARD.encode(inner)))
    }),
    of("base64 twice", false, |file, _| {
        let once = STANDARD.encode(&file.bytes);
        renamed("release.yaml", format!("release: {}\n", STANDARD.encode(once)))
    }),
    of("base64 of UTF-16", false, |file, _| {
        let bytes = STANDARD.encode(wide(file, 2, true, false).bytes);
        renamed("run.cmd", format!("powershell -EncodedCommand {bytes}\r\n"))
    }),
    of("percent", false, |file, _| {
        renamed("access.log", format!("POST /save?text={} HTTP/1.1\n", percent(&file.bytes)))
    }),
    of("JSON string", false, |file, _| renamed("answer.json", json_string(&file.bytes))),
    of("JSON string twice", false, |file, _| {
        renamed("queue.jsonl", json_string(json_string(&file.bytes).as_bytes()))
    }),
    of("unicode escapes", false, |file, _| renamed("bundle.js", unicode(&file.bytes))),
    of("HTML entities", true, |file, _| renamed("page.html", html(&file.bytes))),
    of("quoted-printable", false, |file, _| renamed("mail.eml", quoted_printable(&file.bytes))),
    of("gzip", true, |file, _| named(file, ".gz", archives::gzip(&file.bytes))),
    of("bzip2", true, |file, _| named(file, ".bz2", archives::bzip2(&file.bytes))),
    of("xz", true, |file, _| named(file, ".xz", archives::xz(&file.bytes))),
    of("zstd", true, |file, _| named(file, ".zst", archives::zstd(&file.bytes))),
    of("tar.xz", true, |file, _| File {
        path: "src.tar.xz".into(),
        bytes: archives::xz(&archives::tar(&[(&file.path, &file.bytes)])),
    }),
    of("gzip in base64", false, |file, _| {
        let packed = STANDARD.encode(archives::gzip(&file.bytes));
        renamed("cloud-init.yaml", format!("encoding: gz+b64\ncontent: {packed}\n"))
    }),
    of("zip, stored", true, |file, _| File {
        path: "backup.zip".into(),
        bytes: archives::zip(&[(&file.path, &file.bytes)], false),
    }),
    of("zip, deflated", true, |file, _| File {
        path: "backup.zip".into(),
        bytes: archives::zip(&[("readme.txt", b"hello"), (&file.path, &file.bytes)], true),
    }),
    of("jar", true, |file, _| File {
        path: "app.jar".into(),
        bytes: archives::zip(&[(&file.path, &file.bytes)], true),
    }),
    of("tar", true, |file, _| File {
        path: "site.tar".into(),
        bytes: archives::tar(&[("site/index.html", b"<html>"), (&file.path, &file.bytes)]),
    }),
    of("tar.gz", true, |file, _| File {
        path: "etc.tar.gz".into(),
        bytes: archives::gzip(&archives::tar(&[(&file.path, &file.bytes)])),
    }),
    of("zip in tar.gz", true, |file, _| {
        let zip = archives::zip(&[(&file.path, &file.bytes)], true);
        File {
            path: "nightly.tgz".into(),
            bytes: archives::gzip(&archives::tar(&[("nightly/backup.zip", &zip)])),
        }
    }),
    of("base64 in zip", false, |file, _| {
        let text = format!("blob: {}\n", STANDARD.encode(&file.bytes));
        File {
            path: "export.zip".into(),
            bytes: archives::zip(&[("export/blob.yaml", text.as_bytes())], true),
        }
    }),
    of("docker save", true, |file, _| {
        let layer = archives::tar(&[(&format!("app/{}", file.path), &file.bytes)]);
        let manifest =
            br#"[{"Config":"config.json","RepoTags":["app:1"],"Layers":["0/layer.tar"]}]"#;
        File {
            path: "image.tar".into(),
            bytes: archives::tar(&[("0/layer.tar", &layer), ("manifest.json", manifest)]),
        }
    }),
];

fn renamed(path: &str, text: String) -> File {
    File { path: path.to_owned(), bytes: text.into_bytes() }
}

fn named(file: &File, ending: &str, bytes: Vec<u8>) -> File {
    File { path: format!("{}{ending}", file.path), bytes }
}

fn wide(file: &File, width: usize, little: bool, mark: bool) -> File {
    let text = String::from_utf8_lossy(&file.bytes);
    let text = if mark { format!("\u{feff}{text}") } else { text.into_owned() };
    let mut bytes = Vec::new();
    let mut put = |value: u32| {
        let all = if little { value.to_le_bytes() } else { value.to_be_bytes() };
        bytes.extend_from_slice(if little { &all[..width] } else { &all[4 - width..] });
    };
    if width == 2 {
        text.encode_utf16().for_each(|unit| put(unit.into()));
    } else {
        text.chars().for_each(|letter| put(letter.into()));
    }
    File { path: file.path.clone(), bytes }
}

fn wrapped(text: &str, width: usize, end: &str) -> String {
    text.as_bytes()
        .chunks(width)
        .map(|line| format!("{}{end}", std::str::from_utf8(line).unwrap()))
        .collect()
}

fn attachment(bytes: &[u8], end: &str) -> String {
    let head = [
        "MIME-Version: 1.0",
        "Content-Type: text/plain; name=\"settings.txt\"",
        "Content-Transfer-Encoding: base64",
        "",
        "",
    ];
    head.join(end) + &wrapped(&STANDARD.encode(bytes), 76, end)
}

fn percent(bytes: &[u8]) -> String {
    let mut out = String::new();
    for &byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn json_string(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    serde_json::json!({ "status": 200, "body": text }).to_string()
}

fn unicode(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let escaped: String = text
        .chars()
        .map(|letter| match letter {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '_' | '-' | '.' | ' ' => letter.to_string(),
            _ => letter.encode_utf16(&mut [0; 2]).iter().map(|u| format!("\\u{u:04x}")).collect(),
        })
        .collect();
    format!("const page = \"{escaped}\";\n")
}

fn html(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
        .replace('=', "&#61;");
    format!("<html><body><pre>{escaped}</pre></body></html>\n")
}

fn quoted_printable(bytes: &[u8]) -> String {
    let mut out = String::from("Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    let mut column = 0;
    for &byte in bytes {
        let piece = match byte {
            b'\n' => "\r\n".to_owned(),
            b'\r' => continue,
            b'=' | 0..=31 | 127.. => format!("={byte:02X}"),
            _ => char::from(byte).to_string(),
        };
        if byte == b'\n' {
            column = 0;
        } else if column + piece.len() > 75 {
            out.push_str("=\r\n");
            column = piece.len();
        } else {
            column += piece.len();
        }
        out.push_str(&piece);
    }
    out
}
