//! Templates: how an example speaks of a token without holding one.
//!
//! Text outside double braces stands for itself. Inside is a directive:
//!
//! | directive | becomes |
//! |---|---|
//! | `{{alnum:40}}` `{{lower:8}}` `{{digits:6}}` `{{hex:32}}` `{{b64url:43}}` | so many random characters of that class |
//! | `{{random:32}}` | so many random bytes of any value |
//! | `{{uuid}}` | a random UUID |
//! | `{{crc32}}` | CRC-32 of the last `alnum`, as 8 hex digits |
//! | `{{crc32:wrong}}` | the same with its last bit flipped |
//! | `{{crc32:$name}}` | CRC-32 of what was bound to that name |
//! | `{{name=…}}` | what follows the sign, also remembered under that name |
//! | `{{$name}}` | what was remembered |
//! | `{{repeat:…:40}}` | the text so many times |
//! | `{{base64:…}}` `{{base64url:…}}` | encoded (the latter without padding) |
//! | `{{utf16le:…}}` `{{utf16be:…}}` | encoded, without a byte order mark |
//! | `{{wrap:64:…}}` | a line break after every so many bytes |
//! | `{{jwt:{header}:{payload}}}` | a JSON web token of these two, with a random signature |
//! | `{{bytes:1b5b}}` | these very bytes |
//! | `{{open}}` `{{close}}` | two braces that open or close nothing |
//!
//! `…` is a template again. Single braces inside a directive must be balanced, as in JSON. The same
//! text and seed give the same bytes, on every machine.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose as base64_engine};

use super::{
    error::Error,
    random::{ALNUM, BASE64URL, DIGITS, HEX, LOWER, Random},
};

/// How deep directives may stand in one another.
const DEEPEST: usize = 16;
/// How many bytes a template may become.
const LARGEST: usize = 16 << 20;
/// Base64url characters of an RS256 signature with a 2,048-bit key.
const SIGNATURE: usize = 342;

/// Turns a template into bytes. The same `text` and `seed` always give the same bytes.
///
/// # Errors
/// [`Error::Template`] if a directive is unknown, not closed, lacks its value, is nested more than
/// 16 deep, or if the text would grow beyond 16 MiB.
pub fn expand(text: &str, seed: u64) -> Result<Vec<u8>, Error> {
    let mut expander =
        Expander { whole: text, random: Random::new(seed), bound: BTreeMap::new(), body: None };
    expander.text(text, 0)
}

struct Expander<'t> {
    /// The whole template: parts of it are slices of it, so a part's place can be told.
    whole: &'t str,
    random: Random,
    bound: BTreeMap<&'t str, Vec<u8>>,
    /// The last `alnum`.
    body: Option<Vec<u8>>,
}

