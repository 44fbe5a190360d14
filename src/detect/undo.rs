//! Undoing escapes where they may hide a credential whose anchor shows: round an anchor that stands
//! there as it is and led to nothing.

use super::{Candidate, Detector, depth::Depth, escape};
use crate::rules::Form;

/// How many times its length a text may take when it is escaped: six for `\u005f`.
const ESCAPED_TIMES: usize = 6;

/// How far round an anchor in base64 escapes are undone, in bytes to the left and to the right.
pub(super) const ENCODED_ROOM: (usize, usize) = (2 << 10, 8 << 10);

impl Detector {
    /// Undoes the escapes behind an anchor that stands there as it is and led to nothing: they may
    /// be inside of what it begins. `owners` are the forms of rules that look round it.
    pub(super) fn undo_round(
        &self,
        text: &[u8],
        at: usize,
        owners: &[usize],
        undone_to: &mut [usize; escape::FAMILIES.len()],
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) {
        // Anchors that are too common to be searched for in encodings are so here, too.
        let is_core = |form: &&Form| {
            let anchors = form.encoded_anchors.iter();
            anchors.into_iter().any(|anchor| text[at..].starts_with(anchor.as_bytes()))
        };
        let forms = owners.iter().map(|owner| self.forms[*owner].of(self.rules.rules()));
        let Some((before, after)) =
            forms.filter(is_core).map(|form| (form.reach.before, form.reach.after)).max()
        else {
            return;
        };
        let room = (before * ESCAPED_TIMES, after * ESCAPED_TIMES);
        self.undo(text, at, room, undone_to, depth, found);
    }

    /// Undoes the escapes of each family that stand near, and searches what that gives.
    pub(super) fn undo(
        &self,
        text: &[u8],
        at: usize,
        room: (usize, usize),
        undone_to: &mut [usize; escape::FAMILIES.len()],
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) {
        let near = &text[at..text.len().min(at.saturating_add(room.1))];
        for (family, (sign, layer)) in escape::FAMILIES.into_iter().enumerate() {
            if at >= undone_to[family]
                && memchr::memchr(sign, near).is_some()
                && let Some(opened) = escape::open(text, at, layer, room)
            {
                // What begins in the nearer half is whole in this window.
                undone_to[family] = at + room.1 / 2;
                self.judge_inside(&opened, depth, found);
            }
        }
    }
}
