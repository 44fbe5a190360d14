//! Why one copy of an object could not be decoded, and what gap that leaves.

use super::{
    delta::DeltaError, entry::EntryError, forest::Lost, inflate::InflateError, loose::LooseError,
};
use crate::model::{GapReason, ObjectId};

/// Why one copy of an object could not be decoded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Damage {
    #[error(transparent)]
    Entry(#[from] EntryError),
    #[error(transparent)]
    Inflate(#[from] InflateError),
    #[error(transparent)]
    Delta(#[from] DeltaError),
    #[error(transparent)]
    Loose(#[from] LooseError),
    #[error("its delta base {0} is not there")]
    MissingBase(ObjectId),
    #[error("its delta base is damaged")]
    LostBase,
    #[error("{0}")]
    Lost(Lost),
    #[error("its chain of delta bases is too long or comes back to itself")]
    Depth,
}

impl Damage {
    /// The reason of the gap that it leaves.
    pub(crate) fn reason(&self) -> GapReason {
        match self {
            Damage::Loose(LooseError::Open(error)) => error.reason(),
            Damage::Inflate(InflateError::TooGreat(_))
            | Damage::Loose(LooseError::Inflate(InflateError::TooGreat(_)))
            | Damage::Delta(DeltaError::TooGreat(_)) => GapReason::LimitHit,
            Damage::MissingBase(_) => GapReason::MissingObject,
            _ => GapReason::Damaged,
        }
    }
}
