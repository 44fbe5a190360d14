//! How far judgement has come in one text: what was opened, undone, turned down, and up to where, so
//! that a text full of hits is not opened anew for each of them.

use super::{escape, lines::Encoding, looked::Looked, typed, wrapped::Block};

/// How often a rule is tried inside a stretch that it has matched and turned down. A real secret may
/// begin behind a false beginning, but not behind dozens of them, and each try may cost as much as the
/// rule's whole reach: a text of nothing but anchors would cost its length times that.
const MOST_TRIES: u32 = 16;

/// Up to where escapes have been undone, by family.
pub(super) type Undone = [usize; escape::FAMILIES.len()];

/// The state of judgement between two hits.
#[derive(Default)]
pub(super) struct Progress {
    /// The encoding of the text, if that is known.
    pub(super) encoding: Option<Encoding>,
    /// Base64 has four alignments; a stretch opened at one of them is not opened again.
    pub(super) opened_to: [usize; 4],
    pub(super) wide_to: usize,
    pub(super) block: Block,
    pub(super) undone_to: Undone,
    pub(super) turned_down: TurnedDown,
    pub(super) walked: typed::Progress,
    /// What the judgement of the present hit looked at.
    pub(super) looked: Looked,
    /// Of which families of escapes it made use that they had been undone: a bit for each.
    pub(super) was_undone: u8,
}

impl Progress {
    /// Goes on to the next hit.
    pub(super) fn begin(&mut self) {
        self.looked = Looked::default();
        self.was_undone = 0;
        self.turned_down.latest.clear();
    }
}

/// The stretches that rules have turned down, by rule.
#[derive(Default)]
pub(super) struct TurnedDown {
    stretches: Vec<(usize, usize, u32)>,
    /// By which rules, and up to where, the present hit was turned down.
    latest: Vec<(usize, usize)>,
    has_spent: bool,
}

impl TurnedDown {
    /// Whether a hit of the rule lies in a stretch on which enough has been spent.
    pub(super) fn is_spent(&self, rule: usize, at: usize) -> bool {
        let is =
            |&(of, end, tries): &(usize, usize, u32)| of == rule && at < end && tries >= MOST_TRIES;
        self.stretches.iter().any(is)
    }

    /// Whether enough has been spent on any stretch so far.
    pub(super) fn has_spent(&self) -> bool {
        self.has_spent
    }

    /// Notes that what the rule matched round a hit, up to `end`, was turned down.
    pub(super) fn add(&mut self, rule: usize, at: usize, end: usize) {
        self.latest.push((rule, end));
        let tries = match self.stretches.iter_mut().find(|(of, ..)| *of == rule) {
            Some((_, to, tries)) if at < *to => {
                (*to, *tries) = (end.max(*to), *tries + 1);
                *tries
            }
            Some((_, to, tries)) => {
                (*to, *tries) = (end, 1);
                1
            }
            None => {
                self.stretches.push((rule, end, 1));
                1
            }
        };
        self.has_spent |= tries >= MOST_TRIES;
    }

    /// By which rules, and up to where, the present hit was turned down.
    pub(super) fn latest(&self) -> &[(usize, usize)] {
        &self.latest
    }
}
