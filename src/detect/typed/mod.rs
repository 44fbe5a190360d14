//! Credentials that are known by where they stand: attributes of Cloudflare's resources in Terraform's
//! and Pulumi's files, told by the resource's type and the attribute's name.
//!
//! The anchor is the type itself, `"cloudflare_…`. From there the beginning of the resource is looked
//! for, the resource is walked through once, leniently and within a fixed reach, and its values are
//! compared with the rules' table. Nothing is known of the file around it, so it may be cut, embedded
//! in other text, or a string within a string.

mod hcl;
mod json;
mod table;
#[cfg(test)]
mod tests;
mod tree;
mod value;

use std::{borrow::Cow, sync::OnceLock};

use jiff::Timestamp;
use regex::bytes::Regex;

use self::{
    json::Json,
    table::{Entry, Notation, Table},
    tree::{Leaf, Tree},
};
use super::{Candidate, candidate::masked_for};
use crate::{
    model::{Confidence, Fact, Lapse, Span},
    rules::{RuleSet, TYPE_PREFIX},
};

/// What a resource's type begins with, where it is written.
pub(super) const ANCHORS: [&str; 2] = ["\"cloudflare_", "\"cloudflare:index/"];
/// How far before its type a resource may begin, in bytes.
pub(super) const BEFORE: usize = 16 << 10;
/// How far behind its type it is read.
pub(super) const AFTER: usize = 64 << 10;
/// The longest resource type that is looked at.
const LONGEST_TYPE: usize = 128;
/// The longest label that becomes a fact.
const LONGEST_FACT: usize = 128;

/// The rules' attributes, made ready to compare with.
pub(super) struct Typed {
    table: Table,
    shapes: Vec<OnceLock<Option<Regex>>>,
    required: Vec<OnceLock<Option<Regex>>>,
}

/// How far a text has been walked through: resources do not stand in one another, so no byte is
/// walked twice.
#[derive(Debug, Default)]
pub(super) struct Progress {
    to: usize,
}

/// A resource that was met.
struct Resource<'t> {
    kind: Cow<'t, str>,
    notation: Notation,
    tree: Tree,
    /// How many levels of escapes its values have.
    levels: usize,
    end: usize,
}

impl Typed {
    pub(super) fn new(rules: &RuleSet) -> Self {
        let cells = || rules.rules().iter().map(|_| OnceLock::new()).collect();
        Typed { table: Table::new(rules), shapes: cells(), required: cells() }
    }

    /// Whether no rule knows any attribute, so that there is nothing to look for.
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Judges the resource whose type's quote stands at `at`.
    pub(super) fn judge(
        &self,
        rules: &RuleSet,
        text: &[u8],
        at: usize,
        now: Timestamp,
        progress: &mut Progress,
        found: &mut Vec<Candidate>,
    ) {
        if at < progress.to {
            return;
        }
        let floor = progress.to.max(at.saturating_sub(BEFORE));
        let text = &text[..text.len().min(at.saturating_add(AFTER))];
        let Some(resource) = self.read(text, at, floor) else { return };
        progress.to = resource.end;
        let Some(entries) = self.table.of(&resource.kind) else { return };
        for leaf in &resource.tree.leaves {
            let Some(path) = table::attribute_path(leaf, resource.notation) else { continue };
            let entry = entries.iter().find(|entry| {
                entry.is_at(&path, resource.notation)
                    && !(leaf.is_listed && entry.is_of_any_name())
                    && entry
                        .wanted_type()
                        .is_none_or(|wanted| resource.has_type(text, leaf, wanted))
            });
            if let Some(entry) = entry {
                found.extend(self.take(rules, text, &resource, leaf, entry, now));
            }
        }
    }

