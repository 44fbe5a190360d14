//! Compressed streams without names: gzip, Zstandard, xz and bzip2.
//!
//! Several streams one after the other are one text, as the programs of these formats have it. What
//! stands behind the last one and is no stream is left alone, as they do, too.

use std::io::{self, BufRead, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::GzDecoder;
use liblzma::{
    bufread::XzDecoder,
    stream::{CONCATENATED, Stream},
};

use super::{Input, Kind, Member, Meter, Trouble, Visit, watch::Watched};

/// The most memory that unpacking one xz stream may take: twice what `xz -9` asks for.
const XZ_MEMORY: u64 = 128 << 20;
/// The logarithm of the longest window of a Zstandard stream: 128 MiB, as its own program has it.
const ZSTD_WINDOW: u32 = 27;

/// Shows what the stream holds as one member without a name.
pub(super) fn open(kind: Kind, input: &mut Input<'_>, meter: &Meter<'_>, visit: &mut dyn Visit) {
    match decoder(kind, input) {
        Ok(decoder) => {
            if let Some(trouble) = show(None, decoder, meter, visit) {
                visit.trouble(None, trouble);
            }
        }
        Err(_) => visit.trouble(None, Trouble::damaged("cannot be unpacked")),
    }
}

/// A decoder of the kind, reading from `input`.
pub(super) fn decoder<'d>(
    kind: Kind,
    input: &'d mut dyn BufRead,
) -> io::Result<Box<dyn Read + 'd>> {
    Ok(match kind {
        Kind::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
            decoder.window_log_max(ZSTD_WINDOW)?;
            Box::new(decoder)
        }
        Kind::Xz => {
            let stream = Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED)?;
            Box::new(XzDecoder::new_stream(input, stream))
        }
        Kind::Bzip2 => Box::new(MultiBzDecoder::new(input)),
        _ => Box::new(Gzips { current: Some(GzDecoder::new(input)) }),
    })
}

/// Shows one member and reads it to its end; what was wrong with it.
pub(super) fn show(
    name: Option<&[u8]>,
    content: impl Read,
    meter: &Meter<'_>,
    visit: &mut dyn Visit,
) -> Option<Trouble> {
    if !meter.member() {
        return None;
    }
    let mut watched = Watched::new(content, meter);
    let name = name.map(Into::into);
    visit.member(Member { name, link: None, content: &mut watched });
    watched.finish()
}

/// Gzip streams one after the other.
struct Gzips<R> {
    current: Option<GzDecoder<R>>,
}

impl<R: BufRead> Read for Gzips<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while let Some(current) = &mut self.current {
            let count = current.read(out)?;
            if count > 0 || out.is_empty() {
                return Ok(count);
            }
            let mut input = self.current.take().map(GzDecoder::into_inner);
            if let Some(input) =
                input.take_if(|input| input.fill_buf().is_ok_and(|rest| rest.starts_with(b"\x1f")))
            {
                self.current = Some(GzDecoder::new(input));
            }
        }
        Ok(0)
    }
}
