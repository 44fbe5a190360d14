//! A finding as something that can be asked about: its secret and the values that belong to it.
//!
//! The only place where a finding's public details become parts of requests. What is not of its
//! form is left out here, so that the kinds' own files need not look again.

use jiff::Timestamp;

use super::host::{Jurisdiction, is_id};
use crate::{
    model::{Finding, Lapse, Secret},
    rules::{RuleSet, Verifier},
};

/// Which partners of one kind are tried at most: those that stand nearest come first.
pub(super) const MOST_PARTNERS: usize = 3;

/// Something that can be asked about.
#[derive(Debug, Clone)]
pub struct Credential {
    /// How it is asked about; `None` if nothing answers.
    pub check: Option<Verifier>,
    /// The secret.
    pub secret: Secret,
    /// E-mail addresses that may be its owner's, the nearest first.
    pub emails: Vec<String>,
    /// Whether the only address there is surely is its owner's: only then does a refusal of the pair
    /// tell of the secret.
    pub is_email_sure: bool,
    /// Ids of accounts it may belong to.
    pub accounts: Vec<String>,
    /// Ids of zones it may open.
    pub zones: Vec<String>,
    /// R2 access key ids it may belong to.
    pub access_key_ids: Vec<String>,
    /// Where the data of its R2 account lies.
    pub jurisdiction: Jurisdiction,
    /// Client ids of Access service tokens it may belong to.
    pub client_ids: Vec<String>,
    /// Hosts it may open: names from scanned text, not checked.
    pub hosts: Vec<String>,
    /// The team that issued it: a name from scanned text, not checked.
    pub team: Option<String>,
    /// The tunnel it belongs to: a UUID.
    pub tunnel: Option<String>,
    /// When it expires, by its own content or by what stands beside it.
    pub expires: Option<Timestamp>,
}

impl Credential {
    /// A credential without partners.
    pub fn new(check: Option<Verifier>, secret: Secret) -> Self {
        Credential {
            check,
            secret,
            emails: Vec::new(),
            is_email_sure: false,
            accounts: Vec::new(),
            zones: Vec::new(),
            access_key_ids: Vec::new(),
            jurisdiction: Jurisdiction::Default,
            client_ids: Vec::new(),
            hosts: Vec::new(),
            team: None,
            tunnel: None,
            expires: None,
        }
    }

    /// What a finding's rule and facts tell.
    pub fn of(finding: &Finding, rules: &RuleSet) -> Self {
        let check = rules.get(&finding.rule).and_then(|rule| rule.verifier);
        let mut credential = Credential::new(check, finding.secret.clone());
        // Facts were read off the secret or its own entry, so they belong to it.
        for fact in &finding.facts {
            credential.add(fact.name, &fact.value, true);
        }
        if let Some(Lapse::Expired(at)) = &finding.lapse {
            credential.expires = Some(*at);
        }
        credential
    }

    /// Takes in one detail by its name. `is_sure` says that it belongs to the secret and does not merely
    /// stand near by.
    fn add(&mut self, name: &str, value: &str, is_sure: bool) {
        match name {
            "email" => {
                push(&mut self.emails, value, is_email);
                self.is_email_sure = is_sure && self.emails.len() == 1;
            }
            "account" | "account-id" => push(&mut self.accounts, value, is_id),
            "zone" | "zone-id" => push(&mut self.zones, value, is_id),
            "access-key-id" => push(&mut self.access_key_ids, value, is_id),
            "client-id" => push(&mut self.client_ids, value, is_client_id),
            "host" => push(&mut self.hosts, value, |_| true),
            "endpoint" => self.add_endpoint(value),
            "jurisdiction" => self.jurisdiction = Jurisdiction::from_name(value),
            "team" => self.team = Some(value.to_owned()),
            "tunnel" if is_uuid(value) => self.tunnel = Some(value.to_owned()),
            "expires" => self.expires = value.parse().ok().or(self.expires),
            _ => {}
        }
    }

    /// `https://<account>[.eu|.fedramp].r2.cloudflarestorage.com/…`, with or without the scheme.
    fn add_endpoint(&mut self, address: &str) {
        let host = address.strip_prefix("https://").unwrap_or(address);
        let host = host.split('/').next().unwrap_or_default();
        let Some(front) = host.strip_suffix(".r2.cloudflarestorage.com") else { return };
        let (account, place) = front.split_once('.').unwrap_or((front, ""));
        if is_id(account) {
            push(&mut self.accounts, account, is_id);
            self.jurisdiction = Jurisdiction::from_name(place);
        }
    }

