//! Repositories for tests, built by the `git` program or by hand.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{Error, Options, Repository, discover};

/// A folder that goes away with its repositories.
pub(super) struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    pub(super) fn new() -> Sandbox {
        Sandbox { folder: tempfile::tempdir().unwrap() }
    }

    /// A path in it, links resolved.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// A sandbox whose folder `repo` is a new repository.
    pub(super) fn with_repo() -> Sandbox {
        let sandbox = Sandbox::new();
        git(&sandbox.path(""), &["init", "-q", "-b", "main", "repo"]);
        sandbox
    }

    pub(super) fn repo(&self) -> PathBuf {
        self.path("repo")
    }

    /// Runs git in `repo`.
    pub(super) fn git(&self, args: &[&str]) -> String {
        git(&self.repo(), args)
    }

    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits a file in `repo` and returns the commit's id.
    pub(super) fn commit(&self, file: &str) -> String {
        self.write(&format!("repo/{file}"), file);
        self.git(&["add", file]);
        self.git(&["commit", "-q", "-m", file]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(super) fn discover(&self, name: &str) -> Result<Repository, Error> {
        discover(&self.path(name), None, &Options::default())
    }

    pub(super) fn open(&self) -> Repository {
        self.discover("repo").unwrap()
    }
}

/// Runs git, hermetic, and returns its output without the last line end.
pub(super) fn git(folder: &Path, args: &[&str]) -> String {
    let output = command(folder).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// Git, hermetic, with a fixed author.
pub(super) fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "A"),
        ("GIT_AUTHOR_EMAIL", "a@example.com"),
        ("GIT_AUTHOR_DATE", "1700000000 +0000"),
        ("GIT_COMMITTER_NAME", "C"),
        ("GIT_COMMITTER_EMAIL", "c@example.com"),
        ("GIT_COMMITTER_DATE", "1700000000 +0000"),
    ] {
        command.env(name, value);
    }
    command.args(["-c", "protocol.file.allow=always", "-c", "advice.detachedHead=false"]);
    command.current_dir(folder);
    command
}

/// Makes a FIFO, on which an unguarded open would hang.
pub(super) fn mkfifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}
