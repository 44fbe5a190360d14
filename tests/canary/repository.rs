//! Repositories with a canary wherever git or the file system keeps text. They are made of raw
//! objects, since git itself would refuse some of them.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use git2::{ObjectType, Oid, Repository};

use crate::vault::Vault;

pub(crate) struct Built {
    pub(crate) path: PathBuf,
    /// The first commit.
    pub(crate) first: String,
    git: Repository,
}

/// Files, folders, links and FIFOs whose names are canaries.
pub(crate) fn names(folder: &Path, vault: &Vault) {
    for word in vault.words("as a file's name") {
        fs::write(folder.join(format!("a-{word}.txt")), "x").unwrap();
    }
    for word in vault.encoded_words("as a file's name") {
        fs::write(folder.join(word), "x").unwrap();
    }
    for (word, inside) in vault.words("as a folder's name").iter().zip(vault.lines("inside it")) {
        fs::create_dir(folder.join(word)).unwrap();
        fs::write(folder.join(word).join("inside"), inside).unwrap();
    }
    for (n, line) in vault.lines("as a link's target").iter().enumerate() {
        symlink(line, folder.join(format!("link-{n}"))).unwrap();
    }
    for word in vault.words("as a FIFO's name") {
        let made = Command::new("mkfifo").arg(folder.join(word)).status().unwrap();
        assert!(made.success());
    }
}

impl Built {
    pub(crate) fn empty(path: &Path) -> Built {
        fs::create_dir_all(path).unwrap();
        let mut options = git2::RepositoryInitOptions::new();
        options.external_template(false).initial_head("main");
        let git = Repository::init_opts(path, &options).unwrap();
        Built { path: path.to_owned(), first: String::new(), git }
    }

    pub(crate) fn put(&self, kind: ObjectType, bytes: &[u8]) -> Oid {
        self.git.odb().unwrap().write(kind, bytes).unwrap()
    }

    /// Writes a file of the git folder.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path.join(".git").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        let path = self.path.join(".git").join(name);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }

    pub(crate) fn head(&self) -> String {
        fs::read_to_string(self.path.join(".git/refs/heads/main")).unwrap().trim().to_owned()
    }

    /// A commit of a tree with these entries, on top of the branch.
    pub(crate) fn commit(
        &self,
        files: &[(&str, &[u8])],
        message: &str,
        name: &str,
        email: &str,
    ) -> Oid {
        let mut files = files.to_vec();
        files.sort_by_key(|(name, _)| *name);
        let mut tree = Vec::new();
        for (name, content) in files {
            let blob = self.put(ObjectType::Blob, content);
            tree.extend_from_slice(format!("100644 {name}\0").as_bytes());
            tree.extend_from_slice(blob.as_bytes());
        }
        self.commit_of(&tree, message.as_bytes(), name, email)
    }

    fn commit_of(&self, tree: &[u8], message: &[u8], name: &str, email: &str) -> Oid {
        let tree = self.put(ObjectType::Tree, tree);
        let branch = self.path.join(".git/refs/heads/main");
        let parent = fs::read_to_string(&branch)
            .map_or_else(|_| String::new(), |id| format!("parent {}\n", id.trim()));
        let mut text = format!(
            "tree {tree}\n{parent}author {name} <{email}> 1700000000 +0000\n\
             committer {email} <{name}> 1700000000 +0000\n\n"
        )
        .into_bytes();
        text.extend_from_slice(message);
        let id = self.put(ObjectType::Commit, &text);
        self.write("refs/heads/main", format!("{id}\n"));
        id
    }

    /// A canary of each kind in each place.
    pub(crate) fn new(path: &Path, vault: &Vault) -> Built {
        let mut built = Built::empty(path);
        built.first = built.commit(&[("f", b"x")], "first", "A", "a@b").to_string();
        built.deleted_and_messages(vault);
        built.odd_messages(vault);
        built.names_in_trees(vault);
        built.refs(vault);
        built.small_files(vault);
        built.first = built.commits_without_findings(vault);
        built.staged(vault);
        names(path, vault);
        for (n, line) in vault.lines("in a work-tree file").iter().enumerate() {
            fs::write(path.join(format!("w{n}")), line).unwrap();
        }
        built
    }

