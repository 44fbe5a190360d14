//! A store in memory for tests: real objects by their true names, and forged ones under any name.

use std::collections::BTreeMap;

use super::Objects;
use crate::model::{Gap, GapReason, ObjectId, ObjectKind};
use crate::pack::{KindSet, Object, Visitor};

/// Files by path, with mode and blob.
pub(crate) type Files = BTreeMap<Vec<u8>, (u32, ObjectId)>;

#[derive(Default, Clone)]
pub(crate) struct Memory {
    pub(crate) objects: BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>,
    /// Objects that are there and cannot be read.
    pub(crate) damaged: Vec<ObjectId>,
}

pub(crate) fn id_of(kind: ObjectKind, bytes: &[u8]) -> ObjectId {
    let kind = match kind {
        ObjectKind::Commit => git2::ObjectType::Commit,
        ObjectKind::Tree => git2::ObjectType::Tree,
        ObjectKind::Blob => git2::ObjectType::Blob,
        ObjectKind::Tag => git2::ObjectType::Tag,
    };
    ObjectId::from_bytes(git2::Oid::hash_object(kind, bytes).unwrap().as_bytes()).unwrap()
}

/// The content of a tree with these entries, in git's order.
pub(crate) fn tree_bytes(entries: &[(u32, &[u8], ObjectId)]) -> Vec<u8> {
    let mut sorted: Vec<_> = entries.to_vec();
    sorted.sort_by_key(|(mode, name, _)| {
        let mut key = name.to_vec();
        if *mode == 0o40000 {
            key.push(b'/');
        }
        key
    });
    let mut bytes = Vec::new();
    for (mode, name, id) in sorted {
        bytes.extend_from_slice(format!("{mode:o} ").as_bytes());
        bytes.extend_from_slice(name);
        bytes.push(0);
        bytes.extend_from_slice(&id.0);
    }
    bytes
}

impl Memory {
    pub(crate) fn put(&mut self, kind: ObjectKind, bytes: &[u8]) -> ObjectId {
        let id = id_of(kind, bytes);
        self.objects.insert(id, (kind, bytes.to_vec()));
        id
    }

    pub(crate) fn forge(&mut self, id: ObjectId, kind: ObjectKind, bytes: &[u8]) {
        self.objects.insert(id, (kind, bytes.to_vec()));
    }

    pub(crate) fn blob(&mut self, bytes: &[u8]) -> ObjectId {
        self.put(ObjectKind::Blob, bytes)
    }

    pub(crate) fn tree(&mut self, entries: &[(u32, &[u8], ObjectId)]) -> ObjectId {
        self.put(ObjectKind::Tree, &tree_bytes(entries))
    }

    /// A tree of these files by path; folders are made as needed.
    pub(crate) fn files(&mut self, files: &Files) -> ObjectId {
        let mut entries: Vec<(u32, Vec<u8>, ObjectId)> = Vec::new();
        let mut folders: BTreeMap<Vec<u8>, Files> = BTreeMap::new();
        for (path, file) in files {
            match path.iter().position(|&b| b == b'/') {
                Some(slash) => {
                    let folder = folders.entry(path[..slash].to_vec()).or_default();
                    folder.insert(path[slash + 1..].to_vec(), *file);
                }
                None => entries.push((file.0, path.clone(), file.1)),
            }
        }
        for (name, files) in folders {
            let id = self.files(&files);
            entries.push((0o40000, name, id));
        }
        let entries: Vec<_> = entries.iter().map(|(m, n, i)| (*m, n.as_slice(), *i)).collect();
        self.tree(&entries)
    }

    pub(crate) fn commit(
        &mut self,
        tree: ObjectId,
        parents: &[ObjectId],
        seconds: i64,
        message: &str,
    ) -> ObjectId {
        let mut text = format!("tree {tree}\n");
        for parent in parents {
            text += &format!("parent {parent}\n");
        }
        text += &format!(
            "author A <a@x> {seconds} +0000\ncommitter C <c@x> {seconds} +0000\n\n{message}\n"
        );
        self.put(ObjectKind::Commit, text.as_bytes())
    }

    pub(crate) fn tag(&mut self, object: ObjectId, kind: &str, name: &str) -> ObjectId {
        let text =
            format!("object {object}\ntype {kind}\ntag {name}\ntagger T <t@x> 1 +0000\n\nm\n");
        self.put(ObjectKind::Tag, text.as_bytes())
    }
}

impl Objects for Memory {
    fn read(&self, id: &ObjectId, out: &mut Vec<u8>) -> Result<Option<ObjectKind>, Gap> {
        out.clear();
        if self.damaged.contains(id) {
            return Err(Gap::new(GapReason::Damaged, "damaged").at_object(*id));
        }
        Ok(self.objects.get(id).map(|(kind, bytes)| {
            out.extend_from_slice(bytes);
            *kind
        }))
    }

    fn contains(&self, id: &ObjectId) -> bool {
        self.objects.contains_key(id)
    }

    /// Two workers' worth of locals, so that joining them is tested.
    fn traverse<V: Visitor>(&self, kinds: KindSet, visitor: &V) -> Vec<Gap> {
        let mut locals = [visitor.local(), visitor.local()];
        let mut gaps = Vec::new();
        for (n, (id, (kind, bytes))) in self.objects.iter().enumerate() {
            if visitor.stop() {
                break;
            }
            if self.damaged.contains(id) {
                gaps.push(Gap::new(GapReason::Damaged, "damaged").at_object(*id));
            } else if kinds.contains(*kind) {
                visitor.visit(&mut locals[n % 2], Object { id: *id, kind: *kind, bytes });
            }
        }
        locals.into_iter().for_each(|local| visitor.finish(local));
        gaps
    }
}

/// A small generator of random numbers (splitmix64), seeded so that a failure names its case.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }

    pub(crate) fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }
}
