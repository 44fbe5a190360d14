//! Searching a text that is too long to be held: window by window, and while somebody else reads it.

use std::io::{self, Read};

use crate::{
    detect::{Candidate, Detector, Locator, Scratch},
    model::Region,
    walk::{Window, Windows},
};

/// The search of a long text, window by window.
#[derive(Default)]
pub(super) struct WindowSearch {
    locator: Option<Locator>,
    scratch: Scratch,
}

impl WindowSearch {
    /// What a window answers for, placed in the whole text.
    pub(super) fn next(
        &mut self,
        detector: &Detector,
        window: &Window<'_>,
    ) -> Vec<(Candidate, Region)> {
        let locator = self.locator.get_or_insert_with(|| Locator::new(window.bytes));
        let offset = window.start as usize;
        let mut found = Vec::new();
        // Images of disks are blank for the most part.
        if !is_blank(window.bytes) {
            found = detector.detect_in_piece(window.bytes, locator.encoding(), &mut self.scratch);
        }
        found.retain(|candidate| window.home.contains(&candidate.span.start));
        let placed = found
            .into_iter()
            .map(|candidate| {
                let span = (offset + candidate.span.start..offset + candidate.span.end).into();
                let region = locator.region(window.bytes, offset, span);
                (candidate, region)
            })
            .collect();
        locator.walk_to(window.bytes, offset, offset + window.home.end);
        placed
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    const BLANK: [u8; 4096] = [0; 4096];
    bytes.chunks(BLANK.len()).all(|chunk| *chunk == BLANK[..chunk.len()])
}

/// A long text that is searched as it is read.
pub(super) struct Searched<'w, 'i, F> {
    windows: &'w mut Windows<'i>,
    search: F,
    /// What the last window answered for, and how much of it was read.
    home: Vec<u8>,
    read: usize,
}

impl<'w, 'i, F: FnMut(&Window<'_>)> Searched<'w, 'i, F> {
    pub(super) fn new(windows: &'w mut Windows<'i>, search: F) -> Self {
        Searched { windows, search, home: Vec::new(), read: 0 }
    }

    /// Searches what nobody has read, until the run is to end.
    pub(super) fn finish(self, is_stopped: impl Fn() -> bool) {
        let Searched { windows, mut search, .. } = self;
        while !is_stopped()
            && let Some(window) = windows.next()
        {
            search(&window);
        }
    }
}

impl<F: FnMut(&Window<'_>)> Read for Searched<'_, '_, F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.read == self.home.len() {
            self.home.clear();
            self.read = 0;
            if let Some(window) = self.windows.next() {
                (self.search)(&window);
                self.home.extend_from_slice(&window.bytes[window.home]);
            }
        }
        let count = (&self.home[self.read..]).read(out)?;
        self.read += count;
        Ok(count)
    }
}
