//! Every example and counter-example of every built-in rule, run through the real detector: one
//! named test each, so that a failure says which carrier of which kind was lost.
//!
//! `cargo test --test rules tunnel` runs those of the tunnel rules. The proof itself is
//! [`cfleaks::scan::Claim`], which `cfleaks rules check` runs, too.

use std::sync::Arc;

use cfleaks::{
    detect::Detector,
    rules::RuleSet,
    scan::{self, Wanted},
};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let rules = RuleSet::builtin();
    let detector = Arc::new(Detector::new(rules.clone(), jiff::Timestamp::now()));
    let mut trials = Vec::new();
    for claim in rules.rules().iter().flat_map(scan::claims) {
        let verb = match claim.wanted {
            Wanted::Found(..) => "finds",
            Wanted::Nothing(_) => "leaves",
        };
        let name = format!("{}::{verb}::{}_{}", claim.rule, claim.number, in_words(&claim.words));
        let detector = detector.clone();
        trials.push(Trial::test(name, move || {
            claim.test(&detector).map_err(|failure| Failed::from(failure.to_string()))
        }));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A note as part of a test's name.
fn in_words(note: &str) -> String {
    let letters = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    let text: String = note.chars().map(letters).collect();
    text.split_whitespace().take(8).collect::<Vec<_>>().join("_")
}
