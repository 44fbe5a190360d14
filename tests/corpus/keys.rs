//! Values that templates cannot describe: keys in DER and PEM, and shapes that vary from one to the
//! next as Cloudflare's do.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

use super::random::Random;

/// Forty characters of the base64url alphabet. Few begin or end with a hyphen, so some more are made to.
pub(crate) fn legacy_token(random: &mut Random) -> String {
    loop {
        let mut token = random.fill("{{b64url:40}}");
        match random.below(12) {
            0 => token.replace_range(..1, "-"),
            1 => token.replace_range(39.., "-"),
            _ => {}
        }
        let has = |class: fn(&u8) -> bool| token.as_bytes().iter().any(&class);
        // One in a thousand has no digit; nobody could tell that from an identifier.
        if has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) {
            return token;
        }
    }
}

/// Mostly 37 hex digits; up to 45 are documented.
pub(crate) fn legacy_key(random: &mut Random) -> String {
    let length = if random.percent(70) { 37 } else { 37 + random.below(9) };
    random.fill(&format!("{{{{hex:{length}}}}}"))
}

pub(crate) fn origin_ca_key(random: &mut Random) -> String {
    if random.percent(60) {
        random.fill("v1.0-{{hex:24}}-{{hex:146}}")
    } else {
        random.fill("v1.0-{{hex:64}}-{{hex:128}}-{{hex:64}}")
    }
}

pub(crate) fn deploy_hook(random: &mut Random) -> String {
    let path = random.pick(&["pages/webhooks", "workers/builds"]);
    random.fill(&format!("https://api.cloudflare.com/client/v4/{path}/deploy_hooks/{{{{uuid}}}}"))
}

pub(crate) fn tunnel_token(random: &mut Random) -> String {
    let length = random.pick(&[32, 32, 33, 36, 48, 64]);
    let secret = STANDARD.encode(random.bytes(*length));
    let json = if random.percent(50) {
        format!(r#"{{"a":"{{{{hex:32}}}}","t":"{{{{uuid}}}}","s":"{secret}"}}"#)
    } else {
        format!(r#"{{"a":"{{{{hex:32}}}}","s":"{secret}","t":"{{{{uuid}}}}"}}"#)
    };
    STANDARD.encode(random.fill(&json))
}

/// As the SDKs of AWS and `aws4fetch` order it; only the signature in it is secret.
pub(crate) fn presigned_address(random: &mut Random) -> String {
    let place = random.pick(&[
        "https://{{hex:32}}.r2.cloudflarestorage.com/{{lower:8}}/",
        "https://{{hex:32}}.eu.r2.cloudflarestorage.com/{{lower:8}}/",
        "https://{{lower:8}}.{{hex:32}}.r2.cloudflarestorage.com/",
    ]);
    let of = "X-Amz-Credential={{hex:32}}%2F20990101%2Fauto%2Fs3%2Faws4_request";
    let query = match random.below(3) {
        0 => format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&{of}&X-Amz-Date=20990101T000000Z&X-Amz-Expires=3600&X-Amz-Signature={{{{hex:64}}}}&X-Amz-SignedHeaders=host&x-amz-checksum-mode=ENABLED&x-id=GetObject"
        ),
        1 => format!(
            "X-Amz-Expires=86400&X-Amz-Date=20990101T000000Z&X-Amz-Algorithm=AWS4-HMAC-SHA256&{of}&X-Amz-SignedHeaders=host&X-Amz-Signature={{{{hex:64}}}}"
        ),
        _ => format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&{of}&X-Amz-Date=20990101T000000Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Signature={{{{hex:64}}}}"
        ),
    };
    random.fill(&format!("{place}{{{{lower:6}}}}/{{{{digits:4}}}}.jpg?{query}"))
}

