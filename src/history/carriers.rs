//! The trees that lead to something looked for, and nothing else: a small graph of its own, in
//! numbers, made from what the pass over all trees remembered.

use bstr::BString;

use super::found::{Found, Target};
use super::listed::Listed;
use super::reversed::Reversed;
use super::swept::Leads;
use crate::model::{Gap, GapReason, ObjectId};

/// The trees that lead to a hit. Numbered by the order of their names.
#[derive(Debug, Default)]
pub(crate) struct Carriers {
    ids: Vec<ObjectId>,
    /// Where the entries of each begin; one more, where the last's end.
    starts: Vec<u32>,
    found: Vec<Found>,
    /// The entries' names by number.
    pub(crate) names: Vec<BString>,
    /// All trees, those below before those above.
    order: Vec<u32>,
    /// Trees that no other carrier holds: roots of commits, or of nothing.
    tops: Vec<u32>,
}

impl Carriers {
    /// Keeps of a pass over all trees what leads to something wanted.
    pub(crate) fn new(mut leads: Leads<'_>) -> (Carriers, Vec<Gap>) {
        let mut gaps = std::mem::take(&mut leads.gaps);
        let names = std::mem::take(&mut leads.names);
        let mut carriers = Carriers { names, ..Carriers::default() };
        carriers.fill(&relevant(&leads), leads.numbers.len());
        drop(leads);
        carriers.sort_entries();
        let cut = carriers.put_in_order();
        if cut > 0 {
            let detail = format!("{cut} trees contain themselves; their paths are not told");
            gaps.push(Gap::new(GapReason::Damaged, detail));
        }
        (carriers, gaps)
    }

