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

#[cfg(test)]
mod tests {
    use std::{
        sync::{Mutex, atomic::AtomicBool},
        time::Duration,
    };

    use super::*;
    use crate::verify::{Response, SystemClock, Transport, TransportError};

    /// Gives the pages in turn and notes what was asked.
    struct Pages(Mutex<Vec<(u16, String)>>, Mutex<Vec<String>>);

    impl Transport for Pages {
        fn send(&self, request: &Request) -> Result<Response, TransportError> {
            self.1.lock().unwrap().push(request.path.clone());
            let mut pages = self.0.lock().unwrap();
            if pages.is_empty() {
                return Err(TransportError::Broken);
            }
            let (status, body) = pages.remove(0);
            Ok(Response::new(status, Vec::new(), body.into_bytes()))
        }
    }

    fn page(items: usize, info: &str) -> (u16, String) {
        let items = vec!["{}"; items].join(",");
        (200, format!(r#"{{"success":true,"errors":[],"messages":[],"result":[{items}]{info}}}"#))
    }

    /// How many items, whether there are more, and what was asked.
    fn read(path: &str, pages: Vec<(u16, String)>) -> (Option<(usize, bool)>, Vec<String>) {
        let transport = Pages(Mutex::new(pages), Mutex::default());
        let (clock, stop) = (SystemClock::start(), AtomicBool::new(false));
        let asker = Asker::new(&transport, &clock, &stop, Duration::from_secs(60));
        let listed = list(&asker, path, 2, 3, |request| request.bearer(b"x"));
        let listed = listed.ok().and_then(Result::ok).map(|l| (l.items.len(), l.is_cut));
        (listed, transport.1.into_inner().unwrap())
    }

    #[test]
    fn pages_are_read_to_the_last_or_to_the_limit() {
        let of = |pages: u64| format!(r#","result_info":{{"page":1,"total_pages":{pages}}}"#);
        for (pages, expected) in [
            (vec![page(2, &of(2)), page(1, &of(2))], Some((3, false))),
            (vec![page(2, &of(1))], Some((2, false))),
            (vec![page(2, ""), page(2, ""), page(0, "")], Some((4, false))),
            (vec![page(1, "")], Some((1, false))),
            (vec![page(2, &of(9)), page(2, &of(9)), page(2, &of(9))], Some((6, true))),
            (vec![page(2, &of(9)), (403, "<html>".to_owned())], Some((2, true))),
            (vec![page(2, &of(9)), page(0, &of(9))], Some((2, false))),
            (vec![(403, "<html>".to_owned())], None),
            (vec![(200, r#"{"success":true,"errors":[],"result":{}}"#.to_owned())], None),
        ] {
            assert_eq!(read("/zones", pages.clone()).0, expected, "{pages:?}");
        }
        let (_, asked) = read("/zones?a=b", vec![page(2, ""), page(1, "")]);
        assert_eq!(asked, ["/zones?a=b&page=1&per_page=2", "/zones?a=b&page=2&per_page=2"]);
    }
}
