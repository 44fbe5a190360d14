//! Finding every anchor in a text at the speed of memory.
//!
//! A sieve tells where a fragment of a form may begin, and where base64 of text may; there the literal,
//! the name or the shape is compared. So what counts is how often a fragment is met that leads to
//! nothing, and how few there are: letters are folded, so that one serves every case.

use std::{cell::RefCell, collections::BTreeMap};

use super::{
    anchor::{
        Form, Fragment, SHORT_WIDTH, Spelling, WIDTH, add_fragments, fewest_fragments, forms,
        probe_fragments,
    },
    folded::folded,
    hidden::{self, Narrowed, Windows},
    names::{Names, Probes, add_probes},
    sieve::{Sieve, Tray},
};
use crate::rules::RuleSet;

/// An anchor met in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Where its literal begins.
    pub(super) at: usize,
    /// Which form it is, an index into the searchers' forms.
    pub(super) form: usize,
}

/// Which spellings a text can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seek {
    /// All of them.
    Everything,
    /// All but UTF-16, for names, which hold no zero bytes.
    NoWide,
}

/// What a fragment stands for.
struct Owners {
    /// How many bytes it has.
    width: usize,
    /// For each of the literals' groups the offset of the fragment in it and its first byte, close
    /// together: "cloudflare" stands in a score of groups and in every other line of some texts.
    heads: Vec<(usize, u8)>,
    literals: Vec<Literals>,
    /// Where in names it may begin.
    in_names: Vec<usize>,
}

/// Literals that begin alike, in which a fragment stands at the same place.
struct Literals {
    /// What they begin with, at least one byte.
    prefix: Vec<u8>,
    /// Their forms, by the byte behind that, if there is one.
    forms: Vec<(Option<u8>, Vec<usize>)>,
}

impl Literals {
    /// All literals that hold a fragment, each given by its form with where the fragment begins in it.
    /// With each group, where it begins in all of it, and the first byte.
    fn all(forms: &[Form], mut owners: Vec<(usize, usize)>) -> (Vec<(usize, u8)>, Vec<Self>) {
        let literal = |form: usize| forms[form].literal.as_slice();
        owners.sort_by_key(|&(form, offset)| (offset, literal(form)));
        let alike = |a: &(usize, usize), b: &(usize, usize)| {
            a.1 == b.1 && literal(a.0).first() == literal(b.0).first()
        };
        let group = |owners: &[(usize, usize)]| {
            let [(first, offset), ..] = *owners else { return None };
            // They are sorted, so that the first and the last differ most.
            let last = owners.last().map_or(first, |last| last.0);
            let pairs = literal(first).iter().zip(literal(last));
            let prefix = &literal(first)[..pairs.take_while(|(a, b)| a == b).count()];
            let head = (offset, *prefix.first()?);
            let mut by_next: BTreeMap<_, Vec<usize>> = BTreeMap::new();
            for &(form, _) in owners {
                by_next.entry(literal(form).get(prefix.len()).copied()).or_default().push(form);
            }
            let forms = by_next.into_iter().collect();
            Some((head, Literals { prefix: prefix.to_vec(), forms }))
        };
        owners.chunk_by(alike).filter_map(group).unzip()
    }
}

/// What one thread reuses.
#[derive(Debug, Default)]
pub(super) struct Desk {
    tray: Tray,
    narrowed: Narrowed,
    narrowed_tray: Tray,
}

/// All forms of a rule set's anchors and the searchers that find them.
pub(super) struct Searchers {
    pub(super) forms: Vec<Form>,
    names: Names,
    sieve: Sieve,
    /// By the numbers of the sieve's fragments.
    owners: Vec<Owners>,
    /// The forms that are shapes: text in base64, and in UTF-16.
    base64: usize,
    wide: Vec<(usize, usize)>,
    /// How many bytes decide at most whether an anchor begins at a place: one not in UTF-16, and any.
    longest: (usize, usize),
}

