//! Passes over all trees that are made for provenance alone: the one that nobody fed by the way, and
//! the rounds where folders were too many to be remembered.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Objects;
use super::listed::Listed;
use super::looking::{KnownTree, TreeLook, TreePart};
use super::numbers::{Ids, Numbers, lock};
use super::sweep::{Limits, Sweep};
use super::swept::Swept;
use super::wanted::Wanted;
use crate::model::{Gap, GapReason, ObjectKind};
use crate::pack::{Change, KindSet, Object, Offer, Visitor};

impl Sweep {
    /// Ends the pass. Makes the rounds, if the first pass had to drop the folders.
    pub fn finish(self, objects: &impl Objects, stop: &(dyn Fn() -> bool + Sync)) -> Swept {
        self.finish_with(objects, Vec::new(), stop)
    }

    fn finish_with(
        mut self,
        objects: &impl Objects,
        mut gaps: Vec<Gap>,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Swept {
        let (mut edges, mut things) = (Vec::new(), Vec::new());
        for kept in std::mem::take(&mut *lock(&self.done)) {
            edges.push(kept.edges);
            things.push(kept.things);
            gaps.extend(kept.gaps);
        }
        let is_whole = self.keep_edges.load(Ordering::Relaxed) && !self.is_full();
        if !self.keep_edges.load(Ordering::Relaxed) {
            self.numbers = Arc::new(Numbers::new());
            let entries = |list: &Listed| list.iter().map(|(_, found)| found.len()).sum::<usize>();
            self.kept.store(things.iter().map(entries).sum(), Ordering::Relaxed);
            edges = self.rounds(objects, &things, &mut gaps, stop);
        }
        if self.is_full() {
            let detail =
                "too many folders hold findings; not all of their paths and commits are told";
            gaps.push(Gap::new(GapReason::LimitHit, detail));
        }
        let Sweep { wanted, numbers, names, .. } = self;
        Swept { wanted, edges, things, numbers, names: names.list(), gaps, is_whole }
    }

    /// The folders that lead to trees with hits, pass by pass.
    fn rounds(
        &self,
        objects: &impl Objects,
        things: &[Listed],
        gaps: &mut Vec<Gap>,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Vec<Listed> {
        let mut known = Ids::default();
        let mut found = self.newly_found(things, &known);
        let mut edges = Vec::new();
        for round in 0.. {
            if found.is_empty() || stop() {
                break;
            } else if round == self.limits.rounds {
                let detail =
                    format!("folders nest deeper than {round} levels; paths beyond are not told");
                gaps.push(Gap::new(GapReason::LimitHit, detail));
                break;
            }
            known.extend(found.iter());
            let pass = Pass { sweep: &self.round(found), stop };
            pass.over(objects);
            let kept = std::mem::take(&mut *lock(&pass.sweep.done));
            let new: Vec<Listed> = kept.into_iter().map(|kept| kept.edges).collect();
            found = self.newly_found(&new, &known);
            edges.extend(new);
        }
        edges
    }

    /// The trees that a round was the first to find, with a number for each.
    fn newly_found(&self, listed: &[Listed], known: &Ids) -> Ids {
        let trees = listed.iter().flat_map(|listed| listed.iter().map(|(tree, _)| tree));
        let new = trees.filter(|tree| !known.contains_key(tree));
        new.map(|tree| (tree, self.numbers.of(&tree))).collect()
    }
}

/// A sweep that goes over the trees of a store by itself.
struct Pass<'a> {
    sweep: &'a Sweep,
    stop: &'a (dyn Fn() -> bool + Sync),
}

impl Pass<'_> {
    fn over(&self, objects: &impl Objects) -> Vec<Gap> {
        objects.traverse(KindSet::of(&[ObjectKind::Tree]), self)
    }

    fn look(&self) -> TreeLook<'_> {
        TreeLook { sweep: Some(self.sweep), contains_all: None }
    }
}

impl Visitor for Pass<'_> {
    type Local = TreePart;
    type Memory = KnownTree;
    const INHERITS: bool = true;

    fn local(&self) -> TreePart {
        TreePart::default()
    }

    fn visit(&self, part: &mut TreePart, tree: Object<'_>) {
        self.look().look_at(part, tree.id, tree.bytes, false);
    }

    fn visit_heir(
        &self,
        part: &mut TreePart,
        offer: &mut Offer<'_, KnownTree>,
    ) -> Option<KnownTree> {
        let change = offer.change.map(|Change { base, patch }| (Some(base), patch));
        self.look().look_at_offer(part, offer, change).known
    }

    fn stop(&self) -> bool {
        (self.stop)() || self.sweep.is_full()
    }

    fn finish(&self, part: TreePart) {
        self.sweep.join(part.into_parts().1);
    }
}

/// Comes back with every entry of every tree of the store that is or may lead to something wanted.
pub(crate) fn sweep(
    objects: &impl Objects,
    wanted: Wanted,
    limits: Limits,
    stop: &(dyn Fn() -> bool + Sync),
) -> Swept {
    let first = Sweep::first_pass(wanted, limits);
    let gaps = Pass { sweep: &first, stop }.over(objects);
    first.finish_with(objects, gaps, stop)
}
