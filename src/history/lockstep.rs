//! Reads a tree in step with the one read before it.
//!
//! A pack brings the versions of a folder one after the other, and nearly all of their entries are
//! the same bytes at nearly the same offset. So the last tree is kept, with the places where its
//! entries begin and what was found in them. Of the next tree only those entries are parsed that
//! lie outside of stretches of equal bytes; for all others what was found before is taken over.
//!
//! That is exact, whatever the trees hold: where both are at the beginning of an entry and the
//! bytes up to that entry's end are the same, parsing would yield the same entry. How the two are
//! brought in step again after a difference (by names, as trees are sorted) decides only how much
//! is saved.

use super::tree::{Entry, Malformed, entry_at};

/// A tree that was read: its bytes, where its entries begin, and what was found in which.
#[derive(Debug)]
struct Read<Found> {
    bytes: Vec<u8>,
    /// Ascending; one more than there are entries, the last is where the last entry ends.
    starts: Vec<u32>,
    /// Ascending by entry.
    found: Vec<(u32, Found)>,
}

impl<Found> Default for Read<Found> {
    fn default() -> Self {
        Read { bytes: Vec::new(), starts: vec![0], found: Vec::new() }
    }
}

impl<Found> Read<Found> {
    fn clear(&mut self) {
        self.bytes.clear();
        self.starts.clear();
        self.starts.push(0);
        self.found.clear();
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The name of an entry that was parsed before.
    fn name(&self, entry: usize) -> &[u8] {
        let bytes = self.bytes.get(self.starts[entry] as usize..).unwrap_or_default();
        entry_at(bytes).map_or(b"", |(entry, _)| entry.name)
    }
}

/// Reads trees one after the other. What is looked for must not change in between, or
/// [`Lockstep::forget`] must be called.
#[derive(Debug)]
pub(crate) struct Lockstep<Found> {
    last: Read<Found>,
    next: Read<Found>,
}

/// Larger trees are read plainly, so that little is held in memory and offsets fit.
const LARGEST: usize = 16 << 20;
/// After so many entries without a stretch in common the trees are taken for strangers.
const MOST_MISSES: u32 = 24;

impl<Found: Copy> Lockstep<Found> {
    pub(crate) fn new() -> Self {
        Lockstep { last: Read::default(), next: Read::default() }
    }

    /// The next tree is read as if it were the first.
    pub(crate) fn forget(&mut self) {
        self.last.clear();
    }

    /// Reads a tree: `look` says what is found in an entry, and is asked for those entries that
    /// differ from the last tree's. Comes back with all that was found, in order.
    pub(crate) fn read(
        &mut self,
        bytes: &[u8],
        mut look: impl FnMut(Entry<'_>) -> Option<Found>,
    ) -> (impl Iterator<Item = Found> + '_, Result<(), Malformed>) {
        if bytes.len() > LARGEST {
            self.last.clear();
        }
        let (last, next) = (&self.last, &mut self.next);
        next.clear();
        let (mut at, mut old, mut old_found, mut misses) = (0, 0, 0, 0);
        let mut result = Ok(());
        while at < bytes.len() {
            if old < last.len() && misses < MOST_MISSES {
                let same = take_over(last, next, (old, &mut old_found), &bytes[at..], at);
                if same > old {
                    at += (last.starts[same] - last.starts[old]) as usize;
                    (old, misses) = (same, 0);
                    continue;
                }
                misses += 1;
            }
            let Some((entry, length)) = entry_at(&bytes[at..]) else {
                result = Err(Malformed { offset: at });
                break;
            };
            if let Some(found) = look(entry) {
                next.found.push((next.len() as u32, found));
            }
            at += length;
            next.starts.push(at as u32);
            if misses < MOST_MISSES {
                old = in_step(last, old, entry.name);
            }
        }
        if bytes.len() <= LARGEST {
            next.bytes.extend_from_slice(bytes);
            std::mem::swap(&mut self.last, &mut self.next);
            (self.last.found.iter().map(found), result)
        } else {
            (self.next.found.iter().map(found), result)
        }
    }
}

fn found<Found: Copy>((_, found): &(u32, Found)) -> Found {
    *found
}

/// Takes over those entries from the `old`th on that the rest of the new tree, `bytes` at offset
/// `at`, begins with. Says which entry of the last tree is the first not taken over.
fn take_over<Found: Copy>(
    last: &Read<Found>,
    next: &mut Read<Found>,
    (old, old_found): (usize, &mut usize),
    bytes: &[u8],
    at: usize,
) -> usize {
    let start = last.starts[old];
    let common = common_prefix(&last.bytes[start as usize..], bytes) as u32;
    let whole = last.starts[old + 1..].partition_point(|&end| end - start <= common);
    let entries = old..old + whole;
    while last.found.get(*old_found).is_some_and(|&(entry, _)| (entry as usize) < entries.start) {
        *old_found += 1;
    }
    let first = next.len() as u32;
    while let Some(&(entry, found)) = last.found.get(*old_found)
        && (entry as usize) < entries.end
    {
        next.found.push((first + (entry - old as u32), found));
        *old_found += 1;
    }
    let at = at as u32;
    next.starts.extend(last.starts[old + 1..=entries.end].iter().map(|&end| end - start + at));
    entries.end
}

/// Which entry of the last tree to compare next, after the new tree had one of this name.
fn in_step<Found>(last: &Read<Found>, mut old: usize, name: &[u8]) -> usize {
    while old < last.len() {
        match last.name(old).cmp(name) {
            std::cmp::Ordering::Less => old += 1,
            std::cmp::Ordering::Equal => return old + 1,
            std::cmp::Ordering::Greater => break,
        }
    }
    old
}

/// How many bytes both begin with: by large blocks, then by small ones, then one by one.
fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let mut same = 0;
    for block in [2048, 64, 1] {
        let blocks = a[same..].chunks_exact(block).zip(b[same..].chunks_exact(block));
        same += blocks.take_while(|(a, b)| a == b).count() * block;
    }
    same
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::entries;
    use proptest::prelude::*;

