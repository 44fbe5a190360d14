//! The words people use for Cloudflare's credentials: names of keys, kept as data in
//! `rules/data/vocabulary.toml` so that many rules can share a set.

use std::{collections::BTreeMap, sync::OnceLock};

/// What the build script made of `rules/data/vocabulary.toml`.
const JSON: &str = include_str!(concat!(env!("OUT_DIR"), "/vocabulary.json"));

/// Named sets of names.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// First words that are rare enough to be searched for by themselves.
    stems: Vec<String>,
    /// The sets: names as lower-case words with one blank between.
    names: BTreeMap<String, Vec<String>>,
}

impl Vocabulary {
    /// The vocabulary that is part of the program, read once.
    #[allow(clippy::expect_used, reason = "fixed at build time and read by every test")]
    pub fn builtin() -> &'static Vocabulary {
        static VOCABULARY: OnceLock<Vocabulary> = OnceLock::new();
        VOCABULARY
            .get_or_init(|| serde_json::from_str(JSON).expect("the vocabulary is not well formed"))
    }

    /// The names of a set; `None` if there is no such set.
    pub fn names(&self, set: &str) -> Option<&[String]> {
        self.names.get(set).map(Vec::as_slice)
    }

    /// The sets there are, sorted.
    pub fn sets(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// The stem that a name begins with whose first word is this: the word as the file spells it,
    /// with a capital where people write one inside.
    pub fn stem(&self, word: &str) -> Option<&str> {
        self.stems.iter().map(String::as_str).find(|stem| stem.eq_ignore_ascii_case(word))
    }
}

/// What is wrong with a name, if anything.
pub(super) fn fault(name: &str) -> Option<&'static str> {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let words: Vec<&str> = name.split(' ').collect();
    if !words.iter().all(|word| is_word(word)) {
        return Some("write lower-case words with one blank between, as `cloudflare api token`");
    }
    let letters: usize = words.iter().map(|word| word.len()).sum();
    if !(SHORTEST..=LONGEST).contains(&letters) {
        return Some("a name has 5 to 64 letters, or it stands everywhere");
    }
    let is_stem = Vocabulary::builtin().stem(words[0]).is_some();
    (words.len() == 1 && !is_stem && letters < SHORTEST_ALONE)
        .then_some("a single word has at least 6 letters, or it stands everywhere")
}

const SHORTEST: usize = 5;
const SHORTEST_ALONE: usize = 6;
const LONGEST: usize = 64;
