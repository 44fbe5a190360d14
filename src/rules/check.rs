//! The laws of a rule that its types do not hold: lengths, bounds, a pattern that compiles, a group
//! where a check needs one, examples that expand.

use super::{
    form::Form,
    rule::Rule,
    template,
    terms::{Check, Gate},
    terraform::Attribute,
    vocabulary::{self, Vocabulary},
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
const MOST_NEAR: usize = 4 << 10;
const LONGEST_VALUE: usize = 4 << 10;

/// Every law that `rule` breaks, in the order of its keys. Compiles the patterns.
pub(super) fn laws(rule: &Rule) -> Vec<Broken> {
    let mut broken = Laws(Vec::new());
    broken.words(rule);
    for form in &rule.forms {
        let mut of_form = Laws(Vec::new());
        of_form.form(form, rule);
        let at = form.index.map(|index| [Key("forms"), Index(index)]);
        broken.0.extend(of_form.0.into_iter().map(|law| Broken {
            at: at.into_iter().flatten().chain(law.at).collect(),
            message: law.message,
        }));
    }
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

    fn form(&mut self, form: &Form, rule: &Rule) {
        match (form.anchors.is_empty(), form.is_named()) {
            (true, true) => self.named(form),
            (false, false) => self.anchored(form),
            (false, true) => {
                let message = "a form goes by anchors or by names; make two `[[forms]]` of it";
                self.say(&[Key("anchors")], message);
            }
            (true, false) => {
                let message = "a rule needs at least one anchor or name, or it is never tried; add `anchors`, `names` or `vocabulary`";
                self.say(&[Key("anchors")], message);
            }
        }
        self.pattern(form);
        self.near(form);
        self.checks(form, rule);
    }

    fn anchored(&mut self, form: &Form) {
        for (index, anchor) in form.anchors.iter().enumerate() {
            if !(SHORTEST_ANCHOR..=LONGEST_ANCHOR).contains(&anchor.len()) {
                let message = format!(
                    "the anchor `{anchor}` must have 3 to 256 bytes; rare literals keep scans fast"
                );
                self.say(&[Key("anchors"), Index(index)], message);
            }
        }
        for (index, anchor) in form.encoded_anchors.iter().enumerate() {
            if form.anchors == form.encoded_anchors && anchor.len() < SHORTEST_ANCHOR {
                continue; // said above
            }
            if !(SHORTEST_ENCODED_ANCHOR..=LONGEST_ANCHOR).contains(&anchor.len()) {
                let message = format!(
                    "the encoded anchor `{anchor}` must have 4 to 256 bytes; set `encoded_anchors` to longer literals, or to [] to turn the decoding off"
                );
                self.say(&[Key("encoded_anchors"), Index(index)], message);
            }
        }
        if form.pattern.is_none() {
            let message = "a form with anchors needs a `pattern` round them; a `value` goes with `names` or `vocabulary`";
            self.say(&[Key("pattern")], message);
        }
        self.gate(form.gate.as_ref());
        self.reach(form);
    }

    fn gate(&mut self, gate: Option<&Gate>) {
        let Some(gate) = gate else { return };
        if gate.bytes().is_none() {
            self.say(&[Key("gate"), Key("class")], no_class(&gate.class));
        }
        if gate.length == 0 {
            self.say(&[Key("gate"), Key("length")], "a gate needs a length of at least 1");
        }
    }

    fn reach(&mut self, form: &Form) {
        if form.reach.before > MOST_BEFORE {
            let message = "a rule may look at most 16384 bytes back; name an anchor nearer to the match's start";
            self.say(&[Key("reach"), Key("before")], message);
        }
        if form.reach.after > MOST_AFTER {
            let message = "a rule may look at most 65536 bytes ahead; name an anchor nearer to the match's end";
            self.say(&[Key("reach"), Key("after")], message);
        }
        let anchor = form.anchors.iter().map(String::len).max().unwrap_or(0);
        let gate = form.gate.as_ref().map_or(0, |gate| gate.length);
        let least = anchor.saturating_add(gate).saturating_add(1);
        if form.reach.after < least {
            let message = format!(
                "anchor, gate and one neighbour take {least} bytes, so `after` must be at least that; write `reach = {{ before = 1, after = {least} }}` or more"
            );
            self.say(&[Key("reach"), Key("after")], message);
        }
    }

    fn named(&mut self, form: &Form) {
        for (index, name) in form.names.iter().enumerate() {
            if let Some(fault) = vocabulary::fault(name) {
                self.say(&[Key("names"), Index(index)], format!("`{name}` is no name; {fault}"));
            }
        }
        let builtin = Vocabulary::builtin();
        for (index, set) in form.vocabulary.iter().enumerate() {
            if builtin.names(set).is_none() {
                let sets: Vec<&str> = builtin.sets().collect();
                let message = format!("there is no set `{set}`; there are {}", sets.join(", "));
                self.say(&[Key("vocabulary"), Index(index)], message);
            }
        }
        if form.gate.is_some() {
            let message = "a gate goes with anchors; what a named value is made of says `value`";
            self.say(&[Key("gate")], message);
        }
        if form.reach.before + form.reach.after > 0 {
            let message = "a reach goes with anchors; from a name the value is found without it";
            self.say(&[Key("reach")], message);
        }
        match (&form.value, &form.pattern) {
            (None, None) => self.say(
                &[Key("value")],
                "what does the value look like? Add `value = { class = \"0-9a-f\", min = 32, max = 32 }` or a `pattern`",
            ),
            (Some(_), Some(_)) => {
                self.say(&[Key("value")], "a `value` and a `pattern` say the same thing; keep one");
            }
            (Some(value), None) => {
                let class = Gate { class: value.class.clone(), length: 1 };
                if class.bytes().is_none() {
                    self.say(&[Key("value"), Key("class")], no_class(&value.class));
                }
                if value.min == 0 || value.min > value.max || value.max > LONGEST_VALUE {
                    let message = "a value has at least 1 and at most 4096 bytes, and `min` is not above `max`";
                    self.say(&[Key("value"), Key("min")], message);
                }
            }
            (None, Some(_)) => {}
        }
    }

    fn near(&mut self, form: &Form) {
        let Some(near) = &form.near else { return };
        if near.words.is_empty() || near.words.iter().any(|word| word.len() < SHORTEST_ANCHOR) {
            let message = "`near` needs words of at least 3 bytes, of which one must stand near";
            self.say(&[Key("near"), Key("words")], message);
        }
        if near.before > MOST_NEAR || near.after > MOST_NEAR || near.before + near.after == 0 {
            let message = "`near` looks 0 to 4096 bytes back and 0 to 4096 ahead, and somewhere";
            self.say(&[Key("near"), Key("before")], message);
        }
    }

    fn pattern(&mut self, form: &Form) {
        let regex = match form.compile() {
            Ok(Some(regex)) => regex,
            Ok(None) => return self.needs_a_body(form, false),
            Err(error) => return self.say(&[Key("pattern")], describe(&error)),
        };
        let has = |group: &str| regex.capture_names().flatten().any(|name| name == group);
        if !form.is_named() && !has("secret") {
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
        self.needs_a_body(form, has("body"));
    }

    fn needs_a_body(&mut self, form: &Form, has_body: bool) {
        for (index, check) in form.checks.iter().enumerate() {
            if matches!(check, Check::Crc32 | Check::Crc32Hint) && !has_body {
                let message = format!(
                    "`{}` needs a group `body` in the pattern; write `(?P<body>…)` around what the checksum covers",
                    check.name()
                );
                self.say(&[Key("checks"), Index(index)], message);
            }
        }
    }

    fn checks(&mut self, form: &Form, rule: &Rule) {
        for (index, check) in form.checks.iter().enumerate() {
            let at = [Key("checks"), Index(index)];
            let same = |before: &Check| match (before, check) {
                (Check::Needs(a) | Check::Prefers(a), Check::Needs(b) | Check::Prefers(b)) => {
                    a == b
                }
                _ => before.name() == check.name(),
            };
            if form.checks[..index].iter().any(same) {
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
            if let Check::Needs(role) | Check::Prefers(role) = check
                && !rule.partners.contains(role)
            {
                let message = format!(
                    "`{}` is not looked for; add `partners = [\"{}\"]` to the rule",
                    role.name(),
                    role.name()
                );
                self.say(&at, message);
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

fn no_class(class: &str) -> String {
    format!(
        "`{class}` is no class; write ASCII characters and ranges such as `A-Za-z0-9_-`, without brackets"
    )
}

/// The last line of a pattern error says what is wrong; those above draw the pattern.
fn describe(error: &regex::Error) -> String {
    let text = error.to_string();
    let reason = text.lines().last().unwrap_or_default();
    let reason = reason.strip_prefix("error: ").unwrap_or(reason);
    format!("the pattern does not compile: {reason}; the syntax is that of the `regex` crate")
}
