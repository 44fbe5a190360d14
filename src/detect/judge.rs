//! From hits to candidates: the rule's expression in the window round the anchor, then its checks.
//!
//! Judgement is a pure function of a hit and the bytes its rule may reach; nothing else of the text
//! is looked at, and no expression is compiled before its first anchor is met.

use std::cell::Cell;

use regex::bytes::Captures;

use super::{
    Candidate, Detector, Hit,
    anchor::Spelling,
    candidate::{drop_twins, masked_for, settle},
    check::Judgement,
    decode::Inner,
    depth::Depth,
    escape,
    heir::{Heir, Judged},
    inner,
    layer::{self, Opened},
    lines::Encoding,
    looked::{Looked, NEIGHBOURS},
    named::Name,
    partner,
    progress::Progress,
    undo::{A_RESOURCE, A_VALUE},
};
use crate::{
    model::{Confidence, Fact, Layer, PartnerRole, Patch, Span},
    rules::Check,
};

impl Detector {
    /// Judges the hits of a text: the second half of detection. `hits` are as
    /// [`Detector::anchors`] gave them for the same text, in order.
    pub fn judge(&self, text: &[u8], hits: &[Hit]) -> Vec<Candidate> {
        self.judge_as(text, hits, None)
    }

    /// The same where the text's encoding may be known, as its beginning tells it.
    pub(super) fn judge_as(
        &self,
        text: &[u8],
        hits: &[Hit],
        encoding: Option<Encoding>,
    ) -> Vec<Candidate> {
        let mut found = Vec::new();
        if !hits.is_empty() {
            let left = Cell::new(0);
            let mut progress = Progress { encoding, ..Progress::default() };
            let depth = Depth::outermost(&left);
            for hit in hits {
                progress.begin();
                self.judge_hit(text, *hit, &mut progress, depth, &mut found);
            }
            self.finish(text, &mut found);
        }
        found
    }

    /// The same for a text of `length` bytes that may be made from an older one, as `change` tells,
    /// whose hits were judged: verdicts are taken over where nothing they follow from has changed.
    /// `text` is asked for where that does not suffice. If others are made from this text, as `is_base`
    /// tells, what these may take over comes with the candidates.
    pub fn judge_heir<'t>(
        &self,
        hits: &[Hit],
        length: usize,
        change: Option<(&Patch<'_>, &Judged)>,
        is_base: bool,
        text: impl FnOnce() -> &'t [u8],
    ) -> (Vec<Candidate>, Option<Judged>) {
        let mut found = Vec::new();
        if hits.is_empty() {
            return (found, None);
        }
        let mut heir = Heir::new(hits, length, change, is_base);
        let mut progress = Progress::default();
        let mut numbered = hits.iter().copied().enumerate().peekable();
        while let Some(&(number, hit)) = numbered.peek()
            && heir.inherit(number, hit, &mut progress, &mut found)
        {
            numbered.next();
        }
        if numbered.peek().is_some() || !found.is_empty() {
            let text = text();
            let left = Cell::new(0);
            for (number, hit) in numbered {
                if !heir.inherit(number, hit, &mut progress, &mut found) {
                    let (first_new, undone) = (found.len(), progress.undone_to);
                    progress.begin();
                    self.judge_hit(text, hit, &mut progress, Depth::outermost(&left), &mut found);
                    heir.note(number, hit, &undone, &progress, &found[first_new..]);
                }
            }
            self.finish(text, &mut found);
        }
        (found, heir.into_own())
    }

    /// What is left to do when all hits of a text are judged.
    fn finish(&self, text: &[u8], found: &mut Vec<Candidate>) {
        partner::relate(self.rules.rules(), text, found);
        self.require_partners(found);
        settle(found);
        drop_twins(found);
    }

    /// Judges the hits of a text that was reached through an encoding.
    fn judge_at(&self, text: &[u8], hits: &[Hit], depth: Depth<'_>, found: &mut Vec<Candidate>) {
        let mut progress = Progress::default();
        let first_new = found.len();
        for hit in hits {
            progress.begin();
            self.judge_hit(text, *hit, &mut progress, depth, found);
        }
        partner::relate(self.rules.rules(), text, &mut found[first_new..]);
    }

