//! Gathering what detection finds, from all threads: one group for each secret, with everywhere it
//! stands.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use std::{cmp::Reverse, collections::hash_map::Entry};

use bstr::BString;
use rustc_hash::FxHashMap;

use crate::{
    cache::Counts,
    detect::{Candidate, NearbyPartner},
    model::{
        Confidence, Fact, Gap, Lapse, Layer, ObjectId, ObjectKind, Part, Place, Provenance, Region,
        Secret,
    },
    unpack::Allowance,
};

/// Where in a git object a secret stands. Which paths and commits the object belongs to is found
/// out later, and only for objects that are hit.
#[derive(Debug, Clone)]
pub(super) struct InObject {
    pub(super) object: ObjectId,
    pub(super) kind: ObjectKind,
    pub(super) part: Part,
    /// The path inside an archive.
    pub(super) member: Option<BString>,
    pub(super) region: Option<Region>,
    pub(super) layers: Vec<Layer>,
    /// Line and column in the innermost decoded text.
    pub(super) inner: Option<Region>,
    /// Known only inside an archive: else it is read off the object when a report wants it.
    pub(super) line_hash: Option<String>,
    /// The text as it stands there, where a report may show that text beside findings: names,
    /// subjects.
    pub(super) spelling: Option<Vec<u8>>,
    /// The entry of a tree whose name holds the secret.
    pub(super) entry: Option<BString>,
}

/// One secret so far.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) secret: Secret,
    pub(super) rule: usize,
    pub(super) confidence: Confidence,
    pub(super) facts: Vec<Fact>,
    /// What was near it wherever it was seen.
    pub(super) partners: Vec<Seen>,
    /// How often it was seen.
    pub(super) sightings: u64,
    pub(super) lapse: Option<Lapse>,
    /// Places that are known already.
    pub(super) places: Vec<Place>,
    /// How many more places there are than can be listed.
    pub(super) unlisted: u64,
    /// Its life in history, one for each repository.
    pub(super) history: Vec<Provenance>,
    /// Places in git objects.
    pub(super) objects: Vec<InObject>,
}

impl Group {
    /// Adds another group of the same secret. The surest sighting tells the kind, the first rule among
    /// equals, so that neither the order of threads nor of files decides; the rest is added up.
    fn take_in(&mut self, other: Group) {
        if (Reverse(other.confidence), other.rule) < (Reverse(self.confidence), self.rule) {
            self.rule = other.rule;
            self.confidence = other.confidence;
            self.lapse = other.lapse;
            self.secret = other.secret;
        }
        for fact in other.facts {
            if !self.facts.contains(&fact) {
                self.facts.push(fact);
            }
        }
        self.sightings += other.sightings;
        for partner in other.partners {
            let is_same = |known: &&mut Seen| {
                (known.near.role, &known.near.value) == (partner.near.role, &partner.near.value)
            };
            match self.partners.iter_mut().find(is_same) {
                Some(known) => known.take_in(&partner),
                None => self.partners.push(partner),
            }
        }
        self.places.extend(other.places);
        self.objects.extend(other.objects);
        self.history.extend(other.history);
        self.unlisted += other.unlisted;
    }
}

/// A partner of a secret, with how often it was seen beside it.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) near: NearbyPartner,
    pub(super) sightings: u64,
}

impl Seen {
    /// The same value seen again. Its line is told only if it is as far away each time.
    fn take_in(&mut self, other: &Seen) {
        self.sightings += other.sightings;
        self.near.is_sure &= other.near.is_sure;
        self.near.lines = self.near.lines.filter(|lines| other.near.lines == Some(*lines));
    }
}

/// Gathers candidates, gaps and counts from all threads.
#[derive(Debug, Default)]
pub(super) struct Collector {
    groups: Mutex<FxHashMap<Secret, Group>>,
    gaps: Mutex<Vec<Gap>>,
    /// Encoded spellings that stand where a report may show them, and what is shown instead.
    hidden: Mutex<Vec<(Vec<u8>, String)>>,
    /// What may be spent on files that unfold far.
    pub(super) unpacking: Allowance,
    pub(super) files: AtomicU64,
    pub(super) ignored: AtomicU64,
    pub(super) objects: AtomicU64,
    pub(super) commits: AtomicU64,
    pub(super) bytes: AtomicU64,
    pub(super) lfs_pointers: AtomicU64,
}

