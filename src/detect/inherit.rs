//! Finding the anchors of a text that is mostly copied from an older one, whose anchors are known.
//!
//! An anchor that lies wholly inside one copied stretch stood in the older text, too, so its hit is
//! taken over by offset. Every other anchor touches inserted bytes or crosses a seam between two
//! stretches, so only the *zones* round these are searched, widened by the longest anchor less one. Of one
//! in UTF-16, which takes more bytes, two beside a seam hold a zero, or no more than one lies on that side.
//! The law, held by a property test here and to be tried on any repository with the hidden option
//! `--no-inherit`: the hits are the same as those of a search through all of the text. What
//! judging them showed has a law of its own (`heir`).
//!
//! The zones lie one behind the other and are searched as one text, since searchers are fast only on more
//! than a few bytes at a time. A patch may come with that text, as far as anchors in UTF-16 do not matter;
//! else it is made here. The newer text itself need not be put together for that.

use super::{
    Hit,
    searcher::{Desk, Searchers, Seek},
};
use crate::model::{JOINT, Patch};

/// A stretch of the text that must be searched.
#[derive(Debug, Clone, Copy)]
struct Zone {
    /// Where it begins in the text.
    start: usize,
    /// Where it begins among the joined zones, and where it ends there with its joint.
    joined: usize,
    joined_end: usize,
}

/// What one thread reuses.
#[derive(Debug, Default)]
pub(super) struct Workbench {
    zones: Vec<Zone>,
    joined: Vec<u8>,
    hits: Vec<Hit>,
}

/// Adds every anchor of the text that `patch` describes to `hits`, in order. `older` are those of the
/// text it was copied from, in order.
pub(super) fn search_changed(
    searchers: &Searchers,
    seek: Seek,
    patch: &Patch<'_>,
    older: &[Hit],
    (bench, desk): (&mut Workbench, &mut Desk),
    hits: &mut Vec<Hit>,
) {
    if !search_shown(searchers, seek, patch, (bench, desk), hits) {
        search_zones(searchers, seek, patch, (bench, desk), hits);
    }
    if !older.is_empty() {
        take_over(searchers, patch, older, hits);
        hits.sort_unstable();
        hits.dedup();
    }
}

/// Searches the zones as the patch shows them. `false` if they are too narrow for that; then nothing was
/// added.
fn search_shown(
    searchers: &Searchers,
    seek: Seek,
    patch: &Patch<'_>,
    (bench, desk): (&mut Workbench, &mut Desk),
    hits: &mut Vec<Hit>,
) -> bool {
    if patch.margin < searchers.beside() || patch.margin == 0 {
        return false;
    }
    bench.hits.clear();
    let has_zeros = searchers.search(seek, patch.inserted, desk, &mut bench.hits);
    // One in UTF-16 has zeros within the margin of any seam that it crosses.
    if has_zeros && seek == Seek::Everything {
        return false;
    }
    let mut place_in_text = patch.places();
    hits.extend(bench.hits.iter().map(|hit| Hit { at: place_in_text(hit.at), form: hit.form }));
    true
}

/// Lays the zones out and searches them.
fn search_zones(
    searchers: &Searchers,
    seek: Seek,
    patch: &Patch<'_>,
    (bench, desk): (&mut Workbench, &mut Desk),
    hits: &mut Vec<Hit>,
) {
    let narrow = searchers.beside();
    let wide = if seek == Seek::Everything { searchers.longest() - 1 } else { narrow };
    bench.lay_out(patch, |beside| if beside.contains(&0) { wide } else { narrow });
    bench.hits.clear();
    searchers.search(seek, &bench.joined, desk, &mut bench.hits);
    let mut zones = bench.zones.iter().peekable();
    for hit in &bench.hits {
        while zones.peek().is_some_and(|zone| zone.joined_end <= hit.at) {
            zones.next();
        }
        if let Some(zone) = zones.peek() {
            hits.push(Hit { at: hit.at - zone.joined + zone.start, form: hit.form });
        }
    }
}

/// Takes over the hits that lie wholly inside a copied stretch.
fn take_over(searchers: &Searchers, patch: &Patch<'_>, older: &[Hit], hits: &mut Vec<Hit>) {
    let register = Register::new(older);
    for copy in patch.copies() {
        let end = copy.from + copy.len;
        let first = register.first_from(copy.from);
        for hit in older[first..].iter().take_while(|hit| hit.at < end) {
            // Two copies of one object may differ in a forged store: trust the bytes at hand.
            let rest = patch.older.get(hit.at..end);
            if rest.is_some_and(|rest| searchers.length_at(hit.form, rest).is_some()) {
                hits.push(Hit { at: hit.at - copy.from + copy.to, form: hit.form });
            }
        }
    }
}

/// Where in the hits of a text those of a stretch begin, told at once: deltas of texts whose parts were
/// put in another order copy tens of thousands of stretches.
pub(super) struct Register<'h> {
    hits: &'h [Hit],
    /// The number of the first hit in each block or behind it; empty if there are few hits.
    blocks: Vec<u32>,
}

/// The length of a block, as a power of two.
const BLOCK: u32 = 10;
/// Fewer hits than this are looked through as they are.
const FEW: usize = 64;

impl<'h> Register<'h> {
    pub(super) fn new(hits: &'h [Hit]) -> Self {
        let mut blocks = Vec::new();
        if hits.len() >= FEW && u32::try_from(hits.len()).is_ok() {
            for (number, hit) in hits.iter().enumerate() {
                let block = hit.at >> BLOCK;
                if block >= blocks.len() {
                    blocks.resize(block + 1, number as u32);
                }
            }
        }
        Register { hits, blocks }
    }