impl Searchers {
    pub(super) fn new(rules: &RuleSet) -> Self {
        let forms = forms(rules);
        let of = |wanted: &dyn Fn(&Form) -> bool| -> Vec<usize> {
            (0..forms.len()).filter(|&form| wanted(&forms[form])).collect()
        };
        let is_escaped = |form: &Form| matches!(form.spelling, Spelling::Escaped { .. });
        let is_packed = |form: &Form| matches!(form.spelling, Spelling::Packed { .. });
        let has_no_fragment = |form: &Form| {
            let spelling = &form.spelling;
            matches!(spelling, Spelling::Named { .. } | Spelling::Base64 | Spelling::Utf16 { .. })
        };
        let is_plain =
            |form: &Form| !is_escaped(form) && !is_packed(form) && !has_no_fragment(form);
        let (names, probes) = names(rules, &forms);
        // What a probe of a name finds serves literals, too.
        let with_probes = |chosen: &[usize], width| {
            let mut fragments = probe_fragments(&probes, width);
            add_fragments(&mut fragments, &forms, chosen, width);
            fragments
        };
        // Escapes stand behind a few beginnings of two or three characters, which then serve what
        // stands there without any, too.
        let escaped = fewest_fragments(&forms, &of(&is_escaped), SHORT_WIDTH);
        let is_short = |form: &Form| {
            let text = folded(&form.literal);
            let holds = |f: &Fragment| memchr::memmem::find(&text, &f.bytes).is_some();
            form.literal.len() < WIDTH || escaped.iter().any(holds)
        };
        let short = of(&|form| is_escaped(form) || is_plain(form) && is_short(form));
        let plain = of(&|form| is_packed(form) || is_plain(form) && !is_short(form));
        let long = with_probes(&plain, WIDTH);
        let mut short = fewest_fragments(&forms, &short, SHORT_WIDTH);
        for probe in probe_fragments(&probes, SHORT_WIDTH) {
            match short.iter_mut().find(|known| known.bytes == probe.bytes) {
                Some(known) => known.in_names.extend(probe.in_names),
                None => short.push(probe),
            }
        }
        let fragments: Vec<Fragment> = short.into_iter().chain(long).collect();
        let sieve = Sieve::new(&fragments);
        let owners = fragments.into_iter().map(|fragment| {
            let (heads, literals) = Literals::all(&forms, fragment.owners);
            let width = fragment.bytes.len();
            Owners { width, heads, literals, in_names: fragment.in_names }
        });
        let owners = owners.collect();
        let longest_of = |chosen: &dyn Fn(&Form) -> bool| {
            let lengths = forms.iter().filter(|form| chosen(form)).map(Form::reach);
            lengths.max().unwrap_or(1).max(names.longest())
        };
        let is_wide = |form: &Form| matches!(form.spelling, Spelling::Utf16 { .. });
        let longest = (longest_of(&|form| !is_wide(form)), longest_of(&|_| true));
        let base64 = of(&|form| form.spelling == Spelling::Base64)[0];
        let characters = |form: &usize| match forms[*form].spelling {
            Spelling::Utf16 { characters } => Some((characters, *form)),
            _ => None,
        };
        let wide = (0..forms.len()).filter_map(|form| characters(&form)).collect();
        Searchers { forms, names, sieve, owners, base64, wide, longest }
    }

    /// How many bytes decide at most whether an anchor begins at a place, at least 1.
    pub(super) fn longest(&self) -> usize {
        self.longest.1.max(1)
    }

    /// The same for anchors that are not in UTF-16.
    pub(super) fn longest_narrow(&self) -> usize {
        self.longest.0.max(1)
    }

    /// How many bytes on either side of a seam such an anchor may take that crosses it.
    pub(super) fn beside(&self) -> usize {
        self.longest_narrow() - 1
    }

    /// How long the anchor of a form is that begins `text`, if it does.
    pub(super) fn length_at(&self, form: usize, text: &[u8]) -> Option<usize> {
        let known = &self.forms[form];
        match &known.spelling {
            Spelling::Named { .. } => self.names.length_at(form, text),
            Spelling::Base64 => hidden::is_base64_of_text(text).then_some(hidden::WINDOW),
            Spelling::Utf16 { characters } => {
                hidden::is_wide(text, *characters).then(|| hidden::wide_length(*characters))
            }
            _ => known.begins(text).then_some(known.literal.len()),
        }
    }

    /// How many fragments are looked for, together and in each set of the sieve.
    pub(super) fn sets(&self) -> Vec<usize> {
        self.sieve.sets().map(|numbers| numbers.len()).collect()
    }

    /// How many places of a text one set of the sieve lets through, and how many fragments stand there; for
    /// benchmarks.
    pub(super) fn sift_set(&self, set: usize) -> impl FnMut(&[u8]) -> usize {
        let (sieve, mut tray) = (self.sieve.only(set), Tray::default());
        move |text| {
            let (mut from, mut met) = (0, 0);
            while from < text.len() {
                from = sieve.sift(text, from, &mut tray);
                sieve.each_fragment(text, &tray, |_, _| met += 1);
            }
            met
        }
    }

