//! Opening an encoding around a hit: the stretch of text that is encoded, decoded, with a way back
//! from decoded offsets to the outer text.

use base64::Engine;

use super::{
    base64::STANDARD,
    wrapped::{Block, is_base64},
};
use crate::model::{Layer, Span};

/// How far from a hit a run of encoded text is followed, in bytes of the outer text.
///
/// A longer run loses nothing: each anchor in it is a hit of its own, and hits near an end where a
/// stretch was cut are opened again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// How much of the outer text any rule may look at on one side of an anchor, however nested.
    pub(super) reach: usize,
}

impl Room {
    /// To the left.
    pub(super) fn left(self) -> usize {
        self.reach.max(24 << 10)
    }

    /// To the right: so much that what is opened twice is the lesser part of a stretch.
    pub(super) fn right(self) -> usize {
        self.reach.saturating_mul(6).max(96 << 10)
    }
}

/// A decoded stretch.
pub(super) struct Opened {
    pub(super) layer: Layer,
    /// The decoded bytes.
    pub(super) text: Vec<u8>,
    /// The encoded bytes in the outer text.
    pub(super) outer: Span,
    /// Where the encoded text, counted without what stands between its pieces, goes on in the outer
    /// one: the first offset of each piece in both. Empty for one piece.
    pub(super) pieces: Vec<(usize, usize)>,
    /// Whether the run goes on beyond its right end.
    pub(super) cut: bool,
    /// Whether what is encoded begins with it, so that its lines can be counted.
    pub(super) begins: bool,
}

impl Opened {
    /// Up to where in the outer text what begins is whole in this stretch.
    pub(super) fn whole_to(&self, room: Room) -> usize {
        self.outer.end.saturating_sub(if self.cut { room.reach } else { 0 })
    }

    /// From where in the outer text a hit may lead to what begins behind [`Opened::whole_to`].
    pub(super) fn done_to(&self, room: Room) -> usize {
        self.whole_to(room).saturating_sub(if self.cut { room.reach } else { 0 })
    }

    /// The part of the outer text that encodes `span` of the decoded text.
    pub(super) fn outward(&self, span: Span) -> Span {
        let (start, end) = match self.layer {
            Layer::Base64 => (span.start / 3 * 4 + span.start % 3, (span.end * 4).div_ceil(3)),
            Layer::Utf16Le | Layer::Utf16Be => (span.start * 2, span.end * 2),
            Layer::Percent | Layer::Escapes | Layer::HtmlEntities | Layer::QuotedPrintable => {
                (span.start, span.end)
            }
            // A decoded block has no byte-wise way back: all of it is the place.
            _ => (0, self.outer.len()),
        };
        // Of the last byte's piece, not of the one that may begin behind it.
        let end = match end.checked_sub(1) {
            Some(last) if self.layer == Layer::Base64 => self.offset(last) + 1,
            _ => self.offset(end),
        };
        Span::new(self.offset(start).min(self.outer.end), end.min(self.outer.end))
    }

    /// Whether this character of the decoded text stands in the outer one as it is. Of escapes only.
    pub(super) fn is_plain(&self, at: usize) -> bool {
        self.offset(at + 1) - self.offset(at) == 1
    }

    /// Where in the outer text a byte of the encoded one stands.
    fn offset(&self, at: usize) -> usize {
        let piece = self.pieces.partition_point(|(within, _)| *within <= at).checked_sub(1);
        let (within, outer) = piece.map_or((0, self.outer.start), |piece| self.pieces[piece]);
        outer + (at - within)
    }
}

/// Decodes the run of base64 around `at`, where a group of four characters begins.
pub(super) fn open_base64(text: &[u8], at: usize, room: Room) -> Option<Opened> {
    let floor = at.saturating_sub(room.left());
    let left = text[floor..at].iter().rev().take_while(|&&b| is_base64(b)).count();
    // Whole groups only: what stands before the first one is glued on, or its beginning is missing.
    let start = at - left / 4 * 4;
    let ceiling = text.len().min(at.saturating_add(room.right()));
    let length = text[start..ceiling].iter().take_while(|&&b| is_base64(b)).count();
    let cut = start + length == ceiling && text.get(ceiling).is_some_and(|&b| is_base64(b));
    // One character alone in the last group encodes nothing.
    let length = if length % 4 == 1 { length - 1 } else { length };
    let outer = Span::new(start, start + length);
    let decoded = decode_base64(outer.of(text).to_vec())?;
    let begins = left < at - floor || floor == 0 || !is_base64(text[floor - 1]);
    Some(Opened { layer: Layer::Base64, text: decoded, outer, pieces: Vec::new(), cut, begins })
}

/// The same for a run that goes on over several lines; `None` where it does not, or where this part
/// of it has been opened. `block` is what is known of the last one.
pub(super) fn open_wrapped(
    text: &[u8],
    at: usize,
    block: &mut Block,
    room: Room,
) -> Option<Opened> {
    let floor = at.saturating_sub(room.left());
    let ceiling = text.len().min(at.saturating_add(room.right()));
    block.move_to(text, at, floor, ceiling);
    let [first, _, ..] = block.pieces[..] else { return None };
    let glued = block.within(at)? % 4;
    if at < block.opened_to[glued] {
        return None;
    }
    let (mut encoded, mut pieces) = (Vec::new(), Vec::new());
    for piece in &block.pieces {
        pieces.push((encoded.len(), piece.start));
        encoded.extend_from_slice(&text[piece.start..piece.end]);
    }
    // From the first whole group on.
    encoded.drain(..glued.min(encoded.len()));
    for (within, outer) in &mut pieces {
        match within.checked_sub(glued) {
            Some(less) => *within = less,
            None => *outer += glued,
        }
    }
    if encoded.len() % 4 == 1 {
        encoded.pop();
    }
    let end = block.pieces.last().map_or(first.end, |last| last.end);
    let outer = Span::new(first.start, end);
    let cut = block.is_cut;
    let decoded = decode_base64(encoded)?;
    let opened =
        Opened { layer: Layer::Base64, text: decoded, outer, pieces, cut, begins: block.begins };
    block.opened_to[glued] = if cut { opened.done_to(room) } else { end };
    Some(opened)
}

