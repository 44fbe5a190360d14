//! How a place is named: for a person, and as a URI.

use bstr::ByteSlice;

use crate::model::{Part, Place, Region, Standing};

use super::{escape::human, uri};

/// Where to look, for a person: `path:line:column` where there is a path, else the object and the
/// part of it, with the repository it is in where there are several. Safe to print.
pub(super) fn label(place: &Place) -> String {
    let label = label_inside(place);
    match (&place.repository, &place.path) {
        // A path says it itself.
        (Some(repository), None) => format!("{label}, in {}", human(repository)),
        _ => label,
    }
}

fn label_inside(place: &Place) -> String {
    let inside = place.member.as_ref().map(|member| format!("!{}", human(member)));
    let inside = inside.unwrap_or_default();
    let path = place.path.as_ref().map(|path| human(path) + &inside);
    let object = place.object.or(place.commit.as_ref().map(|commit| commit.id));
    let object = object.map_or_else(|| "unknown".to_owned(), |id| id.short());
    let (base, clickable) = match (place.part, path) {
        (Part::Content | Part::Config, Some(path)) => (path, true),
        (Part::SymlinkTarget, Some(path)) => (format!("{path} (target of the link)"), false),
        (Part::FileName, Some(path)) => (format!("{path} (the name itself)"), false),
        (Part::RefName, Some(path)) => (format!("{path} (the ref's name)"), false),
        (Part::Reflog, Some(path)) => (format!("reflog of {path}"), false),
        (Part::CommitMessage, _) => (format!("message of commit {object}"), false),
        (Part::CommitHeader, _) => (format!("header of commit {object}"), false),
        (Part::TagMessage, _) => (format!("message of tag {object}"), false),
        (Part::TagHeader, _) => (format!("header of tag {object}"), false),
        (Part::Content | Part::SymlinkTarget, None) => (format!("blob {object}{inside}"), false),
        (Part::FileName, None) => (format!("a name in tree {object}"), false),
        (Part::RefName, None) => ("a ref's name".to_owned(), false),
        (Part::Reflog, None) => ("a reflog".to_owned(), false),
        (Part::Config, None) => ("the repository's configuration".to_owned(), false),
    };
    match place.region {
        Some(region) if clickable => {
            format!("{base}:{}:{}", region.start.line, region.start.column)
        }
        Some(region) => {
            format!("{base}, line {} column {}", region.start.line, region.start.column)
        }
        None => base,
    }
}

/// What holds it, where that is not simply a file's content.
pub(super) fn part(part: Part) -> Option<&'static str> {
    match part {
        Part::Content => None,
        Part::SymlinkTarget => Some("in a link's target"),
        Part::FileName => Some("in a file's name"),
        Part::CommitMessage => Some("in a commit's message"),
        Part::CommitHeader => Some("in a commit's header"),
        Part::TagMessage => Some("in a tag's message"),
        Part::TagHeader => Some("in a tag's header"),
        Part::RefName => Some("in a ref's name"),
        Part::Reflog => Some("in a reflog"),
        Part::Config => Some("in the repository's configuration"),
    }
}

/// Where it stands in the life of the repository, for a person.
pub(super) fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::WorkTree => "in the work tree",
        Standing::Staged => "staged for the next commit",
        Standing::AtHead => "still at HEAD",
        Standing::History => "only in history",
        Standing::Unreachable => "unreachable, no ref leads to it",
        Standing::Repository => "in the repository's own files",
    }
}

/// The URI reference of what holds the place, relative to the repository's root where it can be.
///
/// What has no path in a tree is named by where git itself keeps it, below `.git/`: an object as
/// `.git/objects/ab/cdef…` (as if it were loose), a ref as `.git/refs/…`, a reflog as
/// `.git/logs/…`. No tracked file can have such a path, so a viewer never shows a wrong file.
pub(super) fn uri_of(place: &Place) -> String {
    let folder = git_folder(place);
    let below = |name: &[u8]| uri::of_path(&[&folder, &b"/"[..], name].concat());
    match (place.part, inner_path(place)) {
        (Part::RefName, name) => below(name.unwrap_or(b"refs")),
        (Part::Reflog, Some(name)) => below(&[b"logs/", name].concat()),
        (Part::Reflog, None) => below(b"logs"),
        (Part::Config, None) => below(b"config"),
        (Part::Content | Part::SymlinkTarget | Part::FileName | Part::Config, Some(_)) => {
            uri::of_path(place.path.as_deref().map_or(&b""[..], |path| path))
        }
        _ => match place.object.or(place.commit.as_ref().map(|commit| commit.id)) {
            Some(id) => below(object_path(&id.to_string()).as_bytes()),
            None => below(b"objects"),
        },
    }
}

/// The git folder of the repository that a place is in, as far as its name says: that of a submodule is
/// named itself, of others their work tree.
fn git_folder(place: &Place) -> Vec<u8> {
    match place.repository.as_deref() {
        None => b".git".to_vec(),
        Some(name) if name.starts_with(b".git/") || name.contains_str("/.git/") => name.to_vec(),
        Some(name) => [name.trim_end_with(|c| c == '/'), b"/.git"].concat(),
    }
}

/// The path inside the repository.
fn inner_path(place: &Place) -> Option<&[u8]> {
    let path = place.path.as_deref()?;
    let inside = place.repository.as_deref().and_then(|name| {
        let rest = path.strip_prefix(name.trim_end_with(|c| c == '/'))?;
        rest.strip_prefix(b"/")
    });
    Some(inside.unwrap_or(path))
}