    fn deleted_and_messages(&self, vault: &Vault) {
        for text in vault.examples("in a deleted file") {
            self.commit(&[("gone", &text)], "delete it soon", "A", "a@b");
        }
        let places = ["in a subject", "in a body", "as an author's name", "as an e-mail address"];
        let [subjects, bodies, names, emails] = places.map(|place| vault.lines(place));
        for (n, subject) in subjects.iter().enumerate() {
            let message = format!("{subject}\n\n{}\n", bodies[n]);
            self.commit(&[("f", b"x")], &message, &names[n], &emails[n]);
        }
    }

    fn odd_messages(&self, vault: &Vault) {
        for word in vault.encoded_words("in a subject, encoded") {
            let files: &[(&str, &[u8])] = &[("f", b"y")];
            self.commit(files, &format!("data {word} end"), &word, "a@b");
        }
        for line in vault.lines("across the end of a long subject") {
            // A report shows 1,024 bytes of it.
            let front = "x".repeat(1024 - 40);
            self.commit(&[("f", b"z")], &format!("{front} {line} end"), "A", "a@b");
        }
        for line in vault.lines("in a subject in UTF-16") {
            let wide: Vec<u8> = line.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let blob = self.put(ObjectType::Blob, b"x");
            let tree = [b"100644 f\0", blob.as_bytes()].concat();
            self.commit_of(&tree, &wide, "A", "a@b");
        }
    }

    fn names_in_trees(&self, vault: &Vault) {
        for word in
            vault.words("as a name in a tree").iter().chain(&vault.encoded_words("name in a tree"))
        {
            let name = format!("a-{word}");
            self.commit(&[(&name, b"x")], "a name", "A", "a@b");
            // A submodule and an object that is missing: gaps with that name.
            let gone = [7; 20];
            let tree =
                [b"160000 s-", word.as_bytes(), b"\0", &gone, b"100644 t-", word.as_bytes(), b"\0"]
                    .concat();
            let tree = [&tree[..], &[9; 20]].concat();
            self.commit_of(&tree, b"gaps", "A", "a@b");
        }
        self.commit(&[("f", b"x")], "and away", "A", "a@b");
    }

    fn refs(&self, vault: &Vault) {
        let head = self.head();
        let tag = |name: &str, text: &str| {
            let text = format!(
                "object {head}\ntype commit\ntag {name}\ntagger {text} <{text}> 1 +0000\n\n{text}\n"
            );
            self.put(ObjectType::Tag, text.as_bytes())
        };
        for word in vault.words("as a branch") {
            self.write(&format!("refs/heads/b-{word}"), format!("{head}\n"));
        }
        for (word, line) in vault.words("as a tag").iter().zip(vault.lines("in a tag")) {
            let id = tag(word, &line);
            self.write(&format!("refs/tags/t-{word}"), format!("{id}\n"));
        }
        for word in vault.encoded_words("as a ref, encoded") {
            self.write(&format!("refs/custom/{word}"), format!("{head}\n"));
        }
    }

    fn small_files(&self, vault: &Vault) {
        let head = self.head();
        let line = |text: &String| {
            format!("{head} {head} {text} <{text}> 1700000000 +0000\tcommit: {text}\n")
        };
        let log: String = vault.lines("in a reflog").iter().map(line).collect();
        self.write("logs/HEAD", log);
        let mut config = "[core]\n\trepositoryformatversion = 0\n".to_owned();
        for (n, word) in vault.words("in a remote's address").iter().enumerate() {
            let name = if n == 0 { "origin".to_owned() } else { format!("r{n}") };
            config += &format!(
                "[remote \"{name}\"]\n\turl = https://{word}:x@h/{word}/r.git?{word}#{word}\n"
            );
        }
        for (n, word) in vault.words("in a header of the configuration").iter().enumerate() {
            config += &format!("[http \"{n}\"]\n\textraheader = Authorization: Bearer {word}\n");
        }
        self.write("config", config);
        self.write("COMMIT_EDITMSG", vault.lines("in a message being written").join("\n"));
        self.write("description", vault.lines("in a description").join("\n"));
    }

    /// Commits whose own texts hold canaries which a range that ends before never searches.
    fn commits_without_findings(&self, vault: &Vault) -> String {
        let mut first = String::new();
        for line in vault.lines("in one commit of a range") {
            first = self.commit(&[("last", line.as_bytes())], "m", "A", "a@b").to_string();
        }
        first
    }