    /// Adds every anchor of `text` to `hits`, in the order of the text. Returns whether there is a zero in it.
    pub(super) fn search(
        &self,
        seek: Seek,
        text: &[u8],
        desk: &mut Desk,
        hits: &mut Vec<Hit>,
    ) -> bool {
        let (mut from, mut windows, mut has_zeros) = (0, Windows::default(), false);
        while from < text.len() {
            let end = self.sieve.sift(text, from, &mut desk.tray);
            self.sieve.each_fragment(text, &desk.tray, |fragment, at| {
                self.compare(&self.owners[fragment], text, at, hits);
            });
            windows.each(text, desk.tray.windows(), |at| hits.push(Hit { at, form: self.base64 }));
            if desk.tray.has_zeros() {
                has_zeros = true;
                if seek == Seek::Everything {
                    self.look_for_wide(text, (from, end), desk, hits);
                }
            }
            from = end;
        }
        hits.sort_unstable();
        // A name may be met by two of its probes.
        hits.dedup();
        has_zeros
    }

    /// Every anchor of a text by itself, such as a decoded stretch: with what this thread used for the last
    /// one, since there are thousands.
    pub(super) fn search_apart(&self, text: &[u8]) -> Vec<Hit> {
        thread_local!(static DESK: RefCell<Desk> = RefCell::default());
        let mut hits = Vec::new();
        DESK.with_borrow_mut(|desk| self.search(Seek::Everything, text, desk, &mut hits));
        hits
    }

    /// Adds UTF-16 in which something stands that is looked for, if that begins between `from` and `end`.
    #[inline(never)]
    fn look_for_wide(
        &self,
        text: &[u8],
        (from, end): (usize, usize),
        desk: &mut Desk,
        hits: &mut Vec<Hit>,
    ) {
        let to = text.len().min(end + hidden::wide_length(hidden::WINDOW) - 1);
        let Desk { narrowed, narrowed_tray: tray, .. } = desk;
        narrowed.take(text, from, to);
        let mut tell = |characters, at| {
            let form = self.wide.iter().find(|(known, _)| *known == characters);
            hits.extend(form.map(|&(_, form)| Hit { at: narrowed.outward(at), form }));
        };
        let (text, mut from, mut windows) = (&narrowed.text, 0, Windows::default());
        while from < text.len() {
            from = self.sieve.sift(text, from, tray);
            self.sieve.each_fragment(text, tray, |fragment, at| {
                tell(self.owners[fragment].width, at);
            });
            windows.each(text, tray.windows(), |at| tell(hidden::WINDOW, at));
        }
    }

    /// Adds the literals and names that a fragment which stands at `at` leads to.
    #[inline]
    fn compare(&self, owners: &Owners, text: &[u8], at: usize, hits: &mut Vec<Hit>) {
        for (group, (offset, first)) in owners.heads.iter().enumerate() {
            // The first byte tells most; before the text there is none.
            let at = at.wrapping_sub(*offset);
            if text.get(at) != Some(first) {
                continue;
            }
            let Literals { prefix, forms } = &owners.literals[group];
            if !text[at..].starts_with(prefix) {
                continue;
            }
            let next = text.get(at + prefix.len());
            let fit = forms.iter().filter(|(byte, _)| byte.is_none() || byte.as_ref() == next);
            for &form in fit.flat_map(|(_, forms)| forms) {
                if self.forms[form].begins(&text[at..]) {
                    hits.push(Hit { at, form });
                }
            }
        }
        for &offset in &owners.in_names {
            if let Some(at) = at.checked_sub(offset) {
                self.names.each_at(&text[at..], |form, _| hits.push(Hit { at, form }));
            }
        }
    }
}

/// The names among the forms, and the probes that lead to them.
fn names(rules: &RuleSet, forms: &[Form]) -> (Names, Probes) {
    let (mut names, mut probes) = (Names::new(), Probes::new());
    let mut spelled: Vec<(String, usize)> = Vec::new();
    for (index, form) in forms.iter().enumerate() {
        if let Spelling::Named { .. } = form.spelling
            && let Ok(literal) = std::str::from_utf8(&form.literal)
        {
            spelled.push((literal.replace('_', " "), index));
        }
    }
    spelled.sort_by_cached_key(|(name, index)| (name.matches(' ').count(), *index));
    for (name, index) in &spelled {
        let first = name.split(' ').next().unwrap_or_default();
        names.add(name, *index);
        add_probes(name, rules.vocabulary().stem(first).is_some(), WIDTH, &mut probes);
    }
    (names, probes)
}
