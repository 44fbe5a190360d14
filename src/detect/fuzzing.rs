//! Entry points for fuzzing: detection in arbitrary bytes, its decoders, and the law of inheritance.

#![allow(clippy::panic)] // This is how a target speaks.

use std::sync::OnceLock;

use jiff::Timestamp;

use super::{
    Candidate, Detector, Hit, Locator, Scratch, decode, inherit,
    searcher::{Desk, Searchers, Seek},
};
use crate::{
    model::{JOINT, Patch, Piece, fuzzing::Source},
    rules::{Decoder, RuleSet, template},
};

/// The detector of the built-in rules.
pub fn detector() -> &'static Detector {
    static DETECTOR: OnceLock<Detector> = OnceLock::new();
    DETECTOR.get_or_init(|| Detector::new(RuleSet::builtin(), Timestamp::UNIX_EPOCH))
}

/// Words worth writing: anchors in every spelling, and the rules' examples, drawn here and now.
pub fn dictionary() -> &'static [Vec<u8>] {
    static WORDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let rules = detector().rules().rules();
        let examples = rules.iter().flat_map(|rule| rule.examples.iter().take(2));
        let drawn = examples.filter_map(|example| template::expand(&example.text, 1).ok());
        let mut words: Vec<Vec<u8>> = drawn.filter(|text| text.len() <= 1500).collect();
        words.extend(detector().searchers.forms.iter().map(|form| form.literal.to_vec()));
        words
    })
}

/// Bytes from 0x80 on stand for words: a pair of bytes chooses one, and where it is cut.
fn text(bytes: &[u8]) -> Vec<u8> {
    let words = dictionary();
    let mut text = Vec::new();
    let mut rest = bytes.iter();
    while let Some(&byte) = rest.next() {
        if byte < 0x80 {
            text.push(byte);
            continue;
        }
        let choice = usize::from(byte & 0x3f) << 8 | usize::from(*rest.next().unwrap_or(&0));
        let word = &words[choice % words.len()];
        // Whole, or its end, or its beginning.
        let cut = choice / words.len() % word.len().max(1);
        text.extend(if byte & 0x40 == 0 { &word[cut..] } else { &word[..word.len() - cut] });
    }
    text
}

/// Any bytes, as they are and with words in them: what is found lies in the text.
pub fn detect(data: &[u8]) {
    for text in [data.to_vec(), text(data)] {
        let found = detector().detect(&text, &mut Scratch::default());
        let mut locator = Locator::new(&text);
        for candidate in found {
            assert!(candidate.span.start < candidate.span.end && candidate.span.end <= text.len());
            assert!(!candidate.secret.reveal().is_empty());
            locator.region(&text, 0, candidate.span);
        }
    }
}

/// The decoders, whatever pattern let the bytes pass.
pub fn decoders(data: &[u8]) {
    let mut source = Source::new(data);
    let which = source.byte();
    let rest = source.rest();
    let texts = [rest.to_vec(), text(rest)];
    for text in &texts {
        for decoder in [
            Decoder::TunnelToken,
            Decoder::TunnelCredentials,
            Decoder::OriginCert,
            Decoder::R2SessionToken,
            Decoder::AccessJwt,
        ] {
            let part = &text[..text.len() * usize::from(which) / 255];
            if let Some(decoded) = decode::decode(decoder, part, text, Timestamp::UNIX_EPOCH) {
                assert!(decoded.length.is_none_or(|length| length <= text.len()));
            }
        }
    }
}

/// A text copied in stretches from an older one.
struct Copied {
    older: Vec<u8>,
    newer: Vec<u8>,
    pieces: Vec<Piece>,
    inserts: Vec<u8>,
}

impl Copied {
    /// Texts of hardly more than `most` bytes each.
    fn new(source: &mut Source<'_>, most: usize) -> Self {
        let mut older = text(source.chunk());
        older.truncate(most);
        let (mut newer, mut pieces, mut inserts) = (Vec::new(), Vec::new(), Vec::new());
        while !source.is_empty() && newer.len() < most {
            let from = source.below(older.len());
            let len = source.below(older.len() - from + 1);
            if len > 0 {
                pieces.push(Piece { to: newer.len(), len, at: from, copied: true });
                newer.extend_from_slice(&older[from..from + len]);
            }
            let mut inserted = text(source.chunk());
            inserted.truncate(most);
            if !inserted.is_empty() {
                let (to, at, len) = (newer.len(), inserts.len(), inserted.len());
                pieces.push(Piece { to, len, at, copied: false });
                newer.extend_from_slice(&inserted);
                inserts.extend_from_slice(&inserted);
            }
        }
        Copied { older, newer, pieces, inserts }
    }

