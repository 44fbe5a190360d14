//! Searching the files of a work tree, and standard input.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use bstr::{BStr, BString, ByteSlice, ByteVec};
use rustc_hash::FxHashSet;

use super::{
    Scanner,
    collect::Collector,
    input::Input as Stdin,
    inside::Opened,
    names::Names,
    windowed::{Searched, WindowSearch},
};
use crate::{
    detect::{Candidate, Locator, Scratch, line_hashes},
    git,
    model::{Gap, GapReason, Part, Place, Standing},
    unpack::{HEAD, Input, Kind, Meter},
    walk::{self, Content, Root, Sink, Tracked, TreePath, Windows},
};

/// What stands at the beginning of a Git LFS pointer (git-lfs `docs/spec.md`), and how long one may
/// be.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";
pub(super) const LONGEST_LFS_POINTER: usize = 1024;

/// Whether this text only stands for a file that Git LFS keeps elsewhere.
pub(super) fn is_lfs_pointer(text: &[u8]) -> bool {
    text.len() < LONGEST_LFS_POINTER && text.starts_with(LFS_POINTER)
}

impl Scanner<'_> {
    /// Searches all that the roots hold.
    pub(super) fn search_files(&self, roots: &[Root], naming: Naming, collector: &Collector) {
        let tracked = TrackedFiles::new(roots);
        let options = walk::Options {
            no_ignore: self.settings.no_ignore,
            threads: self.settings.threads,
            margin: self.detector.margin(),
            ..walk::Options::default()
        };
        let root = match (naming, roots) {
            (Naming::BelowRoot, [root]) => Some(Vec::from_path_lossy(root.path()).into_owned()),
            _ => None,
        };
        let sink = FileSink { scanner: self, collector, naming, root };
        let counts = walk::walk(roots, &tracked, &options, &sink);
        Collector::count(&collector.files, counts.files);
        Collector::count(&collector.bytes, counts.bytes);
        Collector::count(&collector.ignored, counts.ignored);
    }

    /// Searches standard input.
    pub(super) fn search_stdin(&self, collector: &Collector) {
        let options = walk::Options { margin: self.detector.margin(), ..walk::Options::default() };
        let sink = FileSink { scanner: self, collector, naming: Naming::AsNamed, root: None };
        let path = BStr::new("stdin");
        let input = Stdin::new(io::stdin(), Arc::clone(self.stop));
        let (bytes, gap) = walk::stream(input, &options, |content| {
            sink.search(&mut Scratch::default(), path, content);
        });
        Collector::count(&collector.files, 1);
        Collector::count(&collector.bytes, bytes);
        collector.gaps(gap.map(|gap| gap.at_path(path)));
    }
}

/// How paths are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// As the user would name them from where they are.
    AsNamed,
    /// Relative to the root, as history names them.
    BelowRoot,
}

struct FileSink<'s> {
    scanner: &'s Scanner<'s>,
    collector: &'s Collector,
    naming: Naming,
    /// The root below which gaps are named, too.
    root: Option<Vec<u8>>,
}