/// Where git would keep this object loose, by its URI.
pub(super) fn object_uri(id: &str) -> String {
    format!(".git/{}", object_path(id))
}

fn object_path(id: &str) -> String {
    let (fan, rest) = id.split_at_checked(2).unwrap_or((id, ""));
    format!("objects/{fan}/{rest}")
}

/// Where in a container it stands: `line 3 column 14 of 'app/.env'`; `None` outside containers. The
/// name is raw.
pub(super) fn inside(place: &Place) -> Option<String> {
    let of = match &place.member {
        _ if !place.is_inside() => return None,
        Some(member) => format!("'{}'", member.to_str_lossy()),
        None => "what is compressed in it".to_owned(),
    };
    Some(match place.region {
        Some(Region { start, .. }) => {
            format!("line {} column {} of {of}", start.line, start.column)
        }
        None => format!("the name of {of}"),
    })
}

/// Where in what was decoded it stands: `line 3 column 14 of the decoded text`; `None` where that has
/// no lines of its own.
pub(super) fn decoded(place: &Place) -> Option<String> {
    let Region { start, .. } = place.inner?;
    Some(format!("line {} column {} of the decoded text", start.line, start.column))
}

/// The name of a place that no file holds, for SARIF's logical locations: `commit <id> message`,
/// `backup.zip!app/.env:3:14`. `None` where a path says it all.
pub(super) fn logical(place: &Place) -> Option<String> {
    if place.is_inside() {
        return Some(label(place));
    }
    let id = place.object.or(place.commit.as_ref().map(|commit| commit.id))?;
    match place.part {
        Part::CommitMessage => Some(format!("commit {id} message")),
        Part::CommitHeader => Some(format!("commit {id} header")),
        Part::TagMessage => Some(format!("tag {id} message")),
        Part::TagHeader => Some(format!("tag {id} header")),
        Part::Content | Part::SymlinkTarget if place.path.is_none() => Some(format!("blob {id}")),
        Part::FileName if place.path.is_none() => Some(format!("tree {id}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Layer, ObjectId, Position};

    fn place(part: Part, path: Option<&str>) -> Place {
        let mut place = Place::new(part, Standing::History);
        place.path = path.map(Into::into);
        place.object = Some(ObjectId([0xab; 20]));
        let position = |column| Position { line: 3, column };
        place.region = Some(Region { start: position(9), end: position(12) });
        place
    }

    #[test]
    fn places_with_a_path() {
        let content = place(Part::Content, Some("a/b\x1b c"));
        assert_eq!(label(&content), r"a/b\x1b c:3:9");
        assert_eq!(uri_of(&content), "a/b%1B%20c");
        assert_eq!(logical(&content), None);
        let name = place(Part::RefName, Some("refs/heads/x y"));
        assert_eq!(uri_of(&name), ".git/refs/heads/x%20y");
        let log = place(Part::Reflog, Some("HEAD"));
        assert_eq!(uri_of(&log), ".git/logs/HEAD");
        assert_eq!(label(&log), "reflog of HEAD, line 3 column 9");
    }

    #[test]
    fn places_inside_containers() {
        let mut inside = place(Part::Content, Some("backup.zip"));
        inside.layers = vec![Layer::Zip];
        inside.member = Some("app\n/.env".into());
        assert_eq!(label(&inside), r"backup.zip!app\n/.env:3:9");
        assert_eq!(uri_of(&inside), "backup.zip");
        assert_eq!(logical(&inside).as_deref(), Some(r"backup.zip!app\n/.env:3:9"));
        inside.path = None;
        assert_eq!(label(&inside), r"blob ababababab!app\n/.env, line 3 column 9");
        (inside.member, inside.layers) = (None, vec![Layer::Gzip]);
        assert_eq!(
            super::inside(&inside).as_deref(),
            Some("line 3 column 9 of what is compressed in it")
        );
    }

    #[test]
    fn places_in_one_of_several_repositories() {
        for (name, git_folder) in [
            (".git/modules/x", ".git/modules/x"),
            ("sub", "sub/.git"),
            ("sub/.git/modules/y", "sub/.git/modules/y"),
            ("/srv/a b/", "file:///srv/a%20b/.git"),
        ] {
            let inside = |part, path: Option<&str>| {
                let mut place = place(part, path);
                place.repository = Some(name.into());
                uri_of(&place)
            };
            let below = format!("{}/refs/heads/x", name.trim_end_matches('/'));
            assert_eq!(inside(Part::RefName, Some(&below)), format!("{git_folder}/refs/heads/x"));
            let object = format!("{git_folder}/objects/ab/{}", "ab".repeat(19));
            assert_eq!(inside(Part::CommitMessage, None), object);
        }
        let mut content = place(Part::Content, Some("sub/file"));
        content.repository = Some("sub".into());
        assert_eq!(uri_of(&content), "sub/file");
    }

    #[test]
    fn places_without_a_path() {
        let message = place(Part::CommitMessage, None);
        assert_eq!(label(&message), "message of commit ababababab, line 3 column 9");
        assert_eq!(uri_of(&message), format!(".git/objects/ab/{}", "ab".repeat(19)));
        assert_eq!(logical(&message), Some(format!("commit {} message", "ab".repeat(20))));
        let blob = place(Part::Content, None);
        assert_eq!(label(&blob), "blob ababababab, line 3 column 9");
        let mut nowhere = place(Part::TagMessage, None);
        nowhere.object = None;
        assert_eq!(uri_of(&nowhere), ".git/objects");
        assert_eq!(logical(&nowhere), None);
    }
}
