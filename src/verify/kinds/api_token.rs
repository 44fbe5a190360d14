//! API tokens: of a user, of an account, or of either where the older form does not tell.
//!
//! `GET /user/tokens/verify` knows users' tokens and answers 1000 to accounts'; those have
//! `GET /accounts/{id}/tokens/verify`. Without the account's id, `GET /accounts` tells whether the
//! token is accepted, and which account it is of. A token of the older form is dead only when both
//! ways say so, and no token is dead of which one answer leaves a doubt.

use jiff::Timestamp;
use serde_json::Value;

use super::{Halt, knows_no_such_token};
use crate::{
    model::{Inactivity, Named, NotVerifiable, Restriction, TokenFacts, Unknown, Verdict},
    verify::{
        answer::Answer,
        asker::Asker,
        credential::Credential,
        envelope::{Refusal, Reply, Success},
        host::is_id,
        request::Request,
    },
};

/// What one question about a token came to.
enum Word {
    /// It is settled.
    Final(Answer),
    /// The API knows no such token here.
    NotKnown,
    /// The API refused with a code that does not tell.
    Undecided(Unknown),
}

pub(super) fn verify(credential: &Credential, asker: &Asker<'_>) -> Result<Answer, Halt> {
    let secret = credential.secret.reveal();
    let mut doubt = None;
    if !secret.starts_with(b"cfat_") {
        match ask_verify(credential, asker, None)? {
            Word::Final(answer) => return Ok(answer),
            Word::NotKnown if secret.starts_with(b"cfut_") => return Ok(Verdict::Dead.into()),
            Word::Undecided(why) if secret.starts_with(b"cfut_") => return Ok(why.into()),
            Word::NotKnown => {}
            Word::Undecided(why) => doubt = Some(why),
        }
    }
    let answer = of_account(credential, asker, &mut doubt)?;
    Ok(match doubt {
        Some(why) if answer.verdict == Verdict::Dead => why.into(),
        _ => answer,
    })
}

/// First with the accounts' ids that stand near by, then with those the token itself names.
fn of_account(
    credential: &Credential,
    asker: &Asker<'_>,
    doubt: &mut Option<Unknown>,
) -> Result<Answer, Halt> {
    for account in &credential.accounts {
        // Another account's id may stand there, so a refusal is not the last word.
        match ask_verify(credential, asker, Some(account))? {
            Word::Final(answer) => return Ok(answer),
            Word::NotKnown => {}
            Word::Undecided(why) => *doubt = Some(why),
        }
    }
    let accounts = match ask_accounts(credential, asker)? {
        Ok(accounts) => accounts,
        Err(Word::Final(answer)) => return Ok(answer),
        Err(refused) => return ask_zones(credential, asker, refused),
    };
    // An account's token sees its own account and no other; what it says of itself is there.
    if let [own] = accounts.as_slice()
        && !credential.accounts.contains(&own.id)
        && let Word::Final(answer) = ask_verify(credential, asker, Some(&own.id))?
    {
        return Ok(Answer { accounts, ..answer });
    }
    Ok(Answer { accounts, ..Verdict::Active.into() })
}

/// `/user/tokens/verify` or `/accounts/{account}/tokens/verify`.
fn ask_verify(
    credential: &Credential,
    asker: &Asker<'_>,
    account: Option<&str>,
) -> Result<Word, Halt> {
    let path = match account {
        None => "/user/tokens/verify".to_owned(),
        Some(account) => format!("/accounts/{account}/tokens/verify"),
    };
    Ok(match ask(credential, asker, &path)? {
        Reply::Success(success) => Word::Final(read_status(&success, account, asker.now())),
        Reply::Refusal(refusal) if refusal.is_location() => {
            Word::Final(Restriction::Location.into())
        }
        // Users' tokens are documented to be refused so, and no other code proves it.
        Reply::Refusal(refusal) if account.is_none() && is_no_user_token(&refusal) => {
            Word::NotKnown
        }
        Reply::Refusal(refusal) if account.is_some() && knows_no_such_token(&refusal) => {
            Word::NotKnown
        }
        Reply::Refusal(refusal) => Word::Undecided(refusal.undecided()),
    })
}

