//! One way in which a kind of credential is met: by a literal of its own, or by the name of the key
//! that it was assigned to.
//!
//! A rule has one form or several. An *anchored* form looks for literals and runs its pattern round
//! them. A *named* form looks for names of keys, in all the styles people write them in; from the
//! name, `detect` finds the value by itself (`=`, `:`, flags, JSON, YAML, XML and so on), and the
//! form says only what the value looks like.

use regex::bytes::{Regex, RegexBuilder};

use super::terms::{Check, Gate, Reach};
use crate::model::Confidence;

/// One way in which a kind is met.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// Its number among the `[[forms]]` of the file, from 0; `None` for the one that the rule's own
    /// keys make.
    pub index: Option<usize>,
    /// What kind of place it is for, for the reader of the file.
    pub note: String,
    /// What a match is worth when none of its checks raises or lowers it.
    pub confidence: Confidence,
    /// Literals of which a match contains one, each at least three bytes, case-sensitive. None in a
    /// named form.
    pub anchors: Vec<String>,
    /// The literals to look for in their base64 and UTF-16 spellings, each at least four bytes.
    pub encoded_anchors: Vec<String>,
    /// Names of keys as lower-case words with one blank between: `cloudflare api token` stands for
    /// `CLOUDFLARE_API_TOKEN`, `cloudflareApiToken`, `Cloudflare-Api-Token` and so on.
    pub names: Vec<String>,
    /// Sets of names in `rules/data/vocabulary.toml`.
    pub vocabulary: Vec<String>,
    /// Words of which one must stand near.
    pub near: Option<Near>,
    /// A cheap look at what stands right behind an anchor, before any regular expression.
    pub gate: Option<Gate>,
    /// What the value of a named form is made of.
    pub value: Option<Value>,
    /// In an anchored form the expression round an anchor, with a group `secret` and perhaps `body`.
    /// In a named form, instead of `value`, an expression that the whole value must match.
    pub pattern: Option<String>,
    /// How far from its anchor an anchored form may look.
    pub reach: Reach,
    /// What a match must pass, in this order.
    pub checks: Vec<Check>,
}

impl Form {
    /// Whether it goes by names of keys.
    pub fn is_named(&self) -> bool {
        !self.names.is_empty() || !self.vocabulary.is_empty()
    }

    /// Its pattern, ready to search; `None` if it has none. A named form's must match all of a value.
    ///
    /// # Errors
    /// What is wrong with the pattern. Never for a rule out of a [`super::RuleSet`].
    pub fn compile(&self) -> Result<Option<Regex>, regex::Error> {
        let Some(pattern) = &self.pattern else { return Ok(None) };
        let whole;
        let source = if self.is_named() {
            whole = format!("^(?:{pattern})$");
            &whole
        } else {
            pattern
        };
        RegexBuilder::new(source).size_limit(Form::LARGEST_REGEX).build().map(Some)
    }

    /// How many bytes round an anchor, on both sides together, it may look at.
    pub fn widest(&self) -> usize {
        let near = self.near.as_ref().map_or(0, |near| near.before + near.after);
        let reach = match self.is_named() {
            true => Form::NAME_AND_VALUE,
            false => self.reach.before + self.reach.after,
        };
        reach.max(near)
    }

    /// How large a compiled pattern may grow, in bytes; a counted repetition of a wide class is the
    /// usual way to exceed it.
    pub const LARGEST_REGEX: usize = 4 << 20;

    /// How far a named form may look from its name's first byte, and as far back: at most so much
    /// stands between name and value, and no value is longer than the rest.
    pub const NAME_AND_VALUE: usize = 8 << 10;
}

/// What a value consists of.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// A class as in [`Gate::class`]; every byte of the value is of it.
    pub class: String,
    /// The shortest value, in bytes.
    pub min: usize,
    /// The longest value, in bytes.
    pub max: usize,
}

/// Words of which one must stand near, in any case of letters.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// Literals; upper and lower case are the same.
    pub words: Vec<String>,
    /// How many bytes before the anchor or name they may stand.
    pub before: usize,
    /// How many bytes behind its first byte.
    pub after: usize,
}
