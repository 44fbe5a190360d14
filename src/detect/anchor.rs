//! The literals that are searched for: each rule's anchors as they are, and the spellings they take
//! where escapes stand in them; and what shows by its shape that it hides others.
//!
//! A form is searched by one *fragment* of four bytes (three where the literal has no more), the
//! rarest it has, since short fragments are what the sieve looks for; the whole literal is compared
//! where its fragment is met.

use std::{cmp::Reverse, collections::BTreeMap};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use rustc_hash::FxHashMap;

use super::{
    commonness::{commonness, is_common},
    escape,
    folded::folded,
    gate::Gate,
    hidden,
    names::Probes,
    typed,
};
use crate::{model::Layer, rules::RuleSet};

/// The length of a fragment, where a literal is long enough.
pub(super) const WIDTH: usize = 4;
/// The length for literals of three bytes.
pub(super) const SHORT_WIDTH: usize = 3;

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
    /// No literal but the shape of text in base64, from the beginning of a four-character group.
    Base64,
    /// With an escape in place of a character: the literal ends with the sign that begins it, or is
    /// nothing but escapes.
    Escaped {
        /// The family of the escape.
        layer: Layer,
        /// What the escape must stand for, where the literal ends with its sign.
        next: Option<char>,
    },
    /// What says that what follows is encoded.
    Declared(Layer),
    /// With its punctuation escaped, in one family or another: these forms of rules look round it, or,
    /// if there are none, it is the type of a resource.
    Disguised(Vec<usize>),
    /// The beginning of a container, in base64.
    Packed {
        /// How often it was encoded.
        times: usize,
    },
    /// Any fragment or shape that is looked for, of so many characters in UTF-16 of either byte order:
    /// a zero byte stands between each two.
    Utf16 {
        /// How many.
        characters: usize,
    },
}

/// One literal to find.
#[derive(Debug, Clone)]
pub(super) struct Form {
    /// Its bytes; for a shape, an example.
    pub(super) literal: Vec<u8>,
    pub(super) spelling: Spelling,
    /// What must stand behind a literal that is too short to be rare.
    pub(super) behind: Option<Gate>,
}

/// How much of a gate is looked at behind a short literal. A gate may be much longer, but text in which some
/// characters are escaped must still be met.
const GLANCE: usize = 8;

impl Form {
    fn new(literal: impl Into<Vec<u8>>, spelling: Spelling) -> Self {
        Form { literal: literal.into(), spelling, behind: None }
    }

    /// How many bytes of a text decide whether its literal stands there.
    pub(super) fn reach(&self) -> usize {
        self.literal.len() + self.behind.as_ref().map_or(0, Gate::length)
    }

    /// Whether its literal begins a text.
    #[inline]
    pub(super) fn begins(&self, text: &[u8]) -> bool {
        let Some(rest) = text.strip_prefix(self.literal.as_slice()) else { return false };
        self.behind.as_ref().is_none_or(|gate| gate.lets_pass(rest))
    }
}

/// All forms of all anchors of a rule set. The forms of rules count through all rules.
pub(super) fn forms(rules: &RuleSet) -> Vec<Form> {
    let mut plain: FxHashMap<&[u8], Vec<usize>> = FxHashMap::default();
    let mut named: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
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
    }
    let is_typed = rules.rules().iter().any(|rule| rule.terraform.is_some());
    let types: &[&str] = if is_typed { &typed::ANCHORS } else { &[] };

    let mut forms = disguised_forms(&plain, types);
    let gates: Vec<_> =
        rules.rules().iter().flat_map(|rule| &rule.forms).map(|form| form.gate.as_ref()).collect();
    forms.extend(plain.into_iter().map(|(literal, owners)| {
        let behind = match owners[..] {
            [owner] if literal.len() < WIDTH => {
                gates[owner].and_then(|gate| Gate::head(gate, GLANCE))
            }
            _ => None,
        };
        Form { behind, ..Form::new(literal, Spelling::Plain(owners)) }
    }));
    forms.extend(types.iter().map(|anchor| Form::new(*anchor, Spelling::Typed)));
    forms.extend(named.into_iter().map(|(name, owners)| {
        let first = name.split(' ').next().unwrap_or_default();
        let is_stem = rules.vocabulary().stem(first).is_some();
        Form::new(name.replace(' ', "_"), Spelling::Named { owners, is_stem })
    }));
    forms.extend(escaped_forms(&encoded_anchors_of_ours(rules)));
    forms.extend(packed_forms());
    forms.extend(shapes());
    // Its line ends may stand in the middle of any anchor.
    forms.extend(
        ["quoted-printable", "Quoted-Printable", "QUOTED-PRINTABLE"]
            .map(|literal| Form::new(literal, Spelling::Declared(Layer::QuotedPrintable))),
    );
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
            forms.push(Form::new(literal, spelling));
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
            forms.push(Form::new(literal, spelling));
        }
    }
    forms
}