    /// Judges one hit of a text, in which judgement has come so far.
    fn judge_hit(
        &self,
        text: &[u8],
        hit: Hit,
        progress: &mut Progress,
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) {
        let before = found.len();
        let form = &self.searchers.forms[hit.form];
        match &form.spelling {
            Spelling::Plain(owners) => {
                progress.looked = Looked::only(hit.at);
                for &owner in owners {
                    if !progress.turned_down.is_spent(owner, hit.at)
                        && let Some(end) =
                            self.try_form(owner, text, hit, &mut progress.looked, depth, found)
                    {
                        progress.turned_down.add(owner, hit.at, end);
                    }
                }
                // Escapes may stand inside of what the anchor begins.
                if found.len() == before {
                    self.undo(text, hit.at, self.around(owners), progress, depth, found);
                }
            }
            Spelling::Escaped { layer, next } if depth.may_open() => {
                let at = hit.at + form.literal.len() - 1;
                progress.looked = Looked::only(hit.at);
                progress.looked.see_around(at, 0, escape::LONGEST);
                if next.is_none_or(|c| escape::says(&text[at..], *layer, c)) {
                    self.undo_far(text, hit.at, *layer, progress, depth, found);
                }
            }
            Spelling::Declared(layer) if depth.may_open() => {
                progress.looked = Looked::only(hit.at);
                if escape::is_declared(text, hit.at, &mut progress.looked) {
                    self.undo_far(text, hit.at, *layer, progress, depth, found);
                }
            }
            Spelling::Disguised(owners) => {
                progress.looked = Looked::only(hit.at);
                progress.looked.see_around(hit.at, 0, form.literal.len());
                let around = if owners.is_empty() { A_RESOURCE } else { self.around(owners) };
                self.undo(text, hit.at, around, progress, depth, found);
            }
            Spelling::Typed => {
                self.typed.judge(&self.rules, text, hit.at, self.now, &mut progress.walked, found);
                // It reads strings in strings itself, and stands there without its quotes only
                // where they are escaped, too; mail leaves them.
                if found.len() == before {
                    let layer = Layer::QuotedPrintable;
                    self.undo_family(text, hit.at, layer, A_RESOURCE, progress, depth, found);
                }
            }
            Spelling::Named { owners, is_stem } => {
                progress.looked = Looked::only(hit.at);
                progress.looked.see_around(hit.at, 0, self.searchers.longest_narrow());
                if let Some(length) = self.searchers.length_at(hit.form, &text[hit.at..]) {
                    let span = Span::new(hit.at, hit.at + length);
                    let name = Name { span, is_stem: *is_stem };
                    self.try_names(owners, text, name, &mut progress.looked, depth, found);
                    if found.len() == before {
                        let around = self.around_name(owners);
                        self.undo_name(text, hit.at, around, progress, depth, found);
                    }
                }
            }
            Spelling::Base64 if depth.may_open() => {
                self.judge_base64(text, hit.at, progress, depth, found);
            }
            Spelling::Utf16 { .. } if depth.may_open() && hit.at >= progress.wide_to => {
                let encoding = progress.encoding.get_or_insert_with(|| Encoding::of(text));
                let layer = match *encoding {
                    Encoding::Utf16Be => Layer::Utf16Be,
                    _ => Layer::Utf16Le,
                };
                let opened = layer::open_utf16(text, hit.at, layer, self.room);
                progress.wide_to = opened.done_to(self.room);
                self.judge_inside(&opened, opened.whole_to(self.room), depth, found);
            }
            // What is packed is opened by another.
            Spelling::Packed { .. } => progress.looked = Looked::only(hit.at),
            _ => {}
        }
    }

    /// Judges what has the shape of text in base64.
    fn judge_base64(
        &self,
        text: &[u8],
        at: usize,
        progress: &mut Progress,
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) {
        if let Some(opened) = layer::open_wrapped(text, at, &mut progress.block, self.room) {
            self.judge_inside(&opened, opened.whole_to(self.room), depth, found);
        }
        let done = &mut progress.opened_to[at % 4];
        if at >= *done
            && !progress.block.is_even()
            && let Some(opened) = layer::open_base64(text, at, self.room)
        {
            *done = opened.done_to(self.room);
            let before = found.len();
            self.judge_inside(&opened, opened.whole_to(self.room), depth, found);
            // Its plus signs, slashes and line ends may be escaped, behind a character that
            // encodes nothing alone.
            let behind = &text[opened.outer.end..];
            let goes_on = [behind, behind.get(1..).unwrap_or_default()].map(escape::begins);
            if found.len() == before && goes_on.contains(&true) {
                self.undo(text, at, A_VALUE, progress, depth, found);
            }
        }
    }

    /// Searches a decoded stretch like any text, and places what it holds in the outer one. Where it
    /// is cut, what begins before `whole_to` in the outer text is whole in it.
    pub(super) fn judge_inside(
        &self,
        opened: &Opened,
        whole_to: usize,
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) {
        let own = Cell::new(0);
        // Deeper ones are bounded in sum, so what is found there does not follow from the text alone.
        let known = if depth.is_outermost() {
            let Some(stretch) = self.barren.begin(&opened.text) else { return };
            Some(stretch)
        } else {
            None
        };
        let Some(depth) = depth.inside(opened.text.len(), &own) else { return };
        let hits = self.searchers.search_apart(&opened.text);
        let first_new = found.len();
        self.judge_at(&opened.text, &hits, depth, found);
        if let Some(stretch) = known
            && found.len() == first_new
        {
            self.barren.add(stretch);
        }
        inner::locate(opened, &mut found[first_new..]);
        for candidate in &mut found[first_new..] {
            candidate.span = opened.outward(candidate.span);
            candidate.layers.insert(0, opened.layer);
            candidate.partners.iter_mut().for_each(|partner| partner.lines = None);
        }
        if opened.cut {
            // It may itself be cut, and its hit is opened again.
            let new = found.split_off(first_new);
            found.extend(new.into_iter().filter(|candidate| candidate.span.start < whole_to));
        }
    }

