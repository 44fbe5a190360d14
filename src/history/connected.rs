//! Whether what trees name is there.
//!
//! A file whose blob is missing is a file that was not read. The pass over all objects sees every
//! tree anyway and notes those that name something the store does not list; nearly all repositories
//! have none. Only where some do is it found out which of them history needs.
//!
//! Successive versions of a tree name nearly the same objects, so each worker keeps a small table
//! of names it knows to be there and asks the store only for others.

use rustc_hash::FxHashSet;

use super::reach::named;
use super::{EntryKind, Graph, Labels, Objects, Reach, Starts, entries};
use crate::model::{Gap, GapReason, ObjectId, ObjectKind};

/// How many names a worker remembers; 320 KB of them.
const REMEMBERED: usize = 1 << 14;

/// What one worker knows of the trees it has seen.
#[derive(Debug)]
pub struct TreeCheck {
    there: Vec<ObjectId>,
    lacking: Vec<ObjectId>,
}

impl Default for TreeCheck {
    fn default() -> Self {
        TreeCheck { there: vec![ObjectId([0; 20]); REMEMBERED], lacking: Vec::new() }
    }
}

impl TreeCheck {
    /// Looks whether everything that a tree names is there.
    pub fn add(&mut self, objects: &impl Objects, tree: ObjectId, bytes: &[u8]) {
        for entry in entries(bytes).map_while(Result::ok) {
            let slot = usize::from(u16::from_le_bytes([entry.id.0[0], entry.id.0[1]]));
            let known = &mut self.there[slot % REMEMBERED];
            if *known == entry.id || entry.kind() == EntryKind::Gitlink {
                continue;
            }
            if !objects.contains(&entry.id) {
                return self.lacking.push(tree);
            }
            *known = entry.id;
        }
    }

    /// The trees that name something that is not there.
    pub fn into_lacking(self) -> Vec<ObjectId> {
        self.lacking
    }
}

/// Which of what these trees lack is needed by history that refs reach, or by the index. Of a partial
/// clone it is told only that objects were left at its server.
pub fn connection_gaps(
    objects: &impl Objects,
    graph: &Graph,
    labels: &Labels,
    starts: &Starts,
    lacking: &[ObjectId],
    stop: &dyn Fn() -> bool,
) -> Vec<Gap> {
    let mut missing = Vec::new();
    for staged in starts.staged.iter().filter(|staged| !objects.contains(&staged.blob)) {
        missing.push((staged.blob, "content that the index names is not there".to_owned()));
    }
    if !lacking.is_empty() && starts.promisor {
        let detail = format!("{} trees name objects that were left at the server", lacking.len());
        return vec![Gap::new(GapReason::PartialClone, detail)];
    }
    let lacking: FxHashSet<ObjectId> = lacking.iter().copied().collect();
    let mut left = lacking.len();
    let roots = (0..graph.len() as u32)
        .filter(|&commit| labels.of_commit(commit) == Reach::Refs)
        .filter_map(|commit| graph.tree(commit));
    let direct = labels.direct().filter(|(_, by)| *by == Reach::Refs).map(|(id, _)| id);
    let mut open: Vec<ObjectId> = if left > 0 { roots.chain(direct).collect() } else { Vec::new() };
    let mut seen: FxHashSet<ObjectId> = FxHashSet::default();
    let mut bytes = Vec::new();
    while let Some(tree) = open.pop() {
        if left == 0 || stop() {
            break;
        }
        if !seen.insert(tree)
            || !matches!(objects.read(&tree, &mut bytes), Ok(Some(ObjectKind::Tree)))
        {
            continue;
        }
        let lacks = lacking.contains(&tree);
        left -= usize::from(lacks);
        for entry in entries(&bytes).map_while(Result::ok) {
            let kind = entry.kind();
            if lacks && kind != EntryKind::Gitlink && !objects.contains(&entry.id) {
                let what = if kind == EntryKind::Folder { "folder" } else { "file" };
                let detail = format!("a {what} that tree {} names is not there", tree.short());
                missing.push((entry.id, detail));
            } else if kind == EntryKind::Folder {
                open.push(entry.id);
            }
        }
    }
    named(missing, starts.promisor)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Files, Memory};
    use super::*;

    /// What is told when `gone` is not in a store with one commit on a branch and one that nothing
    /// reaches.
    fn gaps(gone: &str, promisor: bool) -> Vec<GapReason> {
        let mut store = Memory::default();
        let mut files = Files::new();
        files.insert(b"folder/deep/file".to_vec(), (0o100_644, store.blob(b"file")));
        files.insert(b"top".to_vec(), (0o100_644, store.blob(b"top")));
        files.insert(b"sub".to_vec(), (0o160_000, ObjectId([7; 20])));
        let tree = store.files(&files);
        let commit = store.commit(tree, &[], 1, "on a branch");
        files.insert(b"lost".to_vec(), (0o100_644, store.blob(b"lost")));
        let tree = store.files(&files);
        store.commit(tree, &[commit], 2, "lost");
        let deep = Files::from([(b"file".to_vec(), (0o100_644, store.blob(b"file")))]);
        let gone = match gone {
            "folder" => store.files(&deep),
            name => store.blob(name.as_bytes()),
        };
        store.objects.remove(&gone);
        let starts =
            Starts { tips: vec![("refs/heads/x".into(), commit)], promisor, ..Starts::default() };
        let (graph, _) = Graph::load(&store, &|| false);
        let labels = Labels::new(&graph, &starts);
        let mut check = TreeCheck::default();
        for (id, (kind, bytes)) in &store.objects {
            if *kind == ObjectKind::Tree {
                check.add(&store, *id, bytes);
            }
        }
        let lacking = check.into_lacking();
        let gaps = connection_gaps(&store, &graph, &labels, &starts, &lacking, &|| false);
        assert!(gaps.iter().all(|gap| promisor || gap.object == Some(gone)), "{gaps:?}");
        gaps.iter().map(|gap| gap.reason).collect()
    }

    #[test]
    fn what_history_needs_and_is_not_there_is_a_gap() {
        assert_eq!(gaps("nothing that was ever there", false), []);
        assert_eq!(gaps("top", false), [GapReason::MissingObject]);
        assert_eq!(gaps("file", false), [GapReason::MissingObject]);
        assert_eq!(gaps("folder", false), [GapReason::MissingObject]);
        assert_eq!(gaps("lost", false), [], "nothing reaches it");
        assert_eq!(gaps("top", true), [GapReason::PartialClone]);
    }
}
