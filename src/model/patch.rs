//! A text told by how it is made from an older one: piece by piece copied from there or inserted.
//!
//! So what is new in a text can be looked at without putting the text together.

use super::{Copied, Span};

/// A stretch of the newer text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins in the newer text.
    pub to: usize,
    /// Its length in bytes.
    pub len: usize,
    /// Where it begins among the bytes it is taken from: the older text or the inserted bytes.
    pub at: usize,
    /// Whether it is taken from the older text.
    pub copied: bool,
}

/// A text as its pieces, one behind the other without gaps.
#[derive(Debug, Clone, Copy)]
pub struct Patch<'a> {
    /// In the order of the newer text. Two copies that are neighbours in both texts are one piece; so are
    /// two insertions. A short copy may be told as an insertion.
    pub pieces: &'a [Piece],
    /// The older text.
    pub older: &'a [u8],
    /// What holds the inserted bytes.
    pub inserted: &'a [u8],
    /// With each insertion `inserted` may hold as many bytes of the newer text on either side, as far as the
    /// text goes, and a [`JOINT`] before the next. Then there is an insertion between any two copies, if only
    /// an empty one. 0 if there are the inserted bytes alone.
    pub margin: usize,
}

/// Stands between two insertions that have margins. No UTF-8 holds it.
pub const JOINT: u8 = 0xff;

impl<'a> Patch<'a> {
    /// The length of the newer text in bytes.
    pub fn len(&self) -> usize {
        self.pieces.last().map_or(0, |piece| piece.to + piece.len)
    }

    /// Whether the newer text is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of a piece; empty where it lies outside of what it is taken from.
    #[inline]
    pub fn bytes(&self, piece: &Piece) -> &'a [u8] {
        let source = if piece.copied { self.older } else { self.inserted };
        source.get(piece.at..piece.at + piece.len).unwrap_or_default()
    }

    /// Where a place among the inserted bytes and their margins lies in the newer text, for places in
    /// ascending order.
    pub fn places(&self) -> impl FnMut(usize) -> usize + 'a {
        let (pieces, margin) = (self.pieces, self.margin);
        let mut inserted = pieces.iter().filter(|piece| !piece.copied).peekable();
        let mut last = None;
        move |place| {
            // The margin before the first byte of a text is empty.
            let begins = |piece: &Piece| piece.at - margin.min(piece.to);
            while let Some(piece) = inserted.next_if(|piece| begins(piece) <= place) {
                last = Some(piece);
            }
            last.map_or(place, |piece| place + piece.to - piece.at)
        }
    }

    /// What is copied from the older text, in the order of the newer one.
    pub fn copies(&self) -> impl Iterator<Item = Copied> + 'a {
        let copied = self.pieces.iter().filter(|piece| piece.copied);
        copied.map(|piece| Copied { from: piece.at, to: piece.to, len: piece.len })
    }

    /// Adds the bytes of a span of the newer text to `out`, as far as the text goes.
    pub fn read(&self, span: Span, out: &mut Vec<u8>) {
        let first = self.pieces.partition_point(|piece| piece.to + piece.len <= span.start);
        for piece in self.pieces[first..].iter().take_while(|piece| piece.to < span.end) {
            let from = span.start.saturating_sub(piece.to);
            let to = piece.len.min(span.end - piece.to);
            out.extend_from_slice(self.bytes(piece).get(from..to).unwrap_or_default());
        }
    }

    /// The bytes of a span of the newer text, as far as the text goes: lent where they lie in its first
    /// piece or in its last, else put together in `room`.
    pub fn text<'r>(&self, span: Span, room: &'r mut Vec<u8>) -> &'r [u8]
    where
        'a: 'r,
    {
        for piece in self.pieces.first().into_iter().chain(self.pieces.last()) {
            let from = span.start.checked_sub(piece.to);
            let held = from.and_then(|from| self.bytes(piece).get(from..span.end - piece.to));
            if let Some(held) = held {
                return held;
            }
        }
        room.clear();
        self.read(span, room);
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_across_pieces() {
        let piece = |to, len, at, copied| Piece { to, len, at, copied };
        let pieces = [piece(0, 5, 6, true), piece(5, 2, 1, false), piece(7, 5, 0, true)];
        let patch = Patch { pieces: &pieces, older: b"hello world", inserted: b"?, !", margin: 0 };
        let whole = b"world, hello";
        assert_eq!(patch.len(), whole.len());
        for start in 0..=whole.len() {
            for end in start..whole.len() + 3 {
                let mut out = Vec::new();
                patch.read(Span::new(start, end), &mut out);
                assert_eq!(out, &whole[start..end.min(whole.len())]);
                assert_eq!(patch.text(Span::new(start, end), &mut b"left over".to_vec()), out);
            }
        }
        let copies: Vec<Copied> = patch.copies().collect();
        assert_eq!(copies[1], Copied { from: 0, to: 7, len: 5 });
    }
}
