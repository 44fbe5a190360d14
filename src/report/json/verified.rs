//! What verification said, put into the frozen types of [`v1`](super::v1).

use crate::model::{CertificateAuthority, Impact, Named, TokenFacts, Verdict};

use super::{
    super::time,
    v1::{self, Verified},
};

/// The verdict with its sentence.
pub(super) fn verdict(verdict: Verdict) -> Verified {
    Verified { state: verdict.name(), reason: verdict.reason(), detail: verdict.sentence() }
}

/// What the credential opens.
pub(super) fn impact(impact: &Impact) -> v1::Impact<'_> {
    v1::Impact {
        grade: impact.grade.map(|grade| grade.name()),
        reasons: &impact.reasons,
        token: impact.token.as_ref().map(token),
        accounts: impact.accounts.iter().map(named).collect(),
        zones: impact.zones.iter().map(named).collect(),
        zone_count: impact.zone_count.max(impact.zones.len() as u64),
        permissions: &impact.permissions,
        buckets: &impact.buckets,
        tunnels: impact.tunnels.iter().map(named).collect(),
        authorities: impact.authorities.iter().map(authority).collect(),
        partial: impact.is_partial,
    }
}

fn token(token: &TokenFacts) -> v1::Token<'_> {
    v1::Token {
        id: token.id.as_deref(),
        account: token.account.as_deref(),
        name: token.name.as_deref(),
        issued: token.issued.map(time::utc),
        last_used: token.last_used.map(time::utc),
        not_before: token.not_before.map(time::utc),
        expires: token.expires.map(time::utc),
        allowed_from: &token.allowed_from,
        denied_from: &token.denied_from,
    }
}

fn named(thing: &Named) -> v1::Named<'_> {
    v1::Named { id: &thing.id, name: thing.name.as_deref() }
}

fn authority(authority: &CertificateAuthority) -> v1::Authority<'_> {
    v1::Authority {
        id: &authority.id,
        aud: &authority.aud,
        fingerprint: &authority.fingerprint,
        owner: &authority.owner,
    }
}
