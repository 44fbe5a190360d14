//! What ties one finding to another, in words: an R2 key pair and the API token that it is made from.

use super::{super::place, Page};
use crate::model::{Fact, Finding};

/// The facts that name another finding by its fingerprint, and what that means for a person. `{}` is
/// the other.
const TIES: [(&str, &str); 2] = [
    ("r2-secret", "rolling this token kills the R2 key pair {}"),
    ("made-from-token", "rolling the token {} kills this key pair"),
];

/// Whether a fact is told here and not among the others.
pub(super) fn is_tie(fact: &Fact) -> bool {
    TIES.iter().any(|(name, _)| *name == fact.name)
}

/// One sentence for each tie of the finding.
pub(super) fn sentences(page: &Page<'_>, found: &Finding) -> Vec<String> {
    let sentence = |fact: &Fact| {
        let (_, sentence) = TIES.iter().find(|(name, _)| *name == fact.name)?;
        Some(sentence.replace("{}", &other(page, &fact.value)))
    };
    found.facts.iter().filter_map(sentence).collect()
}

/// The other finding by its mask and its first place or, if the report does not list it, by its
/// fingerprint.
fn other(page: &Page<'_>, fingerprint: &str) -> String {
    let is_it = |found: &&Finding| found.fingerprint.to_string() == fingerprint;
    match page.findings.iter().find(is_it) {
        Some(found) => {
            let at = found.places.first().map(|first| format!(" at {}", place::label(first)));
            format!("{}{}", found.secret.mask(), at.unwrap_or_default())
        }
        None => fingerprint.to_owned(),
    }
}
