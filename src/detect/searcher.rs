//! Finding every anchor in a text at the speed of memory.
//!
//! The fragments of all forms are spread over a few packed SIMD searchers (Teddy), each small enough
//! to run at full speed, and the text is taken in pieces that stay in the first-level cache while
//! each searcher passes over them. Measured on git's own source text on one core: one searcher of up
//! to 32 four-byte fragments passes at 13 GB/s, one of 36 at 7 GB/s. So what counts is how few
//! fragments there are: letters are folded first, so that one serves every case.

use aho_corasick::{AhoCorasick, Span, packed};

use super::{
    anchor::{Form, Fragment, Spelling, add_fragments, fewest_fragments, forms, probe_fragments},
    buckets::deal,
    folded::{fold, folded},
    hidden::{self, Narrowed},
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
const PIECE: usize = 16 * 1024;
/// More fragments than this make a packed searcher fall back to its half-speed variant.
const MOST_FRAGMENTS: usize = 32;
/// The length of a fragment, where a literal is long enough.
pub(super) const WIDTH: usize = 4;
/// The length for literals of three bytes.
pub(super) const SHORT_WIDTH: usize = 3;

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
}

/// What one thread reuses.
#[derive(Debug, Default)]
pub(super) struct Desk {
    /// The piece that is searched, in folded letters.
    folded: Vec<u8>,
    narrowed: Narrowed,
}

/// All forms of a rule set's anchors and the searchers that find them.
pub(super) struct Searchers {
    pub(super) forms: Vec<Form>,
    names: Names,
    passes: Vec<Pass>,
    /// The forms that are shapes: text in base64, and in UTF-16.
    base64: usize,
    wide: Vec<(usize, usize)>,
    longest: usize,
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
        let mut passes = Vec::new();
        for (fragments, width) in [(short, SHORT_WIDTH), (long, WIDTH)] {
            let dealt = deal(fragments, MOST_FRAGMENTS).into_iter();
            passes.extend(dealt.filter_map(|fragments| Pass::new(fragments, width)));
        }
        let longest = forms.iter().map(|form| form.literal.len()).max().unwrap_or(1);
        let longest = longest.max(names.longest());
        let base64 = of(&|form| form.spelling == Spelling::Base64)[0];
        let characters = |form: &usize| match forms[*form].spelling {
            Spelling::Utf16 { characters } => Some((characters, *form)),
            _ => None,
        };
        let wide = (0..forms.len()).filter_map(|form| characters(&form)).collect();
        Searchers { forms, names, passes, base64, wide, longest }
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
            Spelling::Base64 => hidden::is_base64_of_text(text).then_some(hidden::WINDOW),
            Spelling::Utf16 { characters } => {
                hidden::is_wide(text, *characters).then(|| hidden::wide_length(*characters))
            }
            _ => text.starts_with(literal).then_some(literal.len()),
        }
    }

    /// What each pass looks for and how many fragments that takes, and the look for shapes, which takes
    /// none: what a benchmark prints beside its speed.
    pub(super) fn sizes(&self) -> Vec<(&'static str, usize)> {
        let title = |pass: &Pass| if pass.width < WIDTH { "short" } else { "plain" };
        let passes = self.passes.iter().map(|pass| (title(pass), pass.owners.len()));
        passes.chain([("shapes", 0)]).collect()
    }

    /// What one pass alone adds to [`Searchers::search`], for benchmarks.
    pub(super) fn search_pass(
        &self,
        pass: usize,
        text: &[u8],
        desk: &mut Desk,
        hits: &mut Vec<Hit>,
    ) {
        for start in (0..text.len()).step_by(PIECE) {
            let end = text.len().min(start + PIECE);
            match self.passes.get(pass) {
                Some(pass) => {
                    desk.fold(&text[start..text.len().min(end + WIDTH - 1)]);
                    self.pass_over(pass, &desk.folded, text, start, hits);
                }
                None => self.look_for_shapes(Seek::Everything, text, start, end, desk, hits),
            }
        }
    }

    /// Adds every anchor of `text` to `hits`, in the order of the text.
    pub(super) fn search(&self, seek: Seek, text: &[u8], desk: &mut Desk, hits: &mut Vec<Hit>) {
        for start in (0..text.len()).step_by(PIECE) {
            let end = text.len().min(start + PIECE);
            desk.fold(&text[start..text.len().min(end + WIDTH - 1)]);
            for pass in &self.passes {
                self.pass_over(pass, &desk.folded, text, start, hits);
            }
            self.look_for_shapes(seek, text, start, end, desk, hits);
        }
        hits.sort_unstable();
        // A name may be met by two of its probes.
        hits.dedup();
    }

    /// Adds what shows by its shape that it is encoded, if it begins in this piece. UTF-16 shows by its
    /// zeros, and is of interest where something that is looked for stands in it.
    fn look_for_shapes(
        &self,
        seek: Seek,
        text: &[u8],
        start: usize,
        end: usize,
        desk: &mut Desk,
        hits: &mut Vec<Hit>,
    ) {
        hidden::each_base64(text, start, end, |at| hits.push(Hit { at, form: self.base64 }));
        let to = text.len().min(end + hidden::wide_length(hidden::WINDOW) - 1);
        if seek == Seek::NoWide || memchr::memchr(0, &text[start..to]).is_none() {
            return;
        }
        let Desk { folded, narrowed } = desk;
        narrowed.take(text, start, to);
        folded.clear();
        fold(&narrowed.text, folded);
        for &(characters, form) in &self.wide {
            let mut tell = |at| hits.push(Hit { at: narrowed.outward(at), form });
            if characters == hidden::WINDOW {
                hidden::each_base64(&narrowed.text, 0, narrowed.text.len(), tell);
                continue;
            }
            for pass in self.passes.iter().filter(|pass| pass.width == characters) {
                pass.each_fragment(folded, |_, at| tell(at));
            }
        }
    }

    /// Adds the literals and names whose fragments stand in the piece, given in folded letters, that
    /// begins at `start`.
    fn pass_over(
        &self,
        pass: &Pass,
        folded: &[u8],
        text: &[u8],
        start: usize,
        hits: &mut Vec<Hit>,
    ) {
        pass.each_fragment(folded, |fragment, at| {
            for &(form, offset) in &pass.owners[fragment] {
                let literal = &self.forms[form].literal;
                // The first byte tells most of dozens of literals that share a fragment.
                if let Some(at) = (start + at).checked_sub(offset)
                    && text.get(at) == literal.first()
                    && text[at..].starts_with(literal)
                {
                    hits.push(Hit { at, form });
                }
            }
            for &offset in &pass.in_names[fragment] {
                if let Some(at) = (start + at).checked_sub(offset) {
                    self.names.each_at(&text[at..], |form, _| hits.push(Hit { at, form }));
                }
            }
        });
    }
}

impl Desk {
    fn fold(&mut self, piece: &[u8]) {
        self.folded.clear();
        fold(piece, &mut self.folded);
    }
}

impl Pass {
    fn new(fragments: Vec<Fragment>, width: usize) -> Option<Self> {
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
        Some(Pass { engine, width, owners, in_names })
    }

    /// Tells each of the pass's fragments that stands in a text in folded letters, and where.
    #[inline]
    fn each_fragment(&self, folded: &[u8], mut tell: impl FnMut(usize, usize)) {
        let mut span = Span { start: 0, end: folded.len() };
        while let Some((fragment, at)) = self.engine.find(folded, span) {
            tell(fragment, at);
            // The searcher's own iterator does not overlap, so each search begins one byte on.
            span.start = at + 1;
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
