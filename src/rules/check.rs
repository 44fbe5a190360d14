//! The laws of a rule that its types do not hold: lengths, bounds, a pattern that compiles, a group
//! where a check needs one, examples that expand.

use super::{
    rule::{Check, Rule},
    template,
    terraform::Attribute,
};

/// The way from a rule to one of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Of a table.
    Key(&'static str),
    /// Of a list.
    Index(usize),
}
use Step::{Index, Key};

/// A law that a rule breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) at: Vec<Step>,
    /// What is wrong and what to do.
    pub(super) message: String,
}

/// An anchor shorter than this stands everywhere.
const SHORTEST_ANCHOR: usize = 3;
/// The base64 of three bytes can be as short as three characters, which stand everywhere.
const SHORTEST_ENCODED_ANCHOR: usize = 4;
const LONGEST_ANCHOR: usize = 256;
const MOST_BEFORE: usize = 16 << 10;
const MOST_AFTER: usize = 64 << 10;

/// Every law that `rule` breaks, in the order of its keys. Compiles the pattern.
pub(super) fn laws(rule: &Rule) -> Vec<Broken> {
    let mut broken = Laws(Vec::new());
    broken.words(rule);
    let is_only_typed = rule.terraform.is_some() && rule.pattern.is_empty();
    if !(is_only_typed && rule.anchors.is_empty()) {
        broken.anchors(rule);
        broken.gate_and_reach(rule);
        broken.pattern(rule);
    }
    broken.checks(rule);
    broken.terraform(rule);
    broken.examples(rule);
    broken.0
}

struct Laws(Vec<Broken>);

impl Laws {
    fn say(&mut self, at: &[Step], message: impl Into<String>) {
        self.0.push(Broken { at: at.to_vec(), message: message.into() });
    }

    /// Id, title, help, references, date.
    fn words(&mut self, rule: &Rule) {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if rule.id.is_empty() || !rule.id.bytes().all(plain) {
            self.say(&[Key("id")], "an id holds lower-case ASCII letters, digits and `-` only");
        }
        for (key, text) in [("title", &*rule.title), ("help", &*rule.help)] {
            if text.trim().is_empty() {
                self.say(&[Key(key)], format!("`{key}` is empty; people will read it, so say it"));
            }
        }
        if let Some(day) = &rule.retired
            && (day.len() != 10 || day.parse::<jiff::civil::Date>().is_err())
        {
            self.say(&[Key("retired")], format!("`{day}` is no day; write it as `2026-09-30`"));
        }
        for (index, address) in rule.references.iter().enumerate() {
            if !address.starts_with("https://") {
                let message = "a reference starts with `https://`; write the whole address";
                self.say(&[Key("references"), Index(index)], message);
            }
        }
    }

    fn anchors(&mut self, rule: &Rule) {
        if rule.anchors.is_empty() {
            self.say(&[Key("anchors")], "a rule needs at least one anchor, or it is never tried");
        }
        for (index, anchor) in rule.anchors.iter().enumerate() {
            if !(SHORTEST_ANCHOR..=LONGEST_ANCHOR).contains(&anchor.len()) {
                let message = format!(
                    "the anchor `{anchor}` must have 3 to 256 bytes; rare literals keep scans fast"
                );
                self.say(&[Key("anchors"), Index(index)], message);
            }
        }
        for (index, anchor) in rule.encoded_anchors.iter().enumerate() {
            if rule.anchors == rule.encoded_anchors && anchor.len() < SHORTEST_ANCHOR {
                continue; // said above
            }
            if !(SHORTEST_ENCODED_ANCHOR..=LONGEST_ANCHOR).contains(&anchor.len()) {
                let message = format!(
                    "the encoded anchor `{anchor}` must have 4 to 256 bytes; set `encoded_anchors` to longer literals, or to [] to turn the decoding off"
                );
                self.say(&[Key("encoded_anchors"), Index(index)], message);
            }
        }
    }

