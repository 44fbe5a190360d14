//! OAuth access tokens: `GET /user`, then `GET /accounts`, whichever its scopes allow.
//!
//! They live for about an hour, and a configuration file tells when it ends; what has ended is not
//! sent. Refresh tokens are never tested: to exchange one is to replace it.

use serde_json::Value;

use super::{
    Halt,
    api_token::{ListRefusal, accepted_list},
    knows_no_such_token,
};
use crate::{
    model::{Inactivity, NotVerifiable, Restriction, Unknown, Verdict},
    verify::{
        answer::Answer, asker::Asker, credential::Credential, envelope::Reply, request::Request,
    },
};

pub(super) fn verify(credential: &Credential, asker: &Asker<'_>) -> Result<Answer, Halt> {
    if credential.has_expired(asker.now()) {
        return Ok(Inactivity::Expired.into());
    }
    let ask = |path: &str| -> Result<Reply, Halt> {
        let request = Request::api(path).bearer(credential.secret.reveal());
        Ok(Reply::read(&asker.ask(&request.ok_or(NotVerifiable::Malformed)?)?)?)
    };
    // It may lack the scope, and then be known all the same.
    let doubt = match ask("/user")? {
        Reply::Success(user) if user.result.get("id").is_some_and(Value::is_string) => {
            return Ok(Verdict::Active.into());
        }
        Reply::Success(_) => Some(Unknown::Unexpected),
        Reply::Refusal(refusal) if refusal.is_location() => return Ok(Restriction::Location.into()),
        Reply::Refusal(refusal) if knows_no_such_token(&refusal) => None,
        Reply::Refusal(refusal) => Some(refusal.undecided()),
    };
    Ok(match accepted_list(ask("/accounts?per_page=5")?) {
        Ok(accounts) => Answer { accounts, ..Verdict::Active.into() },
        Err(ListRefusal::Location) => Restriction::Location.into(),
        Err(ListRefusal::NotKnown) => doubt.map_or(Verdict::Dead.into(), Into::into),
        Err(ListRefusal::Undecided(why)) => why.into(),
    })
}
