//! Text in UTF-32: told by its byte order mark or by its zeros, and made UTF-8. Lines and columns stay
//! what they were.

use crate::model::Layer;

/// How many characters at the beginning must look like it.
const SAMPLE: usize = 16;

/// Whether a text is in UTF-32, and in which byte order.
pub(super) fn of(text: &[u8]) -> Option<Layer> {
    match text {
        [0xff, 0xfe, 0, 0, ..] => return Some(Layer::Utf32Le),
        [0, 0, 0xfe, 0xff, ..] => return Some(Layer::Utf32Be),
        _ => {}
    }
    // Nearly every text ends here.
    if text.len() < SAMPLE * 4 || text[..8].iter().filter(|b| **b == 0).count() < 4 {
        return None;
    }
    let mut sample = text[..SAMPLE * 4].chunks_exact(4);
    let is_text = |low: u8| low >= b' ' || matches!(low, b'\t' | b'\n' | b'\r');
    if sample.clone().all(|four| matches!(four, [low, 0 | 1, 0, 0] if is_text(*low))) {
        return Some(Layer::Utf32Le);
    }
    sample.all(|four| matches!(four, [0, 0, 0 | 1, low] if is_text(*low))).then_some(Layer::Utf32Be)
}

/// The text in UTF-8, without a byte order mark.
pub(super) fn narrow(text: &[u8], layer: Layer) -> Option<Vec<u8>> {
    let value: fn([u8; 4]) -> u32 = match layer {
        Layer::Utf32Le => u32::from_le_bytes,
        Layer::Utf32Be => u32::from_be_bytes,
        _ => return None,
    };
    let mut narrow = Vec::with_capacity(text.len() / 4);
    for four in text.chunks_exact(4) {
        let value = value([four[0], four[1], four[2], four[3]]);
        let character = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
        if character != '\u{feff}' || !narrow.is_empty() {
            let mut utf8 = [0; 4];
            narrow.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
        }
    }
    Some(narrow)
}
