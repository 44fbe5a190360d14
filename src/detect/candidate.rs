//! What detection hands upward: a rule, a span, and the secret that was read there.

use super::escape;
use crate::{
    model::{Confidence, Fact, Lapse, Layer, PartnerRole, Region, Secret, Span},
    rules::Rule,
};

/// A match of one rule that all its checks let pass.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The rule's index in the [`RuleSet`](crate::rules::RuleSet) of the detector.
    pub rule: usize,
    /// The form of the rule, by the detector's number; `None` where an attribute's name told it.
    pub(super) form: Option<usize>,
    /// The secret's bytes in the searched text; for a decoded layer, the outer text that encodes it.
    pub span: Span,
    /// The secret, decoded.
    pub secret: Secret,
    /// How sure it is.
    pub confidence: Confidence,
    /// The encodings it was reached through, outermost first.
    pub layers: Vec<Layer>,
    /// Where it stands in the innermost decoded text that has lines, if it was reached through one.
    pub inner: Option<Region>,
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
    /// Whether a name says that it belongs to such a secret, and no other of its role stands near.
    pub is_sure: bool,
    /// How many lines below the secret it stands, negative if above; `None` if the two were read
    /// through an encoding.
    pub lines: Option<i64>,
}

/// Keeps one candidate for each span and layer path: the surest, and the one whose rule sorts first
/// among equals. It takes over what the others know besides. What remains is in the order of the
/// text.
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
        let is_same =
            later.span == kept.span && later.layers == kept.layers && later.secret == kept.secret;
        if is_same {
            let is_new = |fact: &Fact| kept.facts.iter().all(|known| known.name != fact.name);
            let new: Vec<Fact> = later.facts.drain(..).filter(is_new).collect();
            kept.facts.extend(new);
            kept.inner = kept.inner.or(later.inner);
            kept.lapse = kept.lapse.take().or(later.lapse.take());
        }
        is_same
    });
}

/// Drops what was found both as it stands and with escapes undone that are none of its own, or that
/// the rule reads itself. In order of their places.
pub(super) fn drop_twins(found: &mut Vec<Candidate>) {
    let mut kept: Vec<Candidate> = Vec::with_capacity(found.len());
    for candidate in found.drain(..) {
        let is_twin = |other: &&mut Candidate| {
            other.span == candidate.span && other.secret == candidate.secret
                || other.rule == candidate.rule
                    && other.span.start < candidate.span.end
                    && candidate.span.start < other.span.end
                    && is_less_undone(&other.layers, &candidate.layers)
        };
        match kept.iter_mut().rev().take(8).find(is_twin) {
            Some(twin) => {
                let is_better = (candidate.confidence, twin.layers.len())
                    > (twin.confidence, candidate.layers.len());
                if is_better && !is_cut(&candidate, twin) || is_cut(twin, &candidate) {
                    *twin = candidate;
                }
            }
            None => kept.push(candidate),
        }
    }
    *found = kept;
}

/// Whether a secret is but the beginning of another, up to where a line of quoted-printable was broken.
fn is_cut(one: &Candidate, other: &Candidate) -> bool {
    let (short, long) = (one.secret.reveal(), other.secret.reveal());
    // The sign that breaks it may be taken for its last character.
    let short = short.strip_suffix(b"=").unwrap_or(short);
    other.layers.contains(&Layer::QuotedPrintable)
        && !one.layers.contains(&Layer::QuotedPrintable)
        && short.len() < long.len()
        && long.starts_with(short)
}

/// Whether one path is the other without some of its escapes.
fn is_less_undone(one: &[Layer], other: &[Layer]) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    let mut rest = short.iter().peekable();
    let is_escape = |layer: &Layer| escape::FAMILIES.iter().any(|(_, family)| family == layer);
    long.iter().all(|layer| rest.next_if_eq(&layer).is_some() || is_escape(layer))
        && rest.next().is_none()
}

/// The secret with as much of its public prefix shown as the rule's anchors tell.
pub(super) fn masked_for(rule: &Rule, plain: Vec<u8>) -> Secret {
    let prefix = rule
        .anchors()
        .filter(|anchor| plain.starts_with(anchor.as_bytes()))
        .map(str::len)
        .max()
        .unwrap_or(0);
    Secret::new(plain, prefix, rule.strength)
}
