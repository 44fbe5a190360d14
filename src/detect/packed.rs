//! Containers that stand in a text as base64: what was packed, with where it stands. To unpack it is
//! another's affair.

use super::{
    Detector, Hit, Locator,
    anchor::Spelling,
    layer::decode_base64,
    wrapped::{Block, is_base64},
};
use crate::model::{Layer, Region, Span};

/// No container is shorter, in bytes.
const SHORTEST: usize = 18;
/// The longest that is taken, in bytes of base64.
const LONGEST: usize = 64 << 20;

/// A container in base64.
#[derive(Debug)]
pub struct Packed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where in the text its base64 stands.
    pub region: Region,
    /// How it is encoded.
    pub layers: Vec<Layer>,
}

impl Detector {
    /// Whether any of the hits may be the beginning of a container in base64.
    pub fn may_be_packed(&self, hits: &[Hit]) -> bool {
        let is_packed =
            |hit: &Hit| matches!(self.searchers.forms[hit.form].spelling, Spelling::Packed { .. });
        hits.iter().any(is_packed)
    }

    /// The containers in base64 whose beginnings are among the hits of this text. What is taken for
    /// one may be none.
    pub fn packed(&self, text: &[u8], hits: &[Hit]) -> Vec<Packed> {
        let mut found: Vec<Packed> = Vec::new();
        let mut locator: Option<Locator> = None;
        let mut block = Block::default();
        let mut done = 0;
        for hit in hits {
            let Spelling::Packed { times } = self.searchers.forms[hit.form].spelling else {
                continue;
            };
            if hit.at < done {
                continue;
            }
            let ceiling = text.len().min(hit.at.saturating_add(LONGEST));
            block.move_to(text, hit.at, hit.at, ceiling);
            // A container begins where its base64 does.
            let is_first = hit.at == 0 || !is_base64(text[hit.at - 1]) || {
                // Behind an escaped line end.
                hit.at >= 2 && text[hit.at - 2] == b'\\'
            };
            let Some(last) = block.pieces.last().filter(|_| is_first) else { continue };
            let span = Span::new(hit.at, last.end);
            let mut bytes: Vec<u8> = Vec::new();
            for piece in &block.pieces {
                bytes.extend_from_slice(&text[piece.start..piece.end]);
            }
            let decoded = (0..times).try_fold(bytes, |bytes, _| decode_whole(bytes));
            let Some(bytes) = decoded.filter(|bytes| bytes.len() >= SHORTEST) else { continue };
            done = span.end;
            let locator = locator.get_or_insert_with(|| Locator::new(text));
            let region = locator.region(text, 0, span);
            found.push(Packed { bytes, region, layers: vec![Layer::Base64; times] });
        }
        found
    }
}

/// Decodes base64 that may still be wrapped or padded, as far as it is base64.
fn decode_whole(mut encoded: Vec<u8>) -> Option<Vec<u8>> {
    encoded.retain(|b| !b.is_ascii_whitespace());
    let end = encoded.iter().position(|&b| !is_base64(b)).unwrap_or(encoded.len());
    encoded.truncate(if end % 4 == 1 { end - 1 } else { end });
    decode_base64(encoded)
}
