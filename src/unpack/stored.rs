//! A member of a zip archive that is stored as it is and whose length is only told behind it.
//!
//! Writers that cannot go back do that (APPNOTE.TXT 4.3.9). It ends where a descriptor stands that
//! names as many bytes as have come.

use std::io::{self, Read};

use memchr::memmem;

use super::Input;

/// What a descriptor begins with.
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// The longest descriptor: the mark, a checksum and two sizes of eight bytes.
const LONGEST: usize = 24;
/// How much is looked at at once.
const AHEAD: usize = 32 << 10;

/// Reads up to the descriptor.
pub(super) struct Stored<'s, 'i> {
    input: &'s mut Input<'i>,
    given: u64,
    ended: bool,
}

impl<'s, 'i> Stored<'s, 'i> {
    pub(super) fn new(input: &'s mut Input<'i>) -> Self {
        Stored { input, given: 0, ended: false }
    }
}

impl Read for Stored<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.ended || out.is_empty() {
            return Ok(0);
        }
        let ahead = self.input.peek(AHEAD);
        // A descriptor at the very end of what is seen is judged when more is.
        let is_all = ahead.len() < AHEAD;
        let safe = if is_all { ahead.len() } else { ahead.len() - LONGEST };
        let end = memmem::find_iter(ahead, DESCRIPTOR)
            .find(|&at| names(&ahead[at..], self.given + at as u64));
        let count = end.unwrap_or(safe).min(safe).min(out.len());
        out[..count].copy_from_slice(&ahead[..count]);
        if count == 0 && end.is_none() {
            // It has ended without one.
            self.ended = true;
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.ended = count == 0;
        self.input.skip(count);
        self.given += count as u64;
        Ok(count)
    }
}

/// Whether the descriptor names this size, in four bytes or in eight.
fn names(descriptor: &[u8], size: u64) -> bool {
    let short = descriptor.get(8..12).and_then(|n| n.try_into().ok()).map(u32::from_le_bytes);
    let long = descriptor.get(8..16).and_then(|n| n.try_into().ok()).map(u64::from_le_bytes);
    short.is_some_and(|n| u64::from(n) == size) || long == Some(size)
}
