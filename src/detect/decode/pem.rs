//! PEM blocks with private keys, written in any way: with line breaks, with `\n` for them as in JSON, or
//! in base64. All ways give one block, so that a key is one finding wherever it stands.

use base64::Engine;

use super::{Decoded, Inner};
use crate::{detect::base64::STANDARD, model::Layer};

const BEGIN: &[u8] = b"-----BEGIN ";
/// What the first and the last line end with.
const END: &[u8] = b"PRIVATE KEY-----";
/// Characters in a line of the block.
const LINE: usize = 64;

/// Whether it is a block as [`private_key`] gives it.
pub(crate) fn is_pem(secret: &[u8]) -> bool {
    secret.starts_with(BEGIN)
}

/// Reads a block, or base64 of one. What follows the block in base64 is not part of it.
pub(super) fn private_key(text: &[u8]) -> Option<Decoded> {
    let inner = match text.starts_with(BEGIN) {
        true => Inner { layer: None, secret: block(text)? },
        false => Inner { layer: Some(Layer::Base64), secret: block(&STANDARD.decode(text).ok()?)? },
    };
    Some(Decoded { inner: Some(inner), ..Decoded::default() })
}

/// The block at the beginning of a text, as a file would have it. `None` if its content is not base64.
fn block(text: &[u8]) -> Option<Vec<u8>> {
    let first = memchr::memmem::find(text, END)? + END.len();
    let label = text[..first].strip_prefix(BEGIN)?.strip_suffix(b"-----")?;
    let length = memchr::memmem::find(&text[first..], b"-----END ")?;
    let content = unescaped(&text[first..first + length]);
    STANDARD.decode(&content).ok().filter(|der| !der.is_empty())?;
    let mut block = [BEGIN, label, b"-----\n"].concat();
    for line in content.chunks(LINE) {
        block.extend_from_slice(line);
        block.push(b'\n');
    }
    block.extend([b"-----END ", label, b"-----"].concat());
    Some(block)
}

/// Base64 without white space, its escapes undone: `\n`, `\/`, `\u002b`.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        let mut byte = *first;
        if byte == b'\\' {
            byte = b' ';
            match rest {
                [b'n' | b'r' | b't', after @ ..] => rest = after,
                [b'u', b'0', b'0', high, low, after @ ..] => {
                    let digit = |d: &u8| char::from(*d).to_digit(16);
                    let code = digit(high).zip(digit(low)).map(|(high, low)| high * 16 + low);
                    byte = code.and_then(|code| u8::try_from(code).ok()).unwrap_or(b' ');
                    rest = after;
                }
                _ => {}
            }
        }
        if !byte.is_ascii_whitespace() {
            kept.push(byte);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_key_gives_one_block() {
        let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
        let block =
            format!("-----BEGIN PRIVATE KEY-----\n{line}\n{line}\n-----END PRIVATE KEY-----");
        let read =
            |text: &str| private_key(text.as_bytes()).map(|found| found.inner.unwrap().secret);
        for way in [
            block.clone(),
            block.replace('\n', "\r\n"),
            block.replace('\n', "\\n"),
            block.replace('\n', "\\\\n"),
            block.replace('\n', "\\u000a"),
            block.replace('\n', "\\u000a").replace("US8", "\\u0055S8"),
            block.replace('\n', "\n  "),
            STANDARD.encode(&block),
            STANDARD.encode(format!("{block}\n-----BEGIN CERTIFICATE-----\n")),
        ] {
            assert_eq!(read(&way).as_deref(), Some(block.as_bytes()), "{way}");
        }
        for other in ["", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "AAAA", "\\u000", "\\"] {
            assert_eq!(read(other), None);
        }
        assert_eq!(read(&block.replace("MIIE", "=MII")), None);
    }
}