    /// Takes in what another sighting of the same secret knows.
    pub(super) fn merge(&mut self, other: &Credential) {
        for (mine, theirs) in [
            (&mut self.emails, &other.emails),
            (&mut self.accounts, &other.accounts),
            (&mut self.zones, &other.zones),
            (&mut self.access_key_ids, &other.access_key_ids),
            (&mut self.client_ids, &other.client_ids),
            (&mut self.hosts, &other.hosts),
        ] {
            theirs.iter().for_each(|value| push(mine, value, |_| true));
        }
        self.is_email_sure &= self.emails.len() == 1;
        if self.jurisdiction == Jurisdiction::Default {
            self.jurisdiction = other.jurisdiction;
        }
        self.team = self.team.take().or_else(|| other.team.clone());
        self.tunnel = self.tunnel.take().or_else(|| other.tunnel.clone());
        self.expires = self.expires.or(other.expires);
    }

    /// Whether it has expired by its own content.
    pub(super) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }
}

fn push(values: &mut Vec<String>, value: &str, is_good: impl Fn(&str) -> bool) {
    if is_good(value) && values.len() < MOST_PARTNERS && !values.iter().any(|v| v == value) {
        values.push(value.to_owned());
    }
}

fn is_email(text: &str) -> bool {
    text.len() <= 254
        && text.bytes().all(|b| b.is_ascii_graphic())
        && text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
}

/// `<32 hex>.access`, or the older `<32 hex>.access.<domain>`.
fn is_client_id(text: &str) -> bool {
    text.split_once('.').is_some_and(|(id, rest)| {
        is_id(id) && (rest == "access" || rest.starts_with("access.")) && text.len() <= 128
    }) && text.bytes().all(|b| b.is_ascii_graphic())
}

pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Strength;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    fn with(details: &[(&str, &str)]) -> Credential {
        let secret = Secret::new("x".repeat(40), 0, Strength::Strong);
        let mut credential = Credential::new(None, secret);
        details.iter().for_each(|(name, value)| credential.add(name, value, true));
        credential
    }

    #[test]
    fn details_become_partners_if_they_are_of_their_form() {
        let other = ID.replace('0', "1");
        let credential = with(&[
            ("email", "a@example.org"),
            ("email", "a@example.org"),
            ("email", "no address"),
            ("email", "a@b.c\r\nX: y"),
            ("account", ID),
            ("account", "../../user"),
            ("endpoint", &format!("https://{other}.eu.r2.cloudflarestorage.com/bucket")),
            ("client-id", &format!("{ID}.access")),
            ("client-id", "x.access"),
            ("tunnel", "not-a-uuid"),
            ("expires", "2026-01-01T00:00:00Z"),
            ("checksum", "valid"),
        ]);
        assert_eq!(credential.emails, ["a@example.org"]);
        assert!(credential.is_email_sure);
        assert_eq!(credential.accounts, [ID, &other]);
        assert_eq!(credential.jurisdiction, Jurisdiction::Eu);
        assert_eq!(credential.client_ids, [format!("{ID}.access")]);
        assert_eq!(credential.tunnel, None);
        assert!(credential.has_expired(Timestamp::from_second(1_800_000_000).unwrap()));
        let evil =
            with(&[("endpoint", &format!("https://{ID}.r2.cloudflarestorage.com.evil.example/"))]);
        assert!(evil.accounts.is_empty());
    }

    #[test]
    fn an_address_is_sure_only_alone_and_only_if_it_belongs_to_the_secret() {
        let mut near = with(&[]);
        near.add("email", "a@example.org", false);
        assert!(!near.is_email_sure);
        let mut one = with(&[("email", "a@example.org")]);
        assert!(one.is_email_sure);
        one.merge(&with(&[("email", "b@example.org")]));
        assert!(!one.is_email_sure);
        assert!(!with(&[("email", "a@example.org"), ("email", "b@example.org")]).is_email_sure);
    }

    #[test]
    fn what_two_sightings_know_is_added_up() {
        let mut one = with(&[("account", ID)]);
        one.merge(&with(&[("account", ID), ("email", "a@example.org"), ("team", "t")]));
        assert_eq!((one.accounts.len(), one.emails.len(), one.team.as_deref()), (1, 1, Some("t")));
    }
}
