//! A leaked credential as revocation sees it: its kind and the public ids by which the API knows it.
//!
//! A report holds no secrets, so what it tells must do; what a new scan of the source finds has the
//! secret, too. Whatever becomes part of a path is checked here to be of its form.

use std::collections::BTreeMap;

use super::super::{credential::is_uuid, host::is_id};
use crate::model::{Finding, Secret};

/// What is to be revoked.
#[derive(Debug, Clone, Default)]
pub struct Leak {
    /// The id of its rule.
    pub rule: String,
    /// What its kind is called; foreign text if it comes from a report.
    pub title: String,
    /// The secret as reports show it; foreign text if it comes from a report.
    pub masked: String,
    /// Its stable name.
    pub fingerprint: String,
    /// The secret, where the source was scanned again.
    pub secret: Option<Secret>,
    details: BTreeMap<&'static str, String>,
}

/// Why a detail was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DetailError {
    /// There is no detail of that name.
    #[error(
        "there is no such detail; there are account, token-id, client-id, tunnel, sitekey, key-id, live-input and script"
    )]
    NoName,
    /// The value is not of its form.
    #[error("the value is not of its form")]
    NoValue,
}

/// The details' names, and whether a value may be one.
const FORMS: [(&str, Form); 9] = [
    ("account", is_id),
    ("token-account", is_id),
    ("token-id", is_id),
    ("client-id", |text| {
        text.split_once('.').is_some_and(|(id, rest)| {
            is_id(id) && (rest == "access" || rest.starts_with("access.")) && is_plain(rest)
        })
    }),
    ("tunnel", is_uuid),
    ("sitekey", |text| text.starts_with("0x") && (20..=32).contains(&text.len()) && is_plain(text)),
    ("key-id", is_id),
    ("live-input", is_id),
    ("script", is_plain),
];

/// Whether a text is of a form.
type Form = fn(&str) -> bool;

/// Letters, digits, points, hyphens and low lines, and no step upward.
fn is_plain(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        && !text.starts_with('.')
}

impl Leak {
    /// A credential of which no detail is known yet.
    pub fn named(rule: &str, title: &str, masked: &str, fingerprint: &str) -> Self {
        Leak {
            rule: rule.to_owned(),
            title: title.to_owned(),
            masked: masked.to_owned(),
            fingerprint: fingerprint.to_owned(),
            ..Leak::default()
        }
    }

    /// What a finding tells: its secret, its facts, its partners and what verification learnt.
    pub fn of(finding: &Finding) -> Self {
        let mut leak = Leak {
            rule: finding.rule.to_string(),
            title: finding.title.to_string(),
            masked: finding.secret.mask(),
            fingerprint: finding.fingerprint.to_string(),
            secret: Some(finding.secret.clone()),
            details: BTreeMap::new(),
        };
        for token in finding.impact.iter().filter_map(|impact| impact.token.as_ref()) {
            leak.learn("token-id", token.id.as_deref().unwrap_or_default());
            leak.learn("token-account", token.account.as_deref().unwrap_or_default());
        }
        for fact in &finding.facts {
            leak.learn(fact.name, &fact.value);
        }
        for partner in &finding.partners {
            leak.learn(partner.role.name(), &partner.value);
        }
        leak
    }

    /// Takes a detail under the name that facts, partners and reports have for it, if it is of use, of
    /// its form, and not known yet: what is learnt first counts.
    pub fn learn(&mut self, name: &str, value: &str) {
        let names: &[&str] = match name {
            "account-id" => &["account"],
            "access-key-id" => &["token-id"],
            // What an id is the id of, its kind says.
            "id" => &["key-id", "live-input", "sitekey"],
            "endpoint" => return self.learn_endpoint(value),
            _ => &[name],
        };
        for name in names {
            // What does not fit is left out.
            let _ = self.give(name, value);
        }
    }

    fn learn_endpoint(&mut self, address: &str) {
        let host = address.strip_prefix("https://").unwrap_or(address);
        if host.contains(".r2.cloudflarestorage.com") {
            self.learn("account", host.split('.').next().unwrap_or_default());
        }
    }

    /// Takes a detail under its own name.
    ///
    /// # Errors
    /// There is none of that name, or the value is not of its form.
    pub fn give(&mut self, name: &str, value: &str) -> Result<(), DetailError> {
        let form = FORMS.iter().find(|(known, _)| *known == name).ok_or(DetailError::NoName)?;
        if !form.1(value) {
            return Err(DetailError::NoValue);
        }
        self.details.entry(form.0).or_insert_with(|| value.to_owned());
        Ok(())
    }

    /// A detail, if it is known.
    pub(super) fn detail(&self, name: &str) -> Option<&str> {
        self.details.get(name).map(String::as_str)
    }

    /// The same credential, of which no detail is known.
    #[must_use]
    pub fn bare(&self) -> Self {
        Leak { details: BTreeMap::new(), secret: None, ..self.clone() }
    }

    /// What another sighting of the same credential knows is added.
    pub fn merge(&mut self, other: &Leak) {
        for (name, value) in &other.details {
            self.details.entry(name).or_insert_with(|| value.clone());
        }
        self.secret = self.secret.take().or_else(|| other.secret.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_of_its_form_becomes_part_of_a_path() {
        let id = "0123456789abcdef0123456789abcdef";
        let mut leak = Leak::default();
        for (name, value, taken) in [
            ("account", "../user", Err(DetailError::NoValue)),
            ("account", id, Ok(())),
            ("script", "a/../b", Err(DetailError::NoValue)),
            ("script", "..", Err(DetailError::NoValue)),
            ("script", "my-worker_1", Ok(())),
            ("client-id", "x.access", Err(DetailError::NoValue)),
            ("sitekey", "0x4AAAAAAA/../../x000000", Err(DetailError::NoValue)),
            ("password", "x", Err(DetailError::NoName)),
        ] {
            assert_eq!(leak.give(name, value), taken, "{name} {value}");
        }
        leak.learn("endpoint", &format!("https://{}.eu.r2.cloudflarestorage.com", "1".repeat(32)));
        leak.learn("access-key-id", id);
        assert_eq!(leak.detail("account"), Some(id), "what is learnt first counts");
        assert_eq!(leak.detail("token-id"), Some(id));
    }
}
