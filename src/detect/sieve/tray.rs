//! What fell through the sieve, block by block, and what follows from it.

use super::{BLOCK, PIECE, tables::Set};
use crate::detect::hidden::WINDOW;

/// How many blocks a piece has.
const BLOCKS: usize = PIECE / BLOCK;

/// The characters of base64 in a block: one bit for each of its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shapes {
    /// What is one.
    pub(super) base64: u64,
    /// What may begin a group of four that encodes text.
    pub(super) leads: u64,
}

impl Shapes {
    /// Of what is base64, and what by itself may be the first, the second and the third of a group. What
    /// stands behind the block is not known.
    #[inline(always)]
    pub(super) fn new(base64: u64, first: u64, second: u64, third: u64) -> Self {
        Shapes { base64, leads: first & (second >> 1 | 1 << 63) & (third >> 2 | 3 << 62) }
    }

    /// Whether a half of a window may begin here: sixteen characters in a row, and four leads among them.
    #[inline(always)]
    fn may_hold_half(self) -> bool {
        let mut runs = self.base64 & self.base64 >> 1;
        runs &= runs >> 2;
        runs &= runs >> 4;
        runs &= runs >> 8;
        let mut leads = self.leads & self.leads >> 4;
        leads &= leads >> 8;
        runs & leads != 0
    }
}

/// The buckets of which a fragment may begin at each byte of a block, by set.
pub(super) type Through = [[u8; BLOCK]; Set::MOST];

/// What fell through in one piece. One thread uses it again and again.
///
/// There is room for a whole piece before it is sifted: to put something in calls nothing, so that the
/// vectors of who does so stay in registers.
#[derive(Debug, Default)]
pub(in crate::detect) struct Tray {
    /// Where the piece begins.
    from: usize,
    /// How many blocks it has so far.
    blocks: usize,
    /// By block.
    shapes: Vec<Shapes>,
    /// Blocks in which a fragment may begin, with the places and buckets: so many of those there is room for.
    met: usize,
    places: Vec<(usize, u64)>,
    through: Vec<Through>,
    /// Blocks in which a window may end: so many.
    dense: usize,
    dense_blocks: Vec<usize>,
    /// Whether the last block may hold half of a window.
    held_half: bool,
    has_zeros: bool,
    /// The shapes of the block before the piece.
    before: Shapes,
    windows: Vec<usize>,
}

impl Tray {
    /// Makes room for the piece that begins at `from`, perhaps of another text.
    pub(super) fn begin(&mut self, from: usize) {
        self.before = match self.blocks.checked_sub(1) {
            Some(last) if from > 0 => self.shapes[last],
            _ => Shapes::default(),
        };
        self.held_half = self.before.may_hold_half();
        self.shapes.resize(BLOCKS, Shapes::default());
        self.places.resize(BLOCKS, (0, 0));
        self.through.resize(BLOCKS, [[0; BLOCK]; Set::MOST]);
        self.dense_blocks.resize(BLOCKS, 0);
        self.from = from;
        (self.blocks, self.met, self.dense) = (0, 0, 0);
        self.has_zeros = false;
    }

    /// Adds the next block: where a fragment may begin in it, and its shapes. Returns where the buckets
    /// of these places belong, if there are any.
    #[inline(always)]
    pub(super) fn add(&mut self, places: u64, shapes: Shapes) -> Option<&mut Through> {
        let block = self.blocks;
        self.blocks += 1;
        self.shapes[block] = shapes;
        // Of a window that ends in this block one half lies in it, or the other in the one before.
        let holds_half = shapes.may_hold_half();
        self.dense_blocks[self.dense] = block;
        self.dense += usize::from(holds_half | self.held_half);
        self.held_half = holds_half;
        if places == 0 {
            return None;
        }
        let met = self.met;
        self.met += 1;
        self.places[met] = (block, places);
        Some(&mut self.through[met])
    }

    /// Tells that the blocks so far held a zero byte.
    #[inline(always)]
    pub(super) fn note_zeros(&mut self, has_some: bool) {
        self.has_zeros |= has_some;
    }

    /// Ends the piece, which has so many bytes: in the last block nothing may begin beyond.
    pub(super) fn end(&mut self, length: usize) {
        if let Some((block, places)) = self.places[..self.met].last_mut()
            && let Some(here @ 1..BLOCK) = length.checked_sub(*block * BLOCK)
        {
            *places &= u64::MAX >> (BLOCK - here);
        }
        self.windows.clear();
        for &block in &self.dense_blocks[..self.dense] {
            let before = if block == 0 { self.before } else { self.shapes[block - 1] };
            add_windows(self.from + block * BLOCK, before, self.shapes[block], &mut self.windows);
        }
    }

    /// Tells each place where a fragment may begin, and the buckets it may be of through all sets.
    #[inline]
    pub(super) fn each_place(&self, mut tell: impl FnMut(usize, u32)) {
        for (&(block, mut places), through) in self.places[..self.met].iter().zip(&self.through) {
            let at = self.from + block * BLOCK;
            while places != 0 {
                let within = places.trailing_zeros() as usize;
                let [a, b, c, d] = through;
                tell(at + within, u32::from_le_bytes([a[within], b[within], c[within], d[within]]));
                places &= places - 1;
            }
        }
    }

    /// Where a window of base64 of text may begin that ends in the piece, in order.
    pub(in crate::detect) fn windows(&self) -> &[usize] {
        &self.windows
    }

    /// Whether the piece has a zero byte.
    pub(in crate::detect) fn has_zeros(&self) -> bool {
        self.has_zeros
    }
}

/// Adds where a window may begin that ends in the block at `at`.
fn add_windows(at: usize, before: Shapes, here: Shapes, windows: &mut Vec<usize>) {
    // The last 32 bytes of the block before, and this one.
    let joined = |before: u64, here: u64| u128::from(here) << WINDOW | u128::from(before >> 32);
    let mut runs = joined(before.base64, here.base64);
    for by in [1, 2, 4, 8, 16] {
        runs &= runs >> by;
    }
    // Eight groups of four have eight leads.
    let mut leads = joined(before.leads, here.leads);
    for by in [4, 8, 16] {
        leads &= leads >> by;
    }
    // One that begins with the first of these bytes ended in the block before.
    let mut begins = ((runs & leads) >> 1) as u64;
    while begins != 0 {
        // Before the first block there is nothing, and no bit.
        windows.push((at + 1 + begins.trailing_zeros() as usize).saturating_sub(WINDOW));
        begins &= begins - 1;
    }
}

// A window is half a block, and eight groups.
const _: () = assert!(WINDOW * 2 == BLOCK && WINDOW == 8 * 4);
// The buckets of all sets at one place are told as one number.
const _: () = assert!(Set::MOST * Set::BUCKETS == u32::BITS as usize);
