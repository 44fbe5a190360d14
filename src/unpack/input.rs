//! A stream that can be looked at before it is read.

use std::io::{self, BufRead, Read};

/// How much is read at once, in bytes; also the most that can be looked at ahead.
const SIZE: usize = 64 << 10;

/// A buffered stream.
pub struct Input<'i> {
    from: &'i mut dyn Read,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
}

impl<'i> Input<'i> {
    /// Reads `from`. An error in reading ends it.
    pub fn new(from: &'i mut dyn Read) -> Self {
        Input { from, buffer: Vec::new(), start: 0, end: 0, ended: false }
    }

    /// The next `count` bytes without taking them: fewer only at the end of the stream (or beyond
    /// 64 KiB, the most that is held).
    pub fn peek(&mut self, count: usize) -> &[u8] {
        let count = count.min(SIZE);
        while self.end - self.start < count && !self.ended {
            self.fill();
        }
        let shown = count.min(self.end - self.start);
        &self.buffer[self.start..self.start + shown]
    }

    /// What is held already, at least one byte before the end of the stream.
    pub(super) fn held(&mut self) -> &[u8] {
        while self.start == self.end && !self.ended {
            self.fill();
        }
        &self.buffer[self.start..self.end]
    }

    /// Takes bytes that were looked at.
    pub(super) fn skip(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
    }

    /// Takes `count` bytes, or as many as there are, and says how many.
    pub(super) fn skip_long(&mut self, count: u64) -> u64 {
        let mut left = count;
        while left > 0 {
            let held = self.held().len();
            if held == 0 {
                break;
            }
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(held);
            self.skip(step);
            left -= step as u64;
        }
        count - left
    }

    fn fill(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = vec![0; SIZE];
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        match self.from.read(&mut self.buffer[self.end..]) {
            Ok(0) => self.ended = true,
            Ok(count) => self.end = (self.end + count).min(SIZE),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.ended = true,
        }
    }
}

impl Read for Input<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let held = self.held();
        let count = held.len().min(out.len());
        out[..count].copy_from_slice(&held[..count]);
        self.skip(count);
        Ok(count)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.held())
    }

    fn consume(&mut self, count: usize) {
        self.skip(count);
    }
}
