//! The literals that are searched for: each rule's anchors as they are, and the spellings they take
//! in base64 and UTF-16.
//!
//! A form is searched by one *fragment* of four bytes (three where the literal has no more), the
//! rarest it has, since short fragments are what packed SIMD searchers are fast on; the whole
//! literal is compared where its fragment is met.

use std::{cmp::Reverse, collections::BTreeMap};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use rustc_hash::FxHashMap;

use super::{commonness::commonness, escape, names::Probes, typed};
use crate::{model::Layer, rules::RuleSet};

/// How an anchor is spelt in the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Spelling {
    /// As it is; these forms of rules (by the detector's number) look around it.
    Plain(Vec<usize>),
    /// As it is: the type of a resource of which rules know attributes.
    Typed,
    /// A name of a key, in any style; these forms ask what is assigned to it.
    Named {
        /// The forms of rules, by the detector's number.
        owners: Vec<usize>,
        /// Whether it begins with a word that is rare by itself.
        is_stem: bool,
    },
    /// In base64. `lead` characters of the same four-character group stand before the literal.
    Base64 {
        /// From 0 to 3.
        lead: usize,
    },
    /// With an escape in place of a character: the literal ends with the sign that begins it, or is
    /// nothing but escapes.
    Escaped {
        /// The family of the escape.
        layer: Layer,
        /// What the escape must stand for, where the literal ends with its sign.
        next: Option<char>,
    },
    /// The beginning of a container, in base64.
    Packed {
        /// How often it was encoded.
        times: usize,
    },
    /// In UTF-16 of either byte order: a zero byte between each two characters.
    Utf16,
}

/// One literal to find.
#[derive(Debug, Clone)]
pub(super) struct Form {
    pub(super) literal: Vec<u8>,
    pub(super) spelling: Spelling,
}

/// The shortest encoded literal worth searching for: below, chance hits in any base64 text or
/// binary would cost more than they find.
const SHORTEST_ENCODED: usize = 4;
/// How much of an encoded literal is compared. It is rare enough by then, what it leads to is decoded
/// and searched in full anyway, and the longest form decides how widely seams are searched.
const ENOUGH_ENCODED: usize = 16;

/// All forms of all anchors of a rule set. The forms of rules count through all rules.
pub(super) fn forms(rules: &RuleSet) -> Vec<Form> {
    let mut plain: FxHashMap<&[u8], Vec<usize>> = FxHashMap::default();
    let mut named: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    let mut encoded: Vec<&[u8]> = Vec::new();
    for (index, form) in rules.rules().iter().flat_map(|rule| &rule.forms).enumerate() {
        for anchor in &form.anchors {
            plain.entry(anchor.as_bytes()).or_default().push(index);
        }
        for name in rules.names_of(form) {
            let owners = named.entry(name).or_default();
            if owners.last() != Some(&index) {
                owners.push(index);
            }
        }
        encoded.extend(form.encoded_anchors.iter().map(String::as_bytes));
    }
    if !named.is_empty() {
        encoded.extend(rules.vocabulary().encoded().iter().map(String::as_bytes));
    }
    let is_typed = rules.rules().iter().any(|rule| rule.terraform.is_some());
    let types: &[&str] = if is_typed { &typed::ANCHORS } else { &[] };
    if is_typed {
        encoded.push(typed::ENCODED_ANCHOR.as_bytes());
    }
    encoded.sort_unstable();
    encoded.dedup();

    let mut forms: Vec<Form> = plain
        .into_iter()
        .map(|(literal, owners)| Form {
            literal: literal.to_vec(),
            spelling: Spelling::Plain(owners),
        })
        .collect();
    forms.extend(
        types
            .iter()
            .map(|anchor| Form { literal: anchor.as_bytes().to_vec(), spelling: Spelling::Typed }),
    );
    forms.extend(named.into_iter().map(|(name, owners)| {
        let first = name.split(' ').next().unwrap_or_default();
        let is_stem = rules.vocabulary().stem(first).is_some();
        Form {
            literal: name.replace(' ', "_").into_bytes(),
            spelling: Spelling::Named { owners, is_stem },
        }
    }));
    for &literal in &encoded {
        let base64 = base64_forms(literal);
        // Text in UTF-16 holds base64 as often as any other text does.
        forms.extend(base64.iter().map(|form| utf16_form(&form.literal)));
        let wide = utf16_form(literal);
        // PowerShell takes commands as base64 of UTF-16.
        forms.extend(base64_forms(&wide.literal));
        forms.push(wide);
        forms.extend(base64);
    }
    let own: Vec<&[u8]> = encoded_anchors_of_ours(rules);
    for literal in &own {
        // In base64 twice, as Kubernetes stores what was base64 before.
        for inner in base64_forms(literal) {
            forms.extend(base64_forms(&inner.literal));
        }
    }
    let escaped = escaped_forms(&own);
    forms.extend(escaped.iter().map(|form| utf16_form(&form.literal)));
    forms.extend(escaped);
    forms.extend(packed_forms());
    // A hash map's order must not decide the order of anything seen later.
    let is_named = |form: &Form| matches!(form.spelling, Spelling::Named { .. });
    forms.sort_by(|a, b| (&a.literal, is_named(a)).cmp(&(&b.literal, is_named(b))));
    forms
}

