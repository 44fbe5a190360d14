//! All objects of some object folders: which there are, where each is, each counted once.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
    thread,
    time::Duration,
};

use rayon::prelude::*;

use super::{
    bits::Bits,
    damage::Damage,
    entries::{NO_PACK, damaged, is_pack},
    loose::{Loose, not_a_folder, unreadable},
    map::{Mapped, path_bytes},
    packed::Pack,
};
use crate::model::{Gap, GapLevel, GapReason, ObjectId};

/// Why objects could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// None of the object folders could be listed.
    #[error(
        "no objects can be read in `{}`: {source}; check that it is a git object folder and readable",
        path.display()
    )]
    NoObjects {
        /// The first of the folders.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// No copy of an object could be decoded.
    #[error("object {id} cannot be read: {detail}; `git fsck` tells more")]
    Damaged {
        /// The object.
        id: ObjectId,
        /// What is wrong with its last copy.
        detail: String,
    },
}

/// Where one copy of an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    /// A pack and a position in its index.
    Packed { pack: u32, position: u32 },
    /// A position among the loose objects.
    Loose(u32),
}

/// The packs and loose objects of some object folders. Knows nothing of refs or configuration.
///
/// Packs are mapped, so that they count as resident memory as far as they were read.
#[derive(Debug)]
pub struct Store {
    /// The one with most objects first: it visits what several hold.
    pub(crate) packs: Vec<Pack>,
    pub(crate) loose: Loose,
    /// Where all that was found.
    dirs: Vec<PathBuf>,
    /// The same folders opened once more, after an object had gone from its place.
    later: OnceLock<Option<Box<Store>>>,
    /// How many looks there were before this one.
    looks: u8,
}

/// How often folders are looked at again, because git moves objects while they are read.
const MOST_LOOKS: u8 = 8;
/// How long git needs to take away two files, generously.
const A_MOMENT: Duration = Duration::from_millis(4);

impl Store {
    /// Opens the object folders in order. Whatever cannot be read is a gap, the rest opens.
    ///
    /// Git may be at work in them: it moves objects from loose files and packs into new packs, which
    /// it puts in place before it takes the old ones away. So packs are opened first and, if others
    /// are there once loose objects are listed, everything is done again.
    ///
    /// # Errors
    /// [`Error::NoObjects`] if none of the folders can be listed (or none was named).
    pub fn open(object_dirs: &[PathBuf]) -> Result<(Store, Vec<Gap>), Error> {
        let mut packs = names_of_packs(object_dirs);
        for _ in 1..MOST_LOOKS {
            let opened = Store::open_once(object_dirs);
            let now = names_of_packs(object_dirs);
            if now == packs {
                return opened;
            }
            packs = now;
        }
        Store::open_once(object_dirs)
    }

    pub(crate) fn empty(dirs: &[PathBuf]) -> Store {
        Store {
            packs: Vec::new(),
            loose: Loose::default(),
            dirs: dirs.to_vec(),
            later: OnceLock::new(),
            looks: 0,
        }
    }

    /// The same folders as they are now: for an object that has gone from its place. `None` if that
    /// was done often enough.
    pub(crate) fn later(&self) -> Option<&Store> {
        // Not `get_or_init`: opening runs on rayon, whose threads may come here again.
        if self.later.get().is_none() {
            let again = (self.looks < MOST_LOOKS).then(|| Store::open(&self.dirs).ok()).flatten();
            let again = again.map(|(store, _)| Box::new(Store { looks: self.looks + 1, ..store }));
            let _ = self.later.set(again);
        }
        self.later.get().and_then(Option::as_deref)
    }

