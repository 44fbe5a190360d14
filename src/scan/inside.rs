//! Looking inside archives and compressed files: every member is searched like a file, and opened
//! again if it is a container itself.
//!
//! A level that fits into memory is searched whole; a longer one goes by in windows, and is searched
//! as it is read by whoever unpacks it. What is reported of a container are its members: what its own
//! bytes show, too, is left out.

use std::io::{self, Read};

use bstr::{BString, ByteSlice};
use rustc_hash::FxHashSet;

use super::{
    Scanner,
    collect::Collector,
    wide,
    windowed::{Searched, WindowSearch},
};
use crate::{
    detect::{Candidate, Detector, Hit, Locator, Packed, Scratch, line_hashes},
    model::{Gap, GapReason, Layer, Part, Place, Region, Secret, Standing},
    unpack::{self, HEAD, Input, Kind, Member, Meter, Trouble, Visit},
    walk::Windows,
};

/// How many containers deep one is opened. A saved container image takes six: a compressed archive
/// of layers, each a compressed archive, with a jar of jars.
const DEEPEST: usize = 10;
/// The longest member that is searched in one piece, in bytes. Each level may hold one.
const WHOLE: usize = 4 << 20;
/// How many occurrences are listed of one outermost file.
const MOST_FOUND: usize = 100_000;

/// A secret inside a container.
pub(super) struct Inner {
    /// Its layers include the containers; its span is of no use outside.
    pub(super) candidate: Candidate,
    pub(super) part: Part,
    pub(super) member: Option<BString>,
    pub(super) region: Option<Region>,
    pub(super) line_hash: Option<String>,
    /// The text as it stands there, where a report may show that text: in names.
    pub(super) spelling: Option<Vec<u8>>,
}

impl Inner {
    /// The place, in the container at no path yet, and the candidate.
    pub(super) fn placed(self, standing: Standing) -> (Candidate, Place) {
        let place = Place {
            member: self.member,
            region: self.region,
            layers: self.candidate.layers.clone(),
            inner: self.candidate.inner,
            line_hash: self.line_hash,
            ..Place::new(self.part, standing)
        };
        (self.candidate, place)
    }
}

/// What a container held.
#[derive(Default)]
pub(super) struct Opened {
    pub(super) found: Vec<Inner>,
    /// What could not be opened; neither path nor object is set.
    pub(super) gaps: Vec<Gap>,
}

impl Opened {
    /// The secrets that were found inside.
    pub(super) fn secrets(&self) -> FxHashSet<Secret> {
        self.found.iter().map(|inner| inner.candidate.secret.clone()).collect()
    }
}

impl Scanner<'_> {
    /// Looks inside bytes that are all there is, if they are a container, or hold one as base64;
    /// `hits` are those of a search through them.
    pub(super) fn look_inside(
        &self,
        bytes: &[u8],
        hits: &[Hit],
        collector: &Collector,
    ) -> Option<Opened> {
        let packed = self.detector.packed(bytes, hits);
        let kind = Kind::of_whole(bytes);
        let wide = wide::of(bytes);
        if packed.is_empty() && kind.is_none() && wide.is_none() || !self.settings.archives {
            return None;
        }
        let meter = Meter::new(&collector.unpacking, self.stop);
        meter.feed(bytes.len() as u64);
        let mut inside = self.inside(&meter);
        inside.open_all(bytes, kind, packed, &Trail::default());
        Some(inside.into_opened())
    }

    fn inside<'i>(&'i self, meter: &'i Meter<'i>) -> Inside<'i> {
        Inside {
            detector: self.detector,
            meter,
            scratch: Scratch::default(),
            buffers: Vec::new(),
            found: Vec::new(),
            troubles: Vec::new(),
        }
    }

    /// The same for a stream of a known kind. What is read of it must be fed to the meter.
    pub(super) fn look_inside_stream(
        &self,
        kind: Kind,
        input: &mut dyn Read,
        meter: &Meter<'_>,
    ) -> Opened {
        let mut inside = self.inside(meter);
        inside.open(kind, input, &Trail::default());
        inside.into_opened()
    }
}

/// Where in the containers a level stands.
#[derive(Clone, Default)]
struct Trail {
    member: Option<BString>,
    layers: Vec<Layer>,
    /// Where in the outer text the outermost container stands that is encoded in one.
    outer: Option<Region>,
}

