//! Opening an encoding around a hit: the stretch of text that is encoded, decoded, with a way back
//! from decoded offsets to the outer text.

use base64::Engine;

use super::base64::STANDARD;
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
    /// Whether the run goes on beyond its right end.
    pub(super) cut: bool,
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
            // A decoded block has no byte-wise way back: all of it is the place.
            _ => (0, self.outer.len()),
        };
        Span::new(
            (self.outer.start + start).min(self.outer.end),
            (self.outer.start + end).min(self.outer.end),
        )
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Decodes the run of base64 around `at`, where an encoded literal begins that has `lead` characters
/// of its four-character group before it.
pub(super) fn open_base64(text: &[u8], at: usize, lead: usize, room: Room) -> Option<Opened> {
    let floor = at.saturating_sub(room.left());
    let left = text[floor..at].iter().rev().take_while(|&&b| is_base64(b)).count();
    // Whole groups only: what stands before the first one is glued on, or its beginning is missing.
    let groups = left.checked_sub(lead)? / 4;
    let start = at - lead - groups * 4;
    let ceiling = text.len().min(at.saturating_add(room.right()));
    let length = text[start..ceiling].iter().take_while(|&&b| is_base64(b)).count();
    let cut = start + length == ceiling && text.get(ceiling).is_some_and(|&b| is_base64(b));
    // One character alone in the last group encodes nothing.
    let length = if length % 4 == 1 { length - 1 } else { length };
    let standard: Vec<u8> = text[start..start + length]
        .iter()
        .map(|&b| match b {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    let decoded = STANDARD.decode(standard).ok()?;
    let outer = Span::new(start, start + length);
    Some(Opened { layer: Layer::Base64, text: decoded, outer, cut })
}

/// Takes the UTF-16 text around `at`, where a character begins whose zero byte stands on the right
/// (low byte first) or, the same bytes seen from the other side, on the left. Only characters below
/// U+0100 make up the run; a credential has no others.
pub(super) fn open_utf16(text: &[u8], at: usize, layer: Layer, room: Room) -> Opened {
    let mut start = at;
    while start >= 2 && at - start < room.left() && text[start - 1] == 0 && text[start - 2] != 0 {
        start -= 2;
    }
    let mut decoded = Vec::new();
    let mut end = start;
    let mut cut = false;
    while let Some(&low) = text.get(end)
        && low != 0
    {
        if end - at.min(end) >= room.right() {
            cut = true;
            break;
        }
        decoded.push(low);
        end += 2;
        if text.get(end - 1) != Some(&0) {
            break;
        }
    }
    let end = end.min(text.len());
    let shift = usize::from(layer == Layer::Utf16Be && start > 0);
    let outer = Span::new(start - shift, end.max(start) - shift);
    Opened { layer, text: decoded, outer, cut }
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
                let lead = (front % 3 * 8).div_ceil(6);
                let at = outer.find(&encoded).unwrap() + front / 3 * 4 + lead;
                let opened = open_base64(outer.as_bytes(), at, lead, ROOM).unwrap();
                assert_eq!(opened.text, inner.as_bytes());
                let back = opened.outward(Span::new(front, front + 6));
                let again = open_base64(outer.as_bytes(), at, lead, ROOM).unwrap();
                assert!(again.outer.contains(back));
                assert!(back.start <= at && back.end >= at + 5);
            }
        }
    }

    #[test]
    fn utf16_is_read_in_either_byte_order() {
        let text = "\u{feff}é=NEEDLE;\r\nnext 日";
        for (layer, big) in [(Layer::Utf16Le, false), (Layer::Utf16Be, true)] {
            let wide: Vec<u8> = text
                .encode_utf16()
                .flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() })
                .collect();
            let at = wide.iter().position(|&b| b == b'N').unwrap();
            let opened = open_utf16(&wide, at, layer, ROOM);
            let inner = memchr::memmem::find(&opened.text, b"NEEDLE").unwrap();
            let outer = opened.outward(Span::new(inner, inner + 6));
            assert_eq!((outer.start, outer.len()), (at - usize::from(big), 12));
        }
    }

    #[test]
    fn garbage_and_edges_do_not_panic() {
        for text in [&b""[..], b"a", b"abcd", b"ab=d", b"\xff\xff\xff\xff", b"a\0", b"\0a\0b"] {
            for at in 0..text.len() {
                for lead in 0..4 {
                    let _ = open_base64(text, at, lead, ROOM);
                }
                let _ = open_utf16(text, at, Layer::Utf16Le, ROOM);
                let _ = open_utf16(text, at, Layer::Utf16Be, ROOM);
            }
        }
    }
}
