//! Compressed files and archives, opened one level at a time and as streams: nothing is written to
//! disk, and nothing is held that a header merely promises.
//!
//! Knows no rule and no path outside: [`open`] tells a [`Visit`] of each member with its name and its
//! bytes, and whoever reads these bytes may find that they are a container again. A [`Meter`] counts
//! what all levels of one file give and ends it where that is out of proportion.
//!
//! - gzip, Zstandard, xz and bzip2 streams, several in one file, too.
//! - zip (and so jar, docx, wheel, apk), read from local header to local header. That is how a stream
//!   can be read, it does not matter what the directory at the end says, and no byte is unpacked
//!   twice, so members that overlap cannot multiply.
//! - tar, with the long names of GNU and pax. Links are not followed: what they say is told.
//!
//! What cannot be read is a [`Trouble`]; what came before it has been told.

mod input;
mod kind;
mod meter;
mod stored;
mod stream;
mod tar;
mod watch;
mod zip;

use std::io::Read;

use bstr::BString;

pub use input::Input;
pub use kind::{HEAD, Kind, TAIL, may_be_container};
pub use meter::{Allowance, Meter};

use crate::model::GapReason;

/// One thing in a container.
pub struct Member<'m> {
    /// Its name as the container gives it, raw bytes; `None` in what holds one nameless stream.
    pub name: Option<BString>,
    /// What it points to, if it is a link.
    pub link: Option<BString>,
    /// Its bytes. They never fail: where they cannot be had, they end.
    pub content: &'m mut dyn Read,
}

/// Why something in a container was not read, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// One of the reasons for archives.
    pub reason: GapReason,
    /// What happened, as the rest of a sentence that begins with a name: "is encrypted".
    pub what: String,
}

impl Trouble {
    pub(self) fn new(reason: GapReason, what: impl Into<String>) -> Self {
        Trouble { reason, what: what.into() }
    }

    pub(self) fn damaged(what: impl Into<String>) -> Self {
        Trouble::new(GapReason::ArchiveDamaged, what)
    }
}

/// Is told what a container holds, in its order.
pub trait Visit {
    /// One member. What is left of its content is passed over.
    fn member(&mut self, member: Member<'_>);

    /// Something could not be read: a member, or the container itself.
    fn trouble(&mut self, member: Option<&[u8]>, trouble: Trouble);
}

/// Tells of all that a container of this kind holds. What the meter ended is no trouble: ask it.
pub fn open(kind: Kind, input: &mut Input<'_>, meter: &Meter<'_>, visit: &mut dyn Visit) {
    match kind {
        Kind::Gzip | Kind::Zstd | Kind::Xz | Kind::Bzip2 => stream::open(kind, input, meter, visit),
        Kind::Zip => zip::open(input, meter, visit),
        Kind::Tar => tar::open(input, meter, visit),
        Kind::Unknown(name) => visit.trouble(
            None,
            Trouble::new(
                GapReason::ArchiveUnsupported,
                format!("is a {name} archive, which is not opened"),
            ),
        ),
    }
}