    fn open_once(object_dirs: &[PathBuf]) -> Result<(Store, Vec<Gap>), Error> {
        let mut store = Store::empty(object_dirs);
        let mut gaps = Vec::new();
        let mut failure = None;
        let mut readable = 0;
        let mut unindexed = Vec::new();
        for dir in object_dirs {
            store.open_packs(&dir.join("pack"), &mut unindexed, &mut gaps);
        }
        for dir in object_dirs {
            match store.loose.list(dir, &mut gaps) {
                Ok(()) => readable += 1,
                Err(error) => {
                    gaps.push(unreadable(dir, &error));
                    failure.get_or_insert((dir.clone(), error));
                }
            }
        }
        if readable == 0 {
            let (path, source) =
                failure.unwrap_or_else(|| (PathBuf::new(), std::io::ErrorKind::NotFound.into()));
            return Err(Error::NoObjects { path, source });
        }
        store.loose.sort();
        for pack in unindexed {
            store.open_unindexed(pack, &mut gaps);
        }
        store.settle();
        Ok((store, gaps))
    }

    /// Opens the only pack of a bundle, which begins at a byte of the file. What cannot be read of it
    /// is a gap.
    pub fn open_bundle(path: &Path, pack_at: u64) -> (Store, Vec<Gap>) {
        let mut store = Store::empty(&[]);
        store.loose.sort();
        let gaps = match Mapped::open_from(path, pack_at) {
            Err(error) => vec![error.gap("a bundle", path)],
            Ok(bytes) if !is_pack(&bytes) => vec![damaged(path, NO_PACK.to_owned())],
            Ok(bytes) => {
                let gaps = store.add_unindexed(path.to_owned(), bytes).gaps();
                gaps.into_iter().map(|gap| gap.at_path(path_bytes(path))).collect()
            }
        };
        store.mark_repeats();
        (store, gaps)
    }

    /// Puts all in order, once all is there.
    pub(crate) fn settle(&mut self) {
        self.loose.sort();
        self.packs.sort_by_key(|pack| (std::cmp::Reverse(pack.index.count()), pack.path.clone()));
        self.mark_repeats();
    }

    /// A store of its own with the packs that are to be kept and all loose objects: the same files,
    /// nothing listed anew. What several of these hold counts once; what only the packs left out hold
    /// is not there. `None` if a pack cannot be opened a second time.
    pub fn part(&self, keep: &dyn Fn(&Path) -> bool) -> Option<Store> {
        let mut part = Store { loose: self.loose.unmarked(), ..Store::empty(&self.dirs) };
        for pack in self.packs.iter().filter(|pack| keep(&pack.path)) {
            // What is wrong with it was told when it was opened first.
            part.packs.push(Pack::open(&pack.path.with_extension("idx"), &mut Vec::new()).ok()?);
        }
        part.mark_repeats();
        Some(part)
    }

    fn open_packs(&mut self, dir: &Path, unindexed: &mut Vec<PathBuf>, gaps: &mut Vec<Gap>) {
        match dir.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(metadata) => return gaps.push(not_a_folder(dir, metadata.is_symlink())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => return gaps.push(unreadable(dir, &error)),
        }
        let (mut indexes, mut packs) = (Vec::new(), Vec::new());
        let listed = fs::read_dir(dir).and_then(|entries| {
            for entry in entries {
                let path = entry?.path();
                match path.extension().map(std::ffi::OsStr::as_encoded_bytes) {
                    Some(b"idx") => indexes.push(path),
                    Some(b"pack") => packs.push(path),
                    _ if is_unfinished(&path) => packs.push(path),
                    _ => {}
                }
            }
            Ok(())
        });
        if let Err(error) = listed {
            gaps.push(unreadable(dir, &error));
        }
        indexes.sort();
        packs.retain(|pack| indexes.binary_search(&pack.with_extension("idx")).is_err());
        packs.sort();
        unindexed.extend(packs);
        for idx in indexes {
            match Pack::open(&idx, gaps) {
                Ok(pack) => self.packs.push(pack),
                // Git is giving both files their names, the pack first.
                Err(gap) if is_unfinished(&idx) && gap.reason == GapReason::MissingObject => {}
                Err(gap) if is_unfinished(&idx) && gap.reason == GapReason::Changed => {}
                Err(gap) => gaps.push(gap),
            }
        }
    }

