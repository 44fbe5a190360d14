//! The words everything else is written in: secret, span, place, finding, verdict, gap, report.
//!
//! Plain data and the few laws that belong to it (a secret masks itself, a fingerprint never is a
//! plain hash, an exit code follows from a report). No input, no output, no rule, no git.

mod finding;
mod fingerprint;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod gap;
mod impact;
mod object;
mod patch;
mod place;
mod provenance;
mod report;
mod secret;
mod severity;
mod span;
mod verdict;

pub use finding::{Confidence, Fact, Finding, Lapse, Partner, PartnerRole, Suppression};
pub use fingerprint::Fingerprint;
pub use gap::{Gap, GapLevel, GapReason};
pub use impact::{CertificateAuthority, Grade, Impact, Named, TokenFacts};
pub use object::{ObjectId, ObjectKind, ParseObjectIdError};
pub use patch::{JOINT, Patch, Piece};
pub use place::{CommitRef, Layer, Part, Person, Place, Standing};
pub use provenance::{CommitNote, Commits, Provenance};
pub use report::{Command, FailOn, Report, Repository, Stats};
pub use secret::{Secret, Strength};
pub use severity::Severity;
pub use span::{Copied, Position, Region, Span};
pub use verdict::{Inactivity, NotVerifiable, Restriction, Unknown, Verdict};
