//! Line and column inside of a decoded text, for those who decode it themselves.
//!
//! A place is first of all where the encoding stands. What is in base64 or in an escaped string may be a
//! file of many lines again; the innermost text that has lines tells them. UTF-16, character references
//! and quoted-printable are spellings of the file's own lines, and have none besides.

use std::ops::Range;

use super::{Candidate, layer::Opened, lines::Locator};
use crate::model::{Layer, Span};

/// Notes where candidates stand in the decoded text, of which their spans still are, if it has lines
/// and none further inside has.
pub(super) fn locate(opened: &Opened, found: &mut [Candidate]) {
    if found.is_empty() || memchr::memchr2(b'\n', b'\r', &opened.text).is_none() {
        return;
    }
    let mut inside: Vec<&mut Candidate> =
        found.iter_mut().filter(|candidate| candidate.inner.is_none()).collect();
    inside.sort_by_key(|candidate| candidate.span.start);
    let mut at: Option<(Range<usize>, Option<Locator>)> = None;
    for candidate in inside {
        let span = candidate.span;
        let (text, locator) = match &mut at {
            Some(known) if span.start < known.0.end => known,
            known => {
                let floor = known.as_ref().map_or(0, |(text, _)| text.end);
                let Some(text) = text_around(opened, floor, span.start) else { return };
                let lines = opened.text[text.clone()].trim_ascii_end();
                let has_lines = memchr::memchr2(b'\n', b'\r', lines).is_some();
                let begins = text.start > 0 || opened.begins;
                let locator =
                    (has_lines && begins).then(|| Locator::new(&opened.text[text.clone()]));
                known.insert((text, locator))
            }
        };
        let own = Span::new(span.start - text.start, span.end.min(text.end) - text.start);
        candidate.inner =
            locator.as_mut().map(|locator| locator.region(&opened.text[text.clone()], 0, own));
    }
}

/// The one text in the decoded bytes that `at` is in; it begins at `floor` or later. `None` where the
/// encoding is no text in a text.
fn text_around(opened: &Opened, floor: usize, at: usize) -> Option<Range<usize>> {
    let ends: &[u8] = match opened.layer {
        Layer::Base64 => return Some(0..opened.text.len()),
        // Of a string, and of a value in an address or a form.
        Layer::Escapes => b"\"'`\r\n",
        Layer::Percent => b"\"'`<>&=?\t\r\n",
        _ => return None,
    };
    // As it stands there, not escaped: such a character belongs to the text.
    let is_end = |&at: &usize| ends.contains(&opened.text[at]) && opened.is_plain(at);
    let start = (floor..at).rev().find(is_end).map_or(floor, |end| end + 1);
    let end = (at..opened.text.len()).find(is_end).unwrap_or(opened.text.len());
    Some(start..end.max(at + 1).min(opened.text.len()))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use ::base64::{Engine, engine::general_purpose::STANDARD};
    use jiff::Timestamp;

    use crate::{
        detect::{Detector, Scratch},
        rules::{RuleSet, template},
    };

    static DETECTOR: LazyLock<Detector> =
        LazyLock::new(|| Detector::new(RuleSet::builtin(), Timestamp::now()));

    fn token(seed: u64) -> String {
        let text = template::expand("cfut_{{alnum:40}}{{crc32}}", seed).unwrap();
        String::from_utf8(text).unwrap()
    }

    /// Line and column of each find in the innermost text that has lines.
    fn inner(text: impl AsRef<[u8]>) -> Vec<Option<(u64, u64)>> {
        let found = DETECTOR.detect(text.as_ref(), &mut Scratch::default());
        let start = |region: crate::model::Region| (region.start.line, region.start.column);
        found.into_iter().map(|candidate| candidate.inner.map(start)).collect()
    }

    fn lines() -> String {
        format!("# é\r\nNAME=x\r\nCF_API_TOKEN={}\r\nLAST=\"{}\"\r\n", token(1), token(2))
    }

    #[test]
    fn base64_has_lines_of_its_own() {
        let at = vec![Some((3, 14)), Some((4, 7))];
        let once = STANDARD.encode(lines());
        assert_eq!(inner(format!("a\nb\n\n  data: {once}\n")), at);
        // Wrapped, and twice.
        let wrapped: Vec<&str> =
            once.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        assert_eq!(inner(wrapped.join("\n")), at);
        assert_eq!(inner(format!("x: {}", STANDARD.encode(&once))), at);
        // Of the text in UTF-16, its own units.
        let wide: Vec<u8> = lines().encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(inner(STANDARD.encode(wide)), at);
    }

    #[test]
    fn the_innermost_text_with_lines_tells() {
        // The inner base64 is of one line, the outer of three.
        let one = STANDARD.encode(format!("token={}\n", token(1)));
        let outer = STANDARD.encode(format!("kind: Secret\ndata:\n  token: {one}\n"));
        assert_eq!(inner(format!("x\n{outer}")), [Some((3, 18))]);
        assert_eq!(inner(&one), [None], "a line end at the end makes no lines");
    }

    #[test]
    fn escaped_strings_have_lines_and_their_quotes_none() {
        let escaped = |text: &str| text.replace('_', "\\u005f").replace('\n', "\\n");
        let string = escaped(&format!("a \\\"b\\\"\nc\nT={}", token(1)));
        let text = format!("{{\n\"x\": \"y\",\n\"file\": \"{string}\\n\", \"z\": \"\\n\"}}\n");
        assert_eq!(inner(&text), [Some((3, 3))]);
        let single = format!("{{\n\"x\": \"y\\nz\",\n\"t\": \"{}\"}}\n", escaped(&token(1)));
        assert_eq!(inner(&single), [None], "lines of another string are none of this one's");
        let form = format!("u=1&file=a%3D%0Ab%0A%0A{}%0A&n=2", token(1).replace('_', "%5F"));
        assert_eq!(inner(&form), [Some((4, 1))]);
    }

    #[test]
    fn spellings_of_the_files_own_lines_have_none() {
        let wide: Vec<u8> = lines().encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(inner(wide), [None, None]);
        assert_eq!(inner(lines()), [None, None]);
        let markup = lines().replace('_', "&#95;");
        assert_eq!(inner(markup), [None, None]);
    }

    #[test]
    fn what_begins_beyond_what_is_opened_has_no_lines() {
        let long = STANDARD.encode(format!("{}{}", "some line\n".repeat(200_000), lines()));
        assert_eq!(inner(long), [None, None]);
    }
}