impl FileSink<'_> {
    fn path<'p>(&self, path: TreePath<'p>) -> &'p BStr {
        match self.naming {
            Naming::AsNamed => path.shown,
            Naming::BelowRoot if path.relative.is_empty() => path.shown,
            Naming::BelowRoot => path.relative,
        }
    }

    fn search(&self, scratch: &mut Scratch, path: &BStr, content: Content<'_>) {
        match content {
            Content::Whole(text) => self.search_whole(scratch, path, text),
            Content::Windows(windows) => self.search_windows(path, windows),
        }
    }

    fn search_whole(&self, scratch: &mut Scratch, path: &BStr, text: &[u8]) {
        if is_lfs_pointer(text) {
            let detail = "is a Git LFS pointer; the file it stands for was not searched";
            self.collector.gap(Gap::new(GapReason::LfsPointer, detail).at_path(path));
        }
        let mut found = self.scanner.detector.detect(text, scratch);
        let hits = self.scanner.detector.hits_of_last(scratch);
        if let Some(inside) = self.scanner.look_inside(text, hits, self.collector) {
            let secrets = inside.secrets();
            found.retain(|candidate| !secrets.contains(&candidate.secret));
            self.add_inside(path, inside);
        }
        if found.is_empty() {
            found = self.scanner.detector.detect_as_value(path, text);
        }
        if found.is_empty() {
            return;
        }
        let mut locator = Locator::new(text);
        let mut places: Vec<(Candidate, Place)> = found
            .into_iter()
            .map(|candidate| {
                let mut place = place_in(path, &candidate);
                place.region = Some(locator.region(text, 0, candidate.span));
                (candidate, place)
            })
            .collect();
        let lines: Vec<u64> =
            places.iter().filter_map(|(_, place)| Some(place.region?.start.line)).collect();
        let hashes = line_hashes(text, &lines);
        for (candidate, mut place) in places.drain(..) {
            let line = place.region.map(|region| region.start.line);
            place.line_hash = line.and_then(|line| hashes.get(&line).cloned());
            self.collector.add_place(candidate, place);
        }
    }

    /// A long file: each window answers for what begins in its home, and what may be inside is read
    /// as the windows go by.
    fn search_windows(&self, path: &BStr, windows: &mut Windows<'_>) {
        let meter = Meter::new(&self.collector.unpacking, self.scanner.stop);
        let mut search = WindowSearch::default();
        let mut own: Vec<(Candidate, Place)> = Vec::new();
        let mut searched = Searched::new(windows, |window| {
            meter.feed(window.home.len() as u64);
            for (candidate, region) in search.next(self.scanner.detector, window) {
                let mut place = place_in(path, &candidate);
                place.region = Some(region);
                own.push((candidate, place));
            }
            self.scanner.progress.advance(0, window.home.len() as u64);
        });
        let mut input = Input::new(&mut searched);
        let kind = Kind::of(input.peek(HEAD)).filter(|_| self.scanner.settings.archives);
        let inside = kind.map(|kind| self.scanner.look_inside_stream(kind, &mut input, &meter));
        searched.finish(|| self.scanner.stopped());
        let secrets = inside.as_ref().map(Opened::secrets).unwrap_or_default();
        own.retain(|(candidate, _)| !secrets.contains(&candidate.secret));
        for (candidate, place) in own {
            self.collector.add_place(candidate, place);
        }
        if let Some(inside) = inside {
            self.add_inside(path, inside);
        }
    }

    /// Adds what a container at this path holds.
    fn add_inside(&self, path: &BStr, inside: Opened) {
        self.collector.gaps(inside.gaps.into_iter().map(|gap| gap.at_path(path)));
        for inner in inside.found {
            if let Some(spelling) = &inner.spelling {
                self.collector.also_hide(&inner.candidate.secret, spelling);
            }
            let (candidate, place) = inner.placed(Standing::WorkTree);
            self.collector.add_place(candidate, Place { path: Some(path.into()), ..place });
        }
    }
}

/// A place in the content of a work-tree file, its region not yet known.
fn place_in(path: &BStr, candidate: &Candidate) -> Place {
    Place {
        path: Some(path.into()),
        layers: candidate.layers.clone(),
        inner: candidate.inner,
        ..Place::new(Part::Content, Standing::WorkTree)
    }
}

/// What one thread keeps.
#[derive(Default)]
struct Local {
    scratch: Scratch,
    names: Names,
}

impl FileSink<'_> {
    /// Searches the names that were gathered.
    fn search_names(&self, Local { scratch, names }: &mut Local) {
        names.suspects(self.scanner.detector, scratch, |path, scratch| {
            let own_name = path.rfind_byte(b'/').map_or(0, |at| at + 1);
            for candidate in self.scanner.detector.detect(path, scratch) {
                // What lies wholly in a folder's name is reported with that folder, once.
                if candidate.span.end <= own_name {
                    continue;
                }
                self.collector.also_hide(&candidate.secret, candidate.span.of(path));
                let mut place = place_in(path, &candidate);
                place.part = Part::FileName;
                self.collector.add_place(candidate, place);
            }
        });
    }
}

