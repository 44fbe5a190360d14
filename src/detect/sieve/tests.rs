//! The sieve lets through all that is looked for, with whatever instructions.

use proptest::prelude::*;

use super::*;
use crate::detect::{folded::folded, hidden};

/// As many fragments, of three and of four bytes, as make so many sets.
fn fragments(sets: usize) -> Vec<Fragment> {
    let word = |at: usize| match at % 5 {
        0 => format!("q{at:02x}"),
        _ => format!("k_{at:02x}"),
    };
    let fragment = |at| Fragment {
        bytes: folded(word(at).as_bytes()),
        owners: Vec::new(),
        in_names: Vec::new(),
    };
    (0..sets * 40).map(fragment).collect()
}

/// What is found in a text piece by piece: fragments with where they stand, places of windows, and
/// whether there are zeros.
type Found = (Vec<(usize, usize)>, Vec<usize>, bool);

fn found(sieve: &Sieve, text: &[u8]) -> Found {
    let (mut tray, mut from) = (Tray::default(), 0);
    let (mut met, mut windows, mut zeros) = (Vec::new(), Vec::new(), false);
    while from < text.len() {
        from = sieve.sift(text, from, &mut tray);
        sieve.each_fragment(text, &tray, |number, at| met.push((at, number)));
        windows.extend_from_slice(tray.windows());
        zeros |= tray.has_zeros();
    }
    met.sort_unstable();
    (met, windows, zeros)
}

/// The same, one byte after the other.
fn expected(fragments: &[Fragment], text: &[u8]) -> Found {
    let folded = folded(text);
    let begins =
        |&(at, number): &(usize, usize)| folded[at..].starts_with(&fragments[number].bytes);
    let all = (0..text.len()).flat_map(|at| (0..fragments.len()).map(move |number| (at, number)));
    let sort = |byte: u8| tables::SORTS.get(usize::from(byte)).copied().unwrap_or(0);
    let is_window = |at: &usize| {
        let window = &text[*at..at + hidden::WINDOW];
        // The characters of a group behind the first are not looked at across a block's end.
        let is_known = |within: usize| (at + within) % BLOCK >= within % 4;
        window.iter().enumerate().all(|(within, &byte)| {
            let wanted = match within % 4 {
                0 => tables::MAY_LEAD,
                1 if is_known(within) => tables::MAY_FOLLOW,
                2 if is_known(within) => tables::MAY_BE_THIRD,
                _ => tables::IN_BASE64,
            };
            sort(byte) & wanted != 0
        })
    };
    let windows = (0..(text.len() + 1).saturating_sub(hidden::WINDOW)).filter(is_window);
    (all.filter(begins).collect(), windows.collect(), text.contains(&0))
}

/// A text of fragments, near misses, runs of base64 and bytes of any kind.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        "[qQ][0-9a-f]{2}",
        "[kK][_\u{7f}][0-9a-fA-F]{2}",
        "[a-fA-Z]{28,80}",
        "([a-fA-Z][a-z0-9+/_-]{3}){7,20}",
        "([a-fA-Z][A-Hg-n0-3][A-Bc-d0-1][a-z0-9+/_-]){7,20}",
        "[ -~]{0,70}",
    ];
    let bytes = proptest::collection::vec(any::<u8>(), 0..5);
    proptest::collection::vec((part, bytes), 0..12).prop_map(|parts| {
        let part = |(text, bytes): &(String, Vec<u8>)| [text.as_bytes(), bytes].concat();
        parts.iter().flat_map(part).collect()
    })
}

proptest! {
    #[test]
    fn every_machine_finds_the_same(text in text(), sets in 0_usize..=4) {
        let fragments = fragments(sets);
        let mut sieve = Sieve::new(&fragments);
        let expected = expected(&fragments, &text);
        for machine in Machine::all_here().into_iter().flatten() {
            sieve.machine = machine;
            prop_assert_eq!(&found(&sieve, &text), &expected, "{:?}", machine);
        }
    }
}

#[test]
fn what_stands_across_blocks_and_pieces_is_found() {
    let fragments = fragments(3);
    let mut sieve = Sieve::new(&fragments);
    let base64 = b"Q2xvdWRmbGFyZSBpcyBub3QgYSBzZWNyZXQ=";
    for joint in [BLOCK, PIECE] {
        for before in joint - 40..joint + 3 {
            for needle in [&b"Q05"[..], b"k_11", base64] {
                let text = [&vec![b'.'; before], needle].concat();
                for machine in Machine::all_here().into_iter().flatten() {
                    sieve.machine = machine;
                    let (met, windows, _) = found(&sieve, &text);
                    let at = met.iter().map(|(at, _)| *at).chain(windows).next();
                    assert_eq!(at, Some(before), "{machine:?} {}", needle.escape_ascii());
                }
            }
        }
    }
}

#[test]
fn a_part_of_the_sieve_finds_its_fragments() {
    let fragments = fragments(2);
    let sieve = Sieve::new(&fragments);
    let all: Vec<usize> = sieve.sets().flatten().collect();
    assert_eq!(all.len(), fragments.len());
    for (set, numbers) in sieve.sets().enumerate() {
        let (met, ..) = found(&sieve.only(set), b"q00 k_01 k_02 k_03 k_04 q05 k_51 K_52");
        assert!(met.iter().all(|(_, number)| numbers.contains(number)));
    }
    assert_eq!(sieve.only(7).sets().count(), 0);
}
