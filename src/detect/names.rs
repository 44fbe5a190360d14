//! Names of keys as they are written: `cloudflare api token` in every style, found from a short
//! *probe*, and read letter by letter without regard to case.
//!
//! A probe is a fragment that some spelling of the name contains: part of a rare first word
//! (`udfl` of `cloudflare`), or the joint of the first two words (`cf_`, `cft`, `h-ke` of `auth-key`),
//! in folded letters. All names stand in one tree of letters, so that a probe shared by a hundred of
//! them costs one walk. Between two words up to two of `_ - . :` and blank may stand, or nothing.

use std::collections::BTreeMap;

use super::{commonness::commonness, folded::folded};

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
}

impl Names {
    pub(super) fn new() -> Self {
        Names { nodes: vec![Node::default()] }
    }

    /// The length of the longest spelling of any name. Where one name has a joint, all may that share
    /// their letters so far.
    pub(super) fn longest(&self) -> usize {
        let mut lengths = vec![0; self.nodes.len()];
        // A node stands behind the one that leads to it.
        for (at, node) in self.nodes.iter().enumerate() {
            let joint = if node.joint { WIDEST_JOINT } else { 0 };
            for &(_, next) in &node.next {
                lengths[next as usize] = lengths[at] + joint + 1;
            }
        }
        lengths.into_iter().max().unwrap_or(0)
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

/// Adds the probes of a name. `is_stem` says whether its first word is rare by itself. Names of fewer
/// words come first: a longer one that ends as they do (`auth key`, `x auth key`) shares their probes.
pub(super) fn add_probes(name: &str, is_stem: bool, width: usize, probes: &mut Probes) {
    let words: Vec<&str> = name.split(' ').collect();
    let first = words[0];
    if is_stem || words.len() == 1 {
        let at = rarest(first.as_bytes(), width);
        add(probes, &first[at..at + width], at);
        return;
    }
    let is_known = |joint: &usize| {
        probes.contains_key(&folded(Joint::new(&words, *joint).snake(width).as_bytes()))
    };
    let known = (1..words.len()).find(is_known);
    match known {
        Some(joint) => Joint::new(&words, joint).add(width, probes),
        None if first.len() == 2 => {
            separated_after(first, probes);
            run_together(first, words[1], probes);
        }
        None => Joint::new(&words, 1).add(width, probes),
    }
}

fn add(probes: &mut Probes, fragment: &str, offset: usize) {
    let offsets = probes.entry(folded(fragment.as_bytes())).or_default();
    if !offsets.contains(&offset) {
        offsets.push(offset);
    }
}

/// A first word of two letters and a separator: three bytes that serve all second words.
fn separated_after(first: &str, probes: &mut Probes) {
    for separator in ["_", "-", ".", " "] {
        add(probes, &format!("{first}{separator}"), 0);
    }
}

/// A first word of two letters with the first two of the second word right behind.
fn run_together(first: &str, second: &str, probes: &mut Probes) {
    add(probes, &format!("{first}{}", &second[..second.len().min(2)]), 0);
}

/// Where two words of a name meet: the last letter of one and the beginning of the next.
struct Joint<'n> {
    last: &'n str,
    next: &'n str,
    /// Letters before the last one.
    letters: usize,
    /// Joints before this one.
    joints: usize,
}

impl<'n> Joint<'n> {
    fn new(words: &[&'n str], joint: usize) -> Self {
        let word = words[joint - 1];
        let letters: usize = words[..joint].iter().map(|word| word.len()).sum();
        Joint {
            last: &word[word.len() - 1..],
            next: words[joint],
            letters: letters - 1,
            joints: joint - 1,
        }
    }

    /// In the commonest style, which stands for the joint.
    fn snake(&self, width: usize) -> String {
        format!("{}_{}", self.last, self.start(width - 2))
    }

    fn start(&self, length: usize) -> &'n str {
        &self.next[..self.next.len().min(length)]
    }

    fn add(&self, width: usize, probes: &mut Probes) {
        let separated = self.letters + self.joints;
        add(probes, &self.snake(width), separated);
        add(probes, &format!("{}-{}", self.last, self.start(width - 2)), separated);
        // Where words run together one more letter stands in the fragment.
        add(probes, &format!("{}{}", self.last, self.start(width - 1)), self.letters);
    }
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
    fn the_longest_spelling_has_the_joints_of_all_names_that_share_its_letters() {
        let mut names = Names::new();
        names.add("a bcd", 0);
        names.add("abc d", 1);
        assert_eq!(names.longest(), "a__bc__d".len());
        assert_eq!(names.length_at(1, b"a__bc__d"), Some(8));
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
