//! What was found out about one credential.

use crate::model::{
    Impact, Inactivity, Named, NotVerifiable, Restriction, TokenFacts, Unknown, Verdict,
};

/// A verdict, and what the service told along the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is live.
    pub verdict: Verdict,
    /// What the token says of itself.
    pub token: Option<Box<TokenFacts>>,
    /// Accounts that it reaches, as far as verification met them.
    pub accounts: Vec<Named>,
}

impl Answer {
    /// The same with what the token says of itself.
    #[must_use]
    pub fn with_token(self, token: TokenFacts) -> Self {
        Answer { token: Some(Box::new(token)), ..self }
    }

    /// What it adds to a finding; `None` where it tells nothing.
    pub fn impact(&self) -> Option<Impact> {
        let impact = Impact {
            token: self.token.as_deref().cloned(),
            accounts: self.accounts.clone(),
            ..Impact::default()
        };
        (!impact.is_empty()).then_some(impact)
    }
}

impl From<Verdict> for Answer {
    fn from(verdict: Verdict) -> Self {
        Answer { verdict, token: None, accounts: Vec::new() }
    }
}

impl From<Unknown> for Answer {
    fn from(why: Unknown) -> Self {
        Verdict::Unknown(why).into()
    }
}

impl From<NotVerifiable> for Answer {
    fn from(why: NotVerifiable) -> Self {
        Verdict::NotVerifiable(why).into()
    }
}

impl From<Restriction> for Answer {
    fn from(why: Restriction) -> Self {
        Verdict::ActiveRestricted(why).into()
    }
}

impl From<Inactivity> for Answer {
    fn from(why: Inactivity) -> Self {
        Verdict::Inactive(why).into()
    }
}
