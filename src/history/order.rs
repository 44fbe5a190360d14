//! The order in which commits are told: parents before children and, among those that are free to
//! come next, the smallest by a key (the oldest, then the smallest name).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::reversed::Reversed;

/// Puts `0..count` in order. What lies on a cycle, which only a forged store can hold, and what
/// comes after it, is last, by its key.
pub(crate) fn parents_first<'a, Key: Ord + Copy>(
    count: usize,
    parents: impl Fn(u32) -> &'a [u32],
    key: impl Fn(u32) -> Key,
) -> Vec<u32> {
    let all = 0..count as u32;
    let children = Reversed::new(count, count, |one| parents(one).iter().copied());
    let mut waits: Vec<u32> = all.clone().map(|one| parents(one).len() as u32).collect();
    let mut ready: BinaryHeap<Reverse<(Key, u32)>> = all
        .clone()
        .filter(|&one| waits[one as usize] == 0)
        .map(|one| Reverse((key(one), one)))
        .collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse((_, one))) = ready.pop() {
        order.push(one);
        for &child in children.of(one) {
            waits[child as usize] -= 1;
            if waits[child as usize] == 0 {
                ready.push(Reverse((key(child), child)));
            }
        }
    }
    if order.len() < count {
        let mut rest: Vec<u32> = all.filter(|&one| waits[one as usize] > 0).collect();
        rest.sort_unstable_by_key(|&one| (key(one), one));
        order.extend(rest);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_with_an_older_date_waits_for_its_parent_and_cycles_come_last() {
        let parents: [&[u32]; 6] = [&[1], &[], &[1, 0], &[4], &[3], &[]];
        let dates = [1, 9, 0, 3, 2, 5];
        let order = parents_first(6, |one| parents[one as usize], |one| dates[one as usize]);
        assert_eq!(order, [5, 1, 0, 2, 4, 3]);
    }
}
