//! What judging each hit of a text showed, taken over by texts that are made from it.
//!
//! Nearly all hits of a history stand in stretches that were copied from an older version. The law:
//! *what a hit leads to follows from the bytes that its judgement looked at (`Looked`), from which
//! families of escapes had been undone as far as the hit, and from whether a rule had given up*. So
//! where one copied stretch holds the hit and all that was looked at, text ends included if they were
//! seen, and judgement comes to it in the same state, its verdict is taken over: candidates, moved to
//! their new place, and what it changes of the state. All else is judged anew. Partners are looked for
//! when all hits are judged, in the text at hand, and are no part of a verdict.
//!
//! A family of escapes that was undone here already, but not when the verdict was found, changes
//! nothing where the verdict was that nothing is there: then less is looked at, and still nothing found.
//!
//! The oracle is a property test here, and on any repository the hidden option `--no-inherit`.

use super::{
    Candidate, Hit,
    inherit::Register,
    progress::{Progress, Undone},
};
use crate::model::{Copied, Patch, Span};

/// A text may have verdicts of as many bytes as it has itself, and these.
const LEAST: usize = 64 << 10;
/// Of so many candidates of one text the verdicts are kept.
const MOST_FOUND: usize = 256;

/// What judging one hit showed.
#[derive(Debug, Clone, Copy)]
struct Verdict {
    /// How far its judgement looked to the left, and to the right.
    looked: Option<(u32, u32)>,
    /// How far behind the hit escapes are undone now, by family; 0 if they were not asked for.
    undone: [u32; 4],
    /// Of which families it made use that their escapes had been undone as far as there: a bit for each.
    was_undone: u8,
    /// Whether it led to a candidate.
    is_found: bool,
    /// The rule that turned it down, and how far behind the hit what it had matched ends.
    turned_down: Option<(u32, u32)>,
}

impl Verdict {
    /// For what must be judged each time.
    const NONE: Verdict =
        Verdict { looked: None, undone: [0; 4], was_undone: 0, is_found: false, turned_down: None };

    /// Whether all that was looked at for the hit at `at` of a text of `older` bytes is copied to one of
    /// `newer` bytes.
    fn is_in(&self, at: usize, copy: &Copied, older: usize, newer: usize) -> bool {
        let Some((before, behind)) = self.looked else { return false };
        let end = at + behind as usize;
        let left = match at.checked_sub(before as usize) {
            Some(start) => start >= copy.from,
            None => copy.from == 0 && copy.to == 0,
        };
        let right = match end <= older {
            true => end <= copy.from + copy.len,
            false => copy.from + copy.len == older && copy.to + copy.len == newer,
        };
        left && right
    }
}

/// The hits of a text, and what judging them showed.
#[derive(Debug)]
pub struct Judged {
    length: usize,
    hits: Box<[Hit]>,
    /// One for each hit, or none at all.
    verdicts: Vec<Verdict>,
    /// By the hit's number.
    found: Vec<(u32, Candidate)>,
}

impl Judged {
    /// The hits, in order.
    pub fn hits(&self) -> &[Hit] {
        &self.hits
    }

    fn new(hits: &[Hit], length: usize) -> Self {
        let size = hits.len().saturating_mul(size_of::<Verdict>());
        let count = if size <= length.saturating_add(LEAST) { hits.len() } else { 0 };
        let verdicts = vec![Verdict::NONE; count];
        Judged { length, hits: hits.into(), verdicts, found: Vec::new() }
    }

    fn found_by(&self, hit: usize) -> &[(u32, Candidate)] {
        let first = self.found.partition_point(|(of, _)| (*of as usize) < hit);
        let count = self.found[first..].iter().take_while(|(of, _)| *of as usize == hit).count();
        &self.found[first..first + count]
    }
}

/// A text whose hits are being judged, with what is taken over from an older one.
pub(super) struct Heir<'a> {
    older: Option<&'a Judged>,
    /// For each hit the number of the older text's from whose verdict it may inherit, and one.
    from: Vec<u32>,
    /// What is noted for those made from this text, if there are any.
    own: Option<Judged>,
}

impl<'a> Heir<'a> {
    /// A text of so many bytes; `is_base` says whether others are made from it.
    pub(super) fn new(
        hits: &[Hit],
        length: usize,
        change: Option<(&Patch<'_>, &'a Judged)>,
        is_base: bool,
    ) -> Self {
        let from =
            change.map_or(Vec::new(), |(patch, older)| ancestors(hits, length, patch, older));
        let older = change.map(|(_, older)| older).filter(|_| !from.is_empty());
        Heir { older, from, own: is_base.then(|| Judged::new(hits, length)) }
    }

