//! Whether everything that trees list is there: the one damage that a pass over all objects that
//! *are* there cannot see.
//!
//! A tree is looked at as the pass shows it. Neighbouring versions of a tree list nearly the same
//! objects, so a small table of names lately found spares nearly every look-up.

use bstr::BString;

use super::{EntryKind, Graph, Hit, Labels, Objects, Starts, entries, trace};
use crate::model::{Gap, GapReason, ObjectId, ObjectKind, Standing};

/// How many names lately found are remembered: enough for the entries of the trees of one chain of
/// versions, few enough to stay in the cache.
const REMEMBERED: usize = 1 << 14;
/// No more are noted: one lost pack can be listed millions of times.
const MOST_NOTED: usize = 10_000;

/// An object that a tree lists and that is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// The object.
    pub id: ObjectId,
    /// The tree that lists it.
    pub tree: ObjectId,
    /// The name by which it is listed.
    pub entry: BString,
}

/// One worker's look-out for missing objects.
pub struct Links {
    /// The first eight bytes of names that were found, each at the slot that its last bits choose;
    /// zero where there is none.
    found: Box<[u64]>,
    missing: Vec<Missing>,
}

impl Default for Links {
    fn default() -> Self {
        Links { found: vec![0; REMEMBERED].into_boxed_slice(), missing: Vec::new() }
    }
}

impl Links {
    /// Looks at the entries of a tree, submodules' aside. What of it is malformed is passed by: that
    /// is another damage.
    pub fn follow(&mut self, objects: &impl Objects, tree: ObjectId, bytes: &[u8]) {
        for entry in entries(bytes).map_while(Result::ok) {
            let [a, b, c, d, e, f, g, h, ..] = entry.id.0;
            let key = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
            let slot = &mut self.found[key as usize % REMEMBERED];
            if *slot == key || entry.kind() == EntryKind::Gitlink {
                continue;
            }
            if objects.contains(&entry.id) {
                *slot = key;
            } else if self.missing.len() < MOST_NOTED {
                self.missing.push(Missing { id: entry.id, tree, entry: entry.name.into() });
            }
        }
    }

    /// What was not there.
    pub fn into_missing(self) -> Vec<Missing> {
        self.missing
    }
}

/// At most this many missing objects are named one by one.
const MOST_NAMED: usize = 100;

/// The gaps for missing objects that refs lead to. What only unreachable trees list may have been
/// pruned at any time and is no gap. `missing` is sorted.
pub fn missing_gaps(
    objects: &impl Objects,
    graph: &Graph,
    labels: &Labels,
    starts: &Starts,
    missing: &[Missing],
) -> Vec<Gap> {
    // Each missing object is traced like a secret: its entry's name in the tree that lists it.
    let mut ids: Vec<ObjectId> = missing.iter().map(|missing| missing.id).collect();
    ids.dedup();
    let hits: Vec<Hit> = missing
        .iter()
        .filter_map(|missing| {
            Some(Hit {
                object: missing.tree,
                kind: ObjectKind::Tree,
                entry: Some(missing.entry.clone()),
                group: ids.binary_search(&missing.id).ok()? as u32,
            })
        })
        .collect();
    let traced = trace(objects, graph, labels, starts, &hits, &|| false);
    let (reason, cause) = if starts.promisor {
        (GapReason::PartialClone, "was left at the server by a partial clone")
    } else {
        (GapReason::MissingObject, "is missing; `git fsck` tells more")
    };
    let mut gaps = Vec::new();
    let mut unnamed = 0_u64;
    for (id, group) in ids.iter().zip(&traced.groups) {
        let reached = group.sightings.iter().find(|s| s.standing != Standing::Unreachable);
        let Some(sighting) = reached else { continue };
        if gaps.len() == MOST_NAMED {
            unnamed += 1;
            continue;
        }
        let gap = Gap::new(reason, format!("an object that a folder of history lists {cause}"));
        let gap = gap.at_object(*id);
        gaps.push(match &sighting.path {
            Some(path) => gap.at_path(path.clone()),
            None => gap,
        });
    }
    if unnamed > 0 {
        gaps.push(Gap::new(reason, format!("{unnamed} more objects of which each {cause}")));
    }
    gaps
}
