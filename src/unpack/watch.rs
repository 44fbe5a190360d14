//! A member's bytes as they are shown: counted, never failing, and what was wrong with them kept.

use std::io::{self, Read};

use liblzma::stream::Error as XzError;

use super::{Meter, Trouble};
use crate::model::GapReason;

/// Shows what `inner` gives until it fails or the meter says that it is enough.
pub(super) struct Watched<'m, 'r, R> {
    pub(super) inner: R,
    meter: &'m Meter<'r>,
    trouble: Option<Trouble>,
}

impl<'m, 'r, R: Read> Watched<'m, 'r, R> {
    pub(super) fn new(inner: R, meter: &'m Meter<'r>) -> Self {
        Watched { inner, meter, trouble: None }
    }

    /// Reads what nobody wanted, and tells what was wrong.
    pub(super) fn finish(&mut self) -> Option<Trouble> {
        let mut sink = [0; 8 << 10];
        while matches!(self.read(&mut sink), Ok(1..)) {}
        self.trouble.take()
    }
}

impl<R: Read> Read for Watched<'_, '_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.trouble.is_none() && !self.meter.is_over() {
            match self.inner.read(out) {
                Ok(count) => {
                    self.meter.give(count as u64);
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.trouble = Some(trouble_of(&error)),
            }
        }
        Ok(0)
    }
}

/// What a decoder's error means.
fn trouble_of(error: &io::Error) -> Trouble {
    let xz = error.get_ref().and_then(|inner| inner.downcast_ref::<XzError>());
    match (error.kind(), xz) {
        (_, Some(XzError::MemLimit)) => {
            Trouble::new(GapReason::ArchiveLimit, "takes more memory to unpack than is allowed")
        }
        (_, Some(XzError::Options)) => {
            Trouble::new(GapReason::ArchiveUnsupported, "is packed by a method that is not known")
        }
        (io::ErrorKind::UnexpectedEof, _) => Trouble::damaged("ends early"),
        _ => Trouble::damaged("is corrupt"),
    }
}
