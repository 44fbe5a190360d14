//! The names of a work tree's entries, gathered to be searched many at once.
//!
//! A search has costs that do not depend on its length, and a name is short. So names are looked at one
//! by one only where an anchor stands in any of those gathered: what can be found in a name alone has
//! its anchor among other names, too, since each is a line of its own.

use bstr::BStr;

use crate::detect::{Detector, Scratch};

/// How many bytes of names are gathered: so few that one with an anchor leads to few of them.
const AT_ONCE: usize = 4 << 10;

/// Names that wait to be searched.
#[derive(Default)]
pub(super) struct Names {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Names {
    /// Adds a name. Returns whether there are enough to be searched.
    #[must_use]
    pub(super) fn add(&mut self, name: &BStr) -> bool {
        self.text.extend_from_slice(name);
        self.ends.push(self.text.len());
        self.text.push(b'\n');
        self.text.len() >= AT_ONCE
    }

    /// Tells the names in which anything may be found, and forgets all.
    pub(super) fn suspects(
        &mut self,
        detector: &Detector,
        scratch: &mut Scratch,
        mut tell: impl FnMut(&BStr, &mut Scratch),
    ) {
        if !detector.anchors_in_names(&self.text, scratch).is_empty() {
            let mut start = 0;
            for &end in &self.ends {
                tell(BStr::new(&self.text[start..end]), scratch);
                start = end + 1;
            }
        }
        self.text.clear();
        self.ends.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::rules::{RuleSet, template};

    static DETECTOR: LazyLock<Detector> =
        LazyLock::new(|| Detector::new(RuleSet::builtin(), Timestamp::now()));

    fn told(names: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let (mut gathered, mut told) = (Names::default(), Vec::new());
        for name in names {
            let _ = gathered.add(BStr::new(name));
        }
        gathered.suspects(&DETECTOR, &mut Scratch::default(), |name, _| told.push(name.to_vec()));
        assert!(gathered.text.is_empty() && gathered.ends.is_empty());
        told
    }

    fn drawn(text: &str) -> Vec<u8> {
        template::expand(text, 3).unwrap()
    }

    #[test]
    fn names_without_anchors_are_not_told() {
        assert!(told(&["src/lib.rs", "src", "", "a\nb"].map(|n| n.as_bytes().to_vec())).is_empty());
        assert!(told(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn what_a_name_holds_shows_among_others(
            before in prop::collection::vec("[a-zA-Z0-9+/_.=\n-]{0,60}", 0..4),
            own in prop::sample::select(vec![
                "{{alnum:7}}/cfut_{{alnum:40}}{{crc32}}",
                "x/cfat_{{alnum:40}}{{crc32}}.txt",
                "cloudflare/CF_API_TOKEN={{alnum:40}}",
                "{{base64:token cfut_{{alnum:40}}{{crc32}} and more of it}}",
            ]),
            after in prop::collection::vec("[a-zA-Z0-9+/_.=\n-]{0,60}", 0..4),
        ) {
            let own = drawn(own);
            prop_assert!(!DETECTOR.anchors(&own, &mut Scratch::default()).is_empty());
            let names: Vec<Vec<u8>> = before
                .into_iter()
                .map(String::into_bytes)
                .chain([own])
                .chain(after.into_iter().map(String::into_bytes))
                .collect();
            prop_assert_eq!(told(&names), names);
        }

        #[test]
        fn any_name_with_an_anchor_shows(
            names in prop::collection::vec("(cf|CF|api|token|key|_|-|/|[a-zA-Z0-9+=%.]{1,20}){1,12}", 1..6),
        ) {
            let names: Vec<Vec<u8>> = names.into_iter().map(String::into_bytes).collect();
            let has_anchor = |name: &Vec<u8>| {
                !DETECTOR.anchors(name, &mut Scratch::default()).is_empty()
            };
            if names.iter().any(has_anchor) {
                prop_assert_eq!(told(&names), names);
            }
        }
    }
}