pub(crate) fn r2_session(random: &mut Random) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = random.fill(r#"{"bucket":"{{lower:9}}","scope":"object-read-write","sub":"{{hex:32}}","iat":1767225600,"exp":4102444800}"#);
    let signature = URL_SAFE_NO_PAD.encode(random.bytes(32));
    STANDARD.encode(format!("jwt/{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(claims)))
}

/// What `cert.pem` may wrap.
pub(crate) fn wrapped_credential(random: &mut Random) -> String {
    match random.below(4) {
        0 => random.fill("cfut_{{alnum:40}}{{crc32}}"),
        1 => random.fill("v1.0-{{hex:24}}-{{hex:146}}"),
        _ => legacy_token(random),
    }
}

/// Base64 of an RSA key, as a PEM block or as a JWK.
pub(crate) fn stream_key(random: &mut Random) -> String {
    if random.percent(50) {
        return STANDARD.encode(pem("RSA PRIVATE KEY", &rsa_private_key(random)) + "\n");
    }
    let mut number = |length| URL_SAFE_NO_PAD.encode(random.bytes(length));
    let (n, d) = (number(256), number(256));
    let five = [number(128), number(128), number(128), number(128), number(128)];
    let [p, q, dp, dq, qi] = five;
    let kid = random.fill("{{hex:32}}");
    STANDARD.encode(format!(
        r#"{{"use":"sig","kty":"RSA","kid":"{kid}","alg":"RS256","n":"{n}","e":"AQAB","d":"{d}","p":"{p}","q":"{q}","dp":"{dp}","dq":"{dq}","qi":"{qi}"}}"#
    ))
}

/// The private key as Cloudflare's dashboard shows it once: PKCS #8.
pub(crate) fn private_key(random: &mut Random) -> String {
    let algorithm =
        der(0x30, &[der(0x06, b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), der(5, b"")].concat());
    let key = der(0x04, &rsa_private_key(random));
    pem("PRIVATE KEY", &der(0x30, &[der(2, &[0]), algorithm, key].concat()))
}

/// A certificate whose issuer is Cloudflare's Origin CA. Its signature is random.
pub(crate) fn origin_certificate(random: &mut Random) -> String {
    let name = |kind: &[u8], value: &str| {
        let oid = der(6, &[b"\x55\x04", kind].concat());
        der(0x31, &der(0x30, &[oid, der(0x0c, value.as_bytes())].concat()))
    };
    let issuer = der(
        0x30,
        &[
            name(b"\x06", "US"),
            name(b"\x0a", "CloudFlare, Inc."),
            name(b"\x0b", "CloudFlare Origin SSL Certificate Authority"),
            name(b"\x07", "San Francisco"),
            name(b"\x08", "California"),
        ]
        .concat(),
    );
    let subject = der(
        0x30,
        &[
            name(b"\x0a", "CloudFlare, Inc."),
            name(b"\x0b", "CloudFlare Origin CA"),
            name(b"\x03", "CloudFlare Origin Certificate"),
        ]
        .concat(),
    );
    let algorithm =
        der(0x30, &[der(6, b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), der(5, b"")].concat());
    let dates = der(0x30, &[der(0x17, b"250101000000Z"), der(0x17, b"400101000000Z")].concat());
    let modulus = der(0x30, &[integer(random, 256), der(2, &[1, 0, 1])].concat());
    let public = der(0x30, &[algorithm.clone(), der(3, &[&[0][..], &modulus].concat())].concat());
    let serial = der(2, &random.bytes(19));
    let version = der(0xa0, &der(2, &[2]));
    let body =
        der(0x30, &[version, serial, algorithm.clone(), issuer, dates, subject, public].concat());
    let signature = der(3, &[&[0][..], &random.bytes(256)].concat());
    pem("CERTIFICATE", &der(0x30, &[body, algorithm, signature].concat()))
}

fn rsa_private_key(random: &mut Random) -> Vec<u8> {
    let mut parts = der(2, &[0]);
    parts.extend(integer(random, 256));
    parts.extend(der(2, &[1, 0, 1]));
    for length in [256, 128, 128, 128, 128, 128] {
        parts.extend(integer(random, length));
    }
    der(0x30, &parts)
}

/// A positive number of so many bytes.
fn integer(random: &mut Random, length: usize) -> Vec<u8> {
    let mut bytes = random.bytes(length);
    bytes[0] = 0x40 | (bytes[0] & 0x3f);
    der(2, &bytes)
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    match content.len() {
        0..=127 => out.push(length[1]),
        128..=255 => out.extend([0x81, length[1]]),
        _ => out.extend([0x82, length[0], length[1]]),
    }
    out.extend_from_slice(content);
    out
}

/// A PEM block, without a line break behind it.
pub(crate) fn pem(label: &str, content: &[u8]) -> String {
    let text = STANDARD.encode(content);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", lines.join("\n"))
}
