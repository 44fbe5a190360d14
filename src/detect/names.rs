//! Names of keys as they are written: `cloudflare api token` in every style, found from a short
//! *probe*, and read letter by letter without regard to case.
//!
//! A probe is a fragment that some spelling of the name contains: part of a rare first word
//! (`udfl` of `cloudflare`), or the joint of the first two words (`CF_`, `cfTo`, `h-Ke` of `Auth-Key`). All names stand in one
//! tree of letters, so that a probe shared by a hundred of them costs one walk. Between two words up
//! to two of `_ - . :` and blank may stand, or nothing.

use std::collections::BTreeMap;

use super::commonness::commonness;

/// Between two words of a name.
fn is_joint(byte: u8) -> bool {
    matches!(byte, b'_' | b'-' | b'.' | b':' | b' ')
}

/// How many separators may stand between two words.
const WIDEST_JOINT: usize = 2;

#[derive(Debug, Default, Clone)]
struct Node {
    /// By lower-case letter.
    next: Vec<(u8, u32)>,
    /// Whether a word may end here and another begin.
    joint: bool,
    /// The forms of which a name ends here: `cf apikey` and `cf api key` are the same letters.
    forms: Vec<usize>,
}

/// All names of a rule set.
#[derive(Debug, Clone)]
pub(super) struct Names {
    nodes: Vec<Node>,
    longest: usize,
}

impl Names {
    pub(super) fn new() -> Self {
        Names { nodes: vec![Node::default()], longest: 0 }
    }

    /// The length of the longest spelling of any name.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Adds a name that stands for a form.
    pub(super) fn add(&mut self, name: &str, form: usize) {
        let mut node = 0;
        for byte in name.bytes() {
            if byte == b' ' {
                self.nodes[node].joint = true;
                continue;
            }
            let known = self.nodes[node].next.iter().find(|(letter, _)| *letter == byte);
            node = match known {
                Some(&(_, next)) => next as usize,
                None => {
                    let next = self.nodes.len();
                    self.nodes.push(Node::default());
                    self.nodes[node].next.push((byte, next as u32));
                    next
                }
            };
        }
        self.nodes[node].forms.push(form);
        let joints = name.matches(' ').count();
        self.longest = self.longest.max(name.len() + joints * (WIDEST_JOINT - 1));
    }

    /// Tells every name that begins `text`: its form and how long it is as written there.
    pub(super) fn each_at(&self, text: &[u8], mut tell: impl FnMut(usize, usize)) {
        let mut node = &self.nodes[0];
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            if node.joint && is_joint(byte) {
                let joint = |b: &&u8| is_joint(**b);
                at += text[at..].iter().take(WIDEST_JOINT).take_while(joint).count();
                let Some(&after) = text.get(at) else { return };
                let Some(next) = self.step(node, after) else { return };
                node = next;
            } else {
                let Some(next) = self.step(node, byte) else { return };
                node = next;
            }
            at += 1;
            node.forms.iter().for_each(|form| tell(*form, at));
        }
    }

    fn step(&self, node: &Node, byte: u8) -> Option<&Node> {
        let letter = byte.to_ascii_lowercase();
        let &(_, next) = node.next.iter().find(|(known, _)| *known == letter)?;
        Some(&self.nodes[next as usize])
    }

    /// How long the name of a form is that begins `text`, if one does.
    pub(super) fn length_at(&self, form: usize, text: &[u8]) -> Option<usize> {
        let mut length = None;
        self.each_at(text, |found, to| length = length.or((found == form).then_some(to)));
        length
    }
}

/// Fragments to search for, each with where in a name it may begin.
pub(super) type Probes = BTreeMap<Vec<u8>, Vec<usize>>;

