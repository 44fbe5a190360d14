//! Taking secrets out of every text that a report shows besides the finding itself: paths, subjects,
//! names, refs, reasons of gaps.
//!
//! A token can stand in a file's name or a commit's subject. Such a text is shown with each secret
//! of the run replaced by its mask, also those that are below the asked confidence. And since not
//! every text that is shown was searched (the folder that was named, a remote's address in a run that
//! reads no configuration), each is searched once more on its way out.

use std::{borrow::Cow, cell::RefCell};

use aho_corasick::{AhoCorasick, MatchKind};
use bstr::{BString, ByteSlice};
use rustc_hash::FxHashMap;

use crate::{
    detect::{Candidate, Detector, Scratch},
    history::MOST_TEXT,
    model::{CommitRef, Finding, Gap, Impact, Person, Place, Provenance, Repository, Secret, Span},
};

/// Texts of commits are cut to a length before they come here; a secret that lies across the cut is
/// known by so many of its first bytes.
const SHORTEST_BEGINNING: usize = 8;
/// How many texts are remembered with what became of them: one commit stands at many places.
const MOST_KNOWN: usize = 1 << 16;

/// Replaces the secrets of a run, and whatever else a rule takes for one, by their masks.
pub struct Redactor<'d> {
    secrets: Option<AhoCorasick>,
    plain: Vec<Vec<u8>>,
    masks: Vec<String>,
    detector: Option<&'d Detector>,
    known: RefCell<FxHashMap<BString, BString>>,
}

/// A stretch of a text that must not be shown, and what is shown for it.
struct Hidden {
    span: Span,
    mask: String,
}

impl<'d> Redactor<'d> {
    /// A redactor for these plaintexts, each with what is shown in its place.
    pub fn new(secrets: impl IntoIterator<Item = (Vec<u8>, String)>) -> Self {
        let mut secrets: Vec<_> =
            secrets.into_iter().filter(|(plain, _)| !plain.is_empty()).collect();
        // One spelling may have been met in a hundred thousand commits.
        secrets.sort_unstable();
        secrets.dedup_by(|later, kept| later.0 == kept.0);
        let (plain, masks): (Vec<_>, Vec<_>) = secrets.into_iter().unzip();
        let secrets = (!plain.is_empty())
            .then(|| AhoCorasick::builder().match_kind(MatchKind::Standard).build(&plain).ok())
            .flatten();
        Redactor { secrets, plain, masks, detector: None, known: RefCell::default() }
    }

    /// The same, which also searches each text by the rules.
    #[must_use]
    pub fn searching(mut self, detector: &'d Detector) -> Self {
        self.detector = Some(detector);
        self
    }

    /// The text with every secret replaced, also one that the end of the text cuts short.
    pub fn bytes(&self, text: &mut BString) {
        if text.is_empty() {
            return;
        }
        if let Some(safe) = self.known.borrow().get(text) {
            text.clone_from(safe);
            return;
        }
        let safe = replaced(text, self.hidden_in(text));
        let mut known = self.known.borrow_mut();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(std::mem::replace(text, safe.clone()), safe);
    }

    /// The same for text that is UTF-8.
    pub fn text(&self, text: &mut String) {
        let mut bytes = BString::from(std::mem::take(text));
        self.bytes(&mut bytes);
        *text = bytes.to_str_lossy().into_owned();
    }

    /// Everything in the text that must not be shown. Stretches may overlap.
    fn hidden_in(&self, text: &[u8]) -> Vec<Hidden> {
        let mut hidden = Vec::new();
        for found in self.secrets.iter().flat_map(|secrets| secrets.find_overlapping_iter(text)) {
            let mask = self.masks[found.pattern().as_usize()].clone();
            hidden.push(Hidden { span: Span::new(found.start(), found.end()), mask });
        }
        let found = self.detector.map(|detector| secrets_in(detector, text));
        for candidate in found.into_iter().flatten() {
            hidden.push(Hidden { span: candidate.span, mask: candidate.secret.mask() });
        }
        hidden
    }

