//! Taking secrets out of every text that a report shows besides the finding itself: paths, subjects,
//! names, refs, reasons of gaps.
//!
//! A token can stand in a file's name or a commit's subject. Such a text is shown with each secret
//! of the run replaced by its mask, also those that are below the asked confidence.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, MatchKind};
use bstr::{BString, ByteSlice};
use zeroize::Zeroizing;

use crate::{
    detect::{Detector, Scratch},
    model::{Finding, Gap, Place, Repository, Secret},
};

/// How many bytes of a secret may stand at the end of a text. A text may have been cut within one;
/// what is left of it up to this length gives next to nothing away (most is the kind's prefix).
const LONGEST_REST: usize = 7;

/// Replaces the secrets of a run by their masks.
pub struct Redactor {
    secrets: Option<AhoCorasick>,
    plain: Vec<Zeroizing<Vec<u8>>>,
    masks: Vec<String>,
}

impl Redactor {
    /// A redactor for these plaintexts, each with what is shown in its place.
    pub fn new(secrets: impl IntoIterator<Item = (Vec<u8>, String)>) -> Self {
        let (plain, masks): (Vec<_>, Vec<_>) =
            secrets.into_iter().filter(|(plain, _)| !plain.is_empty()).unzip();
        let secrets = (!plain.is_empty())
            .then(|| {
                AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&plain).ok()
            })
            .flatten();
        let plain = plain.into_iter().map(Zeroizing::new).collect();
        Redactor { secrets, plain, masks }
    }

    /// The text with every secret replaced, also one that the end of the text cuts short.
    pub fn bytes(&self, text: &mut BString) {
        let Some(secrets) = &self.secrets else { return };
        let cut = self.cut_secret(text);
        let end = cut.map_or(text.len(), |(start, _)| start);
        let (mut shown, mut at) = (Vec::new(), 0);
        for found in secrets.find_iter(text.as_slice()).take_while(|found| found.start() < end) {
            shown.extend_from_slice(&text[at..found.start()]);
            shown.extend_from_slice(self.masks[found.pattern()].as_bytes());
            at = found.end();
        }
        if at == 0 && cut.is_none() {
            return;
        }
        // A whole secret may reach into the cut one, or up to the very end.
        shown.extend_from_slice(text.get(at..end).unwrap_or_default());
        if let Some((_, mask)) = cut.filter(|_| at < text.len()) {
            shown.extend_from_slice(mask.as_bytes());
        }
        *text = shown.into();
    }

    /// Where a secret begins that the end of the text cuts short, and its mask.
    fn cut_secret(&self, text: &[u8]) -> Option<(usize, &str)> {
        let cut = |(plain, mask): (&Zeroizing<Vec<u8>>, _)| {
            let longest = plain.len().saturating_sub(1).min(text.len());
            // The longest beginning, so that as much as possible is hidden.
            let rest = (LONGEST_REST + 1..=longest)
                .rev()
                .find(|&length| text.ends_with(&plain[..length]))?;
            Some((text.len() - rest, mask))
        };
        self.plain.iter().zip(self.masks.iter().map(String::as_str)).filter_map(cut).min()
    }

    /// The same for text that is UTF-8.
    pub fn text(&self, text: &mut String) {
        let mut bytes = BString::from(std::mem::take(text));
        self.bytes(&mut bytes);
        *text = bytes.to_str_lossy().into_owned();
    }

    /// Every text of a finding that came from the scanned source.
    pub fn finding(&self, finding: &mut Finding) {
        finding.places.iter_mut().for_each(|place| self.place(place));
        finding.facts.iter_mut().for_each(|fact| self.text(&mut fact.value));
    }

    fn place(&self, place: &mut Place) {
        if let Some(path) = &mut place.path {
            self.bytes(path);
        }
        if let Some(commit) = &mut place.commit {
            self.bytes(&mut commit.subject);
            for person in [&mut commit.author, &mut commit.committer] {
                self.bytes(&mut person.name);
                self.bytes(&mut person.email);
            }
        }
    }

    /// Every text of a gap.
    pub fn gap(&self, gap: &mut Gap) {
        self.text(&mut gap.detail);
        if let Some(path) = &mut gap.path {
            self.bytes(path);
        }
    }

    /// Every text that names the repository.
    pub fn repository(&self, repository: &mut Repository) {
        self.bytes(&mut repository.root);
        if let Some(remote) = &mut repository.remote {
            self.text(remote);
        }
        if let Some(branch) = &mut repository.branch {
            self.bytes(branch);
        }
    }
}