/// 1000 "Invalid API Token", or 6003 with 6111 below it.
fn is_no_user_token(refusal: &Refusal) -> bool {
    matches!(refusal.status, 400 | 401 | 403)
        && (refusal.has(1000) || refusal.has_chain(6003, 6111))
}

/// Sends a request with the token.
fn ask(credential: &Credential, asker: &Asker<'_>, path: &str) -> Result<Reply, Halt> {
    let request =
        Request::api(path).bearer(credential.secret.reveal()).ok_or(NotVerifiable::Malformed)?;
    Ok(Reply::read(&asker.ask(&request)?)?)
}

/// The status, not the mere answer, says whether it is live.
fn read_status(success: &Success, account: Option<&str>, now: Timestamp) -> Answer {
    let text = |name: &str| success.result.get(name).and_then(Value::as_str);
    let moment = |name: &str| text(name).and_then(|text| text.parse::<Timestamp>().ok());
    let token = TokenFacts {
        id: text("id").filter(|id| is_id(id)).map(str::to_owned),
        account: account.map(str::to_owned),
        not_before: moment("not_before"),
        expires: moment("expires_on"),
        ..TokenFacts::default()
    };
    let answer: Answer = match text("status") {
        Some("active") if token.expires.is_some_and(|at| at <= now) => Inactivity::Expired.into(),
        Some("active") if token.not_before.is_some_and(|at| at > now) => Restriction::NotYet.into(),
        Some("active") => Verdict::Active.into(),
        Some("disabled") => Inactivity::Disabled.into(),
        Some("expired") => Inactivity::Expired.into(),
        _ => return Unknown::Unexpected.into(),
    };
    answer.with_token(token)
}

/// The accounts that the token may list, or why it may not.
fn ask_accounts(
    credential: &Credential,
    asker: &Asker<'_>,
) -> Result<Result<Vec<Named>, Word>, Halt> {
    accepted(ask(credential, asker, "/accounts?per_page=5")?)
}

/// The last way to see whether a token is accepted at all, after `/accounts` refused so. 10000 is
/// said of tokens that lack a permission, too, so that one such word alone proves no death.
fn ask_zones(credential: &Credential, asker: &Asker<'_>, refused: Word) -> Result<Answer, Halt> {
    Ok(match (accepted(ask(credential, asker, "/zones?per_page=5")?)?, refused) {
        (Ok(_), _) => Verdict::Active.into(),
        (Err(Word::Final(answer)), _) => answer,
        (Err(Word::NotKnown), Word::NotKnown) => Verdict::Dead.into(),
        (Err(Word::Undecided(why)), _) | (_, Word::Undecided(why)) => why.into(),
        (_, Word::Final(answer)) => answer,
    })
}

/// Reads the answer to a list. An empty list is an answer to a live token, too.
pub(super) fn accepted_list(reply: Reply) -> Result<Vec<Named>, ListRefusal> {
    match reply {
        Reply::Success(success) => {
            let items =
                success.result.as_array().ok_or(ListRefusal::Undecided(Unknown::Unexpected))?;
            Ok(items.iter().filter_map(named).collect())
        }
        Reply::Refusal(refusal) if refusal.is_location() => Err(ListRefusal::Location),
        Reply::Refusal(refusal) if knows_no_such_token(&refusal) => Err(ListRefusal::NotKnown),
        Reply::Refusal(refusal) => Err(ListRefusal::Undecided(refusal.undecided())),
    }
}

/// Why a list was not given.
pub(super) enum ListRefusal {
    /// The token is accepted elsewhere.
    Location,
    /// The API knows no such token.
    NotKnown,
    /// It does not say.
    Undecided(Unknown),
}

fn accepted(reply: Reply) -> Result<Result<Vec<Named>, Word>, Halt> {
    Ok(accepted_list(reply).map_err(|refusal| match refusal {
        ListRefusal::Location => Word::Final(Restriction::Location.into()),
        ListRefusal::NotKnown => Word::NotKnown,
        ListRefusal::Undecided(why) => Word::Undecided(why),
    }))
}

/// The id and name of an account or a zone.
pub(in crate::verify) fn named(item: &Value) -> Option<Named> {
    let id = item.get("id")?.as_str().filter(|id| is_id(id))?;
    let name = item.get("name").and_then(Value::as_str);
    Some(Named { id: id.to_owned(), name: name.map(str::to_owned) })
}
