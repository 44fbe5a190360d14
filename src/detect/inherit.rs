//! Finding the anchors of a text that is mostly copied from an older one, whose anchors are known.
//!
//! An anchor that lies wholly inside one copied stretch stood in the older text, too, so its hit is
//! taken over by offset. Every other anchor touches inserted bytes or crosses a seam between two
//! stretches, so only the *zones* round these are searched, widened by the longest anchor less one.
//! The law, held by a property test here and to be tried on any repository with the hidden option
//! `--no-inherit`: the hits are the same as those of a search through all of the text. Hits are judged anew in the whole text, so judgement needs no law of its own.
//!
//! The zones are copied one behind the other and searched as one text, since searchers are fast only
//! on more than a few bytes at a time.

use super::{
    Hit,
    searcher::{Searchers, Seek},
};
use crate::model::Copied;

/// Stands between two zones. No anchor holds it, as no UTF-8 and no UTF-16 or base64 of ASCII does,
/// so none is found across a joint.
const JOINT: u8 = 0xff;

/// A stretch of the text that must be searched.
#[derive(Debug, Clone, Copy)]
struct Zone {
    /// Where it begins in the text.
    start: usize,
    end: usize,
    /// Where it begins among the joined zones.
    joined: usize,
}

/// What one thread reuses.
#[derive(Debug, Default)]
pub(super) struct Workbench {
    zones: Vec<Zone>,
    joined: Vec<u8>,
    hits: Vec<Hit>,
}

/// Adds every anchor of `text` to `hits`, in order. `older` are those of the text it was copied from,
/// in order.
pub(super) fn search_changed(
    searchers: &Searchers,
    seek: Seek,
    text: &[u8],
    older: &[Hit],
    copies: &[Copied],
    bench: &mut Workbench,
    hits: &mut Vec<Hit>,
) {
    let margin = searchers.longest() - 1;
    if !bench.lay_out(text, copies, margin) {
        return searchers.search(seek, text, hits);
    }
    bench.hits.clear();
    searchers.search(seek, &bench.joined, &mut bench.hits);
    let mut zones = bench.zones.iter().peekable();
    for hit in &bench.hits {
        while zones.peek().is_some_and(|zone| zone.joined + (zone.end - zone.start) <= hit.at) {
            zones.next();
        }
        if let Some(zone) = zones.peek() {
            hits.push(Hit { at: hit.at - zone.joined + zone.start, form: hit.form });
        }
    }
    if !older.is_empty() {
        take_over(searchers, text, older, copies, hits);
        hits.sort_unstable();
        hits.dedup();
    }
}

/// Takes over the hits that lie wholly inside a copied stretch.
fn take_over(
    searchers: &Searchers,
    text: &[u8],
    older: &[Hit],
    copies: &[Copied],
    hits: &mut Vec<Hit>,
) {
    for copy in copies {
        let first = older.partition_point(|hit| hit.at < copy.from);
        for hit in older[first..].iter().take_while(|hit| hit.at < copy.from + copy.len) {
            let at = hit.at - copy.from + copy.to;
            // Two copies of one object may differ in a forged store: trust the bytes at hand.
            let length = text.get(at..).and_then(|rest| searchers.length_at(hit.form, rest));
            if length.is_some_and(|length| hit.at + length <= copy.from + copy.len) {
                hits.push(Hit { at, form: hit.form });
            }
        }
    }
}

impl Workbench {
    /// Lays the zones out one behind the other. `false` if that would be most of the text.
    fn lay_out(&mut self, text: &[u8], copies: &[Copied], margin: usize) -> bool {
        self.zones.clear();
        self.joined.clear();
        let mut start = 0;
        let mut end_of_copy = 0;
        for copy in copies {
            end_of_copy = copy.to + copy.len;
            // Before the first byte of a text there is no seam.
            let safe_from = if copy.to == 0 { 0 } else { copy.to + margin };
            let safe_to = end_of_copy.saturating_sub(margin);
            if safe_to > safe_from {
                self.add(text, start, safe_from);
                start = safe_to;
            }
        }
        // Nor is there one behind the last.
        if end_of_copy < text.len() || start + margin < text.len() || start == 0 {
            self.add(text, start, text.len());
        }
        self.joined.len() <= text.len() / 2
    }

    fn add(&mut self, text: &[u8], start: usize, end: usize) {
        let end = end.min(text.len());
        if start < end {
            self.zones.push(Zone { start, end, joined: self.joined.len() });
            self.joined.extend_from_slice(&text[start..end]);
            self.joined.push(JOINT);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rules::RuleSet;

    /// Text full of whole and broken anchors.
    fn sown(searchers: &Searchers, picks: &[(usize, usize, u8)]) -> Vec<u8> {
        let mut text = Vec::new();
        for &(pick, cut, filler) in picks {
            let literal = &searchers.forms[pick % searchers.forms.len()].literal;
            text.extend_from_slice(&literal[cut % literal.len()..]);
            text.extend(std::iter::repeat_n(filler, cut % 97));
            text.extend_from_slice(literal);
        }
        text
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn anchors_are_the_same_with_and_without_inheritance(
            picks in proptest::collection::vec((any::<usize>(), any::<usize>(), any::<u8>()), 1..60),
            edits in proptest::collection::vec(
                (any::<proptest::sample::Index>(), any::<proptest::sample::Index>(),
                 proptest::collection::vec(any::<u8>(), 0..40)), 0..8),
        ) {
            let searchers = Searchers::new(&RuleSet::builtin());
            let older = sown(&searchers, &picks);
            let mut older_hits = Vec::new();
            searchers.search(Seek::Everything, &older, &mut older_hits);

            // A new text of stretches copied from anywhere, with insertions between them.
            let (mut newer, mut copies) = (Vec::new(), Vec::new());
            for (one, other, inserted) in &edits {
                let (a, b) = (one.index(older.len()), other.index(older.len()));
                let (from, len) = (a.min(b), a.abs_diff(b));
                if len > 0 {
                    copies.push(Copied { from, to: newer.len(), len });
                    newer.extend_from_slice(&older[from..from + len]);
                }
                newer.extend_from_slice(inserted);
            }

            let mut plain = Vec::new();
            searchers.search(Seek::Everything, &newer, &mut plain);
            let mut inherited = Vec::new();
            let mut bench = Workbench::default();
            search_changed(
                &searchers, Seek::Everything, &newer, &older_hits, &copies, &mut bench,
                &mut inherited);
            prop_assert_eq!(inherited, plain);
        }
    }
}
