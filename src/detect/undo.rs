//! Undoing escapes where they may hide a credential whose anchor shows: round an anchor that stands
//! there as it is and led to nothing.

use super::{Candidate, Detector, depth::Depth, escape, progress::Progress};
use crate::model::Layer;

/// How many times its length a text may take when it is escaped: six for `\u005f`,
const ESCAPED_TIMES: usize = 6;
/// but what is longer than this is a key, of whose characters few need escapes: two.
const ESCAPED_LENGTH: usize = 16 << 10;

/// How many bytes so many may take when they are escaped.
fn escaped(length: usize) -> usize {
    (length * ESCAPED_TIMES).min(ESCAPED_LENGTH.max(length * 2))
}
/// How near before an anchor an escape may stand by which it is told that others are there, in bytes.
const NEAR: usize = 128;

/// And how far behind it, at most.
const FARTHEST: usize = 4 << 10;

/// How far round an anchor escapes are undone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    before: usize,
    after: usize,
    /// How near behind the anchor an escape must stand, if none stands right before it.
    near: usize,
}

/// What is told by a name, or stands in base64.
pub(super) const A_VALUE: Around = Around { before: 2 << 10, after: 16 << 10, near: 512 };
/// The same where the value is no longer than [`SHORT`].
const A_SHORT_VALUE: Around = Around { after: 5 << 10, ..A_VALUE };
/// The longest value that is short, in bytes: longer ones are keys.
const SHORT: usize = 256;
/// A resource of Terraform's.
pub(super) const A_RESOURCE: Around = Around { before: 16 << 10, after: 96 << 10, near: 512 };

impl Detector {
    /// Undoes the escapes of each family that stand near an anchor that stands there as it is and led
    /// to nothing, and searches what that gives.
    pub(super) fn undo(
        &self,
        text: &[u8],
        at: usize,
        around: Around,
        progress: &mut Progress,
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) {
        for (_, layer) in escape::FAMILIES {
            self.undo_family(text, at, layer, around, progress, depth, found);
        }
    }

    /// The same for a name: where no escape stands in what was read from it, undoing them shows nothing else.
    pub(super) fn undo_name(
        &self,
        text: &[u8],
        at: usize,
        around: Around,
        progress: &mut Progress,
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) {
        let read = progress.looked.within(text.len());
        for (_, layer) in escape::FAMILIES {
            if may_undo(at, layer, progress, depth) && escape::stands_in(&text[read.clone()], layer)
            {
                self.undo_window(text, at, layer, around, progress, depth, found);
            }
        }
    }

    /// The same for one family.
    #[allow(clippy::too_many_arguments)] // two calls
    pub(super) fn undo_family(
        &self,
        text: &[u8],
        at: usize,
        layer: Layer,
        around: Around,
        progress: &mut Progress,
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) {
        if !may_undo(at, layer, progress, depth) {
            return;
        }
        let near = at.saturating_sub(NEAR)..text.len().min(at.saturating_add(around.near));
        progress.looked.see_around(at, NEAR, around.near);
        if escape::stands_in(&text[near], layer) {
            self.undo_window(text, at, layer, around, progress, depth, found);
        } else {
            // So that no byte is looked at for each of a thousand anchors.
            progress.undone_to[escape::family(layer)] = at + around.near / 2;
        }
    }

    /// Undoes the escapes of one family round an anchor, and searches what that gives.
    #[allow(clippy::too_many_arguments)] // two calls
    fn undo_window(
        &self,
        text: &[u8],
        at: usize,
        layer: Layer,
        around: Around,
        progress: &mut Progress,
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) {
        // What begins in the nearer half is whole in this window.
        let half = at + around.after / 2;
        progress.undone_to[escape::family(layer)] = half;
        let room = (around.before, around.after);
        progress.looked.see_around(at, around.before, around.after);
        let form = || (layer == Layer::Percent).then(|| escape::open_form(text, at, room));
        for opened in [escape::open(text, at, layer, room), form().flatten()] {
            let Some(opened) = opened else { continue };
            let whole_to = if opened.cut { half } else { opened.outer.end };
            self.judge_inside(&opened, whole_to, depth, found);
        }
    }

    /// Undoes the escapes of one family as far as an encoding is ever followed, and searches what that
    /// gives.
    pub(super) fn undo_far(
        &self,
        text: &[u8],
        at: usize,
        layer: Layer,
        progress: &mut Progress,
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) {
        if !may_undo(at, layer, progress, depth) {
            return;
        }
        let room = (self.room.left(), self.room.right());
        progress.looked.see_around(at, room.0, room.1);
        if let Some(opened) = escape::open(text, at, layer, room) {
            progress.undone_to[escape::family(layer)] = opened.done_to(self.room);
            self.judge_inside(&opened, opened.whole_to(self.room), depth, found);
        }
    }

    /// How far escapes may stand in what forms of rules look at round their anchor.
    pub(super) fn around(&self, owners: &[usize]) -> Around {
        let reach = |owner: &usize| self.forms[*owner].of(self.rules.rules()).reach;
        let most = |length: fn(crate::rules::Reach) -> usize| {
            owners.iter().map(|owner| length(reach(owner))).max().unwrap_or(0)
        };
        let (before, after) = (most(|reach| reach.before), most(|reach| reach.after));
        Around {
            before: escaped(before).max(A_SHORT_VALUE.before),
            after: escaped(after).max(A_SHORT_VALUE.after),
            near: after.clamp(A_SHORT_VALUE.near, FARTHEST),
        }
    }

    /// The same round a name that these own.
    pub(super) fn around_name(&self, owners: &[usize]) -> Around {
        let is_short = |owner: &usize| {
            self.forms[*owner].value.as_ref().is_some_and(|value| value.max <= SHORT)
        };
        if owners.iter().all(is_short) { A_SHORT_VALUE } else { A_VALUE }
    }
}

/// Whether escapes of a family may be undone round an anchor, and have not been as far as there.
fn may_undo(at: usize, layer: Layer, progress: &mut Progress, depth: Depth<'_>) -> bool {
    let family = escape::family(layer);
    let is_undone = at < progress.undone_to[family];
    progress.was_undone |= u8::from(is_undone) << family;
    depth.may_open() && !is_undone
}
