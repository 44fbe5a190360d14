//! What a live credential opens, as far as the service has told.
//!
//! Verification fills in what its own answers hold (the token's id, its expiry); `--impact` asks
//! further. Names come from the service, and a thief may have chosen them: they are foreign text,
//! which reports escape. Nothing in here is a secret.

use jiff::Timestamp;

/// What a thief can do. Greater is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Look around.
    Recon,
    /// Break things or run up costs.
    Disruption,
    /// Read or change stored data.
    Data,
    /// Run code or redirect traffic.
    Traffic,
    /// Make credentials and members, and so everything.
    Takeover,
}

impl Grade {
    /// All of them, the worst last.
    pub const ALL: [Grade; 5] =
        [Grade::Recon, Grade::Disruption, Grade::Data, Grade::Traffic, Grade::Takeover];

    /// Its name in reports, lower case, stable.
    pub fn name(self) -> &'static str {
        match self {
            Grade::Recon => "recon",
            Grade::Disruption => "disruption",
            Grade::Data => "data",
            Grade::Traffic => "traffic",
            Grade::Takeover => "takeover",
        }
    }
}

/// A thing of the service: its id and, where it is known, what its owner calls it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Named {
    /// The service's own id.
    pub id: String,
    /// Its name, foreign text.
    pub name: Option<String>,
}

/// What an API token says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenFacts {
    /// Its id, by which it is rolled or deleted; for R2 it is the access key id.
    pub id: Option<String>,
    /// The account that owns it; `None` for a user's token or where that is not known.
    pub account: Option<String>,
    /// What its owner calls it, foreign text.
    pub name: Option<String>,
    /// When it was made.
    pub issued: Option<Timestamp>,
    /// When it was used last.
    pub last_used: Option<Timestamp>,
    /// From when on it is accepted.
    pub not_before: Option<Timestamp>,
    /// Until when it is accepted.
    pub expires: Option<Timestamp>,
    /// The only addresses it is accepted from, in CIDR notation.
    pub allowed_from: Vec<String>,
    /// Addresses it is not accepted from, in CIDR notation.
    pub denied_from: Vec<String>,
}

/// A certificate authority for short-lived SSH certificates, which servers may trust.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CertificateAuthority {
    /// Its id.
    pub id: String,
    /// The audience tag of the application it belongs to.
    pub aud: String,
    /// The SHA-256 fingerprint of its public key as OpenSSH writes it: `SHA256:…`.
    pub fingerprint: String,
    /// The account or zone it belongs to.
    pub owner: String,
}

/// What a credential opens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Impact {
    /// The worst that can be done with it, if that was found out.
    pub grade: Option<Grade>,
    /// The sentences that justify the grade, the weightiest first, without full stops.
    pub reasons: Vec<String>,
    /// What the token says of itself.
    pub token: Option<TokenFacts>,
    /// The accounts it reaches.
    pub accounts: Vec<Named>,
    /// The zones it reaches, as many as were listed.
    pub zones: Vec<Named>,
    /// How many zones there are in truth.
    pub zone_count: u64,
    /// Names of permission groups or probes that were answered.
    pub permissions: Vec<String>,
    /// The R2 buckets it reaches.
    pub buckets: Vec<String>,
    /// The tunnels it reaches.
    pub tunnels: Vec<Named>,
    /// The short-lived certificate authorities that it may read.
    pub authorities: Vec<CertificateAuthority>,
    /// Whether something was not found out: a limit, a refusal, a failure.
    pub is_partial: bool,
}

impl Impact {
    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        *self == Impact::default()
    }
}
