//! A repository that the `git` binary builds in a temporary folder, apart from the configuration of
//! whoever runs the tests; names and times in it are always the same.

use std::{
    cell::Cell,
    ffi::OsStr,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// A repository with a work tree, removed at the end of the test.
pub(crate) struct Repo {
    folder: TempDir,
    root: PathBuf,
    clock: Cell<u64>,
}

impl Repo {
    /// An empty repository whose branch is `main`.
    pub(crate) fn new() -> Repo {
        let repo = Repo::bare_folder();
        repo.git(["init", "--quiet", "--initial-branch=main"]);
        repo
    }

    /// The same with a first commit that holds a file without secrets.
    pub(crate) fn with_commit() -> Repo {
        let repo = Repo::new();
        repo.write("README", "nothing here\n");
        repo.commit("Start");
        repo
    }

    /// A folder that is no repository yet.
    pub(crate) fn bare_folder() -> Repo {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap().join("repo");
        fs::create_dir(&root).unwrap();
        Repo { folder, root, clock: Cell::new(1_700_000_000) }
    }

    /// Its work tree.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path below its work tree.
    pub(crate) fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// A path beside it, removed with it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.parent().unwrap().join(name)
    }

    /// A git command to be run in it; each happens a minute after the one before.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        self.clock.set(self.clock.get() + 60);
        let date = format!("{} +0000", self.clock.get());
        let mut command = Command::new("git");
        command.args(args).current_dir(&self.root);
        isolate(&mut command);
        command
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_DATE", &date);
        command
    }

    /// Runs git, which must succeed; what it said, without the last line end.
    pub(crate) fn git<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> String {
        finish(&mut self.command(args), b"")
    }

    /// The same with words split at spaces.
    pub(crate) fn run(&self, words: &str) -> String {
        self.git(words.split(' '))
    }

    /// The same with standard input.
    pub(crate) fn feed(&self, words: &str, input: impl AsRef<[u8]>) -> String {
        finish(&mut self.command(words.split(' ')), input.as_ref())
    }

    /// The same with variables of the environment.
    pub(crate) fn run_with(&self, variables: &[(&str, &str)], words: &str) -> String {
        finish(self.command(words.split(' ')).envs(variables.iter().copied()), b"")
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Stages everything and commits it; the commit's id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.run("add --all");
        self.git(["commit", "--quiet", "--allow-empty", "--message", message]);
        self.run("rev-parse HEAD")
    }

    /// Writes one file and commits it.
    pub(crate) fn commit_file(&self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> String {
        self.write(path, text);
        self.commit("A file")
    }

    /// Where an object lies loose.
    pub(crate) fn loose(&self, id: &str) -> PathBuf {
        self.at(format!(".git/objects/{}/{}", &id[..2], &id[2..]))
    }

    /// The only pack's file with this ending.
    pub(crate) fn pack(&self, ending: &str) -> PathBuf {
        let folder = self.at(".git/objects/pack");
        let mut packs = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        packs.find(|path| path.extension().is_some_and(|found| found == ending)).unwrap()
    }
}

/// Takes away whatever of the machine's and the user's settings could act, for git and the program.
pub(crate) fn isolate(command: &mut Command) {
    command.env_clear();
    for name in ["PATH", "TMPDIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let settings = [
        ("gc.auto", "0"),
        ("maintenance.auto", "false"),
        ("core.autocrlf", "false"),
        ("protocol.file.allow", "always"),
        ("advice.detachedHead", "false"),
    ];
    command
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_CONFIG_COUNT", settings.len().to_string());
    for (at, (name, value)) in settings.iter().enumerate() {
        command.env(format!("GIT_CONFIG_KEY_{at}"), name);
        command.env(format!("GIT_CONFIG_VALUE_{at}"), value);
    }
}

fn finish(command: &mut Command, input: &[u8]) -> String {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // No command fed here says anything before it has read all.
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}\n{complained}");
    said
}
