//! Searching what a range of commits adds: their messages and headers, and of their files the lines
//! that no parent has.

use rayon::prelude::*;

use super::{
    Error, Scanner, Stage, change::Origin, collect::Collector, objects::search_object,
    repository::Opened,
};
use crate::{
    detect::Scratch,
    history::{self, RangeCommit},
    model::{CommitRef, Gap, GapReason, ObjectKind, Place, Standing},
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
        let range = history::range(&opened.store, &selection.include, &selection.exclude, &starts);
        collector.gaps(range.gaps);
        self.progress.begin(Stage::Objects, Some(range.commits.len() as u64));
        range.commits.par_iter().for_each_init(Scratch::default, |scratch, commit| {
            if !self.stopped() {
                self.search_commit(opened, commit, starts.promisor, scratch, collector);
            }
        });
        Ok(())
    }

    /// One commit: its own text, then each file it adds or changes.
    fn search_commit(
        &self,
        opened: &Opened,
        commit: &RangeCommit,
        promisor: bool,
        scratch: &mut Scratch,
        collector: &Collector,
    ) {
        let shown = match history::commit_ref(&opened.store, &commit.id) {
            Ok(shown) => shown,
            Err(gap) => return collector.gap(gap),
        };
        match opened.read(&commit.id) {
            Some(bytes) => self.search_commit_text(commit, &shown, &bytes, scratch, collector),
            None => {
                let gap = Gap::new(GapReason::MissingObject, "a commit of the range is missing");
                collector.gap(gap.at_object(commit.id));
            }
        }
        let (changed, gaps) = history::changed(&opened.store, commit, promisor);
        collector.gaps(gaps);
        let origin = Origin { standing: Standing::History, commit: shown };
        for change in &changed {
            self.search_change(opened, change, &origin, scratch, collector);
        }
    }

    fn search_commit_text(
        &self,
        commit: &RangeCommit,
        shown: &Option<CommitRef>,
        bytes: &[u8],
        scratch: &mut Scratch,
        collector: &Collector,
    ) {
        Collector::count(&collector.objects, 1);
        Collector::count(&collector.commits, 1);
        Collector::count(&collector.bytes, bytes.len() as u64);
        let found = search_object(self.detector, scratch, commit.id, ObjectKind::Commit, bytes);
        for (candidate, found) in found {
            if let Some(spelling) = &found.spelling {
                collector.also_hide(&candidate.secret, spelling);
            }
            let place = Place {
                region: found.region,
                layers: found.layers,
                object: Some(commit.id),
                commit: shown.clone(),
                ..Place::new(found.part, Standing::History)
            };
            collector.add_place(candidate, place);
        }
    }
}
