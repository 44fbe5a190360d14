//! Carrying out a plan: its steps one after the other, each once.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::step::{Body, Caller, Find, Item, Step, Way, Yield};
use crate::{
    model::{Secret, Unknown},
    verify::{
        asker::Asker,
        envelope::Reply,
        host::Host,
        list::list,
        request::{Method, Request},
    },
};

/// Carries out plans.
pub struct Carrier<'a> {
    /// Who sends.
    pub asker: &'a Asker<'a>,
    /// The administrator's API token.
    pub admin: &'a Secret,
}

/// What came of one step.
pub struct Did {
    /// `DELETE /accounts/…` with the id that was found; a secret ending is masked.
    pub line: String,
    /// How it went.
    pub outcome: Outcome,
    /// What the answer holds for the user.
    pub shown: Option<Shown>,
}

/// How a step went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// The API refused, with this status and these codes: nothing was changed by it.
    Refused(u16, Vec<i64>),
    /// What was looked for is not there.
    NotThere,
    /// No answer that counts came. Whether a writing request was carried out is then not known.
    Lost(Unknown),
}

/// Something that a person needs afterwards.
pub enum Shown {
    /// A new secret.
    Secret(Zeroizing<String>),
    /// A public key of OpenSSH, for `TrustedUserCAKeys`.
    PublicKey(String),
}

/// A list is read up to so many items.
const PER_PAGE: usize = 50;
const MOST_PAGES: u64 = 100;

impl Carrier<'_> {
    /// Does an item's steps and tells of each; ends with the first that fails. Whether all are done.
    pub fn carry_out(&self, item: &Item, mut tell: impl FnMut(&Did)) -> bool {
        let Way::Calls { steps, .. } = &item.way else { return false };
        let mut found = Value::Null;
        for step in steps {
            let did = self.take(step, &mut found);
            tell(&did);
            if did.outcome != Outcome::Done {
                return false;
            }
        }
        true
    }

    fn take(&self, step: &Step, found: &mut Value) -> Did {
        let did = self.send(step, &step.path, found);
        match (&did.outcome, &step.or) {
            (Outcome::Refused(..), Some(other)) => self.send(step, other, found),
            _ => did,
        }
    }

    fn send(&self, step: &Step, path: &str, found: &mut Value) -> Did {
        // What a lookup found was checked to be an id.
        let id = found.get("id").and_then(Value::as_str).unwrap_or_default();
        let path = path.replace("{id}", id);
        let line = Step { path: path.clone(), ..step.clone() }.line();
        let said = match &step.find {
            Some(Find::InList { field, value }) => self.look_up(step, &path, field, value),
            _ => self.ask(step, &path, found),
        };
        let (result, made) = match said {
            Ok(said) => said,
            Err(outcome) => return Did { line, outcome, shown: None },
        };
        let shown = step.yields.and_then(|yields| shown(yields, &result, made));
        if step.find.is_some() {
            *found = result;
            if id_of(found).is_none() {
                return Did { line, outcome: Outcome::NotThere, shown: None };
            }
        }
        Did { line, outcome: Outcome::Done, shown }
    }

    fn caller<'s>(&'s self, step: &'s Step) -> &'s [u8] {
        match &step.caller {
            Caller::Admin => self.admin.reveal(),
            Caller::Leaked(secret) => secret.reveal(),
        }
    }

    fn look_up(&self, step: &Step, path: &str, field: &str, value: &str) -> Result<Said, Outcome> {
        let with = |request: Request| request.bearer(self.caller(step));
        match list(self.asker, path, PER_PAGE, MOST_PAGES, with).map_err(Outcome::Lost)? {
            Ok(listed) => {
                let is_it = |item: &Value| item.get(field).and_then(Value::as_str) == Some(value);
                let cut = if listed.is_cut {
                    Outcome::Lost(Unknown::Unexpected)
                } else {
                    Outcome::NotThere
                };
                listed.items.into_iter().find(is_it).map(|item| (item, None)).ok_or(cut)
            }
            Err(refusal) => Err(Outcome::Refused(refusal.status, refusal.codes())),
        }
    }

    fn ask(&self, step: &Step, path: &str, found: &Value) -> Result<Said, Outcome> {
        let lost = || Outcome::Lost(Unknown::Unexpected);
        let mut request = Request::new(step.method, Host::API, path);
        if let Some(ending) = &step.ending {
            request = request.ending(ending.reveal()).ok_or_else(lost)?;
        }
        let request = request.bearer(self.caller(step)).ok_or_else(lost)?;
        let (body, made) = self.body(step.body, found).ok_or_else(lost)?;
        let request = match body {
            Some(body) => request.body("application/json", body),
            None => request,
        };
        let reply = self.asker.ask(&request).and_then(|response| Reply::read(&response));
        match reply.map_err(Outcome::Lost)? {
            Reply::Success(success) => Ok((success.result, made)),
            Reply::Refusal(refusal) => Err(Outcome::Refused(refusal.status, refusal.codes())),
        }
    }

    /// The bytes of a body, and the tunnel's secret if one was made. `None` if none can be made.
    fn body(&self, body: Body, found: &Value) -> Option<(Option<Bytes>, Option<Made>)> {
        let text = |value: Value| Some(Zeroizing::new(value.to_string().into_bytes()));
        Some(match body {
            Body::None => (None, None),
            Body::Empty => (text(json!({})), None),
            Body::AtOnce => (text(json!({ "invalidate_immediately": true })), None),
            Body::Disabled => (text(json!({ "name": found.get("name")?, "enabled": false })), None),
            Body::TunnelSecret => {
                let mut bytes = Zeroizing::new([0; 32]);
                getrandom::fill(bytes.as_mut_slice()).ok()?;
                let secret = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
                let mut json = Zeroizing::new(b"{\"tunnel_secret\":\"".to_vec());
                json.extend_from_slice(secret.as_bytes());
                json.extend_from_slice(b"\"}");
                (Some(json), Some(secret))
            }
        })
    }
}

