//! Verification: whether a credential is live, asked of the service that made it. The only module
//! that opens a socket, and it does so only when it is told to.
//!
//! From the outside in:
//!
//! - [`Verifier`] gives each finding a verdict: each distinct secret once, several at a time.
//! - `kinds` holds one file for each kind of question: what is sent, and what the answer means.
//!   Only an answer of the documented shape counts; all else is `Unknown`.
//! - `impact` asks what a live credential opens, and [`revoke`] plans and carries out its end.
//! - [`Asker`] sends a [`Request`] with patience: no faster than the API allows, `Retry-After` and
//!   back-off, a time limit, an end when the run is interrupted.
//! - [`Transport`] carries it; [`Network`] is the real one, and tests put their own in its place.
//! - [`Host`] is the closed list of hosts. A request has no other way to say where it goes.
//!
//! # Asking more
//!
//! What goes beyond a verdict (impact, revocation) is built from the same pieces: make a request with
//! [`Request::api`] or [`Request::new`], give it the credential or the administrator's token with
//! [`Request::bearer`], let [`Asker::ask`] send it and [`Reply::read`] judge the answer. Lists of
//! several pages come from [`list`]. A writing request is repeated only after a 429, since that was
//! not carried out. [`Response`] and [`Reply`] hold foreign text: no message of the service goes
//! into a report, and names are left for the reports to escape.

mod answer;
mod api_url;
mod asker;
mod clock;
mod credential;
mod envelope;
mod host;
mod impact;
mod kinds;
mod list;
mod network;
mod progress;
mod public;
mod request;
pub mod revoke;
mod schedule;
mod transport;

pub use answer::Answer;
pub use api_url::{ApiUrl, ApiUrlError};
pub use asker::Asker;
pub use clock::{Clock, SystemClock};
pub use credential::Credential;
pub use envelope::{Refusal, Reply, Success};
pub use host::{AccessConsent, Host, Jurisdiction};
pub use list::{Listed, list};
pub use network::{Network, NetworkSettings, ProxyAddress};
pub use progress::{Progress, Silent};
pub use request::{Method, Request, Response};
pub use transport::{Transport, TransportError};

use crate::{model::Secret, rules::RuleSet};

/// What the user allows and gives beyond plain verification.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    /// Requests may go to hosts that the scanned text names.
    pub access: Option<AccessConsent>,
    /// An administrator's API token, to look up what cannot be tested.
    pub admin: Option<Secret>,
    /// Live credentials are also asked what they open.
    pub impact: bool,
}

/// Verifies findings.
pub struct Verifier<'a> {
    /// What the rules say of each kind.
    pub rules: &'a RuleSet,
    /// Who sends.
    pub asker: &'a Asker<'a>,
    /// What the user allows.
    pub allowed: Allowed,
    /// How many credentials are asked about at a time, at least one.
    pub threads: usize,
    /// Who listens.
    pub progress: &'a dyn Progress,
}

impl Verifier<'_> {
    /// How many credentials are asked about at a time unless the user says otherwise: few enough to
    /// be no burden to the service.
    pub const THREADS: usize = 8;
}
