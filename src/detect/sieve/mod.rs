//! A sieve: where in a text a fragment of an anchor, or base64 of text, may begin, told at the speed
//! of memory.
//!
//! All that is looked for by its bytes or its shape is looked for in one pass. Fragments are spread over
//! *buckets*, eight to a *set*. For each byte and each of four positions a set's table tells in which
//! buckets some fragment has that byte there; the tables' answers for four bytes in a row, combined by
//! "and", leave the buckets of which a fragment may begin. A vector instruction answers for
//! 32 or 64 bytes at once. This is the idea of Teddy, by Geoffrey Langdale, from Hyperscan; it is
//! written anew because the packed searchers of `aho-corasick` go over the text once for each set, on
//! text in folded letters, and once more for shapes. Measured on git's source on one core: three such
//! passes and the look for shapes at 1.8 GB/s in all, this with all that is compared behind it at 5.1.
//!
//! What falls through the sieve is looked at closely elsewhere: a fragment must stand there, and then
//! the literal. So what a machine's instructions let through besides decides only the speed.

mod buckets;
mod machine;
mod portable;
mod tables;
mod tray;
#[cfg(target_arch = "x86_64")]
mod x86;

use machine::Machine;
use tables::Set;
pub(super) use tray::Tray;

use super::anchor::Fragment;

/// How many bytes are sifted before what fell through is looked at, so that they are still in the
/// nearest cache then.
const PIECE: usize = 16 * 1024;
/// So many bytes are looked at together.
const BLOCK: usize = 64;
/// What is needed behind a block to tell what begins at its last byte.
const AHEAD: usize = Set::POSITIONS - 1;
/// A block with that.
type Block = [u8; BLOCK + AHEAD];
/// No byte of any fragment, and not of base64.
const FILLER: u8 = 0x80;

/// A fragment as it is compared: with four bytes of text in folded letters at once.
#[derive(Debug, Clone)]
struct Compared {
    word: u32,
    /// Which of the four bytes count.
    mask: u32,
    number: usize,
}

/// Fragments to look for, by their numbers.
pub(super) struct Sieve {
    machine: Machine,
    sets: Vec<Set>,
    /// By bucket, through all sets.
    buckets: Vec<Vec<Compared>>,
}

impl Sieve {
    /// A sieve for fragments of at most four bytes.
    pub(super) fn new(fragments: &[Fragment]) -> Self {
        let numbers: Vec<usize> = (0..fragments.len()).collect();
        let bytes = |number: &usize| fragments[*number].bytes.as_slice();
        let dealt = buckets::deal(&numbers, bytes);
        let set = |of_set: &[Vec<usize>]| {
            let mut set = Set::default();
            for (bucket, numbers) in of_set.iter().enumerate() {
                numbers.iter().for_each(|number| set.add(bucket, bytes(number)));
            }
            set
        };
        let sets = dealt.chunks(Set::BUCKETS).map(set).collect();
        let compared = |numbers: &Vec<usize>| {
            let compared = |&number: &usize| Compared::new(bytes(&number), number);
            numbers.iter().map(compared).collect()
        };
        Sieve { machine: Machine::here(), sets, buckets: dealt.iter().map(compared).collect() }
    }

    /// The numbers of the fragments of each set.
    pub(super) fn sets(&self) -> impl Iterator<Item = Vec<usize>> {
        let numbers = |set: &[Vec<Compared>]| set.iter().flatten().map(|one| one.number).collect();
        self.buckets.chunks(Set::BUCKETS).map(numbers)
    }

    /// The part of the sieve that is one set, for benchmarks.
    pub(super) fn only(&self, set: usize) -> Sieve {
        let buckets = self.buckets.chunks(Set::BUCKETS).nth(set).unwrap_or_default().to_vec();
        let sets = self.sets.get(set).cloned().into_iter().collect();
        Sieve { machine: self.machine, sets, buckets }
    }

    /// Sifts the next piece of a text, which begins at `from`, and returns where it ends; the tray then
    /// holds what fell through. A text's pieces must be sifted in order, with one tray.
    pub(super) fn sift(&self, text: &[u8], from: usize, tray: &mut Tray) -> usize {
        let end = text.len().min(from + PIECE);
        tray.begin(from);
        // What is needed behind a block is there for all but the last ones of a text.
        let last = text.len().saturating_sub(AHEAD).min(end);
        let whole = (last - from.min(last)) / BLOCK * BLOCK;
        if whole > 0 {
            self.machine.sift(&self.sets, &text[from..from + whole + AHEAD], tray);
        }
        if from + whole < end {
            let rest = &text[from + whole..text.len().min(end + AHEAD)];
            let mut padded = [FILLER; 2 * BLOCK + AHEAD];
            padded[..rest.len()].copy_from_slice(rest);
            let blocks = (end - from - whole).div_ceil(BLOCK) * BLOCK;
            self.machine.sift(&self.sets, &padded[..blocks + AHEAD], tray);
        }
        tray.end(end - from);
        end
    }

    /// Tells each fragment that stands in the piece that was sifted last, by its number, and where.
    #[inline]
    pub(super) fn each_fragment(
        &self,
        text: &[u8],
        tray: &Tray,
        mut tell: impl FnMut(usize, usize),
    ) {
        tray.each_place(|at, mut buckets| {
            let word = folded_word(text, at);
            while buckets != 0 {
                for one in self.buckets.get(buckets.trailing_zeros() as usize).into_iter().flatten()
                {
                    if word & one.mask == one.word {
                        tell(one.number, at);
                    }
                }
                buckets &= buckets - 1;
            }
        });
    }
}

impl Compared {
    fn new(bytes: &[u8], number: usize) -> Self {
        let (mut word, mut mask) = ([0; Set::POSITIONS], [0; Set::POSITIONS]);
        for (at, &byte) in bytes.iter().enumerate() {
            (word[at], mask[at]) = (byte, u8::MAX);
        }
        Compared { word: u32::from_le_bytes(word), mask: u32::from_le_bytes(mask), number }
    }
}

/// Four bytes of a text in folded letters. What lies behind its end is in no fragment.
#[inline]
fn folded_word(text: &[u8], at: usize) -> u32 {
    const SMALL: u32 = u32::from_le_bytes([super::folded::SMALL; 4]);
    let rest = text.get(at..).unwrap_or_default();
    let word = rest.first_chunk().copied().unwrap_or_else(|| {
        let mut word = [u8::MAX; 4];
        word[..rest.len()].copy_from_slice(rest);
        word
    });
    u32::from_le_bytes(word) | SMALL
}

#[cfg(test)]
mod tests;
