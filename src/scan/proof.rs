//! Proving rules: every example and counter-example of a rule, run through the real detector.
//!
//! Each text is expanded with several seeds, since one lucky draw proves little. The same code
//! serves `cfleaks rules check` and the project's own tests of the built-in rules.

use std::fmt;

use bstr::BString;

use super::redact::{Redactor, shown};
use crate::{
    detect::{Detector, Scratch},
    model::Confidence,
    rules::{Rule, template},
};

/// How many draws of each example are tried.
const SEEDS: u64 = 8;
/// How much of a text a failure shows, in characters.
const LONGEST_TEXT: usize = 600;

/// One example or counter-example: a text, and what must or must not be found in it.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The rule that makes the claim.
    pub rule: String,
    /// Its number among the rule's examples, or among its counter-examples, counted from 1.
    pub number: usize,
    /// What the rule's author says about it: the example's note, the counter-example's reason.
    pub words: String,
    /// What is claimed.
    pub wanted: Wanted,
    template: String,
}

/// What a claim says about its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The rule of this id finds something: with this very confidence or, if none is given, with
    /// `likely` or better.
    Found(String, Option<Confidence>),
    /// The rule of this id finds nothing, not even something possible.
    Nothing(String),
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wanted::Found(id, Some(exact)) => write!(f, "{id} ({exact})"),
            Wanted::Found(id, None) => write!(f, "{id} (likely or better)"),
            Wanted::Nothing(id) => write!(f, "nothing of {id}"),
        }
    }
}

/// Why a claim does not hold.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The text cannot be made.
    #[error("{0}")]
    Template(String),
    /// Detection sees something else in it.
    #[error("wanted  {wanted}\nfound   {found}\ntext    {text}")]
    Differs {
        /// What was claimed.
        wanted: String,
        /// What every rule found, with masked secrets.
        found: String,
        /// The text as it was drawn, escaped, with what was found in it masked.
        text: String,
    },
}

/// Everything that a rule claims: its examples, then its counter-examples.
pub fn claims(rule: &Rule) -> Vec<Claim> {
    let id = rule.id.to_string();
    let examples = rule.examples.iter().enumerate().map(|(index, example)| Claim {
        rule: id.clone(),
        number: index + 1,
        words: example.note.clone(),
        wanted: Wanted::Found(
            example.expect.clone().unwrap_or_else(|| id.clone()),
            example.confidence,
        ),
        template: example.text.clone(),
    });
    let counter_examples = rule.counter_examples.iter().enumerate().map(|(index, example)| Claim {
        rule: id.clone(),
        number: index + 1,
        words: example.reason.clone(),
        wanted: Wanted::Nothing(id.clone()),
        template: example.text.clone(),
    });
    examples.chain(counter_examples).collect()
}

impl Claim {
    /// Runs the text, drawn several times, through detection.
    ///
    /// # Errors
    /// What was wanted and what was found instead, for the first draw that differs.
    pub fn test(&self, detector: &Detector) -> Result<(), Failure> {
        (0..SEEDS).try_for_each(|seed| self.test_draw(detector, seed))
    }

    fn test_draw(&self, detector: &Detector, seed: u64) -> Result<(), Failure> {
        let text = template::expand(&self.template, seed)
            .map_err(|error| Failure::Template(error.to_string()))?;
        let holds = match &self.wanted {
            Wanted::Found(id, Some(exact)) => best(detector, &text, id) == Some(*exact),
            Wanted::Found(id, None) => best(detector, &text, id) >= Some(Confidence::Likely),
            Wanted::Nothing(id) => best(detector, &text, id).is_none(),
        };
        if holds { Ok(()) } else { Err(self.differs(detector, &text)) }
    }

    fn differs(&self, detector: &Detector, text: &[u8]) -> Failure {
        let candidates = detector.detect(text, &mut Scratch::default());
        let found: Vec<String> = candidates
            .iter()
            .map(|candidate| {
                let rule = &detector.rules().rules()[candidate.rule];
                format!("{} ({}) {}", rule.id, candidate.confidence, candidate.secret)
            })
            .collect();
        let known = match &self.wanted {
            Wanted::Found(id, _) if detector.rules().get(id).is_none() => "; there is no such rule",
            _ => "",
        };
        // Drawn texts are made up, but a rule's author may have pasted a real one.
        let masked = candidates
            .iter()
            .flat_map(|c| [(c.span.of(text).to_vec(), c.secret.mask()), shown(&c.secret)]);
        let mut shown = BString::from(text);
        Redactor::new(masked).bytes(&mut shown);
        Failure::Differs {
            wanted: format!("{}{known}", self.wanted),
            found: if found.is_empty() { "nothing".to_owned() } else { found.join(", ") },
            // The dots of a mask stay dots.
            text: shortened(shown.escape_ascii().to_string().replace("\\xe2\\x80\\xa6", "…")),
        }
    }
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

fn shortened(text: String) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, sync::Arc};

    use super::*;
    use crate::rules::RuleSet;

    fn rules(examples: &str) -> (Arc<RuleSet>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "id = \"shop-key\"\ntitle = \"Shop key\"\nseverity = \"high\"\nconfidence = \"likely\"\n\
             anchors = [\"shop_\"]\npattern = \"(?-u)(?P<secret>shop_[a-z]{{20}})\"\n\
             reach = {{ before = 1, after = 26 }}\nchecks = [\"boundary\"]\nhelp = \"A shop.\"\n{examples}"
        );
        fs::write(folder.path().join("shop-key.toml"), text).unwrap();
        let rules = RuleSet::with_dir(Path::new(folder.path())).unwrap();
        (rules, folder)
    }

    fn tested(examples: &str) -> Vec<Result<(), String>> {
        let (rules, _folder) = rules(examples);
        let detector = Detector::new(rules, jiff::Timestamp::UNIX_EPOCH);
        claims(detector.rules().get("shop-key").unwrap())
            .iter()
            .map(|claim| claim.test(&detector).map_err(|failure| failure.to_string()))
            .collect()
    }

    #[test]
    fn claims_that_hold_hold() {
        let results = tested(
            "[[examples]]\ntext = \"k=shop_{{lower:20}}\"\n\
             [[counter_examples]]\ntext = \"shop_{{lower:19}}\"\nreason = \"short\"\n",
        );
        assert_eq!(results, [Ok(()), Ok(())]);
    }

    #[test]
    fn claims_that_do_not_hold_say_why_and_show_no_secret() {
        let results = tested(
            "[[examples]]\ntext = \"shop_{{lower:20}}\"\nconfidence = \"certain\"\n\
             [[examples]]\ntext = \"shop_{{lower:5}}\"\n\
             [[examples]]\ntext = \"shop_{{lower:20}}\"\nexpect = \"nowhere\"\n\
             [[counter_examples]]\ntext = \"shop_{{lower:20}}\"\nreason = \"wrong\"\n",
        );
        let said: Vec<String> = results.into_iter().map(Result::unwrap_err).collect();
        assert!(said[0].contains("wanted  shop-key (certain)\nfound   shop-key (likely) "));
        assert!(
            said[1].contains("wanted  shop-key (likely or better)\nfound   nothing\ntext    shop_")
        );
        assert!(said[2].contains("nowhere (likely or better); there is no such rule"));
        assert!(said[3].contains("wanted  nothing of shop-key\nfound   shop-key (likely) "));
        let drawn = template::expand("shop_{{lower:20}}", 0).unwrap();
        let drawn = String::from_utf8(drawn).unwrap();
        assert!(said.iter().all(|text| !text.contains(&drawn)), "{said:?}");
    }
}