impl Trail {
    /// The way to a member of a container here.
    fn to(&self, name: Option<&[u8]>) -> Option<BString> {
        match (&self.member, name) {
            (Some(member), Some(name)) => Some([member, &b"!"[..], name].concat().into()),
            (None, Some(name)) => Some(name.into()),
            (member, None) => member.clone(),
        }
    }
}

/// The work on one outermost file.
struct Inside<'s> {
    detector: &'s Detector,
    meter: &'s Meter<'s>,
    scratch: Scratch,
    /// Memory for members, used again.
    buffers: Vec<Vec<u8>>,
    found: Vec<Inner>,
    /// What went wrong: for each reason the first, and how many more there were.
    troubles: Vec<(GapReason, String, u64)>,
}

impl Inside<'_> {
    fn into_opened(mut self) -> Opened {
        if let Some(trouble) = self.meter.trouble() {
            self.trouble(None, trouble);
        }
        let gap = |(reason, mut detail, more): (GapReason, String, u64)| {
            if more > 0 {
                detail += &format!("; and {more} more like it");
            }
            Gap::new(reason, detail)
        };
        Opened { found: self.found, gaps: self.troubles.into_iter().map(gap).collect() }
    }

    fn trouble(&mut self, member: Option<BString>, Trouble { reason, what }: Trouble) {
        if let Some((.., more)) = self.troubles.iter_mut().find(|(known, ..)| *known == reason) {
            *more += 1;
            return;
        }
        let detail = match member {
            Some(member) => format!("has a member '{}' that {what}", member.to_str_lossy()),
            None => what,
        };
        self.troubles.push((reason, detail, 0));
    }

    /// Adds what was found on one level, as long as there is room.
    fn add(&mut self, found: impl IntoIterator<Item = Inner>) {
        for inner in found {
            if self.found.len() >= MOST_FOUND {
                let what = "holds too many secrets to list; the others are left out";
                let is_known = self.troubles.iter().any(|(_, known, _)| known == what);
                if !is_known {
                    self.troubles.push((GapReason::ArchiveLimit, what.to_owned(), 0));
                }
                return;
            }
            self.found.push(inner);
        }
    }

    /// Opens a container whose bytes `input` gives.
    fn open(&mut self, kind: Kind, input: &mut dyn Read, trail: &Trail) {
        let depth = trail.layers.iter().filter(|layer| layer.is_container()).count();
        if depth >= DEEPEST {
            let what = format!("lies in more than {DEEPEST} containers and was not opened");
            let trouble = Trouble { reason: GapReason::ArchiveLimit, what };
            return self.trouble(trail.member.clone(), trouble);
        }
        let mut input = Input::new(input);
        unpack::open(kind, &mut input, self.meter, &mut Level { kind, trail, inside: self });
        // What is left is searched as it is read.
        while !input.peek(1).is_empty() {
            let _ = io::copy(&mut input, &mut io::sink());
        }
    }

    /// Searches one member, and opens it if it is a container.
    fn text(&mut self, content: &mut dyn Read, trail: &Trail) {
        let mut buffer = self.buffers.pop().unwrap_or_default();
        buffer.clear();
        // Members' bytes never fail.
        let _ = content.take(WHOLE as u64 + 1).read_to_end(&mut buffer);
        if buffer.len() <= WHOLE {
            self.whole(&buffer, trail);
        } else {
            self.long(&buffer, content, trail);
        }
        self.buffers.push(buffer);
    }

    fn whole(&mut self, text: &[u8], trail: &Trail) {
        let own = self.search_whole(text, trail);
        let packed = self.detector.packed(text, self.detector.hits_of_last(&self.scratch));
        let before = self.found.len();
        self.open_all(text, Kind::of_whole(text), packed, trail);
        self.add_own(own, before);
    }

    /// Opens a text that is a container, those that it holds as base64, and one in UTF-32.
    fn open_all(&mut self, text: &[u8], kind: Option<Kind>, packed: Vec<Packed>, trail: &Trail) {
        if let Some(kind) = kind {
            self.open(kind, &mut &*text, trail);
        }
        for Packed { bytes, region, layers } in packed {
            // What only looks like the beginning of one is none.
            if let Some(kind) = Kind::of_whole(&bytes) {
                let mut trail = trail.clone();
                trail.layers.extend(layers);
                trail.outer.get_or_insert(region);
                self.open(kind, &mut &*bytes, &trail);
            }
        }
        let wide = wide::of(text).filter(|_| trail.layers.len() < DEEPEST);
        if let Some((layer, narrow)) = wide.and_then(|wide| Some((wide, wide::narrow(text, wide)?)))
        {
            let mut trail = trail.clone();
            trail.layers.push(layer);
            self.whole(&narrow, &trail);
        }
    }

    fn long(&mut self, beginning: &[u8], rest: &mut dyn Read, trail: &Trail) {
        let kind = Kind::of(&beginning[..HEAD]);
        let mut windows =
            Windows::new(Box::new(beginning.chain(rest)), WHOLE, self.detector.margin());
        let before = self.found.len();
        let mut own = Vec::new();
        let mut search = WindowSearch::default();
        let detector = self.detector;
        let mut searched = Searched::new(&mut windows, |window| {
            for (candidate, region) in search.next(detector, window) {
                if own.len() < MOST_FOUND {
                    own.push(inner(candidate, Part::Content, trail, Some(region)));
                }
            }
        });
        if let Some(kind) = kind {
            self.open(kind, &mut searched, trail);
        }
        searched.finish(|| false);
        self.add_own(own, before);
    }

    /// Adds what a level's own bytes show, but for what was found inside.
    fn add_own(&mut self, mut own: Vec<Inner>, before: usize) {
        if !own.is_empty() {
            let inside: FxHashSet<&Secret> =
                self.found[before..].iter().map(|inner| &inner.candidate.secret).collect();
            own.retain(|inner| !inside.contains(&inner.candidate.secret));
            self.add(own);
        }
    }

    fn search_whole(&mut self, text: &[u8], trail: &Trail) -> Vec<Inner> {
        let mut found = self.detector.detect(text, &mut self.scratch);
        if found.is_empty()
            && let Some(member) = &trail.member
        {
            found = self.detector.detect_as_value(member, text);
        }
        if found.is_empty() {
            return Vec::new();
        }
        let mut locator = Locator::new(text);
        let mut own: Vec<Inner> = found
            .into_iter()
            .take(MOST_FOUND)
            .map(|candidate| {
                let region = locator.region(text, 0, candidate.span);
                inner(candidate, Part::Content, trail, Some(region))
            })
            .collect();
        let line = |inner: &Inner| inner.region.map(|region| region.start.line);
        let hashes = line_hashes(text, &own.iter().filter_map(line).collect::<Vec<_>>());
        for inner in own.iter_mut().filter(|_| trail.outer.is_none()) {
            inner.line_hash = line(inner).and_then(|line| hashes.get(&line).cloned());
        }
        own
    }

    /// Searches a member's name, or what a link says.
    fn name(&mut self, name: &[u8], part: Part, trail: &Trail) {
        let found = self.detector.detect(name, &mut self.scratch);
        let found: Vec<Inner> = found
            .into_iter()
            .map(|candidate| {
                let spelling = Some(candidate.span.of(name).to_vec());
                Inner { spelling, ..inner(candidate, part, trail, None) }
            })
            .collect();
        self.add(found);
    }
}