impl Sink for FileSink<'_> {
    type Local = Local;

    fn local(&self) -> Local {
        Local::default()
    }

    fn file(&self, local: &mut Local, path: TreePath<'_>, content: Content<'_>) {
        let bytes = if let Content::Whole(text) = &content { text.len() as u64 } else { 0 };
        self.search(&mut local.scratch, self.path(path), content);
        self.scanner.progress.advance(1, bytes);
    }

    fn symlink(&self, local: &mut Local, path: TreePath<'_>, target: &BStr) {
        let found = self.scanner.detector.detect(target, &mut local.scratch);
        let mut locator = Locator::new(target);
        for candidate in found {
            let mut place = place_in(self.path(path), &candidate);
            place.part = Part::SymlinkTarget;
            place.region = Some(locator.region(target, 0, candidate.span));
            self.collector.add_place(candidate, place);
        }
    }

    fn name(&self, local: &mut Local, path: TreePath<'_>) {
        if local.names.add(self.path(path)) {
            self.search_names(local);
        }
    }

    fn finish(&self, mut local: Local) {
        self.search_names(&mut local);
    }

    fn gap(&self, mut gap: Gap) {
        let below = |path: &BString| {
            let below = path.strip_prefix(self.root.as_ref()?.as_slice())?.strip_prefix(b"/")?;
            (!below.is_empty()).then(|| BString::from(below))
        };
        if let Some(below) = gap.path.as_ref().and_then(below) {
            gap.path = Some(below);
        }
        self.collector.gap(gap);
    }

    fn stop(&self) -> bool {
        self.scanner.stopped()
    }
}

/// Which files of the roots git tracks. The index is read when the first ignored file is met, and
/// not before: many trees have none.
struct TrackedFiles {
    roots: Vec<LazyIndex>,
}

struct LazyIndex {
    root: PathBuf,
    index: OnceLock<Index>,
}

#[derive(Default)]
struct Index {
    /// Tracked paths below the root.
    files: FxHashSet<BString>,
    /// Every folder above one of them.
    folders: FxHashSet<BString>,
    /// The index is there but cannot be read: then nothing is known to be untracked.
    unknown: bool,
}

impl TrackedFiles {
    fn new(roots: &[Root]) -> Self {
        let lazy = |root: &Root| LazyIndex { root: root.path().into(), index: OnceLock::new() };
        TrackedFiles { roots: roots.iter().map(lazy).collect() }
    }

    fn index(&self, root: usize) -> Option<&Index> {
        let lazy = self.roots.get(root)?;
        Some(lazy.index.get_or_init(|| Index::load(&lazy.root)))
    }
}

impl Tracked for TrackedFiles {
    fn contains(&self, root: usize, relative: &BStr) -> bool {
        self.index(root).is_some_and(|index| index.unknown || index.files.contains(relative))
    }

    fn any_below(&self, root: usize, relative: &BStr) -> bool {
        self.index(root).is_some_and(|index| index.unknown || index.folders.contains(relative))
    }
}

impl Index {
    fn load(root: &Path) -> Index {
        match git::discover(root, None, &git::Options::default()) {
            Err(error) if error.is_unreadable() => Index { unknown: true, ..Index::default() },
            Err(_) => Index::default(),
            Ok(repository) => {
                let entries = repository.index();
                let below = repository.work_tree().and_then(|tree| below(tree, root));
                match (entries, below) {
                    (Ok(index), Some(below)) => Index::of(&index, &below),
                    (Err(_), Some(_)) => Index { unknown: true, ..Index::default() },
                    (_, None) => Index::default(),
                }
            }
        }
    }

    fn of(index: &git::Index, below: &BString) -> Index {
        let mut tracked = Index::default();
        for entry in index.iter() {
            let Some(relative) = entry.path.strip_prefix(below.as_slice()) else { continue };
            tracked.files.insert(relative.into());
            let mut folder = relative;
            while let Some(at) = folder.rfind_byte(b'/') {
                folder = &folder[..at];
                if !tracked.folders.insert(folder.into()) {
                    break;
                }
            }
        }
        tracked
    }
}

