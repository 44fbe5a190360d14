//! A rule's form made ready to be tried: its classes as tables, its expressions compiled when they
//! are first needed.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::gate::Gate;
use crate::rules::{Form, Gate as Description, Near, Rule, Value};

/// A form of a rule.
pub(super) struct Ready {
    /// The rule, an index into the rule set.
    pub(super) rule: usize,
    /// The form, an index into the rule's forms.
    pub(super) form: usize,
    pub(super) gate: Option<Gate>,
    pub(super) value: Option<Class>,
    pub(super) near: Option<Nearby>,
    pattern: OnceLock<Option<Regex>>,
}

/// What a value is made of, and how long it is.
pub(super) struct Class {
    members: Gate,
    pub(super) min: usize,
    pub(super) max: usize,
}

impl Class {
    fn new(value: &Value) -> Option<Self> {
        let members = Gate::new(&Description { class: value.class.clone(), length: 1 })?;
        Some(Class { members, min: value.min, max: value.max })
    }

    /// Whether it is hex digits and nothing else.
    pub(super) fn is_hex(&self) -> bool {
        (0..=u8::MAX).all(|byte| byte.is_ascii_hexdigit() || !self.holds(byte))
    }

    /// Whether the byte may be part of the value.
    pub(super) fn holds(&self, byte: u8) -> bool {
        self.members.holds(byte)
    }
}

/// Words of which one must stand near.
pub(super) struct Nearby {
    description: Near,
    words: OnceLock<Option<Regex>>,
}

impl Nearby {
    fn new(description: &Near) -> Self {
        Nearby { description: description.clone(), words: OnceLock::new() }
    }

    fn words(&self) -> Option<&Regex> {
        let compile = || {
            let words: Vec<String> =
                self.description.words.iter().map(|word| regex::escape(word)).collect();
            RegexBuilder::new(&words.join("|")).case_insensitive(true).unicode(false).build().ok()
        };
        self.words.get_or_init(compile).as_ref()
    }
}

impl Ready {
    pub(super) fn new(rule: usize, form: usize, source: &Form) -> Self {
        Ready {
            rule,
            form,
            gate: source.gate.as_ref().and_then(Gate::new),
            value: source.value.as_ref().and_then(Class::new),
            near: source.near.as_ref().map(Nearby::new),
            pattern: OnceLock::new(),
        }
    }

    /// Its form in the rule set.
    pub(super) fn of<'r>(&self, rules: &'r [Rule]) -> &'r Form {
        &rules[self.rule].forms[self.form]
    }

    /// Its pattern, compiled when it is first asked for.
    pub(super) fn pattern(&self, rules: &[Rule]) -> Option<&Regex> {
        self.pattern.get_or_init(|| self.of(rules).compile().ok().flatten()).as_ref()
    }

    /// Whether its pattern matches all of a value.
    pub(super) fn matches(&self, rules: &[Rule], value: &[u8]) -> bool {
        self.pattern(rules).is_some_and(|pattern| pattern.is_match(value))
    }

    /// How far before and behind an anchor or name what must stand near is looked for, in bytes.
    pub(super) fn near_reach(&self) -> (usize, usize) {
        self.near.as_ref().map_or((0, 0), |near| (near.description.before, near.description.after))
    }

    /// Whether what must stand near the anchor or name at `at` does.
    pub(super) fn is_near(&self, text: &[u8], at: usize) -> bool {
        let Some(near) = &self.near else { return true };
        let start = at.saturating_sub(near.description.before);
        let end = text.len().min(at.saturating_add(near.description.after));
        near.words().is_some_and(|words| words.is_match(&text[start..end]))
    }
}
