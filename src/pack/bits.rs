//! A set of small numbers, one bit each.

use std::sync::atomic::{AtomicU64, Ordering};

/// A set of numbers below a limit. Several threads may insert at once.
#[derive(Debug, Default)]
pub(crate) struct Bits {
    words: Box<[AtomicU64]>,
}

impl Bits {
    /// An empty set that takes numbers below `limit`.
    pub(crate) fn new(limit: u32) -> Self {
        Bits { words: (0..limit.div_ceil(64)).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Inserts a number; one that is not below the limit is forgotten.
    pub(crate) fn insert(&self, number: u32) {
        if let Some(word) = self.words.get(number as usize / 64) {
            word.fetch_or(1 << (number % 64), Ordering::Relaxed);
        }
    }

    /// Whether the number is in the set.
    #[inline]
    pub(crate) fn contains(&self, number: u32) -> bool {
        self.words
            .get(number as usize / 64)
            .is_some_and(|word| word.load(Ordering::Relaxed) >> (number % 64) & 1 != 0)
    }

    /// How many numbers are in the set.
    pub(crate) fn len(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.load(Ordering::Relaxed).count_ones())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_inserted() {
        let bits = Bits::new(100);
        for number in [0, 63, 64, 99, 1000] {
            bits.insert(number);
        }
        assert!(bits.contains(0) && bits.contains(63) && bits.contains(64) && bits.contains(99));
        assert!(!bits.contains(1) && !bits.contains(1000));
        assert_eq!(bits.len(), 4);
        assert!(!Bits::default().contains(0));
    }
}
