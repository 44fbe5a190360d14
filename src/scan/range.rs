//! Searching what a range of commits adds: their messages and headers, and of their files the lines
//! that no parent has.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Error, Scanner, Stage, change::Origin, collect::Collector, placing::search_object,
    repository::Opened,
};
use crate::{
    detect::Scratch,
    history::{self, Changed, RangeCommit, Starts},
    model::{CommitRef, Finding, Gap, GapReason, ObjectId, ObjectKind, Place, Standing},
};

/// The commits of all ranges, each once. Every range counts by itself, so that `A..B` with `B..C` is
/// `A..C`, where `git rev-list` would leave out what `B` reaches; a `^A` of its own leaves out of all.
fn commits_of(
    opened: &Opened,
    ranges: &[String],
    starts: &Starts,
    collector: &Collector,
) -> Result<Vec<RangeCommit>, Error> {
    let (without, ranges): (Vec<&String>, Vec<&String>) =
        ranges.iter().partition(|range| range.starts_with('^'));
    opened.git.resolve(&without)?;
    let mut commits: Vec<RangeCommit> = Vec::new();
    let mut known = FxHashSet::default();
    for range in ranges {
        let specs: Vec<&String> = without.iter().copied().chain([range]).collect();
        let selection = opened.git.resolve(&specs)?;
        let range = history::range(&opened.store, &selection.include, &selection.exclude, starts);
        collector.gaps(range.gaps);
        commits.extend(range.commits.into_iter().filter(|commit| known.insert(commit.id)));
    }
    Ok(commits)
}

impl Scanner<'_> {
    /// Searches what the commits of these ranges add.
    pub(super) fn search_range(
        &self,
        opened: &Opened,
        ranges: &[String],
        collector: &Collector,
    ) -> Result<(), Error> {
        let (starts, gaps) = opened.starts();
        collector.gaps(gaps);
        let commits = commits_of(opened, ranges, &starts, collector)?;
        self.progress.begin(Stage::Objects, Some(commits.len() as u64));
        commits.par_iter().for_each_init(Scratch::default, |scratch, commit| {
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
        self.search_changes(opened, &changed, &origin, scratch, collector);
    }

    /// All files of one commit. A tree made to unfold without end has one blob at millions of paths:
    /// a clean one is read once, and one with secrets as often as places are listed.
    fn search_changes(
        &self,
        opened: &Opened,
        changed: &[Changed],
        origin: &Origin,
        scratch: &mut Scratch,
        collector: &Collector,
    ) {
        let mut left: FxHashMap<ObjectId, usize> = FxHashMap::default();
        let mut unlisted = 0_u64;
        for change in changed {
            if self.stopped() {
                break;
            }
            match left.get_mut(&change.blob) {
                Some(0) => self.search_new_name(change, origin, scratch, collector),
                Some(1) => {
                    unlisted += 1;
                    self.search_new_name(change, origin, scratch, collector);
                }
                known => {
                    let has_secret = self.search_change(opened, change, origin, scratch, collector);
                    match known {
                        Some(left) => *left -= 1,
                        None => {
                            let times = if has_secret { Finding::MOST_PLACES } else { 0 };
                            left.insert(change.blob, times);
                        }
                    }
                }
            }
        }
        if unlisted > 0 {
            let detail = format!(
                "one commit has files with the same secrets at too many paths; {unlisted} more of \
                 them are not listed"
            );
            collector.gap(Gap::new(GapReason::LimitHit, detail));
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
                inner: found.inner,
                object: Some(commit.id),
                commit: shown.clone(),
                ..Place::new(found.part, Standing::History)
            };
            collector.add_place(candidate, place);
        }
    }
}