type Bytes = Zeroizing<Vec<u8>>;
type Made = Zeroizing<String>;
/// The result, and what was made here and sent.
type Said = (Value, Option<Made>);

/// The id, if it can stand in a path.
fn id_of(thing: &Value) -> Option<&str> {
    let is_good = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let id = thing.get("id")?.as_str()?;
    ((1..=64).contains(&id.len()) && id.bytes().all(is_good)).then_some(id)
}

fn shown(yields: Yield, result: &Value, made: Option<Made>) -> Option<Shown> {
    let text = |pointer: &str| result.pointer(pointer).and_then(Value::as_str);
    match yields {
        Yield::Secret(pointer) => {
            text(pointer).map(|text| Shown::Secret(Zeroizing::new(text.to_owned())))
        }
        Yield::PublicKey(pointer) => text(pointer).map(|text| Shown::PublicKey(text.to_owned())),
        Yield::TunnelSecret => made.map(Shown::Secret),
    }
}

impl Outcome {
    /// Its name in the log.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Refused(..) => "refused",
            Outcome::NotThere => "not-there",
            Outcome::Lost(_) => "unknown",
        }
    }

    /// One sentence for a person, without a full stop. `method` is that of the request.
    pub fn sentence(&self, method: Method) -> String {
        match self {
            Outcome::Done => "done".to_owned(),
            Outcome::Refused(status, codes) => {
                let codes: Vec<String> = codes.iter().map(i64::to_string).collect();
                format!(
                    "refused with status {status}, code {}; nothing was changed",
                    codes.join(", ")
                )
            }
            Outcome::NotThere => "what was looked for is not there; nothing was changed".to_owned(),
            Outcome::Lost(why) if method == Method::Get => {
                format!("no clear answer ({}); nothing was changed", why.name())
            }
            Outcome::Lost(why) => {
                format!(
                    "no clear answer ({}); look in the dashboard whether it was done",
                    why.name()
                )
            }
        }
    }
}
