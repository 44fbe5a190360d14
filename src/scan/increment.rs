//! Searching only what is new: packs that an earlier run has searched under the same terms are
//! passed by, but for their objects of interest.
//!
//! The claim of an earlier run is about packs by content ([`crate::pack::PackId`]), all of them
//! together. It is taken only if all are still there and if everything outside of them that they
//! may refer to is, too; else everything is searched, as it is when anything at all goes wrong on the
//! way. Loose objects, refs and small files are searched anew each time. The report is the same
//! as that of a run without a cache, which `tests/cache.rs` holds it to.

use std::{fmt::Write, path::PathBuf, sync::Arc};

use rayon::prelude::*;

use super::{
    Scanner, Settings, Stage,
    collect::Collector,
    objects::{Gathered, ObjectSearch},
    repository::Opened,
    shelf::{Hashed, Shelf},
    watch::Watch,
};
use crate::{
    cache::{Claim, Digest, Folder},
    history::GraphPart,
    model::ObjectId,
    pack::{KindSet, Object, PackFile, Store, Visitor},
};

/// Contexts that separate our names from every other use of BLAKE3.
const TERMS: &str = "cfleaks 2026-11-22 terms of a search v1";
const PLACE: &str = "cfleaks 2026-11-22 name of a claim v1";

/// Where what was searched is kept, and by which program.
#[derive(Debug, Clone)]
pub struct Cache {
    /// The folder of claims.
    pub folder: Arc<Folder>,
    /// What tells this build of the program from every other: another one may see more.
    pub build: Digest,
}

/// What is at hand before anything is searched.
struct Known<'c> {
    cache: &'c Cache,
    /// Under which name the claim on this repository is kept.
    name: Digest,
    terms: Digest,
    packs: Vec<PackFile>,
}

impl Scanner<'_> {
    /// Searches the objects of the repository that no earlier run has searched, and notes for later
    /// ones what this one has.
    pub(super) fn search_new_objects(
        &self,
        opened: &Opened,
        links: Option<&Store>,
        cache: &Cache,
        collector: &Collector,
    ) -> Gathered {
        let terms = self.terms(cache, links.is_some());
        let packs = opened.store.identify();
        let known = Known { cache, name: name(opened, &terms), terms, packs };
        let old = known.claim(opened);
        let attempt = old.and_then(|old| self.search_rest(opened, links, &known, old));
        let (found, gathered) = attempt.unwrap_or_else(|| self.search_whole(opened, links, &known));
        collector.take_in(&found);
        gathered
    }

    /// Searches all objects, and makes the claim if it may be made.
    fn search_whole(
        &self,
        opened: &Opened,
        links: Option<&Store>,
        known: &Known<'_>,
    ) -> (Collector, Gathered) {
        self.progress.begin(Stage::Objects, Some(opened.store.len()));
        let collector = Collector::default();
        let watch = Watch::new(&opened.store, &[]);
        let search = ObjectSearch::new(self, &collector, links).watched(watch);
        let gaps = search.all(&opened.store, opened.git.promisor());
        let may_claim = gaps.is_empty() && search.is_plain() && !self.stopped();
        collector.gaps(gaps);
        let is_packed = search.has_packed_history();
        let mut gathered = search.into_gathered(&opened.store);
        if may_claim {
            gathered.shelf = is_packed.then(|| known.shelf());
            known.put(opened, links, &collector, &mut gathered);
        }
        (collector, gathered)
    }

    /// Searches what the claim does not speak of, and what it says to look at again. `None` if
    /// anything is not as it should be: then nothing of the attempt counts.
    fn search_rest(
        &self,
        opened: &Opened,
        links: Option<&Store>,
        known: &Known<'_>,
        old: Claim,
    ) -> Option<(Collector, Gathered)> {
        let graph = GraphPart::restore(&old.graph)?;
        let claimed: Vec<PathBuf> = known
            .packs
            .iter()
            .filter(|pack| old.packs.binary_search(&pack.id.0).is_ok())
            .map(|pack| pack.path.clone())
            .collect();
        let rest = opened.store.part(&|path| claimed.iter().all(|known| known != path))?;
        let total = rest.len() + old.again.len() as u64;
        self.progress.begin(Stage::Objects, Some(total));
        let collector = Collector::default();
        let watch = Watch::new(&opened.store, &claimed);
        let search = ObjectSearch::new(self, &collector, links).watched(watch);
        let is_whole = rest.traverse(KindSet::ALL, &search).is_empty()
            && self.look_again(&search, &opened.store, &old.again)
            && search.is_plain();
        if !is_whole && !self.stopped() {
            return None;
        }
        let is_packed = search.has_packed_history();
        let mut gathered = search.into_gathered(&opened.store);
        gathered.shelf = is_packed.then(|| known.shelf());
        gathered.graph.push(graph);
        collector.add_counts(old.counts);
        if claimed.len() < known.packs.len() && !self.stopped() {
            known.put(opened, links, &collector, &mut gathered);
        }
        Some((collector, gathered))
    }

    /// Whether all these objects could be read.
    fn look_again(&self, search: &ObjectSearch<'_>, store: &Store, ids: &[ObjectId]) -> bool {
        const AT_ONCE: usize = 64;
        ids.par_chunks(AT_ONCE).all(|ids| {
            let mut local = search.local();
            let all_read = ids.iter().take_while(|_| !self.stopped()).all(|id| {
                // In a forged store only one of several copies may be of interest.
                let show = |kind, bytes: &_| {
                    search.look_again(&mut local, Object { id: *id, kind, bytes });
                };
                store.each_copy(id, show) > 0
            });
            search.finish(local);
            all_read
        })
    }

    /// Everything besides a repository that decides what is found in its objects.
    fn terms(&self, cache: &Cache, links: bool) -> Digest {
        let Settings { inherit, archives, .. } = *self.settings;
        let mut hasher = blake3::Hasher::new_derive_key(TERMS);
        hasher.update(&cache.build);
        hasher.update(&[inherit, archives, links].map(u8::from));
        // Says every key of every rule, and the placeholders.
        let _ = write!(Hashed(&mut hasher), "{:?}", self.detector.rules());
        *hasher.finalize().as_bytes()
    }
}