    /// Takes away the beginning of a secret at the end of a text that was cut.
    fn cut_end(&self, text: &mut BString) {
        let beginning = |plain: &Vec<u8>| {
            let longest = plain.len().saturating_sub(1).min(text.len());
            (SHORTEST_BEGINNING..=longest).rev().find(|&length| text.ends_with(&plain[..length]))
        };
        if let Some(longest) = self.plain.iter().filter_map(beginning).max() {
            let end = text.len() - longest;
            text.truncate(end);
            text.extend_from_slice("…".as_bytes());
        }
    }

    /// Every text of a finding that came from the scanned source.
    pub fn finding(&self, finding: &mut Finding) {
        finding.places.iter_mut().for_each(|place| self.place(place));
        finding.facts.iter_mut().for_each(|fact| self.text(&mut fact.value));
        finding.history.iter_mut().for_each(|history| self.provenance(history));
        finding.partners.iter_mut().for_each(|partner| self.text(&mut partner.value));
    }

    /// Every text of the service's in what a credential opens: a name may hold what was sent.
    pub fn impact(&self, impact: &mut Impact) {
        let things = [&mut impact.accounts, &mut impact.zones, &mut impact.tunnels];
        things.into_iter().flatten().filter_map(|t| t.name.as_mut()).for_each(|n| self.text(n));
        let texts = impact.permissions.iter_mut().chain(&mut impact.reasons);
        texts.for_each(|text| self.text(text));
        if let Some(token) = &mut impact.token {
            let addresses = token.allowed_from.iter_mut().chain(&mut token.denied_from);
            addresses.chain(&mut token.name).for_each(|text| self.text(text));
        }
    }

    fn place(&self, place: &mut Place) {
        for text in [&mut place.path, &mut place.member].into_iter().flatten() {
            self.bytes(text);
        }
        if let Some(repository) = &mut place.repository {
            self.bytes(repository);
        }
        if let Some(commit) = &mut place.commit {
            self.commit(commit);
        }
    }

    fn provenance(&self, history: &mut Provenance) {
        if let Some(repository) = &mut history.repository {
            self.bytes(repository);
        }
        for note in history.introduced.listed.iter_mut().chain(&mut history.removed.listed) {
            self.commit(&mut note.commit);
        }
        history.refs.iter_mut().for_each(|name| self.bytes(name));
    }

    fn commit(&self, commit: &mut CommitRef) {
        self.of_commit(&mut commit.subject);
        for Person { name, email, .. } in [&mut commit.author, &mut commit.committer] {
            self.of_commit(name);
            self.of_commit(email);
        }
    }

    fn of_commit(&self, text: &mut BString) {
        let may_be_cut = text.len() >= MOST_TEXT;
        self.bytes(text);
        if may_be_cut {
            self.cut_end(text);
        }
    }

    /// Every text of a gap.
    pub fn gap(&self, gap: &mut Gap) {
        self.text(&mut gap.detail);
        if let Some(path) = &mut gap.path {
            self.bytes(path);
        }
    }

    /// Every text that names the repository.
    pub fn repository(&self, repository: &mut Repository) {
        self.bytes(&mut repository.root);
        if let Some(remote) = &mut repository.remote {
            self.text(remote);
        }
        if let Some(branch) = &mut repository.branch {
            self.bytes(branch);
        }
    }
}

/// The text with each hidden stretch replaced. Stretches that overlap are one, so that nothing of
/// either is left, and the longest gives its mask.
fn replaced(text: &BString, mut hidden: Vec<Hidden>) -> BString {
    if hidden.is_empty() {
        return text.clone();
    }
    hidden.sort_by_key(|h| (h.span.start, std::cmp::Reverse(h.span.end)));
    let mut safe = BString::default();
    let mut shown_to = 0;
    let mut stretches = hidden.into_iter().peekable();
    while let Some(first) = stretches.next() {
        let (mut end, mut longest) = (first.span.end, first);
        while let Some(next) = stretches.next_if(|next| next.span.start < end) {
            end = end.max(next.span.end);
            if next.span.len() > longest.span.len() {
                longest.mask = next.mask;
                longest.span = Span::new(longest.span.start, longest.span.start + next.span.len());
            }
        }
        safe.extend_from_slice(&text[shown_to..longest.span.start]);
        safe.extend_from_slice(longest.mask.as_bytes());
        shown_to = end;
    }
    safe.extend_from_slice(&text[shown_to..]);
    safe
}

