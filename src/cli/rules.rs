//! The jobs of `cfleaks rules`: list, show, check.

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::bail;
use jiff::Timestamp;

use super::{
    USAGE,
    args::RulesJob,
    output::{Page, masked_of_rules},
};
use crate::{
    detect::Detector,
    report,
    rules::{Form, Joined, Rule, RuleSet, Verifier, place_of_example},
    scan::{self, Claim, Wanted, redact_message},
};

/// The column at which the texts of `rules show` begin.
const INDENT: usize = 12;

/// Does the job; what it says goes to standard output.
pub(super) fn run(job: &RulesJob, detector: &Detector, page: Page) -> anyhow::Result<ExitCode> {
    let rules = detector.rules();
    let mut out = Vec::new();
    let code = match job {
        RulesJob::List => list(rules.rules(), &mut out)?,
        RulesJob::Show { id } => match rules.get(id) {
            Some(rule) => show(rule, detector, page, &mut out)?,
            None => bail!("{}", unknown(id, rules)),
        },
        RulesJob::Check { dir } => check(dir, detector, &mut out)?,
    };
    // A path or a rule of the user's own may hold a token.
    let text = String::from_utf8_lossy(&out);
    io::stdout().write_all(redact_message(detector, &text).as_bytes())?;
    Ok(code)
}

/// What to say of an id that is not there.
fn unknown(id: &str, rules: &RuleSet) -> String {
    let alike: Vec<String> = rules.like(id).into_iter().map(|id| format!("`{id}`")).collect();
    match alike.as_slice() {
        [] => format!("there is no rule `{id}`; `cfleaks rules list` names them all"),
        [one] => format!("there is no rule `{id}`; did you mean {one}?"),
        [some @ .., last] => {
            format!("there is no rule `{id}`; did you mean {} or {last}?", some.join(", "))
        }
    }
}

