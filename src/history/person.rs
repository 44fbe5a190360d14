//! Who wrote, committed or tagged, and when: `Name <email> seconds +hhmm`, in all the broken forms
//! that twenty years of importers have left behind.

use bstr::{BString, ByteSlice};

use crate::model::Person;

/// Names, addresses and subjects are cut to this many bytes: they are for people to read, and a
/// hostile one of many megabytes would be copied to every place of a finding.
pub(crate) const MOST_TEXT: usize = 1024;

/// At most [`MOST_TEXT`] bytes of `text`, without the white space round it.
pub(crate) fn brief(text: &[u8]) -> BString {
    let text = text.trim();
    BString::from(text[..text.len().min(MOST_TEXT)].trim_end())
}

/// Reads the value of an `author`, `committer` or `tagger` header. Every part that is missing or
/// odd is empty or zero.
pub(crate) fn parse(line: &[u8]) -> Person {
    let (name, rest) = line.split_once_str(b"<").unwrap_or((line, b""));
    let email = rest.split_once_str(b">").map_or(rest, |(email, _)| email);
    let when = line.rsplit_once_str(b">").map_or(b"".as_slice(), |(_, when)| when);
    let mut words = when.fields();
    Person {
        name: brief(name),
        email: brief(email),
        seconds: words.next().and_then(number).unwrap_or(0),
        offset_minutes: words.next().and_then(offset).unwrap_or(0),
    }
}

/// The seconds of the header alone, for those who only sort.
pub(crate) fn seconds(line: &[u8]) -> i64 {
    let when = line.rfind_byte(b'>').map_or(b"".as_slice(), |at| &line[at + 1..]);
    when.fields().next().and_then(number).unwrap_or(0)
}

fn number(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// `+0530` as 330. Nothing on earth is more than a day away from UTC.
fn offset(word: &[u8]) -> Option<i32> {
    let (sign, digits) = match word.split_first()? {
        (b'+', digits) => (1, digits),
        (b'-', digits) => (-1, digits),
        _ => return None,
    };
    if digits.len() != 4 {
        return None;
    }
    let value = i32::try_from(number(digits)?).ok()?;
    let minutes = value.div_euclid(100) * 60 + value.rem_euclid(100);
    (0..=24 * 60).contains(&minutes).then_some(sign * minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (String, String, i64, i32) {
        let person = parse(line.as_bytes());
        assert_eq!(person.seconds, seconds(line.as_bytes()));
        (person.name.to_string(), person.email.to_string(), person.seconds, person.offset_minutes)
    }

    #[test]
    fn the_usual_form_and_the_broken_ones() {
        let table = [
            (
                "A U Thor <a@example.org> 1112911993 -0730",
                "A U Thor",
                "a@example.org",
                1_112_911_993,
                -450,
            ),
            ("A <a@b> 5 +0530", "A", "a@b", 5, 330),
            ("A <a@b> -5 +0000", "A", "a@b", -5, 0),
            ("<> 1 +0000", "", "", 1, 0),
            ("A <a <b@c> 7 +0100", "A", "a <b@c", 7, 60),
            ("A <a@b>> 7 +0100", "A", "a@b", 7, 60),
            ("no address", "no address", "", 0, 0),
            ("A <unclosed 7 +0100", "A", "unclosed 7 +0100", 0, 0),
            ("A <a@b>", "A", "a@b", 0, 0),
            ("A <a@b> 99999999999999999999 +9999", "A", "a@b", 0, 0),
            ("A <a@b> 7 +x", "A", "a@b", 7, 0),
            ("A <a@b> 7 +-100", "A", "a@b", 7, 0),
        ];
        for (line, name, email, seconds, offset) in table {
            assert_eq!(read(line), (name.into(), email.into(), seconds, offset), "{line}");
        }
    }

    #[test]
    fn a_huge_name_is_cut() {
        let line = [b"x".repeat(1 << 20).as_slice(), b" <a@b> 1 +0000"].concat();
        assert_eq!(parse(&line).name.len(), MOST_TEXT);
    }
}
