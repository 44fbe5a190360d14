//! Which fragments share a bucket of the sieve.
//!
//! A place falls through the sieve if, at each of a bucket's positions, some fragment of the bucket has
//! the byte there, maybe each another. So four fragments of different letters let through a hundred times
//! as much as four kin, such as `cf_`, `cf-`, `cf.` and `cfa`, and what falls through costs
//! more than the sifting. Fragments are dealt out so that kin come together: each in turn, the commonest
//! first, where it adds least by how common bytes and the commonest sequences of four are. Reckoned by
//! halves of bytes, as the weaker of the machines' instructions tell them; that holds for the others, too.

use super::tables::Set;
use crate::detect::{
    commonness::{COMMON, share, share_of_common},
    folded::{SMALL, folded},
};

/// A set is added for each so many fragments.
const FRAGMENTS_OF_SET: usize = 40;

/// Deals fragments out, given by `bytes` in folded letters: the fragments of each bucket of each set.
pub(super) fn deal<'f>(fragments: &[usize], bytes: impl Fn(&usize) -> &'f [u8]) -> Vec<Vec<usize>> {
    let sets = fragments.len().div_ceil(FRAGMENTS_OF_SET).min(Set::MOST);
    let shares = Shares::new();
    let mut buckets: Vec<Bucket> = (0..sets * Set::BUCKETS).map(|_| Bucket::default()).collect();
    let mut fragments = fragments.to_vec();
    fragments.sort_by_cached_key(|fragment| {
        let rate = Bucket::default().rate_with(bytes(fragment), &shares);
        // From the commonest, in whole steps, since floats have no order.
        (std::cmp::Reverse((rate * 1e12) as u64), bytes(fragment))
    });
    for fragment in fragments {
        let added = |bucket: &Bucket| bucket.rate_with(bytes(&fragment), &shares) - bucket.rate;
        let rated = buckets.iter_mut().map(|bucket| (added(bucket), bucket));
        if let Some((_, best)) = rated.min_by(|(a, _), (b, _)| a.total_cmp(b)) {
            best.add(fragment, bytes(&fragment), &shares);
        }
    }
    buckets.into_iter().map(|bucket| bucket.fragments).collect()
}

/// The commonest sequences, one bit for each.
type Sequences = [u64; 4];

/// How common bytes are, and which of the commonest sequences have them where, by halves of bytes in folded
/// letters.
struct Shares {
    /// What share of a text each byte is: by high and low half.
    of_bytes: [[f64; 16]; 16],
    /// By position and low half.
    low: [[Sequences; 16]; Set::POSITIONS],
    /// By position and high half.
    high: [[Sequences; 16]; Set::POSITIONS],
}

impl Shares {
    fn new() -> Self {
        let of = |high: u8, low: u8| match high << 4 | low {
            byte if byte & SMALL != 0 => share(byte),
            _ => 0.0,
        };
        let row = |high: usize| std::array::from_fn(|low| of(high as u8, low as u8));
        let mut shares = Shares {
            of_bytes: std::array::from_fn(row),
            low: Default::default(),
            high: Default::default(),
        };
        for (number, sequence) in COMMON.split(' ').enumerate() {
            for (at, &byte) in folded(sequence.as_bytes()).iter().enumerate() {
                let bit = 1 << (number % 64);
                shares.low[at][usize::from(byte & 15)][number / 64] |= bit;
                shares.high[at][usize::from(byte >> 4)][number / 64] |= bit;
            }
        }
        shares
    }

    /// The share of bytes that have some low and some high halves.
    fn of_one(&self, (low, high): (u16, u16)) -> f64 {
        let of_high = |high: usize| each(low).map(|low| self.of_bytes[high][low]).sum::<f64>();
        each(high).map(of_high).sum()
    }

