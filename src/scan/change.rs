//! Searching what a change adds: of a changed file, only the lines that no parent has.

use super::{
    Scanner,
    collect::Collector,
    inside::Opened as Inside,
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
                let (reason, detail) = if opened.git.promisor() {
                    (GapReason::PartialClone, "the file's content was left at the server")
                } else {
                    (GapReason::MissingObject, "the file's content is missing")
                };
                let gap = Gap::new(reason, detail);
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
        let mut found = self.detector.detect(&text, scratch);
        let hits = self.detector.hits_of_last(scratch);
        let inside = self.look_inside(&text, hits, collector);
        let old = || -> Vec<Vec<u8>> {
            change.parents.iter().flatten().filter_map(|id| opened.read(id)).collect()
        };
        let mut has_secret = false;
        if let Some(inside) = inside {
            let secrets = inside.secrets();
            found.retain(|candidate| !secrets.contains(&candidate.secret));
            has_secret = !secrets.is_empty();
            let old = if has_secret { old() } else { Vec::new() };
            self.add_inside(change, origin, inside, &old, scratch, collector);
        }
        if found.is_empty() {
            found = self.detector.detect_as_value(&change.path, &text);
        }
        if found.is_empty() {
            return has_secret;
        }
        let old = old();
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

    /// Adds what a container holds and no container that it replaces held.
    fn add_inside(
        &self,
        change: &Changed,
        origin: &Origin,
        inside: Inside,
        old: &[Vec<u8>],
        scratch: &mut Scratch,
        collector: &Collector,
    ) {
        let at = |gap: Gap| gap.at_path(change.path.clone()).at_object(change.blob);
        collector.gaps(inside.gaps.into_iter().map(at));
        let old: Vec<_> = old
            .iter()
            .filter_map(|old| {
                let hits = self.detector.anchors(old, scratch);
                Some(self.look_inside(old, hits, collector)?.secrets())
            })
            .collect();
        for inner in inside.found {
            if old.iter().any(|old| old.contains(&inner.candidate.secret)) {
                continue;
            }
            if let Some(spelling) = &inner.spelling {
                collector.also_hide(&inner.candidate.secret, spelling);
            }
            let (candidate, place) = inner.placed(origin.standing);
            let place = Place {
                path: Some(change.path.clone()),
                object: Some(change.blob),
                commit: origin.commit.clone(),
                ..place
            };
            collector.add_place(candidate, place);
        }
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
        inner: candidate.inner,
        object: Some(change.blob),
        commit: origin.commit.clone(),
        ..Place::new(part, origin.standing)
    }
}
