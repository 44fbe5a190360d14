//! Entry points for fuzzing: the small files of a git folder. A law that does not hold is a failed
//! assertion.

#![allow(clippy::panic)] // This is how a target speaks.

use bstr::{BStr, ByteSlice};

use super::{
    config::Config,
    index::{Index, decoded_alone},
    packed_refs, reflog, refs,
};
use crate::model::fuzzing::Source;

/// An index file: decoded or refused; what is decoded answers every question. The second half may be
/// the shared base of the first.
pub fn index(data: &[u8]) {
    let mut source = Source::new(data);
    let base = match source.byte() {
        0..=127 => &[],
        _ => source.chunk(),
    };
    let Ok(index) = decoded_alone(source.rest(), base) else { return };
    asked(&index);
}

fn asked(index: &Index) {
    assert_eq!(index.iter().len(), index.len());
    for at in 0..index.len() {
        let Some(entry) = index.get(at) else { panic!("no entry {at}") };
        assert!(!entry.path.is_empty() && entry.stage <= 3);
        assert!(index.find(entry.path).contains(&at), "{:?}", entry.path);
        for (slash, _) in entry.path.iter().enumerate().filter(|(_, byte)| **byte == b'/').take(4) {
            let folder = BStr::new(&entry.path[..slash]);
            if let Some(cached) = index.cached_folder(folder) {
                assert_eq!(cached.entries, index.below(folder));
            }
        }
    }
}

/// `packed-refs`: both readers agree.
pub fn packed_refs(data: &[u8]) {
    let (refs, _) = packed_refs::parse(data);
    for packed in refs.iter().take(50) {
        assert!(packed_refs::find(data, packed.name).is_some(), "{:?}", packed.name);
    }
}

/// A reflog, a `FETCH_HEAD` and a loose ref.
pub fn refs(data: &[u8]) {
    let ids = reflog::ids_in(data.as_bstr());
    assert!(ids.is_sorted() && ids.iter().all(|id| !id.is_null()));
    refs::ids_in(data);
    refs::is_mere_ref(data);
}

/// A configuration file.
pub fn config(data: &[u8]) {
    let mut config = Config::default();
    let _ = config.add(data);
    config.remote_url();
}
