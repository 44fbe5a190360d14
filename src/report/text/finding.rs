//! One finding for a person: a headline and labelled rows below it.

use std::io::{self, Write};

use crate::model::{CommitRef, Finding, Partner, Place, Suppression, Verdict};

use super::super::{RuleInfo, escape::human, place, time};
use super::{Page, impact, life, linked, number::counted, wrapped_help};

/// Further places shown before the rest is only counted.
const FURTHER_PLACES: usize = 5;
/// Names and subjects are cut after so many characters.
const LONGEST_NAME: usize = 72;
/// The column at which rows' texts begin: two blanks, the longest label, two blanks.
const INDENT: usize = 10;

pub(super) fn write(
    page: &Page<'_>,
    found: &Finding,
    rule: Option<&RuleInfo<'_>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    headline(page, found, out)?;
    if page.options.show_secrets {
        row(page, "secret", &human(found.secret.reveal()), out)?;
    }
    for (label, text) in impact::rows(found) {
        row(page, label, &text, out)?;
    }
    if let Some(first) = found.places.first() {
        row(page, "where", &(place::label(first) + &remarks(page, first)), out)?;
        if let Some(commit) = &first.commit {
            row(page, "commit", &commit_line(commit), out)?;
        }
    }
    further_places(page, found, out)?;
    let shown = found.places.first().and_then(|place| place.commit.as_ref());
    let life = life::lines(&found.history, shown.map(|commit| commit.id), page.options.verbose);
    for (at, line) in life.iter().enumerate() {
        row(page, if at == 0 { "life" } else { "" }, line, out)?;
    }
    for sentence in linked::sentences(page, found) {
        row(page, "linked", &sentence, out)?;
    }
    let facts = found.facts.iter().filter(|fact| !linked::is_tie(fact));
    let facts: Vec<_> =
        facts.map(|fact| format!("{} {}", fact.name, human(fact.value.as_bytes()))).collect();
    if !facts.is_empty() {
        row(page, "facts", &facts.join(", "), out)?;
    }
    if !found.partners.is_empty() {
        let partners: Vec<_> = found.partners.iter().map(partner).collect();
        row(page, "with", &partners.join(", "), out)?;
    }
    if let Some(lapse) = &found.lapse {
        let lapse = human(lapse.to_string().as_bytes());
        let rest = if found.counts() { "" } else { "; sets no exit code" };
        row(page, "lapsed", &format!("{lapse}{rest}"), out)?;
    }
    if let Some(why) = &found.suppression {
        row(page, "silent", &suppression(why), out)?;
    }
    if let Some(rule) = rule {
        help(page, rule, out)?;
    }
    writeln!(out)
}

/// `email a@b.example (line 12)`.
fn partner(partner: &Partner) -> String {
    let line = partner.line.map_or_else(String::new, |line| format!(" (line {line})"));
    format!("{} {}{line}", partner.role.name(), human(partner.value.as_bytes()))
}

/// `critical  Title  masked  (certain)`; all dim where it can do no harm any more.
fn headline(page: &Page<'_>, found: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let paint = page.paint;
    let severity = paint.severity(found.present_severity(), format!("{:<8}", found.severity));
    let title = human(found.title.as_bytes());
    let rest = format!("({}, {})", found.confidence, human(found.rule.as_bytes()));
    let mask = found.secret.mask();
    if found.counts() && !found.verdict.is_some_and(Verdict::is_harmless) {
        let rest = paint.dim(rest);
        writeln!(out, "{severity}  {}  {mask}  {rest}", paint.strong(title))
    } else {
        writeln!(out, "{severity}  {}", paint.dim(format!("{title}  {mask}  {rest}")))
    }
}

/// A label and its text. The text is one line, never wrapped: paths must stay whole to be clicked.
fn row(page: &Page<'_>, label: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    match label {
        "" => writeln!(out, "{:INDENT$}{text}", ""),
        _ => {
            let label = page.paint.dim(format!("{label:<width$}", width = INDENT - 4));
            writeln!(out, "  {label}  {text}")
        }
    }
}

/// `  (only in history; through base64)`, or nothing where there is nothing to say.
fn remarks(page: &Page<'_>, at: &Place) -> String {
    let standing = page.tells_standing.then(|| place::standing(at.standing).to_owned());
    let layers: Vec<_> = at.layers.iter().map(|layer| layer.name()).collect();
    let through = (!layers.is_empty()).then(|| format!("through {}", layers.join(", ")));
    let through = through.map(|through| match place::decoded(at) {
        Some(decoded) => format!("{through}, {decoded}"),
        None => through,
    });
    let remarks: Vec<_> = standing.into_iter().chain(through).collect();
    if remarks.is_empty() { String::new() } else { format!("  ({})", remarks.join("; ")) }
}

fn commit_line(commit: &CommitRef) -> String {
    let author = &commit.author;
    format!(
        "{}  {}{} <{}>  {}",
        commit.id.short(),
        time::for_reading(author).map_or_else(String::new, |time| time + "  "),
        brief(&author.name),
        brief(&author.email),
        brief(&commit.subject),
    )
}

/// The text safe to print, cut where nobody would read on: a subject may be megabytes long.
pub(super) fn brief(text: &[u8]) -> String {
    let shown = human(&text[..text.len().min(LONGEST_NAME * 4)]);
    match shown.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

fn further_places(page: &Page<'_>, found: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let further = found.places.get(1..).unwrap_or_default();
    let shown = if page.options.verbose { further.len() } else { FURTHER_PLACES };
    // One place more is shown sooner than counted.
    let shown = if further.len() == shown + 1 { shown + 1 } else { shown.min(further.len()) };
    let labels: Vec<_> = further[..shown].iter().map(place::label).collect();
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0).min(48);
    for (at, (label, place)) in labels.iter().zip(further).enumerate() {
        let commit = place.commit.as_ref().map_or_else(String::new, |commit| {
            let day = time::day_of_person(&commit.author)
                .map_or_else(String::new, |day| format!("  {day}"));
            format!("  {}{day}", commit.id.short())
        });
        let text = format!("{label:<width$}{commit}{}", remarks(page, place));
        row(page, if at == 0 { "also" } else { "" }, text.trim_end(), out)?;
    }
    let rest = found.place_count.saturating_sub(1).saturating_sub(shown as u64);
    if rest > 0 {
        row(page, "", &format!("and {}", counted(rest, "more place", "more places")), out)?;
    }
    Ok(())
}

fn suppression(why: &Suppression) -> String {
    match why {
        Suppression::Inline => "suppressed by a comment on its line".to_owned(),
        Suppression::Config(reason) => {
            format!("suppressed by the configuration: {}", human(reason.as_bytes()))
        }
        Suppression::Baseline => "suppressed by the baseline".to_owned(),
    }
}

/// The rule's help, and where to read on.
fn help(page: &Page<'_>, rule: &RuleInfo<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut label = "help";
    for line in wrapped_help(page.paint, rule.help, page.width.saturating_sub(INDENT)) {
        match line.is_empty() {
            true => writeln!(out)?,
            false => row(page, label, &line, out)?,
        }
        label = "";
    }
    for (at, uri) in rule.references.iter().enumerate() {
        row(page, if at == 0 { "see" } else { "" }, &human(uri.as_bytes()), out)?;
    }
    Ok(())
}
