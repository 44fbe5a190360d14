//! A file that holds one value and is named for it, as secrets are mounted into containers:
//! `secrets/cf_dns_api_token`, `cloudflare/api_token.txt`.
//!
//! The name of such a file is the name of a setting, so it is read as one. What tells itself needs no
//! name; this is for what only a name can tell. Where the path is not known (objects of a whole history
//! are searched by their names as objects) nothing is found so.

use super::{Candidate, Detector};
use crate::model::Span;

/// A longer text is no single value that needs a name.
const LONGEST: usize = 256;
/// What may stand behind the name of a setting in that of a file.
const ENDINGS: [&[u8]; 5] = [b".txt", b".secret", b".token", b".key", b".cfg"];

impl Detector {
    /// Takes a file of one word, in which by itself nothing was found, for the value of a setting with
    /// the file's name. `path` is `/`-separated.
    pub fn detect_as_value(&self, path: &[u8], text: &[u8]) -> Vec<Candidate> {
        let Some(value) = only_word(text) else { return Vec::new() };
        let mut steps = path.rsplit(|&byte| byte == b'/');
        let (name, folder) = (steps.next().unwrap_or_default(), steps.next().unwrap_or_default());
        let name = ENDINGS.iter().find_map(|end| name.strip_suffix(*end)).unwrap_or(name);
        let name = name.strip_prefix(b".").unwrap_or(name);
        // The folder may say whose setting it is.
        let before = [folder, b"\n", name, b"="].concat();
        let setting = [&before, value.of(text), b"\n"].concat();
        let own = Span::new(before.len(), before.len() + value.len());
        // Not the caller's scratch, whose hits are those of the text itself.
        let mut found = self.judge(&setting, &self.searchers.search_apart(&setting));
        found.retain(|candidate| own.contains(candidate.span));
        for candidate in &mut found {
            let within = candidate.span.start - own.start;
            let start = value.start + within;
            candidate.span = Span::new(start, start + candidate.span.len());
            candidate.partners.iter_mut().for_each(|partner| partner.lines = None);
        }
        found
    }
}

/// The one word that a short text consists of.
fn only_word(text: &[u8]) -> Option<Span> {
    if text.len() > LONGEST {
        return None;
    }
    let start = text.len() - text.trim_ascii_start().len();
    let end = text.trim_ascii_end().len();
    let word = text.get(start..end)?;
    (!word.is_empty() && word.iter().all(u8::is_ascii_graphic)).then(|| Span::new(start, end))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::rules::{RuleSet, template};

    static DETECTOR: LazyLock<Detector> =
        LazyLock::new(|| Detector::new(RuleSet::builtin(), Timestamp::now()));

    /// Made so that no draw looks like words.
    fn made(kind: &str) -> String {
        String::from_utf8(template::expand(kind, 5).unwrap()).unwrap()
    }

    fn rules_found(path: &str, text: &str) -> Vec<String> {
        let found = DETECTOR.detect_as_value(path.as_bytes(), text.as_bytes());
        let rule = |c: &Candidate| DETECTOR.rules().rules()[c.rule].id.to_string();
        found.iter().map(rule).collect()
    }

    #[test]
    fn the_name_of_a_file_names_its_value() {
        let (token, hex) = (made("{{alnum:40}}"), made("{{hex:64}}"));
        for path in [
            "secrets/cf_dns_api_token",
            "CLOUDFLARE_API_TOKEN",
            "run/secrets/cloudflare-api-token.txt",
            ".cf_api_token",
            "secrets/cloudflare/api_token",
        ] {
            for text in [token.clone(), format!("{token}\n"), format!("  {token}\r\n")] {
                assert_eq!(rules_found(path, &text), ["cloudflare-api-token-legacy"], "{path}");
                let found = DETECTOR.detect_as_value(path.as_bytes(), text.as_bytes());
                assert_eq!(found[0].span.of(text.as_bytes()), token.as_bytes());
            }
        }
        assert_eq!(rules_found("s/r2_secret_access_key", &hex), ["cloudflare-r2-access-key"]);
    }

    #[test]
    fn other_names_and_other_texts_say_nothing() {
        let (token, hex) = (made("{{alnum:40}}"), made("{{hex:40}}"));
        for (path, text) in [
            ("secrets/github_api_token", &token),
            ("secrets/api_token", &token),
            ("cloudflare/README", &token),
            ("cloudflare/VERSION", &hex),
            ("secrets/cf_api_token", &hex),
            ("secrets/cf_api_token", &format!("{token} {token}")),
            ("secrets/cf_api_token", &format!("{token}\n{token}\n")),
            ("secrets/cf_api_token", &"x".repeat(40)),
            ("secrets/cf_api_token", &String::new()),
            // A token in a name is found there, not in what the file holds.
            (&*format!("cf_api_token={token}/x"), &"word".to_owned()),
        ] {
            assert_eq!(rules_found(path, text), [""; 0], "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_path_and_text_will_do(path: Vec<u8>, text: Vec<u8>) {
            for candidate in DETECTOR.detect_as_value(&path, &text) {
                prop_assert!(candidate.span.end <= text.len());
            }
        }
    }
}
