//! Recycled byte buffers.
//!
//! Every object of a history passes through a buffer; allocating or zero-filling one for each would
//! cost more than decoding it. A [`Buffer`] therefore keeps the greatest length it ever had, every
//! byte of it initialised, and only its logical length changes. A [`Pool`] hands them out last in,
//! first out, so that the one still in the processor's cache is used next.

/// Bytes with a logical length; what lies beyond is stale but initialised.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    len: usize,
}

impl Buffer {
    /// The bytes that count.
    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// How much memory it holds.
    #[inline]
    pub(crate) fn room(&self) -> usize {
        self.bytes.len()
    }

    /// Makes the logical length `len` and returns these bytes, stale, to be overwritten.
    #[inline]
    pub(crate) fn reset(&mut self, len: usize) -> &mut [u8] {
        self.reserve(len);
        self.len = len;
        &mut self.bytes[..len]
    }

    /// All its room, at least `len` bytes and stale, for a writer that may want some slack. The
    /// logical length becomes `len`.
    #[inline]
    pub(crate) fn reset_with_slack(&mut self, len: usize, slack: usize) -> &mut [u8] {
        self.reserve(len + slack);
        self.len = len;
        &mut self.bytes
    }

    /// Sets the logical length, which cannot exceed the room.
    pub(crate) fn set_len(&mut self, len: usize) {
        self.len = len.min(self.bytes.len());
    }

    #[inline]
    fn reserve(&mut self, len: usize) {
        if self.bytes.len() < len {
            self.grow(len);
        }
    }

    #[cold]
    fn grow(&mut self, len: usize) {
        // Small ones grow in powers of two so that they soon fit everything; great ones are made to
        // measure. A new allocation comes zeroed from the system, the old content is not needed.
        let room = if len < GREAT { len.next_power_of_two() } else { len };
        self.bytes = Vec::new();
        self.bytes = vec![0; room];
    }
}

/// From this size on a buffer is made to measure.
const GREAT: usize = 1 << 20;
/// Buffers above this are given back to the system at once.
const MOST_KEPT: usize = 4 << 20;
/// A pool keeps no more than this in all.
const MOST_POOLED: usize = 16 << 20;

/// Buffers waiting to be used again, for one worker.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    free: Vec<Buffer>,
    held: usize,
}

impl Pool {
    /// A buffer, of whatever content and room.
    #[inline]
    pub(crate) fn take(&mut self) -> Buffer {
        match self.free.pop() {
            Some(buffer) => {
                self.held -= buffer.room();
                buffer
            }
            None => Buffer::default(),
        }
    }

    /// Takes a buffer back, or frees it where it is too great to be kept.
    #[inline]
    pub(crate) fn give(&mut self, buffer: Buffer) {
        if buffer.room() <= MOST_KEPT && self.held + buffer.room() <= MOST_POOLED {
            self.held += buffer.room();
            self.free.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_buffer_given_is_the_next_taken() {
        let mut pool = Pool::default();
        let mut buffer = pool.take();
        buffer.reset(10).copy_from_slice(b"0123456789");
        pool.give(buffer);
        let mut other = Buffer::default();
        other.reset(3).copy_from_slice(b"abc");
        pool.give(other);
        assert_eq!(pool.take().as_slice(), b"abc");
        assert_eq!(pool.take().as_slice(), b"0123456789");
        assert_eq!(pool.held, 0);
    }

    #[test]
    fn great_buffers_are_not_kept() {
        let mut pool = Pool::default();
        let mut buffer = pool.take();
        buffer.reset(MOST_KEPT + 1);
        pool.give(buffer);
        assert_eq!(pool.take().room(), 0);
        for _ in 0..100 {
            let mut buffer = Buffer::default();
            buffer.reset(1 << 20);
            pool.give(buffer);
        }
        assert!(pool.held <= MOST_POOLED);
    }
}
