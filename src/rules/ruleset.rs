//! The rules of one run: the built-in ones, and a user's own on top.

use std::{path::Path, sync::Arc};

use super::{
    builtin,
    error::Error,
    load::{self, Loaded},
    placeholder::Placeholders,
    rule::Rule,
};

/// Rules sorted by id, and what is known about placeholders. Never changes once made, so a rule's
/// place in [`RuleSet::rules`] may stand for the rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSet {
    rules: Vec<Rule>,
    placeholders: Placeholders,
}

impl RuleSet {
    /// The built-in rules. Made once, well within a millisecond; no pattern is compiled.
    pub fn builtin() -> Arc<RuleSet> {
        builtin::rules()
    }

    /// The built-in rules and those of a folder: each `*.toml` directly in it is one rule. A rule
    /// with the id of another replaces it; `disabled = true` removes it. Other files are ignored.
    ///
    /// # Errors
    /// [`Error::Read`] if the folder or a file cannot be read, [`Error::Invalid`] with everything
    /// that is wrong in any of the files.
    pub fn with_dir(dir: &Path) -> Result<Arc<RuleSet>, Error> {
        let loaded = load::dir(dir)?;
        let mut set = RuleSet::clone(&RuleSet::builtin());
        for each in loaded {
            set.rules.retain(|rule| &*rule.id != each.id());
            if let Loaded::Rule(rule) = each {
                set.rules.push(*rule);
            }
        }
        Ok(Arc::new(RuleSet::new(set.rules, set.placeholders)))
    }

    /// Takes rules in any order; their ids differ.
    pub(super) fn new(mut rules: Vec<Rule>, placeholders: Placeholders) -> RuleSet {
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        RuleSet { rules, placeholders }
    }

    /// All rules, sorted by id.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of that id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.get(self.index(id)?)
    }

    /// Where the rule of that id stands in [`RuleSet::rules`].
    pub fn index(&self, id: &str) -> Option<usize> {
        self.rules.binary_search_by(|rule| (*rule.id).cmp(id)).ok()
    }

    /// What is known about placeholders.
    pub fn placeholders(&self) -> &Placeholders {
        &self.placeholders
    }
}
