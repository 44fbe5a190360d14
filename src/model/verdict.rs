//! What verification said of a credential: a closed set, each name with its closed reasons.
//!
//! Only an answer of the documented shape makes a credential live or dead; whatever else happens is
//! [`Verdict::Unknown`], and what was never asked is [`Verdict::NotVerifiable`].

use std::fmt;

/// Whether a credential is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It is accepted.
    Active,
    /// It is accepted, though not from everywhere or not at every time.
    ActiveRestricted(Restriction),
    /// It exists and is not accepted at present.
    Inactive(Inactivity),
    /// It is accepted nowhere any more, or never was.
    Dead,
    /// It was not asked about, and why.
    NotVerifiable(NotVerifiable),
    /// It was to be asked about, and no answer that counts came.
    Unknown(Unknown),
}

/// What holds a live credential back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Restriction {
    /// It is accepted from certain addresses only, and not from ours.
    Location,
    /// Its time has not come yet.
    NotYet,
}

/// Why a credential that exists is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Inactivity {
    /// Its owner switched it off, and may switch it on again.
    Disabled,
    /// Its time is over, as the service or its own content says.
    Expired,
}

/// Why a credential was not asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotVerifiable {
    /// No e-mail address of its owner stands near by.
    NoEmail,
    /// No account id stands near by.
    NoAccount,
    /// No zone id stands near by.
    NoZone,
    /// The other half of the pair does not stand near by.
    NoPartner,
    /// No host that it opens stands near by.
    NoHost,
    /// It would go to a host that the scanned text names, which `--verify-access` allows.
    NeedsAccess,
    /// Only an administrator may look it up, and no administrator's token was given.
    NeedsAdmin,
    /// Whoever tests it uses it: a build starts, a token is exchanged, a stream begins.
    SideEffects,
    /// Nothing answers whether it is live.
    NoCheck,
    /// Its text is not of a form that may be sent.
    Malformed,
}

/// Why no answer that counts came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unknown {
    /// The host could not be reached, or the connection broke.
    Network,
    /// The proxy refused or failed.
    Proxy,
    /// No trusted connection could be made.
    Tls,
    /// No answer in time.
    Timeout,
    /// Too many requests, and it stayed so.
    RateLimited,
    /// The service itself failed.
    ServerError,
    /// Refused, without a code that says whether the credential is known.
    Forbidden,
    /// The answer is not of the documented shape: a page, a challenge, broken JSON.
    Unexpected,
    /// The value that stands near by is not its partner, or may not be.
    WrongPartner,
    /// The host that stands near by has an address inside a network, so nothing was sent to it.
    PrivateAddress,
    /// The clocks differ too much for a signed request.
    Clock,
    /// The time limit of the whole verification was reached before its turn.
    TimeLimit,
    /// The run was interrupted before its turn.
    Interrupted,
}

impl Restriction {
    /// All of them.
    pub const ALL: [Restriction; 2] = [Restriction::Location, Restriction::NotYet];

    /// Its name in reports: kebab-case, stable.
    pub fn name(self) -> &'static str {
        match self {
            Restriction::Location => "location",
            Restriction::NotYet => "not-yet",
        }
    }
}

impl Inactivity {
    /// All of them.
    pub const ALL: [Inactivity; 2] = [Inactivity::Disabled, Inactivity::Expired];

    /// Its name in reports: kebab-case, stable.
    pub fn name(self) -> &'static str {
        match self {
            Inactivity::Disabled => "disabled",
            Inactivity::Expired => "expired",
        }
    }
}

impl NotVerifiable {
    /// All of them.
    pub const ALL: [NotVerifiable; 10] = [
        NotVerifiable::NoEmail,
        NotVerifiable::NoAccount,
        NotVerifiable::NoZone,
        NotVerifiable::NoPartner,
        NotVerifiable::NoHost,
        NotVerifiable::NeedsAccess,
        NotVerifiable::NeedsAdmin,
        NotVerifiable::SideEffects,
        NotVerifiable::NoCheck,
        NotVerifiable::Malformed,
    ];

    /// Its name in reports: kebab-case, stable.
    pub fn name(self) -> &'static str {
        match self {
            NotVerifiable::NoEmail => "no-email",
            NotVerifiable::NoAccount => "no-account",
            NotVerifiable::NoZone => "no-zone",
            NotVerifiable::NoPartner => "no-partner",
            NotVerifiable::NoHost => "no-host",
            NotVerifiable::NeedsAccess => "needs-access",
            NotVerifiable::NeedsAdmin => "needs-admin",
            NotVerifiable::SideEffects => "side-effects",
            NotVerifiable::NoCheck => "no-check",
            NotVerifiable::Malformed => "malformed",
        }
    }
}

impl Unknown {
    /// All of them.
    pub const ALL: [Unknown; 13] = [
        Unknown::Network,
        Unknown::Proxy,
        Unknown::Tls,
        Unknown::Timeout,
        Unknown::RateLimited,
        Unknown::ServerError,
        Unknown::Forbidden,
        Unknown::Unexpected,
        Unknown::WrongPartner,
        Unknown::PrivateAddress,
        Unknown::Clock,
        Unknown::TimeLimit,
        Unknown::Interrupted,
    ];

    /// Its name in reports: kebab-case, stable.
    pub fn name(self) -> &'static str {
        match self {
            Unknown::Network => "network",
            Unknown::Proxy => "proxy",
            Unknown::Tls => "tls",
            Unknown::Timeout => "timeout",
            Unknown::RateLimited => "rate-limited",
            Unknown::ServerError => "server-error",
            Unknown::Forbidden => "forbidden",
            Unknown::Unexpected => "unexpected",
            Unknown::WrongPartner => "wrong-partner",
            Unknown::PrivateAddress => "private-address",
            Unknown::Clock => "clock",
            Unknown::TimeLimit => "time-limit",
            Unknown::Interrupted => "interrupted",
        }
    }
}

