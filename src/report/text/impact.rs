//! What a live credential opens, for a person: a row for each sort of thing, the first few named.

use jiff::Timestamp;

use crate::model::{Finding, Impact, Named, TokenFacts, Verdict};

use super::super::{escape::human, time};
use super::number::counted;

/// Things named in a row before the rest is only counted.
const SHOWN: usize = 5;

/// The rows that verification adds to a finding: label and text.
pub(super) fn rows(found: &Finding) -> Vec<(&'static str, String)> {
    let verdict = found.verdict.map(verdict);
    let impact = found.impact.iter().flat_map(of_impact);
    verdict.into_iter().map(|text| ("status", text)).chain(impact).collect()
}

fn verdict(verdict: Verdict) -> String {
    format!("{verdict}: {}", verdict.sentence())
}

fn of_impact(impact: &Impact) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if let Some(grade) = impact.grade {
        rows.push(("grade", grade.name().to_owned()));
    }
    rows.extend(impact.reasons.iter().map(|reason| ("", human(reason.as_bytes()))));
    if let Some(text) = impact.token.as_ref().map(token).filter(|text| !text.is_empty()) {
        rows.push(("token", text));
    }
    let names = |things: &[Named]| things.iter().map(name).collect::<Vec<_>>();
    let texts = |texts: &[String]| texts.iter().map(|t| human(t.as_bytes())).collect::<Vec<_>>();
    let keys = impact.authorities.iter().map(|ca| human(ca.fingerprint.as_bytes()));
    for (one, many, things, count) in [
        ("account", "accounts", names(&impact.accounts), 0),
        ("zone", "zones", names(&impact.zones), impact.zone_count),
        ("permission", "permissions", texts(&impact.permissions), 0),
        ("bucket", "buckets", texts(&impact.buckets), 0),
        ("tunnel", "tunnels", names(&impact.tunnels), 0),
        ("SSH certificate authority", "SSH certificate authorities", keys.collect(), 0),
    ] {
        let count = count.max(things.len() as u64);
        if count > 0 {
            let shown = things.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
            let more = if count > SHOWN as u64 { ", …" } else { "" };
            rows.push(("opens", format!("{}: {shown}{more}", counted(count, one, many))));
        }
    }
    if impact.is_partial {
        rows.push(("", "and perhaps more, which could not be found out".to_owned()));
    }
    rows
}

fn token(token: &TokenFacts) -> String {
    let said = |label: &str, text: &Option<String>| {
        text.as_ref().map(|text| format!("{label} {}", human(text.as_bytes())))
    };
    let at = |label: &str, at: Option<Timestamp>| at.map(|at| format!("{label} {}", time::utc(at)));
    let list = |label: &str, list: &[String]| {
        (!list.is_empty()).then(|| format!("{label} {}", human(list.join(" ").as_bytes())))
    };
    let parts = [
        said("id", &token.id),
        said("of account", &token.account),
        said("named", &token.name),
        at("issued", token.issued),
        at("last used", token.last_used),
        at("not before", token.not_before),
        at("expires", token.expires),
        list("only from", &token.allowed_from),
        list("not from", &token.denied_from),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn name(thing: &Named) -> String {
    human(thing.name.as_ref().unwrap_or(&thing.id).as_bytes())
}
