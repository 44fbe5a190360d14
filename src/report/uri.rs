//! Raw paths as URI references, by RFC 3986.
//!
//! Bytes are percent-encoded one by one, so a path that is no UTF-8 survives. A relative path stays
//! relative to the repository's root; an absolute one becomes a `file:` URI.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// Everything but `pchar` (RFC 3986 §3.3) and `/`. The sub-delimiters and `@` and `:` are legal in
/// a segment and kept readable.
const NOT_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/');

/// The bytes percent-encoded as a path, nothing added.
pub(super) fn encode(bytes: &[u8]) -> String {
    percent_encode(bytes, NOT_PATH).to_string()
}

/// The URI reference of a path.
///
/// A leading `/` makes it `file:///…`. Leading `./` and repeated slashes are dropped, since viewers
/// compare URIs as text. A colon in the first segment of a relative path would read as a scheme, so
/// there it is encoded as `%3A`: RFC 3986 §4.2 would also have `./` in front, which code scanning
/// does not normalise. An empty path is `.`, the root.
pub(super) fn of_path(path: &[u8]) -> String {
    if path.first() == Some(&b'/') {
        let tail: Vec<_> = segments(path).collect();
        return format!("file:///{}", tail.join("/"));
    }
    let mut parts: Vec<String> = segments(path).collect();
    match parts.first_mut() {
        Some(first) => *first = first.replace(':', "%3A"),
        None => return ".".to_owned(),
    }
    parts.join("/")
}

fn segments(path: &[u8]) -> impl Iterator<Item = String> {
    path.split(|&b| b == b'/').filter(|part| !part.is_empty() && part != b".").map(encode)
}

/// A remote's address as an absolute URI without user, password, query or fragment; `None` where it
/// is none (a local path, `host:path`) or of a scheme that names no place others can see.
pub(super) fn of_remote(remote: &str) -> Option<String> {
    let (scheme, rest) = remote.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "https" | "http" | "ssh" | "git") {
        return None;
    }
    let rest = rest.split(['?', '#']).next()?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:[]".contains(&b);
    if host.is_empty() || !host.bytes().all(plain) {
        return None;
    }
    // The path may hold percent signs that are encodings already; they stay when well-formed.
    let path = if is_encoded(path) { path.to_owned() } else { encode(path.as_bytes()) };
    Some(format!("{scheme}://{host}/{path}"))
}

/// Whether the text needs no encoding: only legal characters, each `%` followed by two hex digits.
fn is_encoded(path: &str) -> bool {
    let mut pieces = path.split('%');
    let head = pieces.next().unwrap_or_default();
    encode(head.as_bytes()) == head
        && pieces.all(|piece| {
            piece.len() >= 2
                && piece.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit)
                && encode(piece.as_bytes()) == piece
        })
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths() {
        for (path, uri) in [
            (&b"src/a.rs"[..], "src/a.rs"),
            (b"a b/c#d?e%f", "a%20b/c%23d%3Fe%25f"),
            (b"caf\xe9/\xff", "caf%E9/%FF"),
            ("é/日".as_bytes(), "%C3%A9/%E6%97%A5"),
            (b"a:b/c:d", "a%3Ab/c:d"),
            (b"/etc/x y", "file:///etc/x%20y"),
            (b"//host/x", "file:///host/x"),
            (b"./a//b/./c", "a/b/c"),
            (b"../up", "../up"),
            (b"\x1b[2J\n\\", "%1B%5B2J%0A%5C"),
            (b"", "."),
        ] {
            assert_eq!(of_path(path), uri);
        }
    }

    #[test]
    fn remotes_lose_their_credentials() {
        for (remote, uri) in [
            ("https://github.com/o/r.git", Some("https://github.com/o/r.git")),
            ("https://user:pass@github.com/o/r?x=y#z", Some("https://github.com/o/r")),
            ("HTTPS://a@b@host:8443", Some("https://host:8443/")),
            ("ssh://git@host/o/r", Some("ssh://host/o/r")),
            ("https://host/a%20b/c d", Some("https://host/a%2520b/c%20d")),
            ("https://host/a%20b", Some("https://host/a%20b")),
            ("git@github.com:o/r.git", None),
            ("/srv/git/r.git", None),
            ("file:///srv/r.git", None),
            ("https:///x", None),
            ("https://ho st/x", None),
            ("ext::sh -c evil", None),
        ] {
            assert_eq!(of_remote(remote).as_deref(), uri, "{remote}");
        }
    }

    proptest! {
        #[test]
        fn encoding_keeps_every_byte(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let encoded = encode(&bytes);
            prop_assert!(encoded.is_ascii());
            prop_assert_eq!(percent_decode_str(&encoded).collect::<Vec<u8>>(), bytes);
        }

        #[test]
        fn a_relative_path_never_reads_as_a_scheme(bytes in proptest::collection::vec(any::<u8>(), 1..50)) {
            let uri = of_path(&bytes);
            prop_assert!(bytes[0] == b'/' || !uri.split('/').next().unwrap_or_default().contains(':'));
        }

        #[test]
        fn no_remote_panics_or_keeps_a_user(text in any::<String>()) {
            if let Some(uri) = of_remote(&format!("https://{text}")) {
                let host = uri["https://".len()..].split('/').next().unwrap_or_default().to_owned();
                prop_assert!(!host.contains('@'));
            }
        }
    }
}
