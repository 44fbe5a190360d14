//! Every example and counter-example of every built-in rule, run through the real detector: one
//! named test each, so that a failure says which carrier of which kind was lost.
//!
//! `cargo test --test rules tunnel` runs those of the tunnel rules. Each text is expanded with
//! several seeds, since one lucky draw proves little.

use std::sync::Arc;

use cfleaks::{
    detect::{Candidate, Detector, Scratch},
    model::Confidence,
    rules::{CounterExample, Example, RuleSet, template},
};
use libtest_mimic::{Arguments, Failed, Trial};

/// How many draws of each example are tried.
const SEEDS: u64 = 8;

fn main() {
    let arguments = Arguments::from_args();
    let rules = RuleSet::builtin();
    let detector = Arc::new(Detector::new(rules.clone(), jiff::Timestamp::now()));
    let mut trials = Vec::new();
    for rule in rules.rules() {
        for (index, example) in rule.examples.iter().enumerate() {
            let (id, example, detector) = (rule.id.clone(), example.clone(), detector.clone());
            let name = format!("{id}::finds::{}_{}", index + 1, in_words(&example.note));
            trials.push(Trial::test(name, move || finds(&detector, &id, &example)));
        }
        for (index, example) in rule.counter_examples.iter().enumerate() {
            let (id, example, detector) = (rule.id.clone(), example.clone(), detector.clone());
            let name = format!("{id}::leaves::{}_{}", index + 1, in_words(&example.reason));
            trials.push(Trial::test(name, move || leaves(&detector, &id, &example)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The expected rule reports, with the expected confidence.
fn finds(detector: &Detector, id: &str, example: &Example) -> Result<(), Failed> {
    let expected = example.expect.as_deref().unwrap_or(id);
    for seed in 0..SEEDS {
        let text = template::expand(&example.text, seed)?;
        let best = best(detector, &text, expected);
        let right = match example.confidence {
            Some(exact) => best == Some(exact),
            None => best >= Some(Confidence::Likely),
        };
        if !right {
            let wanted = match example.confidence {
                Some(exact) => format!("{expected} ({exact})"),
                None => format!("{expected} (likely or better)"),
            };
            return Err(failure(detector, &text, seed, &wanted));
        }
    }
    Ok(())
}

/// The rule reports nothing, not even something possible.
fn leaves(detector: &Detector, id: &str, example: &CounterExample) -> Result<(), Failed> {
    for seed in 0..SEEDS {
        let text = template::expand(&example.text, seed)?;
        if best(detector, &text, id).is_some() {
            return Err(failure(detector, &text, seed, &format!("nothing of {id}")));
        }
    }
    Ok(())
}

/// The highest confidence with which a rule reports anything in the text.
fn best(detector: &Detector, text: &[u8], id: &str) -> Option<Confidence> {
    let rule = detector.rules().index(id)?;
    let found = detector.detect(text, &mut Scratch::default());
    found
        .iter()
        .filter(|candidate| candidate.rule == rule)
        .map(|candidate| candidate.confidence)
        .max()
}

/// All of it is made up, so it may be shown.
fn failure(detector: &Detector, text: &[u8], seed: u64, wanted: &str) -> Failed {
    let describe = |candidate: &Candidate| {
        let rule = &detector.rules().rules()[candidate.rule];
        format!("{} ({}) {}", rule.id, candidate.confidence, candidate.secret)
    };
    let found: Vec<_> =
        detector.detect(text, &mut Scratch::default()).iter().map(describe).collect();
    let text = text.escape_ascii();
    format!("wanted {wanted}\nfound  {found:?}\nseed   {seed}\ntext   {text}").into()
}

/// A note as part of a test's name.
fn in_words(note: &str) -> String {
    let letters = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    let text: String = note.chars().map(letters).collect();
    text.split_whitespace().take(8).collect::<Vec<_>>().join("_")
}
