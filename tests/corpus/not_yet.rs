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

const fn of_both(kind: &'static str, layer: &'static str) -> Pending {
    Pending { kind, carrier: "*", layer }
}

/// Carriers that encode in base64, in layers that do, too.
const fn twice(carrier: &'static str, layer: &'static str) -> Pending {
    Pending { kind: "*", carrier, layer }
}

pub(crate) const NOT_YET: &[Pending] = &[
    of_layer("UTF-32 LE, mark"),
    of_layer("UTF-32 BE, mark"),
    of_layer("gzip"),
    of_layer("gzip in base64"),
    of_layer("bzip2"),
    of_layer("xz"),
    of_layer("tar.xz"),
    of_layer("zstd"),
    of_layer("jar"),
    of_layer("tar.gz"),
    of_layer("zip, deflated"),
    of_layer("zip in tar.gz"),
    of_layer("base64 in zip"),
    of_layer("base64, wrapped"),
    of_layer("base64, wrapped at 64"),
    of_layer("quoted-printable"),
    of_layer("zip, stored"),
    of_layer("base64 twice"),
    twice("Kubernetes Secret, JSON", "base64"),
    twice("Kubernetes Secret, JSON", "base64, URL-safe"),
    twice("Kubernetes Secret, JSON", "base64, not aligned"),
    twice("Kubernetes Secret, JSON", "base64 of UTF-16"),
    twice("Kubernetes Secret, data", "base64"),
    twice("Kubernetes Secret, data", "base64, URL-safe"),
    twice("Kubernetes Secret, data", "base64, not aligned"),
    twice("Kubernetes Secret, data", "base64 of UTF-16"),
    twice("credentials in base64", "base64"),
    twice("credentials in base64", "base64, URL-safe"),
    twice("credentials in base64", "base64, not aligned"),
    twice("credentials in base64", "base64 of UTF-16"),
    twice("credentials in a Secret, base64", "base64"),
    twice("credentials in a Secret, base64", "base64, URL-safe"),
    twice("credentials in a Secret, base64", "base64, not aligned"),
    twice("credentials in a Secret, base64", "base64 of UTF-16"),
    twice("basic authentication", "base64"),
    twice("basic authentication", "base64, URL-safe"),
    twice("basic authentication", "base64, not aligned"),
    twice("basic authentication", "base64 of UTF-16"),
    twice("TLS Secret", "base64"),
    twice("TLS Secret", "base64, URL-safe"),
    twice("TLS Secret", "base64, not aligned"),
    twice("TLS Secret", "base64 of UTF-16"),
    twice("cert-manager, data", "base64"),
    twice("cert-manager, data", "base64, URL-safe"),
    twice("cert-manager, data", "base64, not aligned"),
    twice("cert-manager, data", "base64 of UTF-16"),
    of_both("cloudflare-tunnel-cert", "percent"),
    of_both("cloudflare-tunnel-cert", "unicode escapes"),
    of_both("cloudflare-tunnel-cert", "HTML entities"),
    of_both("cloudflare-tunnel-credentials", "percent"),
    of_both("cloudflare-tunnel-credentials", "unicode escapes"),
    of_both("cloudflare-tunnel-credentials", "HTML entities"),
    of_both("cloudflare-tunnel-cert", "JSON string twice"),
    of_both("cloudflare-deploy-hook", "unicode escapes"),
    Pending { kind: "cloudflare-deploy-hook", carrier: "form body", layer: "percent" },
];

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
