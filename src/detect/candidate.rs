//! What detection hands upward: a rule, a span, and the secret that was read there.

use crate::model::{Confidence, Fact, Lapse, Layer, Secret, Span};

/// A match of one rule that all its checks let pass.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The rule's index in the [`RuleSet`](crate::rules::RuleSet) of the detector.
    pub rule: usize,
    /// The secret's bytes in the searched text; for a decoded layer, the outer text that encodes it.
    pub span: Span,
    /// The secret, decoded.
    pub secret: Secret,
    /// How sure it is.
    pub confidence: Confidence,
    /// The encodings it was reached through, outermost first.
    pub layers: Vec<Layer>,
    /// Public details read off it.
    pub facts: Vec<Fact>,
    /// Why it can no longer be used, if so.
    pub lapse: Option<Lapse>,
}

/// Keeps one candidate for each span and layer path: the surest, and the one whose rule sorts first
/// among equals. What remains is in the order of the text.
pub(super) fn settle(candidates: &mut Vec<Candidate>) {
    candidates.sort_by(|a, b| {
        (a.span, &a.layers, std::cmp::Reverse(a.confidence), a.rule).cmp(&(
            b.span,
            &b.layers,
            std::cmp::Reverse(b.confidence),
            b.rule,
        ))
    });
    candidates.dedup_by(|later, kept| {
        later.span == kept.span && later.layers == kept.layers && later.secret == kept.secret
    });
}

/// Drops what was found both as it stands and with escapes undone that are none of its own. In order
/// of their places.
pub(super) fn drop_twins(found: &mut Vec<Candidate>) {
    let mut kept: Vec<Candidate> = Vec::with_capacity(found.len());
    for candidate in found.drain(..) {
        let is_twin = |other: &&mut Candidate| {
            other.span == candidate.span && other.secret == candidate.secret
        };
        match kept.iter_mut().rev().take(8).find(is_twin) {
            Some(twin) => {
                let is_better = (candidate.confidence, twin.layers.len())
                    > (twin.confidence, candidate.layers.len());
                if is_better {
                    *twin = candidate;
                }
            }
            None => kept.push(candidate),
        }
    }
    *found = kept;
}
