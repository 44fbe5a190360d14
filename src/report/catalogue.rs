//! The catalogue of kinds, `docs/rules.md`: what each looks like, where it leaks, what it opens, how to
//! kill it.
//!
//! Everything comes from the rules; a test compares the page with what is written here.

use std::fmt::Write as _;

use crate::rules::Rule;

/// How the page begins.
const HEAD: &str = "\
# The kinds of credentials

<!-- Made from rules/*.toml: `CFLEAKS_BLESS=1 cargo test --test catalogue` writes it anew. -->

What `cfleaks` knows, by the gravity of a live one. `cfleaks rules show ID` says the same in the terminal, and
[writing-rules.md](writing-rules.md) how to add kinds of your own, or replace or switch off one of these.

*Looks like* shows the mask of a made-up one, as reports do. *Confidence* is what a match is worth before its checks: a
checksum or a structure that decodes makes it certain, a known placeholder possible. *Verifier* names the way in which one
can be tested against Cloudflare; none means that no test is free of side effects. *Attributes* are those of Terraform's
resources, in state, plan and configuration, and in Pulumi's exports.
";

/// The page for these rules, each with what its secrets look like.
pub fn catalogue(rules: &[(&Rule, String)]) -> String {
    let mut sorted: Vec<&(&Rule, String)> = rules.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id)));
    let mut page = format!("{HEAD}\n| severity | kind | looks like |\n|---|---|---|\n");
    for (rule, looks) in &sorted {
        // A bar ends a cell, and no mask needs one.
        let looks = looks.replace('|', " ");
        let _ = writeln!(
            page,
            "| {} | [{}](#{}) | {looks} |",
            rule.severity,
            rule.title,
            slug(&rule.title)
        );
    }
    for (rule, looks) in &sorted {
        entry(rule, looks, &mut page);
    }
    page
}

fn entry(rule: &Rule, looks: &str, page: &mut String) {
    let _ = write!(page, "\n## {}\n\n`{}`\n\n", rule.title, rule.id);
    for (label, text) in facts(rule, looks) {
        let _ = writeln!(page, "- {label}: {text}");
    }
    let _ = write!(page, "\n{}\n", rule.help.trim());
    if !rule.references.is_empty() {
        let links: Vec<String> =
            rule.references.iter().map(|reference| format!("<{reference}>")).collect();
        let _ = write!(page, "\nMore: {}\n", links.join(", "));
    }
}

/// What is said of a rule besides its help, each with its label.
fn facts(rule: &Rule, looks: &str) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Looks like", looks.to_owned()),
        ("Severity", rule.severity.to_string()),
        ("Confidence", rule.confidence().to_string()),
    ];
    if let Some(day) = &rule.retired {
        facts.push(("Retired", format!("{day}; one found after that day is a note")));
    }
    facts.push((
        "Verifier",
        rule.verifier.map_or("none".to_owned(), |verifier| format!("`{}`", verifier.name())),
    ));
    if let Some(terraform) = &rule.terraform {
        let names: Vec<String> =
            terraform.attributes.iter().map(|name| format!("`{name}`")).collect();
        facts.push(("Attributes", names.join(", ")));
    }
    facts
}

/// The name that a heading gets as a target of links: small letters, hyphens for spaces, nothing else.
fn slug(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_linked_as_pages_name_it() {
        assert_eq!(slug("Cloudflare Access token (JWT)"), "cloudflare-access-token-jwt");
        assert_eq!(slug("Other service's (cert.pem)"), "other-services-certpem");
    }
}
