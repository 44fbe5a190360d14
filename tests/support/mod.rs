//! What tests of the whole program share: made-up tokens, repositories that `git` builds, and runs
//! of the program with a time limit.

#![allow(dead_code)] // Each test file uses a part of it.

pub(crate) mod program;
pub(crate) mod repository;

use std::path::Path;

/// A user API token made up from a name: always the same for one name, never the same for two, with
/// a right checksum. None is written down anywhere.
pub(crate) fn token(name: &str) -> String {
    const LETTERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut state = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    let body: String = (0..40)
        .map(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            char::from(LETTERS[((mixed >> 32) % 62) as usize])
        })
        .collect();
    format!("cfut_{body}{:08x}", crc32fast::hash(body.as_bytes()))
}

/// The length of a token.
pub(crate) const LENGTH: u64 = 53;

/// Makes a FIFO, which blocks whoever opens it to read.
pub(crate) fn fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success(), "mkfifo {}", path.display());
}
