//! Under which paths each thing stood, which commit first brought it there and which was the last
//! to have it there.
//!
//! The first commit, in an order with parents first, whose tree holds a thing at a path is the one
//! that brought it there. So the commits are walked in that order, each from its root down the
//! carriers; a tree that was already walked at the same path holds nothing new and is passed by.
//! Each tree is thus walked once for each path it stands at, over all of history. The same walk
//! backwards gives the last commit.
//!
//! A hostile tree can unfold to more paths than there are atoms (ten levels of ten entries that
//! name the same tree below): steps and path lengths are limited, and what was cut is said.

use bstr::BString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Reach;
use super::carriers::Carriers;

/// A path, as its parent's number and the name below.
#[derive(Debug, Clone, Copy)]
struct Node {
    parent: u32,
    name: u32,
    length: u32,
}

/// A thing at a path.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) path: u32,
    pub(crate) thing: u32,
    /// The tree whose entry it is, where it was met first.
    pub(crate) tree: u32,
    pub(crate) symlink: bool,
    /// The commit that brought it here; `None` in trees that no commit leads to.
    pub(crate) first: Option<u32>,
    /// The last commit that had it here.
    pub(crate) last: Option<u32>,
    /// By what it is reached at this path.
    pub(crate) reach: Reach,
    pub(crate) at_head: bool,
    pub(crate) staged: bool,
}

/// All pairs met so far.
pub(crate) struct Paths<'c> {
    carriers: &'c Carriers,
    nodes: Vec<Node>,
    numbers: FxHashMap<(u32, u32), u32>,
    pub(crate) pairs: Vec<Pair>,
    pair_numbers: FxHashMap<(u32, u32), u32>,
    /// Whether a limit cut a walk short.
    pub(crate) limited: bool,
}

/// One way of walking: which trees were seen at which path, and how many steps are left.
pub(crate) struct Walk {
    seen: FxHashSet<(u32, u32)>,
    steps: usize,
}

/// The root of all paths.
const ROOT: u32 = 0;
/// Entries looked at below one root.
const STEPS_EACH: usize = 1 << 19;
/// Entries looked at in one walk over all of history.
const STEPS: usize = 8 << 20;
/// Longer paths are not followed. No operating system takes one of 64 KiB.
const LONGEST: usize = 1 << 16;

impl Walk {
    pub(crate) fn new() -> Self {
        Walk { seen: FxHashSet::default(), steps: STEPS }
    }
}

impl<'c> Paths<'c> {
    pub(crate) fn new(carriers: &'c Carriers) -> Self {
        Paths {
            carriers,
            nodes: vec![Node { parent: ROOT, name: 0, length: 0 }],
            numbers: FxHashMap::default(),
            pairs: Vec::new(),
            pair_numbers: FxHashMap::default(),
            limited: false,
        }
    }

    /// Walks down from a root and shows every pair that this walk has not shown before.
    pub(crate) fn walk(&mut self, walk: &mut Walk, root: u32, mut each: impl FnMut(&mut Pair)) {
        let mut steps = walk.steps.min(STEPS_EACH);
        let before = steps;
        let mut open = vec![(root, ROOT)];
        while let Some((tree, path)) = open.pop() {
            if !walk.seen.insert((tree, path)) {
                continue;
            }
            let carriers = self.carriers;
            for found in carriers.entries(tree) {
                let Some(left) = steps.checked_sub(1) else {
                    // What is left of this tree may be walked from another root.
                    walk.seen.remove(&(tree, path));
                    self.limited = true;
                    open.clear();
                    break;
                };
                steps = left;
                let Some(path) = self.below(path, found.name) else {
                    self.limited = true;
                    continue;
                };
                match found.target.get() {
                    Ok(below) => open.push((below, path)),
                    Err((thing, symlink)) => each(self.pair(path, thing, tree, symlink)),
                }
            }
        }
        walk.steps -= before - steps;
    }

    fn pair(&mut self, path: u32, thing: u32, tree: u32, symlink: bool) -> &mut Pair {
        let number = *self.pair_numbers.entry((path, thing)).or_insert_with(|| {
            self.pairs.push(Pair {
                path,
                thing,
                tree,
                symlink,
                first: None,
                last: None,
                reach: Reach::Nothing,
                at_head: false,
                staged: false,
            });
            (self.pairs.len() - 1) as u32
        });
        &mut self.pairs[number as usize]
    }

    /// The path one name further; `None` when it grows too long.
    fn below(&mut self, parent: u32, name: u32) -> Option<u32> {
        if let Some(&number) = self.numbers.get(&(parent, name)) {
            return Some(number);
        }
        let length = self.nodes[parent as usize].length as usize
            + self.carriers.names[name as usize].len()
            + usize::from(parent != ROOT);
        if length > LONGEST {
            return None;
        }
        let number = self.nodes.len() as u32;
        self.nodes.push(Node { parent, name, length: length as u32 });
        self.numbers.insert((parent, name), number);
        Some(number)
    }

    /// Writes a path out.
    pub(crate) fn path(&self, mut number: u32) -> BString {
        let mut names = Vec::new();
        while number != ROOT {
            let node = self.nodes[number as usize];
            names.push(self.carriers.names[node.name as usize].as_slice());
            number = node.parent;
        }
        names.reverse();
        names.join(&b'/').into()
    }

    /// The pair of this thing at this path, if it was met. `names` are the numbers of names.
    pub(crate) fn find(
        &mut self,
        path: &[u8],
        thing: u32,
        names: &FxHashMap<&[u8], u32>,
    ) -> Option<&mut Pair> {
        let mut at = ROOT;
        for name in path.split(|&byte| byte == b'/') {
            at = *self.numbers.get(&(at, *names.get(name)?))?;
        }
        let pair = *self.pair_numbers.get(&(at, thing))?;
        self.pairs.get_mut(pair as usize)
    }
}
