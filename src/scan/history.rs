//! Searching everything that git keeps: all objects, and the repository's own small files.

use bstr::BStr;

use super::{
    Scanner, Stage,
    collect::{Collector, Group},
    objects::{Gathered, ObjectSearch},
    repository::Opened,
    submodules::Submodule,
};
use crate::{
    detect::{Locator, Scratch},
    model::{Part, Place, Standing},
    pack::Store,
};

impl Scanner<'_> {
    /// Searches all objects, refs' names, reflogs and the texts beside them. Returns what the whole
    /// run has found, with its places.
    pub(super) fn search_history(
        &self,
        opened: &Opened,
        submodules: &[Submodule],
        collector: &Collector,
    ) -> Vec<Group> {
        let links = links_of(opened);
        let gathered = match &self.settings.cache {
            Some(cache) => self.search_new_objects(opened, links, cache, collector),
            None => self.search_all_objects(opened, links, collector),
        };
        self.search_small_files(opened, collector);
        self.note_submodules(opened, submodules, collector);
        let mut groups = collector.take_groups();
        self.trace(opened, gathered, &mut groups, collector);
        groups
    }

    fn search_all_objects(
        &self,
        opened: &Opened,
        links: Option<&Store>,
        collector: &Collector,
    ) -> Gathered {
        self.progress.begin(Stage::Objects, Some(opened.store.len()));
        let search = ObjectSearch::new(self, collector, links);
        collector.gaps(search.all(&opened.store, opened.git.promisor()));
        search.into_gathered(&opened.store)
    }

    /// What lies beside the objects: names of refs, reflogs, configuration, messages being written.
    fn search_small_files(&self, opened: &Opened, collector: &Collector) {
        let mut scratch = Scratch::default();
        for r in opened.git.refs() {
            for candidate in self.detector.detect(&r.name, &mut scratch) {
                collector.also_hide(&candidate.secret, candidate.span.of(&r.name));
                let place = Place {
                    path: Some(r.name.clone()),
                    layers: candidate.layers.clone(),
                    inner: candidate.inner,
                    object: Some(r.target),
                    ..Place::new(Part::RefName, Standing::Repository)
                };
                collector.add_place(candidate, place);
            }
        }
        collector.gaps(opened.git.reflogs(|log| {
            self.search_small_file(
                &mut scratch,
                Part::Reflog,
                log.name.as_ref(),
                &log.bytes,
                collector,
            );
        }));
        collector.gaps(opened.git.ref_gaps().iter().cloned());
        let small = opened.git.small_files();
        for (name, bytes) in &small.files {
            self.search_small_file(&mut scratch, Part::Config, name.as_ref(), bytes, collector);
        }
        collector.gaps(small.gaps);
    }

    fn search_small_file(
        &self,
        scratch: &mut Scratch,
        part: Part,
        name: &BStr,
        bytes: &[u8],
        collector: &Collector,
    ) {
        let found = self.detector.detect(bytes, scratch);
        let mut locator = Locator::new(bytes);
        for candidate in found {
            let place = Place {
                path: Some(name.into()),
                region: Some(locator.region(bytes, 0, candidate.span)),
                layers: candidate.layers.clone(),
                inner: candidate.inner,
                ..Place::new(part, Standing::Repository)
            };
            collector.add_place(candidate, place);
        }
    }
}

/// The store, since every entry of every tree is to be looked up in it: that is what it takes to see that a
/// file's content is missing. `None` for a bundle that needs other commits: what these hold is not here,
/// and one gap says so.
fn links_of(opened: &Opened) -> Option<&Store> {
    let is_part = opened.git.bundle().is_some_and(|bundle| !bundle.prerequisites.is_empty());
    (!is_part).then_some(&opened.store)
}