fn inner(mut candidate: Candidate, part: Part, trail: &Trail, region: Option<Region>) -> Inner {
    candidate.layers.splice(0..0, trail.layers.iter().copied());
    let member = trail.member.clone();
    // A container that is encoded in a text is placed there, and has its lines inside.
    let region = match trail.outer {
        Some(outer) => {
            candidate.inner = candidate.inner.or(region);
            Some(outer)
        }
        None => region,
    };
    Inner { candidate, part, member, region, line_hash: None, spelling: None }
}

/// One container being opened.
struct Level<'l, 's> {
    kind: Kind,
    trail: &'l Trail,
    inside: &'l mut Inside<'s>,
}

impl Visit for Level<'_, '_> {
    fn member(&mut self, member: Member<'_>) {
        let name = member.name.as_ref().map(|name| name.as_slice());
        let mut trail = self.trail.clone();
        trail.member = self.trail.to(name);
        trail.layers.extend(self.kind.layer());
        if let Some(name) = name {
            self.inside.name(name, Part::FileName, &trail);
        }
        if let Some(link) = &member.link {
            self.inside.name(link, Part::SymlinkTarget, &trail);
        }
        self.inside.text(member.content, &trail);
    }

    fn trouble(&mut self, member: Option<&[u8]>, trouble: Trouble) {
        self.inside.trouble(self.trail.to(member), trouble);
    }
}
