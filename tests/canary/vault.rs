//! Made-up secrets of every kind, a fresh one for each use, and the guard that knows them all.

use std::{cell::RefCell, collections::HashMap};

use cfleaks::{
    detect::{Detector, Scratch},
    model::Layer,
    rules::{RuleSet, template},
};

use crate::tell::{Tell, tells};

/// The longest token that is given where names go.
const LONGEST_NAME: usize = 180;

pub(crate) struct Vault {
    detector: Detector,
    public: Vec<u8>,
    seed: RefCell<u64>,
    guarded: RefCell<HashMap<[u8; 8], Vec<Tell>>>,
    /// Which tells there may be, by a hash of their first four bytes: output is long, leaks are rare.
    sieve: RefCell<Vec<bool>>,
}

fn slot(start: &[u8]) -> usize {
    let word = u32::from_le_bytes([start[0], start[1], start[2], start[3]]);
    (word.wrapping_mul(0x9e37_79b1) >> 10) as usize
}

impl Vault {
    pub(crate) fn new() -> Self {
        let rules = RuleSet::builtin();
        let mut public = Vec::new();
        for rule in rules.rules() {
            public.extend_from_slice(rule.help.as_bytes());
            rule.references.iter().for_each(|r| public.extend_from_slice(r.as_bytes()));
            // What every draw of an example has is no secret: the beginning of an address.
            rule.examples.iter().for_each(|e| public.extend_from_slice(e.text.as_bytes()));
        }
        Vault {
            detector: Detector::new(rules, jiff::Timestamp::now()),
            public,
            seed: RefCell::new(0),
            guarded: RefCell::default(),
            sieve: RefCell::new(vec![false; 1 << 22]),
        }
    }

    fn next_seed(&self) -> u64 {
        *self.seed.borrow_mut() += 1;
        *self.seed.borrow()
    }

    /// From now on nothing that would give this secret away may be printed. `told` is what is told
    /// of its neighbours.
    fn guard(&self, secret: &[u8], name: &str, told: &[u8]) {
        let mut guarded = self.guarded.borrow_mut();
        for tell in tells(secret, name, &[&self.public, told].concat()) {
            let start: [u8; 8] = tell.bytes[..8].try_into().unwrap();
            self.sieve.borrow_mut()[slot(&start)] = true;
            guarded.entry(start).or_default().push(tell);
        }
    }

    /// Guards whatever detection finds in this text; whether that is anything.
    fn guard_all(&self, text: &[u8], name: &str) -> bool {
        let found = self.detector.detect(text, &mut Scratch::default());
        // An address that is a secret as a whole may hold an account's id, which is a partner of
        // the key in it.
        let partners = found.iter().flat_map(|candidate| &candidate.partners);
        let told: Vec<&str> = partners.map(|partner| &partner.value[..]).collect();
        let told = told.join("\n").into_bytes();
        for candidate in &found {
            let rule = &self.detector.rules().rules()[candidate.rule].id;
            let secret = candidate.secret.reveal();
            assert!(memchr::memmem::find(&told, secret).is_none(), "{rule} is told as a partner");
            self.guard(secret, &format!("{rule}, {name}"), &told);
            if !candidate.layers.is_empty() {
                let spelling = candidate.span.of(text);
                self.guard(spelling, &format!("{rule}, {name}, as it is spelt"), &told);
            }
        }
        !found.is_empty()
    }

    /// Every example of every rule, drawn afresh.
    pub(crate) fn examples(&self, used: &str) -> Vec<Vec<u8>> {
        let mut texts = Vec::new();
        for rule in self.detector.rules().rules() {
            for example in &rule.examples {
                let text = template::expand(&example.text, self.next_seed()).unwrap();
                let found = self.guard_all(&text, &format!("{used}, example `{}`", example.note));
                assert!(found, "{}, example `{}`", rule.id, example.note);
                texts.push(text);
            }
        }
        texts
    }

    /// One line of text for each kind that holds a secret of it.
    pub(crate) fn lines(&self, used: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for (index, rule) in self.detector.rules().rules().iter().enumerate() {
            let before = lines.len();
            for example in &rule.examples {
                let text = template::expand(&example.text, self.next_seed()).unwrap();
                let Ok(text) = String::from_utf8(text) else { continue };
                let line = text.trim().replace(['\n', '\r'], " ");
                let found = self.detector.detect(line.as_bytes(), &mut Scratch::default());
                let own = |c: &&cfleaks::detect::Candidate| {
                    c.rule == index || c.layers.contains(&Layer::OriginCert)
                };
                // Some are known only as all of a file: elsewhere there is nothing to guard.
                let beside = format!("gone/{line}/x");
                let is_found = found.iter().any(|c| own(&c)) && self.is_found(beside.as_bytes());
                if is_found && !line.contains(['\0', '<', '>']) {
                    // The token alone, where it can be known by itself.
                    let alone = found.iter().find(own).map(|c| c.secret.reveal().to_vec());
                    let alone = alone.and_then(|secret| String::from_utf8(secret).ok());
                    let line = alone.filter(|a| self.is_found(a.as_bytes())).unwrap_or(line);
                    assert!(self.guard_all(line.as_bytes(), used));
                    lines.push(line);
                    break;
                }
            }
            assert!(lines.len() > before, "no line for {}", rule.id);
        }
        lines
    }

    fn is_found(&self, text: &[u8]) -> bool {
        !self.detector.detect(text, &mut Scratch::default()).is_empty()
    }

    /// Tokens that can be part of a file's or a ref's name.
    pub(crate) fn words(&self, used: &str) -> Vec<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '=');
        let fits = |c: char| plain(c) || c == '.';
        let mut words = self.lines(used);
        words.retain(|word| word.len() <= LONGEST_NAME && word.chars().all(fits));
        assert!(words.len() >= 6, "{words:?}");
        words
    }

    /// The same in base64, whole and behind one and two other characters.
    pub(crate) fn encoded_words(&self, used: &str) -> Vec<String> {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let words = self.words(used);
        let encoded = words.iter().enumerate().map(|(n, word)| {
            let text = format!("{}{word}", "u:".get(..n % 3).unwrap_or_default());
            URL_SAFE_NO_PAD.encode(text)
        });
        let mut encoded: Vec<String> = encoded.collect();
        encoded.retain(|word| word.len() <= LONGEST_NAME && self.is_found(word.as_bytes()));
        assert!(encoded.len() >= 4);
        for word in &encoded {
            self.guard(word.as_bytes(), &format!("encoded, {used}"), b"");
        }
        encoded
    }

    /// What of the guarded is in this output.
    pub(crate) fn leaks(&self, output: &[u8]) -> Vec<String> {
        let (guarded, sieve) = (self.guarded.borrow(), self.sieve.borrow());
        let mut leaks = Vec::new();
        for (at, start) in output.windows(8).enumerate().filter(|(_, start)| sieve[slot(start)]) {
            let Some(tells) = guarded.get(start) else { continue };
            let told = tells.iter().filter(|tell| output[at..].starts_with(&tell.bytes));
            leaks.extend(told.map(|tell| tell.what.clone()));
        }
        leaks.sort();
        leaks.dedup();
        leaks
    }
}
