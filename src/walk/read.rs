//! Reads a file's bytes: whole into a buffer that is used again, or in windows if it is long.

use std::{
    io::{self, Read},
    mem,
};

use super::{Content, Options, Windows};
use crate::model::{Gap, GapReason};

/// What a reader's buffer begins with; most files fit and are read with one call.
const FIRST_SIZE: usize = 256 << 10;
/// What it may keep between files, so that the longest files do not hold memory to the end. Fresh
/// memory costs a third of what reading into it does.
const KEPT_SIZE: usize = 16 << 20;

/// One thread's buffer.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// All of it initialised, so that reading need not clear it; longer than what a file fills.
    buffer: Vec<u8>,
}

/// What came of reading one file.
#[derive(Debug)]
pub(super) struct Outcome {
    /// How many bytes were read.
    pub(super) bytes: u64,
    /// What ended the reading early, if anything did.
    pub(super) error: Option<io::Error>,
}

impl Reader {
    /// Reads `input` to its end and gives it to `take`, exactly once. `size` is only a hint: what
    /// is there is read, be it more or less; but a first read that gives just so much is the end,
    /// so it must be what the file itself states, or 0.
    pub(super) fn read<R: Read + Send + 'static>(
        &mut self,
        mut input: R,
        size: u64,
        options: &Options,
        take: impl FnOnce(Content<'_>),
    ) -> Outcome {
        if size > options.whole_limit {
            return windowed(Box::new(input), options, take);
        }
        let limit = usize::try_from(options.whole_limit).unwrap_or(usize::MAX);
        let (filled, end) = self.fill(&mut input, size as usize, limit);
        if let End::Limit = end {
            // It is longer than it said. What was read already goes before the rest.
            let mut read = mem::take(&mut self.buffer);
            read.truncate(filled);
            return windowed(Box::new(io::Cursor::new(read).chain(input)), options, take);
        }
        take(Content::Whole(&self.buffer[..filled]));
        if self.buffer.len() > KEPT_SIZE {
            self.buffer = Vec::new();
        }
        Outcome { bytes: filled as u64, error: end.error() }
    }

