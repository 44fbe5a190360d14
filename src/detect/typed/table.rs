//! The attributes of all rules, by resource type, and how the places of a file lead to them.
//!
//! A state file keeps an attribute below `instances` and `attributes`, a plan below `change` and
//! `after`, Pulumi below `outputs`; what lies below is the same everywhere.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::tree::Leaf;
use crate::rules::{Attribute, RuleSet, Step};

/// One attribute and the rule (by index) that it is of.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) rule: usize,
    /// As the rule writes it.
    pub(super) attribute: String,
    steps: Vec<Step>,
}

/// All attributes, by resource type.
#[derive(Debug, Default)]
pub(super) struct Table(FxHashMap<String, Vec<Entry>>);

/// How a file writes names and where it keeps attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// State, plan and `show -json`: an object with a member `type`.
    Terraform,
    /// Configuration as JSON: the object below the type's name holds one object for each resource.
    Configuration,
    /// Configuration in Terraform's own language.
    Block,
    /// Pulumi: as [`Notation::Terraform`], with names in camel case.
    Pulumi,
}

/// The names below which attributes stand, and whether their names hold all that leads to a value,
/// as in `rtmps.0.stream_key` of old state files.
const HOLDERS: [(&[&str], bool); 10] = [
    (&["instances", "attributes"], false),
    (&["instances", "attributes_flat"], true),
    (&["values"], false),
    (&["change", "before"], false),
    (&["change", "after"], false),
    (&["primary", "attributes"], true),
    (&["deposed", "attributes"], true),
    (&["inputs"], false),
    (&["outputs"], false),
    (&["attributes"], false),
];
/// What Pulumi wraps a secret's plaintext in when it is exported with `--show-secrets`.
pub(super) const PLAINTEXT: &[u8] = b"plaintext";

impl Table {
    pub(super) fn new(rules: &RuleSet) -> Self {
        let mut table: FxHashMap<String, Vec<Entry>> = FxHashMap::default();
        for (index, rule) in rules.rules().iter().enumerate() {
            for text in rule.terraform.iter().flat_map(|terraform| &terraform.attributes) {
                if let Ok(Attribute { resource, steps }) = Attribute::parse(text) {
                    let entry = Entry { rule: index, attribute: text.clone(), steps };
                    table.entry(resource).or_default().push(entry);
                }
            }
        }
        Table(table)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The attributes of a resource type.
    pub(super) fn of(&self, resource: &str) -> Option<&[Entry]> {
        self.0.get(resource).map(Vec::as_slice)
    }
}

/// The names from the resource to a value, as the provider's schema has them; `None` if the value
/// stands elsewhere.
pub(super) fn attribute_path<'l>(leaf: &'l Leaf, notation: Notation) -> Option<Vec<Cow<'l, [u8]>>> {
    let names: Vec<&[u8]> = leaf.names().collect();
    let (below, is_flat) = match notation {
        Notation::Block => (&names[..], false),
        Notation::Configuration => (names.get(1..)?, false),
        Notation::Terraform | Notation::Pulumi => {
            HOLDERS.iter().find_map(|(holder, is_flat)| {
                let is_held = names.len() > holder.len()
                    && names.iter().zip(*holder).all(|(a, b)| *a == b.as_bytes());
                is_held.then(|| (&names[holder.len()..], *is_flat))
            })?
        }
    };
    if is_flat {
        let is_name = |part: &&[u8]| !part.iter().all(u8::is_ascii_digit);
        let parts = below.iter().flat_map(|name| name.split(|&b| b == b'.'));
        return Some(parts.filter(is_name).map(Cow::Borrowed).collect());
    }
    let below = match below {
        [path @ .., last] if notation == Notation::Pulumi && *last == PLAINTEXT => path,
        path => path,
    };
    let name = |name: &&'l [u8]| match notation {
        Notation::Pulumi => Cow::Owned(snake_case(name)),
        _ => Cow::Borrowed(*name),
    };
    Some(below.iter().map(name).collect())
}

impl Entry {
    /// Whether these names lead to this attribute.
    pub(super) fn is_at(&self, path: &[Cow<'_, [u8]>], notation: Notation) -> bool {
        self.steps.len() == path.len()
            && self.steps.iter().zip(path).all(|(step, name)| {
                let Some(wanted) = &step.name else { return true };
                let is_plural = || {
                    // Pulumi speaks of lists in the plural.
                    notation == Notation::Pulumi
                        && name.strip_suffix(b"s") == Some(wanted.as_bytes())
                };
                **name == *wanted.as_bytes() || is_plural()
            })
    }

    /// Whether the value is all that a name of any sort stands for, and no list of several.
    pub(super) fn is_of_any_name(&self) -> bool {
        self.steps.last().is_some_and(|step| step.name.is_none())
    }

    /// What the member `type` of the object must be that holds the value.
    pub(super) fn wanted_type(&self) -> Option<&str> {
        let [.., holder, _] = &self.steps[..] else { return None };
        holder.with_type.as_deref()
    }

    /// The last name that leads to the value.
    pub(super) fn last_name(&self) -> &str {
        self.steps.last().and_then(|step| step.name.as_deref()).unwrap_or_default()
    }
}

/// `camelCase` as `snake_case`.
pub(super) fn snake_case(name: &[u8]) -> Vec<u8> {
    let mut snake = Vec::with_capacity(name.len() + 4);
    for &byte in name {
        if byte.is_ascii_uppercase() && !snake.is_empty() {
            snake.push(b'_');
        }
        snake.push(byte.to_ascii_lowercase());
    }
    snake
}
