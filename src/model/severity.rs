//! How grave a credential is.

use std::fmt;

/// How grave a credential of this kind is. Greater is graver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Retired or expired: worth knowing, sets no exit code.
    Note,
    /// Little harm.
    Low,
    /// Harm within one product.
    Medium,
    /// Harm to traffic, code or data.
    High,
    /// Everything its owner can do.
    Critical,
}

impl Severity {
    /// Its name in reports, lower case.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