    /// Reads until the end, an error, or more than `limit` bytes. Returns how many.
    fn fill(&mut self, input: &mut impl Read, size: usize, limit: usize) -> (usize, End) {
        // One byte more than stated, so that one short read usually shows the end; and some more, so
        // that files of rising lengths do not each want memory of their own.
        let wanted = size.saturating_add(1).max(FIRST_SIZE);
        let roomy = wanted.checked_next_power_of_two().unwrap_or(wanted);
        self.grow(if roomy > KEPT_SIZE { wanted } else { roomy }, 0);
        let mut filled = 0;
        loop {
            if filled > limit {
                return (filled, End::Limit);
            }
            if filled == self.buffer.len() {
                self.grow(filled.saturating_mul(2).min(limit.saturating_add(1)), filled);
            }
            match input.read(&mut self.buffer[filled..]) {
                Ok(0) => return (filled, End::Natural),
                // All that was stated, in one go, with room for more: there is no more, and asking
                // for it would be one more call for every file.
                Ok(count) if filled == 0 && count == size && count < self.buffer.len() => {
                    return (count, End::Natural);
                }
                Ok(count) => filled = (filled + count).min(self.buffer.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (filled, End::Error(error)),
            }
        }
    }

    /// Makes the buffer at least `size` bytes long and keeps the first `filled`.
    fn grow(&mut self, size: usize, filled: usize) {
        if self.buffer.len() < size {
            // Fresh memory comes zeroed from the system, page by page as it is used; `resize`
            // would write every byte.
            if filled == 0 {
                self.buffer = Vec::new();
            }
            let mut larger = vec![0; size];
            larger[..filled].copy_from_slice(&self.buffer[..filled]);
            self.buffer = larger;
        }
    }
}

/// How filling the buffer ended.
enum End {
    Natural,
    Limit,
    Error(io::Error),
}

impl End {
    fn error(self) -> Option<io::Error> {
        match self {
            End::Error(error) => Some(error),
            End::Natural | End::Limit => None,
        }
    }
}

fn windowed(
    input: Box<dyn Read + Send>,
    options: &Options,
    take: impl FnOnce(Content<'_>),
) -> Outcome {
    let mut windows = Windows::new(input, options.window, options.margin);
    take(Content::Windows(&mut windows));
    Outcome { bytes: windows.bytes_read(), error: windows.into_error() }
}

/// Reads a stream that is no file of a tree, such as standard input, and gives it to `take`: whole
/// if it is short, in windows if it is long. Returns how many bytes were read, and a gap if reading
/// ended before the end.
pub fn stream<R: Read + Send + 'static>(
    input: R,
    options: &Options,
    take: impl FnOnce(Content<'_>),
) -> (u64, Option<Gap>) {
    let outcome = Reader::default().read(input, 0, options, take);
    let gap = outcome.error.map(|error| read_gap(&error));
    (outcome.bytes, gap)
}

/// The gap that an error while reading leaves, without its path.
pub(super) fn read_gap(error: &io::Error) -> Gap {
    let reason = match error.kind() {
        io::ErrorKind::PermissionDenied => GapReason::PermissionDenied,
        _ => GapReason::ReadError,
    };
    Gap::new(reason, format!("could not be read to its end: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], size: u64, options: &Options) -> (Vec<u8>, bool, u64) {
        let (mut all, mut whole) = (Vec::new(), false);
        let outcome =
            Reader::default().read(io::Cursor::new(text.to_vec()), size, options, |content| {
                match content {
                    Content::Whole(bytes) => {
                        all.extend_from_slice(bytes);
                        whole = true;
                    }
                    Content::Windows(windows) => {
                        while let Some(window) = windows.next() {
                            all.extend_from_slice(&window.bytes[window.home]);
                        }
                    }
                }
            });
        (all, whole, outcome.bytes)
    }

    #[test]
    fn a_file_longer_or_shorter_than_stated_is_read_as_it_is() {
        let text: Vec<u8> = (0..700_000u32).map(|n| n as u8).collect();
        for stated in [0, 1, 699_999, 700_000, 5_000_000] {
            let (all, whole, bytes) = read(&text, stated, &Options::default());
            assert!(whole && bytes == 700_000 && all == text, "stated {stated}");
        }
        assert_eq!(read(b"", 0, &Options::default()), (Vec::new(), true, 0));
    }

    /// Gives at most so many bytes at a time, and counts how often it was asked.
    struct Trickle(io::Cursor<Vec<u8>>, usize, std::sync::Arc<std::sync::atomic::AtomicUsize>);

    impl Read for Trickle {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.2.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let most = self.1.min(out.len());
            self.0.read(&mut out[..most])
        }
    }

    #[test]
    fn only_a_first_read_of_just_what_was_stated_is_the_end() {
        for (stated, most, asked) in
            [(1000, 5000, 1), (999, 5000, 2), (1001, 5000, 2), (1000, 400, 4)]
        {
            let count = std::sync::Arc::default();
            let input =
                Trickle(io::Cursor::new(vec![7; 1000]), most, std::sync::Arc::clone(&count));
            let outcome = Reader::default().read(input, stated, &Options::default(), |content| {
                assert!(matches!(content, Content::Whole(bytes) if bytes == [7; 1000]));
            });
            assert_eq!((outcome.bytes, outcome.error.is_none()), (1000, true));
            let count = count.load(std::sync::atomic::Ordering::Relaxed);
            assert_eq!(count, asked, "stated {stated}, {most} at a time");
        }
    }

    #[test]
    fn beyond_the_limit_it_comes_in_windows_even_if_it_lied_about_its_size() {
        let options = Options { whole_limit: 1000, window: 256, margin: 16, ..Options::default() };
        let text: Vec<u8> = (0..300_000u32).map(|n| (n / 7) as u8).collect();
        for stated in [0, 500, 300_000, u64::MAX] {
            let (all, whole, bytes) = read(&text, stated, &options);
            assert!(!whole && bytes == 300_000 && all == text, "stated {stated}");
        }
        let (all, whole, _) = read(&text[..1000], 1000, &options);
        assert!(whole && all == text[..1000]);
    }

    #[test]
    fn a_long_file_leaves_no_long_buffer() {
        let mut reader = Reader::default();
        let text = vec![1; KEPT_SIZE + 1];
        reader.read(io::Cursor::new(text), 0, &Options::default(), |_| {});
        assert!(reader.buffer.is_empty());
    }

    #[test]
    fn the_error_of_a_stream_is_a_gap() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("no such luck"))
            }
        }
        let (bytes, gap) = stream(Broken, &Options::default(), |_| {});
        assert_eq!(bytes, 0);
        assert_eq!(gap.map(|gap| gap.reason), Some(GapReason::ReadError));
    }
}
