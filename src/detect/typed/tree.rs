//! What a walk through a resource gathers: its text values, each with the names that lead to it.
//!
//! Built while walking, without recursion and within fixed bounds, since the text may be hostile.

use crate::model::Span;

/// Stands between two names of a path. No name holds it.
pub(super) const SEPARATOR: u8 = 0;
/// How deep objects may stand in one another; Terraform's stay below twenty.
const DEEPEST: usize = 64;
/// A longer path leads to nothing that is known.
const LONGEST_PATH: usize = 400;
/// How many values of one resource are looked at.
const MOST_LEAVES: usize = 4096;

/// A text value.
#[derive(Debug)]
pub(super) struct Leaf {
    /// The names that lead to it, each behind a [`SEPARATOR`]. Lists add none.
    pub(super) path: Vec<u8>,
    /// The innermost object that holds it, by number.
    pub(super) object: usize,
    /// Whether it is one of a list.
    pub(super) is_listed: bool,
    /// Its bytes as they stand in the text, without quotes.
    pub(super) span: Span,
}

impl Leaf {
    /// The names that lead to it.
    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.path.split(|&b| b == SEPARATOR).skip(1)
    }
}

#[derive(Debug)]
struct Frame {
    /// How long the path is that leads here.
    base: usize,
    object: usize,
    is_list: bool,
}

/// The values met so far and where the walk stands.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) leaves: Vec<Leaf>,
    frames: Vec<Frame>,
    path: Vec<u8>,
    /// The object that holds each object, by number; the root holds itself.
    holders: Vec<usize>,
}

impl Tree {
    /// A tree whose root object is open.
    pub(super) fn new() -> Self {
        let root = Frame { base: 0, object: 0, is_list: false };
        Tree { leaves: Vec::new(), frames: vec![root], path: Vec::new(), holders: vec![0] }
    }

    /// Whether the walk stands in a list.
    pub(super) fn in_list(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.is_list)
    }

    /// Names what comes next in the open object.
    pub(super) fn name(&mut self, name: &[u8]) {
        let base = self.frames.last().map_or(0, |frame| frame.base);
        self.path.truncate(base);
        if self.path.len() + name.len() < LONGEST_PATH {
            self.path.push(SEPARATOR);
            self.path.extend(name.iter().filter(|&&b| b != SEPARATOR));
        } else {
            // What lies below is not known by any shorter path either.
            self.path.resize(LONGEST_PATH, SEPARATOR);
        }
    }

    /// Opens an object or a list under the last name. `false` if it stands too deep.
    pub(super) fn open(&mut self, is_list: bool) -> bool {
        let outer = self.frames.last().map_or(0, |frame| frame.object);
        let object = if is_list { outer } else { self.holders.len() };
        if !is_list {
            self.holders.push(outer);
        }
        self.frames.push(Frame { base: self.path.len(), object, is_list });
        self.frames.len() <= DEEPEST
    }

    /// Closes the innermost object or list. `false` if it was the root.
    pub(super) fn close(&mut self) -> bool {
        self.frames.pop();
        let base = self.frames.last().map_or(0, |frame| frame.base);
        self.path.truncate(base);
        !self.frames.is_empty()
    }

    /// An object and those that hold it, from the innermost to the root.
    pub(super) fn outward(&self, object: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(object), |&inner| {
            self.holders.get(inner).copied().filter(|&outer| outer < inner)
        })
    }

    /// Adds a text value under the last name.
    pub(super) fn leaf(&mut self, span: Span) {
        if self.path.len() < LONGEST_PATH && self.leaves.len() < MOST_LEAVES {
            let object = self.frames.last().map_or(0, |frame| frame.object);
            let is_listed = self.in_list();
            self.leaves.push(Leaf { path: self.path.clone(), object, is_listed, span });
        }
    }
}
