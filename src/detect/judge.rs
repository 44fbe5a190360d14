//! From hits to candidates: the rule's expression in the window round the anchor, then its checks.
//!
//! Judgement is a pure function of a hit and the bytes its rule may reach; nothing else of the text
//! is looked at, and no expression is compiled before its first anchor is met.

use std::cell::Cell;

use regex::bytes::Captures;

use super::{
    Candidate, Detector, Hit,
    anchor::Spelling,
    boundary,
    candidate::{drop_twins, masked_for, settle},
    decode::{self, Decoded, Inner},
    depth::Depth,
    escape, inner,
    layer::{self, Opened},
    lines::Encoding,
    named::Name,
    partner,
    searcher::{Desk, Seek},
    shape, typed,
    undo::{A_RESOURCE, A_VALUE},
    wrapped::Block,
};
use crate::{
    model::{Confidence, Fact, Lapse, Layer, PartnerRole, Span},
    rules::{Check, PlaceholderKind},
};

/// How often a rule is tried inside a stretch that it has matched and turned down. A real secret may
/// begin behind a false beginning, but not behind dozens of them, and each try may cost as much as the
/// rule's whole reach: a text of nothing but anchors would cost its length times that.
const MOST_TRIES: u32 = 16;

/// The stretches that rules have turned down, by rule.
#[derive(Default)]
struct TurnedDown(Vec<(usize, usize, u32)>);

impl TurnedDown {
    /// Whether a hit of the rule lies in a stretch on which enough has been spent.
    fn is_spent(&self, rule: usize, at: usize) -> bool {
        self.0.iter().any(|&(of, end, tries)| of == rule && at < end && tries >= MOST_TRIES)
    }

    /// Notes that what the rule matched round a hit, up to `end`, was turned down.
    fn add(&mut self, rule: usize, at: usize, end: usize) {
        match self.0.iter_mut().find(|(of, ..)| *of == rule) {
            Some((_, to, tries)) if at < *to => (*to, *tries) = (end.max(*to), *tries + 1),
            Some((_, to, tries)) => (*to, *tries) = (end, 1),
            None => self.0.push((rule, end, 1)),
        }
    }
}