    fn staged(&self, vault: &Vault) {
        let mut index = self.git.index().unwrap();
        let mut add = |path: String, text: &[u8]| {
            let entry = git2::IndexEntry {
                ctime: git2::IndexTime::new(0, 0),
                mtime: git2::IndexTime::new(0, 0),
                dev: 0,
                ino: 0,
                mode: 0o100_644,
                uid: 0,
                gid: 0,
                file_size: 0,
                id: Oid::ZERO_SHA1,
                flags: 0,
                flags_extended: 0,
                path: path.into_bytes(),
            };
            index.add_frombuffer(&entry, text).unwrap();
        };
        for (n, text) in vault.examples("in a staged file").iter().enumerate() {
            add(format!("staged-{n}"), text);
        }
        for word in vault.words("as a staged name") {
            add(format!("{word}/x"), b"x");
        }
        index.write().unwrap();
    }
}

pub(crate) type Undo = fn(&Built);

/// Each puts a word where something cannot be read for it, and says how to put things right again.
pub(crate) const DAMAGES: &[fn(&Built, &str) -> Undo] = &[
    |r, word| {
        r.write(&format!("refs/heads/{word}"), format!("{word}\n"));
        |_| {}
    },
    |r, word| {
        r.write("HEAD", format!("{word}\n"));
        |r| r.write("HEAD", "ref: refs/heads/main\n")
    },
    |r, word| {
        r.write("HEAD", format!("ref: refs/heads/{word}/x\n"));
        |r| r.write("HEAD", "ref: refs/heads/main\n")
    },
    |r, word| {
        r.write("packed-refs", format!("# pack-refs with: {word}\n{word} {word}\nxyz\n"));
        |r| r.remove("packed-refs")
    },
    |r, word| {
        r.write("objects/info/alternates", format!("/gone/{word}\n../../../{word}/objects\n"));
        |r| r.remove("objects/info/alternates")
    },
    |r, word| {
        r.write("config", format!("[core]\n\tbare = false\n[{word}\nx = {word}\n"));
        |r| r.remove("config")
    },
    |r, word| {
        r.write("config", format!("[extensions]\n\tobjectformat = {word}\n"));
        |r| r.remove("config")
    },
    |r, word| {
        r.write("config", format!("[extensions]\n\trefstorage = {word}\n"));
        |r| r.remove("config")
    },
    |r, word| {
        r.write(
            "config",
            format!("[core]\n\trepositoryformatversion = 1\n[extensions]\n\t{word} = {word}\n"),
        );
        |r| r.remove("config")
    },
    |r, word| {
        r.write("shallow", format!("{word}\n"));
        |r| r.remove("shallow")
    },
    |r, word| {
        r.write("info/grafts", format!("{word} {word}\n"));
        |r| r.remove("info/grafts")
    },
    |r, word| {
        r.write("MERGE_HEAD", format!("{word}\n"));
        |r| r.remove("MERGE_HEAD")
    },
    |r, word| {
        r.write("index", format!("DIRC{word}{word}"));
        |r| r.remove("index")
    },
    |r, word| {
        r.write("commondir", format!("/gone/{word}\n"));
        |r| r.remove("commondir")
    },
    |r, word| {
        r.write(&format!("worktrees/{word}/gitdir"), format!("/gone/{word}\n"));
        r.write(&format!("worktrees/{word}/HEAD"), format!("{word}\n"));
        r.write(&format!("worktrees/{word}/commondir"), format!("../../{word}\n"));
        |r| r.remove("worktrees")
    },
    |r, word| {
        r.write(&format!("logs/refs/heads/{word}"), format!("{word} {word} {word}\n"));
        |r| r.remove("logs")
    },
    |r, word| {
        r.write(&format!("objects/pack/pack-{word}.idx"), word);
        r.write(&format!("objects/pack/pack-{word}.pack"), word);
        |r| r.remove("objects/pack")
    },
    |r, word| {
        r.write(&format!("objects/12/{}", "ab".repeat(19)), word);
        r.write(&format!("objects/{word}"), word);
        |r| r.remove("objects/12")
    },
    |r, word| {
        fs::write(r.path.join(".gitignore"), format!("[{word}\n{word}[z-a]\n")).unwrap();
        fs::create_dir_all(r.path.join("sub")).unwrap();
        fs::write(r.path.join("sub/.git"), format!("gitdir: ../../{word}\n")).unwrap();
        |_| {}
    },
    |r, word| {
        fs::write(
            r.path.join(".gitmodules"),
            format!("[submodule \"{word}\"]\n\tpath = {word}\n\turl = https://{word}@h/{word}\n"),
        )
        .unwrap();
        let _ = Command::new("mkfifo").arg(r.path.join(".git").join(word)).status().unwrap();
        |_| {}
    },
];
