//! Entry points for fuzzing: the lines of a `.gitignore`.

#![allow(clippy::panic)] // This is how a target speaks.

use super::{ignored::lines, pattern::Steps};
use crate::model::fuzzing::Source;

/// Lines of a `.gitignore` against a path: judged, or given up after so many steps.
pub fn ignore(data: &[u8]) {
    let mut source = Source::new(data);
    let path = source.chunk();
    let is_folder = source.byte() & 1 == 1;
    let mut steps = Steps::for_one_path();
    for line in lines(source.rest()) {
        if line.matches(path, is_folder, &mut steps).is_err() {
            break;
        }
    }
}