    fn gate_and_reach(&mut self, rule: &Rule) {
        if let Some(gate) = &rule.gate {
            if gate.bytes().is_none() {
                let message = format!(
                    "`{}` is no class; write ASCII characters and ranges such as `A-Za-z0-9_-`, without brackets",
                    gate.class
                );
                self.say(&[Key("gate"), Key("class")], message);
            }
            if gate.length == 0 {
                self.say(&[Key("gate"), Key("length")], "a gate needs a length of at least 1");
            }
        }
        if rule.reach.before > MOST_BEFORE {
            let message = "a rule may look at most 16384 bytes back; name an anchor nearer to the match's start";
            self.say(&[Key("reach"), Key("before")], message);
        }
        if rule.reach.after > MOST_AFTER {
            let message = "a rule may look at most 65536 bytes ahead; name an anchor nearer to the match's end";
            self.say(&[Key("reach"), Key("after")], message);
        }
        let anchor = rule.anchors.iter().map(String::len).max().unwrap_or(0);
        let gate = rule.gate.as_ref().map_or(0, |gate| gate.length);
        let least = anchor.saturating_add(gate).saturating_add(1);
        if rule.reach.after < least {
            let message = format!(
                "anchor, gate and one neighbour take {least} bytes, so `after` must be at least that"
            );
            self.say(&[Key("reach"), Key("after")], message);
        }
    }

    fn pattern(&mut self, rule: &Rule) {
        let regex = match rule.compile() {
            Ok(regex) => regex,
            Err(error) => return self.say(&[Key("pattern")], describe(&error)),
        };
        if !regex.capture_names().flatten().any(|name| name == "secret") {
            let message =
                "the pattern has no group `secret`; write `(?P<secret>…)` around the credential";
            self.say(&[Key("pattern")], message);
        }
        if regex.is_match(b"") {
            self.say(
                &[Key("pattern")],
                "the pattern matches the empty text; make something in it required",
            );
        }
        let body = regex.capture_names().flatten().any(|name| name == "body");
        for (index, check) in rule.checks.iter().enumerate() {
            if matches!(check, Check::Crc32 | Check::Crc32Hint) && !body {
                let message = format!(
                    "`{}` needs a group `body` in the pattern; write `(?P<body>…)` around what the checksum covers",
                    check.name()
                );
                self.say(&[Key("checks"), Index(index)], message);
            }
        }
    }

    fn checks(&mut self, rule: &Rule) {
        for (index, check) in rule.checks.iter().enumerate() {
            let at = [Key("checks"), Index(index)];
            if rule.checks[..index].iter().any(|before| before.name() == check.name()) {
                self.say(&at, format!("the check `{}` stands here twice; keep one", check.name()));
            }
            if let Check::Entropy(bits) = check
                && !(0.0..=8.0).contains(bits)
            {
                self.say(
                    &at,
                    "entropy is 0 to 8 bits per character; 3.0 suits hex, 4.2 suits base64",
                );
            }
        }
    }

    fn terraform(&mut self, rule: &Rule) {
        let Some(terraform) = &rule.terraform else { return };
        if terraform.attributes.is_empty() {
            let message = "name at least one attribute, such as `cloudflare_api_token.value`";
            self.say(&[Key("terraform"), Key("attributes")], message);
        }
        for (index, attribute) in terraform.attributes.iter().enumerate() {
            if let Err(message) = Attribute::parse(attribute) {
                self.say(&[Key("terraform"), Key("attributes"), Index(index)], message);
            }
        }
        for (key, regex) in
            [("shape", terraform.compile_shape()), ("requires", terraform.compile_requires())]
        {
            if let Some(Err(error)) = regex {
                self.say(&[Key("terraform"), Key(key)], describe(&error));
            }
        }
    }

    fn examples(&mut self, rule: &Rule) {
        if rule.examples.is_empty() {
            self.say(&[Key("examples")], "a rule needs at least one example; add `[[examples]]`");
        }
        if rule.counter_examples.is_empty() {
            let message = "a rule needs at least one counter-example; add `[[counter_examples]]`";
            self.say(&[Key("counter_examples")], message);
        }
        let examples = rule.examples.iter().map(|example| &example.text);
        let counter_examples = rule.counter_examples.iter().map(|example| &example.text);
        let examples = examples.enumerate().map(|(index, text)| ("examples", index, text));
        let counter = counter_examples.enumerate();
        for (key, index, text) in
            examples.chain(counter.map(|(index, text)| ("counter_examples", index, text)))
        {
            if let Err(error) = template::expand(text, 0) {
                self.say(&[Key(key), Index(index), Key("text")], error.to_string());
            }
        }
    }
}

/// The last line of a pattern error says what is wrong; those above draw the pattern.
fn describe(error: &regex::Error) -> String {
    let text = error.to_string();
    let reason = text.lines().last().unwrap_or_default();
    let reason = reason.strip_prefix("error: ").unwrap_or(reason);
    format!("the pattern does not compile: {reason}; the syntax is that of the `regex` crate")
}
