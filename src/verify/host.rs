//! The hosts that a secret may be sent to: a closed list.
//!
//! A [`Request`](super::Request) names its host by this type and by nothing else, so no text of a
//! scanned source, and no rule file, can add one. Where a part of a name comes from scanned text (an
//! account's id, a team), it is checked to be that part and no more. The one host that is wholly
//! of the scanned text's choosing is [`Host::protected`], which takes an [`AccessConsent`].

use std::fmt;

/// The user's word (`--verify-access`) that requests may go to hosts named by the scanned text.
#[derive(Debug, Clone, Copy)]
pub struct AccessConsent(());

impl AccessConsent {
    /// To be called where the user has said so, and nowhere else.
    pub fn given_by_the_user() -> Self {
        AccessConsent(())
    }
}

/// Where the data of an R2 account lies, which is part of its host's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Jurisdiction {
    /// Nowhere in particular.
    Default,
    /// In the European Union.
    Eu,
    /// Where the FedRAMP rules hold.
    FedRamp,
}

impl Jurisdiction {
    /// The label in the host's name, with its dot.
    fn label(self) -> &'static str {
        match self {
            Jurisdiction::Default => "",
            Jurisdiction::Eu => ".eu",
            Jurisdiction::FedRamp => ".fedramp",
        }
    }

    /// The jurisdiction of that name, in lower case; the default one for any other.
    pub fn from_name(name: &str) -> Self {
        match name {
            "eu" => Jurisdiction::Eu,
            "fedramp" => Jurisdiction::FedRamp,
            _ => Jurisdiction::Default,
        }
    }
}

/// One of the hosts that may be asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(Kind);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Api,
    Challenges,
    R2(String, Jurisdiction),
    Team(String),
    Protected(String),
}

impl Host {
    /// Cloudflare's API: `api.cloudflare.com`, or what `--api-url` put in its place.
    pub const API: Host = Host(Kind::Api);
    /// Where Turnstile's secrets are checked: `challenges.cloudflare.com`.
    pub const CHALLENGES: Host = Host(Kind::Challenges);

    /// An account's R2 endpoint. `None` unless `account` is 32 lower-case hex digits.
    pub fn r2(account: &str, jurisdiction: Jurisdiction) -> Option<Host> {
        is_id(account).then(|| Host(Kind::R2(account.to_owned(), jurisdiction)))
    }

    /// A team's Access host, `<team>.cloudflareaccess.com`. The team's name comes from scanned text,
    /// hence the consent. `None` unless it is one label of a host name.
    pub fn team(team: &str, _: AccessConsent) -> Option<Host> {
        let team = team.to_ascii_lowercase();
        is_label(&team).then_some(Host(Kind::Team(team)))
    }

    /// A host that the scanned text names, which an Access service token may open. `None` unless it
    /// is a public host's name: two labels or more, no address, no port, nothing that only means
    /// something inside a network.
    pub fn protected(name: &str, _: AccessConsent) -> Option<Host> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let labels: Vec<&str> = name.split('.').collect();
        let last = labels.last()?;
        let is_public = !PRIVATE.contains(last) && !last.bytes().all(|b| b.is_ascii_digit());
        (name.len() <= LONGEST_NAME
            && labels.len() >= 2
            && is_public
            && labels.iter().all(|label| is_label(label)))
        .then_some(Host(Kind::Protected(name)))
    }

    /// Its name in the domain name system; for the API without `--api-url`.
    pub fn name(&self) -> String {
        match &self.0 {
            Kind::Api => "api.cloudflare.com".to_owned(),
            Kind::Challenges => "challenges.cloudflare.com".to_owned(),
            Kind::R2(account, jurisdiction) => {
                format!("{account}{}.r2.cloudflarestorage.com", jurisdiction.label())
            }
            Kind::Team(team) => format!("{team}.cloudflareaccess.com"),
            Kind::Protected(name) => name.clone(),
        }
    }

    /// Whether the scanned text chose it, wholly or its first label, so that it may lead anywhere.
    pub fn is_of_the_text(&self) -> bool {
        matches!(self.0, Kind::Protected(_) | Kind::Team(_))
    }

    /// Whether it is the API, which `--api-url` may move and whose requests are limited in number.
    pub fn is_api(&self) -> bool {
        self.0 == Kind::Api
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;
/// Last labels of names that only mean something inside a network or a machine.
const PRIVATE: [&str; 9] =
    ["local", "localhost", "internal", "lan", "home", "corp", "arpa", "onion", "test"];

/// Whether it is an id of the service: 32 lower-case hex digits.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_label(label: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=LONGEST_LABEL).contains(&label.len())
        && label.bytes().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn names_are_built_from_checked_parts_only() {
        let consent = AccessConsent::given_by_the_user();
        assert_eq!(Host::API.name(), "api.cloudflare.com");
        assert_eq!(Host::CHALLENGES.name(), "challenges.cloudflare.com");
        let r2 = Host::r2(ID, Jurisdiction::from_name("eu")).unwrap();
        assert_eq!(r2.name(), format!("{ID}.eu.r2.cloudflarestorage.com"));
        let r2 = Host::r2(ID, Jurisdiction::Default).unwrap();
        assert_eq!(r2.name(), format!("{ID}.r2.cloudflarestorage.com"));
        assert_eq!(Host::team("Team-1", consent).unwrap().name(), "team-1.cloudflareaccess.com");
        assert_eq!(Host::protected("App.Example.org.", consent).unwrap().name(), "app.example.org");
    }

    #[test]
    fn nothing_smuggles_another_host_in() {
        let consent = AccessConsent::given_by_the_user();
        for account in ["", "evil.example/", &ID.to_uppercase(), &ID[1..], &format!("{ID}.x")] {
            assert_eq!(Host::r2(account, Jurisdiction::Default), None, "{account}");
        }
        for team in
            ["", "a.b", "evil.example/x", "a@b", "-a", "a-", "a\n", "a#", "ä", &"a".repeat(64)]
        {
            assert_eq!(Host::team(team, consent), None, "{team}");
        }
        for name in [
            "",
            "localhost",
            "a.localhost",
            "127.0.0.1",
            "10.1",
            "[::1]",
            "a..b",
            "a b.c",
            "a.b:8080",
            "user@a.b",
            "a.b/c",
            "metadata.google.internal",
            "x.local",
            "1.168.192.in-addr.arpa",
        ] {
            assert_eq!(Host::protected(name, consent), None, "{name}");
        }
    }
}
