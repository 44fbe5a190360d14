//! Lists of the API that come in pages.

use serde_json::Value;

use super::{
    asker::Asker,
    envelope::{Refusal, Reply},
    request::Request,
};
use crate::model::Unknown;

/// What a list came to.
pub struct Listed {
    /// The items that were read.
    pub items: Vec<Value>,
    /// Whether there are more, which a limit or a failure kept away.
    pub is_cut: bool,
}

/// Reads a list, page after page (`page` and `per_page`), until a page is short, the service says
/// that there is no more, or `most_pages` are read. `path` may have a query of its own; `with`
/// gives the request its credential. What fails after the first page cuts the list.
///
/// # Errors
/// Why there is no answer, or the refusal, of the first page.
pub fn list(
    asker: &Asker<'_>,
    path: &str,
    per_page: usize,
    most_pages: u64,
    with: impl Fn(Request) -> Option<Request>,
) -> Result<Result<Listed, Refusal>, Unknown> {
    let mark = if path.contains('?') { '&' } else { '?' };
    let mut items = Vec::new();
    for page in 1..=most_pages {
        let request = Request::api(format!("{path}{mark}page={page}&per_page={per_page}"));
        let reply = with(request)
            .ok_or(Unknown::Unexpected)
            .and_then(|request| Reply::read(&asker.ask(&request)?));
        let success = match reply {
            Ok(Reply::Success(success)) => success,
            _ if page > 1 => return Ok(Ok(Listed { items, is_cut: true })),
            Ok(Reply::Refusal(refusal)) => return Ok(Err(refusal)),
            Err(why) => return Err(why),
        };
        let Value::Array(more) = success.result else { return Err(Unknown::Unexpected) };
        let is_last = match success.pages {
            Some(pages) => page >= pages,
            None => more.len() < per_page,
        };
        let is_empty = more.is_empty();
        items.extend(more);
        if is_last || is_empty {
            return Ok(Ok(Listed { items, is_cut: false }));
        }
    }
    Ok(Ok(Listed { items, is_cut: true }))
}
