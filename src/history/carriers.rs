//! The trees that lead to something looked for, and nothing else: a small graph of its own, in
//! numbers, made from what the pass over all trees remembered.

use bstr::BString;

use super::found::{Found, Target};
use super::swept::Leads;
use crate::model::{Gap, GapReason, ObjectId};

/// The trees that lead to a hit. Numbered by the order of their names.
#[derive(Debug, Default)]
pub(crate) struct Carriers {
    ids: Vec<ObjectId>,
    starts: Vec<usize>,
    found: Vec<Found>,
    /// The entries' names by number.
    pub(crate) names: Vec<BString>,
    /// All trees, those below before those above.
    order: Vec<u32>,
    /// Trees that no other carrier holds: roots of commits, or of nothing.
    tops: Vec<u32>,
}

/// For every number the list of those that point to it, flat.
struct Reversed {
    starts: Vec<usize>,
    from: Vec<u32>,
}

impl Reversed {
    fn new(count: usize, edges: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0_usize; count + 1];
        for (_, to) in edges.clone() {
            starts[to as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut from = vec![0; starts[count]];
        for (source, to) in edges {
            from[next[to as usize]] = source;
            next[to as usize] += 1;
        }
        Reversed { starts, from }
    }

    fn of(&self, number: u32) -> &[u32] {
        &self.from[self.starts[number as usize]..self.starts[number as usize + 1]]
    }
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
            self.starts.push(self.found.len());
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
        for tree in 0..self.ids.len() {
            self.found[self.starts[tree]..self.starts[tree + 1]]
                .sort_unstable_by_key(|found| (rank[found.name as usize], found.target));
        }
    }

    /// Finds the order from below. Trees on a cycle, which only a forged store can hold, and those
    /// above them lose the entries that close it. Says how many there were.
    fn put_in_order(&mut self) -> usize {
        let edges = (0..self.ids.len() as u32).flat_map(|tree| {
            self.entries(tree)
                .iter()
                .filter_map(move |found| Some((tree, found.target.get().ok()?)))
        });
        let above = Reversed::new(self.ids.len(), edges);
        let mut waits: Vec<u32> = (0..self.ids.len() as u32)
            .map(|tree| self.entries(tree).iter().filter(|f| f.target.get().is_ok()).count() as u32)
            .collect();
        let all = 0..self.ids.len() as u32;
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
        let cut = self.ids.len() - order.len();
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
            starts.push(found.len());
            let waiting = |to: u32| waits[to as usize] > 0;
            found.extend(
                self.entries(tree)
                    .iter()
                    .filter(|found| !(waiting(tree) && found.target.get().is_ok_and(waiting))),
            );
        }
        starts.push(found.len());
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
        &self.found[self.starts[tree as usize]..self.starts[tree as usize + 1]]
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

/// The entries of the trees from which a thing can be reached, by the trees' names; of some trees in
/// several parts.
fn relevant<'a>(leads: &'a Leads<'_>) -> Vec<Relevant<'a>> {
    let sources = || leads.edges.iter().flat_map(|listed| listed.iter());
    let edges = (0_u32..).zip(sources()).flat_map(|(source, (_, found))| {
        found.iter().filter_map(move |found| Some((source, found.target.get().ok()?)))
    });
    let above = Reversed::new(leads.numbers.len(), edges);
    let mut sources: Vec<Option<(ObjectId, &[Found])>> = sources().map(Some).collect();
    let mut seen = vec![false; leads.numbers.len()];
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
                if let Some(held) = sources[source as usize].take() {
                    add(&mut open, held);
                }
            }
        }
    }
    list.sort_unstable_by_key(|relevant| relevant.tree);
    list
}
