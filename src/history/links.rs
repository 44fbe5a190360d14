//! Whether everything that trees list is there: the one damage that a pass over all objects that
//! *are* there cannot see.
//!
//! A tree is looked at as the pass shows it. Neighbouring versions of a tree list nearly the same
//! objects, so a small table of names lately found spares nearly every look-up.

use bstr::BString;
use rustc_hash::FxHashSet;

use super::{EntryKind, Graph, Hit, Labels, Objects, Starts, entries, trace};
use crate::model::{Gap, GapReason, ObjectId, ObjectKind, Standing};

/// How many names lately found are remembered: enough for the entries of the trees of one chain of
/// versions, few enough to stay in the cache.
const REMEMBERED: usize = 1 << 14;
/// No more are noted by one worker: one lost pack can be listed millions of times.
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

/// What trees list and is not there, as far as it was noted.
#[derive(Debug, Default)]
pub struct Lost {
    /// Each listing of a missing object.
    pub listed: Vec<Missing>,
    /// Whether there were more of them than are noted.
    pub is_cut: bool,
}

impl Lost {
    /// Adds what another worker saw.
    pub fn add(&mut self, other: Lost) {
        self.listed.extend(other.listed);
        self.is_cut |= other.is_cut;
    }
}

/// One worker's look-out for missing objects.
pub struct Links {
    /// Names that were found, each at the slot that its first bits choose; the null name where there
    /// is none. Whole names are compared: two objects whose names begin alike can be made.
    found: Box<[ObjectId]>,
    lost: Lost,
}

impl Default for Links {
    fn default() -> Self {
        let none = ObjectId([0; 20]);
        Links { found: vec![none; REMEMBERED].into_boxed_slice(), lost: Lost::default() }
    }
}

impl Links {
    /// Looks at the entries of a tree, submodules' aside. What of it is malformed is passed by: that
    /// is another damage. Returns whether anything was not there.
    pub fn follow(&mut self, objects: &impl Objects, tree: ObjectId, bytes: &[u8]) -> bool {
        let mut is_whole = true;
        for entry in entries(bytes).map_while(Result::ok) {
            let [a, b, ..] = entry.id.0;
            let slot = &mut self.found[usize::from(u16::from_le_bytes([a, b])) % REMEMBERED];
            // The null name, which some old tools wrote, names nothing that could be missing.
            if *slot == entry.id || entry.id.is_null() || entry.kind() == EntryKind::Gitlink {
                continue;
            }
            if objects.contains(&entry.id) {
                *slot = entry.id;
                continue;
            }
            is_whole = false;
            if self.lost.listed.len() < MOST_NOTED {
                let entry = Missing { id: entry.id, tree, entry: entry.name.into() };
                self.lost.listed.push(entry);
            } else {
                self.lost.is_cut = true;
            }
        }
        !is_whole
    }

    /// What was not there.
    pub fn into_lost(self) -> Lost {
        self.lost
    }
}

/// At most this many missing objects are named one by one.
const MOST_NAMED: usize = 100;

/// The gaps for missing objects that refs or the index lead to. What only unreachable trees list may
/// have been pruned at any time and is no gap. What was noted is sorted.
pub fn missing_gaps(
    objects: &impl Objects,
    graph: &Graph,
    labels: &Labels,
    starts: &Starts,
    lost: &Lost,
) -> Vec<Gap> {
    let (reason, cause) = if starts.promisor {
        (GapReason::PartialClone, "was left at the server by a partial clone")
    } else {
        (GapReason::MissingObject, "is missing; `git fsck` tells more")
    };
    let mut gaps = Vec::new();
    let mut told = FxHashSet::default();
    let mut tell = |id: ObjectId, path: Option<&BString>, lister: &str| {
        if told.insert(id) && told.len() <= MOST_NAMED {
            let gap = Gap::new(reason, format!("an object that {lister} lists {cause}"));
            let gap = gap.at_object(id);
            gaps.push(match path {
                Some(path) => gap.at_path(path.clone()),
                None => gap,
            });
        }
    };
    for (id, path) in reached(objects, graph, labels, starts, &lost.listed) {
        tell(id, path.as_ref(), "a folder of history");
    }
    for staged in &starts.staged {
        // What is staged need not be in any tree yet.
        if !objects.contains(&staged.blob) {
            tell(staged.blob, Some(&staged.path), "the index");
        }
    }
    if let Some(unnamed @ 1..) = told.len().checked_sub(MOST_NAMED) {
        gaps.push(Gap::new(reason, format!("{unnamed} more objects of which each {cause}")));
    }
    if lost.is_cut {
        let detail = "more objects are missing than could be followed, so that some that refs lead \
                      to may not be named here; `git fsck` names all";
        gaps.push(Gap::new(reason, detail));
    }
    gaps
}

/// The missing objects that refs lead to, each with a path. `missing` is sorted.
fn reached(
    objects: &impl Objects,
    graph: &Graph,
    labels: &Labels,
    starts: &Starts,
    missing: &[Missing],
) -> Vec<(ObjectId, Option<BString>)> {
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
    let reached = ids.into_iter().zip(traced.groups).filter_map(|(id, group)| {
        let mut sightings = group.sightings.into_iter();
        let sighting = sightings.find(|seen| seen.standing != Standing::Unreachable)?;
        Some((id, sighting.path))
    });
    reached.collect()
}
