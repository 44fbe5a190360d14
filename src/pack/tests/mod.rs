//! What the tests of whole stores share: a visitor that collects, repositories built by git, and
//! packs written by hand, byte by byte, so that they can be wrong.

mod hostile;
mod moving;
mod repositories;
mod unindexed;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
};

use super::{KindSet, Object, Store, Visitor};
use crate::model::{Gap, ObjectId, ObjectKind};

type Objects = BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>;

/// Collects every object, and fails on one that comes twice.
#[derive(Default)]
struct Collect {
    objects: Mutex<Objects>,
    told: Mutex<(u64, u64)>,
}

impl Visitor for Collect {
    type Local = Vec<(ObjectId, ObjectKind, Vec<u8>)>;
    type Memory = ();

    fn local(&self) -> Self::Local {
        Vec::new()
    }

    fn visit(&self, local: &mut Self::Local, object: Object<'_>) {
        local.push((object.id, object.kind, object.bytes.to_vec()));
    }

    fn progress(&self, objects: u64, bytes: u64) {
        let mut told = self.told.lock().unwrap();
        told.0 += objects;
        told.1 += bytes;
    }

    fn finish(&self, local: Self::Local) {
        let mut objects = self.objects.lock().unwrap();
        for (id, kind, bytes) in local {
            assert!(objects.insert(id, (kind, bytes)).is_none(), "{id} was visited twice");
        }
    }
}

/// Visits all objects of the kinds with this many threads.
fn collect(store: &Store, kinds: KindSet, threads: usize) -> (Objects, Vec<Gap>) {
    collect_within(store, kinds, threads, 1 << 30)
}

/// The same with a budget for each worker's stack.
fn collect_within(
    store: &Store,
    kinds: KindSet,
    threads: usize,
    budget: usize,
) -> (Objects, Vec<Gap>) {
    let visitor = Collect::default();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let gaps = pool.install(|| store.traverse_within(kinds, &visitor, budget));
    let objects = visitor.objects.into_inner().unwrap();
    let bytes = objects.values().map(|(_, bytes)| bytes.len() as u64).sum();
    assert_eq!(*visitor.told.lock().unwrap(), (objects.len() as u64, bytes), "progress adds up");
    (objects, gaps)
}

/// A repository built by git in a folder that goes away.
struct Repo {
    dir: tempfile::TempDir,
}

impl Repo {
    fn new() -> Self {
        let repo = Repo { dir: tempfile::tempdir().unwrap() };
        repo.git(&["init", "-q", "-b", "main", "."]);
        repo
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn objects(&self) -> PathBuf {
        self.path().join(".git/objects")
    }

    fn pack_dir(&self) -> PathBuf {
        self.objects().join("pack")
    }

    /// The only file of this extension in the pack folder.
    fn only(&self, extension: &str) -> PathBuf {
        let mut found = self.with_extension(extension);
        assert_eq!(found.len(), 1, "{found:?}");
        found.pop().unwrap()
    }

    fn with_extension(&self, extension: &str) -> Vec<PathBuf> {
        let entries =
            std::fs::read_dir(self.pack_dir()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_some_and(|e| e == extension)).collect()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.path());
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"GIT_") {
                command.env_remove(name);
            }
        }
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A")
            .env("GIT_AUTHOR_EMAIL", "a@example.com")
            .env("GIT_AUTHOR_DATE", "1700000000 +0000")
            .env("GIT_COMMITTER_NAME", "C")
            .env("GIT_COMMITTER_EMAIL", "c@example.com")
            .env("GIT_COMMITTER_DATE", "1700000000 +0000");
        command
    }

    fn git(&self, arguments: &[&str]) -> Vec<u8> {
        self.git_with(arguments, b"")
    }

    fn git_with(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, &input));
        let output = child.wait_with_output().unwrap();
        let _ = writer.join().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {said}");
        output.stdout
    }

    /// Commits a file.
    fn commit(&self, name: &str, content: &[u8]) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", name]);
    }

    /// All objects as git itself reads them.
    fn expected(&self) -> Objects {
        let out = self.git(&["cat-file", "--batch-all-objects", "--batch", "--unordered"]);
        let mut objects = Objects::new();
        let mut rest = out.as_slice();
        while !rest.is_empty() {
            let line = rest.iter().position(|byte| *byte == b'\n').unwrap();
            let words: Vec<&str> = std::str::from_utf8(&rest[..line]).unwrap().split(' ').collect();
            let kind = match words[1] {
                "commit" => ObjectKind::Commit,
                "tree" => ObjectKind::Tree,
                "blob" => ObjectKind::Blob,
                "tag" => ObjectKind::Tag,
                other => panic!("{other}"),
            };
            let size: usize = words[2].parse().unwrap();
            let content = &rest[line + 1..][..size];
            objects.insert(words[0].parse().unwrap(), (kind, content.to_vec()));
            rest = &rest[line + 1 + size + 1..];
        }
        objects
    }

    /// Asserts that a store of this repository holds exactly what git says, whichever way it is
    /// asked.
    fn check(&self) {
        let (store, gaps) = Store::open(&[self.objects()]).unwrap();
        assert_eq!(gaps, []);
        let expected = self.expected();
        assert_eq!(store.len(), expected.len() as u64);
        for threads in [1, 4] {
            let (objects, gaps) = collect(&store, KindSet::ALL, threads);
            assert_eq!(gaps, []);
            assert!(objects == expected, "with {threads} threads");
        }
        for kind in [ObjectKind::Commit, ObjectKind::Tree, ObjectKind::Blob, ObjectKind::Tag] {
            let (objects, gaps) = collect(&store, KindSet::of(&[kind]), 2);
            assert_eq!(gaps, []);
            let of_kind = expected.iter().filter(|(_, (other, _))| *other == kind);
            assert!(objects.iter().eq(of_kind), "only {kind}s");
        }
        let ids: std::collections::BTreeSet<_> = store.ids().collect();
        assert!(ids.iter().eq(expected.keys()));
        let mut bytes = Vec::new();
        for (id, (kind, content)) in &expected {
            assert!(store.contains(id));
            assert_eq!(store.kind(id).unwrap(), Some(*kind));
            assert_eq!(store.read(id, &mut bytes).unwrap(), Some(*kind));
            assert!(bytes == *content, "{id}");
        }
        let absent = ObjectId([0xab; 20]);
        assert!(!store.contains(&absent));
        assert!(store.read(&absent, &mut bytes).unwrap().is_none());
        assert!(store.kind(&absent).unwrap().is_none());
    }
}