fn list(rules: &[Rule], out: &mut dyn Write) -> io::Result<ExitCode> {
    let widest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in rules {
        let retired = if rule.retired.is_some() { " (retired)" } else { "" };
        writeln!(out, "{:widest$}  {:8}  {}{retired}", rule.id, rule.severity, rule.title)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(rule: &Rule, detector: &Detector, page: Page, out: &mut dyn Write) -> io::Result<ExitCode> {
    writeln!(out, "{}\n{}\n", rule.id, rule.title)?;
    let looks = scan::looks(rule, detector).map(|looks| looks.to_string());
    let retired = rule.retired.as_ref().map(|day| format!("{day}; one found after that is a note"));
    let partners: Vec<&str> = rule.partners.iter().map(|role| role.name()).collect();
    rows(
        &[
            // Markdown's marks of code say nothing in a terminal.
            ("looks like", looks.unwrap_or_default().replace('`', "")),
            ("severity", rule.severity.to_string()),
            ("retired", retired.unwrap_or_default()),
            ("verifier", rule.verifier.map_or("none", Verifier::name).to_owned()),
            ("partners", partners.join(", ")),
        ],
        out,
    )?;
    for form in &rule.forms {
        if rule.forms.len() > 1 {
            writeln!(out)?;
        }
        show_form(form, out)?;
    }
    let attributes = rule.terraform.iter().flat_map(|terraform| &terraform.attributes);
    for (number, attribute) in attributes.enumerate() {
        let label = if number == 0 { "attributes" } else { "" };
        writeln!(out, "{label:<INDENT$}{attribute}")?;
    }
    writeln!(out)?;
    for line in report::help_lines(&rule.help, page.width, page.color) {
        writeln!(out, "{line}")?;
    }
    if !rule.references.is_empty() {
        writeln!(out)?;
    }
    for reference in &rule.references {
        writeln!(out, "{reference}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// One way in which the kind is met.
fn show_form(form: &Form, out: &mut dyn Write) -> io::Result<()> {
    let checks: Vec<&str> = form.checks.iter().map(|check| check.name()).collect();
    let value = form
        .value
        .as_ref()
        .map(|value| format!("{} to {} of {}", value.min, value.max, value.class));
    rows(
        &[
            ("form", form.note.clone()),
            ("confidence", format!("{}, before its checks", form.confidence)),
            ("anchors", form.anchors.join("  ")),
            ("names", form.names.join(", ")),
            ("vocabulary", form.vocabulary.join(", ")),
            ("near", form.near.as_ref().map(|near| near.words.join(", ")).unwrap_or_default()),
            ("value", value.unwrap_or_default()),
            ("pattern", form.pattern.clone().unwrap_or_default()),
            ("checks", checks.join(", ")),
        ],
        out,
    )
}

/// A label and a text each, but for empty ones.
fn rows(rows: &[(&str, String)], out: &mut dyn Write) -> io::Result<()> {
    for (label, text) in rows.iter().filter(|(_, text)| !text.is_empty()) {
        writeln!(out, "{label:<INDENT$}{text}")?;
    }
    Ok(())
}

/// Reads the folder's rules, says what is wrong with them, and runs every example of those that
/// load through detection, together with the rules that are there already.
fn check(dir: &Path, detector: &Detector, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Joined { rules, held: ids, removed } = match detector.rules().and_dir(dir) {
        Ok(loaded) => loaded,
        Err(ref error @ crate::rules::Error::Invalid(ref problems)) => {
            writeln!(out, "{}", masked_of_rules(detector, error))?;
            writeln!(out, "{}", counted(problems.len(), "mistake", "mistakes"))?;
            return Ok(ExitCode::from(USAGE));
        }
        Err(error) => return Err(error.into()),
    };
    if ids.is_empty() && removed.is_empty() {
        bail!("no rule in {}; a rule is a file `<id>.toml` directly in that folder", dir.display());
    }
    let mut unknown = 0;
    for (id, _) in removed.iter().filter(|(_, was_there)| !was_there) {
        unknown += 1;
        let path = dir.join(format!("{id}.toml"));
        let like: Vec<String> = rules.like(id).iter().map(|id| format!("`{id}`")).collect();
        let meant =
            if like.is_empty() { String::new() } else { format!("; {}?", like.join(" or ")) };
        writeln!(out, "{}:1:1: there is no rule `{id}` to switch off{meant}", path.display())?;
    }
    if unknown > 0 {
        writeln!(out, "{}", counted(unknown, "mistake", "mistakes"))?;
        return Ok(ExitCode::from(USAGE));
    }
    let detector = Detector::new(rules, Timestamp::now());
    let checked = ids.iter().filter_map(|id| detector.rules().get(id));
    let claims: Vec<Claim> = checked.flat_map(scan::claims).collect();
    let mut failed = 0;
    for claim in &claims {
        if let Err(failure) = claim.test(&detector) {
            failed += 1;
            let path = dir.join(format!("{}.toml", claim.rule));
            let counter = matches!(claim.wanted, Wanted::Nothing(_));
            let place = place_of_example(&path, counter, claim.number)
                .map_or(String::new(), |(line, column)| format!(":{line}:{column}"));
            writeln!(out, "{}{place}: {}", path.display(), name(claim))?;
            for line in failure.to_string().lines() {
                writeln!(out, "    {line}")?;
            }
            writeln!(out)?;
        }
    }
    let rules = counted(ids.len(), "rule", "rules");
    let examples = counted(claims.len(), "example", "examples");
    let (outcome, code) = match failed {
        0 => ("all hold".to_owned(), ExitCode::SUCCESS),
        1 => ("1 does not hold".to_owned(), ExitCode::from(USAGE)),
        _ => (format!("{failed} do not hold"), ExitCode::from(USAGE)),
    };
    let off = match removed.len() {
        0 => String::new(),
        count => format!("; {} switched off", counted(count, "rule", "rules")),
    };
    writeln!(out, "{rules}, {examples}: {outcome}{off}")?;
    Ok(code)
}

/// `example 3 (in a workflow)`.
fn name(claim: &Claim) -> String {
    let kind = match claim.wanted {
        Wanted::Found(..) => "example",
        Wanted::Nothing(_) => "counter-example",
    };
    let words = if claim.words.is_empty() { String::new() } else { format!(" ({})", claim.words) };
    format!("{kind} {}{words}", claim.number)
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
