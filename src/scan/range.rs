//! Searching what a range of commits adds: their messages and headers, and of their files the lines
//! that no parent has.

use rayon::prelude::*;

use super::{
    Error, Scanner, Stage, change::Origin, collect::Collector, objects::search_object,
    repository::Opened,
};
use crate::{
    detect::Scratch,
    history::{self, Changed},
    model::{CommitRef, Gap, GapReason, ObjectId, ObjectKind, Place, Standing},
};

impl Scanner<'_> {
    /// Searches what the commits of these ranges add.
    pub(super) fn search_range(
        &self,
        opened: &Opened,
        ranges: &[String],
        collector: &Collector,
    ) -> Result<(), Error> {
        let selection = opened.git.resolve(ranges)?;
        let (starts, gaps) = opened.starts();
        collector.gaps(gaps);
        let (range, gaps) = history::range(&opened.store, &selection, &starts, &|| self.stopped());
        collector.gaps(gaps);
        self.progress.begin(Stage::Objects, Some(range.len() as u64));
        range.par_iter().for_each_init(Scratch::default, |scratch, commit| {
            if !self.stopped() {
                self.search_commit(opened, commit.id, &commit.changes, scratch, collector);
            }
        });
        Ok(())
    }
}
