//! Searching what a change adds: of a changed file, only the lines that no parent has.

use super::{
    Scanner,
    collect::Collector,
    repository::{Opened, SYMLINK_MODE},
};
use crate::{
    detect::{Candidate, Locator, Scratch, line_hashes},
    history::{Changed, added_lines},
    model::{CommitRef, Gap, GapReason, Part, Place, Region, Standing},
};

/// What places of a change have in common.
pub(super) struct Origin {
    pub(super) standing: Standing,
    pub(super) commit: Option<CommitRef>,
}

impl Scanner<'_> {
    /// Searches a changed file's content, and its name if that is new. Says whether the content holds
    /// a secret, be it on a changed line or not.
    pub(super) fn search_change(
        &self,
        opened: &Opened,
        change: &Changed,
        origin: &Origin,
        scratch: &mut Scratch,
        collector: &Collector,
    ) -> bool {
        self.search_new_name(change, origin, scratch, collector);
        let mut text = Vec::new();
        match opened.store.read(&change.blob, &mut text) {
            Ok(Some(_)) => {}
            Ok(None) => {
                let gap = Gap::new(GapReason::MissingObject, "the file's content is missing");
                collector.gap(gap.at_path(change.path.clone()).at_object(change.blob));
                return false;
            }
            Err(error) => {
                let gap = Gap::new(GapReason::Damaged, error.to_string());
                collector.gap(gap.at_path(change.path.clone()).at_object(change.blob));
                return false;
            }
        }
        Collector::count(&collector.objects, 1);
        Collector::count(&collector.bytes, text.len() as u64);
        self.progress.advance(1, text.len() as u64);
        let found = self.detector.detect(&text, scratch);
        if found.is_empty() {
            return false;
        }
        let old: Vec<Vec<u8>> =
            change.parents.iter().flatten().filter_map(|id| opened.read(id)).collect();
        let old: Vec<&[u8]> = old.iter().map(Vec::as_slice).collect();
        let added = added_lines(&text, &old);
        let mut locator = Locator::new(&text);
        for candidate in found {
            if !added.touches(candidate.span) {
                continue;
            }
            let region = locator.region(&text, 0, candidate.span);
            let line = region.start.line;
            let mut place = place_of(change, origin, &candidate, Some(region));
            place.line_hash = line_hashes(&text, &[line]).remove(&line);
            collector.add_place(candidate, place);
        }
        true
    }

    /// Searches the path of a file that no parent has.
    pub(super) fn search_new_name(
        &self,
        change: &Changed,
        origin: &Origin,
        scratch: &mut Scratch,
        collector: &Collector,
    ) {
        if change.parents.iter().any(Option::is_some) {
            return;
        }
        for candidate in self.detector.detect(&change.path, scratch) {
            collector.also_hide(&candidate.secret, candidate.span.of(&change.path));
            let mut place = place_of(change, origin, &candidate, None);
            place.part = Part::FileName;
            collector.add_place(candidate, place);
        }
    }
}

fn place_of(
    change: &Changed,
    origin: &Origin,
    candidate: &Candidate,
    region: Option<Region>,
) -> Place {
    let part = if change.mode == SYMLINK_MODE { Part::SymlinkTarget } else { Part::Content };
    Place {
        path: Some(change.path.clone()),
        region,
        layers: candidate.layers.clone(),
        object: Some(change.blob),
        commit: origin.commit.clone(),
        ..Place::new(part, origin.standing)
    }
}
