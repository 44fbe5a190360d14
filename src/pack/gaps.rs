//! Gaps gathered by many threads, with a limit for each file so that a wrecked pack does not bury
//! the report.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::map::path_bytes;
use crate::model::{Gap, GapReason};

/// How many gaps one file may have; the rest are only counted.
const MOST: usize = 100;

/// The gaps of one traversal.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    files: Mutex<HashMap<PathBuf, OfFile>>,
}

#[derive(Debug, Default)]
struct OfFile {
    /// The first ones in their own order, not in that of the threads, so that each run names the
    /// same.
    first: BTreeSet<Gap>,
    unnamed: u64,
}

impl Gaps {
    /// Adds a gap of `file`.
    pub(crate) fn add(&self, file: &Path, gap: impl FnOnce() -> Gap) {
        let gap = gap();
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let of_file = match files.get_mut(file) {
            Some(of_file) => of_file,
            None => files.entry(file.to_owned()).or_default(),
        };
        of_file.first.insert(gap);
        if of_file.first.len() > MOST {
            of_file.first.pop_last();
            of_file.unnamed += 1;
        }
    }

    /// All of them, sorted, with one more for each file that has more than the limit.
    pub(crate) fn finish(self) -> Vec<Gap> {
        let files = self.files.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut gaps = Vec::new();
        for (file, OfFile { first, unnamed }) in files {
            gaps.extend(first);
            if unnamed > 0 {
                let detail = format!("{unnamed} more objects were not read");
                gaps.push(Gap::new(GapReason::Damaged, detail).at_path(path_bytes(&file)));
            }
        }
        gaps.sort_unstable();
        gaps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrecked_file_has_at_most_a_hundred_gaps_and_one_with_the_count() {
        let gaps = Gaps::default();
        for number in 0..250 {
            gaps.add(Path::new("a"), || Gap::new(GapReason::Damaged, format!("{number}")));
        }
        gaps.add(Path::new("b"), || Gap::new(GapReason::Damaged, "one"));
        let gaps = gaps.finish();
        assert_eq!(gaps.len(), 102);
        assert!(
            gaps.iter().any(|gap| gap.detail == "0") && !gaps.iter().any(|gap| gap.detail == "99")
        );
        assert!(gaps.iter().any(|gap| gap.detail == "150 more objects were not read"));
    }
}
