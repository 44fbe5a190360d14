//! Writing a pack index, for packs that have none.

use super::index::{MAGIC, TRAILER, WIDE};
use crate::model::ObjectId;

/// The bytes of a version 2 index of these names and offsets, which are sorted. Checksums in it are
/// zero.
pub(crate) fn encode(entries: &[(ObjectId, u64)]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(2u32.to_be_bytes());
    let mut below = 0;
    for first in 0..=255u8 {
        below += entries[below..].iter().take_while(|(id, _)| id.0[0] <= first).count();
        bytes.extend((below as u32).to_be_bytes());
    }
    entries.iter().for_each(|(id, _)| bytes.extend(id.0));
    bytes.resize(bytes.len() + 4 * entries.len(), 0);
    let mut wide = Vec::new();
    for (_, offset) in entries {
        if *offset < u64::from(WIDE) {
            bytes.extend((*offset as u32).to_be_bytes());
        } else {
            bytes.extend((WIDE | (wide.len() / 8) as u32).to_be_bytes());
            wide.extend(offset.to_be_bytes());
        }
    }
    bytes.extend(wide);
    bytes.resize(bytes.len() + TRAILER, 0);
    bytes
}