/// Text that differs from version to version in a few lines only.
fn version(number: usize) -> Vec<u8> {
    let mut text = String::new();
    for line in 0..200 {
        // A line changes every time its number divides the version's.
        let state = number / (line + 1);
        text.push_str(&format!("line {line} state {state} {}\n", (line * 7919 + state) % 104_729));
    }
    text.into_bytes()
}

/// A pack written by hand.
#[derive(Default)]
pub(super) struct Packer {
    body: Vec<u8>,
    /// Name and offset of each entry.
    entries: Vec<(ObjectId, u64)>,
}

impl Packer {
    /// Where the next entry will be.
    pub(super) fn offset(&self) -> u64 {
        12 + self.body.len() as u64
    }

    /// Adds an entry of this type whose header claims this size; `base` goes between header and
    /// stream.
    pub(super) fn entry(
        &mut self,
        name: u8,
        kind: u8,
        size: u64,
        base: &[u8],
        content: &[u8],
    ) -> u64 {
        let offset = self.offset();
        self.entries.push((id(name), offset));
        let mut rest = size >> 4;
        self.body.push(kind << 4 | (size & 15) as u8 | if rest > 0 { 0x80 } else { 0 });
        while rest > 0 {
            let more = if rest > 0x7f { 0x80 } else { 0 };
            self.body.push((rest & 0x7f) as u8 | more);
            rest >>= 7;
        }
        self.body.extend(base);
        self.body.extend(deflate(content));
        offset
    }

    pub(super) fn blob(&mut self, name: u8, content: &[u8]) -> u64 {
        self.entry(name, 3, content.len() as u64, b"", content)
    }

    /// A delta on the entry at an offset.
    pub(super) fn offset_delta(&mut self, name: u8, base: u64, delta: &[u8]) -> u64 {
        let distance = distance(self.offset().wrapping_sub(base));
        self.entry(name, 6, delta.len() as u64, &distance, delta)
    }

    /// A delta on the object of a name.
    pub(super) fn id_delta(&mut self, name: u8, base: u8, delta: &[u8]) -> u64 {
        self.entry(name, 7, delta.len() as u64, &id(base).0, delta)
    }

    /// The pack and its index as bytes.
    pub(super) fn bytes(&self) -> (Vec<u8>, Vec<u8>) {
        let mut pack = b"PACK\0\0\0\x02".to_vec();
        pack.extend((self.entries.len() as u32).to_be_bytes());
        pack.extend(&self.body);
        pack.extend([0x55; 20]);
        let mut entries = self.entries.clone();
        entries.sort();
        let mut idx = b"\xfftOc\0\0\0\x02".to_vec();
        for first in 0..=255u8 {
            let below = entries.iter().filter(|(id, _)| id.0[0] <= first).count();
            idx.extend((below as u32).to_be_bytes());
        }
        entries.iter().for_each(|(id, _)| idx.extend(id.0));
        entries.iter().for_each(|_| idx.extend([0; 4]));
        entries.iter().for_each(|(_, offset)| idx.extend((*offset as u32).to_be_bytes()));
        idx.extend([0x55; 20]);
        idx.extend([0x66; 20]);
        (pack, idx)
    }

    /// Writes both into an object folder.
    fn write(&self, objects: &Path, name: &str) {
        let dir = objects.join("pack");
        std::fs::create_dir_all(&dir).unwrap();
        let (pack, idx) = self.bytes();
        std::fs::write(dir.join(format!("{name}.pack")), pack).unwrap();
        std::fs::write(dir.join(format!("{name}.idx")), idx).unwrap();
    }
}

/// The name that consists of one byte.
pub(super) fn id(name: u8) -> ObjectId {
    ObjectId([name; 20])
}

/// A distance back in the spelling of packs.
fn distance(mut value: u64) -> Vec<u8> {
    let mut bytes = vec![(value & 0x7f) as u8];
    while value > 0x7f {
        value = (value >> 7) - 1;
        bytes.insert(0, (value & 0x7f) as u8 | 0x80);
    }
    bytes
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut out = vec![0; compressor.zlib_compress_bound(bytes.len())];
    let length = compressor.zlib_compress(bytes, &mut out).unwrap();
    out.truncate(length);
    out
}

/// Writes a loose object with this header.
fn write_loose(objects: &Path, name: ObjectId, content: &[u8]) -> PathBuf {
    let hex = name.to_string();
    let dir = objects.join(&hex[..2]);
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join(&hex[2..]);
    std::fs::write(&path, deflate(content)).unwrap();
    path
}
