//! The file `packed-refs`: one line per ref, `<id> <name>`, and after an annotated tag `^<id>` of the
//! object it peels to (git's `refs/packed-backend.c`).

use bstr::{BStr, ByteSlice};
use memchr::memmem;

use crate::model::ObjectId;

/// One ref of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Packed<'a> {
    /// The full name, raw.
    pub(super) name: &'a BStr,
    /// What it points to.
    pub(super) target: ObjectId,
    /// What an annotated tag peels to.
    pub(super) peeled: Option<ObjectId>,
}

/// All refs of the file, and the number of lines that made no sense.
pub(super) fn parse(bytes: &[u8]) -> (Vec<Packed<'_>>, usize) {
    let mut refs: Vec<Packed<'_>> = Vec::new();
    let mut damaged = 0;
    for line in bytes.lines() {
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        if let Some(hex) = line.strip_prefix(b"^") {
            match (refs.last_mut(), ObjectId::from_hex(hex)) {
                (Some(tag), Some(id)) if tag.peeled.is_none() => tag.peeled = Some(id),
                _ => damaged += 1,
            }
            continue;
        }
        match line_of(line) {
            Some(packed) => refs.push(packed),
            None => damaged += 1,
        }
    }
    (refs, damaged)
}

fn line_of(line: &[u8]) -> Option<Packed<'_>> {
    let (hex, name) = line.split_at_checked(40)?;
    let name = name.strip_prefix(b" ").filter(|name| super::ref_name::is_name(name))?;
    Some(Packed { name: name.as_bstr(), target: ObjectId::from_hex(hex)?, peeled: None })
}

/// The one ref of that full name, without looking at the others.
pub(super) fn find(bytes: &[u8], name: &BStr) -> Option<ObjectId> {
    memmem::find_iter(bytes, name.as_bytes()).find_map(|at| {
        let end = at + name.len();
        let ends = bytes.get(end).is_none_or(|&next| next == b'\n' || next == b'\r');
        let start = at.checked_sub(41).filter(|&start| start == 0 || bytes[start - 1] == b'\n')?;
        line_of(&bytes[start..end]).filter(|_| ends).map(|packed| packed.target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: &str) -> ObjectId {
        digit.repeat(40).parse().unwrap()
    }

    fn text() -> String {
        let (a, b, c) = (id("a"), id("b"), id("c"));
        format!(
            "# pack-refs with: peeled fully-peeled sorted \n{a} refs/heads/main\n{b} refs/tags/v1\n^{c}\n{c} refs/x"
        )
    }

    #[test]
    fn refs_and_what_tags_peel_to_are_read() {
        let text = text();
        let (refs, damaged) = parse(text.as_bytes());
        assert_eq!(damaged, 0);
        let names: Vec<_> = refs
            .iter()
            .map(|packed| (packed.name.to_string(), packed.target, packed.peeled))
            .collect();
        assert_eq!(
            names,
            [
                ("refs/heads/main".to_owned(), id("a"), None),
                ("refs/tags/v1".to_owned(), id("b"), Some(id("c"))),
                ("refs/x".to_owned(), id("c"), None),
            ]
        );
    }

    #[test]
    fn damaged_lines_are_counted_and_the_rest_is_read() {
        let good = format!("{} refs/heads/main", id("a"));
        let text = format!(
            "^{}\nshort\n{}\n{good}\n{} ../../escape\n^zz\n",
            id("b"),
            "é".repeat(40),
            id("c")
        );
        let (refs, damaged) = parse(text.as_bytes());
        assert_eq!((refs.len(), damaged), (1, 5));
    }

    #[test]
    fn one_ref_is_found_by_its_whole_name_only() {
        let text = text();
        let find = |name: &str| find(text.as_bytes(), name.into());
        assert_eq!(find("refs/heads/main"), Some(id("a")));
        assert_eq!(find("refs/x"), Some(id("c")));
        for name in ["refs/heads/mai", "heads/main", "refs/tags/v1\n", "", "peeled"] {
            assert_eq!(find(name), None, "{name}");
        }
    }
}