/// Adds the probes of a name. `stem` is its first word as it stands among the stems, if it does: its
/// capitals say where people write one.
pub(super) fn add_probes(name: &str, stem: Option<&str>, width: usize, probes: &mut Probes) {
    let mut add = |fragment: String, offset: usize| {
        let offsets = probes.entry(fragment.into_bytes()).or_default();
        if !offsets.contains(&offset) {
            offsets.push(offset);
        }
    };
    let mut words = name.split(' ');
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    match (stem, second) {
        (None, Some(second)) if first.len() == 2 => short_joint(first, second, &mut add),
        (None, Some(second)) => joint(first, second, width, &mut add),
        (stem, _) => {
            let word = stem.unwrap_or(first);
            let at = rarest(word.to_ascii_lowercase().as_bytes(), width);
            let part = &word[at..at + width];
            add(part.to_ascii_lowercase(), at);
            add(part.to_ascii_uppercase(), at);
            add(if at == 0 { title(part) } else { part.to_owned() }, at);
        }
    }
}

/// Of a first word of two letters: the word and a separator, which serves all second words, and
/// where there is no separator, two letters of the second word.
fn short_joint(first: &str, second: &str, add: &mut impl FnMut(String, usize)) {
    let (upper, capital) = (first.to_ascii_uppercase(), title(first));
    for separator in ["_", "-"] {
        for first in [first, &upper, &capital] {
            add(format!("{first}{separator}"), 0);
        }
    }
    add(format!("{first}."), 0);
    add(format!("{upper} "), 0);
    let two = &second[..2];
    for (first, two) in [
        (first, title(two)),
        (first, two.to_owned()),
        (&upper, two.to_ascii_uppercase()),
        (&capital, title(two)),
    ] {
        add(format!("{first}{two}"), 0);
    }
}

/// Of a longer common word: its last letter, a separator and the beginning of the next word.
fn joint(first: &str, second: &str, width: usize, add: &mut impl FnMut(String, usize)) {
    let at = first.len() - 1;
    let last = &first[at..];
    let start = &second[..second.len().min(width - 2)];
    let (upper, capital) = (last.to_ascii_uppercase(), title(start));
    add(format!("{last}_{start}"), at);
    add(format!("{last}-{start}"), at);
    add(format!("{upper}_{}", start.to_ascii_uppercase()), at);
    let last_as_word = if at == 0 { &upper } else { last };
    add(format!("{last_as_word}-{capital}"), at);
    // Of names that run together one more letter stands in the fragment.
    let start = &second[..second.len().min(width - 1)];
    add(format!("{last}{}", title(start)), at);
}

fn title(word: &str) -> String {
    let mut text = word.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

fn rarest(word: &[u8], width: usize) -> usize {
    let score = |at: &usize| word[*at..*at + width].iter().map(|&b| commonness(b)).sum::<u32>();
    (0..=word.len().saturating_sub(width)).min_by_key(score).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, usize)> {
        let mut names = Names::new();
        for (form, name) in
            ["cloudflare api token", "cf token", "cf", "x auth key"].iter().enumerate()
        {
            names.add(name, form);
        }
        let mut found = Vec::new();
        names.each_at(text.as_bytes(), |form, length| found.push((form, length)));
        found
    }

    #[test]
    fn a_name_is_read_in_every_style() {
        for text in [
            "CLOUDFLARE_API_TOKEN",
            "cloudflare_api_token=",
            "cloudflare-api-token",
            "Cloudflare-Api-Token",
            "cloudflareApiToken",
            "CloudFlareAPIToken",
            "cloudflareapitoken",
            "cloudflare.api.token",
            "cloudflare:apiToken",
            "Cloudflare__ApiToken",
            "Cloudflare API token",
        ] {
            assert_eq!(found(text).first().map(|(form, _)| *form), Some(0), "{text}");
        }
        assert_eq!(found("CF_Token=x"), [(2, 2), (1, 8)]);
        assert_eq!(found("x-auth-key"), [(3, 10)]);
        for text in ["cloudflare api", "cloudflare___api_token", "c_f_token", "cloud flare", ""] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
