//! What the program is known not to find yet: kinds without a rule, layers that are not opened.
//!
//! An entry must go when it is no longer true; the test sees to that.

use super::write::Truth;

/// One excuse: a kind, a carrier and a layer, each `*` for any.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    kind: &'static str,
    carrier: &'static str,
    layer: &'static str,
}

const fn of_layer(layer: &'static str) -> Pending {
    Pending { kind: "*", carrier: "*", layer }
}

pub(crate) const NOT_YET: &[Pending] = &[];

/// The entry that excuses the secret, if there is one: the first in the list.
pub(crate) fn of(truth: &Truth) -> Option<&'static Pending> {
    let fits = |wanted: &str, is: &str| wanted == "*" || wanted == is;
    NOT_YET.iter().find(|pending| {
        fits(pending.kind, truth.kind)
            && fits(pending.carrier, &truth.carrier)
            && fits(pending.layer, truth.layer)
    })
}

impl Pending {
    /// Whether the entry is to go, if so many of what it excuses are found. A kind without a rule is
    /// never found; of what is listed by its layer or carrier, some may be, by good luck.
    pub(crate) fn is_rotten(&self, found: usize, all: usize) -> bool {
        let is_kind = self.carrier == "*" && self.layer == "*";
        if is_kind { found > 0 } else { all > 11 && found == all }
    }
}