/// What the checks have found out so far about one match.
pub(super) struct Judgement {
    confidence: Confidence,
    /// A checksum holds, so neighbours do not matter.
    proven: bool,
    facts: Vec<Fact>,
    lapse: Option<Lapse>,
    /// How much of the secret's group is the secret, if a decoder said so.
    length: Option<usize>,
    inner: Option<Inner>,
}

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
            self.judge_at(text, hits, encoding, Depth::outermost(&left), &mut found);
            self.require_partners(&mut found);
            settle(&mut found);
            drop_twins(&mut found);
        }
        found
    }

    fn judge_at(
        &self,
        text: &[u8],
        hits: &[Hit],
        mut encoding: Option<Encoding>,
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) {
        // Base64 has four alignments; a stretch opened at one of them is not opened again.
        let mut opened_to = [0; 4];
        let mut wide_to = 0;
        let mut block = Block::default();
        let mut undone_to = [0; escape::FAMILIES.len()];
        let mut turned_down = TurnedDown::default();
        let mut walked = typed::Progress::default();
        let first_new = found.len();
        for hit in hits {
            match &self.searchers.forms[hit.form].spelling {
                Spelling::Plain(owners) => {
                    let before = found.len();
                    for &owner in owners {
                        if !turned_down.is_spent(owner, hit.at)
                            && let Some(end) = self.try_form(owner, text, *hit, depth, found)
                        {
                            turned_down.add(owner, hit.at, end);
                        }
                    }
                    // Escapes may stand inside of what the anchor begins.
                    if found.len() == before {
                        let around = self.around(owners);
                        self.undo(text, hit.at, around, &mut undone_to, depth, found);
                    }
                }
                Spelling::Escaped { layer, next } if depth.may_open() => {
                    let at = hit.at + self.searchers.forms[hit.form].literal.len() - 1;
                    if next.is_none_or(|c| escape::says(&text[at..], *layer, c)) {
                        self.undo_far(text, hit.at, *layer, &mut undone_to, depth, found);
                    }
                }
                Spelling::Declared(layer) if depth.may_open() => {
                    self.undo_far(text, hit.at, *layer, &mut undone_to, depth, found);
                }
                Spelling::Disguised(owners) => {
                    let around = if owners.is_empty() { A_RESOURCE } else { self.around(owners) };
                    self.undo(text, hit.at, around, &mut undone_to, depth, found);
                }
                Spelling::Typed => {
                    let before = found.len();
                    self.typed.judge(&self.rules, text, hit.at, self.now, &mut walked, found);
                    // It reads strings in strings itself, and stands there without its quotes only
                    // where they are escaped, too; mail leaves them.
                    if found.len() == before {
                        let layer = Layer::QuotedPrintable;
                        self.undo_family(
                            text,
                            hit.at,
                            layer,
                            A_RESOURCE,
                            &mut undone_to,
                            depth,
                            found,
                        );
                    }
                }
                Spelling::Named { owners, is_stem } => {
                    if let Some(length) = self.searchers.length_at(hit.form, &text[hit.at..]) {
                        let span = Span::new(hit.at, hit.at + length);
                        let name = Name { span, is_stem: *is_stem };
                        let before = found.len();
                        self.try_names(owners, text, name, depth, found);
                        if found.len() == before {
                            self.undo(text, hit.at, A_VALUE, &mut undone_to, depth, found);
                        }
                    }
                }
                Spelling::Base64 if depth.may_open() => {
                    if let Some(opened) = layer::open_wrapped(text, hit.at, &mut block, self.room) {
                        self.judge_inside(&opened, opened.whole_to(self.room), depth, found);
                    }
                    let done = &mut opened_to[hit.at % 4];
                    if hit.at >= *done
                        && !block.is_even()
                        && let Some(opened) = layer::open_base64(text, hit.at, self.room)
                    {
                        *done = opened.done_to(self.room);
                        let before = found.len();
                        self.judge_inside(&opened, opened.whole_to(self.room), depth, found);
                        // Its plus signs, slashes and line ends may be escaped, behind a character that
                        // encodes nothing alone.
                        let behind = &text[opened.outer.end..];
                        let goes_on =
                            [behind, behind.get(1..).unwrap_or_default()].map(escape::begins);
                        if found.len() == before && goes_on.contains(&true) {
                            self.undo(text, hit.at, A_VALUE, &mut undone_to, depth, found);
                        }
                    }
                }
                Spelling::Utf16 { .. } if depth.may_open() && hit.at >= wide_to => {
                    let layer = match *encoding.get_or_insert_with(|| Encoding::of(text)) {
                        Encoding::Utf16Be => Layer::Utf16Be,
                        _ => Layer::Utf16Le,
                    };
                    let opened = layer::open_utf16(text, hit.at, layer, self.room);
                    wide_to = opened.done_to(self.room);
                    self.judge_inside(&opened, opened.whole_to(self.room), depth, found);
                }
                _ => {}
            }
        }
        partner::relate(self.rules.rules(), text, &mut found[first_new..]);
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
        let mut hits = Vec::new();
        self.searchers.search(Seek::Everything, &opened.text, &mut Desk::default(), &mut hits);
        let first_new = found.len();
        self.judge_at(&opened.text, &hits, None, depth, found);
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
        depth: Depth<'_>,
        found: &mut Vec<Candidate>,
    ) -> Option<usize> {
        let ready = &self.forms[owner];
        let reach = ready.of(self.rules.rules()).reach;
        let anchor = hit.at..hit.at + self.searchers.forms[hit.form].literal.len();
        if !ready.gate.as_ref().is_none_or(|gate| gate.lets_pass(&text[anchor.end..]))
            || !ready.is_near(text, hit.at)
        {
            return None;
        }
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
        let mut hits = Vec::new();
        self.searchers.search(Seek::Everything, &inner.secret, &mut Desk::default(), &mut hits);
        let first_new = found.len();
        self.judge_at(&inner.secret, &hits, None, depth, found);
        for candidate in &mut found[first_new..] {
            candidate.span = place;
            candidate.layers.splice(0..0, inner.layer);
            candidate.partners.iter_mut().for_each(|partner| partner.lines = None);
            candidate.facts.extend_from_slice(facts);
        }
        found.len() > first_new
    }

    /// Runs the rule's checks in order; `None` drops the match.
    pub(super) fn check(
        &self,
        owner: usize,
        text: &[u8],
        whole: Span,
        span: Span,
        body: Span,
    ) -> Option<Judgement> {
        let ready = &self.forms[owner];
        let form = ready.of(self.rules.rules());
        let mut judgement = Judgement {
            confidence: form.confidence,
            proven: false,
            facts: Vec::new(),
            lapse: self.retired[ready.rule].clone(),
            length: None,
            inner: None,
        };
        for check in &form.checks {
            let lets_pass = match check {
                Check::Crc32 => {
                    let holds = shape::checksum_holds(body.of(text), digits_after(text, body));
                    judgement.checksum(holds, Confidence::Possible);
                    true
                }
                Check::Crc32Hint => {
                    if shape::checksum_holds(body.of(text), digits_after(text, body)) {
                        judgement.checksum(true, Confidence::Certain);
                    }
                    true
                }
                Check::Boundary => {
                    // A gate may describe what stands between words, too: a slash ends a word.
                    let gate = ready.gate.as_ref();
                    let joins = |b| matches!(b, b'_' | b'-') && gate.is_some_and(|g| g.holds(b));
                    judgement.proven || boundary::stands_alone(text, whole, joins)
                }
                Check::Entropy(least) => shape::entropy(body.of(text)) >= *least,
                Check::NotHex => shape::is_not_hex(body.of(text)),
                Check::Placeholder => {
                    let (secret, body) = (span.of(text), body.of(text));
                    judgement.placeholder(self.rules.placeholders().judge_parts(secret, body));
                    true
                }
                Check::Decode(decoder) => {
                    let decoded = decode::decode(*decoder, span.of(text), whole.of(text), self.now);
                    judgement.decoded(decoded)
                }
                Check::Mixed => shape::is_mixed(body.of(text)),
                Check::Foreign => !shape::is_foreign(body.of(text)),
                Check::Words => {
                    if shape::is_wordy(body.of(text)) {
                        judgement.confidence = Confidence::Possible;
                    }
                    true
                }
                Check::Remote => shape::is_remote(span.of(text)),
                // What stands further away is looked for when all of the text has been judged.
                Check::Needs(_) | Check::Prefers(_) => true,
            };
            if !lets_pass {
                return None;
            }
        }
        Some(judgement)
    }
}

