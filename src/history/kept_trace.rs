//! An answered question after provenance as bytes, to be kept for a later run on the same objects.
//!
//! No text is kept. A path is written as a route: from the tree of its commit, the position of an
//! entry in each folder on the way. Reading follows the routes in the repository, which costs a few
//! trees for each place. Numbers are little-endian; nothing is allocated by a number that the bytes
//! state.

use bstr::BString;

use super::{Graph, Objects, Sighting, Trace, Traced, entries};
use crate::model::{ObjectId, ObjectKind, Standing};

/// More places than these are not kept: to read their paths would cost more than to trace them.
const MOST_KEPT: usize = 20_000;
/// What stands for "none" where a number of entries is meant.
const NONE: u32 = u32::MAX;

const KINDS: [ObjectKind; 4] =
    [ObjectKind::Commit, ObjectKind::Tree, ObjectKind::Blob, ObjectKind::Tag];
const STANDINGS: [Standing; 5] = [
    Standing::WorkTree,
    Standing::Staged,
    Standing::AtHead,
    Standing::History,
    Standing::Unreachable,
];

impl Trace {
    /// The answer as bytes. `None` if it was cut short by gaps, is too long, or has a path that no
    /// commit leads to.
    pub fn keep(&self, objects: &impl Objects, graph: &Graph) -> Option<Vec<u8>> {
        let places: usize = self.groups.iter().map(|group| group.sightings.len()).sum();
        if !self.gaps.is_empty() || places > MOST_KEPT {
            return None;
        }
        let mut out = Vec::new();
        put(&mut out, self.groups.len() as u32);
        for Traced {
            introduced,
            introduced_count,
            removed,
            removed_count,
            first,
            at_head,
            tips,
            sightings,
            sighting_count,
        } in &self.groups
        {
            for ids in [introduced, removed] {
                put(&mut out, ids.len() as u32);
                ids.iter().for_each(|id| out.extend_from_slice(&id.0));
            }
            for count in [introduced_count, removed_count, sighting_count] {
                out.extend_from_slice(&count.to_le_bytes());
            }
            put_id(&mut out, *first);
            out.push(u8::from(*at_head));
            put(&mut out, tips.len() as u32);
            tips.iter().for_each(|tip| put(&mut out, *tip));
            put(&mut out, sightings.len() as u32);
            for sighting in sightings {
                put_sighting(&mut out, sighting, objects, graph)?;
            }
        }
        Some(out)
    }

    /// Reads what [`Trace::keep`] wrote, of the same objects. `None` if it is something else, or a
    /// route leads nowhere.
    pub fn recall(mut bytes: &[u8], objects: &impl Objects, graph: &Graph) -> Option<Trace> {
        let from = &mut bytes;
        let mut trace = Trace::default();
        for _ in 0..number(from)? {
            let (introduced, removed) = (ids(from)?, ids(from)?);
            let [introduced_count, removed_count, sighting_count] =
                [long(from)?, long(from)?, long(from)?];
            let first = id(from)?;
            let at_head = flag(from)?;
            let mut tips = Vec::new();
            for _ in 0..number(from)? {
                tips.push(number(from)?);
            }
            let mut sightings = Vec::new();
            for _ in 0..number(from)? {
                sightings.push(sighting(from, objects, graph)?);
            }
            trace.groups.push(Traced {
                introduced,
                introduced_count,
                removed,
                removed_count,
                first,
                at_head,
                tips,
                sightings,
                sighting_count,
            });
        }
        bytes.is_empty().then_some(trace)
    }
}

fn put_sighting(
    out: &mut Vec<u8>,
    sighting: &Sighting,
    objects: &impl Objects,
    graph: &Graph,
) -> Option<()> {
    let Sighting { object, kind, symlink, path, commit, standing } = sighting;
    out.extend_from_slice(&object.0);
    out.push(KINDS.iter().position(|one| one == kind)? as u8);
    out.push(STANDINGS.iter().position(|one| one == standing)? as u8);
    out.push(u8::from(*symlink));
    put_id(out, *commit);
    let Some(path) = path else {
        put(out, NONE);
        return Some(());
    };
    let mut tree = graph.tree(graph.commit(commit.as_ref()?)?)?;
    let parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
    put(out, parts.len() as u32);
    let mut bytes = Vec::new();
    for name in parts {
        objects.read(&tree, &mut bytes).ok()??;
        let mut listed = (0_u32..).zip(entries(&bytes).map_while(Result::ok));
        let (at, entry) = listed.find(|(_, entry)| entry.name == name)?;
        put(out, at);
        tree = entry.id;
    }
    Some(())
}

