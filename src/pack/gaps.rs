//! Gaps gathered by many threads, with a limit for each file so that a wrecked pack does not bury
//! the report.

use std::{collections::HashMap, path::Path, path::PathBuf, sync::Mutex};

use super::map::path_bytes;
use crate::model::{Gap, GapReason};

/// How many gaps one file may have; the rest are only counted.
const MOST: u64 = 100;

/// The gaps of one traversal.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    gaps: Vec<Gap>,
    counts: HashMap<PathBuf, u64>,
}

impl Gaps {
    /// Adds a gap of `file`, which is made only if the limit is not reached.
    pub(crate) fn add(&self, file: &Path, gap: impl FnOnce() -> Gap) {
        let mut inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = match inner.counts.get_mut(file) {
            Some(count) => count,
            None => inner.counts.entry(file.to_owned()).or_default(),
        };
        *count += 1;
        if *count <= MOST {
            inner.gaps.push(gap());
        }
    }

    /// All of them, sorted, with one more for each file that has more than the limit.
    pub(crate) fn finish(self) -> Vec<Gap> {
        let inner = self.inner.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut gaps = inner.gaps;
        for (file, count) in inner.counts {
            if let Some(more @ 1..) = count.checked_sub(MOST) {
                let detail = format!("{more} more objects were not read");
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
        assert!(gaps.iter().any(|gap| gap.detail == "150 more objects were not read"));
    }
}