/// Everything in a text to be shown that a rule takes for a secret, spans being of this text. Most
/// such texts are paths or revisions or quote one, and what ends at a slash or `~` is a value there,
/// though elsewhere a longer value would go on: the parts are searched, too.
pub fn secrets_in(detector: &Detector, text: &[u8]) -> Vec<Candidate> {
    let mut found = detector.detect(text, &mut Scratch::default());
    let divides = |byte: u8| b"/~^@".contains(&byte);
    if text.iter().any(|&byte| divides(byte)) {
        let parts: Vec<u8> =
            text.iter().map(|&byte| if divides(byte) { b'\n' } else { byte }).collect();
        found.extend(detector.detect(&parts, &mut Scratch::default()));
    }
    found
}

/// A message with everything in it that a rule takes for a secret replaced by its mask: the last
/// thing done to what is printed outside a report, since an argument or a path may hold a token.
pub fn redact_message<'m>(detector: &Detector, message: &'m str) -> Cow<'m, str> {
    let found = secrets_in(detector, message.as_bytes());
    if found.is_empty() {
        return Cow::Borrowed(message);
    }
    let mut text = message.to_owned();
    Redactor::new(found.iter().map(|c| shown(&c.secret))).searching(detector).text(&mut text);
    Cow::Owned(text)
}

/// A secret and what is shown for it.
pub(super) fn shown(secret: &Secret) -> (Vec<u8>, String) {
    (secret.reveal().to_vec(), secret.mask())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{RuleSet, template};

    fn redacted(redactor: &Redactor<'_>, text: &[u8]) -> BString {
        let mut text = BString::from(text);
        redactor.bytes(&mut text);
        text
    }

    #[test]
    fn every_occurrence_is_replaced_the_longest_first() {
        let redactor = Redactor::new([
            (b"token".to_vec(), "A".to_owned()),
            (b"token-long".to_vec(), "B".to_owned()),
        ]);
        let text = b"a token, a token-long\xff token";
        assert_eq!(redacted(&redactor, text), BString::from(&b"a A, a B\xff A"[..]));
        assert_eq!(redacted(&redactor, text), BString::from(&b"a A, a B\xff A"[..]), "remembered");
        assert_eq!(redacted(&Redactor::new([]), b"nothing"), "nothing");
    }

    #[test]
    fn nothing_of_two_that_overlap_is_left() {
        let redactor = Redactor::new([
            (b"abcdef".to_vec(), "<1>".to_owned()),
            (b"defghijk".to_vec(), "<2>".to_owned()),
        ]);
        assert_eq!(redacted(&redactor, b"x abcdefghijk y"), "x <2> y");
        assert_eq!(redacted(&redactor, b"abcdefabcdef"), "<1><1>");
    }

    #[test]
    fn what_ends_at_a_slash_is_found() {
        let detector = Detector::new(RuleSet::builtin(), jiff::Timestamp::UNIX_EPOCH);
        let value = String::from_utf8(template::expand("{{alnum:40}}", 3).unwrap()).unwrap();
        let text = format!("\"gone/CF_API_TOKEN={value}/x\" does not exist");
        assert!(detector.detect(text.as_bytes(), &mut Scratch::default()).is_empty());
        let safe = redact_message(&detector, &text);
        assert!(safe.starts_with("\"gone/CF_API_TOKEN=…") && safe.ends_with("/x\" does not exist"));
        assert!(!safe.contains(&value[..20]), "{safe}");
    }

    #[test]
    fn what_a_cut_left_of_a_secret_goes_too() {
        let redactor = Redactor::new([(b"0123456789abcdef".to_vec(), "<m>".to_owned())]);
        let front = "x".repeat(MOST_TEXT - 20);
        for (end, safe) in [
            (" subject 0123456789ab", " subject …"),
            (" subject 0123456789abcdef", " subject <m>"),
            (" a longer subject 0123", " a longer subject 0123"),
        ] {
            let mut text = BString::from(format!("{front}{end}"));
            redactor.of_commit(&mut text);
            assert_eq!(text, format!("{front}{safe}"));
        }
        let mut short = BString::from("not cut 0123456789ab");
        redactor.of_commit(&mut short);
        assert_eq!(short, "not cut 0123456789ab");
    }
}
