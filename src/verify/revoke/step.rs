//! The words of a plan: items, ways, steps.

use super::super::request::Method;
use crate::model::Secret;

/// What is to be done about one credential.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its rule's id.
    pub rule: String,
    /// What it is called; foreign text.
    pub title: String,
    /// The secret as reports show it; foreign text.
    pub masked: String,
    /// The finding's stable name.
    pub fingerprint: String,
    /// How it is done.
    pub way: Way,
}

/// How a credential is revoked.
#[derive(Debug, Clone)]
pub enum Way {
    /// By these requests.
    Calls {
        /// One after the other; the first that fails ends it.
        steps: Vec<Step>,
        /// What stops working.
        breaks: &'static str,
        /// What cannot be undone.
        undo: &'static str,
    },
    /// Requests would do, but something is not known: what, and how to tell it.
    Lacks(&'static str),
    /// Only a person can, in the dashboard: the steps.
    ByHand(String),
}

/// One request.
#[derive(Debug, Clone)]
pub struct Step {
    /// How it acts; `GET` only looks something up.
    pub method: Method,
    /// Its path on the API. `{id}` stands for what an earlier step found.
    pub path: String,
    /// What the last part of the path is, where that is a secret: it is shown nowhere.
    pub(super) ending: Option<Secret>,
    /// Another path, where the first refuses.
    pub or: Option<String>,
    /// Why, in a few words.
    pub why: &'static str,
    /// With whose credential.
    pub caller: Caller,
    /// What is sent along.
    pub body: Body,
    /// What is looked up in the answer.
    pub find: Option<Find>,
    /// What in the answer is of use to the user.
    pub yields: Option<Yield>,
}

/// Whose credential a request carries.
#[derive(Debug, Clone)]
pub enum Caller {
    /// The administrator's.
    Admin,
    /// The leaked token itself.
    Leaked(Secret),
}

/// What a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    None,
    /// `{}`. To the rotation of an Access service token it says that the old secret ends at once.
    Empty,
    /// Turnstile: `{"invalidate_immediately":true}`.
    AtOnce,
    /// Access service token: its name, and `"enabled":false`.
    Disabled,
    /// Tunnel: a new random secret of 32 bytes.
    TunnelSecret,
}

/// What to look for in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Find {
    /// The id of the thing itself.
    OwnId,
    /// In a list of pages, the id of the item whose field is this.
    InList {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
}

/// What an answer holds for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yield {
    /// A new secret, at this JSON pointer: shown only if the user wants secrets shown.
    Secret(&'static str),
    /// A public key of OpenSSH, at this JSON pointer.
    PublicKey(&'static str),
    /// The tunnel's secret that was made here.
    TunnelSecret,
}

impl Step {
    /// A request of the administrator's without a body.
    pub(super) fn new(method: Method, path: impl Into<String>, why: &'static str) -> Self {
        Step {
            method,
            path: path.into(),
            ending: None,
            or: None,
            why,
            caller: Caller::Admin,
            body: Body::None,
            find: None,
            yields: None,
        }
    }

    /// `DELETE /accounts/…`, as a person may read it. A secret ending is masked.
    pub fn line(&self) -> String {
        let ending = self.ending.as_ref().map(Secret::mask).unwrap_or_default();
        format!("{} {}{ending}", self.method.name(), self.path)
    }

    pub(super) fn find(self, find: Find) -> Self {
        Step { find: Some(find), ..self }
    }

    pub(super) fn body(self, body: Body) -> Self {
        Step { body, ..self }
    }

    pub(super) fn yields(self, yields: Yield) -> Self {
        Step { yields: Some(yields), ..self }
    }
}
