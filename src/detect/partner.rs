//! Partners: what stands near a secret and belongs to it, as an e-mail address to a Global API key.
//!
//! They are looked for when a text has been judged, and only near what was found in it. Stretches
//! round several candidates are joined first, so that a text full of candidates is read once and not
//! once for each. The nearest of each role is taken.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{Candidate, candidate::NearbyPartner, layer};
use crate::{
    model::{PartnerRole, Span},
    rules::Rule,
};

/// How far from a secret its partners are looked for, in bytes.
pub(super) const REACH: usize = 4 << 10;
/// And how many lines above or below.
const MOST_LINES: usize = 40;

/// A partner's value where it stands.
struct Sighting {
    span: Span,
    value: String,
    /// Whether a name before it says what it is the partner of.
    is_named: bool,
}

/// Finds the partners that the candidates' rules ask for and that are not known yet. The candidates
/// are spans of `text`.
pub(super) fn relate(rules: &[Rule], text: &[u8], found: &mut [Candidate]) {
    for role in PartnerRole::ALL {
        let lacks = |candidate: &Candidate| {
            rules[candidate.rule].partners.contains(&role)
                && candidate.partners.iter().all(|partner| partner.role != role)
        };
        if !found.iter().any(lacks) {
            continue;
        }
        let sightings = sightings(role, text, found.iter().filter(|each| lacks(each)));
        if sightings.is_empty() {
            continue;
        }
        for candidate in found.iter_mut().filter(|each| lacks(each)) {
            let partner = nearest(&sightings, text, candidate.span);
            candidate.partners.extend(partner.map(|(sighting, lines)| NearbyPartner {
                role,
                value: sighting.value.clone(),
                is_sure: is_sure(sighting, &sightings, candidate.span),
                lines: Some(lines),
            }));
        }
    }
}

/// Everything of the role near any of the candidates, in order.
fn sightings<'c>(
    role: PartnerRole,
    text: &[u8],
    candidates: impl Iterator<Item = &'c Candidate>,
) -> Vec<Sighting> {
    let Some(pattern) = pattern(role) else { return Vec::new() };
    let mut stretches: Vec<Span> = candidates
        .map(|candidate| {
            let end = text.len().min(candidate.span.end.saturating_add(REACH));
            Span::new(candidate.span.start.saturating_sub(REACH), end)
        })
        .collect();
    stretches.sort_unstable();
    stretches.dedup_by(|later, kept| {
        let joins = later.start <= kept.end;
        kept.end = if joins { kept.end.max(later.end) } else { kept.end };
        joins
    });
    let mut sightings = Vec::new();
    for stretch in stretches {
        for captures in pattern.captures_iter(stretch.of(text)) {
            let Some(value) = captures.name("value").or_else(|| captures.name("other")) else {
                continue;
            };
            let span = Span::new(stretch.start + value.start(), stretch.start + value.end());
            let is_named = is_named(role, text, span);
            sightings.extend(read(role, text, span).map(|value| Sighting {
                span,
                value,
                is_named,
            }));
        }
        if role == PartnerRole::Email {
            sightings.extend(encoded_emails(text, stretch));
        }
    }
    sightings
}

/// E-mail addresses in base64, as a Kubernetes Secret holds them.
fn encoded_emails(text: &[u8], stretch: Span) -> impl Iterator<Item = Sighting> {
    static RUN: LazyLock<Option<Regex>> =
        LazyLock::new(|| of(r#"[:=]\s*["']?(?P<value>[A-Za-z0-9+/]{12,128}={0,2})["'\s,}]"#));
    let runs = RUN.as_ref().map(|run| run.captures_iter(stretch.of(text)));
    let values = runs.into_iter().flatten().filter_map(|captures| captures.name("value"));
    values.filter_map(move |value| {
        let span = Span::new(stretch.start + value.start(), stretch.start + value.end());
        let plain = layer::decode_base64(value.as_bytes().to_vec())?;
        let found = pattern(PartnerRole::Email)?.captures(&plain)?;
        let address = found.name("value").or_else(|| found.name("other"))?;
        // Nothing else stands in the value.
        let is_all = address.start() == 0 && address.end() == plain.trim_ascii_end().len();
        let all = Span::new(address.start(), address.end());
        let value = is_all.then(|| read(PartnerRole::Email, &plain, all))??;
        Some(Sighting { span, value, is_named: is_named(PartnerRole::Email, text, span) })
    })
}

/// Whether the name of the value says that it goes with a key of Cloudflare's. Only asked for e-mail
/// addresses: the other roles have names of their own in their patterns or none that would tell.
fn is_named(role: PartnerRole, text: &[u8], span: Span) -> bool {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        of(&format!(
            r"(?:auth[_-]?e-?mail|(?:cf|cloudflare)[a-z_]{{0,20}}(?:e-?mail|user)|api[_-]?e-?mail){GIVEN}$"
        ))
    });
    let before = Span::new(span.start.saturating_sub(LONGEST_NAME), span.start).of(text);
    role == PartnerRole::Email && NAME.as_ref().is_some_and(|name| name.is_match(before))
}

/// How long before a value its name may begin.
const LONGEST_NAME: usize = 64;

