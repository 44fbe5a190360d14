//! Which lines of a file's new content no parent has.
//!
//! A line counts as added when the same line stands nowhere in any of the old contents: a set of
//! lines, not an alignment as `diff` makes it. That says what is asked ("is this text new?") more
//! exactly: a line that only moved, or that a merge took from either side, is not new. It takes
//! linear time on hostile input, where Myers' algorithm can take quadratic, it has no limit of
//! size, and it can take CR for the end of a line and a missing last newline for none, which diff
//! libraries do not. Binary files fall into pieces between newline bytes, which serves as well.

use std::collections::HashSet;
use std::ops::Range;

use crate::model::Span;

/// The stretches of a content that are new.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddedLines {
    /// Ascending, apart from each other, each of whole lines with their ends.
    ranges: Vec<Range<usize>>,
}

impl AddedLines {
    /// Whether any line that this span touches is new.
    pub fn touches(&self, span: Span) -> bool {
        let after = self.ranges.partition_point(|range| range.end <= span.start);
        self.ranges.get(after).is_some_and(|range| range.start < span.end.max(span.start + 1))
    }

    /// The stretches, ascending.
    pub fn ranges(&self) -> &[Range<usize>] {
        &self.ranges
    }
}

/// Goes over the lines of a text: where each begins, where its text ends, where its end ends. LF,
/// CR and CRLF end a line.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
}

impl Iterator for Lines<'_> {
    type Item = (usize, usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let end = start + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        self.at = match &self.text[end..] {
            [b'\r', b'\n', ..] => end + 2,
            [] => end,
            _ => end + 1,
        };
        Some((start, end, self.at))
    }
}

fn lines(text: &[u8]) -> Lines<'_> {
    Lines { text, at: 0 }
}

/// The lines of `new` that stand in none of `old`. Without old contents that is all of it.
pub fn added_lines(new: &[u8], old: &[&[u8]]) -> AddedLines {
    let mut fresh: HashSet<&[u8]> = lines(new).map(|(start, end, _)| &new[start..end]).collect();
    for text in old {
        for (start, end, _) in lines(text) {
            fresh.remove(&text[start..end]);
        }
    }
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (start, end, next) in lines(new) {
        if !fresh.contains(&new[start..end]) {
            continue;
        }
        match ranges.last_mut() {
            Some(last) if last.end == start => last.end = next,
            _ => ranges.push(start..next),
        }
    }
    AddedLines { ranges }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn added(new: &str, old: &[&str]) -> Vec<String> {
        let old: Vec<&[u8]> = old.iter().map(|text| text.as_bytes()).collect();
        let added = added_lines(new.as_bytes(), &old);
        added.ranges().iter().map(|range| new[range.clone()].to_owned()).collect()
    }

    #[test]
    fn only_what_no_parent_has() {
        assert_eq!(added("a\nb\nc\n", &["a\nc\n"]), ["b\n"]);
        assert_eq!(added("a\nb\nc\n", &["a\n", "c\nb\n"]), Vec::<String>::new());
        assert_eq!(added("a\nevil\nc\n", &["a\n", "c\n"]), ["evil\n"]);
        assert_eq!(added("x\ny\n", &[]), ["x\ny\n"]);
        assert_eq!(added("", &["x"]), Vec::<String>::new());
    }

    #[test]
    fn line_ends_do_not_make_a_line_new() {
        assert_eq!(added("key\nmore\n", &["key"]), ["more\n"]);
        assert_eq!(added("a\rb\rc", &["a\rc\r"]), ["b\r"]);
        assert_eq!(added("a\r\nb\r\n", &["a\nb\n"]), Vec::<String>::new());
    }

    #[test]
    fn a_span_touches_by_any_of_its_lines() {
        let added = added_lines(b"old\nnew\nold\n", &[b"old"]);
        let touches = |start, end| added.touches(Span::new(start, end));
        assert!(!touches(0, 4) && touches(0, 5) && touches(5, 6) && touches(7, 20));
        assert!(!touches(8, 11) && !touches(4, 4).eq(&false));
    }

    proptest! {
        #[test]
        fn ranges_are_whole_new_lines_and_the_rest_is_old(
            new in "[ab\r\n]{0,12}", old in prop::collection::vec("[ab\r\n]{0,8}", 0..3))
        {
            let olds: Vec<&[u8]> = old.iter().map(|text| text.as_bytes()).collect();
            let got = added_lines(new.as_bytes(), &olds);
            for (start, end, next) in lines(new.as_bytes()) {
                let text = &new.as_bytes()[start..end];
                let is_old = olds.iter().any(|old| lines(old).any(|(s, e, _)| &old[s..e] == text));
                prop_assert_eq!(got.touches(Span::new(start, next)), !is_old);
            }
        }
    }
}
