//! A commit graph as bytes, to be kept for a later run.
//!
//! Per commit: its name, its tree, its date, how many parents, their names; then the tags. Numbers
//! are little-endian. What is read back is checked as it goes: nothing is allocated by a number that
//! the bytes state.

use super::graph::{GraphPart, Raw};
use crate::model::ObjectId;

impl GraphPart {
    /// Writes the commits and tags of some parts that `keep` names, in the order of their names, so
    /// that whoever reads them finds them sorted.
    pub fn save(parts: &[GraphPart], keep: &dyn Fn(&ObjectId) -> bool, out: &mut Vec<u8>) {
        let of = |part: &'_ GraphPart| part.commits.len();
        let mut commits: Vec<(&Raw, &GraphPart)> = Vec::with_capacity(parts.iter().map(of).sum());
        for part in parts {
            commits.extend(part.commits.iter().filter(|raw| keep(&raw.id)).map(|raw| (raw, part)));
        }
        commits.sort_by_key(|(raw, _)| raw.id);
        commits.dedup_by_key(|(raw, _)| raw.id);
        for (raw, part) in commits {
            let parents = &part.parents[raw.parents.clone()];
            out.push(COMMIT);
            out.extend_from_slice(&raw.id.0);
            out.extend_from_slice(&raw.tree.0);
            out.extend_from_slice(&raw.seconds.to_le_bytes());
            out.extend_from_slice(&(parents.len() as u32).to_le_bytes());
            parents.iter().for_each(|parent| out.extend_from_slice(&parent.0));
        }
        let tags = parts.iter().flat_map(|part| &part.tags);
        for (id, target) in tags.filter(|(id, _)| keep(id)) {
            out.push(if target.is_some() { TAG } else { BLIND_TAG });
            out.extend_from_slice(&id.0);
            out.extend_from_slice(&target.map(|target| target.0).unwrap_or_default());
        }
    }

    /// Reads what [`GraphPart::save`] wrote. `None` if it is something else.
    pub fn restore(mut bytes: &[u8]) -> Option<GraphPart> {
        let mut part = GraphPart::default();
        while let Some((kind, rest)) = bytes.split_first() {
            bytes = rest;
            let id = ObjectId(take(&mut bytes)?);
            let second = ObjectId(take(&mut bytes)?);
            match *kind {
                COMMIT => {
                    let seconds = i64::from_le_bytes(take(&mut bytes)?);
                    let count = u32::from_le_bytes(take(&mut bytes)?);
                    let start = part.parents.len();
                    for _ in 0..count {
                        part.parents.push(ObjectId(take(&mut bytes)?));
                    }
                    let parents = start..part.parents.len();
                    part.commits.push(Raw { id, tree: second, seconds, parents });
                }
                TAG => part.tags.push((id, Some(second))),
                BLIND_TAG => part.tags.push((id, None)),
                _ => return None,
            }
        }
        Some(part)
    }
}

const COMMIT: u8 = b'c';
const TAG: u8 = b't';
/// A tag that does not say what it names.
const BLIND_TAG: u8 = b'b';

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::history::Graph;
    use crate::model::ObjectKind;
    use crate::pack::Object;

    fn id(number: u8) -> ObjectId {
        ObjectId([number; 20])
    }

    fn part() -> GraphPart {
        let mut part = GraphPart::default();
        let mut add = |number, kind, text: String| {
            part.add(Object { id: id(number), kind, bytes: text.as_bytes() });
        };
        let who = "A <a@example.org>";
        add(1, ObjectKind::Commit, format!("tree {}\ncommitter {who} 5 +0000\n", id(9)));
        add(2, ObjectKind::Commit, format!("parent {}\nparent {}\n", id(1), id(7)));
        add(3, ObjectKind::Tag, format!("object {}\n", id(2)));
        add(4, ObjectKind::Tag, "object nothing\n".to_owned());
        part
    }

    #[test]
    fn what_is_saved_is_read_back() {
        let mut bytes = Vec::new();
        GraphPart::save(&[part()], &|_| true, &mut bytes);
        let restored = Graph::build(vec![GraphPart::restore(&bytes).unwrap()]);
        assert_eq!(format!("{restored:?}"), format!("{:?}", Graph::build(vec![part()])));
        assert_eq!((restored.len(), restored.missing_parents().len()), (2, 1));
    }

    #[test]
    fn only_what_is_asked_for_is_saved() {
        let mut bytes = Vec::new();
        GraphPart::save(&[part()], &|one| *one == id(2) || *one == id(4), &mut bytes);
        let restored = Graph::build(vec![GraphPart::restore(&bytes).unwrap()]);
        assert_eq!((restored.len(), restored.tags()), (1, &[(id(4), None)][..]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0usize..400) {
            let _ = GraphPart::restore(&bytes);
            let mut saved = Vec::new();
            GraphPart::save(&[part()], &|_| true, &mut saved);
            saved.truncate(cut);
            if let Some(part) = GraphPart::restore(&saved) {
                Graph::build(vec![part]);
            }
        }
    }
}