    /// The share of all places at which one of the commonest sequences has such halves.
    fn of_common(&self, halves: &[(u16, u16); Set::POSITIONS]) -> f64 {
        let mut common = [u64::MAX; 4];
        for (at, &(low, high)) in halves.iter().enumerate() {
            let (mut by_low, mut by_high) = ([0; 4], [0; 4]);
            each(low).for_each(|half| unite(&mut by_low, &self.low[at][half]));
            each(high).for_each(|half| unite(&mut by_high, &self.high[at][half]));
            for (word, common) in common.iter_mut().enumerate() {
                *common &= by_low[word] & by_high[word];
            }
        }
        let mut rate = 0.0;
        for (word, mut bits) in common.into_iter().enumerate() {
            while bits != 0 {
                rate += share_of_common(word * 64 + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
        rate
    }
}

fn unite(all: &mut Sequences, more: &Sequences) {
    all.iter_mut().zip(more).for_each(|(all, more)| *all |= more);
}

/// The halves of bytes that a set of them holds.
fn each(mut halves: u16) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let half = halves.trailing_zeros() as usize;
        halves &= halves.wrapping_sub(1);
        (half < 16).then_some(half)
    })
}

/// Which halves of bytes a bucket lets through at each position.
#[derive(Debug, Default)]
struct Bucket {
    /// One bit for each low and each high half of a byte.
    halves: [(u16, u16); Set::POSITIONS],
    /// What share of bytes that lets through at each.
    shares: [f64; Set::POSITIONS],
    /// What share of places it lets through.
    rate: f64,
    fragments: Vec<usize>,
}

impl Bucket {
    fn add(&mut self, fragment: usize, bytes: &[u8], shares: &Shares) {
        self.rate = self.rate_with(bytes, shares);
        self.halves = self.halves_with(bytes);
        self.shares = self.halves.map(|halves| shares.of_one(halves));
        self.fragments.push(fragment);
    }

    fn rate_with(&self, fragment: &[u8], shares: &Shares) -> f64 {
        let halves = self.halves_with(fragment);
        let mut by_chance = 1.0;
        for (at, halves) in halves.iter().enumerate() {
            let is_known = *halves == self.halves[at];
            by_chance *= if is_known { self.shares[at] } else { shares.of_one(*halves) };
        }
        by_chance + shares.of_common(&halves)
    }

    /// Where a fragment has no byte, any will do.
    fn halves_with(&self, fragment: &[u8]) -> [(u16, u16); Set::POSITIONS] {
        std::array::from_fn(|at| match (self.halves[at], fragment.get(at)) {
            ((low, high), Some(&byte)) => (low | 1 << (byte & 15), high | 1 << (byte >> 4)),
            (_, None) => (u16::MAX, u16::MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dealt(fragments: &[&str]) -> Vec<Vec<usize>> {
        let numbers: Vec<usize> = (0..fragments.len()).collect();
        deal(&numbers, |number| fragments[*number].as_bytes())
    }

    #[test]
    fn every_fragment_is_dealt_once() {
        for count in 0..200_usize {
            let fragments: Vec<String> = (0..count).map(|at| format!("f{at:03}")).collect();
            let fragments: Vec<&str> = fragments.iter().map(String::as_str).collect();
            let dealt = dealt(&fragments);
            assert_eq!(dealt.len(), count.div_ceil(FRAGMENTS_OF_SET).min(Set::MOST) * Set::BUCKETS);
            let mut all = dealt.concat();
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn kin_come_together() {
        let words = ["j", "q", "x", "z"];
        let ends = ["-to", "_to", "-ke", "_ke", "tok", "key", "-se", "sec"];
        let all: Vec<String> =
            words.iter().flat_map(|word| ends.map(|end| format!("{word}{end}"))).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let shares = Shares::new();
        let let_through = |dealt: &[Vec<usize>]| -> f64 {
            let rate = |numbers: &Vec<usize>| {
                let mut bucket = Bucket::default();
                numbers
                    .iter()
                    .for_each(|&number| bucket.add(number, all[number].as_bytes(), &shares));
                bucket.rate
            };
            dealt.iter().map(rate).sum()
        };
        let numbers: Vec<usize> = (0..all.len()).collect();
        let in_turn: Vec<Vec<usize>> =
            numbers.chunks(all.len() / Set::BUCKETS).map(<[usize]>::to_vec).collect();
        assert!(let_through(&dealt(&all)) * 4.0 < let_through(&in_turn));
    }
}
