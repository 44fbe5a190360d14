//! Reftables: refs and their logs in binary tables instead of files (git's
//! `technical/reftable.txt`, versions 1 and 2).
//!
//! `reftable/tables.list` in a git folder names the tables, the oldest first; what a later one says of a
//! ref or a log entry replaces or deletes what an earlier one says.

mod log;
mod record;
mod table;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice};

pub(super) use self::log::Log;
use self::table::Table;
use super::{
    file::{self, FileError, LARGE, SMALL},
    layout::Layout,
    ref_value::Value,
};
use crate::model::{Gap, GapReason};

/// How often the list is read again because a table that it names has gone.
const MOST_LOOKS: usize = 5;
/// How many tables a list may name; git merges them long before.
const MOST_TABLES: usize = 10_000;

/// Whether a git folder has tables.
pub(super) fn are_in(dir: &Path) -> bool {
    file::exists(&dir.join("reftable"))
}

/// The refs of one git folder, and what was not read of them.
pub(super) fn refs(layout: &Layout, dir: &Path) -> (Vec<(BString, Value)>, Vec<Gap>) {
    let (tables, gaps) = tables(layout, dir);
    let mut all = std::collections::BTreeMap::new();
    for table in tables {
        for (name, value) in table.refs {
            match value {
                Some(value) => drop(all.insert(name, value)),
                None => drop(all.remove(&name)),
            }
        }
    }
    (all.into_iter().collect(), gaps)
}

/// One ref of a git folder, read without the others' logs.
pub(super) fn find(layout: &Layout, dir: &Path, name: &[u8]) -> Result<Option<Value>, Gap> {
    let (refs, gaps) = refs(layout, dir);
    match refs.into_iter().find(|(known, _)| known == name) {
        Some((_, value)) => Ok(Some(value)),
        None => gaps.into_iter().next().map_or(Ok(None), Err),
    }
}

/// The logs of one git folder, and what was not read of them.
pub(super) fn logs(layout: &Layout, dir: &Path) -> (Vec<Log>, Vec<Gap>) {
    let (tables, gaps) = tables(layout, dir);
    (log::merged(tables), gaps)
}

/// All tables that the list names, the oldest first.
fn tables(layout: &Layout, dir: &Path) -> (Vec<Table>, Vec<Gap>) {
    let folder = dir.join("reftable");
    let mut looks = 0;
    loop {
        looks += 1;
        let (tables, gaps, gone) = look(layout, &folder);
        match gone {
            Some(_) if looks < MOST_LOOKS => {}
            Some(path) => {
                let gap = Gap::new(GapReason::MissingObject, "a table of refs is not there");
                return (tables, [gaps, vec![gap.at_path(layout.shown(&path))]].concat());
            }
            None => return (tables, gaps),
        }
    }
}

/// One look at the list and its tables; also the first table that has gone.
fn look(layout: &Layout, folder: &Path) -> (Vec<Table>, Vec<Gap>, Option<PathBuf>) {
    let (mut tables, mut gaps, mut gone) = (Vec::new(), Vec::new(), None);
    let list = folder.join("tables.list");
    let names = match file::real_folder(folder).and_then(|()| file::read(&list, SMALL)) {
        Ok(names) => names,
        // A worktree without refs of its own.
        Err(FileError::Missing) => return (tables, gaps, None),
        Err(error) => {
            gaps.extend(error.gap(layout.shown(&list)));
            return (tables, gaps, None);
        }
    };
    let mut room = table::ROOM;
    for name in names.lines().filter(|name| !name.is_empty()).take(MOST_TABLES) {
        let path = folder.join(file::path(name));
        if name.contains(&b'/') || name == b".." {
            let gap = Gap::new(GapReason::OutsideRepository, "a table of refs is elsewhere");
            gaps.push(gap.at_path(layout.shown(&list)));
            continue;
        }
        match file::read(&path, LARGE) {
            Ok(bytes) => {
                let (table, wrong) = Table::read(&bytes, &mut room);
                tables.push(table);
                gaps.extend(
                    wrong.map(|(reason, detail)| {
                        Gap::new(reason, detail).at_path(layout.shown(&path))
                    }),
                );
            }
            Err(FileError::Missing) => {
                gone.get_or_insert(path);
            }
            Err(error) => gaps.extend(error.gap(layout.shown(&path))),
        }
    }
    (tables, gaps, gone)
}