    /// Opens a pack that has no index. Of one that was never finished, what is there is read, and
    /// what never came is nobody's.
    fn open_unindexed(&mut self, path: PathBuf, gaps: &mut Vec<Gap>) {
        let bytes = match Mapped::open(&path) {
            Ok(bytes) => bytes,
            // Git has finished it meanwhile, or given it up.
            Err(error) if error.is_missing() && is_unfinished(&path) => return,
            Err(error) => return gaps.push(error.gap("a pack", &path)),
        };
        if !is_pack(&bytes) {
            if !is_unfinished(&path) {
                gaps.push(damaged(&path, NO_PACK.to_owned()));
            }
            return;
        }
        let unnamed = self.add_unindexed(path.clone(), bytes);
        let unfinished = is_unfinished(&path);
        gaps.extend(unnamed.gaps().into_iter().map(|gap| {
            let level = if unfinished { GapLevel::Undecoded } else { gap.level };
            Gap { level, ..gap }.at_path(path_bytes(&path))
        }));
    }

    /// Finds the objects that exist more than once and marks all copies but the first.
    fn mark_repeats(&mut self) {
        for pack in &mut self.packs {
            pack.repeats = Bits::new(pack.index.count());
        }
        let several = self.packs.len() + usize::from(self.loose.count() > 0) > 1;
        let (packs, loose) = (&self.packs, &self.loose);
        if packs.len() == 1 && !packs[0].index.repeats() {
            mark_loose(&packs[0], loose);
        } else if several || packs.iter().any(|pack| pack.index.repeats()) {
            (0..=255u8).into_par_iter().for_each(|first| mark_bucket(packs, loose, first));
        }
        // One folder cannot hold an object twice, but two folders can.
        for at in 1..self.loose.count() {
            if self.loose.id(at) == self.loose.id(at - 1) {
                self.loose.repeats.insert(at);
            }
        }
    }

    /// How many distinct objects there are.
    pub fn len(&self) -> u64 {
        let packed: u64 =
            self.packs.iter().map(|pack| u64::from(pack.index.count()) - pack.repeats.len()).sum();
        packed + u64::from(self.loose.count()) - self.loose.repeats.len()
    }

    /// Whether there is no object at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether some copy of the object is listed. It may still turn out to be damaged.
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.locate(id).next().is_some()
    }

    /// Whether some copy of each of these is listed, for who asks of very many. A name that is not listed is
    /// taken for one that is with a chance of less than 2⁻²⁷ for each pack.
    pub fn contains_all(&self, ids: &[ObjectId]) -> bool {
        // What is looked at for one does not hang on what was found for another, so that memory is waited
        // for once and not each time.
        let is_marked = |id: &ObjectId| self.packs.iter().any(|pack| pack.index.marks().has(id));
        ids.iter().all(|id| is_marked(id) || self.contains(id))
    }

    /// The packs that list the object.
    pub fn packs_with(&self, id: &ObjectId) -> impl Iterator<Item = &Path> + '_ {
        let id = *id;
        let with = self.packs.iter().filter(move |pack| pack.index.position(&id).is_some());
        with.map(|pack| pack.path.as_path())
    }

    /// The names of the loose objects that no pack lists; those that two folders hold come twice.
    pub fn only_loose(&self) -> impl Iterator<Item = ObjectId> + '_ {
        let loose = (0..self.loose.count()).map(|at| self.loose.id(at));
        loose.filter(|id| self.packs_with(id).next().is_none())
    }

    /// Whether the object is loose and no pack lists it.
    pub fn is_only_loose(&self, id: &ObjectId) -> bool {
        !self.loose.positions(id).is_empty() && self.packs_with(id).next().is_none()
    }

    /// The names of all distinct objects, in no particular order.
    pub fn ids(&self) -> impl Iterator<Item = ObjectId> + '_ {
        let packed = self.packs.iter().flat_map(|pack| {
            (0..pack.index.count())
                .filter(|at| !pack.repeats.contains(*at))
                .map(|at| pack.index.id(at))
        });
        let loose = (0..self.loose.count())
            .filter(|at| !self.loose.repeats.contains(*at))
            .map(|at| self.loose.id(at));
        packed.chain(loose)
    }

    /// The copies of an object, packed ones first.
    pub(crate) fn locate(&self, id: &ObjectId) -> impl Iterator<Item = Location> + '_ {
        let id = *id;
        let packed = (0u32..).zip(&self.packs).filter_map(move |(pack, p)| {
            p.index.position(&id).map(|position| Location::Packed { pack, position })
        });
        packed.chain(self.loose.positions(&id).map(Location::Loose))
    }

    /// The file that holds a copy.
    pub(crate) fn file_of(&self, location: Location) -> PathBuf {
        match location {
            Location::Packed { pack, .. } => self.packs[pack as usize].path.clone(),
            Location::Loose(at) => self.loose.path(at),
        }
    }

    /// The gap for one object that cannot be had.
    pub(crate) fn gap(&self, location: Location, id: ObjectId, damage: &Damage) -> Gap {
        Gap::new(damage.reason(), format!("an object was not read: {damage}"))
            .at_path(path_bytes(&self.file_of(location)))
            .at_object(id)
    }
}

