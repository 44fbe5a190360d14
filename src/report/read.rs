//! Reading our own JSON again: what a report tells of its findings, for those who act on it.
//!
//! A report is a file like any other and may have been changed by others: nothing in it is trusted,
//! and all of its text is foreign. Fields that are not known are passed over, so that reports of
//! later minor versions can be read.

use serde::Deserialize;

use crate::model::CertificateAuthority;

/// What a report tells of one finding. It holds no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Its rule's id.
    pub rule: String,
    /// What its kind is called.
    pub title: String,
    /// The masked secret.
    pub masked: String,
    /// Its stable name.
    pub fingerprint: String,
    /// The name of its verdict, if it has one.
    pub verdict: Option<String>,
    /// What verification, its facts and its partners tell, by name, in this order. The token's id and
    /// account are `token-id` and `token-account`.
    pub details: Vec<(String, String)>,
    /// The certificate authorities that it may read.
    pub authorities: Vec<CertificateAuthority>,
}

/// Why a report cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is no report of ours.
    #[error("it is no JSON report of cfleaks; make one with --format json")]
    NoReport,
    /// It is of a later version.
    #[error("it is of a later version than this program knows")]
    Later,
}

#[derive(Deserialize)]
struct Document {
    schema_version: String,
    findings: Vec<Finding>,
}

/// A line of JSONL, as far as it matters here.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line {
    Finding(Box<Finding>),
    Summary {
        schema_version: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Finding {
    rule: String,
    title: String,
    masked: String,
    fingerprint: String,
    #[serde(default)]
    verdict: Option<Verdict>,
    #[serde(default)]
    impact: Option<Impact>,
    #[serde(default)]
    facts: Vec<Fact>,
    #[serde(default)]
    partners: Vec<Partner>,
}

#[derive(Deserialize)]
struct Verdict {
    state: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Impact {
    token: Option<Token>,
    authorities: Vec<Authority>,
}

#[derive(Deserialize)]
struct Token {
    id: Option<String>,
    account: Option<String>,
}

#[derive(Deserialize)]
struct Authority {
    id: String,
    aud: String,
    fingerprint: String,
    owner: String,
}

#[derive(Deserialize)]
struct Fact {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Partner {
    role: String,
    value: String,
}

/// The findings of a report in JSON or JSON Lines; suppressed ones are left out.
///
/// # Errors
/// It is no such report.
pub fn read(bytes: &[u8]) -> Result<Vec<Recorded>, ReadError> {
    if let Ok(document) = serde_json::from_slice::<Document>(bytes) {
        check(&document.schema_version)?;
        return Ok(document.findings.into_iter().map(Recorded::from).collect());
    }
    let mut findings = Vec::new();
    let mut is_ours = false;
    for line in bytes.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        match serde_json::from_slice(line).map_err(|_| ReadError::NoReport)? {
            Line::Finding(finding) => findings.push(Recorded::from(*finding)),
            Line::Summary { schema_version } => {
                check(&schema_version)?;
                is_ours = true;
            }
            Line::Other => {}
        }
    }
    if is_ours { Ok(findings) } else { Err(ReadError::NoReport) }
}

fn check(version: &str) -> Result<(), ReadError> {
    match version.split_once('.') {
        Some(("1", _)) => Ok(()),
        _ => Err(ReadError::Later),
    }
}

impl From<Finding> for Recorded {
    fn from(found: Finding) -> Self {
        let impact = found.impact.unwrap_or_default();
        let token = impact.token.into_iter().flat_map(|token| {
            let named =
                |name: &str, value: Option<String>| value.map(|value| (name.to_owned(), value));
            [named("token-id", token.id), named("token-account", token.account)]
        });
        let facts = found.facts.into_iter().map(|fact| (fact.name, fact.value));
        let partners = found.partners.into_iter().map(|partner| (partner.role, partner.value));
        let authorities = impact.authorities.into_iter().map(|ca| CertificateAuthority {
            id: ca.id,
            aud: ca.aud,
            fingerprint: ca.fingerprint,
            owner: ca.owner,
        });
        Recorded {
            rule: found.rule,
            title: found.title,
            masked: found.masked,
            fingerprint: found.fingerprint,
            verdict: found.verdict.map(|verdict| verdict.state),
            details: token.flatten().chain(facts).chain(partners).collect(),
            authorities: authorities.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Format, Options, sample, write};

    fn written(format: Format) -> Vec<u8> {
        let mut out = Vec::new();
        write(&sample::full(), &[], format, &Options::default(), &mut out).unwrap();
        out
    }

    #[test]
    fn both_forms_tell_the_same() {
        let document = read(&written(Format::Json)).unwrap();
        assert_eq!(read(&written(Format::Jsonl)), Ok(document.clone()));
        assert!(!document.is_empty());
        let global = document.iter().find(|found| !found.authorities.is_empty()).unwrap();
        let details: Vec<&str> = global.details.iter().map(|(name, _)| name.as_str()).collect();
        assert!(details.contains(&"account") && details.contains(&"email"), "{details:?}");
    }

    #[test]
    fn what_is_no_report_is_refused() {
        for text in ["", "{}", "[]", "x", "{\"runs\":[]}", "{\"type\":\"gap\"}\n"] {
            assert_eq!(read(text.as_bytes()), Err(ReadError::NoReport), "{text}");
        }
        let later = br#"{"schema_version":"2.0","findings":[]}"#;
        assert_eq!(read(later), Err(ReadError::Later));
        let deep = "[".repeat(100_000);
        assert_eq!(read(deep.as_bytes()), Err(ReadError::NoReport));
    }
}
