//! What provenance looks for in trees: blobs, and names of entries, each with the secrets it holds.

use std::collections::BTreeMap;

use bstr::BString;

use super::{Hit, found::Target, wanted::Wanted};
use crate::model::{ObjectId, ObjectKind};

/// What is looked for in trees, with the secrets it holds.
pub(crate) struct Things {
    pub(crate) list: Vec<Thing>,
    /// For each thing its secrets, ascending.
    pub(crate) groups_of: Vec<Vec<u32>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thing {
    Blob(ObjectId),
    /// An entry's name. The trees in which it was found are those that are looked at.
    Name(BString),
}

impl Things {
    pub(crate) fn new(hits: &[Hit]) -> (Things, Wanted) {
        let mut things: BTreeMap<Thing, Vec<u32>> = BTreeMap::new();
        let thing_of = |hit: &Hit| match (hit.kind, &hit.entry) {
            (ObjectKind::Blob, _) => Some(Thing::Blob(hit.object)),
            (ObjectKind::Tree, Some(name)) => Some(Thing::Name(name.clone())),
            _ => None,
        };
        for hit in hits {
            if let Some(thing) = thing_of(hit) {
                things.entry(thing).or_default().push(hit.group);
            }
        }
        let (list, mut groups_of): (Vec<Thing>, Vec<Vec<u32>>) =
            things.into_iter().take(Target::MOST as usize).unzip();
        for groups in &mut groups_of {
            groups.sort_unstable();
            groups.dedup();
        }
        let mut wanted = Wanted::default();
        for (number, thing) in list.iter().enumerate() {
            if let Thing::Blob(id) = thing {
                wanted.blob(*id, number as u32);
            }
        }
        let mut names: Vec<(ObjectId, BString)> = hits
            .iter()
            .filter(|hit| hit.kind == ObjectKind::Tree)
            .filter_map(|hit| Some((hit.object, hit.entry.clone()?)))
            .collect();
        names.sort_unstable();
        names.dedup();
        for (tree, name) in names {
            if let Ok(number) = list.binary_search(&Thing::Name(name.clone())) {
                wanted.name(tree, name, number as u32);
            }
        }
        (Things { list, groups_of }, wanted)
    }
}
