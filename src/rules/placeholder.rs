//! Tells a placeholder from a secret: published samples, and the shapes people type when they mean
//! "put yours here".
//!
//! Samples are kept as keyed hashes, never as text, in `rules/data/placeholders.toml`; that file
//! says how to add one. The shapes are chosen so that a value drawn at random practically never
//! has one: a test draws a hundred thousand bodies.

/// The context under which samples are hashed, so that no hash here equals a hash made elsewhere.
const CONTEXT: &str = "cfleaks 2026-11-22 published sample v1";

/// Why a value looks like a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceholderKind {
    /// A published sample; where it is published.
    Sample(String),
    /// Most of it is one short piece over and over (`xxxxxxxx`, `deadbeefdeadbeef`).
    Repetition,
    /// Most of it is runs of the alphabet or of digits (`0123456789`, `abcdef`).
    Sequence,
    /// It holds a word such as `EXAMPLE` or `your_api_token`.
    Word,
    /// Most of it is made of very few different characters.
    FewCharacters,
}

impl PlaceholderKind {
    /// A short description for a report.
    pub fn describe(&self) -> String {
        match self {
            PlaceholderKind::Sample(name) => format!("published sample: {name}"),
            PlaceholderKind::Repetition => "repetition".to_owned(),
            PlaceholderKind::Sequence => "sequence".to_owned(),
            PlaceholderKind::Word => "placeholder word".to_owned(),
            PlaceholderKind::FewCharacters => "few different characters".to_owned(),
        }
    }
}

/// One published sample.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    /// Where it is published.
    name: String,
    /// How many of the leading bytes are hashed.
    length: usize,
    /// Whether a secret may go on behind them.
    #[serde(default)]
    prefix: bool,
    /// The hash, 32 hex digits.
    hash: String,
}

/// Known samples and generic shapes.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct Placeholders {
    samples: Vec<Sample>,
}

/// Words no one meets by accident: seven characters or more, so that among a hundred thousand
/// random bodies the expected number of accidents is below 10^-4.
const WORDS: &[&str] = &[
    "example",
    "changeme",
    "change-me",
    "change_me",
    "replaceme",
    "replace-me",
    "replace_me",
    "placeholder",
    "redacted",
    "yourtoken",
    "your-token",
    "your_token",
    "yoursecret",
    "your-secret",
    "your_secret",
    "your_key",
    "your-key",
    "your-api",
    "your_api",
    "yourapi",
    "yourcloudflare",
    "your-cloudflare",
    "your_cloudflare",
    "insertyour",
    "insert-your",
    "insert_your",
    "goes-here",
    "goes_here",
    "goeshere",
    "dummytoken",
    "dummy-token",
    "dummy_token",
    "faketoken",
    "fake-token",
    "fake_token",
    "testtoken",
    "test-token",
    "test_token",
    "notarealtoken",
    "not-a-real",
    "not_a_real",
];
/// How many `x` in a row are a word of their own. (Not any character: random hex has runs.)
const MOST_X: usize = 6;
/// Shorter values are not judged by shape: there is too little of them.
const SHORTEST: usize = 8;
/// The longest piece whose repetition counts.
const LONGEST_PERIOD: usize = 16;
/// The shortest run of a sequence that counts.
const SHORTEST_RUN: usize = 4;
/// At most so many different characters are few, in a stretch of at least [`FEW_WITHIN`].
const FEW: usize = 4;
const FEW_WITHIN: usize = 16;

impl Placeholders {
    /// What makes `secret` look like a placeholder, if anything does. A whole secret or its random
    /// part alone may be given: a shape counts when it covers three fifths of the value, which
    /// leaves room for a prefix and a checksum.
    pub fn judge(&self, secret: &[u8]) -> Option<PlaceholderKind> {
        if let Some(sample) = self.sample(secret) {
            return Some(sample);
        }
        if secret.len() < SHORTEST {
            return None;
        }
        let most = secret.len().saturating_mul(3).div_ceil(5);
        if repeated(secret) >= most {
            Some(PlaceholderKind::Repetition)
        } else if sequential(secret) >= most {
            Some(PlaceholderKind::Sequence)
        } else if has_word(secret) {
            Some(PlaceholderKind::Word)
        } else if most >= FEW_WITHIN && few_characters(secret, most) {
            Some(PlaceholderKind::FewCharacters)
        } else {
            None
        }
    }

