//! The cheap look at what follows an anchor, before any regular expression runs.

use crate::rules::{ByteSet, Gate as Description};

/// A class of bytes of which so many must follow the anchor.
pub(super) struct Gate {
    members: ByteSet,
    length: usize,
}

impl Gate {
    /// `None` if the class cannot be met, which a loaded rule's always can.
    pub(super) fn new(description: &Description) -> Option<Self> {
        Some(Gate { members: description.bytes()?, length: description.length })
    }

    /// How many bytes it looks at.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Whether the byte is of the class.
    pub(super) fn holds(&self, byte: u8) -> bool {
        self.members[usize::from(byte)]
    }

    /// Whether enough bytes of the class begin `text`.
    pub(super) fn lets_pass(&self, text: &[u8]) -> bool {
        text.len() >= self.length && text[..self.length].iter().all(|&byte| self.holds(byte))
    }
}