/// How the root is named inside the work tree: empty for the work tree itself, else with a `/` at
/// the end. `None` if it lies outside.
fn below(work_tree: &Path, root: &Path) -> Option<BString> {
    let root = root.canonicalize().ok()?;
    let relative = root.strip_prefix(work_tree.canonicalize().ok()?).ok()?;
    let mut below = Vec::from_path_lossy(relative).into_owned();
    if !below.is_empty() {
        below.push(b'/');
    }
    Some(below.into())
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;
    use crate::{
        detect::Detector,
        rules::{RuleSet, template},
    };

    /// Candidates with their place in the whole text, and what else is reported of them.
    type Seen = Vec<(usize, usize, Vec<u8>, String)>;

    fn seen(offset: usize, candidate: &Candidate) -> (usize, usize, Vec<u8>, String) {
        let Candidate { span, layers, confidence, secret, .. } = candidate;
        let rest = format!("{layers:?} {confidence:?} {:?}", candidate.rule);
        (offset + span.start, offset + span.end, secret.reveal().to_vec(), rest)
    }

    /// What all windows answer, in windows as small as the margin allows.
    fn windowed(detector: &Detector, text: &[u8]) -> Seen {
        let input = Box::new(io::Cursor::new(text.to_vec()));
        let mut windows = Windows::new(input, 1, detector.margin());
        let (mut search, mut all, mut count) = (WindowSearch::default(), Vec::new(), 0);
        while let Some(window) = windows.next() {
            let offset = window.start as usize;
            let found = search.next(detector, &window);
            all.extend(found.iter().map(|(candidate, _)| seen(offset, candidate)));
            count += 1;
        }
        assert!(count > 2, "{count} windows");
        all
    }

    /// Tokens of several kinds and lengths among filling, nearer to each other than any encoded
    /// stretch is long, and at every distance from a seam. With their number.
    fn tokens(length: usize) -> (String, usize) {
        const KINDS: [&str; 4] = [
            "cfut_{{alnum:40}}{{crc32}}",
            "cfat_{{alnum:40}}{{crc32}}",
            r#"{{base64:{"a":"{{hex:32}}","t":"{{uuid}}","s":"{{base64:{{random:36}}}}"}}}"#,
            r#"{"AccountTag":"{{hex:32}}","TunnelSecret":"{{base64:{{random:32}}}}","TunnelID":"{{uuid}}"}"#,
        ];
        let (mut text, mut count) = (String::new(), 0);
        while text.len() < length {
            let drawn = template::expand(KINDS[count % KINDS.len()], count as u64).unwrap();
            text.push_str(&String::from_utf8(drawn).unwrap());
            text.push_str(&" -".repeat(300 + count % 7 * 50));
            text.push_str(&" ".repeat(count % 3));
            count += 1;
        }
        (text, count)
    }

    #[test]
    fn a_long_text_gives_the_same_in_windows_as_in_one_piece() {
        let detector = Detector::new(RuleSet::builtin(), jiff::Timestamp::UNIX_EPOCH);
        let margin = detector.margin();
        let wide = |text: &str, big: bool| -> Vec<u8> {
            let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            text.encode_utf16().flat_map(bytes).collect()
        };
        let (plain, count) = tokens(margin * 7);
        let (short, fewer) = tokens(margin * 4);
        let encoded = STANDARD.encode(&short);
        // Of this, a piece does not show which byte is the high one.
        let mixed = format!("\u{feff}{}", short.replace(" -", " 日"));
        let cases = [
            ("plain", plain.clone().into_bytes(), count),
            ("base64", STANDARD.encode(&plain).into_bytes(), count),
            ("UTF-16", wide(&format!("\u{feff}{short}"), false), fewer),
            ("UTF-16, high byte first", wide(&mixed, true), fewer),
            ("base64 in UTF-16", wide(&encoded, false), fewer),
        ];
        for (name, text, count) in cases {
            let whole = detector.detect(&text, &mut Scratch::default());
            let whole: Seen = whole.iter().map(|candidate| seen(0, candidate)).collect();
            assert_eq!(whole.len(), count, "{name}");
            let in_windows = windowed(&detector, &text);
            assert!(in_windows == whole, "{name}: {} in windows, {count} whole", in_windows.len());
        }
    }
}