    /// The same where a match tells the random part of a secret, its body: shapes are looked for in
    /// the body alone, and samples are known by it or by the whole.
    pub fn judge_parts(&self, secret: &[u8], body: &[u8]) -> Option<PlaceholderKind> {
        self.sample(secret).or_else(|| self.judge(body))
    }

    fn sample(&self, secret: &[u8]) -> Option<PlaceholderKind> {
        let sample = self.samples.iter().find(|sample| sample.is(secret))?;
        Some(PlaceholderKind::Sample(sample.name.clone()))
    }
}

impl Sample {
    fn is(&self, secret: &[u8]) -> bool {
        let whole = secret.len() == self.length || self.prefix;
        secret.get(..self.length).is_some_and(|start| whole && hash(start) == self.hash)
    }
}

/// The name under which a sample is kept: 128 bits of BLAKE3 in key-derivation mode, as hex.
fn hash(sample: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(sample);
    hasher.finalize().to_hex()[..32].to_owned()
}

/// The longest stretch that repeats a piece of up to [`LONGEST_PERIOD`] characters at least twice.
fn repeated(text: &[u8]) -> usize {
    let mut longest = 0;
    for period in 1..=LONGEST_PERIOD.min(text.len() / 2) {
        let mut same = 0;
        for (a, b) in text.iter().zip(&text[period..]) {
            same = if a.eq_ignore_ascii_case(b) { same + 1 } else { 0 };
            if same >= period {
                longest = longest.max(same + period);
            }
        }
    }
    longest
}

/// How many characters stand in runs of at least [`SHORTEST_RUN`] that go up or down by one.
fn sequential(text: &[u8]) -> usize {
    let mut total = 0;
    let mut run = 1;
    let mut step = 0;
    for pair in text.windows(2) {
        let this = i16::from(pair[1]) - i16::from(pair[0]);
        let this = if pair == b"90" { 1 } else { this };
        if this.abs() == 1 && (this == step || run == 1) {
            run += 1;
        } else {
            total += if run >= SHORTEST_RUN { run } else { 0 };
            run = if this.abs() == 1 { 2 } else { 1 };
        }
        step = this;
    }
    total + if run >= SHORTEST_RUN { run } else { 0 }
}

fn has_word(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let x = |part: &[u8]| part.iter().all(|&b| b == b'x');
    // Shorter than the words below, and so only where the secret begins.
    let is_yours = lower.starts_with(b"your_") || lower.starts_with(b"your-");
    is_yours
        || lower.windows(MOST_X).any(x)
        || WORDS.iter().any(|word| lower.windows(word.len()).any(|part| part == word.as_bytes()))
}

