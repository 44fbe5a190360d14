//! How deep in encodings a stretch of text lies, and how much more may be opened in it.
//!
//! Encodings in one another multiply: each stretch may be opened in several ways, and each of these
//! again. What is opened inside of a stretch of the outermost text is therefore held to a share of
//! its length, so that a text made to multiply costs no more than that.

use std::cell::Cell;

/// How many encodings deep a secret is followed: base64 inside base64 inside UTF-16, escaped twice.
const DEEPEST: usize = 5;
/// How many times its own length is opened inside of a stretch. A path of five encodings takes less
/// than five, and a stretch may be opened at four alignments.
const TIMES: usize = 8;
/// And at least so many bytes.
const LEAST: usize = 4 << 10;

/// Where judgement stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Depth<'b> {
    level: usize,
    /// How many bytes may still be opened inside of the outermost stretch.
    left: &'b Cell<usize>,
}

impl<'b> Depth<'b> {
    /// In the outermost text. `left` is of no account there.
    pub(super) fn outermost(left: &'b Cell<usize>) -> Self {
        Depth { level: 0, left }
    }

    /// Whether no encoding was opened yet.
    pub(super) fn is_outermost(self) -> bool {
        self.level == 0
    }

    /// Whether encodings are opened here.
    pub(super) fn may_open(self) -> bool {
        self.level < DEEPEST && (self.level == 0 || self.left.get() > 0)
    }

    /// One encoding deeper, in an opened stretch of `length` bytes. `own` holds what may be opened in
    /// it, if it is an outermost one. `None` if enough was opened.
    pub(super) fn inside<'o>(self, length: usize, own: &'o Cell<usize>) -> Option<Depth<'o>>
    where
        'b: 'o,
    {
        if self.level == 0 {
            own.set(length.saturating_mul(TIMES).max(LEAST));
            return Some(Depth { level: 1, left: own });
        }
        let left = self.left.get().checked_sub(length);
        self.left.set(left.unwrap_or(0));
        left.map(|_| Depth { level: self.level + 1, left: self.left })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_opened_in_a_stretch_is_bounded_in_depth_and_in_sum() {
        let (none, own, other) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let outermost = Depth::outermost(&none);
        let mut depth = outermost.inside(100, &own).unwrap();
        for _ in 1..DEEPEST {
            assert!(depth.may_open());
            depth = depth.inside(100, &other).unwrap();
        }
        assert!(!depth.may_open());

        let stretch = outermost.inside(LEAST, &own).unwrap();
        let opened = (0..100).take_while(|_| stretch.inside(LEAST, &other).is_some()).count();
        assert_eq!(opened, TIMES);
        assert!(!stretch.may_open());
        assert!(outermost.may_open() && outermost.inside(LEAST, &own).unwrap().may_open());
    }
}
