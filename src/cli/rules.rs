//! The jobs of `cfleaks rules`: list, show, check.

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::bail;

use super::{USAGE, args::RulesJob};
use crate::{detect::Detector, rules::Rule, scan::redact_message};

/// Does the job; what it says goes to standard output.
pub(super) fn run(job: &RulesJob, detector: &Detector) -> anyhow::Result<ExitCode> {
    let mut out = Vec::new();
    let code = match job {
        RulesJob::List => list(detector.rules().rules(), &mut out)?,
        RulesJob::Show { id } => match detector.rules().get(id) {
            Some(rule) => show(rule, &mut out)?,
            None => bail!("there is no rule `{id}`; `cfleaks rules list` names them all"),
        },
        RulesJob::Check { dir } => check(dir, &mut out)?,
    };
    // A path or a rule of the user's own may hold a token.
    let text = String::from_utf8_lossy(&out);
    io::stdout().write_all(redact_message(detector, &text).as_bytes())?;
    Ok(code)
}

fn list(rules: &[Rule], out: &mut dyn Write) -> io::Result<ExitCode> {
    let widest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in rules {
        let retired = if rule.retired.is_some() { " (retired)" } else { "" };
        writeln!(out, "{:widest$}  {:8}  {}{retired}", rule.id, rule.severity, rule.title)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(rule: &Rule, out: &mut dyn Write) -> io::Result<ExitCode> {
    writeln!(out, "{}: {}\n", rule.id, rule.title)?;
    writeln!(out, "severity    {}", rule.severity)?;
    writeln!(out, "confidence  {}", rule.confidence)?;
    if let Some(day) = &rule.retired {
        writeln!(out, "retired     {day}")?;
    }
    writeln!(out, "anchors     {}", rule.anchors.join("  "))?;
    writeln!(out, "pattern     {}", rule.pattern)?;
    let checks: Vec<&str> = rule.checks.iter().map(|check| check.name()).collect();
    writeln!(out, "checks      {}", checks.join(", "))?;
    writeln!(out, "\n{}", rule.help.trim())?;
    if !rule.references.is_empty() {
        writeln!(out)?;
    }
    for reference in &rule.references {
        writeln!(out, "{reference}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads the folder's rules, says what is wrong with them, and runs every example of those that
/// load through detection.
fn check(dir: &Path, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let problems = crate::rules::check(dir)?;
    for problem in &problems {
        writeln!(out, "{problem}")?;
    }
    if !problems.is_empty() {
        return Ok(ExitCode::from(USAGE));
    }
    Ok(ExitCode::SUCCESS)
}