    /// Takes over what the hit of this number leads to. `false` if it must be judged.
    pub(super) fn inherit(
        &mut self,
        number: usize,
        hit: Hit,
        progress: &mut Progress,
        found: &mut Vec<Candidate>,
    ) -> bool {
        let from = self.from.get(number).and_then(|from| (*from as usize).checked_sub(1));
        let (Some(older), Some(from)) = (self.older, from) else { return false };
        let Some(&verdict) = older.verdicts.get(from) else { return false };
        if progress.turned_down.has_spent() {
            return false;
        }
        for (family, (done, added)) in progress.undone_to.iter().zip(verdict.undone).enumerate() {
            let is_undone = hit.at < *done;
            if !is_undone && verdict.was_undone >> family & 1 == 1
                || is_undone && added > 0 && verdict.is_found
            {
                return false;
            }
        }
        for (done, added) in progress.undone_to.iter_mut().zip(verdict.undone) {
            if hit.at >= *done && added > 0 {
                *done = hit.at + added as usize;
            }
        }
        if let Some((rule, length)) = verdict.turned_down {
            progress.turned_down.add(rule as usize, hit.at, hit.at + length as usize);
        }
        let first_new = found.len();
        if verdict.is_found {
            let was_at = older.hits[from].at;
            found.extend(older.found_by(from).iter().map(|(_, candidate)| {
                let moved = |at: usize| (at + hit.at).saturating_sub(was_at);
                let Span { start, end } = candidate.span;
                Candidate { span: Span::new(moved(start), moved(end)), ..candidate.clone() }
            }));
        }
        self.keep(number, verdict, &found[first_new..]);
        true
    }

    /// Notes what judging the hit of this number showed. `undone` is how far escapes were undone
    /// before.
    pub(super) fn note(
        &mut self,
        number: usize,
        hit: Hit,
        undone: &Undone,
        progress: &Progress,
        found: &[Candidate],
    ) {
        if self.own.is_some() {
            let verdict = verdict(hit.at, undone, progress, !found.is_empty());
            self.keep(number, verdict.unwrap_or(Verdict::NONE), found);
        }
    }

    fn keep(&mut self, number: usize, verdict: Verdict, found: &[Candidate]) {
        let Some(own) = &mut self.own else { return };
        let Some(slot) = own.verdicts.get_mut(number) else { return };
        if verdict.looked.is_none() || own.found.len() + found.len() > MOST_FOUND {
            return;
        }
        *slot = verdict;
        own.found.extend(found.iter().map(|candidate| (number as u32, candidate.clone())));
    }

    /// What those that are made from this text may take over.
    pub(super) fn into_own(self) -> Option<Judged> {
        self.own
    }
}

/// What judging the hit at `at` showed, if it says all. `undone` is how far escapes were undone before.
fn verdict(at: usize, undone: &Undone, progress: &Progress, is_found: bool) -> Option<Verdict> {
    let mut verdict = Verdict {
        looked: Some(progress.looked.round(at)?),
        was_undone: progress.was_undone,
        is_found,
        ..Verdict::NONE
    };
    for ((added, before), now) in verdict.undone.iter_mut().zip(undone).zip(progress.undone_to) {
        if now != *before {
            *added = u32::try_from(now.checked_sub(at)?).ok()?;
        }
    }
    match progress.turned_down.latest() {
        _ if progress.turned_down.has_spent() => return None,
        [] => {}
        &[(rule, end)] => {
            let length = u32::try_from(end.checked_sub(at)?).ok()?;
            verdict.turned_down = Some((u32::try_from(rule).ok()?, length));
        }
        _ => return None,
    }
    Some(verdict)
}

