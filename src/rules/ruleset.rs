//! The rules of one run: the built-in ones, and a user's own on top.

use std::{path::Path, sync::Arc};

use super::{
    error::Error,
    form::Form,
    load::{self, Loaded},
    placeholder::Placeholders,
    rule::Rule,
    vocabulary::Vocabulary,
};

/// What nearly all ids begin with.
const COMMON_PREFIX: &str = "cloudflare-";
/// Fewer letters than this stand in too many ids to mean one.
const SHORTEST_PART: usize = 3;
/// More suggestions than these are a list, and there is a command for that.
const MOST_LIKE: usize = 4;

/// Rules sorted by id, and what is known about placeholders. Never changes once made, so a rule's
/// place in [`RuleSet::rules`] may stand for the rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSet {
    rules: Vec<Rule>,
    placeholders: Placeholders,
}

/// Rules and those of a folder.
#[derive(Debug)]
pub struct Joined {
    /// All of them.
    pub rules: Arc<RuleSet>,
    /// The ids of the rules that the folder holds.
    pub held: Vec<Arc<str>>,
    /// The ids that the folder switches off, and whether there was such a rule.
    pub removed: Vec<(String, bool)>,
}

impl RuleSet {
    /// The built-in rules and those of a folder: each `*.toml` directly in it is one rule. A rule
    /// with the id of another replaces it; `disabled = true` removes it. Other files are ignored.
    ///
    /// # Errors
    /// [`Error::Read`] if the folder or a file cannot be read, [`Error::Invalid`] with everything
    /// that is wrong in any of the files.
    pub fn with_dir(dir: &Path) -> Result<Arc<RuleSet>, Error> {
        Ok(RuleSet::builtin().and_dir(dir)?.rules)
    }

    /// These rules and those of a folder, as [`RuleSet::with_dir`] says.
    ///
    /// # Errors
    /// As for [`RuleSet::with_dir`].
    pub fn and_dir(&self, dir: &Path) -> Result<Joined, Error> {
        let mut set = self.clone();
        let (mut held, mut removed) = (Vec::new(), Vec::new());
        for each in load::dir(dir)? {
            let before = set.rules.len();
            set.rules.retain(|rule| &*rule.id != each.id());
            match each {
                Loaded::Rule(rule) => {
                    held.push(rule.id.clone());
                    set.rules.push(*rule);
                }
                Loaded::Disabled(id) => removed.push((id, set.rules.len() < before)),
            }
        }
        let rules = Arc::new(RuleSet::new(set.rules, set.placeholders));
        Ok(Joined { rules, held, removed })
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

    /// The ids that somebody may have meant who wrote one that is not there: those that contain it,
    /// or else the one most like it. At most three.
    pub fn like(&self, id: &str) -> Vec<&str> {
        let id = id.trim().to_ascii_lowercase().replace([' ', '_'], "-");
        let all = || self.rules.iter().map(|rule| &*rule.id);
        let containing: Vec<&str> =
            all().filter(|known| id.len() >= SHORTEST_PART && known.contains(&id)).collect();
        if (1..=MOST_LIKE).contains(&containing.len()) {
            return containing;
        }
        // What all ids begin with need not be written to be meant.
        let likeness = |known: &str| {
            let whole = strsim::normalized_damerau_levenshtein(&id, known);
            let bare = known.strip_prefix(COMMON_PREFIX).unwrap_or(known);
            whole.max(strsim::normalized_damerau_levenshtein(&id, bare))
        };
        all()
            .map(|known| (likeness(known), known))
            .filter(|(likeness, _)| *likeness >= load::ALIKE)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, known)| known)
            .into_iter()
            .collect()
    }

    /// What is known about placeholders.
    pub fn placeholders(&self) -> &Placeholders {
        &self.placeholders
    }

    /// The sets of names that forms may refer to.
    pub fn vocabulary(&self) -> &'static Vocabulary {
        Vocabulary::builtin()
    }

    /// All names of a form: its own and those of its sets.
    pub fn names_of<'r>(&'r self, form: &'r Form) -> impl Iterator<Item = &'r str> {
        let sets = form.vocabulary.iter().filter_map(|set| self.vocabulary().names(set)).flatten();
        form.names.iter().chain(sets).map(String::as_str)
    }
}