impl<'t> Expander<'t> {
    /// A stretch of template: literal text and directives.
    fn text(&mut self, text: &'t str, depth: usize) -> Result<Vec<u8>, Error> {
        if depth > DEEPEST {
            return Err(self.error(text, "directives are nested more than 16 deep; flatten them"));
        }
        let mut out = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            out.extend(&rest.as_bytes()[..open]);
            let inside = &rest[open + 2..];
            let Some(close) = closing(inside, "}}") else {
                return Err(
                    self.error(&rest[open..], "this `{{` has no `}}`; close it, or write {{open}}")
                );
            };
            let piece = self.directive(&inside[..close], depth)?;
            if out.len() + piece.len() > LARGEST {
                return Err(self.error(inside, "the text grows beyond 16 MiB; make it smaller"));
            }
            out.extend(piece);
            rest = &inside[close + 2..];
        }
        out.extend(rest.as_bytes());
        Ok(out)
    }

    /// What stands between double braces.
    fn directive(&mut self, inside: &'t str, depth: usize) -> Result<Vec<u8>, Error> {
        if let Some(name) = inside.strip_prefix('$') {
            return self.recall(name);
        }
        let named = |c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        let end = inside.find(named).unwrap_or(inside.len());
        let (name, rest) = inside.split_at(end);
        if let Some(value) = rest.strip_prefix('=') {
            let value = self.text(value, depth + 1)?;
            self.bound.insert(name, value.clone());
            return Ok(value);
        }
        match rest.strip_prefix(':') {
            Some(argument) => self.call(name, argument, depth),
            None if rest.is_empty() => self.plain(name),
            None => Err(self.error(
                inside,
                "a directive is `{{name}}`, `{{name:…}}`, `{{name=…}}` or `{{$name}}`",
            )),
        }
    }

    /// A directive without a value.
    fn plain(&mut self, name: &'t str) -> Result<Vec<u8>, Error> {
        match name {
            "uuid" => Ok(self.random.uuid()),
            "crc32" => Ok(checksum(self.last_body(name)?, 0)),
            "open" => Ok(b"{{".to_vec()),
            "close" => Ok(b"}}".to_vec()),
            _ => Err(self.unknown(name)),
        }
    }

    /// A directive with a value.
    fn call(&mut self, name: &'t str, argument: &'t str, depth: usize) -> Result<Vec<u8>, Error> {
        match name {
            "alnum" => {
                let body = self.characters(ALNUM, argument)?;
                self.body = Some(body.clone());
                Ok(body)
            }
            "lower" => self.characters(LOWER, argument),
            "digits" => self.characters(DIGITS, argument),
            "hex" => self.characters(HEX, argument),
            "b64url" => self.characters(BASE64URL, argument),
            "random" => {
                let length = self.count(argument)?;
                Ok(self.random.bytes(length))
            }
            "crc32" if argument == "wrong" => Ok(checksum(self.last_body(name)?, 1)),
            "crc32" => match argument.strip_prefix('$') {
                Some(bound) => Ok(checksum(&self.recall(bound)?, 0)),
                None => {
                    Err(self.error(argument, "write {{crc32}}, {{crc32:wrong}} or {{crc32:$name}}"))
                }
            },
            "base64" => Ok(base64_engine::STANDARD.encode(self.text(argument, depth + 1)?).into()),
            "base64url" => {
                Ok(base64_engine::URL_SAFE_NO_PAD.encode(self.text(argument, depth + 1)?).into())
            }
            "utf16le" => self.utf16(argument, u16::to_le_bytes, depth),
            "utf16be" => self.utf16(argument, u16::to_be_bytes, depth),
            "repeat" => self.repeat(argument, depth),
            "wrap" => self.wrap(argument, depth),
            "jwt" => self.jwt(argument, depth),
            "bytes" => self.bytes(argument),
            _ => Err(self.unknown(name)),
        }
    }

    fn recall(&self, name: &'t str) -> Result<Vec<u8>, Error> {
        self.bound.get(name).cloned().ok_or_else(|| {
            self.error(
                name,
                &format!("nothing was bound to `{name}` before; write {{{{{name}=…}}}} first"),
            )
        })
    }

    fn last_body(&self, at: &'t str) -> Result<&[u8], Error> {
        self.body.as_deref().ok_or_else(|| {
            self.error(at, "crc32 needs an {{alnum:N}} before it, or a name: {{crc32:$name}}")
        })
    }

    fn characters(&mut self, alphabet: &[u8], argument: &'t str) -> Result<Vec<u8>, Error> {
        let length = self.count(argument)?;
        Ok(self.random.text(alphabet, length))
    }

    fn count(&self, argument: &'t str) -> Result<usize, Error> {
        match argument.parse() {
            Ok(count) if count <= LARGEST => Ok(count),
            _ => Err(self
                .error(argument, &format!("`{argument}` is no number of characters up to 16 MiB"))),
        }
    }

    fn utf16(
        &mut self,
        argument: &'t str,
        order: fn(u16) -> [u8; 2],
        depth: usize,
    ) -> Result<Vec<u8>, Error> {
        let text = self.text(argument, depth + 1)?;
        let text = str::from_utf8(&text).map_err(|_| {
            self.error(argument, "only text can be made UTF-16; this holds other bytes")
        })?;
        Ok(text.encode_utf16().flat_map(order).collect())
    }

    fn repeat(&mut self, argument: &'t str, depth: usize) -> Result<Vec<u8>, Error> {
        let Some((text, times)) = argument.rsplit_once(':') else {
            return Err(self.error(argument, "repeat needs a text and a number: {{repeat:x:40}}"));
        };
        let times = self.count(times)?;
        let text = self.text(text, depth + 1)?;
        if text.len().saturating_mul(times) > LARGEST {
            return Err(self.error(argument, "the text grows beyond 16 MiB; make it smaller"));
        }
        Ok(text.repeat(times))
    }

    fn wrap(&mut self, argument: &'t str, depth: usize) -> Result<Vec<u8>, Error> {
        let (width, text) = argument.split_once(':').unwrap_or((argument, ""));
        let width = self.count(width)?.max(1);
        let text = self.text(text, depth + 1)?;
        Ok(text.chunks(width).collect::<Vec<_>>().join(&b'\n'))
    }

    fn jwt(&mut self, argument: &'t str, depth: usize) -> Result<Vec<u8>, Error> {
        let parts = argument.strip_prefix('{').and_then(|rest| {
            let end = closing(rest, "}")? + 2;
            Some((&argument[..end], argument.get(end..)?.strip_prefix(':')?))
        });
        let Some((header, payload)) = parts else {
            return Err(self.error(argument, "jwt needs two JSON objects: {{jwt:{…}:{…}}}"));
        };
        let mut token = Vec::new();
        for part in [header, payload] {
            let part = self.text(part, depth + 1)?;
            token.extend(base64_engine::URL_SAFE_NO_PAD.encode(part).bytes());
            token.push(b'.');
        }
        token.extend(self.random.text(BASE64URL, SIGNATURE));
        Ok(token)
    }

    fn bytes(&self, argument: &'t str) -> Result<Vec<u8>, Error> {
        let pair = |pair: &[u8]| {
            let pair = str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
            u8::from_str_radix(pair, 16).ok()
        };
        argument
            .as_bytes()
            .chunks(2)
            .map(pair)
            .collect::<Option<Vec<u8>>>()
            .ok_or_else(|| self.error(argument, "bytes needs pairs of hex digits: {{bytes:1b5b}}"))
    }

    fn unknown(&self, name: &'t str) -> Error {
        self.error(
            name,
            &format!(
                "there is no directive `{name}`; see docs/writing-rules.md for those there are"
            ),
        )
    }

    /// An error at `part`, which is a slice of the whole template.
    fn error(&self, part: &str, message: &str) -> Error {
        let at = (part.as_ptr() as usize).saturating_sub(self.whole.as_ptr() as usize);
        let before = self.whole.get(..at).unwrap_or_default();
        Error::Template { column: before.chars().count() + 1, message: message.to_owned() }
    }
}

