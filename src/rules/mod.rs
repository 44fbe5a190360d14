//! Rules as data: what a credential of each kind looks like, what it opens, how to kill it.
//!
//! One TOML file per kind. The built-in ones lie in `rules/` and are made part of the program when
//! it is built; people may add, replace or switch off rules with a folder of their own. A rule says
//! *what* to look for and which of a closed list of checks to apply; the code behind the checks is
//! in `detect`. Nothing here searches anything.

mod builtin;
mod check;
mod document;
mod error;
mod form;
mod load;
mod placeholder;
mod random;
mod rule;
mod ruleset;
pub mod template;
mod terms;
mod terraform;
#[cfg(test)]
mod tests;
mod vocabulary;

pub use error::{Error, Problem};
pub use form::{Form, Near, Value};
pub use load::{place_of_example, text_of};
pub use placeholder::{PlaceholderKind, Placeholders};
pub use rule::{CounterExample, Example, Rule, Verifier};
pub use ruleset::{Joined, RuleSet};
pub use terms::{ByteSet, Check, Decoder, Gate, Reach};
pub use terraform::{Attribute, Step, TYPE_PREFIX, Terraform};
pub use vocabulary::Vocabulary;
