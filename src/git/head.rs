//! HEAD and the commits being merged into it: all that a look at staged changes needs, read without
//! walking the other refs.

use bstr::{BStr, BString, ByteSlice};

use super::{
    file::{self, FileError, LARGE, SMALL},
    layout::Layout,
    packed_refs,
    ref_value::Value,
    refs::{MOST_HOPS, ids_in, is_per_worktree, no_ids, value_at},
    tables,
};
use crate::model::{Gap, GapReason, ObjectId};

/// Where HEAD points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The branch's full name, raw; `None` when detached.
    pub branch: Option<BString>,
    /// The commit; `None` when the branch is not born yet.
    pub commit: Option<ObjectId>,
}

/// Reads HEAD of the repository's own worktree, and nothing but what leads from it to a commit.
pub(super) fn read(layout: &Layout) -> Result<Head, Gap> {
    let path = layout.git_dir.join("HEAD");
    let shown = layout.shown(&path);
    let missing = || Gap::new(GapReason::Damaged, "HEAD is missing").at_path(shown.clone());
    let head = match layout.tables {
        true => tables::find(layout, &layout.git_dir, b"HEAD")?,
        false => value_at(&path, shown.as_bstr(), |_| ())?,
    };
    let mut next = match head.ok_or_else(missing)? {
        Value::Id(id, _) => return Ok(Head { branch: None, commit: Some(id) }),
        Value::Symbolic(name) => name,
    };
    let branch = next.clone();
    for _ in 0..MOST_HOPS {
        match lookup(layout, next.as_bstr())? {
            None => return Ok(Head { branch: Some(branch), commit: None }),
            Some(Value::Id(id, _)) => return Ok(Head { branch: Some(branch), commit: Some(id) }),
            Some(Value::Symbolic(name)) => next = name,
        }
    }
    Err(Gap::new(GapReason::Damaged, "HEAD leads round in a circle of symbolic refs")
        .at_path(shown))
}

/// Reads one ref of the repository by its full name.
fn lookup(layout: &Layout, name: &BStr) -> Result<Option<Value>, Gap> {
    let base = if is_per_worktree(name) { &layout.git_dir } else { &layout.common_dir };
    if layout.tables {
        return tables::find(layout, base, name);
    }
    let path = base.join(file::path(name));
    let shown = layout.shown(&path);
    if let Some(parent) = file::path(name).parent() {
        let mut folder = base.clone();
        for part in parent.components() {
            folder.push(part);
            match file::real_folder(&folder) {
                Ok(()) | Err(FileError::Missing) => {}
                Err(error) => return error.gap(shown).map_or(Ok(None), Err),
            }
        }
    }
    // A folder of that name only means that there are refs below it.
    if !path.is_dir()
        && let Some(value) = value_at(&path, shown.as_bstr(), |_| ())?
    {
        return Ok(Some(value));
    }
    let packed = layout.common_dir.join("packed-refs");
    match file::read(&packed, LARGE) {
        Ok(bytes) => Ok(packed_refs::find(&bytes, name).map(|id| Value::Id(id, None))),
        Err(error) => error.gap(layout.shown(&packed)).map_or(Ok(None), Err),
    }
}

/// The ids in the repository's own `MERGE_HEAD`.
pub(super) fn merge_heads(layout: &Layout) -> (Vec<ObjectId>, Option<Gap>) {
    let path = layout.git_dir.join("MERGE_HEAD");
    match file::read(&path, SMALL) {
        Ok(text) => match ids_in(&text) {
            ids if ids.is_empty() => (ids, Some(no_ids(layout.shown(&path)))),
            ids => (ids, None),
        },
        Err(error) => (Vec::new(), error.gap(layout.shown(&path))),
    }
}
