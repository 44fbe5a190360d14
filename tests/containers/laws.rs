//! What holds of every container, whatever is wrong with it: what came before the damage is told, the
//! damage is told, and nothing panics or goes on for ever.

use std::{io::Read, sync::atomic::AtomicBool};

use cfleaks::unpack::{Allowance, Input, Kind, Member, Meter, Trouble, Visit, open};
use proptest::prelude::*;

use super::build::Wrap;

/// Gathers what it is told.
#[derive(Default)]
struct Gathered {
    members: Vec<(Option<Vec<u8>>, Vec<u8>)>,
    troubles: Vec<Trouble>,
}

impl Visit for Gathered {
    fn member(&mut self, member: Member<'_>) {
        let mut text = Vec::new();
        member.content.take(1 << 20).read_to_end(&mut text).unwrap();
        self.members.push((member.name.map(Into::into), text));
    }

    fn trouble(&mut self, _: Option<&[u8]>, trouble: Trouble) {
        self.troubles.push(trouble);
    }
}

fn opened(bytes: &[u8], kind: Kind) -> Gathered {
    let (run, stop) = (Allowance::default(), AtomicBool::new(false));
    let meter = Meter::new(&run, &stop);
    meter.feed(bytes.len() as u64);
    let mut gathered = Gathered::default();
    open(kind, &mut Input::new(&mut &*bytes), &meter, &mut gathered);
    assert_eq!(meter.trouble(), None);
    gathered
}

#[test]
fn one_that_is_cut_anywhere_gives_what_it_has_and_says_that_it_was_cut() {
    let text: String =
        (0..400_u32).map(|n| format!("{:x} ", n.wrapping_mul(2_654_435_761))).collect();
    for wrap in Wrap::ALL {
        let whole = wrap.pack("name", text.as_bytes());
        let kind = Kind::of_whole(&whole).unwrap_or_else(|| panic!("{wrap:?} is not known"));
        let all = opened(&whole, kind);
        assert!(all.troubles.is_empty(), "{wrap:?}: {:?}", all.troubles);
        let has_text = |gathered: &Gathered| {
            gathered.members.iter().any(|(_, content)| content == text.as_bytes())
        };
        assert!(has_text(&all), "{wrap:?}");
        // What comes behind the bytes of the last member may be lost without loss.
        let needed = (0..=whole.len()).find(|&end| has_text(&opened(&whole[..end], kind))).unwrap();
        for end in 1..needed {
            let cut = opened(&whole[..end], kind);
            assert!(!cut.troubles.is_empty(), "{wrap:?} cut at {end} of {}", whole.len());
            for (_, content) in &cut.members {
                // Of a descriptor that is cut it cannot be told that it is none of the text.
                let known = all
                    .members
                    .iter()
                    .any(|(_, whole)| whole.starts_with(content) || content.starts_with(whole));
                assert!(known, "{wrap:?} cut at {end}");
            }
        }
    }
}

#[test]
fn several_streams_in_a_row_are_one_and_what_follows_them_is_no_harm() {
    for wrap in [Wrap::Gzip, Wrap::Zstd, Wrap::Xz, Wrap::Bzip2] {
        let two = [wrap.pack("", b"first "), wrap.pack("", b"second")].concat();
        let gathered = opened(&two, Kind::of(&two).unwrap());
        assert_eq!(gathered.members, [(None, b"first second".to_vec())], "{wrap:?}");
        assert!(gathered.troubles.is_empty(), "{wrap:?}");
    }
    let padded = [Wrap::Gzip.pack("", b"text"), vec![0; 1000]].concat();
    let gathered = opened(&padded, Kind::Gzip);
    assert_eq!(gathered.members, [(None, b"text".to_vec())]);
    assert!(gathered.troubles.is_empty());
    let two =
        [Wrap::Zip.pack("a", b"1"), b"between".to_vec(), Wrap::ZipStored.pack("b", b"2")].concat();
    assert_eq!(opened(&two, Kind::Zip).members.len(), 2);
    let two = [Wrap::Tar.pack("a", b"1"), Wrap::Tar.pack("b", b"2")].concat();
    assert_eq!(opened(&two, Kind::Tar).members.len(), 2);
}

#[test]
fn many_that_unfold_far_cost_little_more_than_one() {
    let (run, stop) = (Allowance::new(8 << 20), AtomicBool::new(false));
    let bomb = Wrap::Gzip.pack("", &vec![0; 6 << 20]);
    let mut whole = 0;
    for n in 0..20 {
        let meter = Meter::new(&run, &stop);
        meter.feed(bomb.len() as u64);
        let mut gathered = Gathered::default();
        open(Kind::Gzip, &mut Input::new(&mut &*bomb), &meter, &mut gathered);
        let is_whole = meter.trouble().is_none();
        assert!(n != 0 || is_whole, "the first is opened");
        whole += usize::from(is_whole);
    }
    // Each has four megabytes free and takes two of the eight.
    assert_eq!(whole, 4);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn damage_anywhere_is_survived(
        wrap in prop::sample::select(&Wrap::ALL[..]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        text in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        let mut bytes = wrap.pack("some/name", &text);
        let kind = Kind::of_whole(&bytes).unwrap();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        opened(&bytes, kind);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        for kind in [Kind::Gzip, Kind::Zstd, Kind::Xz, Kind::Bzip2, Kind::Zip, Kind::Tar] {
            opened(&bytes, kind);
        }
        let _ = Kind::of_whole(&bytes);
    }
}
