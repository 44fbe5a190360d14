//! Revocation: how a leaked credential is made worthless, planned first and carried out only when
//! told to.
//!
//! A plan is data. [`plan`] makes it of what is known of a [`Leak`] and sends nothing; what is printed
//! of it is what `carry_out` walks through, so the two cannot differ. A step goes to the API with the
//! administrator's token, or with the leaked token itself where only that knows its own id.
//!
//! A writing request is never repeated once it may have arrived. The first step that fails ends its
//! item; what was not done is said.

mod carry_out;
mod kinds;
mod leak;
mod step;

pub use carry_out::{Carrier, Did, Outcome, Shown};
pub use kinds::plan;
pub use leak::{DetailError, Leak};
pub use step::{Body, Caller, Find, Item, Step, Way, Yield};