    fn patch(&self) -> Patch<'_> {
        Patch { pieces: &self.pieces, older: &self.older, inserted: &self.inserts, margin: 0 }
    }
}

/// The pieces of a text with copies that are long enough for margins, and what is inserted with these.
fn with_margins(newer: &[u8], pieces: &[Piece], margin: usize) -> (Vec<Piece>, Vec<u8>) {
    let (mut laid, mut inserted, mut to) = (Vec::new(), Vec::new(), 0);
    let long = pieces.iter().filter(|piece| piece.copied && piece.len >= 2 * margin);
    let end = Piece { to: newer.len(), len: 0, at: 0, copied: true };
    for copy in long.chain([&end]) {
        let is_seam = copy.to > 0 && (copy.to < newer.len() || to < newer.len());
        if is_seam && (to > 0 || copy.to > to) {
            let (start, stop) = (to.saturating_sub(margin), newer.len().min(copy.to + margin));
            let at = inserted.len() + to - start;
            laid.push(Piece { to, len: copy.to - to, at, copied: false });
            inserted.extend_from_slice(&newer[start..stop]);
            inserted.push(JOINT);
        }
        laid.extend(Some(*copy).filter(|copy| copy.len > 0));
        to = copy.to + copy.len;
    }
    (laid, inserted)
}

/// The hits of a text made from an older one, whose hits are known: from a patch without margins, and from
/// the same with them.
pub(super) fn inherited(
    searchers: &Searchers,
    seek: Seek,
    newer: &[u8],
    bare: Patch<'_>,
    older_hits: &[Hit],
) -> [Vec<Hit>; 2] {
    let margin = searchers.beside();
    let (pieces, inserted) = with_margins(newer, bare.pieces, margin);
    let shown = Patch { pieces: &pieces, older: bare.older, inserted: &inserted, margin };
    let (mut bench, mut desk) = (inherit::Workbench::default(), Desk::default());
    [bare, shown].map(|patch| {
        let (mut hits, memory) = (Vec::new(), (&mut bench, &mut desk));
        inherit::search_changed(searchers, seek, &patch, older_hits, memory, &mut hits);
        hits
    })
}

/// The law of inheritance: a text copied in stretches from an older one has the same anchors with
/// and without what is known of the older one, and whether what is new comes with margins or not.
pub fn inherit(data: &[u8]) {
    let mut source = Source::new(data);
    let seek = if source.byte() & 1 == 0 { Seek::Everything } else { Seek::NoWide };
    let copied = Copied::new(&mut source, 1 << 16);
    let searchers = &detector().searchers;
    let (mut known, mut desk) = (Vec::new(), Desk::default());
    searchers.search(seek, &copied.older, &mut desk, &mut known);
    let mut plain = Vec::new();
    searchers.search(seek, &copied.newer, &mut desk, &mut plain);
    for found in inherited(searchers, seek, &copied.newer, copied.patch(), &known) {
        assert_eq!(found, plain);
    }
}

/// Longer texts take long to judge with all that a fuzzer watches.
const MOST_JUDGED: usize = 2 << 10;

/// A text copied in stretches from another: judging its anchors shows the same with and without what
/// judging the older one's showed.
pub fn heir(data: &[u8]) {
    let copied = Copied::new(&mut Source::new(data), MOST_JUDGED);
    let (detector, mut scratch) = (detector(), Scratch::default());
    let hits = detector.anchors(&copied.older, &mut scratch).to_vec();
    let (_, judged) = detector.judge_heir(&hits, copied.older.len(), None, true, || &copied.older);
    let hits = detector.anchors(&copied.newer, &mut scratch).to_vec();
    let (patch, length) = (copied.patch(), copied.newer.len());
    let change = judged.as_ref().map(|judged| (&patch, judged));
    let (inherited, _) = detector.judge_heir(&hits, length, change, false, || &copied.newer);
    let told = |found: &[Candidate]| -> Vec<String> {
        found.iter().map(|each| format!("{each:?} {:?}", each.secret.reveal())).collect()
    };
    let plain = detector.judge(&copied.newer, &hits);
    // Not with the secrets: a crash is shown to others.
    assert!(told(&inherited) == told(&plain), "{} against {}", inherited.len(), plain.len());
}