/// Whether the sighting belongs to the secret at `span` and could not be another's.
fn is_sure(sighting: &Sighting, sightings: &[Sighting], span: Span) -> bool {
    let is_near = |other: &&Sighting| {
        other.span.start <= span.end.saturating_add(REACH)
            && other.span.end >= span.start.saturating_sub(REACH)
    };
    sighting.is_named && sightings.iter().filter(is_near).all(|other| other.value == sighting.value)
}

/// The value as it is shown, unless it is none after all.
fn read(role: PartnerRole, text: &[u8], span: Span) -> Option<String> {
    let mut value = String::from_utf8(span.of(text).to_vec()).ok()?;
    let next = text.get(span.end).copied().unwrap_or(b' ');
    match role {
        PartnerRole::Email => {
            let escaped = span.start > 0 && text[span.start - 1] == b'\\';
            if escaped && value.starts_with(['n', 'r', 't']) {
                value.remove(0);
            }
            let value = value.replace("%40", "@").replace("\\u0040", "@");
            let is_person = !value.starts_with("git@") && !value.starts_with('@');
            is_person.then_some(value)
        }
        PartnerRole::Host => {
            let own = ["cloudflare.com", "cloudflareaccess.com", "github.com", "w3.org"];
            (!own.iter().any(|host| value.ends_with(host))).then_some(value)
        }
        PartnerRole::Endpoint | PartnerRole::Bucket | PartnerRole::ClientId => Some(value),
        // 32 hex digits that go on are a digest, not an id.
        _ => (!next.is_ascii_alphanumeric()).then_some(value),
    }
}

/// The nearest to `span` within the lines allowed, and how many lines below it stands.
fn nearest<'s>(sightings: &'s [Sighting], text: &[u8], span: Span) -> Option<(&'s Sighting, i64)> {
    let behind = sightings.partition_point(|sighting| sighting.span.start < span.end);
    let before = sightings[..behind].last();
    let behind = sightings.get(behind);
    let distance = |sighting: &Sighting| {
        let gap = sighting.span.start.saturating_sub(span.end);
        gap.max(span.start.saturating_sub(sighting.span.end))
    };
    let mut both: Vec<&Sighting> = before.into_iter().chain(behind).collect();
    both.sort_by_key(|sighting| distance(sighting));
    both.into_iter().find_map(|sighting| {
        let lines = |from, to| memchr::memchr_iter(b'\n', Span::new(from, to).of(text)).count();
        let (below, above) = match sighting.span.start >= span.start {
            true => (lines(span.start, sighting.span.start), 0),
            false => (0, lines(sighting.span.start, span.start)),
        };
        let is_close = distance(sighting) <= REACH && below.max(above) <= MOST_LINES;
        is_close.then_some((sighting, below as i64 - above as i64))
    })
}

/// How a value of the role looks; its group `value` or `other` is the value.
fn pattern(role: PartnerRole) -> Option<&'static Regex> {
    static PATTERNS: [LazyLock<Option<Regex>>; 9] = [
        LazyLock::new(|| {
            of(
                r"(?P<value>[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}?(?:@|%40|\\u0040)(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24})",
            )
        }),
        LazyLock::new(|| {
            of(&format!(
                r"accounts?(?:[_. -]?(?:id|tag|identifier))?{GIVEN}(?P<value>{ID})|(?P<other>{ID})\.(?:[a-z]+\.)?r2\.cloudflarestorage"
            ))
        }),
        LazyLock::new(|| {
            of(&format!(r"zones?(?:[_. -]?(?:id|tag|identifier))?{GIVEN}(?P<value>{ID})"))
        }),
        LazyLock::new(|| of(&format!(r"(?P<value>{ID}\.access(?:\.[a-z0-9-]+){{0,6}})"))),
        LazyLock::new(|| {
            of(&format!(
                r"(?:access[_. -]?key(?:[_. -]?id)?|key[_. -]?id|credential){GIVEN}(?P<value>{ID})"
            ))
        }),
        LazyLock::new(|| {
            of(&format!(r"(?P<value>(?:https://)?{ID}\.(?:[a-z]+\.)?r2\.cloudflarestorage\.com)"))
        }),
        LazyLock::new(|| {
            of(
                r#"bucket(?:[_. -]?name)?[\\"' ]{0,4}(?:=|:|=>|,)[\\"' ]{0,4}(?P<value>[a-z0-9][a-z0-9-]{1,61}[a-z0-9])\b|r2://(?P<other>[a-z0-9][a-z0-9-]{1,61}[a-z0-9])\b"#,
            )
        }),
        LazyLock::new(|| of(r"https?://(?P<value>(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24})")),
        LazyLock::new(|| of(&format!(r"(?:key[_. -]?id|kid|app[_. -]?id){GIVEN}(?P<value>{ID})"))),
    ];
    let index = PartnerRole::ALL.iter().position(|each| *each == role)?;
    PATTERNS.get(index)?.as_ref()
}

/// An id.
const ID: &str = "[0-9a-f]{32}";
/// What stands between a name and its value.
const GIVEN: &str = r#"(?:[^A-Za-z0-9]{1,12}value)?[^A-Za-z0-9]{1,12}"#;

fn of(source: &str) -> Option<Regex> {
    Regex::new(&format!("(?i-u){source}")).ok()
}