/// A lock whose holder panicked still guards whole data: each change is one push.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Collector {
    /// Adds a candidate whose place is known.
    pub(super) fn add_place(&self, candidate: Candidate, place: Place) {
        self.with_group(candidate, |group| group.places.push(place));
    }

    /// Adds a candidate in a git object.
    pub(super) fn add_object(&self, candidate: Candidate, object: InObject) {
        if let Some(spelling) = &object.spelling {
            self.also_hide(&candidate.secret, spelling);
        }
        self.with_group(candidate, |group| group.objects.push(object));
    }

    /// Notes an encoded spelling of a known secret that must not be shown either.
    pub(super) fn also_hide(&self, secret: &Secret, spelling: &[u8]) {
        if spelling != secret.reveal() {
            lock(&self.hidden).push((spelling.to_vec(), secret.mask()));
        }
    }

    fn with_group(&self, candidate: Candidate, change: impl FnOnce(&mut Group)) {
        let mut group = Group {
            secret: candidate.secret,
            rule: candidate.rule,
            confidence: candidate.confidence,
            facts: candidate.facts,
            partners: candidate
                .partners
                .into_iter()
                .map(|near| Seen { near, sightings: 1 })
                .collect(),
            sightings: 1,
            lapse: candidate.lapse,
            places: Vec::new(),
            unlisted: 0,
            history: Vec::new(),
            objects: Vec::new(),
        };
        change(&mut group);
        self.add_group(group);
    }

    /// The blobs in which anything was found so far.
    pub(super) fn hit_blobs(&self) -> Vec<ObjectId> {
        let groups = lock(&self.groups);
        let objects = groups.values().flat_map(|group| &group.objects);
        objects.filter(|found| found.kind == ObjectKind::Blob).map(|found| found.object).collect()
    }

    /// Adds all that is known of a secret to what is known already.
    pub(super) fn add_group(&self, group: Group) {
        match lock(&self.groups).entry(group.secret.clone()) {
            Entry::Vacant(slot) => drop(slot.insert(group)),
            Entry::Occupied(mut known) => known.get_mut().take_in(group),
        }
    }

    /// Adds all that another collector holds.
    pub(super) fn take_in(&self, other: &Collector) {
        other.take_groups().into_iter().for_each(|group| self.add_group(group));
        self.absorb(other);
    }

    /// Adds what another collector holds besides its groups.
    pub(super) fn absorb(&self, other: &Collector) {
        self.gaps(other.take_gaps());
        lock(&self.hidden).extend(other.hidden());
        for (mine, theirs) in self.counters().into_iter().zip(other.counters()) {
            Collector::count(mine, theirs.load(Ordering::Relaxed));
        }
    }

    fn counters(&self) -> [&AtomicU64; 6] {
        let Collector { files, ignored, objects, commits, bytes, lfs_pointers, .. } = self;
        [files, ignored, objects, commits, bytes, lfs_pointers]
    }

    /// Notes something that could not be read.
    pub(super) fn gap(&self, gap: Gap) {
        lock(&self.gaps).push(gap);
    }

    /// Notes several at once.
    pub(super) fn gaps(&self, gaps: impl IntoIterator<Item = Gap>) {
        lock(&self.gaps).extend(gaps);
    }

    /// Counts what was searched.
    pub(super) fn count(counter: &AtomicU64, more: u64) {
        counter.fetch_add(more, Ordering::Relaxed);
    }

    /// The same for git objects.
    pub(super) fn add_counts(&self, more: Counts) {
        Collector::count(&self.objects, more.objects);
        Collector::count(&self.commits, more.commits);
        Collector::count(&self.bytes, more.bytes);
        Collector::count(&self.lfs_pointers, more.lfs_pointers);
    }

    /// What was counted of git objects, if nothing else was.
    pub(super) fn object_counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            objects: read(&self.objects),
            commits: read(&self.commits),
            bytes: read(&self.bytes),
            lfs_pointers: read(&self.lfs_pointers),
        }
    }

    /// The encoded spellings that were noted.
    pub(super) fn hidden(&self) -> Vec<(Vec<u8>, String)> {
        std::mem::take(&mut *lock(&self.hidden))
    }

    /// All gaps so far.
    pub(super) fn take_gaps(&self) -> Vec<Gap> {
        std::mem::take(&mut *lock(&self.gaps))
    }

    /// All secrets, in an order that does not depend on threads.
    pub(super) fn take_groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> =
            std::mem::take(&mut *lock(&self.groups)).into_values().collect();
        groups.sort_by(|a, b| (a.rule, a.secret.reveal()).cmp(&(b.rule, b.secret.reveal())));
        for group in &mut groups {
            // What looks made up where a person typed it is real where a program wrote it down.
            if group.confidence > Confidence::Possible {
                group.facts.retain(|fact| fact.name != "placeholder");
            }
            group.facts.sort();
            group
                .partners
                .sort_by(|a, b| (a.near.role, &a.near.value).cmp(&(b.near.role, &b.near.value)));
            group.objects.sort_by(|a, b| {
                (a.object, &a.member, a.region).cmp(&(b.object, &b.member, b.region))
            });
        }
        groups
    }
}
