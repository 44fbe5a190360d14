//! Entry points for fuzzing: a whole hostile store searched, with and without inheritance; and the
//! list of all entry points, for the programs in `fuzz/` and for a short round in each test run.

#![allow(clippy::panic)] // This is how a target speaks.

use std::sync::{Arc, atomic::AtomicBool};

use super::{Scanner, Settings, Silent, collect::Collector, objects::ObjectSearch};
use crate::{
    cache::fuzzing as cache,
    detect::fuzzing::{self as detect, detector, dictionary},
    git::fuzzing as git,
    history::fuzzing as history,
    pack::{
        KindSet, Store,
        fuzzing::{self as pack, hostile_store, pool},
    },
    walk::fuzzing as walk,
};

/// What is given bytes.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 20] = [
    ("claim", cache::claim),
    ("commit", history::commit),
    ("config", git::config),
    ("decoders", detect::decoders),
    ("delta", pack::delta),
    ("detect", detect::detect),
    ("entry", pack::entry),
    ("git_index", git::index),
    ("graph", history::graph),
    ("heir", detect::heir),
    ("ignore", walk::ignore),
    ("inflate", pack::inflate),
    ("inherit", detect::inherit),
    ("pack_index", pack::index),
    ("packed_refs", git::packed_refs),
    ("refs", git::refs),
    ("search", search),
    ("store", pack::store),
    ("tag", history::tag),
    ("trees", history::trees),
];

/// The oracle of inheritance on whole packs: the same is found in the same objects, and the same is
/// counted, however git wrote them down.
pub fn search(data: &[u8]) {
    let (store, _) = hostile_store(data, dictionary());
    assert_eq!(searched(&store, true), searched(&store, false));
}

fn searched(store: &Store, inherit: bool) -> String {
    let settings = Settings { inherit, ..Settings::default() };
    let stop = Arc::new(AtomicBool::new(false));
    let scanner =
        Scanner { detector: detector(), settings: &settings, progress: &Silent, stop: &stop };
    let collector = Collector::default();
    let search = ObjectSearch::new(&scanner, &collector, None);
    let gaps = pool().install(|| store.traverse(KindSet::ALL, &search));
    let counts = collector.object_counts();
    format!("{counts:?} {gaps:?} {:#?}", collector.take_groups())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that are always the same: long and short ones, even and with few values.
    fn input(target: &str, number: u64) -> Vec<u8> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(target.as_bytes());
        hasher.update(&number.to_le_bytes());
        let mut bytes = vec![0; [20, 100, 400, 1500][number as usize % 4]];
        hasher.finalize_xof().fill(&mut bytes);
        if number.is_multiple_of(3) {
            bytes.iter_mut().for_each(|byte| *byte &= 0x8f);
        }
        bytes
    }

    /// `CFLEAKS_ROUND=100000` makes it a long one, where there is no nightly toolchain.
    #[test]
    fn every_target_stands_a_short_round() {
        let round = std::env::var("CFLEAKS_ROUND").ok().and_then(|round| round.parse().ok());
        for (name, target) in TARGETS {
            target(b"");
            for number in 0..round.unwrap_or(40) {
                target(&input(name, number));
            }
        }
    }
}
