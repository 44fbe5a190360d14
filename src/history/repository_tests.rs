//! Real repositories, built by git: the answers from packs and loose objects are those from memory,
//! and what is staged is what `git diff --cached` says.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use bstr::{BString, ByteSlice};

use super::random::{GROUPS, World, random_world};
use super::trace_tests::{hits, never};
use super::*;
use crate::git::{Options, discover};
use crate::model::{ObjectId, ObjectKind, Standing};
use crate::pack::{Change, KindSet, Object, Offer, Store, Visitor};

fn git(dir: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(dir)
        .args(["-c", "protocol.file.allow=always"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@x")])
        .envs([("GIT_COMMITTER_NAME", "C"), ("GIT_COMMITTER_EMAIL", "c@x")])
        .envs([("GIT_AUTHOR_DATE", "1700000000 +0000"), ("GIT_COMMITTER_DATE", "1700000000 +0000")])
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", output.stderr.as_bstr());
    String::from_utf8(output.stdout).unwrap()
}

fn oid(id: &ObjectId) -> git2::Oid {
    git2::Oid::from_bytes(&id.0).unwrap()
}

#[test]
fn packs_and_loose_objects_tell_the_same_as_memory() {
    for seed in [3, 14, 159, 2653] {
        let World { store, commits, mut starts, blobs } = random_world(seed);
        let dir = tempfile::tempdir().unwrap();
        let repository = git2::Repository::init_bare(dir.path()).unwrap();
        let odb = repository.odb().unwrap();
        for (kind, bytes) in store.objects.values() {
            let kind = git2::ObjectType::from_str(&kind.to_string()).unwrap();
            odb.write(kind, bytes).unwrap();
        }
        starts.tips = vec![("refs/heads/x".into(), commits.last().unwrap().id)];
        repository.reference("refs/heads/x", oid(&starts.tips[0].1), true, "").unwrap();
        let world = World { store, commits, starts, blobs };
        let of_memory = traced(&world, &world.store);
        assert!(of_memory.groups.iter().any(|group| !group.sightings.is_empty()));
        for packed in [false, true] {
            if packed {
                git(dir.path(), &["repack", "-adfq", "--keep-unreachable"]);
            }
            let (store, gaps) = Store::open(&[dir.path().join("objects")]).unwrap();
            assert!(gaps.is_empty());
            assert_eq!(traced(&world, &store).groups, of_memory.groups, "packed: {packed}");
            assert_fed_is_swept(&world, &store);
            assert_missing_is_found(&world, &store, seed);
        }
    }
}

/// Goes over all trees for something else, and feeds a sweep; looks up what they list, too, if it is
/// told what is missing.
struct Feeder<'a> {
    sweep: Sweep,
    contains: Option<&'a Contains<'a>>,
    lost: Mutex<Lost>,
}

type Contains<'a> = dyn Fn(&[ObjectId]) -> bool + Sync + 'a;

impl<'a> Feeder<'a> {
    fn new(sweep: Sweep, store: &Store, contains: Option<&'a Contains<'a>>) -> Self {
        let feeder = Feeder { sweep, contains, lost: Mutex::default() };
        assert!(store.traverse(KindSet::of(&[ObjectKind::Tree]), &feeder).is_empty());
        feeder
    }

    fn look(&self) -> TreeLook<'_> {
        let contains_all = self.contains.map(|contains| contains as &ContainsAll<'_>);
        TreeLook { sweep: Some(&self.sweep), contains_all }
    }
}

impl Visitor for Feeder<'_> {
    type Local = TreePart;
    type Memory = KnownTree;
    const INHERITS: bool = true;

    fn local(&self) -> TreePart {
        TreePart::default()
    }

    fn visit(&self, part: &mut TreePart, tree: Object<'_>) {
        self.look().look_at(part, tree.id, tree.bytes, false);
    }

    fn visit_heir(
        &self,
        part: &mut TreePart,
        offer: &mut Offer<'_, KnownTree>,
    ) -> Option<KnownTree> {
        let change = offer.change.map(|Change { base, patch }| (Some(base), patch));
        self.look().look_at_offer(part, offer, change).known
    }

    fn finish(&self, part: TreePart) {
        let (lost, swept) = part.into_parts();
        self.lost.lock().unwrap().add(lost);
        self.sweep.join(swept);
    }
}

