//! The only reader of environment variables.
//!
//! A hook runs inside git, which tells it through variables which index and which objects the commit
//! at hand uses. They are taken only where no repository is named on the command line: a named one
//! is meant as it is.

use std::{env, fs::File, io, path::PathBuf};

use etcetera::BaseStrategy;

use crate::git;

fn path(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// What git says to its hooks.
pub(super) fn of_hook() -> git::Environment {
    git::Environment {
        git_dir: path("GIT_DIR"),
        common_dir: path("GIT_COMMON_DIR"),
        work_tree: path("GIT_WORK_TREE"),
        index_file: path("GIT_INDEX_FILE"),
        object_directory: path("GIT_OBJECT_DIRECTORY"),
        alternate_object_directories: path("GIT_ALTERNATE_OBJECT_DIRECTORIES")
            .map(|list| env::split_paths(&list).collect())
            .unwrap_or_default(),
        quarantine_path: path("GIT_QUARANTINE_PATH"),
    }
}

/// The folder of the cache: the one that is set, or ours in the user's folder of caches.
pub(super) fn cache_dir() -> Option<PathBuf> {
    path("CFLEAKS_CACHE_DIR").or_else(|| {
        let known = etcetera::choose_base_strategy().ok()?;
        Some(known.cache_dir().join("cfleaks"))
    })
}

/// The file that this process runs.
pub(super) fn own_program() -> io::Result<File> {
    File::open(env::current_exe()?)
}

/// Whether the user has asked every program for no colours (<https://no-color.org>).
pub(super) fn no_color() -> bool {
    env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// How wide the terminal is, where it does not say so itself.
pub(super) fn columns() -> Option<usize> {
    env::var("COLUMNS").ok()?.trim().parse().ok().filter(|columns| *columns > 0)
}

/// Another address of Cloudflare's API than its own.
#[cfg(feature = "verify")]
pub(super) fn api_url() -> Option<String> {
    text("CFLEAKS_API_URL")
}

/// An administrator's API token, to look up what cannot be tested.
#[cfg(feature = "verify")]
pub(super) fn admin_token() -> Option<String> {
    text("CFLEAKS_ADMIN_TOKEN")
}

/// The proxy that connections by TLS are to go through, and the hosts that need none: the names
/// that curl knows, too.
#[cfg(feature = "verify")]
pub(super) fn proxy() -> Option<(String, String)> {
    let first = |names: &[&str]| names.iter().find_map(|name| text(name));
    let address = first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?;
    Some((address, first(&["no_proxy", "NO_PROXY"]).unwrap_or_default()))
}

#[cfg(feature = "verify")]
fn text(name: &str) -> Option<String> {
    let value = env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}
