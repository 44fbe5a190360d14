//! `--cache`: which folder it is, and what tells this build of the program from others.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;

use super::{args::CacheOptions, environment};
use crate::{cache::Folder, scan::Cache};

/// The cache that was asked for, if one was.
///
/// # Errors
/// There is no place for it, or it cannot be used.
pub(super) fn open(options: &CacheOptions) -> anyhow::Result<Option<Cache>> {
    if !options.cache && options.cache_dir.is_none() {
        return Ok(None);
    }
    let path = match &options.cache_dir {
        Some(named) => named.clone(),
        None => default_folder()?,
    };
    let folder = Arc::new(Folder::open(&path)?);
    // Every byte of the program, so that a repaired detector or a newer library trusts nothing that
    // its forerunner has said.
    let mut hasher = blake3::Hasher::new_derive_key("cfleaks 2026-11-22 build of the program v1");
    let program = environment::own_program()
        .context("the program's own file cannot be read; do without --cache")?;
    hasher
        .update_reader(program)
        .context("the program's own file cannot be read; do without --cache")?;
    Ok(Some(Cache { folder, build: *hasher.finalize().as_bytes() }))
}

fn default_folder() -> anyhow::Result<PathBuf> {
    environment::cache_dir()
        .context("no folder for the cache is known; name one with --cache-dir, or set HOME")
}