fn sighting(from: &mut &[u8], objects: &impl Objects, graph: &Graph) -> Option<Sighting> {
    let object = ObjectId(take(from)?);
    let [kind, standing] = take(from)?;
    let (kind, standing) = (*KINDS.get(usize::from(kind))?, *STANDINGS.get(usize::from(standing))?);
    let symlink = flag(from)?;
    let commit = id(from)?;
    let steps = number(from)?;
    if steps == NONE {
        return Some(Sighting { object, kind, symlink, path: None, commit, standing });
    }
    let mut tree = graph.tree(graph.commit(commit.as_ref()?)?)?;
    let (mut path, mut bytes) = (BString::default(), Vec::new());
    for step in 0..steps {
        let at = number(from)?;
        objects.read(&tree, &mut bytes).ok()??;
        let entry = entries(&bytes).map_while(Result::ok).nth(at as usize)?;
        if step > 0 {
            path.push(b'/');
        }
        path.extend_from_slice(entry.name);
        tree = entry.id;
    }
    Some(Sighting { object, kind, symlink, path: Some(path), commit, standing })
}

fn put(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put_id(out: &mut Vec<u8>, id: Option<ObjectId>) {
    out.push(u8::from(id.is_some()));
    out.extend_from_slice(&id.map(|id| id.0).unwrap_or_default());
}

fn take<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(*taken)
}

fn number(from: &mut &[u8]) -> Option<u32> {
    take(from).map(u32::from_le_bytes)
}

fn long(from: &mut &[u8]) -> Option<u64> {
    take(from).map(u64::from_le_bytes)
}

fn flag(from: &mut &[u8]) -> Option<bool> {
    let [flag] = take(from)?;
    Some(flag != 0)
}

fn id(from: &mut &[u8]) -> Option<Option<ObjectId>> {
    let is_there = flag(from)?;
    let id = ObjectId(take(from)?);
    Some(is_there.then_some(id))
}

fn ids(from: &mut &[u8]) -> Option<Vec<ObjectId>> {
    let mut ids = Vec::new();
    for _ in 0..number(from)? {
        ids.push(ObjectId(take(from)?));
    }
    Some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::random::random_world;
    use crate::history::trace_tests::{hits, never};
    use crate::history::{Labels, trace};

    #[test]
    fn what_is_kept_is_recalled_and_nothing_of_it_is_text() {
        let mut kept_at_all = 0;
        for seed in 0..200 {
            let world = random_world(seed);
            let (graph, _) = Graph::load(&world.store, &never);
            let labels = Labels::new(&graph, &world.starts);
            let found = trace(&world.store, &graph, &labels, &world.starts, &hits(&world), &never);
            let Some(bytes) = found.keep(&world.store, &graph) else { continue };
            kept_at_all += 1;
            assert!(!bytes.windows(3).any(|window| window == b"tok"), "a name of a file");
            let recalled = Trace::recall(&bytes, &world.store, &graph).unwrap();
            assert_eq!(recalled.groups, found.groups, "seed {seed}");
            for end in 0..bytes.len() {
                assert!(Trace::recall(&bytes[..end], &world.store, &graph).is_none());
            }
        }
        assert!(kept_at_all > 100, "{kept_at_all}");
    }

    #[test]
    fn any_bytes_are_recalled_or_refused() {
        let world = random_world(7);
        let (graph, _) = Graph::load(&world.store, &never);
        let labels = Labels::new(&graph, &world.starts);
        let found = trace(&world.store, &graph, &labels, &world.starts, &hits(&world), &never);
        let bytes = found.keep(&world.store, &graph).unwrap();
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                let _ = Trace::recall(&changed, &world.store, &graph);
            }
        }
    }
}
