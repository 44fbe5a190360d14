//! Finding every anchor in a text at the speed of memory.
//!
//! The fragments of all forms are spread over a few packed SIMD searchers (Teddy), each small enough
//! to run at full speed, and the text is taken in pieces that stay in the first-level cache while
//! each searcher passes over them. Measured on git's own source text on one core: one searcher of up
//! to 32 four-byte fragments passes at 13 GB/s, one of 36 at 7 GB/s.

use aho_corasick::{AhoCorasick, Span, packed};

use super::{
    anchor::{Form, Fragment, Spelling, add_fragments, fewest_fragments, forms, probe_fragments},
    names::{Names, Probes, add_probes},
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

/// How much text each searcher passes over before the next one does.
const PIECE: usize = 32 * 1024;
/// More fragments than this make a packed searcher fall back to its half-speed variant.
const MOST_FRAGMENTS: usize = 32;
/// The length of a fragment, where a literal is long enough.
const WIDTH: usize = 4;
/// The length for literals of three bytes.
const SHORT_WIDTH: usize = 3;

enum Engine {
    Packed(packed::Searcher),
    /// Where the machine has no SIMD that the packed searcher needs.
    Automaton(AhoCorasick),
}

impl Engine {
    fn find(&self, text: &[u8], span: Span) -> Option<(usize, usize)> {
        match self {
            Engine::Packed(searcher) => {
                searcher.find_in(text, span).map(|m| (m.pattern().as_usize(), m.start()))
            }
            Engine::Automaton(automaton) => automaton
                .find(aho_corasick::Input::new(text).span(span))
                .map(|m| (m.pattern().as_usize(), m.start())),
        }
    }
}

/// One searcher with what its fragments stand for.
struct Pass {
    engine: Engine,
    width: usize,
    owners: Vec<Vec<(usize, usize)>>,
    /// Where in names each fragment may begin.
    in_names: Vec<Vec<usize>>,
    /// UTF-16 fragments hold zero bytes, so text without any is passed over.
    wide: bool,
}

/// All forms of a rule set's anchors and the searchers that find them.
pub(super) struct Searchers {
    pub(super) forms: Vec<Form>,
    names: Names,
    passes: Vec<Pass>,
    longest: usize,
}

impl Searchers {
    pub(super) fn new(rules: &RuleSet) -> Self {
        let forms = forms(rules);
        let of = |wanted: &dyn Fn(&Form) -> bool| -> Vec<usize> {
            (0..forms.len()).filter(|&form| wanted(&forms[form])).collect()
        };
        let is_plain = |form: &Form| matches!(form.spelling, Spelling::Plain(_) | Spelling::Typed);
        let is_base64 = |form: &Form| matches!(form.spelling, Spelling::Base64 { .. });
        let is_packed = |form: &Form| matches!(form.spelling, Spelling::Packed { .. });
        let is_escaped = |form: &Form| matches!(form.spelling, Spelling::Escaped { .. });
        let is_wide = |form: &Form| form.spelling == Spelling::Utf16;
        let (names, probes) = names(rules, &forms);
        // What a probe of a name finds serves literals, too.
        let with_probes = |chosen: &[usize], width| {
            let mut fragments = probe_fragments(&probes, width);
            add_fragments(&mut fragments, &forms, chosen, width);
            fragments
        };
        let mut wide = Vec::new();
        add_fragments(&mut wide, &forms, &of(&|form| is_wide(form)), WIDTH);
        // Escapes stand behind a few beginnings of two or three characters, which then serve what
        // stands there without any, too.
        let escaped = fewest_fragments(&forms, &of(&is_escaped), SHORT_WIDTH);
        let is_short = |form: &Form| {
            let holds = |f: &Fragment| memchr::memmem::find(&form.literal, &f.bytes).is_some();
            form.literal.len() < WIDTH || escaped.iter().any(holds)
        };
        let is_rare = |form: &Form| is_escaped(form) || is_packed(form);
        let short = of(&|form| is_rare(form) || is_plain(form) && is_short(form));
        let plain = of(&|form| is_plain(form) && !is_short(form));
        let base64 = of(&is_base64);
        let mut long = with_probes(&plain, WIDTH);
        long.extend(fewest_fragments(&forms, &base64, WIDTH));
        let mut short = fewest_fragments(&forms, &short, SHORT_WIDTH);
        for probe in probe_fragments(&probes, SHORT_WIDTH) {
            match short.iter_mut().find(|known| known.bytes == probe.bytes) {
                Some(known) => known.owners.extend(probe.owners),
                None => short.push(probe),
            }
        }
        let groups = [
            (short, SHORT_WIDTH, false),
            // Together, so that only the last pass may have room left.
            (long, WIDTH, false),
            (wide, WIDTH, true),
        ];
        let mut passes = Vec::new();
        for (mut fragments, width, wide) in groups {
            while !fragments.is_empty() {
                let rest = fragments.split_off(fragments.len().min(MOST_FRAGMENTS));
                passes.extend(Pass::new(fragments, width, wide));
                fragments = rest;
            }
        }
        let longest = forms.iter().map(|form| form.literal.len()).max().unwrap_or(1);
        let longest = longest.max(names.longest());
        Searchers { forms, names, passes, longest }
    }

    /// The length of the longest literal, at least 1.
    pub(super) fn longest(&self) -> usize {
        self.longest.max(1)
    }

    /// How long the anchor of a form is that begins `text`, if it does.
    pub(super) fn length_at(&self, form: usize, text: &[u8]) -> Option<usize> {
        let Form { literal, spelling } = &self.forms[form];
        match spelling {
            Spelling::Named { .. } => self.names.length_at(form, text),
            _ => text.starts_with(literal).then_some(literal.len()),
        }
    }

    /// What each pass looks for and how many fragments that takes: what a benchmark prints beside
    /// its speed.
    pub(super) fn sizes(&self) -> Vec<(&'static str, usize)> {
        self.passes.iter().map(|pass| (self.title(pass), pass.owners.len())).collect()
    }

    fn title(&self, pass: &Pass) -> &'static str {
        let first = pass.owners.iter().flatten().next();
        match first.map(|&(form, _)| &self.forms[form].spelling) {
            Some(Spelling::Base64 { .. }) => "base64",
            Some(Spelling::Utf16) => "UTF-16",
            _ if pass.width < WIDTH => "short",
            _ => "plain",
        }
    }

    /// What one pass alone adds to [`Searchers::search`], for benchmarks.
    pub(super) fn search_pass(&self, pass: usize, text: &[u8], hits: &mut Vec<Hit>) {
        let Some(pass) = self.passes.get(pass) else { return };
        for start in (0..text.len()).step_by(PIECE) {
            let to = text.len().min(start + PIECE + pass.width - 1);
            if !pass.wide || memchr::memchr(0, &text[start..to]).is_some() {
                self.pass_over(pass, text, start, to, hits);
            }
        }
    }

    /// How many of the passes are left out where the text holds no zero byte.
    #[cfg(test)]
    pub(super) fn wide_passes(&self) -> usize {
        self.passes.iter().filter(|pass| pass.wide).count()
    }

    /// Adds every anchor of `text` to `hits`, in the order of the text.
    pub(super) fn search(&self, seek: Seek, text: &[u8], hits: &mut Vec<Hit>) {
        let mut start = 0;
        while start < text.len() {
            let end = text.len().min(start + PIECE);
            let mut has_zero = None;
            for pass in &self.passes {
                let to = text.len().min(end + pass.width - 1);
                let may_be_wide = seek == Seek::Everything;
                if pass.wide
                    && !(may_be_wide
                        && *has_zero
                            .get_or_insert_with(|| memchr::memchr(0, &text[start..to]).is_some()))
                {
                    continue;
                }
                self.pass_over(pass, text, start, to, hits);
            }
            start = end;
        }
        hits.sort_unstable();
        // A name may be met by two of its probes.
        hits.dedup();
    }

    fn pass_over(&self, pass: &Pass, text: &[u8], start: usize, end: usize, hits: &mut Vec<Hit>) {
        let mut from = start;
        while let Some((fragment, at)) = pass.engine.find(text, Span { start: from, end }) {
            for &(form, offset) in &pass.owners[fragment] {
                let literal = &self.forms[form].literal;
                if let Some(at) = at.checked_sub(offset)
                    && text[at..].starts_with(literal)
                {
                    hits.push(Hit { at, form });
                }
            }
            for &offset in &pass.in_names[fragment] {
                if let Some(at) = at.checked_sub(offset) {
                    self.names.each_at(&text[at..], |form, _| hits.push(Hit { at, form }));
                }
            }
            // The searcher's own iterator does not overlap, so each search begins one byte on.
            from = at + 1;
        }
    }
}

impl Pass {
    fn new(fragments: Vec<Fragment>, width: usize, wide: bool) -> Option<Self> {
        let patterns: Vec<&[u8]> = fragments.iter().map(|f| f.bytes.as_slice()).collect();
        let engine = packed::Config::new()
            .match_kind(packed::MatchKind::LeftmostFirst)
            .builder()
            .extend(&patterns)
            .build()
            .map(Engine::Packed)
            .or_else(|| AhoCorasick::new(&patterns).ok().map(Engine::Automaton))?;
        let (owners, in_names) =
            fragments.into_iter().map(|fragment| (fragment.owners, fragment.in_names)).unzip();
        Some(Pass { engine, width, wide, owners, in_names })
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
        add_probes(name, rules.vocabulary().stem(first), WIDTH, &mut probes);
    }
    (names, probes)
}