impl Judgement {
    fn checksum(&mut self, holds: bool, otherwise: Confidence) {
        self.proven |= holds;
        self.confidence = if holds { Confidence::Certain } else { otherwise };
        let value = if holds { "valid" } else { "invalid" };
        self.facts.push(Fact { name: "checksum", value: value.to_owned() });
    }

    /// A placeholder is never more than possible, whatever its checksum says.
    fn placeholder(&mut self, kind: Option<PlaceholderKind>) {
        if let Some(kind) = kind {
            self.confidence = Confidence::Possible;
            self.facts.push(Fact { name: "placeholder", value: kind.describe() });
        }
    }

    /// A structure may hold only a dummy: what no kind of credential looks like is no more than
    /// possible, however well it is wrapped.
    fn wrapped(&mut self, secret: &[u8]) {
        if !shape::could_be_token(secret) && !decode::is_pem(secret) {
            self.confidence = Confidence::Possible;
        }
    }

    fn decoded(&mut self, decoded: Option<Decoded>) -> bool {
        let Some(decoded) = decoded else { return false };
        self.confidence = Confidence::Certain;
        self.proven = true;
        self.facts.extend(decoded.facts);
        self.lapse = self.lapse.take().or(decoded.lapse);
        self.length = decoded.length;
        self.inner = decoded.inner;
        true
    }
}

/// The eight characters after the body, where the checksum stands.
fn digits_after(text: &[u8], body: Span) -> &[u8] {
    text.get(body.end..body.end + 8).unwrap_or_default()
}
