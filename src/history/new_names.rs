//! Names of entries that were not met before.
//!
//! A credential may be part of a file's name, so names are searched like any text. The trees of a
//! history list the same few thousand of them over and over: each is searched once.

use std::collections::HashSet;

use foldhash::fast::RandomState;

/// So many bytes of names are remembered at most; then it begins anew.
const MOST_HELD: usize = 8 << 20;
/// What remembering a name takes besides its bytes.
const EACH: usize = 32;

/// Stands between two names, as no name holds it.
const JOINT: u8 = 0;

/// One worker's names.
#[derive(Default)]
pub(super) struct NewNames {
    /// Names in which nothing was found. The set hashes with a key of its own, since hostile names could
    /// be chosen to collide.
    known: HashSet<Box<[u8]>, RandomState>,
    held: usize,
    /// The others of the tree at hand.
    new: Vec<u8>,
}

impl NewNames {
    /// Begins another tree.
    pub(super) fn clear(&mut self) {
        self.new.clear();
    }

    /// Notes an entry's name.
    pub(super) fn note(&mut self, name: &[u8]) {
        if !self.known.contains(name) {
            self.new.extend_from_slice(name);
            self.new.push(JOINT);
        }
    }

    /// The names that are not known, as one text in which each ends with a zero.
    pub(super) fn text(&self) -> &[u8] {
        &self.new
    }

    /// Remembers that nothing was found in them.
    pub(super) fn remember(&mut self) {
        if self.held > MOST_HELD {
            (self.known, self.held) = Default::default();
        }
        for name in self.new.split(|byte| *byte == JOINT).filter(|name| !name.is_empty()) {
            if self.known.insert(name.into()) {
                self.held += name.len() + EACH;
            }
        }
        self.new.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_new_until_it_is_remembered() {
        let mut names = NewNames::default();
        let text = |names: &mut NewNames, list: &[&str]| {
            names.clear();
            list.iter().for_each(|name| names.note(name.as_bytes()));
            String::from_utf8(names.text().to_vec()).unwrap()
        };
        assert_eq!(text(&mut names, &["a", "b"]), "a\0b\0");
        assert_eq!(text(&mut names, &["b", "c"]), "b\0c\0");
        names.remember();
        assert_eq!(text(&mut names, &["a", "b", "c", "d"]), "a\0d\0");
    }

    #[test]
    fn endless_names_are_not_all_held() {
        let mut names = NewNames::default();
        for number in 0..3 * MOST_HELD / 1000 {
            names.note(&vec![b'x'; 900 + number % 90]);
            names.note(number.to_string().as_bytes());
            names.note(&[&vec![b'y'; 900], number.to_string().as_bytes()].concat());
            names.remember();
            assert!(names.held <= MOST_HELD + 3000);
        }
    }
}
