//! Asking with the credential itself, and noting where no answer came.

use serde_json::Value;

use crate::{
    model::{Impact, Unknown},
    verify::{
        asker::Asker,
        envelope::Reply,
        list::{Listed, list},
        request::Request,
    },
};

/// How the credential is put into a request.
#[derive(Clone, Copy)]
pub(super) enum Key<'a> {
    Bearer(&'a [u8]),
    Global { email: &'a str, secret: &'a [u8] },
}

impl Key<'_> {
    fn on(self, request: Request) -> Option<Request> {
        match self {
            Key::Bearer(token) => request.bearer(token),
            Key::Global { email, secret } => {
                request.header("X-Auth-Email", email.as_bytes())?.header("X-Auth-Key", secret)
            }
        }
    }

    /// Whether it is a user's own key, before any question.
    pub(super) fn is_global(self) -> bool {
        matches!(self, Key::Global { .. })
    }
}

/// One credential and what is known of it so far.
pub(super) struct Explorer<'a> {
    asker: &'a Asker<'a>,
    pub(super) key: Key<'a>,
    pub(super) impact: Impact,
}

/// As many as the API gives at a time of accounts, zones and applications.
const PER_PAGE: usize = 50;
/// More things of a sort are counted and not listed: 1,000.
const MOST_PAGES: u64 = 20;

impl<'a> Explorer<'a> {
    pub(super) fn new(asker: &'a Asker<'a>, key: Key<'a>, known: Impact) -> Self {
        Explorer { asker, key, impact: known }
    }

    /// The result of a reading request; `None` if it is refused or no answer came.
    pub(super) fn get(&mut self, path: &str) -> Option<Value> {
        let reply = self
            .key
            .on(Request::api(path))
            .ok_or(Unknown::Unexpected)
            .and_then(|request| Reply::read(&self.asker.ask(&request)?));
        match reply {
            Ok(Reply::Success(success)) => Some(success.result),
            Ok(Reply::Refusal(_)) => None,
            Err(_) => {
                self.impact.is_partial = true;
                None
            }
        }
    }

    /// All pages of a list; `None` as for [`Explorer::get`].
    pub(super) fn list(&mut self, path: &str) -> Option<Listed> {
        let key = self.key;
        match list(self.asker, path, PER_PAGE, MOST_PAGES, |request| key.on(request)) {
            Ok(Ok(listed)) => {
                self.impact.is_partial |= listed.is_cut;
                Some(listed)
            }
            Ok(Err(_)) => None,
            Err(_) => {
                self.impact.is_partial = true;
                None
            }
        }
    }
}

/// Text of an answer that goes into a path or a report as an id: short, letters, digits, hyphens.
pub(super) fn id_in<'v>(item: &'v Value, name: &str) -> Option<&'v str> {
    let text = item.get(name)?.as_str()?;
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (is_plain && (1..=128).contains(&text.len())).then_some(text)
}