/// The literals that credentials of Cloudflare's own formats begin with, which are looked for in more
/// spellings than others.
fn encoded_anchors_of_ours(rules: &RuleSet) -> Vec<&[u8]> {
    let forms = rules.rules().iter().flat_map(|rule| &rule.forms);
    let anchors = forms.flat_map(|form| &form.encoded_anchors);
    let mut own: Vec<&[u8]> = anchors
        .filter(|anchor| anchor.starts_with("cf") && anchor.ends_with('_'))
        .map(|anchor| anchor.as_bytes())
        .collect();
    own.sort_unstable();
    own.dedup();
    own
}

/// Literals whose last character is an escape, in each family, and the beginning they share with
/// nothing but escapes.
fn escaped_forms(literals: &[&[u8]]) -> Vec<Form> {
    let mut forms = Vec::new();
    for literal in literals {
        let Some((&last, front)) = literal.split_last() else { continue };
        for (sign, layer) in escape::FAMILIES {
            let literal = [front, &[sign]].concat();
            let spelling = Spelling::Escaped { layer, next: Some(char::from(last)) };
            forms.push(Form { literal, spelling });
        }
    }
    if !literals.is_empty() {
        // `cf`
        for (literal, layer) in [
            ("%63%66", Layer::Percent),
            ("%2563%2566", Layer::Percent),
            ("\\u0063\\u0066", Layer::Escapes),
            ("\\x63\\x66", Layer::Escapes),
            // In a string in a string.
            ("\\\\u0063\\\\u0066", Layer::Escapes),
            ("\\\\x63\\\\x66", Layer::Escapes),
            ("\\143\\146", Layer::Escapes),
            ("&#99;&#102;", Layer::HtmlEntities),
            ("&#x63;&#x66;", Layer::HtmlEntities),
            ("=63=66", Layer::QuotedPrintable),
        ] {
            let spelling = Spelling::Escaped { layer, next: None };
            forms.push(Form { literal: literal.into(), spelling });
        }
    }
    forms
}

/// The beginnings of containers in base64, and of gzip in base64 of that: so Kubernetes keeps the
/// releases of Helm.
fn packed_forms() -> Vec<Form> {
    // gzip, zip, Zstandard, xz, bzip2.
    const ONCE: [&str; 5] = ["H4sI", "UEsDB", "KLUv/", "/Td6WF", "Qlpo"];
    let form = |literal: Vec<u8>, times| Form { literal, spelling: Spelling::Packed { times } };
    let mut twice = STANDARD_NO_PAD.encode(ONCE[0]).into_bytes();
    twice.truncate(ONCE[0].len() * 8 / 6);
    let once = ONCE.iter().map(|literal| form(literal.as_bytes().to_vec(), 1));
    once.chain([form(twice, 2)]).collect()
}

