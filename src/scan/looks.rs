//! What credentials of a kind look like, for people: drawn from the rule's own examples and masked, so
//! that nothing token-shaped is shown and nothing is said that detection does not do.

use std::{collections::BTreeSet, fmt};

use crate::{
    detect::{Detector, Scratch},
    model::{Confidence, Secret},
    rules::{Rule, template},
};

/// How many draws of each example are looked at.
const SEEDS: u64 = 4;
/// More kinds of punctuation than these are not listed.
const MOST_OTHERS: usize = 4;

/// What the secrets of a kind have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looks {
    /// The mask of one made-up secret, as a report shows it. `None` for kinds of which reports show
    /// nothing.
    pub mask: Option<String>,
    /// The length of the shortest one met, in bytes.
    pub shortest: usize,
    /// The length of the longest.
    pub longest: usize,
    /// What they are made of: `hex digits`.
    pub alphabet: String,
}

/// What secrets of this kind look like. `None` if no example of the rule holds one that the detector
/// finds.
pub fn looks(rule: &Rule, detector: &Detector) -> Option<Looks> {
    let index = detector.rules().index(&rule.id)?;
    let is_real = |wanted: Option<Confidence>| wanted != Some(Confidence::Possible);
    let own = rule
        .examples
        .iter()
        .filter(|example| example.expect.is_none() && is_real(example.confidence));
    let texts = own.flat_map(|example| {
        (0..SEEDS).filter_map(|seed| template::expand(&example.text, seed).ok())
    });
    let secrets: Vec<Secret> = texts
        .flat_map(|text| detector.detect(&text, &mut Scratch::default()))
        .filter(|candidate| candidate.rule == index)
        .map(|candidate| candidate.secret)
        .collect();
    let first = secrets.first()?;
    let lengths = || secrets.iter().map(|secret| secret.reveal().len());
    Some(Looks {
        mask: (!first.is_weak()).then(|| first.mask()),
        shortest: lengths().min()?,
        longest: lengths().max()?,
        alphabet: alphabet(&secrets),
    })
}

/// What all of them are written in: the smallest usual alphabet and the few other characters met.
fn alphabet(secrets: &[Secret]) -> String {
    let met: BTreeSet<u8> =
        secrets.iter().flat_map(|secret| secret.reveal().iter().copied()).collect();
    let is_hex = |b: &u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
    let (plain, others): (Vec<u8>, Vec<u8>) = met.iter().partition(|b| b.is_ascii_alphanumeric());
    let base =
        if plain.iter().all(is_hex) { ["hex digits"].as_slice() } else { &["letters", "digits"] };
    if others.len() > MOST_OTHERS || others.iter().any(|b| !b.is_ascii_graphic()) {
        return "characters".to_owned();
    }
    let mut words: Vec<String> = base.iter().map(|&word| word.to_owned()).collect();
    words.extend(others.iter().map(|&other| format!("`{}`", char::from(other))));
    match words.as_slice() {
        [some @ .., last] if !some.is_empty() => format!("{} and {last}", some.join(", ")),
        all => all.concat(),
    }
}

impl fmt::Display for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(mask) = &self.mask else {
            return f.write_str("of no fixed form; reports show nothing of it");
        };
        write!(f, "`{mask}`, ")?;
        if self.shortest == self.longest {
            write!(f, "{} {}", self.longest, self.alphabet)
        } else {
            write!(f, "such as {} to {} {}", self.shortest, self.longest, self.alphabet)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;

    fn of(id: &str) -> String {
        let detector = Detector::new(RuleSet::builtin(), jiff::Timestamp::UNIX_EPOCH);
        looks(detector.rules().get(id).unwrap(), &detector).unwrap().to_string()
    }

    #[test]
    fn each_built_in_rule_has_looks_and_shows_no_more_than_a_report_does() {
        let detector = Detector::new(RuleSet::builtin(), jiff::Timestamp::UNIX_EPOCH);
        for rule in detector.rules().rules() {
            let looks = looks(rule, &detector).unwrap_or_else(|| panic!("{}", rule.id));
            if let Some(mask) = looks.mask {
                assert!(mask.chars().count() < 20 && mask.contains('…'), "{}: {mask}", rule.id);
            }
        }
    }

    #[test]
    fn lengths_and_alphabets_are_told() {
        assert!(of("cloudflare-realtime-turn-key").ends_with("64 hex digits"));
        assert!(of("cloudflare-global-api-key").starts_with("`cfk_…"));
        assert_eq!(of("cloudflare-ipsec-psk"), "of no fixed form; reports show nothing of it");
        assert!(of("cloudflare-deploy-hook").ends_with("36 hex digits and `-`"));
    }
}
