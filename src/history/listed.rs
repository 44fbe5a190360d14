//! Entries of many trees, tree by tree: what a pass over all trees remembers.

use super::found::Found;
use crate::model::ObjectId;

/// Remembered entries, tree by tree. A tree may come more than once.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// A tree and where its entries end; they begin where those of the one before end.
    trees: Vec<(ObjectId, u32)>,
    found: Vec<Found>,
}

impl Listed {
    /// Adds an entry to the tree that is closed next. No more than [`u32::MAX`] fit.
    pub(crate) fn push(&mut self, found: Found) {
        self.found.push(found);
    }

    /// Closes the tree whose entries were pushed since the last; forgets it if there were none. Says
    /// how many there were.
    pub(crate) fn close(&mut self, tree: ObjectId) -> usize {
        let grown = self.found.len() - self.trees.last().map_or(0, |&(_, end)| end as usize);
        if grown > 0 {
            self.trees.push((tree, self.found.len() as u32));
        }
        grown
    }

    /// How many trees there are.
    pub(crate) fn len(&self) -> usize {
        self.trees.len()
    }

    /// The tree at this place, with its entries.
    pub(crate) fn at(&self, place: usize) -> (ObjectId, &[Found]) {
        let (tree, end) = self.trees[place];
        let start = place.checked_sub(1).map_or(0, |before| self.trees[before].1);
        (tree, &self.found[start as usize..end as usize])
    }

    /// Each tree with its entries.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ObjectId, &[Found])> {
        (0..self.len()).map(|place| self.at(place))
    }

    /// The entries for which `map` has another, and those trees that have such.
    pub(crate) fn filter_map(&self, map: impl Fn(&Found) -> Option<Found>) -> Listed {
        let mut kept = Listed::default();
        for (tree, found) in self.iter() {
            kept.found.extend(found.iter().filter_map(&map));
            kept.close(tree);
        }
        kept
    }
}