/// Decodes either alphabet.
pub(super) fn decode_base64(mut encoded: Vec<u8>) -> Option<Vec<u8>> {
    for byte in &mut encoded {
        match *byte {
            b'-' => *byte = b'+',
            b'_' => *byte = b'/',
            _ => {}
        }
    }
    STANDARD.decode(encoded).ok()
}

/// Takes the UTF-16 text around `at`, where the low byte of a character stands. Only characters below
/// U+0100 make up the run; a credential has no others, and of its neighbours no half belongs to it.
pub(super) fn open_utf16(text: &[u8], at: usize, layer: Layer, room: Room) -> Opened {
    // The byte above a low one; beyond the text's ends it may be missing, as when a text was cut.
    let above = |low: usize| match layer {
        Layer::Utf16Be => low.checked_sub(1).and_then(|high| text.get(high)),
        _ => text.get(low + 1),
    };
    let belongs = |low: usize| {
        text.get(low).is_some_and(|&byte| byte != 0) && above(low).is_none_or(|&byte| byte == 0)
    };
    let mut start = at;
    while start >= 2 && at - start < room.left() && belongs(start - 2) {
        start -= 2;
    }
    let mut decoded = Vec::new();
    let mut end = start;
    let mut cut = false;
    while belongs(end) {
        if end - at.min(end) >= room.right() {
            cut = true;
            break;
        }
        decoded.push(text[end]);
        end += 2;
    }
    let end = end.min(text.len());
    let shift = usize::from(layer == Layer::Utf16Be && start > 0);
    let outer = Span::new(start - shift, end.max(start) - shift);
    Opened { layer, text: decoded, outer, pieces: Vec::new(), cut, begins: false }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD as PADDED, URL_SAFE_NO_PAD};

    use super::*;

    const ROOM: Room = Room { reach: 1024 };

    #[test]
    fn base64_is_opened_at_each_alignment_and_spans_lead_back() {
        for front in 0..7 {
            let inner = format!("{}NEEDLE-and-more?>~~", "x".repeat(front));
            for encoded in [PADDED.encode(&inner), URL_SAFE_NO_PAD.encode(&inner)] {
                let outer = format!("key: \"{encoded}\"");
                let at = outer.find(&encoded).unwrap() + front / 3 * 4;
                let opened = open_base64(outer.as_bytes(), at, ROOM).unwrap();
                assert_eq!(opened.text, inner.as_bytes());
                let back = opened.outward(Span::new(front, front + 6));
                let again = open_base64(outer.as_bytes(), at, ROOM).unwrap();
                assert!(again.outer.contains(back));
                let groups = back.start - (back.start - again.outer.start) % 4..back.end;
                let part = decode_base64(outer.as_bytes()[groups].to_vec()).unwrap();
                assert!(memchr::memmem::find(&part, b"NEEDLE").is_some());
            }
        }
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf16_is_read_in_either_byte_order() {
        let text = "\u{feff}é=NEEDLE;\r\nnext 日";
        for (layer, big) in [(Layer::Utf16Le, false), (Layer::Utf16Be, true)] {
            let wide = utf16(text, big);
            let at = wide.iter().position(|&b| b == b'N').unwrap();
            let opened = open_utf16(&wide, at, layer, ROOM);
            let inner = memchr::memmem::find(&opened.text, b"NEEDLE").unwrap();
            let outer = opened.outward(Span::new(inner, inner + 6));
            assert_eq!((outer.start, outer.len()), (at - usize::from(big), 12));
        }
    }

    #[test]
    fn of_other_characters_no_half_is_glued_to_a_run() {
        // Their low bytes are letters.
        let text = "\u{6541}NEEDLE\u{6541}";
        for (layer, big) in [(Layer::Utf16Le, false), (Layer::Utf16Be, true)] {
            let wide = utf16(text, big);
            let at = wide.iter().position(|&b| b == b'E').unwrap();
            assert_eq!(open_utf16(&wide, at, layer, ROOM).text, b"NEEDLE");
            let cut_front = open_utf16(&wide[3..], at - 3, layer, ROOM);
            assert!(cut_front.text.ends_with(b"NEEDLE") || cut_front.text == b"EEDLE");
        }
    }

    #[test]
    fn garbage_and_edges_do_not_panic() {
        for text in [&b""[..], b"a", b"abcd", b"ab=d", b"\xff\xff\xff\xff", b"a\0", b"\0a\0b"] {
            for at in 0..text.len() {
                let _ = open_base64(text, at, ROOM);
                let _ = open_utf16(text, at, Layer::Utf16Le, ROOM);
                let _ = open_utf16(text, at, Layer::Utf16Be, ROOM);
            }
        }
    }
}
