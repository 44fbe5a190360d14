//! How far round a hit its judgement looked, so that it can be told whether a text that copies the hit
//! copies all of that, too.

use std::ops::Range;

/// No check looks further beyond a match than this, in bytes.
pub(super) const NEIGHBOURS: usize = 64;

/// A stretch of a text that was looked at, with one byte more on either side: where the stretch ends
/// before the text does, it does so in any text that copies these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Looked {
    /// 0 if the beginning of the text was seen.
    start: usize,
    /// Beyond the text if its end was seen.
    end: usize,
}

impl Default for Looked {
    /// All of the text: what counts until a judgement tells better.
    fn default() -> Self {
        Looked { start: 0, end: usize::MAX }
    }
}

impl Looked {
    /// Nothing of the text but what begins at `at`.
    pub(super) fn only(at: usize) -> Self {
        Looked { start: at, end: at }
    }

    /// Adds `start..end`, which may go on beyond the text.
    pub(super) fn see(&mut self, start: usize, end: usize) {
        self.start = self.start.min(start.saturating_sub(1));
        self.end = self.end.max(end.saturating_add(1));
    }

    /// Adds so many bytes before `at` and so many from there on, no fewer than none.
    pub(super) fn see_around(&mut self, at: usize, before: usize, after: usize) {
        self.see(at.saturating_sub(before), at.saturating_add(after));
    }

    /// What of a text of so many bytes it is.
    pub(super) fn within(self, length: usize) -> Range<usize> {
        self.start.min(length)..self.end.min(length)
    }

    /// How far it reaches to the left and to the right of `at`, which lies in it. What touches the
    /// beginning of the text reaches further to the left than that.
    pub(super) fn round(self, at: usize) -> Option<(u32, u32)> {
        let before = if self.start == 0 { at + 1 } else { at - self.start };
        Some((u32::try_from(before).ok()?, u32::try_from(self.end.checked_sub(at)?).ok()?))
    }
}
