//! Moments as RFC 3339 text.

use jiff::{Timestamp, tz::Offset};

use crate::model::Person;

/// A moment of this run, to the millisecond, in UTC.
pub(super) fn utc(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// When a commit was made, to the second, at the offset it notes.
///
/// A repository may claim any number. An offset that no clock has is taken as UTC; a moment outside
/// the years 0 to 9999, for which RFC 3339 has no text, gives `None`.
pub(super) fn of_person(person: &Person) -> Option<String> {
    let at = Timestamp::from_second(person.seconds).ok()?;
    let offset = person
        .offset_minutes
        .checked_mul(60)
        .filter(|seconds| seconds.abs() < 24 * 3600)
        .and_then(|seconds| Offset::from_seconds(seconds).ok())
        .unwrap_or(Offset::UTC);
    let text = at.display_with_offset(offset).to_string();
    text.as_bytes().first().is_some_and(u8::is_ascii_digit).then_some(text)
}

/// The same to the minute, as people write it: `2023-11-15 03:58 +05:45`.
pub(super) fn for_reading(person: &Person) -> Option<String> {
    let text = of_person(person)?;
    Some(format!("{} {} {}", text.get(..10)?, text.get(11..16)?, text.get(19..)?))
}

/// The day of [`of_person`].
pub(super) fn day_of_person(person: &Person) -> Option<String> {
    of_person(person).map(|text| text.chars().take(10).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64, offset_minutes: i32) -> Option<String> {
        of_person(&Person { name: "a".into(), email: "b".into(), seconds, offset_minutes })
    }

    #[test]
    fn commit_times_keep_their_offset() {
        assert_eq!(at(0, 0).unwrap(), "1970-01-01T00:00:00+00:00");
        assert_eq!(at(0, -150).unwrap(), "1969-12-31T21:30:00-02:30");
        assert_eq!(at(1_700_000_000, 345).unwrap(), "2023-11-15T03:58:20+05:45");
    }

    #[test]
    fn times_for_reading_have_no_seconds() {
        let (name, email) = ("a".into(), "b".into());
        let person = Person { name, email, seconds: 1_700_000_000, offset_minutes: 345 };
        assert_eq!(for_reading(&person).unwrap(), "2023-11-15 03:58 +05:45");
        assert_eq!(day_of_person(&person).unwrap(), "2023-11-15");
    }

    #[test]
    fn impossible_times_do_no_harm() {
        assert_eq!(at(0, 100_000).unwrap(), "1970-01-01T00:00:00+00:00");
        assert_eq!(at(0, i32::MIN).unwrap(), "1970-01-01T00:00:00+00:00");
        for seconds in [i64::MIN, i64::MAX, -100_000_000_000] {
            assert_eq!(at(seconds, 0), None);
        }
        assert_eq!(at(253_402_207_200, 1439).as_deref().map(str::len), Some(25));
    }
}