/// A sweep that was fed by the way gives what a pass of its own gives, also if it was fed for more
/// blobs, and one that was fed for fewer is not relied on.
fn assert_fed_is_swept(world: &World, store: &Store) {
    let (graph, _) = Graph::load(store, &never);
    let labels = Labels::new(&graph, &world.starts);
    let mut hits = hits(world);
    hits.retain(|hit| hit.kind == ObjectKind::Blob);
    let blobs: Vec<ObjectId> = hits.iter().map(|hit| hit.object).collect();
    let own = trace(store, &graph, &labels, &world.starts, &hits, &never);
    let fed = |fed_for: &[ObjectId], hits: &[Hit]| {
        let swept = Feeder::new(Sweep::new(fed_for), store, None).sweep.finish(store, &never);
        trace_swept(store, &graph, &labels, &world.starts, hits, Some(swept), &never)
    };
    for fed_for in [&blobs[..], &blobs[..1], &[]] {
        assert_eq!(fed(fed_for, &hits).groups, own.groups);
    }
    let some: Vec<Hit> = hits.iter().skip(1).step_by(2).cloned().collect();
    let own = trace(store, &graph, &labels, &world.starts, &some, &never);
    assert_eq!(fed(&blobs, &some).groups, own.groups);
}

/// Of trees that are deltas, too, each listing of a missing object is found; and a sweep that was fed
/// by the way tells which of them refs lead to, as a pass of its own does.
fn assert_missing_is_found(world: &World, store: &Store, seed: u64) {
    let is_missing = |id: &ObjectId| u64::from(id.0[0]).wrapping_mul(seed) % 97 < 9;
    let contains = |ids: &[ObjectId]| !ids.iter().any(is_missing);
    let feeder = Feeder::new(Sweep::new(&[]), store, Some(&contains));
    let mut lost = feeder.lost.into_inner().unwrap();
    lost.listed.sort_unstable();
    let mut plain = Vec::new();
    for (tree, (kind, bytes)) in &world.store.objects {
        if *kind == ObjectKind::Tree && store.contains(tree) {
            for entry in entries(bytes).map_while(Result::ok).filter(|e| is_missing(&e.id)) {
                let entry = (entry.kind() != EntryKind::Gitlink && !entry.id.is_null())
                    .then(|| Missing { id: entry.id, tree: *tree, entry: entry.name.into() });
                plain.extend(entry);
            }
        }
    }
    plain.sort_unstable();
    assert_eq!(lost.listed, plain, "seed {seed}");
    let (graph, _) = Graph::load(store, &never);
    let labels = Labels::new(&graph, &world.starts);
    let swept = feeder.sweep.finish(store, &never);
    let gaps = |swept| missing_gaps(store, &graph, &labels, &world.starts, &lost, swept);
    assert_eq!(gaps(Some(&swept)), gaps(None), "seed {seed}");
}

fn traced(world: &World, objects: &impl Objects) -> Trace {
    let (graph, gaps) = Graph::load(objects, &never);
    assert!(gaps.is_empty());
    let labels = Labels::new(&graph, &world.starts);
    let mut hits = hits(world);
    hits.retain(|hit| hit.group < GROUPS);
    trace(objects, &graph, &labels, &world.starts, &hits, &never)
}

/// What is staged, by path, told by us.
fn staged_paths(dir: &Path) -> Vec<String> {
    let repository = discover(dir, None, &Options::default()).unwrap();
    let (store, _) = Store::open(repository.object_dirs()).unwrap();
    let index = repository.index().unwrap();
    let staged = staged_in(&repository, &store, &index);
    assert!(staged.gaps.is_empty());
    staged.changed.iter().map(|changed| changed.path.to_string()).collect()
}

/// What is staged, told by git.
fn told_by_git(dir: &Path) -> Vec<String> {
    let told = git(dir, &["diff", "--cached", "--name-only", "--no-renames", "--diff-filter=d"]);
    told.lines().map(str::to_owned).collect()
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn what_is_staged_is_what_git_says() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    git(dir, &["init", "-q", "-b", "main"]);
    assert!(staged_paths(dir).is_empty());
    for n in 0..40 {
        write(dir, &format!("d{}/e{}/f{n}", n % 3, n % 4), &format!("{n}\n"));
    }
    git(dir, &["add", "."]);
    assert_eq!(staged_paths(dir).len(), 40, "all is new while the branch is unborn");
    git(dir, &["commit", "-qm", "one"]);
    assert!(staged_paths(dir).is_empty());
    write(dir, "d0/e0/f0", "changed\n");
    write(dir, "d1/new", "new\n");
    write(dir, "announced", "later\n");
    git(dir, &["add", "d0", "d1"]);
    git(dir, &["add", "-N", "announced"]);
    git(dir, &["mv", "d2/e2/f2", "d2/e2/renamed"]);
    let expected = ["d0/e0/f0", "d1/new", "d2/e2/renamed"];
    assert_eq!(staged_paths(dir), expected);
    assert_eq!(told_by_git(dir), expected);
    git(dir, &["update-index", "--split-index"]);
    write(dir, "d1/split", "new\n");
    git(dir, &["add", "d1/split"]);
    assert_eq!(staged_paths(dir), told_by_git(dir));
    git(dir, &["update-index", "--no-split-index"]);
    git(dir, &["commit", "-qm", "two"]);
    git(dir, &["sparse-checkout", "set", "--cone", "--sparse-index", "d0"]);
    write(dir, "d0/e0/f0", "again\n");
    git(dir, &["add", "d0"]);
    assert_eq!(staged_paths(dir), ["d0/e0/f0"]);
}