    /// Drops or lowers what stands without the partners that its form asks for.
    fn require_partners(&self, found: &mut Vec<Candidate>) {
        found.retain_mut(|candidate| {
            let has = |role: &PartnerRole| candidate.partners.iter().any(|p| p.role == *role);
            let Some(form) = candidate.form else { return true };
            let checks = &self.forms[form].of(self.rules.rules()).checks;
            let lacks = |check: &Check| matches!(check, Check::Needs(role) if !has(role));
            let misses = |check: &Check| matches!(check, Check::Prefers(role) if !has(role));
            if checks.iter().any(misses) {
                candidate.confidence = Confidence::Possible;
            }
            !checks.iter().any(lacks)
        });
    }

    /// Looks for the rule round one hit. Returns where the last match ends that the checks turned
    /// down.
    fn try_form(
        &self,
        owner: usize,
        text: &[u8],
        hit: Hit,
        looked: &mut Looked,
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) -> Option<usize> {
        let ready = &self.forms[owner];
        let reach = ready.of(self.rules.rules()).reach;
        let anchor = hit.at..hit.at + self.searchers.forms[hit.form].literal.len();
        looked.see(hit.at, anchor.end);
        if let Some(gate) = &ready.gate {
            looked.see(hit.at, anchor.end + gate.length());
            if !gate.lets_pass(&text[anchor.end..]) {
                return None;
            }
        }
        let (before, after) = ready.near_reach();
        looked.see_around(hit.at, before, after);
        if !ready.is_near(text, hit.at) {
            return None;
        }
        // Checks look at the neighbours of what was matched.
        looked.see_around(hit.at, reach.before + NEIGHBOURS, reach.after + NEIGHBOURS);
        let pattern = ready.pattern(self.rules.rules())?;
        let start = hit.at.saturating_sub(reach.before);
        let end = text.len().min(hit.at.saturating_add(reach.after));
        let mut turned_down = None;
        for captures in pattern.captures_iter(&text[start..end]) {
            let Some(whole) = captures.get(0) else { continue };
            let whole = Span::new(start + whole.start(), start + whole.end());
            if whole.start > anchor.start {
                break;
            }
            if whole.end >= anchor.end
                && !self.take(owner, text, start, whole, &captures, depth, found)
            {
                turned_down = Some(whole.end);
            }
        }
        turned_down
    }

    /// Adds the match, or what it wraps, if the checks let it pass; whether they did.
    #[allow(clippy::too_many_arguments)] // one call, from the loop above
    fn take(
        &self,
        owner: usize,
        text: &[u8],
        base: usize,
        whole: Span,
        captures: &Captures<'_>,
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) -> bool {
        let group =
            |name: &str| captures.name(name).map(|m| Span::new(base + m.start(), base + m.end()));
        let span = group("secret").unwrap_or(whole);
        let body = group("body").unwrap_or(span);
        let Some(judgement) = self.check(owner, text, whole, span, body) else { return false };
        self.add(owner, text, span, judgement, depth, found);
        true
    }

    /// Adds what was judged, or what it wraps.
    pub(super) fn add(
        &self,
        owner: usize,
        text: &[u8],
        span: Span,
        mut judgement: Judgement,
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) {
        let length = judgement.length.unwrap_or(span.len()).min(span.len());
        let span = Span::new(span.start, span.start + length);
        let mut layers = Vec::new();
        let secret = match judgement.inner.take() {
            None => span.of(text).to_vec(),
            Some(inner) => {
                let known = self.judge_wrapped(&inner, span, &judgement.facts, depth, found);
                if known {
                    return;
                }
                judgement.placeholder(self.rules.placeholders().judge(&inner.secret));
                judgement.wrapped(&inner.secret);
                layers.extend(inner.layer);
                inner.secret
            }
        };
        let rule = self.forms[owner].rule;
        found.push(Candidate {
            rule,
            form: Some(owner),
            span,
            secret: masked_for(&self.rules.rules()[rule], secret),
            confidence: judgement.confidence,
            layers,
            inner: None,
            facts: judgement.facts,
            partners: Vec::new(),
            lapse: judgement.lapse,
        });
    }

    /// Whether a wrapped secret is of a kind that rules know by itself: then it is reported as that
    /// kind, at the place of the wrapping and with what the wrapping says.
    fn judge_wrapped(
        &self,
        inner: &Inner,
        place: Span,
        facts: &[Fact],
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) -> bool {
        let own = Cell::new(0);
        let Some(depth) = depth.inside(inner.secret.len(), &own).filter(|_| depth.may_open())
        else {
            return false;
        };
        let hits = self.searchers.search_apart(&inner.secret);
        let first_new = found.len();
        self.judge_at(&inner.secret, &hits, depth, found);
        for candidate in &mut found[first_new..] {
            candidate.span = place;
            candidate.layers.splice(0..0, inner.layer);
            candidate.partners.iter_mut().for_each(|partner| partner.lines = None);
            candidate.facts.extend_from_slice(facts);
        }
        found.len() > first_new
    }
}