/// Whether some stretch of `length` characters has at most [`FEW`] different ones.
fn few_characters(text: &[u8], length: usize) -> bool {
    let mut counts = [0_usize; 256];
    let mut different = 0;
    for (at, &entering) in text.iter().enumerate() {
        different += usize::from(counts[usize::from(entering)] == 0);
        counts[usize::from(entering)] += 1;
        if at >= length {
            let leaving = usize::from(text[at - length]);
            counts[leaving] -= 1;
            different -= usize::from(counts[leaving] == 0);
        }
        if at + 1 >= length && different <= FEW {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{
        RuleSet,
        random::{ALNUM, BASE64URL, HEX, Random},
    };

    fn judge(text: &str) -> Option<PlaceholderKind> {
        RuleSet::builtin().placeholders().judge(text.as_bytes())
    }

    #[test]
    fn what_is_yours_is_nobodys() {
        for text in ["your_development_cloudflare_client_secret", "YOUR-own-Zone-Key-goes-here"] {
            assert_eq!(judge(text), Some(PlaceholderKind::Word), "{text}");
        }
        assert_eq!(judge("qYour_deVelopmenT8cL0udfl4reClientS3cret"), None);
    }

    #[test]
    fn what_people_type_is_told() {
        use PlaceholderKind::{FewCharacters, Repetition, Sequence, Word};
        let with_checksum =
            |body: &str| format!("cfut_{body}{:08x}", crc32fast::hash(body.as_bytes()));
        for (body, kind) in [
            ("A".repeat(40), Repetition),
            ("xX".repeat(20), Repetition),
            ("deadbeef".repeat(5), Repetition),
            ("0123456789".repeat(4), Repetition),
            ("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN".into(), Sequence),
            ("zyxwvutsrqponmlkjihgfedcba9876543210zyxw".into(), Sequence),
            ("1234567890abcdefghijklmnopqrstuvwxyz1234".into(), Sequence),
            ("q7wExampleTokenDoNotUse8Zk3Lm9Pv2Rt5Yh1B".into(), Word),
            ("LeadingZeroChecksumVector193xxxxxxxxxxxx".into(), Word),
            ("acbbaabcabbcccabbacabcacbbacbcabcbbacaba".into(), FewCharacters),
        ] {
            assert_eq!(judge(&body), Some(kind.clone()), "{body}");
            assert_eq!(judge(&with_checksum(&body)), Some(kind), "{body} as a token");
        }
        assert_eq!(judge("0123456789abcdef0123456789abcdef01234"), Some(Repetition));
        assert_eq!(judge("12345678-1234-1234-1234-123456789012"), Some(Sequence));
        assert_eq!(judge("00000000-0000-0000-0000-000000000000"), Some(Repetition));
        assert_eq!(judge("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"), Some(Repetition));
        assert_eq!(judge("YOUR_API_TOKEN"), Some(Word));
    }

    #[test]
    fn what_is_random_is_not() {
        let mut random = Random::new(2026);
        let judged = |value: Vec<u8>| {
            let verdict = Placeholders::default().judge(&value);
            assert_eq!(verdict, None, "{}", String::from_utf8_lossy(&value));
        };
        for round in 0..100_000 {
            judged(random.text(ALNUM, 40));
            if round % 10 > 0 {
                continue;
            }
            for value in [
                random.text(HEX, 32),
                random.text(HEX, 64),
                random.text(BASE64URL, 43),
                random.uuid(),
            ] {
                judged(value);
            }
        }
    }

    #[test]
    fn whole_tokens_drawn_at_random_are_not() {
        let mut random = Random::new(7);
        for _ in 0..2_000 {
            let body = random.text(ALNUM, 40);
            let mut token = b"cfast_".to_vec();
            token.extend(&body);
            token.extend(format!("{:08x}", crc32fast::hash(&body)).bytes());
            assert_eq!(Placeholders::default().judge(&token), None);
            // Long base64, as in tunnel tokens, web tokens and certificates.
            assert_eq!(Placeholders::default().judge(&random.text(BASE64URL, 1200)), None);
            let mut turnstile = b"0x4AAAAAA".to_vec();
            turnstile.extend(random.text(BASE64URL, 26));
            assert_eq!(Placeholders::default().judge(&turnstile), None);
        }
    }

    #[test]
    fn a_sample_is_known_by_its_hash_whole_or_by_its_beginning() {
        let sample = |text: &str, prefix| Sample {
            name: "test".to_owned(),
            length: text.len(),
            prefix,
            hash: hash(text.as_bytes()),
        };
        let known = Placeholders { samples: vec![sample("k3wq9z", false), sample("Pv81-t", true)] };
        let named = Some(PlaceholderKind::Sample("test".into()));
        assert_eq!(known.judge(b"k3wq9z"), named);
        assert_eq!(known.judge(b"k3wq9zz"), None);
        assert_eq!(known.judge(b"k3wq9"), None);
        assert_eq!(known.judge(b"Pv81-tQ2m5Yh7r"), named);
        assert_eq!(known.judge(b"Pv81-"), None);
        assert_eq!(known.judge_parts(b"Pv81-tQ2m5Yh7r", b"tQ2m5Yh7r"), named);
        assert_eq!(known.judge_parts(b"p-k3wq9z", b"k3wq9z"), named);
        assert_eq!(known.judge_parts(b"p-k3wq9", b"k3wq9"), None);
    }

    #[test]
    fn the_samples_of_the_data_file_are_hashes() {
        let set = RuleSet::builtin();
        assert!(set.placeholders().samples.len() >= 8);
        for sample in &set.placeholders().samples {
            assert!(sample.hash.len() == 32 && sample.length >= 8, "{}", sample.name);
        }
    }

    /// Not a test but the tool that `rules/data/placeholders.toml` speaks of: one sample a line on
    /// standard input, one entry a line out. The sample itself is not printed.
    #[test]
    #[ignore = "prints the hashes of the samples on standard input"]
    fn hash_samples() {
        for line in std::io::stdin().lines() {
            let line = line.unwrap();
            println!("length = {}, hash = \"{}\"", line.len(), hash(line.as_bytes()));
        }
    }
}
