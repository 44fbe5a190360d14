//! Compares what the program says of a corpus with the answer key.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::write::{Entry, Truth};

/// What came of one secret of the answer key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Found,
    Missed,
    /// Found, but below likely.
    Faint,
    /// Found, but as another kind.
    Misnamed,
    /// Found, but on another line.
    Misplaced,
}

/// The comparison.
pub(crate) struct Verdict<'c> {
    entries: &'c [Entry],
    fates: Vec<Option<Fate>>,
    /// Findings at likely or better that are no secret.
    pub(crate) alarms: Vec<String>,
    /// How many more are only possible.
    pub(crate) faint_alarms: usize,
}

/// One place of one finding.
struct Seen<'r> {
    rule: &'r str,
    secret: &'r str,
    is_likely: bool,
    lines: Option<(u64, u64)>,
}

impl<'c> Verdict<'c> {
    /// `report` is the program's JSON, with plaintexts and down to what is only possible.
    pub(crate) fn new(entries: &'c [Entry], report: &Value) -> Self {
        let mut by_file: HashMap<usize, Vec<Seen<'_>>> = HashMap::new();
        for finding in report["findings"].as_array().unwrap() {
            for place in finding["places"].as_array().unwrap() {
                let path = place["path"].as_str().unwrap();
                let file = path.split('/').find_map(|step| step.parse::<usize>().ok()).unwrap();
                let region = &place["region"];
                by_file.entry(file).or_default().push(Seen {
                    rule: finding["rule"].as_str().unwrap(),
                    secret: finding["secret"].as_str().unwrap_or_default(),
                    is_likely: finding["confidence"] != "possible",
                    lines: region["start_line"].as_u64().zip(region["end_line"].as_u64()),
                });
            }
        }
        let mut verdict =
            Verdict { entries, fates: Vec::new(), alarms: Vec::new(), faint_alarms: 0 };
        for (number, entry) in entries.iter().enumerate() {
            let seen = by_file.remove(&number).unwrap_or_default();
            let (mut ours, mut others) = (Vec::new(), Vec::new());
            for one in seen {
                let is_ours =
                    entry.truth.as_ref().is_some_and(|truth| truth.is_told_by(one.secret));
                let side = if is_ours { &mut ours } else { &mut others };
                side.push(one);
            }
            verdict.fates.push(entry.truth.as_ref().map(|truth| fate(truth, &ours)));
            if let Some(truth) = &entry.truth
                && verdict.fates.last() == Some(&Some(Fate::Found))
            {
                // One secret under two names is one too many.
                others.extend(ours.into_iter().filter(|one| !truth.named.allows(one.rule)));
            }
            for alarm in others {
                verdict.alarm(entry, &alarm);
            }
        }
        verdict
    }

    fn alarm(&mut self, entry: &Entry, seen: &Seen<'_>) {
        if !seen.is_likely {
            self.faint_alarms += 1;
            return;
        }
        let place = match &entry.truth {
            Some(truth) => format!("beside {} in {} ({})", truth.kind, truth.carrier, truth.layer),
            None => entry.lookalike.clone(),
        };
        self.alarms.push(format!("{} in {place}: {}", seen.rule, entry.file.path));
    }

    fn truths(&self) -> impl Iterator<Item = (&'c Entry, &'c Truth, Fate)> {
        self.entries
            .iter()
            .zip(&self.fates)
            .filter_map(|(entry, fate)| Some((entry, entry.truth.as_ref()?, (*fate)?)))
    }

    /// What was not found although it should have been, a line each.
    pub(crate) fn lost(&self) -> Vec<String> {
        self.truths()
            .filter(|(.., fate)| *fate != Fate::Found)
            .map(|(entry, truth, fate)| {
                format!(
                    "{:<9} {} | {} | {} | {} | {}",
                    fate.word(),
                    truth.kind,
                    truth.carrier,
                    truth.layer,
                    truth.spelling,
                    entry.file.path
                )
            })
            .collect()
    }

    /// How many of how many were found, by whatever `group` says of each.
    pub(crate) fn table(&self, title: &str, group: fn(&Truth) -> String) -> String {
        let mut rows: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (_, truth, fate) in self.truths() {
            let row = rows.entry(group(truth)).or_default();
            row.0 += usize::from(fate == Fate::Found);
            row.1 += 1;
        }
        let mut text = format!("{title}\n");
        for (name, (found, all)) in rows {
            let mark = if found < all { " <" } else { "" };
            text += &format!("  {found:>5} of {all:>5}  {name}{mark}\n");
        }
        text
    }

    /// How many of how many were found.
    pub(crate) fn sum(&self) -> (usize, usize) {
        let found = self.truths().filter(|(_, _, fate)| *fate == Fate::Found).count();
        (found, self.truths().count())
    }
}

fn fate(truth: &Truth, seen: &[Seen<'_>]) -> Fate {
    let named: Vec<&Seen<'_>> = seen.iter().filter(|one| truth.named.allows(one.rule)).collect();
    if named.is_empty() {
        return if seen.is_empty() { Fate::Missed } else { Fate::Misnamed };
    }
    if truth.is_mangled == named.iter().any(|one| one.is_likely) {
        return Fate::Faint;
    }
    let is_here = |one: &&Seen<'_>| match (truth.lines, one.lines) {
        (Some((first, last)), Some((from, to))) => from <= last && to >= first,
        _ => true,
    };
    if named.iter().any(is_here) { Fate::Found } else { Fate::Misplaced }
}

impl Truth {
    /// Whether a finding's secret is this one: it, a part that is long enough to be it, or an
    /// address or pair that holds it.
    fn is_told_by(&self, secret: &str) -> bool {
        let secret = secret.trim();
        secret.contains(self.secret.trim())
            || (self.secret.contains(secret) && secret.len() >= 16)
            || secret.replace("\\n", "\n").contains(self.secret.trim())
    }
}

impl Fate {
    fn word(self) -> &'static str {
        match self {
            Fate::Found => "found",
            Fate::Missed => "missed",
            Fate::Faint => "grade",
            Fate::Misnamed => "kind",
            Fate::Misplaced => "line",
        }
    }
}