/// For each hit the number of the older text's from whose verdict it may inherit, and one, or 0. Empty
/// if there is none.
fn ancestors(hits: &[Hit], length: usize, patch: &Patch<'_>, older: &Judged) -> Vec<u32> {
    let mut from = Vec::new();
    // A forged store may hold two contents of one name.
    if older.verdicts.is_empty() || older.length != patch.older.len() || length != patch.len() {
        return from;
    }
    let register = Register::new(&older.hits);
    let mut next = 0;
    for copy in patch.copies() {
        while hits.get(next).is_some_and(|hit| hit.at < copy.to) {
            next += 1;
        }
        let end = copy.to + copy.len;
        if hits.get(next).is_none_or(|hit| hit.at >= end) {
            continue;
        }
        let mut known = register.first_from(copy.from);
        while let Some(hit) = hits.get(next).filter(|hit| hit.at < end) {
            let was = Hit { at: hit.at - copy.to + copy.from, form: hit.form };
            while older.hits.get(known).is_some_and(|known| *known < was) {
                known += 1;
            }
            if older.hits.get(known) == Some(&was)
                && older.verdicts[known].is_in(was.at, &copy, older.length, length)
                && let Ok(number) = u32::try_from(known + 1)
            {
                from.resize(hits.len(), 0);
                from[next] = number;
            }
            next += 1;
        }
    }
    from
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        detect::{Scratch, fuzzing},
        model::Piece,
    };

    /// What stands between anchors: what gives values, ends words, escapes, and says nothing.
    const BETWEEN: [&[u8]; 24] = [
        b" = \"",
        b"\": \"",
        b"\"\n",
        b" ",
        b"\n",
        b"\\n",
        b"\\\"",
        b"%22",
        b"%3D",
        b"&quot;",
        b"=3D",
        b"=\r\n",
        b"} =",
        b"description: \"",
        b"echo '",
        b"' | wrangler secret put ",
        b"</key><string>",
        b"_PROD",
        b"x",
        b"0123456789abcdef0123456789abcdef",
        b"zone_id",
        b"someone@example.org",
        b"+",
        b"\xff",
    ];

    /// A text of anchors, whole credentials and what stands between them, with gaps.
    fn sown(picks: &[(usize, usize, u16)]) -> Vec<u8> {
        let words = fuzzing::dictionary();
        let mut text = Vec::new();
        for &(word, between, gap) in picks {
            if word % 3 > 0 {
                text.extend_from_slice(&words[word / 3 % words.len()]);
            }
            text.extend_from_slice(BETWEEN[between % BETWEEN.len()]);
            if gap % 5 == 0 {
                text.extend(b"nothing of note. ".iter().cycle().take(usize::from(gap) / 8));
            }
        }
        text
    }

    /// The text with some bytes replaced, and how it is made from this one.
    fn edited(
        older: &[u8],
        edits: &[(prop::sample::Index, usize, usize)],
    ) -> (Vec<u8>, Vec<Piece>, Vec<u8>) {
        let mut edits: Vec<_> =
            edits.iter().map(|(at, cut, put)| (at.index(older.len() + 1), cut, put)).collect();
        edits.sort();
        let (mut newer, mut pieces, mut inserted, mut from) =
            (Vec::new(), Vec::new(), Vec::new(), 0);
        for (at, cut, put) in edits.into_iter().chain([(older.len(), &0, &1)]) {
            if at > from {
                pieces.push(Piece { to: newer.len(), len: at - from, at: from, copied: true });
                newer.extend_from_slice(&older[from..at]);
            }
            from = from.max((at + cut).min(older.len()));
            if put % 2 == 0 {
                let put = BETWEEN[put / 2 % BETWEEN.len()];
                pieces.push(Piece {
                    to: newer.len(),
                    len: put.len(),
                    at: inserted.len(),
                    copied: false,
                });
                newer.extend_from_slice(put);
                inserted.extend_from_slice(put);
            }
        }
        (newer, pieces, inserted)
    }

    fn told(found: &[Candidate]) -> Vec<String> {
        found.iter().map(|each| format!("{each:?} {:?}", each.secret.reveal())).collect()
    }

    type Edits = Vec<(prop::sample::Index, usize, usize)>;

    fn edits() -> impl Strategy<Value = Edits> {
        prop::collection::vec((any::<prop::sample::Index>(), 0usize..30, 0usize..96), 0..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn verdicts_are_the_same_with_and_without_inheritance(
            picks in prop::collection::vec((any::<usize>(), any::<usize>(), any::<u16>()), 1..30),
            generations in prop::collection::vec(edits(), 1..4),
        ) {
            let detector = fuzzing::detector();
            let mut scratch = Scratch::default();
            let mut older = sown(&picks);
            let hits = detector.anchors(&older, &mut scratch).to_vec();
            let (_, mut judged) = detector.judge_heir(&hits, older.len(), None, true, || &older);
            for edits in &generations {
                let (newer, pieces, inserted) = edited(&older, edits);
                let patch = Patch { pieces: &pieces, older: &older, inserted: &inserted, margin: 0 };
                let hits = detector.anchors(&newer, &mut scratch).to_vec();
                let change = judged.as_ref().map(|judged| (&patch, judged));
                let (found, own) =
                    detector.judge_heir(&hits, newer.len(), change, true, || &newer);
                prop_assert_eq!(told(&found), told(&detector.judge(&newer, &hits)));
                (older, judged) = (newer, own);
            }
        }
    }

    /// Hits far from a change are not judged again: the text is not even asked for.
    #[test]
    fn what_is_far_from_a_change_is_taken_over() {
        let detector = fuzzing::detector();
        let mut scratch = Scratch::default();
        let filler = b"nothing of note. ".repeat(100);
        let older = [&filler[..], b"see CLOUDFLARE_API_TOKEN here.", &filler].concat();
        let hits = detector.anchors(&older, &mut scratch).to_vec();
        assert!(!hits.is_empty());
        let (_, judged) = detector.judge_heir(&hits, older.len(), None, true, || &older);
        let judged = judged.unwrap();
        for (at, is_judged) in [(0, false), (filler.len() + 32, true), (older.len(), false)] {
            let copy =
                |from: usize, end: usize, to| Piece { to, len: end - from, at: from, copied: true };
            let put = Piece { to: at, len: 3, at: 0, copied: false };
            let pieces = [copy(0, at, 0), put, copy(at, older.len(), at + 3)];
            let pieces: Vec<Piece> = pieces.into_iter().filter(|piece| piece.len > 0).collect();
            let patch = Patch { pieces: &pieces, older: &older, inserted: b"new", margin: 0 };
            let newer = [&older[..at], b"new", &older[at..]].concat();
            let hits = detector.anchors(&newer, &mut scratch).to_vec();
            let mut is_asked = false;
            let text = || {
                is_asked = true;
                &newer[..]
            };
            detector.judge_heir(&hits, newer.len(), Some((&patch, &judged)), false, text);
            assert_eq!(is_asked, is_judged, "{at}");
        }
    }
}
