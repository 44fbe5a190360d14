//! Impact: what a live credential opens, found out with requests that only read (`--impact`).
//!
//! What a token says of itself is best: its policies name every permission it has. Most tokens may
//! not read themselves; then small questions are put to the products, and what answers is open to
//! it. That shows what it may read; whether it may also write cannot be tried without writing, so a
//! grade made from probes is the least that holds, and lowers nothing.
//!
//! A refusal is an answer. What gives none (a failure, a limit) makes the impact partial.

mod access;
mod explorer;
mod grade;
mod probes;
mod reach;
mod token;

use self::explorer::{Explorer, Key};
use super::{answer::Answer, asker::Asker, credential::Credential};
use crate::{
    model::{Grade, Impact, Severity, Verdict},
    rules::Verifier,
};

/// What was found out.
pub(super) struct Explored {
    pub(super) impact: Impact,
    /// Whether the grade follows from all its permissions; else it is the least that holds.
    pub(super) is_final: bool,
}

impl Explored {
    /// How grave the credential is, where its kind by itself is as grave as `of_kind`.
    pub(super) fn severity(&self, of_kind: Severity) -> Severity {
        match self.impact.grade.map(Grade::severity) {
            None => of_kind,
            Some(severity) if self.is_final => severity,
            Some(severity) => severity.max(of_kind),
        }
    }
}

/// Finds out what a live credential opens; `None` for one that is not live.
pub(super) fn explore(
    credential: &Credential,
    answer: &Answer,
    asker: &Asker<'_>,
) -> Option<Explored> {
    if !answer.verdict.is_live() {
        return None;
    }
    let known = answer.impact().unwrap_or_default();
    let secret = credential.secret.reveal();
    let key = match credential.check? {
        Verifier::UserToken | Verifier::AccountToken | Verifier::ApiToken => Key::Bearer(secret),
        Verifier::OauthAccessToken => Key::Bearer(secret),
        Verifier::GlobalKey => match &answer.email {
            Some(email) => Key::Global { email, secret },
            // Then it was refused for our address, and nothing can be asked from here.
            None => return Some(takeover(known)),
        },
        other => return by_kind(other, known),
    };
    let mut explorer = Explorer::new(asker, key, known);
    if answer.verdict != Verdict::Active {
        explorer.impact.is_partial = true;
        return Some(Explored { impact: explorer.impact, is_final: false });
    }
    Some(match credential.check? {
        Verifier::GlobalKey => {
            reach::of_user(&mut explorer);
            access::authorities(&mut explorer);
            takeover(explorer.impact)
        }
        _ => of_token(explorer, credential),
    })
}

/// A token: what it says of itself, or what answers it.
fn of_token(mut explorer: Explorer<'_>, credential: &Credential) -> Explored {
    let secret = credential.secret.reveal();
    let policies = token::read_self(&mut explorer);
    reach::of_token(&mut explorer, secret);
    let (mut grades, is_final) = match policies {
        Some(policies) => {
            let is_final = token::apply(&mut explorer.impact, &policies);
            (policies.grades, is_final)
        }
        None => (probes::probe(&mut explorer, credential), false),
    };
    let may_read = |what: &str| explorer.impact.permissions.iter().any(|name| name.contains(what));
    let (reads_access, reads_tunnels) =
        (may_read("Access: Apps"), may_read("Tunnel") || may_read("cloudflared"));
    if reads_access {
        access::authorities(&mut explorer);
    }
    if reads_tunnels {
        reach::tunnels(&mut explorer);
    }
    grades.sort_by(|a, b| b.cmp(a));
    let mut impact = explorer.impact;
    impact.grade = grades.first().map(|(grade, _)| *grade);
    impact.reasons = grades.into_iter().map(|(_, deed)| deed).take(MOST_REASONS).collect();
    if !is_final {
        impact.is_partial = true;
        let why = if impact.grade.is_some() { UNPROVEN } else { NOTHING };
        impact.reasons.push(why.to_owned());
    }
    impact.reasons.extend(reach::sentence(&impact));
    Explored { impact, is_final }
}

/// More sentences justify nothing better.
const MOST_REASONS: usize = 12;
const UNPROVEN: &str = "what else it may do, and what it may change, cannot be tried without \
     changing something: the grade is the least that holds";

const NOTHING: &str = "nothing that was asked for is open to it; what else it may do cannot be tried \
     without changing something";

/// The Global API key: all that its user can do.
fn takeover(mut impact: Impact) -> Explored {
    impact.grade = Some(Grade::Takeover);
    let accounts = impact.accounts.len();
    let reach = match (accounts, impact.zone_count) {
        (0, 0) => "every account and zone of its user".to_owned(),
        (accounts, zones) => reach::counted(accounts as u64, zones),
    };
    impact.reasons = vec![
        format!("it opens everything in {reach}"),
        "it may make API tokens and members, so a thief can stay after it is changed".to_owned(),
    ];
    Explored { impact, is_final: true }
}

/// Kinds that can do one thing, which no request need tell.
fn by_kind(check: Verifier, mut impact: Impact) -> Option<Explored> {
    let (grade, reason) = match check {
        Verifier::R2 if impact.buckets.is_empty() => {
            impact.is_partial = true;
            (Grade::Data, "it reads or changes objects in R2 buckets, and may not list which")
        }
        Verifier::R2 => (Grade::Data, "it reads or changes objects in R2 buckets"),
        Verifier::Tunnel => (
            Grade::Traffic,
            "whoever runs the tunnel with it receives a share of the traffic to what is behind it",
        ),
        Verifier::OriginCaKey => (
            Grade::Traffic,
            "it issues and revokes certificates for the zones of every account of its user",
        ),
        Verifier::Turnstile => {
            (Grade::Disruption, "it checks and thereby uses up visitors' answers to one widget")
        }
        _ => return None,
    };
    impact.grade = Some(grade);
    impact.reasons = vec![reason.to_owned()];
    Some(Explored { impact, is_final: false })
}