    /// Takes in entries of trees, which are in the order of the trees' names. Entries that lead to none
    /// of these trees are left out.
    fn fill(&mut self, relevant: &[Relevant<'_>], numbers: usize) {
        let mut renumbered = vec![NONE; numbers];
        for trees in relevant.chunk_by(|a, b| a.tree == b.tree) {
            for tree in trees.iter().filter(|tree| tree.number != NONE) {
                renumbered[tree.number as usize] = self.ids.len() as u32;
            }
            self.ids.extend(trees.first().map(|tree| tree.tree));
        }
        let kept = |found: &Found| match found.target.get() {
            Err(_) => Some(*found),
            Ok(tree) => Some(renumbered[tree as usize])
                .filter(|&tree| tree != NONE)
                .map(|tree| Found { name: found.name, target: Target::tree(tree) }),
        };
        self.starts.push(0);
        for trees in relevant.chunk_by(|a, b| a.tree == b.tree) {
            self.found.extend(trees.iter().flat_map(|tree| tree.found.iter().filter_map(kept)));
            self.starts.push(self.found.len() as u32);
        }
    }

    /// By name, so that what comes of them does not depend on how threads ran.
    fn sort_entries(&mut self) {
        let mut by_name: Vec<u32> = (0..self.names.len() as u32).collect();
        by_name.sort_unstable_by_key(|&name| &self.names[name as usize]);
        let mut rank = vec![0_u32; by_name.len()];
        for (at, &name) in by_name.iter().enumerate() {
            rank[name as usize] = at as u32;
        }
        for two in self.starts.windows(2) {
            self.found[two[0] as usize..two[1] as usize]
                .sort_unstable_by_key(|found| (rank[found.name as usize], found.target));
        }
    }

    /// Finds the order from below. Trees on a cycle, which only a forged store can hold, and those
    /// above them lose the entries that close it. Says how many there were.
    fn put_in_order(&mut self) -> usize {
        let count = self.ids.len();
        let above = Reversed::new(count, count, |tree| below(self.entries(tree)));
        let waiting_for = |tree| below(self.entries(tree)).count() as u32;
        let mut waits: Vec<u32> = (0..count as u32).map(waiting_for).collect();
        let all = 0..count as u32;
        let mut order: Vec<u32> = all.clone().filter(|&tree| waits[tree as usize] == 0).collect();
        let mut at = 0;
        while let Some(&tree) = order.get(at) {
            at += 1;
            for &parent in above.of(tree) {
                waits[parent as usize] -= 1;
                if waits[parent as usize] == 0 {
                    order.push(parent);
                }
            }
        }
        self.tops = all.clone().filter(|&tree| above.of(tree).is_empty()).collect();
        let cut = count - order.len();
        if cut > 0 {
            self.cut_cycles(&waits);
            order.extend(all.filter(|&tree| waits[tree as usize] > 0));
        }
        self.order = order;
        cut
    }

    /// Keeps of the trees that still wait only what they hold themselves or lead to surely.
    fn cut_cycles(&mut self, waits: &[u32]) {
        let mut found = Vec::with_capacity(self.found.len());
        let mut starts = Vec::with_capacity(self.starts.len());
        for tree in 0..self.ids.len() as u32 {
            starts.push(found.len() as u32);
            let waiting = |to: u32| waits[to as usize] > 0;
            found.extend(
                self.entries(tree)
                    .iter()
                    .filter(|found| !(waiting(tree) && found.target.get().is_ok_and(waiting))),
            );
        }
        starts.push(found.len() as u32);
        (self.found, self.starts) = (found, starts);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The number of the tree of this name, if it leads to anything.
    pub(crate) fn number(&self, id: &ObjectId) -> Option<u32> {
        self.ids.binary_search(id).ok().map(|at| at as u32)
    }

    /// The name of a tree.
    pub(crate) fn id(&self, tree: u32) -> ObjectId {
        self.ids[tree as usize]
    }

    /// The entries of a tree that are wanted or lead to what is, by name.
    pub(crate) fn entries(&self, tree: u32) -> &[Found] {
        let tree = tree as usize;
        &self.found[self.starts[tree] as usize..self.starts[tree + 1] as usize]
    }

    /// All trees, those below before those above.
    pub(crate) fn order(&self) -> &[u32] {
        &self.order
    }

    /// Trees that no other carrier holds.
    pub(crate) fn tops(&self) -> &[u32] {
        &self.tops
    }
}

/// In place of a number where there is none.
const NONE: u32 = u32::MAX;

/// Entries of a tree from which a thing can be reached.
struct Relevant<'a> {
    tree: ObjectId,
    /// The number that it has where it is listed; `NONE` if it is not.
    number: u32,
    found: &'a [Found],
}

/// The trees among these entries.
fn below(entries: &[Found]) -> impl Iterator<Item = u32> + '_ {
    entries.iter().filter_map(|found| found.target.get().ok())
}

/// The entries of the trees from which a thing can be reached, by the trees' names; of some trees in
/// several parts.
fn relevant<'a>(leads: &'a Leads<'_>) -> Vec<Relevant<'a>> {
    let count = leads.edges.iter().map(Listed::len).sum();
    let held = |source: u32| {
        let mut place = source as usize;
        for listed in leads.edges {
            match place.checked_sub(listed.len()) {
                Some(rest) => place = rest,
                None => return listed.at(place),
            }
        }
        (ObjectId([0; 20]), &[][..])
    };
    let above = Reversed::new(leads.numbers.len(), count, |source| below(held(source).1));
    let (mut is_taken, mut seen) = (vec![false; count], vec![false; leads.numbers.len()]);
    let mut open = Vec::new();
    let mut list = Vec::new();
    let mut add = |open: &mut Vec<u32>, (tree, found): (ObjectId, &'a [Found])| {
        let number = leads.numbers.get(&tree).unwrap_or(NONE);
        list.push(Relevant { tree, number, found });
        open.extend(Some(number).filter(|&number| number != NONE));
    };
    for held in leads.things.iter().flat_map(|listed| listed.iter()) {
        add(&mut open, held);
    }
    while let Some(tree) = open.pop() {
        if !std::mem::replace(&mut seen[tree as usize], true) {
            for &source in above.of(tree) {
                if !std::mem::replace(&mut is_taken[source as usize], true) {
                    add(&mut open, held(source));
                }
            }
        }
    }
    list.sort_unstable_by_key(|relevant| relevant.tree);
    list
}