impl Known<'_> {
    /// The place for provenance in these packs.
    fn shelf(&self) -> Shelf {
        Shelf::new(&self.cache.folder, &self.terms, &self.sorted())
    }

    /// All packs by content, each once.
    fn sorted(&self) -> Vec<Digest> {
        let mut packs: Vec<Digest> = self.packs.iter().map(|pack| pack.id.0).collect();
        packs.sort_unstable();
        packs.dedup();
        packs
    }

    /// What an earlier run says, if it holds for the repository as it is now.
    fn claim(&self, opened: &Opened) -> Option<Claim> {
        let claim = Claim::decode(&self.cache.folder.get(&self.name)?)?;
        let has = |id: &Digest| self.packs.iter().any(|pack| pack.id.0 == *id);
        let holds = claim.terms == self.terms
            && claim.packs.iter().all(has)
            && claim.leans_on.iter().all(|id| opened.store.contains(id));
        holds.then_some(claim)
    }

    /// Keeps what is known now of all packs of the store.
    fn put(
        &self,
        opened: &Opened,
        links: Option<&Store>,
        collector: &Collector,
        gathered: &mut Gathered,
    ) {
        let store = &opened.store;
        let is_packed = |id: &ObjectId| store.packs_with(id).next().is_some();
        let notes = std::mem::take(&mut gathered.notes);
        let loose = notes.loose;
        let Some(again) = notes.objects(is_packed).filter(|_| !gathered.lost.is_cut) else {
            return;
        };
        if self.packs.is_empty() || !self.packs.iter().all(PackFile::is_unchanged) {
            return;
        }
        let mut graph = Vec::new();
        GraphPart::save(&gathered.graph, &is_packed, &mut graph);
        let packs = self.sorted();
        // What trees list was looked up. Of that, only loose objects can go while the packs stay.
        let mut leans_on: Vec<ObjectId> = links.iter().flat_map(|_| store.only_loose()).collect();
        leans_on.sort_unstable();
        leans_on.dedup();
        let counts = collector.object_counts().minus(loose);
        let claim = Claim { terms: self.terms, packs, leans_on, again, counts, graph };
        self.cache.folder.put(&self.name, claim.encode());
    }
}

/// Where the claim on a repository is kept.
fn name(opened: &Opened, terms: &Digest) -> Digest {
    let mut hasher = blake3::Hasher::new_derive_key(PLACE);
    hasher.update(terms);
    for dir in opened.git.object_dirs() {
        let bytes = dir.as_os_str().as_encoded_bytes();
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    *hasher.finalize().as_bytes()
}
