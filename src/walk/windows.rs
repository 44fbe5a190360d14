//! Reads a stream of any length through a buffer of fixed size, without losing what lies across
//! a seam.
//!
//! Windows overlap. Each one *answers for* a stretch of its bytes, its [`Window::home`]. Two laws,
//! which the tests hold: the homes of all windows, one after the other, are the stream, with no
//! byte missing and none twice; and around each home the window holds at least `margin` bytes of
//! context on either side, or all there is. So whoever takes what *starts* in a window's home, and
//! never looks further than the margin, finds everything exactly once.

use std::{fmt, io, ops::Range};

/// A stream that is read window by window.
pub struct Windows<'i> {
    input: Box<dyn io::Read + 'i>,
    buffer: Vec<u8>,
    margin: usize,
    /// How much of the buffer holds bytes.
    filled: usize,
    /// Where in the stream the buffer begins.
    start: u64,
    /// Up to where in the buffer homes have been given out.
    answered: usize,
    ended: bool,
    error: Option<io::Error>,
}

/// One piece of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window<'a> {
    /// Its bytes, context on both sides included.
    pub bytes: &'a [u8],
    /// Where in the stream `bytes` begins.
    pub start: u64,
    /// The part of `bytes` this window answers for.
    pub home: Range<usize>,
}

impl<'i> Windows<'i> {
    /// Reads `input` in windows of `size` bytes (or four margins, if that is more) with `margin`
    /// bytes of context.
    pub fn new(input: Box<dyn io::Read + 'i>, size: usize, margin: usize) -> Self {
        Windows {
            input,
            buffer: vec![0; size.max(margin.saturating_mul(4)).max(1)],
            margin,
            filled: 0,
            start: 0,
            answered: 0,
            ended: false,
            error: None,
        }
    }

    /// The next window, or `None` at the end or after an error of reading. An empty stream has no
    /// window; what was read before an error is given.
    #[allow(clippy::should_implement_trait)] // Lends from its buffer, as an iterator cannot.
    pub fn next(&mut self) -> Option<Window<'_>> {
        if self.ended {
            return None;
        }
        self.move_on();
        self.fill();
        let end = if self.ended { self.filled } else { self.filled - self.margin };
        let home = self.answered..end;
        self.answered = end;
        (!home.is_empty()).then(|| Window {
            bytes: &self.buffer[..self.filled],
            start: self.start,
            home,
        })
    }

    /// How many bytes have been read so far.
    pub fn bytes_read(&self) -> u64 {
        self.start + self.filled as u64
    }

    /// What ended the reading before the end, if anything did.
    pub fn error(&self) -> Option<&io::Error> {
        self.error.as_ref()
    }

    /// The same, by value.
    pub fn into_error(self) -> Option<io::Error> {
        self.error
    }

    /// Drops what is answered for, but for a margin of context before the next home.
    fn move_on(&mut self) {
        let drop = self.answered.saturating_sub(self.margin);
        self.buffer.copy_within(drop..self.filled, 0);
        self.filled -= drop;
        self.answered -= drop;
        self.start += drop as u64;
    }

    /// Reads until the buffer is full or the stream has ended.
    fn fill(&mut self) {
        while self.filled < self.buffer.len() {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.ended = true,
                // An input that lies about how much it gave must not move us past the buffer.
                Ok(count) => self.filled = (self.filled + count).min(self.buffer.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.error = Some(error);
                    self.ended = true;
                }
            }
            if self.ended {
                break;
            }
        }
    }
}

impl fmt::Debug for Windows<'_> {
    /// Without the bytes, which may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Windows").field("start", &self.start).field("ended", &self.ended).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives at most `most` bytes at a time, as a pipe may.
    struct Trickle(io::Cursor<Vec<u8>>, usize);

    impl io::Read for Trickle {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(out.len());
            self.0.read(&mut out[..most])
        }
    }

    proptest! {
        #[test]
        fn homes_tile_the_stream_and_have_their_margins(
            text in prop::collection::vec(any::<u8>(), 0..600),
            size in 1usize..80,
            margin in 0usize..20,
            most in 1usize..50,
        ) {
            let input = Trickle(io::Cursor::new(text.clone()), most);
            let mut windows = Windows::new(Box::new(input), size, margin);
            let mut together = Vec::new();
            while let Some(window) = windows.next() {
                let start = window.start as usize;
                prop_assert_eq!(window.bytes, &text[start..start + window.bytes.len()]);
                let home = start + window.home.start..start + window.home.end;
                prop_assert_eq!(home.start, together.len());
                prop_assert!(start <= home.start.saturating_sub(margin));
                prop_assert!(start + window.bytes.len() >= text.len().min(home.end + margin));
                together.extend_from_slice(&window.bytes[window.home]);
            }
            prop_assert_eq!(windows.bytes_read(), text.len() as u64);
            prop_assert_eq!(together, text);
        }

        #[test]
        fn a_needle_anywhere_is_whole_in_the_one_window_whose_home_it_starts_in(
            length in 20usize..400,
            at in 0usize..400,
            margin in 4usize..20,
        ) {
            let needle = b"NEEDL";
            let at = at.min(length - needle.len());
            let mut text = vec![b'.'; length];
            text[at..at + needle.len()].copy_from_slice(needle);
            let mut windows = Windows::new(Box::new(io::Cursor::new(text)), 1, margin);
            let mut found = Vec::new();
            while let Some(window) = windows.next() {
                for (offset, part) in window.bytes.windows(needle.len()).enumerate() {
                    if part == needle && window.home.contains(&offset) {
                        found.push(window.start as usize + offset);
                    }
                }
            }
            prop_assert_eq!(found, vec![at]);
        }
    }

    #[test]
    fn an_error_is_kept_and_what_came_before_it_is_given() {
        struct Broken(bool);
        impl io::Read for Broken {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(io::Error::other("the disk is gone"));
                }
                out[..3].copy_from_slice(b"abc");
                Ok(3)
            }
        }
        let mut windows = Windows::new(Box::new(Broken(false)), 16, 2);
        assert_eq!(windows.next().map(|window| window.bytes.to_vec()), Some(b"abc".to_vec()));
        assert!(windows.next().is_none());
        assert_eq!(windows.error().map(ToString::to_string).as_deref(), Some("the disk is gone"));
    }
}