/// Anchors that hold punctuation, as they are where that is escaped: the words in them stay.
fn disguised_forms(plain: &FxHashMap<&[u8], Vec<usize>>, types: &[&str]) -> Vec<Form> {
    let mut disguised: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
    let of_rules = plain.iter().map(|(literal, owners)| (*literal, &owners[..]));
    let of_types = types.iter().map(|literal| (literal.as_bytes(), &[][..]));
    for (literal, owners) in of_rules.chain(of_types) {
        for other in escape::DISGUISES.map(|disguise| escape::disguised(literal, disguise)) {
            // A string in a string is read by itself where a type stands in it.
            let is_read = owners.is_empty() && other.starts_with(b"\\\"");
            if other != literal && !is_read && !plain.contains_key(&other[..]) {
                disguised.entry(other).or_default().extend_from_slice(owners);
            }
        }
    }
    let form = |(literal, owners): (Vec<u8>, _)| Form::new(literal, Spelling::Disguised(owners));
    disguised.into_iter().map(form).collect()
}

/// The beginnings of containers in base64, and of gzip in base64 of that: so Kubernetes keeps the
/// releases of Helm.
fn packed_forms() -> Vec<Form> {
    // gzip, zip, Zstandard, xz, bzip2.
    const ONCE: [&str; 5] = ["H4sI", "UEsDB", "KLUv/", "/Td6WF", "Qlpo"];
    let form = |literal: Vec<u8>, times| Form::new(literal, Spelling::Packed { times });
    let mut twice = STANDARD_NO_PAD.encode(ONCE[0]).into_bytes();
    twice.truncate(ONCE[0].len() * 8 / 6);
    let once = ONCE.iter().map(|literal| form(literal.as_bytes().to_vec(), 1));
    once.chain([form(twice, 2)]).collect()
}

/// The shapes of text that is encoded.
fn shapes() -> Vec<Form> {
    let wide = |literal: &[u8]| literal.iter().flat_map(|&b| [b, 0]).collect::<Vec<u8>>();
    let base64 = STANDARD_NO_PAD.encode("Text of twenty-four byte").into_bytes();
    let mut forms: Vec<Form> = [SHORT_WIDTH, WIDTH, hidden::WINDOW]
        .into_iter()
        .map(|characters| {
            let mut literal = wide(&base64[..characters]);
            literal.pop();
            Form::new(literal, Spelling::Utf16 { characters })
        })
        .collect();
    forms.push(Form::new(base64, Spelling::Base64));
    forms
}

/// Where in the literal its rarest fragment of `width` bytes begins: one without punctuation if there
/// is one, which also stands in the spellings in which that is escaped.
fn rarest(form: &Form, width: usize) -> usize {
    let literal = &form.literal;
    let is_mark = |byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'_';
    let score_at = |at: usize| {
        let fragment = &literal[at..at + width];
        (fragment.iter().any(is_mark), is_common(&folded(fragment)), score(fragment))
    };
    (0..=literal.len() - width).min_by_key(|&at| score_at(at)).unwrap_or(0)
}

fn score(window: &[u8]) -> u32 {
    window.iter().map(|&byte| commonness(byte)).sum()
}

/// A fragment and the forms it stands for, each with the fragment's offset in the form's literal.
#[derive(Debug)]
pub(super) struct Fragment {
    /// In folded letters.
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
        let literal = folded(&forms[form].literal);
        let known = fragments
            .iter()
            .position(|fragment| memchr::memmem::find(&literal, &fragment.bytes).is_some());
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
        let offset = memchr::memmem::find(&literal, &bytes).unwrap_or(0);
        fragments[slot].owners.push((form, offset));
    }
}

/// Chooses as few fragments as a greedy choice gives: first the one that most forms hold, the
/// rarest among equals. For base64 spellings, which are many and kin to each other, and in which
/// nearly any four characters are rare.
pub(super) fn fewest_fragments(forms: &[Form], chosen: &[usize], width: usize) -> Vec<Fragment> {
    let literals: Vec<Vec<u8>> = forms.iter().map(|form| folded(&form.literal)).collect();
    let mut holders: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for &form in chosen {
        for window in literals[form].windows(width).filter(|window| is_varied(window)) {
            let holders = holders.entry(window).or_default();
            if holders.last() != Some(&form) {
                holders.push(form);
            }
        }
    }
    let mut fragments = Vec::new();
    while let Some((window, served)) = holders
        .iter()
        .max_by_key(|(window, holders)| (holders.len(), Reverse(score(window))))
        .map(|(window, served)| (window.to_vec(), served.clone()))
        .filter(|(_, served)| !served.is_empty())
    {
        let owner =
            |&form: &usize| (form, memchr::memmem::find(&literals[form], &window).unwrap_or(0));
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
    fn every_form_is_served_by_a_fragment_it_contains() {
        let forms = escaped_forms(&[b"cfut_", b"cfat_", b"TunnelSecret", b"deploy_hooks"]);
        let all: Vec<usize> = (0..forms.len()).collect();
        let mut plain = Vec::new();
        add_fragments(&mut plain, &forms, &all, 4);
        for fragments in [plain, fewest_fragments(&forms, &all, 4)] {
            let mut served: Vec<usize> = Vec::new();
            for fragment in &fragments {
                for &(form, offset) in &fragment.owners {
                    assert_eq!(
                        &folded(&forms[form].literal)[offset..offset + 4],
                        &fragment.bytes[..]
                    );
                    served.push(form);
                }
            }
            served.sort_unstable();
            assert_eq!(served, all);
        }
    }
}
