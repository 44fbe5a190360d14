//! The reflogs under `logs/`: what every ref once pointed to, and who moved it with which message.
//!
//! A line is `<old id> <new id> <name> <e-mail> <time> <zone>\t<message>`.

use bstr::{BStr, BString, ByteSlice};

use super::{
    file::{self, LARGE},
    layout::Layout,
    refs, tables,
};
use crate::model::{Gap, GapReason, ObjectId};

/// One ref's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reflog {
    /// The ref's full name, raw, as [`super::Ref`] has it.
    pub name: BString,
    /// Every id that its lines name, old and new, each once, without the null id; sorted.
    pub ids: Vec<ObjectId>,
    /// The whole file, to be searched.
    pub bytes: Vec<u8>,
}

/// How deep folders of logs may lie in each other.
const MOST_DEPTH: usize = 64;
/// How many logs and folders are read.
const MOST_ENTRIES: usize = 5_000_000;

/// Hands over every reflog of all worktrees, one after the other; what was not read is returned.
pub(super) fn each(layout: &Layout, visit: &mut dyn FnMut(Reflog)) -> Vec<Gap> {
    let (dirs, mut gaps) = refs::git_dirs(layout);
    let mut left = MOST_ENTRIES;
    for (prefix, dir) in dirs {
        if layout.tables {
            let (logs, more) = tables::logs(layout, &dir);
            gaps.extend(more);
            for tables::Log { name, ids, text } in logs {
                let name = [prefix.as_bytes(), &name].concat().into();
                visit(Reflog { name, ids, bytes: text });
            }
        }
        let mut folders = vec![(dir.join("logs"), prefix, 0)];
        while let Some((folder, prefix, depth)) = folders.pop() {
            let entries = match file::list(&folder, left) {
                Ok(entries) => entries,
                Err(error) => {
                    gaps.extend(error.gap(layout.shown(&folder)));
                    continue;
                }
            };
            left = left.saturating_sub(entries.len());
            for (entry, kind) in entries {
                let path = folder.join(&entry);
                let name = [prefix.as_bytes(), file::bytes(entry.as_ref()).as_bytes()].concat();
                if kind.is_dir() && depth < MOST_DEPTH {
                    folders.push((path, [&name[..], b"/"].concat().into(), depth + 1));
                } else if kind.is_dir() {
                    let gap = Gap::new(
                        GapReason::LimitHit,
                        "folders of reflogs lie too deep in each other",
                    );
                    gaps.push(gap.at_path(layout.shown(&path)));
                } else {
                    match file::read(&path, LARGE) {
                        Ok(bytes) => {
                            visit(Reflog {
                                name: name.into(),
                                ids: ids_in(bytes.as_bstr()),
                                bytes,
                            });
                        }
                        Err(error) => gaps.extend(error.gap(layout.shown(&path))),
                    }
                }
            }
        }
    }
    gaps
}

pub(super) fn ids_in(text: &BStr) -> Vec<ObjectId> {
    let fields = text.lines().flat_map(|line| [line.get(..40), line.get(41..81)]);
    let mut ids: Vec<_> =
        fields.filter_map(|hex| ObjectId::from_hex(hex?)).filter(|id| !id.is_null()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ids_of_a_line_count_and_null_does_not() {
        let (zero, a, b) = ("0".repeat(40), "a".repeat(40), "b".repeat(40));
        let text = format!(
            "{zero} {a} N <e> 1 +0000\tcommit (initial): x\n{a} {b} N <e> 2 +0000\ty\nbroken\n{b}"
        );
        let ids: Vec<_> = ids_in(text.as_str().into()).iter().map(ToString::to_string).collect();
        assert_eq!(ids, [a, b]);
    }
}
