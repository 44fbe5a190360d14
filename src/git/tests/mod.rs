//! Whole repositories, sound and hostile, through the public interface.

mod hostile;
mod layout;
mod objects;
mod refs;
mod revisions;
mod texts;

use super::Repository;
use crate::model::GapReason;

/// The gaps on opening and of the refs, as reason and path.
fn gaps(repository: &Repository) -> Vec<(GapReason, String)> {
    let all = repository.gaps().iter().chain(repository.ref_gaps());
    all.map(|gap| (gap.reason, gap.path.clone().unwrap_or_default().to_string())).collect()
}
