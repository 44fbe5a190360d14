//! The contract of a rule: what each key of a rule file means.
//!
//! These types are what a file says once it has been read. Whoever writes rules of their own finds
//! here what every key means and which limits it has; `docs/writing-rules.md` says the same in
//! prose.

use std::sync::Arc;

use super::{form::Form, terms::Check, terraform::Terraform};
use crate::model::{Confidence, PartnerRole, Severity, Strength};

/// One kind of credential.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(from = "super::document::Document")]
pub struct Rule {
    /// Its name in reports and suppressions, never changed once published: lower-case ASCII
    /// letters, digits and `-`. It is the file's name without `.toml`.
    pub id: Arc<str>,
    /// What a person calls it, without a full stop: `Cloudflare user API token`.
    pub title: Arc<str>,
    /// How grave a live credential of this kind is.
    pub severity: Severity,
    /// The ways in which it is met in any text; none in a rule that only knows attributes of
    /// Terraform resources.
    pub forms: Vec<Form>,
    /// The attributes of Terraform resources that hold one.
    pub terraform: Option<Terraform>,
    /// What belongs to the secret and is looked for near it: public values, shown with it.
    pub partners: Vec<PartnerRole>,
    /// How much of the secret a report may show.
    pub strength: Strength,
    /// The day (`YYYY-MM-DD`) on which Cloudflare ended the whole kind. What is found after it is a
    /// note, not an alarm.
    pub retired: Option<String>,
    /// How `--verify` may ask whether it is live. A name out of a closed list: a rule file can
    /// never choose where a secret is sent.
    pub verifier: Option<Verifier>,
    /// Markdown for a person: what it opens, where it usually leaks, how to revoke it.
    pub help: String,
    /// Pages to read on, `https://` only.
    pub references: Vec<String>,
    /// What must be found, at least one.
    pub examples: Vec<Example>,
    /// What must not be found, at least one.
    pub counter_examples: Vec<CounterExample>,
}

/// The words before the last part of a rule's help.
const HOW_TO_REVOKE: &str = "**How to revoke it.**";

impl Rule {
    /// The highest confidence that any of its forms has before its checks.
    pub fn confidence(&self) -> Confidence {
        self.forms.iter().map(|form| form.confidence).max().unwrap_or(Confidence::Possible)
    }

    /// What its help says of revoking, in Markdown; all of it where it has no such part.
    pub fn remedy(&self) -> &str {
        self.help.split_once(HOW_TO_REVOKE).map_or(&*self.help, |(_, remedy)| remedy).trim()
    }

    /// The anchors of all its forms.
    pub fn anchors(&self) -> impl Iterator<Item = &str> {
        self.forms.iter().flat_map(|form| form.anchors.iter().map(String::as_str))
    }

    /// Every check that any of its forms makes.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.forms.iter().flat_map(|form| &form.checks)
    }
}

/// How a credential may be tested. These are only names: what each sends, and to which host, is fixed
/// in code (`src/verify/kinds`). A rule without one says that nothing answers whether its kind is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verifier {
    /// The Global API key with its user's e-mail.
    GlobalKey,
    /// An API token of a user.
    UserToken,
    /// An API token of an account.
    AccountToken,
    /// An API token whose form does not tell whether a user or an account owns it.
    ApiToken,
    /// An OAuth access token.
    OauthAccessToken,
    /// An Origin CA key.
    OriginCaKey,
    /// An Access service token, against the host it protects.
    AccessServiceToken,
    /// An Access JSON web token.
    AccessJwt,
    /// A tunnel's token or credentials file, with the help of an API token.
    Tunnel,
    /// A Turnstile secret.
    Turnstile,
    /// An R2 key pair.
    R2,
    /// An R2 session token: useless without its pair, it only tells its expiry.
    R2Session,
    /// None: to test it is to use it. It is never sent anywhere.
    SideEffects,
}

impl Verifier {
    /// Its name in a rule file.
    pub fn name(self) -> &'static str {
        match self {
            Verifier::GlobalKey => "global-key",
            Verifier::UserToken => "user-token",
            Verifier::AccountToken => "account-token",
            Verifier::OauthAccessToken => "oauth-access-token",
            Verifier::OriginCaKey => "origin-ca-key",
            Verifier::AccessServiceToken => "access-service-token",
            Verifier::AccessJwt => "access-jwt",
            Verifier::Tunnel => "tunnel",
            Verifier::Turnstile => "turnstile",
            Verifier::ApiToken => "api-token",
            Verifier::R2 => "r2",
            Verifier::R2Session => "r2-session",
            Verifier::SideEffects => "side-effects",
        }
    }
}

/// A text in which the rule must find something.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// A template (see [`super::template`]), so that no token-shaped text lies in the file.
    pub text: String,
    /// The id of the rule that must report, if it is not this one.
    #[serde(default)]
    pub expect: Option<String>,
    /// The exact confidence it must have; unless given, `likely` or better.
    #[serde(default)]
    pub confidence: Option<Confidence>,
    /// Which carrier or quirk the example stands for.
    #[serde(default)]
    pub note: String,
}

/// A text in which the rule must find nothing, not even something possible.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterExample {
    /// A template, as in [`Example`].
    pub text: String,
    /// Why it is no credential of this kind.
    pub reason: String,
}