/// Where the bracket closes that was opened just before `text`: its `end` is `}}` for a directive,
/// `}` for a JSON object. Single braces count in pairs, so that JSON may stand inside.
fn closing(text: &str, end: &'static str) -> Option<usize> {
    let mut open = vec![end];
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        let expected = *open.last()?;
        if rest.starts_with(b"{{") {
            open.push("}}");
            at += 2;
        } else if rest.starts_with(b"{") {
            open.push("}");
            at += 1;
        } else if rest.starts_with(expected.as_bytes()) {
            open.pop();
            if open.is_empty() {
                return Some(at);
            }
            at += expected.len();
        } else {
            at += 1;
        }
    }
    None
}

fn checksum(body: &[u8], flip: u32) -> Vec<u8> {
    format!("{:08x}", crc32fast::hash(body) ^ flip).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(template: &str) -> String {
        String::from_utf8(expand(template, 7).unwrap()).unwrap()
    }

    fn error(template: &str) -> String {
        expand(template, 7).unwrap_err().to_string()
    }

    #[test]
    fn literal_text_stands_for_itself() {
        let json = r#"{"a":{"b":"ü"}} ${x} }}"#;
        assert_eq!(text(json), json);
        assert_eq!(text("${{open}} secrets.X {{close}}"), "${{ secrets.X }}");
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
        let template = "{{alnum:40}}{{crc32}} {{uuid}} {{b64url:43}} {{random:9}}";
        assert_eq!(expand(template, 1).unwrap(), expand(template, 1).unwrap());
        assert_ne!(expand(template, 1).unwrap(), expand(template, 2).unwrap());
        // Pinned, so that a change of the generator is seen: examples would all change with it.
        assert_eq!(expand("{{hex:16}}", 1).unwrap(), b"17eb9055861e0a8b".to_vec());
    }

    #[test]
    fn classes_and_lengths_are_kept() {
        let all = |text: &str, of: fn(u8) -> bool| text.bytes().all(of);
        assert!(all(&text("{{lower:500}}"), |b| b.is_ascii_lowercase()));
        assert!(all(&text("{{digits:500}}"), |b| b.is_ascii_digit()));
        assert!(all(&text("{{alnum:500}}"), |b| b.is_ascii_alphanumeric()));
        assert!(all(&text("{{hex:500}}"), |b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
        assert_eq!(text("{{b64url:500}}").len(), 500);
        assert_eq!(text("{{uuid}}").split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }

    /// The vectors of which the bodies and checksums were computed apart from this code.
    #[test]
    fn checksums_are_those_of_cloudflare() {
        let body = "0123456789".repeat(4);
        assert_eq!(text("{{b={{repeat:0123456789:4}}}}{{crc32:$b}}"), body + "a6463c49");
        let zeros = text("{{b=LeadingZeroChecksumVector193{{repeat:x:12}}}}|{{crc32:$b}}");
        assert_eq!(zeros.split('|').nth(1), Some("00e5e9a0"));
    }

    #[test]
    fn a_wrong_checksum_is_wrong_and_a_right_one_right() {
        let right = text("{{alnum:40}}{{crc32}}");
        let wrong = text("{{alnum:40}}{{crc32:wrong}}");
        assert_eq!(right[..40], wrong[..40]);
        assert_ne!(right[40..], wrong[40..]);
        assert_eq!(right[40..], format!("{:08x}", crc32fast::hash(&right.as_bytes()[..40])));
    }

    #[test]
    fn names_are_remembered_within_and_without() {
        assert_eq!(text("{{a=x{{b=y}}}}{{$a}}{{$b}}"), "xyxyy");
    }

    #[test]
    fn encodings_nest_and_take_json() {
        assert_eq!(text(r#"{{base64:{"a":{"b":1}}}}"#), "eyJhIjp7ImIiOjF9fQ==");
        assert_eq!(text("{{base64:{{base64:a}}}}"), "WVE9PQ==");
        assert_eq!(text("{{base64url:~~~}}"), "fn5-");
        assert_eq!(expand("{{utf16le:aé}}{{utf16be:a}}", 0).unwrap(), b"a\0\xe9\0\0a");
        assert_eq!(text("{{wrap:2:abcde}}"), "ab\ncd\ne");
        assert_eq!(text("{{repeat:ab:3}}"), "ababab");
        assert_eq!(expand("{{bytes:1b00ff}}", 0).unwrap(), [0x1b, 0, 0xff]);
    }

    #[test]
    fn a_web_token_has_its_header_payload_and_a_signature() {
        let token = text(r#"{{jwt:{"alg":"RS256"}:{"iss":"{{lower:4}}","n":{"m":[{}]}}}}"#);
        let parts: Vec<_> = token.split('.').collect();
        assert_eq!(parts.len(), 3);
        let decode = |part: &str| base64_engine::URL_SAFE_NO_PAD.decode(part).unwrap();
        assert_eq!(decode(parts[0]), br#"{"alg":"RS256"}"#);
        assert!(decode(parts[1]).ends_with(br#"","n":{"m":[{}]}}"#));
        assert_eq!(parts[2].len(), SIGNATURE);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        insta::assert_snapshot!(error("ä {{alnum:40"), @"template, character 3: this `{{` has no `}}`; close it, or write {{open}}");
        insta::assert_snapshot!(error("{{alnun:40}}"), @"template, character 3: there is no directive `alnun`; see docs/writing-rules.md for those there are");
        insta::assert_snapshot!(error("{{alnum:forty}}"), @"template, character 9: `forty` is no number of characters up to 16 MiB");
        insta::assert_snapshot!(error("{{crc32}}"), @"template, character 3: crc32 needs an {{alnum:N}} before it, or a name: {{crc32:$name}}");
        insta::assert_snapshot!(error("{{$x}}"), @"template, character 4: nothing was bound to `x` before; write {{x=…}} first");
        insta::assert_snapshot!(error("{{jwt:{}}}"), @"template, character 7: jwt needs two JSON objects: {{jwt:{…}:{…}}}");
        insta::assert_snapshot!(error("{{bytes:1}}"), @"template, character 9: bytes needs pairs of hex digits: {{bytes:1b5b}}");
        insta::assert_snapshot!(error("{{ secrets.X }}"), @"template, character 3: a directive is `{{name}}`, `{{name:…}}`, `{{name=…}}` or `{{$name}}`");
    }

    #[test]
    fn deep_nesting_and_growth_end_in_an_error() {
        let deep = "{{base64:".repeat(5000) + &"}}".repeat(5000);
        assert!(expand(&deep, 0).is_err());
        assert!(expand("{{repeat:{{repeat:x:100000}}:100000}}", 0).is_err());
        assert!(expand("{{alnum:99999999999}}", 0).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-z{}:=$0-9ü]{0,60}") {
            let _ = expand(&text, 0);
        }
    }
}