impl Verdict {
    /// The names of all verdicts, without their reasons.
    pub const NAMES: [&'static str; 6] =
        ["active", "active-restricted", "inactive", "dead", "not-verifiable", "unknown"];

    /// Every verdict with every reason.
    pub fn all() -> impl Iterator<Item = Verdict> {
        let plain = [Verdict::Active, Verdict::Dead].into_iter();
        plain
            .chain(Restriction::ALL.map(Verdict::ActiveRestricted))
            .chain(Inactivity::ALL.map(Verdict::Inactive))
            .chain(NotVerifiable::ALL.map(Verdict::NotVerifiable))
            .chain(Unknown::ALL.map(Verdict::Unknown))
    }

    /// Its name in reports, without the reason: kebab-case, stable.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Active => "active",
            Verdict::ActiveRestricted(_) => "active-restricted",
            Verdict::Inactive(_) => "inactive",
            Verdict::Dead => "dead",
            Verdict::NotVerifiable(_) => "not-verifiable",
            Verdict::Unknown(_) => "unknown",
        }
    }

    /// The name of its reason, where it has one: kebab-case, stable.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Verdict::Active | Verdict::Dead => None,
            Verdict::ActiveRestricted(why) => Some(why.name()),
            Verdict::Inactive(why) => Some(why.name()),
            Verdict::NotVerifiable(why) => Some(why.name()),
            Verdict::Unknown(why) => Some(why.name()),
        }
    }

    /// Whether the credential works, for someone, somewhere.
    pub fn is_live(self) -> bool {
        matches!(self, Verdict::Active | Verdict::ActiveRestricted(_))
    }

    /// Whether the credential is known not to work.
    pub fn is_harmless(self) -> bool {
        matches!(self, Verdict::Dead | Verdict::Inactive(_))
    }

    /// One sentence for a person, without a full stop.
    pub fn sentence(self) -> &'static str {
        match self {
            Verdict::Active => "the service accepts it",
            Verdict::Dead => "the service does not accept it",
            Verdict::ActiveRestricted(why) => match why {
                Restriction::Location => {
                    "it is live, though accepted from certain addresses only, and not from here"
                }
                Restriction::NotYet => "it will be accepted from a certain day on",
            },
            Verdict::Inactive(why) => match why {
                Inactivity::Disabled => {
                    "it exists and is switched off; it may be switched on again"
                }
                Inactivity::Expired => "it has expired",
            },
            Verdict::NotVerifiable(why) => why.sentence(),
            Verdict::Unknown(why) => why.sentence(),
        }
    }
}

impl NotVerifiable {
    fn sentence(self) -> &'static str {
        match self {
            NotVerifiable::NoEmail => {
                "not asked: its owner's e-mail address does not stand near by"
            }
            NotVerifiable::NoAccount => "not asked: its account id does not stand near by",
            NotVerifiable::NoZone => "not asked: no zone id stands near by",
            NotVerifiable::NoPartner => {
                "not asked: the other half of the pair does not stand near by"
            }
            NotVerifiable::NoHost => "not asked: no host that it opens stands near by",
            NotVerifiable::NeedsAccess => {
                "not asked: it would go to a host that the scanned text names; --verify-access allows it"
            }
            NotVerifiable::NeedsAdmin => {
                "not asked: only an administrator's token (CFLEAKS_ADMIN_TOKEN) can look it up"
            }
            NotVerifiable::SideEffects => "not asked: to test it is to use it",
            NotVerifiable::NoCheck => "not asked: nothing answers whether it is live",
            NotVerifiable::Malformed => "not asked: it cannot be part of a request",
        }
    }
}

impl Unknown {
    fn sentence(self) -> &'static str {
        match self {
            Unknown::Network => "not known: the host could not be reached or the connection broke",
            Unknown::Proxy => "not known: the proxy refused or failed",
            Unknown::Tls => "not known: no trusted connection could be made",
            Unknown::Timeout => "not known: no answer came in time",
            Unknown::RateLimited => "not known: the service refused for too many requests",
            Unknown::ServerError => "not known: the service failed",
            Unknown::Forbidden => "not known: it was refused without saying whether it is live",
            Unknown::Unexpected => "not known: the answer was not one of this service",
            Unknown::WrongPartner => {
                "not known: it was refused, perhaps for what it was paired with"
            }
            Unknown::PrivateAddress => {
                "not known: the host that stands near by has no public address, so it was not asked"
            }
            Unknown::Clock => "not known: this machine's clock is wrong",
            Unknown::TimeLimit => "not known: the time limit (--verify-timeout) came first",
            Unknown::Interrupted => "not known: the run was interrupted",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason() {
            Some(reason) => write!(f, "{} ({reason})", self.name()),
            None => f.pad(self.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_verdict_has_a_name_of_its_own_and_a_sentence() {
        let all: Vec<Verdict> = Verdict::all().collect();
        let shown: HashSet<String> = all.iter().map(Verdict::to_string).collect();
        let said: HashSet<&str> = all.iter().map(|verdict| verdict.sentence()).collect();
        assert_eq!((shown.len(), said.len()), (all.len(), all.len()));
        let names: HashSet<&str> = all.iter().map(|verdict| verdict.name()).collect();
        assert_eq!(names, HashSet::from(Verdict::NAMES));
        for verdict in all {
            assert!(!(verdict.is_live() && verdict.is_harmless()), "{verdict}");
            assert!(!verdict.sentence().ends_with('.'), "{verdict}");
        }
    }
}