/// The characters that a literal fully determines in base64, at each of its three alignments, in
/// the standard and, where it differs, the URL-safe alphabet.
fn base64_forms(literal: &[u8]) -> Vec<Form> {
    let mut forms = Vec::new();
    for phase in 0..3 {
        let mut padded = vec![0; phase];
        padded.extend_from_slice(literal);
        let text = STANDARD_NO_PAD.encode(&padded);
        let lead = (phase * 8).div_ceil(6);
        let end = (padded.len() * 8 / 6).min(lead + ENOUGH_ENCODED);
        let determined = &text.as_bytes()[lead..end];
        if determined.len() < SHORTEST_ENCODED {
            continue;
        }
        let url_safe: Vec<u8> = determined
            .iter()
            .map(|&c| match c {
                b'+' => b'-',
                b'/' => b'_',
                other => other,
            })
            .collect();
        let spelling = Spelling::Base64 { lead };
        if url_safe != determined {
            forms.push(Form { literal: url_safe, spelling: spelling.clone() });
        }
        forms.push(Form { literal: determined.to_vec(), spelling });
    }
    forms
}

/// The literal with a zero byte between each two characters. Both byte orders contain it.
fn utf16_form(literal: &[u8]) -> Form {
    let enough = &literal[..literal.len().min(ENOUGH_ENCODED)];
    let mut wide: Vec<u8> = enough.iter().flat_map(|&b| [b, 0]).collect();
    wide.pop();
    Form { literal: wide, spelling: Spelling::Utf16 }
}

/// Where in the literal its rarest fragment of `width` bytes begins. One of a UTF-16 literal begins
/// with a character: the searchers put several fragments into one bucket, and zeros at both odd and
/// even places would make them stumble at every byte of a run of zeros.
fn rarest(form: &Form, width: usize) -> usize {
    let literal = &form.literal;
    let step = if form.spelling == Spelling::Utf16 { 2 } else { 1 };
    let score = |at: usize| literal[at..at + width].iter().map(|&b| commonness(b)).sum::<u32>();
    (0..=literal.len() - width).step_by(step).min_by_key(|&at| score(at)).unwrap_or(0)
}

/// A fragment and the forms it stands for, each with the fragment's offset in the form's literal.
#[derive(Debug)]
pub(super) struct Fragment {
    pub(super) bytes: Vec<u8>,
    pub(super) owners: Vec<(usize, usize)>,
    /// Where in a name it may begin, if it is the probe of names.
    pub(super) in_names: Vec<usize>,
}

/// Chooses fragments of `width` bytes for the given forms (by index), and adds them to those that are
/// searched in any case. A fragment that is already there and occurs in a literal serves it too, so that
/// kin such as `cfat_` and `cfast_` cost one pattern, and `smtp.mx.cloudflare.net` none of its own.
pub(super) fn add_fragments(
    fragments: &mut Vec<Fragment>,
    forms: &[Form],
    chosen: &[usize],
    width: usize,
) {
    let mut by_length = chosen.to_vec();
    by_length.sort_by_key(|&form| (forms[form].literal.len(), form));
    for form in by_length {
        let literal = &forms[form].literal;
        let known = fragments
            .iter()
            .position(|fragment| memchr::memmem::find(literal, &fragment.bytes).is_some());
        let slot = known.unwrap_or_else(|| {
            let at = rarest(&forms[form], width);
            fragments.push(Fragment {
                bytes: literal[at..at + width].to_vec(),
                owners: Vec::new(),
                in_names: Vec::new(),
            });
            fragments.len() - 1
        });
        let bytes = fragments[slot].bytes.clone();
        let offset = memchr::memmem::find(literal, &bytes).unwrap_or(0);
        fragments[slot].owners.push((form, offset));
    }
}

