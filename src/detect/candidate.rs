//! What detection hands upward: a rule, a span, and the secret that was read there.

use crate::model::{Confidence, Fact, Lapse, Layer, PartnerRole, Secret, Span};

/// A match of one rule that all its checks let pass.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The rule's index in the [`RuleSet`](crate::rules::RuleSet) of the detector.
    pub rule: usize,
    /// The form of the rule, by the detector's number.
    pub(super) form: usize,
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
    /// What stands near it and belongs to it, by role, the nearest of each.
    pub partners: Vec<NearbyPartner>,
    /// Why it can no longer be used, if so.
    pub lapse: Option<Lapse>,
}

/// A partner of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearbyPartner {
    /// What it is to the secret.
    pub role: PartnerRole,
    /// Its value.
    pub value: String,
    /// How many lines below the secret it stands, negative if above; `None` if the two were read
    /// through an encoding.
    pub lines: Option<i64>,
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
