//! Detection: bytes in, candidates out, no input or output of its own.
//!
//! Two halves, so that either can be done without the other: [`Detector::anchors`] finds the literals
//! that any match must stand at, at memory speed; [`Detector::judge`] runs rules in the windows round
//! them. A text without anchors, which is nearly every text, costs only the first half and allocates
//! nothing.

mod anchor;
mod assignment;
mod barren;
mod base64;
mod before;
mod boundary;
mod candidate;
#[cfg(test)]
mod carriers;
mod check;
mod commonness;
mod decode;
mod depth;
mod escape;
mod folded;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod glyph;
mod heir;
mod hidden;
mod inherit;
mod inner;
mod judge;
mod keyname;
mod layer;
mod line_hash;
mod lines;
mod looked;
mod named;
mod names;
mod packed;
mod partner;
mod progress;
mod ready;
mod searcher;
mod shape;
mod sieve;
#[cfg(test)]
mod tests;
mod typed;
mod undo;
mod value_file;
mod wrapped;

use std::sync::Arc;

use jiff::Timestamp;

pub use candidate::{Candidate, NearbyPartner};
pub use heir::Judged;
pub use line_hash::line_hashes;
pub use lines::{Encoding, Locator};
pub use packed::Packed;
pub use searcher::Hit;

use self::{
    barren::Barren,
    inherit::Workbench,
    layer::Room,
    ready::Ready,
    searcher::{Desk, Searchers, Seek},
    typed::Typed,
};
use crate::{
    model::{Lapse, Patch},
    rules::{Form, Rule, RuleSet},
};

/// A rule set made ready to search with. One detector serves all threads.
pub struct Detector {
    rules: Arc<RuleSet>,
    searchers: Searchers,
    /// The forms of all rules, in the order of the rules.
    forms: Vec<Ready>,
    retired: Vec<Option<Lapse>>,
    typed: Typed,
    room: Room,
    barren: Barren,
    now: Timestamp,
}

/// What one thread reuses from text to text.
#[derive(Debug, Default)]
pub struct Scratch {
    hits: Vec<Hit>,
    bench: Workbench,
    desk: Desk,
}

impl Detector {
    /// Makes the searchers; no regular expression is compiled before its first anchor is met. `now`
    /// decides which credentials have expired or been retired.
    pub fn new(rules: Arc<RuleSet>, now: Timestamp) -> Self {
        let ready = |(index, rule): (usize, &Rule)| -> Vec<Ready> {
            let forms = rule.forms.iter().enumerate();
            forms.map(|(form, source)| Ready::new(index, form, source)).collect()
        };
        let forms = rules.rules().iter().enumerate().flat_map(ready).collect();
        let today = now.to_string();
        let retired = rules
            .rules()
            .iter()
            // Both are ISO dates, whose order as text is their order in time.
            .map(|rule| rule.retired.clone().filter(|day| today.as_str() >= day.as_str()))
            .map(|day| day.map(Lapse::Retired))
            .collect();
        let all = || rules.rules().iter().flat_map(|rule| &rule.forms);
        let widest = all().map(Form::widest).max().unwrap_or(0).max(partner::REACH * 2);
        // Base64 takes four bytes for three and UTF-16 two for one. Base64 in base64 in UTF-16, the
        // deepest that is followed, takes 32 for 9.
        let typed = Typed::new(&rules);
        // A resource's reach is far greater, and files of resources are not encoded so deeply.
        let of_types = if typed.is_empty() { 0 } else { (typed::BEFORE + typed::AFTER) * 2 };
        let room = Room { reach: (widest * 4).max(of_types) };
        Detector {
            searchers: Searchers::new(&rules),
            forms,
            retired,
            typed,
            room,
            barren: Barren::default(),
            rules,
            now,
        }
    }

    /// The rules it searches with; a candidate's `rule` is an index into them.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// How many fragments each set of the sieve looks for, for benchmarks.
    pub fn sets(&self) -> Vec<usize> {
        self.searchers.sets()
    }

    /// Sifting by one of these sets alone, for benchmarks: how many of its fragments stand in a text.
    pub fn sift_set(&self, set: usize) -> impl FnMut(&[u8]) -> usize {
        self.searchers.sift_set(set)
    }

    /// Finds every anchor of `text`: the first half of detection. Hits come in the order of the text.
    pub fn anchors<'s>(&self, text: &[u8], scratch: &'s mut Scratch) -> &'s [Hit] {
        scratch.hits.clear();
        self.searchers.search(Seek::Everything, text, &mut scratch.desk, &mut scratch.hits);
        &scratch.hits
    }

    /// The same for names among bytes that are no text, such as a tree's: nothing in UTF-16 is
    /// looked for.
    pub fn anchors_in_names<'s>(&self, names: &[u8], scratch: &'s mut Scratch) -> &'s [Hit] {
        scratch.hits.clear();
        self.searchers.search(Seek::NoWide, names, &mut scratch.desk, &mut scratch.hits);
        &scratch.hits
    }

    /// The same as [`Detector::anchors`] or, `in_names`, [`Detector::anchors_in_names`], for a text
    /// that is made from an older one whose hits are known: only what is new is searched.
    pub fn anchors_of_changed<'s>(
        &self,
        patch: &Patch<'_>,
        in_names: bool,
        older: &[Hit],
        scratch: &'s mut Scratch,
    ) -> &'s [Hit] {
        scratch.hits.clear();
        let seek = if in_names { Seek::NoWide } else { Seek::Everything };
        let Scratch { hits, bench, desk } = scratch;
        inherit::search_changed(&self.searchers, seek, patch, older, (bench, desk), hits);
        &scratch.hits
    }

    /// Both halves: every candidate of `text`, in its order.
    pub fn detect(&self, text: &[u8], scratch: &mut Scratch) -> Vec<Candidate> {
        let hits = self.anchors(text, scratch);
        self.judge(text, hits)
    }

    /// The same for a piece of a longer text whose encoding its beginning told. What begins or ends
    /// nearer than [`Detector::margin`] to an end of the piece that is none of the text may be wrong.
    pub fn detect_in_piece(
        &self,
        piece: &[u8],
        encoding: Encoding,
        scratch: &mut Scratch,
    ) -> Vec<Candidate> {
        let hits = self.anchors(piece, scratch);
        self.judge_as(piece, hits, Some(encoding))
    }

    /// The hits of the text that was searched last.
    pub fn hits_of_last<'s>(&self, scratch: &'s Scratch) -> &'s [Hit] {
        &scratch.hits
    }

    /// How many bytes beside a seam belong to what is searched of a changed text
    /// ([`Detector::anchors_of_changed`]); more, where there is UTF-16.
    pub fn beside(&self) -> usize {
        self.searchers.beside()
    }

    /// How far beyond an anchor any rule may look, in bytes.
    pub fn reach(&self) -> usize {
        self.room.reach
    }

    /// What pieces of a long text must overlap by, on either side, so that what a piece answers for
    /// is judged as it would be in the whole: as far as an encoded stretch is ever opened.
    pub fn margin(&self) -> usize {
        self.room.left() + self.room.right()
    }
}