    /// Reads the resource, if one stands here whose type the table knows.
    fn read<'t>(&self, text: &'t [u8], at: usize, floor: usize) -> Option<Resource<'t>> {
        let json = Json::at_quote(text, at)?;
        let name = text.get(at + 1..)?;
        let length = name.iter().take(LONGEST_TYPE).take_while(|b| is_of_type(**b)).count();
        let name = std::str::from_utf8(&name[..length]).ok()?;
        let (kind, is_pulumi) = match name.strip_prefix("cloudflare:index/") {
            Some(rest) => (Cow::Owned(pulumi_type(rest)?), true),
            None => (Cow::Borrowed(name), false),
        };
        self.table.of(&kind)?;
        let close = at + 1 + length;
        let first = at - json.slashes;
        let mut tree = Tree::new();
        if json.string_end(at + 1) == Some(close) {
            let after = json.skip_space(close + json.slashes + 1);
            let start = if let Some(key) = key_before(json, first) {
                json.object_start(key, floor).map_or(key, |brace| brace + 1)
            } else if text.get(after) == Some(&b':') && !is_pulumi {
                let brace = json.skip_space(after + 1);
                let end = Some(brace).filter(|&brace| text.get(brace) == Some(&b'{'))?;
                let end = json.walk(end + 1, &mut tree);
                let notation = Notation::Configuration;
                return Some(Resource { kind, notation, tree, levels: json.slashes, end });
            } else if let Some(brace) = block_start(text, at, close) {
                let end = hcl::walk(text, brace + 1, &mut tree);
                return Some(Resource { kind, notation: Notation::Block, tree, levels: 0, end });
            } else {
                return None;
            };
            let end = json.walk(start, &mut tree).max(close);
            let notation = if is_pulumi { Notation::Pulumi } else { Notation::Terraform };
            return Some(Resource { kind, notation, tree, levels: json.slashes, end });
        }
        None
    }

    fn take(
        &self,
        rules: &RuleSet,
        text: &[u8],
        resource: &Resource<'_>,
        leaf: &Leaf,
        entry: &Entry,
        now: Timestamp,
    ) -> Option<Candidate> {
        let rule = &rules.rules()[entry.rule];
        let terraform = rule.terraform.as_ref()?;
        // White space at the ends is the carrier's, and differs between carriers.
        let secret = resource.value(text, leaf).trim_ascii().to_vec();
        if value::is_absent(&secret) || value::is_dummy(&secret, entry.last_name().as_bytes()) {
            return None;
        }
        let required = &self.required[entry.rule];
        let requires = required.get_or_init(|| terraform.compile_requires()?.ok()).as_ref();
        let (mut span, mut body) = (leaf.span, &secret[..]);
        let mut whole = secret.clone();
        if let Some(requires) = requires {
            let captures = requires.captures(&secret)?;
            if let Some(part) = captures.name("secret") {
                span = part_of(span, text, part.as_bytes());
                whole = part.as_bytes().to_vec();
            }
            let named = captures.name("body").or_else(|| captures.name("secret"));
            body = named.map_or(&secret[..], |body| body.as_bytes());
        }
        let shape = &self.shapes[entry.rule];
        let shape = shape.get_or_init(|| terraform.compile_shape()?.ok()).as_ref();
        let mut facts = vec![fact("attribute", entry.attribute.clone())];
        let attribute = entry.last_name().as_bytes();
        let is_made_up = match resource.notation {
            Notation::Block => value::looks_made_up(&secret, attribute),
            _ => value::only_names_itself(&secret, attribute),
        };
        let confidence = if is_made_up || rules.placeholders().judge_parts(&secret, body).is_some()
        {
            facts.push(fact("placeholder", "yes"));
            Confidence::Possible
        } else {
            resource.confidence(shape.map(|shape| shape.is_match(&secret)))
        };
        let lapse = resource.describe(text, leaf, now, &mut facts);
        let secret = masked_for(rule, whole);
        let rule = entry.rule;
        Some(Candidate {
            rule,
            form: None,
            span,
            secret,
            confidence,
            layers: Vec::new(),
            inner: None,
            facts,
            partners: Vec::new(),
            lapse,
        })
    }
}