/// A message with everything in it that a rule takes for a secret replaced by its mask: the last
/// thing done to what is printed outside a report, since an argument or a path may hold a token.
pub fn redact_message<'m>(detector: &Detector, message: &'m str) -> Cow<'m, str> {
    let found = detector.detect(message.as_bytes(), &mut Scratch::default());
    if found.is_empty() {
        return Cow::Borrowed(message);
    }
    let mut plain: Vec<(Vec<u8>, String)> = found
        .iter()
        .map(|candidate| (candidate.span.of(message.as_bytes()).to_vec(), candidate.secret.mask()))
        .collect();
    plain.extend(found.iter().map(|c| shown(&c.secret)));
    let mut text = message.to_owned();
    Redactor::new(plain).text(&mut text);
    Cow::Owned(text)
}

/// A secret and what is shown for it.
pub(super) fn shown(secret: &Secret) -> (Vec<u8>, String) {
    (secret.reveal().to_vec(), secret.mask())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occurrence_is_replaced_the_longest_first() {
        let redactor = Redactor::new([
            (b"token".to_vec(), "A".to_owned()),
            (b"token-long".to_vec(), "B".to_owned()),
        ]);
        let mut text = BString::from(&b"a token, a token-long\xff token"[..]);
        redactor.bytes(&mut text);
        assert_eq!(text, BString::from(&b"a A, a B\xff A"[..]));
        let mut nothing = BString::from("nothing");
        Redactor::new([]).bytes(&mut nothing);
        assert_eq!(nothing, "nothing");
    }
    fn redacted(secrets: &[&str], text: &str) -> String {
        let secrets = secrets.iter().enumerate();
        let redactor =
            Redactor::new(secrets.map(|(n, plain)| (plain.as_bytes().to_vec(), format!("<{n}>"))));
        let mut text = BString::from(text);
        redactor.bytes(&mut text);
        text.to_string()
    }

    #[test]
    fn a_secret_that_the_end_of_the_text_cuts_is_masked_too() {
        let secret = "tok_abcdefghijklmnop";
        assert_eq!(redacted(&[secret], "use tok_abcdefghijklmno"), "use <0>");
        assert_eq!(redacted(&[secret], "use tok_abcd"), "use <0>");
        assert_eq!(redacted(&[secret], "tok_abcd"), "<0>");
        // So little may stay, and elsewhere than at the end it is some other text.
        assert_eq!(redacted(&[secret], "use tok_abc"), "use tok_abc");
        assert_eq!(redacted(&[secret], "tok_abcdefgh or so"), "tok_abcdefgh or so");
        // A whole one before it is masked as ever, and a whole one at the end is no cut one.
        let both = format!("{secret} {}", &secret[..12]);
        assert_eq!(redacted(&[secret], &both), "<0> <0>");
        assert_eq!(redacted(&[secret], &format!("{secret}{secret}")), "<0><0>");
    }

    #[test]
    fn of_several_cut_secrets_the_one_that_hides_most_is_taken() {
        assert_eq!(redacted(&["cdefghijklmn", "abcdefghijkl"], "abcdefghijk"), "<1>");
        // The end of one secret may be the beginning of another.
        let secrets = ["1234567890abcdefgh", "abcdefgh-more-more", "h-more-m"];
        assert_eq!(redacted(&secrets, "a 1234567890abcdefgh"), "a <0>");
        assert_eq!(redacted(&secrets, "a 1234567890abcdefgh-more"), "a <0><1>");
        assert_eq!(redacted(&secrets, "a abcdefgh-more-m"), "a <1>");
    }
}
