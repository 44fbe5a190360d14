//! A stream that may never go on: read in a thread of its own, which is left behind when the run is
//! asked to end while it waits.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

/// How much is read at once, in bytes: as much as a pipe holds on Linux.
const PIECE: usize = 64 << 10;
/// How many pieces are read ahead.
const AHEAD: usize = 4;
/// How often it is asked whether to end.
const PATIENCE: Duration = Duration::from_millis(50);

/// A stream that ends when the run is asked to.
pub(super) struct Input {
    /// What was read; an empty piece is the end.
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: io::Cursor<Vec<u8>>,
    stop: Arc<AtomicBool>,
}

impl Input {
    /// Begins to read `from`; where `stop` is set, what was read so far is all.
    pub(super) fn new(from: impl Read + Send + 'static, stop: Arc<AtomicBool>) -> Input {
        let (sender, pieces) = sync_channel(AHEAD);
        let to = sender.clone();
        let begun = thread::Builder::new().spawn(move || forward(from, &to));
        if let Err(error) = begun {
            // There is room for it: nothing else was sent.
            let _ = sender.send(Err(error));
        }
        Input { pieces, piece: io::Cursor::default(), stop }
    }
}

/// Reads to the end, an error, or until nobody wants more.
fn forward(mut from: impl Read, to: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut piece = vec![0; PIECE];
        let read = match from.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read,
        };
        let is_last = !matches!(read, Ok(1..));
        let read = read.map(|count| {
            piece.truncate(count);
            piece
        });
        if to.send(read).is_err() || is_last {
            return;
        }
    }
}

impl Read for Input {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.piece.read(out)?;
            if count > 0 || out.is_empty() || self.stop.load(Ordering::Relaxed) {
                return Ok(count);
            }
            match self.pieces.recv_timeout(PATIENCE) {
                Ok(piece) => self.piece = io::Cursor::new(piece?),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(io::Error::other("reading ended without an end"));
                }
            }
            if self.piece.get_ref().is_empty() {
                return Ok(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its text, then nothing for ever.
    struct Stuck(io::Cursor<Vec<u8>>);

    impl Read for Stuck {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            match self.0.read(out)? {
                0 => loop {
                    thread::park();
                },
                count => Ok(count),
            }
        }
    }

    #[test]
    fn all_of_a_stream_is_read_and_an_error_ends_it() {
        let text: Vec<u8> = (0..400_000_u32).map(|n| n as u8).collect();
        let mut read = Vec::new();
        let mut input = Input::new(io::Cursor::new(text.clone()), Arc::default());
        input.read_to_end(&mut read).unwrap();
        assert_eq!(read, text);

        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let mut input = Input::new(io::Cursor::new(b"first").chain(Broken), Arc::default());
        read.clear();
        assert_eq!(input.read_to_end(&mut read).unwrap_err().to_string(), "gone");
        assert_eq!(read, b"first");
    }

    #[test]
    fn a_stream_that_hangs_ends_when_the_run_does() {
        let stop = Arc::new(AtomicBool::new(false));
        let mut input = Input::new(Stuck(io::Cursor::new(b"first".to_vec())), Arc::clone(&stop));
        let mut first = [0; 9];
        assert_eq!(input.read(&mut first).unwrap(), 5);
        let asked = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(input.read(&mut first).unwrap(), 0);
        asked.join().unwrap();
    }
}
