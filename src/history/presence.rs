//! In which commits each secret stands, where it came in and where it went out.
//!
//! A commit has a secret when its tree leads to any blob (or name) that holds it. *Introduced* is a
//! commit that has it while none of its parents has; *removed* is the mirror: a commit that lacks
//! it while all of its parents (one at least) have it. A merge that joins a side with and a side
//! without is neither: what it keeps or drops was decided on one of the sides.
//!
//! Secrets are judged 64 or 256 at a time, one bit each: one walk over the carriers from below
//! gives each tree the bits of what it leads to, one walk over the commits compares each with its
//! parents. Memory is 8 or 32 bytes for each carrier, however many secrets there are.

use super::Graph;
use super::carriers::Carriers;

/// How one group stands to the commits.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Presence {
    /// Introducing commits in topological order.
    pub(crate) introduced: Vec<u32>,
    /// Removing commits in topological order.
    pub(crate) removed: Vec<u32>,
    /// Which of the roots asked about lead to it, by their position.
    pub(crate) roots: Vec<u32>,
}

/// What is judged: the groups of each thing, the carrier at the root of each commit (`NONE` where
/// the commit leads to nothing), and some roots to ask about.
pub(crate) struct Question<'a> {
    pub(crate) carriers: &'a Carriers,
    pub(crate) graph: &'a Graph,
    pub(crate) groups_of: &'a [Vec<u32>],
    pub(crate) group_count: usize,
    pub(crate) commit_roots: &'a [u32],
    pub(crate) roots: &'a [u32],
}

/// No carrier.
pub(crate) const NONE: u32 = u32::MAX;

/// Judges all groups. Ends early, with what it has, when `stop` says so.
pub(crate) fn presence(question: &Question<'_>, stop: &dyn Fn() -> bool) -> Vec<Presence> {
    let mut all = vec![Presence::default(); question.group_count];
    if question.group_count <= 64 {
        judge::<1>(question, 0, &mut all);
        return all;
    }
    for (batch, presences) in all.chunks_mut(256).enumerate() {
        if stop() {
            break;
        }
        judge::<4>(question, batch * 256, presences);
    }
    all
}

/// Judges the groups from `first` on, `64 * LANES` at most.
fn judge<const LANES: usize>(question: &Question<'_>, first: usize, presences: &mut [Presence]) {
    let things = thing_bits::<LANES>(question.groups_of, first, presences.len());
    let trees = tree_bits(question.carriers, &things);
    let bits = |root: u32| trees.get(root as usize).copied().unwrap_or([0; LANES]);
    let root = |commit: u32| question.commit_roots[commit as usize];
    for &commit in question.graph.order() {
        let own = bits(root(commit));
        let parents = question.graph.parents(commit);
        if parents.iter().any(|&parent| root(parent) == root(commit)) {
            continue;
        }
        let (mut any, mut all) = ([0; LANES], [u64::MAX; LANES]);
        for &parent in parents {
            let parent = bits(root(parent));
            for lane in 0..LANES {
                any[lane] |= parent[lane];
                all[lane] &= parent[lane];
            }
        }
        if parents.is_empty() {
            all = [0; LANES];
        }
        for lane in 0..LANES {
            each_bit(own[lane] & !any[lane], lane, |at| presences[at].introduced.push(commit));
            each_bit(!own[lane] & all[lane], lane, |at| presences[at].removed.push(commit));
        }
    }
    for (at, &root) in question.roots.iter().enumerate() {
        let own = bits(root);
        for (lane, &word) in own.iter().enumerate() {
            each_bit(word, lane, |group| presences[group].roots.push(at as u32));
        }
    }
}

fn each_bit(mut word: u64, lane: usize, mut each: impl FnMut(usize)) {
    while word != 0 {
        each(lane * 64 + word.trailing_zeros() as usize);
        word &= word - 1;
    }
}

fn thing_bits<const LANES: usize>(
    groups_of: &[Vec<u32>],
    first: usize,
    count: usize,
) -> Vec<[u64; LANES]> {
    let bits = |groups: &Vec<u32>| {
        let mut bits = [0; LANES];
        for &group in groups {
            if let Some(at) = (group as usize).checked_sub(first).filter(|&at| at < count) {
                bits[at / 64] |= 1 << (at % 64);
            }
        }
        bits
    };
    groups_of.iter().map(bits).collect()
}

fn tree_bits<const LANES: usize>(
    carriers: &Carriers,
    things: &[[u64; LANES]],
) -> Vec<[u64; LANES]> {
    let mut trees = vec![[0; LANES]; carriers.len()];
    for &tree in carriers.order() {
        let mut bits = [0; LANES];
        for found in carriers.entries(tree) {
            let below = match found.target.get() {
                Ok(below) => &trees[below as usize],
                Err((thing, _)) => &things[thing as usize],
            };
            for lane in 0..LANES {
                bits[lane] |= below[lane];
            }
        }
        trees[tree as usize] = bits;
    }
    trees
}

/// In how many ways a tree leads to things of this group, for the tree where they are most. Told
/// by arithmetic, so that a tree of ten to the tenth paths is counted as fast as any other.
pub(crate) fn most_paths(carriers: &Carriers, groups_of: &[Vec<u32>], group: u32) -> u64 {
    let mut ways = vec![0_u64; carriers.len()];
    for &tree in carriers.order() {
        ways[tree as usize] = carriers.entries(tree).iter().fold(0, |sum: u64, found| {
            sum.saturating_add(match found.target.get() {
                Ok(below) => ways[below as usize],
                Err((thing, _)) => {
                    u64::from(groups_of[thing as usize].binary_search(&group).is_ok())
                }
            })
        });
    }
    ways.into_iter().max().unwrap_or(0)
}