    type Listed = Vec<(u32, Vec<u8>, u8)>;

    fn written(list: &[(u32, Vec<u8>, u8)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (mode, name, id) in list {
            bytes.extend_from_slice(format!("{mode:o} ").as_bytes());
            bytes.extend_from_slice(name);
            bytes.push(0);
            bytes.extend_from_slice(&[*id; 20]);
        }
        bytes
    }

    /// Names and ids of entries whose id is even.
    fn wanted(entry: Entry<'_>) -> Option<(u64, u8)> {
        let name = entry.name.iter().fold(7_u64, |sum, &b| sum.wrapping_mul(31) + u64::from(b));
        (entry.id.0[0] & 1 == 0).then_some((name, entry.id.0[0]))
    }

    fn check(step: &mut Lockstep<(u64, u8)>, bytes: &[u8]) {
        let plain: Vec<_> = entries(bytes).map_while(Result::ok).filter_map(wanted).collect();
        let error = entries(bytes).find_map(Result::err);
        let (found, result) = step.read(bytes, wanted);
        assert_eq!(found.collect::<Vec<_>>(), plain);
        assert_eq!(result.err(), error);
    }

    fn any_tree() -> impl Strategy<Value = Listed> {
        let entry = (
            prop_oneof![Just(0o40000_u32), Just(0o100_644)],
            prop::collection::vec(97_u8..100, 0..4),
            0_u8..6,
        );
        prop::collection::vec(entry, 0..60)
    }

    proptest! {
        #[test]
        fn in_step_or_not_the_same_is_found(
            trees in prop::collection::vec(any_tree(), 1..5), sorted: bool,
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..4, 0_u8..6), 0..12),
            cut: prop::sample::Index)
        {
            let mut step = Lockstep::new();
            for mut tree in trees {
                if sorted {
                    tree.sort_by(|a, b| a.1.cmp(&b.1));
                }
                check(&mut step, &written(&tree));
                for (at, what, id) in &edits {
                    if tree.is_empty() {
                        break;
                    }
                    let at = at.index(tree.len());
                    match what {
                        0 => drop(tree.remove(at)),
                        1 => tree.insert(at, (0o100_644, b"new".to_vec(), *id)),
                        _ => tree[at].2 = *id,
                    }
                    check(&mut step, &written(&tree));
                }
                let whole = written(&tree);
                check(&mut step, &whole[..cut.index(whole.len() + 1)]);
                check(&mut step, &whole);
            }
        }
    }

    #[test]
    fn of_two_versions_only_what_differs_is_parsed() {
        let mut list: Listed =
            (0..1000).map(|n| (0o100_644, format!("{n:04}").into_bytes(), 2)).collect();
        let mut step = Lockstep::new();
        let mut asked = 0;
        let mut count = |bytes: &[u8]| {
            let before = asked;
            step.read(bytes, |_| {
                asked += 1;
                Some(())
            })
            .1
            .unwrap();
            asked - before
        };
        assert_eq!(count(&written(&list)), 1000);
        list[500].2 = 4;
        assert_eq!(count(&written(&list)), 1);
        list.remove(300);
        list.insert(700, (0o100_644, b"0700.5".to_vec(), 2));
        let asked = count(&written(&list));
        assert!(asked <= 4, "{asked}");
    }
}