    /// The number of the first hit at `at` or behind it.
    pub(super) fn first_from(&self, at: usize) -> usize {
        let is_before = |hit: &Hit| hit.at < at;
        if self.blocks.is_empty() {
            return self.hits.partition_point(is_before);
        }
        let block =
            |at: usize| self.blocks.get(at >> BLOCK).map_or(self.hits.len(), |n| *n as usize);
        let (first, end) = (block(at), block(at.saturating_add(1 << BLOCK)));
        first + self.hits[first..end].partition_point(is_before)
    }
}

impl Workbench {
    /// Lays the zones out one behind the other. `margin` tells how far a zone goes on from a seam by the
    /// two bytes beside it.
    fn lay_out(&mut self, patch: &Patch<'_>, margin: impl Fn(&[u8]) -> usize) {
        self.zones.clear();
        self.joined.clear();
        // The zone that is open: where it begins in the text and among the joined ones, and up to
        // where it holds only what was copied before it began.
        let (mut start, mut joined, mut seam) = (0, 0, 0);
        for piece in patch.pieces {
            let bytes = patch.bytes(piece);
            // Before the first byte of a text there is no seam.
            let before = if piece.to == 0 { 0 } else { margin(&bytes[..bytes.len().min(2)]) };
            let behind = margin(&bytes[bytes.len().saturating_sub(2)..]);
            if !piece.copied || bytes.len() <= before + behind {
                self.joined.extend_from_slice(bytes);
                continue;
            }
            self.joined.extend_from_slice(&bytes[..before]);
            self.close(start, joined);
            (start, joined) = (piece.to + bytes.len() - behind, self.joined.len());
            seam = piece.to + bytes.len();
            self.joined.extend_from_slice(&bytes[bytes.len() - behind..]);
        }
        // Nor is there one behind the last.
        if seam < patch.len() || start == 0 {
            self.close(start, joined);
        } else {
            self.joined.truncate(joined);
        }
    }

    /// Ends the zone that began at `start` in the text and at `joined` among the joined ones.
    fn close(&mut self, start: usize, joined: usize) {
        if joined < self.joined.len() {
            self.joined.push(JOINT);
            self.zones.push(Zone { start, joined, joined_end: self.joined.len() });
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::prelude::*;
    use proptest::prelude::*;

    use super::*;
    use crate::{detect::fuzzing::inherited, model::Piece, rules::RuleSet};

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
        #[test]
        fn the_register_tells_the_first_hit(
            mut places in proptest::collection::vec(0usize..20_000, 0..300),
            at in 0usize..25_000,
        ) {
            places.sort_unstable();
            let hits: Vec<Hit> = places.into_iter().map(|at| Hit { at, form: 0 }).collect();
            let first = Register::new(&hits).first_from(at);
            prop_assert_eq!(first, hits.partition_point(|hit| hit.at < at));
        }
    }

    fn searched(searchers: &Searchers, text: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        searchers.search(Seek::Everything, text, &mut Desk::default(), &mut hits);
        hits
    }

    #[test]
    fn utf16_across_a_seam_is_found_beyond_the_margin() {
        let searchers = Searchers::new(&RuleSet::builtin());
        let (x, encoded) = ([b'x'; 200], BASE64_STANDARD.encode("a text of some length, no less"));
        let wide = encoded.bytes().flat_map(|byte| [byte, 0]);
        let newer: Vec<u8> = x.into_iter().chain(wide).chain(x).collect();
        let hits = searched(&searchers, &newer);
        assert!(!hits.is_empty());
        for seam in 190..newer.len() - 190 {
            // What stood in the place of two bytes was no base64.
            let older = [&newer[..seam], b"!!", &newer[seam + 2..]].concat();
            let copy = |to, len| Piece { to, len, at: to, copied: true };
            let pieces = [
                copy(0, seam),
                Piece { to: seam, len: 2, at: 0, copied: false },
                copy(seam + 2, newer.len() - seam - 2),
            ];
            let known = searched(&searchers, &older);
            let inserted = &newer[seam..seam + 2];
            let patch = Patch { pieces: &pieces, older: &older, inserted, margin: 0 };
            for found in inherited(&searchers, Seek::Everything, &newer, patch, &known) {
                assert_eq!(found, hits, "{seam}");
            }
        }
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
            let older_hits = searched(&searchers, &older);
            // A new text of stretches copied from anywhere, with insertions between them.
            let (mut newer, mut pieces, mut inserts) = (Vec::new(), Vec::new(), Vec::new());
            for (one, other, inserted) in &edits {
                let (a, b) = (one.index(older.len()), other.index(older.len()));
                let (from, len) = (a.min(b), a.abs_diff(b));
                if len > 0 {
                    pieces.push(Piece { to: newer.len(), len, at: from, copied: true });
                    newer.extend_from_slice(&older[from..from + len]);
                }
                if !inserted.is_empty() {
                    let (to, at) = (newer.len(), inserts.len());
                    pieces.push(Piece { to, len: inserted.len(), at, copied: false });
                    newer.extend_from_slice(inserted);
                    inserts.extend_from_slice(inserted);
                }
            }
            let plain = searched(&searchers, &newer);
            let patch = Patch { pieces: &pieces, older: &older, inserted: &inserts, margin: 0 };
            for found in inherited(&searchers, Seek::Everything, &newer, patch, &older_hits) {
                prop_assert_eq!(&found, &plain);
            }
        }
    }
}