/// Whether this is a pack that git was writing when it was interrupted, or is writing now.
fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.starts_with(b"tmp_pack_") || name.starts_with(b".tmp-")
}

/// The packs and indexes that are in place, sorted. Git takes a pack away a moment before its index,
/// so that one without the other is given that moment.
fn names_of_packs(object_dirs: &[PathBuf]) -> Vec<PathBuf> {
    let mut names = Vec::new();
    for _ in 0..MOST_LOOKS {
        let entries = object_dirs.iter().filter_map(|dir| fs::read_dir(dir.join("pack")).ok());
        let paths = entries.flatten().flatten().map(|entry| entry.path());
        let ending =
            |path: &PathBuf| path.extension().map(|ending| ending.as_encoded_bytes().to_vec());
        let counts = |path: &PathBuf| {
            matches!(ending(path).as_deref(), Some(b"idx" | b"pack")) && !is_unfinished(path)
        };
        names = paths.filter(counts).collect();
        names.sort_unstable();
        let has_pack = |name: &PathBuf| names.binary_search(&name.with_extension("pack")).is_ok();
        if names.iter().all(has_pack) {
            break;
        }
        thread::sleep(A_MOMENT);
    }
    names
}

/// Marks the loose objects that the only pack holds too.
fn mark_loose(pack: &Pack, loose: &Loose) {
    for at in 0..loose.count() {
        if pack.index.position(&loose.id(at)).is_some() {
            loose.repeats.insert(at);
        }
    }
}

/// Marks the repeats among all names that start with one byte.
fn mark_bucket(packs: &[Pack], loose: &Loose, first: u8) {
    // (name, source, position): packs in order, then loose objects as one more source.
    let mut names = Vec::new();
    for (number, pack) in packs.iter().enumerate() {
        names.extend(pack.index.bucket(first).map(|at| (pack.index.id(at), number, at)));
    }
    let start = loose.first_from(first);
    let end = first.checked_add(1).map_or(loose.count(), |byte| loose.first_from(byte));
    names.extend((start..end).map(|at| (loose.id(at), packs.len(), at)));
    // Stable, so the order of sources stays; and quick on runs that are in order already.
    names.sort_by_key(|(id, ..)| *id);
    for pair in names.windows(2) {
        if pair[0].0 == pair[1].0 {
            let (_, source, at) = pair[1];
            packs.get(source).map_or(&loose.repeats, |pack| &pack.repeats).insert(at);
        }
    }
}
