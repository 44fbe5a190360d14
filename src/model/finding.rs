//! One secret with all its places, and how grave and how sure it is.

use std::{fmt, sync::Arc};

use jiff::Timestamp;

use super::{Fingerprint, Impact, Place, Provenance, Secret, Severity, Verdict};

/// How sure we are that this is a credential of its kind. Greater is surer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Shape or context alone, a wrong checksum, or a known placeholder.
    Possible,
    /// Shape and context.
    Likely,
    /// A valid checksum or a decoded structure.
    Certain,
}

impl Confidence {
    /// Its name in reports, lower case.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::Certain => "certain",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a credential, though real, can no longer be used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lapse {
    /// Cloudflare ended the whole kind on this day (`YYYY-MM-DD`).
    Retired(String),
    /// Its own content says that it expired at this moment.
    Expired(Timestamp),
}

impl fmt::Display for Lapse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lapse::Retired(day) => write!(f, "retired by Cloudflare on {day}"),
            Lapse::Expired(at) => write!(f, "expired at {at:.0}"),
        }
    }
}

/// Something public that was read off a credential: `account`, `tunnel`, `expires`, `checksum`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact {
    /// What it is; lower case, `-` between words.
    pub name: &'static str,
    /// Its value. Never a secret.
    pub value: String,
}

/// What a partner of a secret is to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartnerRole {
    /// The e-mail address of the user whose key it is.
    Email,
    /// The account's id, 32 hex digits.
    AccountId,
    /// The zone's id, 32 hex digits.
    ZoneId,
    /// The client id of an Access service token, 32 hex digits and `.access`.
    ClientId,
    /// The access key id of an R2 key pair, 32 hex digits.
    AccessKeyId,
    /// The R2 endpoint, an address.
    Endpoint,
    /// The name of an R2 bucket.
    Bucket,
    /// The host that the secret is sent to.
    Host,
    /// The id of the key that it is the secret part of, 32 hex digits.
    KeyId,
}

impl PartnerRole {
    /// All of them, in the order of the variants.
    pub const ALL: [PartnerRole; 9] = [
        PartnerRole::Email,
        PartnerRole::AccountId,
        PartnerRole::ZoneId,
        PartnerRole::ClientId,
        PartnerRole::AccessKeyId,
        PartnerRole::Endpoint,
        PartnerRole::Bucket,
        PartnerRole::Host,
        PartnerRole::KeyId,
    ];

    /// Its name in rule files and reports: lower case, `-` between words.
    pub fn name(self) -> &'static str {
        match self {
            PartnerRole::Email => "email",
            PartnerRole::AccountId => "account-id",
            PartnerRole::ZoneId => "zone-id",
            PartnerRole::ClientId => "client-id",
            PartnerRole::AccessKeyId => "access-key-id",
            PartnerRole::Endpoint => "endpoint",
            PartnerRole::Bucket => "bucket",
            PartnerRole::Host => "host",
            PartnerRole::KeyId => "key-id",
        }
    }
}

/// Something public that stands near a secret and belongs to it: with its partners a secret can be
/// used, tested and revoked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partner {
    /// What it is to the secret.
    pub role: PartnerRole,
    /// Its value. Never a secret.
    pub value: String,
    /// Whether it surely belongs to the secret, and does not merely stand near it.
    pub is_sure: bool,
    /// Its line, from 1, in the text of the finding's first place; `None` where there are no lines.
    pub line: Option<u64>,
}

/// What keeps a finding from setting the exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suppression {
    /// An allow comment on its line.
    Inline,
    /// An entry of a configuration file; its reason.
    Config(String),
    /// The baseline holds it.
    Baseline,
}

/// One secret and everywhere it was found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The id of the rule that names its kind.
    pub rule: Arc<str>,
    /// The rule's title.
    pub title: Arc<str>,
    /// The severity of its kind; [`Severity::Note`] when it lapsed.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// The secret itself, which masks itself.
    pub secret: Secret,
    /// Its stable name.
    pub fingerprint: Fingerprint,
    /// Why it can no longer be used, if so.
    pub lapse: Option<Lapse>,
    /// Public details read off it, in order of interest.
    pub facts: Vec<Fact>,
    /// What stands near it and belongs to it, by role.
    pub partners: Vec<Partner>,
    /// Where it stands: the first is the one to show. At most [`Finding::MOST_PLACES`].
    pub places: Vec<Place>,
    /// How many places there are in truth.
    pub place_count: u64,
    /// Its life in history, repository by repository; empty where history was not searched or only
    /// messages, names and the like hold it.
    pub history: Vec<Provenance>,
    /// What suppresses it, if anything does.
    pub suppression: Option<Suppression>,
    /// What verification said, if it was asked for.
    pub verdict: Option<Verdict>,
    /// What it opens, as far as the service has told.
    pub impact: Option<Impact>,
}

impl Finding {
    /// How many places a finding lists; `place_count` is always true.
    pub const MOST_PLACES: usize = 1000;

    /// Whether it makes the run fail: neither suppressed nor lapsed.
    pub fn counts(&self) -> bool {
        self.suppression.is_none() && self.severity > Severity::Note
    }

    /// How grave it is in the light of its verdict: what is dead harms nobody, and what is switched
    /// off does so only if it is switched on again.
    pub fn present_severity(&self) -> Severity {
        match self.verdict {
            Some(Verdict::Dead) => Severity::Note,
            Some(Verdict::Inactive(_)) => self.severity.min(Severity::Low),
            _ => self.severity,
        }
    }
}
