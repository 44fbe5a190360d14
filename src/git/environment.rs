//! What the caller may say about where a repository's parts are.

use std::path::PathBuf;

/// The variables with which git tells a hook where the repository is. Only the `cli` reads the
/// environment; it hands them over here, and only when no repository was named.
///
/// Relative paths are taken from the current folder, as git does, `index_file` from the top of the
/// work tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `GIT_DIR`.
    pub git_dir: Option<PathBuf>,
    /// `GIT_COMMON_DIR`.
    pub common_dir: Option<PathBuf>,
    /// `GIT_WORK_TREE`.
    pub work_tree: Option<PathBuf>,
    /// `GIT_INDEX_FILE`.
    pub index_file: Option<PathBuf>,
    /// `GIT_OBJECT_DIRECTORY`.
    pub object_directory: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`, split.
    pub alternate_object_directories: Vec<PathBuf>,
    /// `GIT_QUARANTINE_PATH`: where a push keeps its objects until the hooks have accepted them.
    pub quarantine_path: Option<PathBuf>,
}

/// What the user allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Alternates, links and pointers that leave the named repository are followed.
    pub follow_alternates: bool,
}
