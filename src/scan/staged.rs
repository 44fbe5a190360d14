//! Searching what the next commit adds: the index against HEAD and every commit being merged.

use rayon::prelude::*;

use super::{Error, Scanner, Stage, change::Origin, collect::Collector, repository::Opened};
use crate::{detect::Scratch, history, model::Standing};

impl Scanner<'_> {
    /// Searches the staged changes.
    pub(super) fn search_staged(
        &self,
        opened: &Opened,
        collector: &Collector,
    ) -> Result<(), Error> {
        opened.git.more_than_a_bundle("index, hence nothing staged")?;
        let index = opened.git.index()?;
        let staged = history::staged_in(&opened.git, &opened.store, &index);
        collector.gaps(staged.gaps);
        self.progress.begin(Stage::Files, Some(staged.changed.len() as u64));
        let origin = Origin { standing: Standing::Staged, commit: None };
        staged.changed.par_iter().for_each_init(Scratch::default, |scratch, change| {
            if !self.stopped() {
                self.search_change(opened, change, &origin, scratch, collector);
                Collector::count(&collector.files, 1);
            }
        });
        Ok(())
    }
}