#[test]
fn a_merge_stages_only_what_no_side_has_and_a_range_tells_the_same_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    git(dir, &["init", "-q", "-b", "main"]);
    write(dir, "a", "base\n");
    write(dir, "b", "base\n");
    git(dir, &["add", "."]);
    git(dir, &["commit", "-qm", "base"]);
    git(dir, &["checkout", "-qb", "side"]);
    write(dir, "a", "side\n");
    git(dir, &["commit", "-qam", "side"]);
    git(dir, &["checkout", "-q", "main"]);
    write(dir, "b", "main\n");
    git(dir, &["commit", "-qam", "main"]);
    git(dir, &["merge", "-q", "--no-commit", "--no-ff", "side"]);
    assert!(staged_paths(dir).is_empty(), "what a side has is not new");
    write(dir, "a", "side\nevil\n");
    write(dir, "c", "evil too\n");
    git(dir, &["add", "."]);
    assert_eq!(staged_paths(dir), ["a", "c"]);
    git(dir, &["commit", "-qm", "merge"]);

    let repository = discover(dir, None, &Options::default()).unwrap();
    let (store, _) = Store::open(repository.object_dirs()).unwrap();
    let of = |spec: &str| {
        let selection = repository.resolve(&[spec]).unwrap();
        let starts = Starts::of(&repository, None);
        range(&store, &selection.include, &selection.exclude, &starts).commits
    };
    let merge = of("main^1..main");
    assert_eq!(merge.len(), 2, "the merge and the side's commit");
    let (changes, gaps) = changed(&store, &merge[1], false);
    let paths: Vec<&BString> = changes.iter().map(|changed| &changed.path).collect();
    assert_eq!((paths, gaps.len()), (vec![&BString::from("a"), &BString::from("c")], 0));
    let (mut new, mut old) = (Vec::new(), Vec::new());
    Objects::read(&store, &changes[0].blob, &mut new).unwrap();
    let olds: Vec<Vec<u8>> = changes[0]
        .parents
        .iter()
        .map(|parent| {
            Objects::read(&store, &parent.unwrap(), &mut old).unwrap();
            old.clone()
        })
        .collect();
    let olds: Vec<&[u8]> = olds.iter().map(Vec::as_slice).collect();
    let added = added_lines(&new, &olds);
    assert_eq!((added.ranges().len(), &new[added.ranges()[0].clone()]), (1, b"evil\n".as_slice()));
    let short = of(&merge[1].id.to_string()[..9]);
    assert_eq!(short.len(), 4);
    let shown = commit_ref(&store, &merge[1].id).unwrap().unwrap();
    assert_eq!((shown.subject, shown.author.seconds), ("merge".into(), 1_700_000_000));
}

#[test]
fn older_stash_entries_are_history_and_dropped_commits_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    git(dir, &["init", "-q", "-b", "main"]);
    write(dir, "f", "0\n");
    git(dir, &["add", "."]);
    git(dir, &["commit", "-qm", "base"]);
    for text in ["stashed first\n", "stashed last\n"] {
        write(dir, "f", text);
        git(dir, &["stash", "-q"]);
    }
    write(dir, "f", "dropped\n");
    git(dir, &["commit", "-qam", "dropped"]);
    git(dir, &["reset", "-q", "--hard", "HEAD^"]);
    git(dir, &["repack", "-adq"]);

    let repository = discover(dir, None, &Options::default()).unwrap();
    let (store, _) = Store::open(repository.object_dirs()).unwrap();
    let mut starts = Starts::of(&repository, Some(&repository.index().unwrap()));
    repository.reflogs(|log| starts.add_reflog(log.name.as_bstr(), &log.ids));
    let (graph, _) = Graph::load(&store, &never);
    let labels = Labels::new(&graph, &starts);
    assert!(graph_gaps(&store, &graph, &labels, &starts).is_empty());
    let texts = ["stashed first\n", "stashed last\n", "dropped\n", "0\n"];
    let hits: Vec<Hit> = texts
        .iter()
        .zip(0..)
        .map(|(text, group)| Hit {
            object: testing::id_of(ObjectKind::Blob, text.as_bytes()),
            kind: ObjectKind::Blob,
            entry: None,
            group,
        })
        .collect();
    let trace = trace(&store, &graph, &labels, &starts, &hits, &never);
    let standing: Vec<Standing> = trace.groups.iter().map(|g| g.sightings[0].standing).collect();
    let expected = [Standing::History, Standing::History, Standing::Unreachable, Standing::AtHead];
    assert_eq!(standing, expected);
    assert!(trace.groups.iter().all(|g| g.sightings[0].path == Some("f".into())));
}
