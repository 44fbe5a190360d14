//! Reports: one [`model::Report`](crate::model::Report) in the format the user asked for.
//!
//! Only this module knows an output format, and it knows nothing else: what it writes follows from
//! the report, the rules' texts and the [`Options`] alone. No format shows a secret's plaintext,
//! or anything computed from it but the mask and the fingerprint, unless asked for it.

mod catalogue;
mod escape;
mod file;
mod gaps;
mod json;
mod jsonl;
mod place;
mod read;
mod sarif;
mod stream;
mod text;
mod time;
mod uri;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

pub use catalogue::catalogue;
pub use file::{FileError, write_file};
pub use read::{ReadError, Recorded, read};
pub use text::help_lines;

use crate::model::{Confidence, Report, Severity};

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For a person at a terminal.
    #[default]
    Text,
    /// One JSON document; its schema is `docs/report.schema.json`.
    Json,
    /// One JSON record a line, the last one a summary.
    Jsonl,
    /// SARIF 2.1.0, as code-scanning services read it.
    Sarif,
}

impl Format {
    /// Every format, in the order of documentation.
    pub const ALL: [Format; 4] = [Format::Text, Format::Json, Format::Jsonl, Format::Sarif];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Sarif => "sarif",
        }
    }
}

/// How to write a report.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether text output is coloured by ANSI sequences.
    pub color: bool,
    /// The width of the terminal in columns; without one, paragraphs are wrapped at 80.
    pub width: Option<usize>,
    /// Whether plaintext is shown, in text, JSON and JSONL. SARIF never shows it: such a file is
    /// made to be uploaded to where many people read.
    pub show_secrets: bool,
    /// Whether text output lists every place and every gap instead of the first few.
    pub verbose: bool,
    /// Whether suppressed findings are listed too, in text and SARIF. (JSON always has them.)
    pub show_suppressed: bool,
    /// What sets this analysis apart from others of the same commit: `category/` becomes SARIF's
    /// `automationDetails.id`. Without one the uploader's own category applies.
    pub category: Option<String>,
}

/// What a report says about a rule. Filled by the caller, for all rules, in one fixed order.
#[derive(Debug, Clone, Copy)]
pub struct RuleInfo<'a> {
    /// Its id, unique, without spaces.
    pub id: &'a str,
    /// Its title: the name of the kind of credential.
    pub title: &'a str,
    /// What the credential opens and how to revoke it, in Markdown.
    pub help: &'a str,
    /// How to revoke it: the part of the help that says so, in Markdown.
    pub remedy: &'a str,
    /// Addresses to read on.
    pub references: &'a [String],
    /// How grave the kind is.
    pub severity: Severity,
    /// What a match is worth as a rule.
    pub confidence: Confidence,
    /// The day (`YYYY-MM-DD`) on which Cloudflare ended the whole kind, if it did.
    pub retired: Option<&'a str>,
}

/// Foreign text made safe to show to a person, as reports show it.
pub fn plain(text: &str) -> String {
    escape::human(text.as_bytes())
}

/// Writes `report` to `out`. `rules` are all rules of the run; a finding whose rule is not among
/// them is reported without help.
///
/// The only errors are those of `out`; a broken pipe comes back as such.
pub fn write(
    report: &Report,
    rules: &[RuleInfo<'_>],
    format: Format,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => text::write(report, rules, options, out),
        Format::Json => json::write(report, rules, options, out),
        Format::Jsonl => jsonl::write(report, rules, options, out),
        Format::Sarif => sarif::write(report, rules, options, out),
    }
}
