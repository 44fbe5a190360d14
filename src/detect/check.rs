//! The checks of a rule: what they say of one match.

use super::{
    Detector, boundary,
    decode::{self, Decoded, Inner},
    ready::Ready,
    shape,
};
use crate::{
    model::{Confidence, Fact, Lapse, Span},
    rules::{Check, PlaceholderKind},
};

/// What the checks have found out so far about one match.
pub(super) struct Judgement {
    pub(super) confidence: Confidence,
    /// A checksum holds, so neighbours do not matter.
    pub(super) proven: bool,
    pub(super) facts: Vec<Fact>,
    pub(super) lapse: Option<Lapse>,
    /// How much of the secret's group is the secret, if a decoder said so.
    pub(super) length: Option<usize>,
    pub(super) inner: Option<Inner>,
}

impl Detector {
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
                    let joins = |byte| matches!(byte, b'_' | b'-') && self.is_of(ready, byte);
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

    /// Whether a byte may be part of what a form finds, as its gate says or, if it has none, the values of
    /// its rule.
    fn is_of(&self, ready: &Ready, byte: u8) -> bool {
        match &ready.gate {
            Some(gate) => gate.holds(byte),
            None => {
                let of_rule = self.forms.iter().filter(|form| form.rule == ready.rule);
                of_rule.filter_map(|form| form.value.as_ref()).any(|value| value.holds(byte))
            }
        }
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
    pub(super) fn placeholder(&mut self, kind: Option<PlaceholderKind>) {
        if let Some(kind) = kind {
            self.confidence = Confidence::Possible;
            self.facts.push(Fact { name: "placeholder", value: kind.describe() });
        }
    }

    /// A structure may hold only a dummy: what no kind of credential looks like is no more than
    /// possible, however well it is wrapped.
    pub(super) fn wrapped(&mut self, secret: &[u8]) {
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