/// Chooses as few fragments as a greedy choice gives: first the one that most forms hold, the
/// rarest among equals. For base64 spellings, which are many and kin to each other, and in which
/// nearly any four characters are rare.
pub(super) fn fewest_fragments(forms: &[Form], chosen: &[usize], width: usize) -> Vec<Fragment> {
    let mut holders: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for &form in chosen {
        for window in forms[form].literal.windows(width).filter(|window| is_varied(window)) {
            let holders = holders.entry(window).or_default();
            if holders.last() != Some(&form) {
                holders.push(form);
            }
        }
    }
    let score = |window: &[u8]| window.iter().map(|&b| commonness(b)).sum::<u32>();
    let mut fragments = Vec::new();
    while let Some((window, served)) = holders
        .iter()
        .max_by_key(|(window, holders)| (holders.len(), Reverse(score(window))))
        .map(|(window, served)| (window.to_vec(), served.clone()))
        .filter(|(_, served)| !served.is_empty())
    {
        let owner = |&form: &usize| {
            (form, memchr::memmem::find(&forms[form].literal, &window).unwrap_or(0))
        };
        let owners = served.iter().map(owner).collect();
        fragments.push(Fragment { bytes: window, owners, in_names: Vec::new() });
        for holders in holders.values_mut() {
            holders.retain(|form| !served.contains(form));
        }
    }
    fragments
}

/// The probes of names of one width.
pub(super) fn probe_fragments(probes: &Probes, width: usize) -> Vec<Fragment> {
    let of_width = probes.iter().filter(|(bytes, _)| bytes.len() == width);
    let fragment = |(bytes, offsets): (&Vec<u8>, &Vec<usize>)| Fragment {
        bytes: bytes.clone(),
        owners: Vec::new(),
        in_names: offsets.clone(),
    };
    of_width.map(fragment).collect()
}

/// Whether a fragment is more than a run of one or two characters, as base64 is full of.
fn is_varied(window: &[u8]) -> bool {
    let mut seen = window.to_vec();
    seen.sort_unstable();
    seen.dedup();
    seen.len() >= window.len().min(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_forms_stand_in_every_encoding_of_the_literal() {
        let forms = base64_forms(b"cfut_");
        assert_eq!(forms.len(), 3);
        for front in 0..6 {
            let text = format!("{}cfut_rest", "x".repeat(front));
            let encoded = STANDARD_NO_PAD.encode(text);
            let hit = forms.iter().find_map(|form| {
                let at = memchr::memmem::find(encoded.as_bytes(), &form.literal)?;
                let Spelling::Base64 { lead } = form.spelling else { return None };
                ((at - lead) % 4 == 0).then_some(at)
            });
            assert!(hit.is_some(), "{front} bytes in front: {encoded}");
        }
    }

    #[test]
    fn short_anchors_have_no_base64_form_that_chance_would_hit() {
        assert!(base64_forms(b"0x4").iter().all(|form| form.literal.len() >= SHORTEST_ENCODED));
    }

    #[test]
    fn every_form_is_served_by_a_fragment_it_contains() {
        let forms: Vec<Form> = ["cfut_", "cfat_", "TunnelSecret", "deploy_hooks"]
            .iter()
            .flat_map(|literal| base64_forms(literal.as_bytes()))
            .collect();
        let all: Vec<usize> = (0..forms.len()).collect();
        let mut plain = Vec::new();
        add_fragments(&mut plain, &forms, &all, 4);
        for fragments in [plain, fewest_fragments(&forms, &all, 4)] {
            let mut served: Vec<usize> = Vec::new();
            for fragment in &fragments {
                for &(form, offset) in &fragment.owners {
                    assert_eq!(&forms[form].literal[offset..offset + 4], &fragment.bytes[..]);
                    served.push(form);
                }
            }
            served.sort_unstable();
            assert_eq!(served, all);
        }
    }
}