impl Resource<'_> {
    /// What a value here is worth that has the shape of its kind or not, if the kind has one. What a
    /// program wrote down is surer than what a person typed, which may be made up.
    fn confidence(&self, has_shape: Option<bool>) -> Confidence {
        match (self.notation == Notation::Block, has_shape) {
            (false, Some(true)) => Confidence::Certain,
            (true, Some(false)) => Confidence::Possible,
            _ => Confidence::Likely,
        }
    }

    /// The value of a leaf, without escapes.
    fn value(&self, text: &[u8], leaf: &Leaf) -> Vec<u8> {
        let raw = leaf.span.of(text);
        let levels = match self.notation {
            Notation::Block => 1,
            _ => (self.levels + 1).ilog2() as usize + 1,
        };
        let value = json::unescape(raw, levels);
        let is_wrapped =
            self.notation == Notation::Pulumi && leaf.names().last() == Some(table::PLAINTEXT);
        match serde_json::from_slice::<String>(&value) {
            Ok(inner) if is_wrapped => inner.into_bytes(),
            _ => value,
        }
    }

    /// Whether the object that holds the leaf says that it is of this type.
    fn has_type(&self, text: &[u8], leaf: &Leaf, wanted: &str) -> bool {
        let mut beside = self.tree.leaves.iter().filter(|other| other.object == leaf.object);
        beside.any(|other| {
            other.names().last() == Some(b"type") && other.span.of(text) == wanted.as_bytes()
        })
    }

    /// Adds what the resource says of itself, and returns the expiry if it has passed.
    fn describe(
        &self,
        text: &[u8],
        leaf: &Leaf,
        now: Timestamp,
        facts: &mut Vec<Fact>,
    ) -> Option<Lapse> {
        let mut lapse = None;
        // What stands nearer says more.
        for object in self.tree.outward(leaf.object) {
            for other in self.tree.leaves.iter().filter(|other| other.object == object) {
                let Some(path) = table::attribute_path(other, self.notation) else { continue };
                let Some(name) = path.last().and_then(|name| self.fact_name(name)) else {
                    continue;
                };
                let Some(value) = label(&self.value(text, other)) else { continue };
                if facts.iter().any(|known| known.name == name) {
                    continue;
                }
                if name == "expires" {
                    let Ok(expiry) = value.parse::<Timestamp>() else { continue };
                    lapse = (expiry < now).then_some(Lapse::Expired(expiry));
                }
                facts.push(fact(name, value));
            }
        }
        lapse
    }

    /// What an attribute beside a credential is called as a fact.
    fn fact_name(&self, attribute: &[u8]) -> Option<&'static str> {
        Some(match attribute {
            b"id" if self.kind.ends_with("api_token") || self.kind.ends_with("account_token") => {
                "token-id"
            }
            b"id" if self.kind.contains("tunnel") => "tunnel",
            b"id" => "id",
            b"account_id" => "account",
            b"zone_id" => "zone",
            b"client_id" => "client-id",
            b"access_key_id" => "access-key-id",
            b"bucket" | b"bucket_name" => "bucket",
            b"expires_on" | b"expires_at" => "expires",
            b"host" => "host",
            b"user" => "user",
            b"name" => "name",
            _ => return None,
        })
    }
}

/// Where the key `type` begins of which a string that begins at `at` is the value.
fn key_before(json: Json<'_>, at: usize) -> Option<usize> {
    let colon = json.skip_space_back(at).checked_sub(1)?;
    if json.text[colon] != b':' {
        return None;
    }
    let end = json.skip_space_back(colon);
    let quote = |end: usize| -> Option<usize> {
        let quote = end.checked_sub(1)?;
        let start = quote.checked_sub(json.slashes)?;
        (json.text[quote] == b'"' && json::run_before(json.text, quote) == json.slashes)
            .then_some(start)
    };
    let name_end = quote(end)?;
    let name = name_end.checked_sub(4)?;
    (&json.text[name..name_end] == b"type").then(|| quote(name)).flatten()
}

/// Where the brace stands that opens the block `resource "type" "name" {`.
fn block_start(text: &[u8], at: usize, close: usize) -> Option<usize> {
    let before = text[..at].trim_ascii_end();
    if before.len() == at
        || !["resource", "data", "ephemeral"].iter().any(|word| before.ends_with(word.as_bytes()))
    {
        return None;
    }
    let space =
        |at: usize| at + text[at..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let label = space(close + 1);
    let name = text.get(label).filter(|&&b| b == b'"').map(|_| label + 1)?;
    let is_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'_' | b'-');
    let end = name + text[name..].iter().take_while(is_name).count();
    if text.get(end) != Some(&b'"') {
        return None;
    }
    let brace = space(end + 1);
    (text.get(brace) == Some(&b'{')).then_some(brace)
}

fn is_of_type(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'/')
}

/// `apiToken:ApiToken` as the provider calls it.
fn pulumi_type(name: &str) -> Option<String> {
    let (module, _) = name.split_once(':')?;
    String::from_utf8(table::snake_case(module.as_bytes()))
        .ok()
        .map(|snake| format!("{TYPE_PREFIX}{snake}"))
}

/// Where a part of a value stands, or all of the value if it is spelt with escapes.
fn part_of(value: Span, text: &[u8], part: &[u8]) -> Span {
    memchr::memmem::find(value.of(text), part).map_or(value, |at| {
        let start = value.start + at;
        Span::new(start, start + part.len())
    })
}

fn fact(name: &'static str, value: impl Into<String>) -> Fact {
    Fact { name, value: value.into() }
}

/// A short public value out of hostile text. Anything else is left out rather than cut.
fn label(value: &[u8]) -> Option<String> {
    let is_plain = |b: &u8| b.is_ascii_alphanumeric() || b" -_.:@+".contains(b);
    let is_label = (1..=LONGEST_FACT).contains(&value.len()) && value.iter().all(is_plain);
    is_label.then(|| String::from_utf8_lossy(value).into_owned())
}
