//! The cache: a run with it reports what a run without it reports, whatever became of the repository
//! since the run before, and searches only what is new.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

mod support;

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};

use cfleaks::{
    cache::Folder,
    detect::Detector,
    model::{GapReason, Report},
    rules::RuleSet,
    scan::{Cache, Error, Progress, Scanner, Settings, Stage},
};
use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use proptest::prelude::*;
use support::{
    program::{cfleaks, run, wait},
    repository::Repo,
    token,
};

/// Keeps how many objects were to be searched.
#[derive(Default)]
struct Told(Mutex<Vec<u64>>);

impl Progress for Told {
    fn begin(&self, stage: Stage, total: Option<u64>) {
        if stage == Stage::Objects {
            self.0.lock().unwrap().push(total.unwrap());
        }
    }
    fn advance(&self, _: u64, _: u64) {}
    fn end(&self) {}
}

/// A repository, and a cache for it.
struct Audit {
    repo: Repo,
    cache: Cache,
    rules: Arc<RuleSet>,
    strict: bool,
    archives: bool,
}

impl Audit {
    fn of(repo: Repo) -> Audit {
        let folder = Arc::new(Folder::open(&repo.beside("cache")).unwrap());
        let cache = Cache { folder, build: [7; 32] };
        Audit { repo, cache, rules: RuleSet::builtin(), strict: false, archives: true }
    }

    /// A run, without times, and how many objects each attempt had to search.
    fn run(&self, cached: bool) -> (Report, Vec<u64>) {
        let detector = Detector::new(Arc::clone(&self.rules), Timestamp::UNIX_EPOCH);
        let cache = cached.then(|| self.cache.clone());
        let (strict, archives) = (self.strict, self.archives);
        let settings = Settings { cache, strict, archives, ..Settings::default() };
        let (told, stop) = (Told::default(), Arc::new(AtomicBool::new(false)));
        let scanner =
            Scanner { detector: &detector, settings: &settings, progress: &told, stop: &stop };
        let mut report = scanner.history(self.repo.root(), &[]).unwrap();
        (report.started, report.finished) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        report.stats.elapsed = Duration::ZERO;
        (report, told.0.into_inner().unwrap())
    }

    /// Runs with the cache, which must report what a run without it does. How many objects it had
    /// to search.
    fn searched(&self) -> u64 {
        let (plain, _) = self.run(false);
        let (cached, totals) = self.run(true);
        assert_eq!(format!("{cached:#?}"), format!("{plain:#?}"));
        assert_eq!(self.cache.folder.trouble(), None);
        totals.iter().sum()
    }

    fn findings(&self) -> usize {
        self.run(true).0.findings.len()
    }

    /// Every file in the cache with its content.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let entries = fs::read_dir(self.cache.folder.path()).unwrap();
        let path = entries.map(|entry| entry.unwrap().path());
        path.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }
}

/// A repository of some packed commits, two of which hold a secret.
fn packed() -> Audit {
    let repo = Repo::with_commit();
    for number in 0..6 {
        repo.commit_file(format!("folder/{number}.txt"), format!("line {number}\n").repeat(50));
    }
    repo.commit_file("secret.env", format!("TOKEN={}\n", token("one")));
    repo.commit(&format!("A message with {}", token("two")));
    repo.run("gc --quiet");
    Audit::of(repo)
}

#[test]
fn a_second_run_searches_only_what_was_of_interest() {
    let audit = packed();
    let all = audit.searched();
    assert!(all > 20, "{all}");
    // The blob and the commit.
    assert_eq!(audit.searched(), 2);
    assert_eq!(audit.findings(), 2);
}

#[test]
fn a_new_pack_is_searched_and_known_from_then_on() {
    let audit = packed();
    audit.searched();
    audit.repo.commit_file("new.env", format!("TOKEN={}\n", token("three")));
    // Loose: a blob, a tree, a commit; each time anew.
    assert_eq!(audit.searched(), 5);
    assert_eq!(audit.searched(), 5);
    audit.repo.run("repack --quiet -d");
    assert_eq!(audit.searched(), 5);
    // Now the new blob is of interest, and nothing else.
    assert_eq!(audit.searched(), 3);
    assert_eq!(audit.findings(), 3);
}

#[test]
fn after_everything_was_packed_anew_everything_is_searched() {
    let audit = packed();
    let all = audit.searched();
    audit.repo.commit_file("new", "nothing\n");
    audit.repo.run("gc --quiet");
    assert_eq!(audit.searched(), all + 3);
    assert_eq!(audit.searched(), 2);
}

#[test]
fn other_rules_another_build_and_other_settings_search_everything() {
    let mut audit = packed();
    let all = audit.searched();
    audit.cache.build = [8; 32];
    assert_eq!(audit.searched(), all);
    audit.strict = true;
    assert_eq!(audit.searched(), 2, "small repositories are looked up anyway");
    let folder = audit.repo.beside("rules");
    fs::create_dir(&folder).unwrap();
    fs::write(
        folder.join("line-number.toml"),
        "id = \"line-number\"\ntitle = \"Line\"\nseverity = \"low\"\nconfidence = \"likely\"\n\
         anchors = [\"line\"]\npattern = \"(?-u)(?P<secret>line [0-9])\"\n\
         reach = { before = 0, after = 8 }\nchecks = []\nhelp = \"A line.\"\n\
         [[examples]]\ntext = \"line 7\"\n[[counter_examples]]\ntext = \"nothing\"\nreason = \"none\"\n",
    )
    .unwrap();
    audit.rules = RuleSet::with_dir(&folder).unwrap();
    assert_eq!(audit.searched(), all);
    assert!(audit.findings() > 2);
}

#[test]
fn archives_that_hold_a_secret_or_did_not_open_are_looked_at_again() {
    let mut audit = packed();
    let gzip = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let damaged = gzip(&"of this only some is there ".repeat(50));
    audit.repo.commit_file("inside.gz", gzip(&format!("TOKEN={}\n", token("three"))));
    audit.repo.commit_file("nothing.gz", gzip("nothing\n"));
    audit.repo.commit_file("damaged.gz", &damaged[..damaged.len() - 12]);
    audit.repo.run("gc --quiet");
    let all = audit.searched();
    assert_eq!(audit.searched(), 4);
    let (report, _) = audit.run(true);
    assert_eq!((report.findings.len(), report.gaps.len()), (3, 1));
    audit.archives = false;
    assert_eq!(audit.searched(), all);
    let (report, _) = audit.run(true);
    assert_eq!((report.findings.len(), report.gaps.len()), (2, 0));
}

#[test]
fn a_pack_whose_bytes_changed_is_searched_though_all_else_is_as_before() {
    let audit = packed();
    let all = audit.searched();
    let path = audit.repo.pack("pack");
    let mut bytes = fs::read(&path).unwrap();
    let times = fs::metadata(&path).unwrap().modified().unwrap();
    // The same length, header and checksum, and the same time of writing.
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    fs::remove_file(&path).unwrap();
    fs::write(&path, bytes).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(times).unwrap();
    assert_eq!(audit.searched(), all);
    assert!(!audit.run(true).0.gaps.is_empty());
    assert_eq!(audit.searched(), all, "a run with gaps claims nothing");
}

#[test]
fn an_index_whose_bytes_changed_makes_its_pack_another() {
    let audit = packed();
    let all = audit.searched();
    let path = audit.repo.pack("idx");
    let mut bytes = fs::read(&path).unwrap();
    // A checksum that nobody looks at: behind the fan-out and the names.
    bytes[8 + 1024 + all as usize * 20] ^= 1;
    fs::remove_file(&path).unwrap();
    fs::write(&path, bytes).unwrap();
    assert_eq!(audit.searched(), all);
    assert_eq!(audit.searched(), 2);
}

#[test]
fn a_damaged_file_of_the_cache_is_none() {
    let audit = packed();
    let all = audit.searched();
    // What was searched, and where what was found stands.
    let whole = audit.files();
    assert_eq!(whole.len(), 2);
    let mut searched = Vec::new();
    for (path, bytes) in &whole {
        for at in [0, 20, bytes.len() / 2, bytes.len() - 1] {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            fs::write(path, bytes).unwrap();
            searched.push(audit.searched());
            // It was replaced by a whole one.
            assert_eq!(audit.files(), whole);
            assert_eq!(audit.searched(), 2);
        }
    }
    searched.sort_unstable();
    assert_eq!(searched, [2, 2, 2, 2, all, all, all, all]);
}

#[test]
fn the_cache_holds_nothing_of_what_the_repository_says() {
    let audit = packed();
    audit.repo.commit_file(format!("{}.txt", token("name")), "nothing\n");
    audit.repo.run("gc --quiet");
    audit.searched();
    assert!(!audit.files().is_empty());
    for bytes in audit.files().into_values() {
        for text in [token("one"), token("two"), token("name"), "secret.env".into(), "Ada".into()] {
            assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
        }
    }
}

#[test]
fn a_file_that_went_missing_after_the_first_run_is_missing_in_the_second() {
    let audit = Audit::of(Repo::with_commit());
    let id = audit.repo.feed("hash-object -w --stdin", "lost one day\n");
    audit.repo.git(["update-index", "--add", "--cacheinfo", &format!("100644,{id},kept.txt")]);
    audit.repo.run("commit --quiet --message packed");
    // All is packed but the one blob.
    let listed = audit.repo.run("rev-list --objects --all --no-object-names");
    let others: Vec<&str> = listed.lines().filter(|line| *line != id).collect();
    audit.repo.feed("pack-objects --quiet .git/objects/pack/pack", others.join("\n"));
    audit.repo.run("prune-packed --quiet");
    assert_eq!(audit.searched(), others.len() as u64 + 1);
    assert_eq!(audit.searched(), 1);
    fs::remove_file(audit.repo.loose(&id)).unwrap();
    audit.searched();
    let missing = |audit: &Audit| {
        audit.run(true).0.gaps.iter().any(|gap| gap.reason == GapReason::MissingObject)
    };
    assert!(missing(&audit));
    // The tree that lists it is looked at again from now on.
    assert_eq!(audit.searched(), 1);
    assert!(missing(&audit));
}

#[test]
fn a_pack_that_went_away_takes_the_claim_with_it() {
    let audit = packed();
    audit.repo.commit_file("second", "more\n");
    audit.repo.run("repack --quiet -d");
    audit.searched();
    let folder = audit.repo.at(".git/objects/pack");
    let smallest = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "pack"))
        .min_by_key(|path| fs::metadata(path).unwrap().len())
        .unwrap();
    fs::remove_file(smallest.with_extension("idx")).unwrap();
    fs::remove_file(smallest).unwrap();
    let searched = audit.searched();
    assert!(searched > 20, "{searched}");
    assert!(audit.run(true).0.gaps.iter().any(|gap| gap.reason == GapReason::MissingObject));
}

#[test]
fn an_object_that_a_new_pack_tells_otherwise_is_seen_in_both_ways() {
    // A pack whose index calls a text with a secret by the name of another blob: git would never
    // make it, but somebody can. Whoever looks only at names takes it for known.
    let audit = Audit::of(Repo::with_commit());
    let harmless = audit.repo.feed("hash-object -w --stdin", "harmless\n");
    audit.repo.run("gc --quiet --prune=never");
    audit.repo.feed("pack-objects --quiet .git/objects/pack/pack", &harmless);
    audit.repo.run("prune-packed --quiet");
    audit.searched();
    let other = audit.repo.feed("hash-object -w --stdin", format!("KEY={}\n", token("forged")));
    let name = audit.repo.feed("pack-objects --quiet .git/objects/pack/pack", &other);
    fs::remove_file(audit.repo.loose(&other)).unwrap();
    let idx = audit.repo.at(format!(".git/objects/pack/pack-{name}.idx"));
    let mut bytes = fs::read(&idx).unwrap();
    let id: Vec<u8> =
        (0..20).map(|at| u8::from_str_radix(&harmless[2 * at..][..2], 16).unwrap()).collect();
    for first in 0..=255_u8 {
        let below = u32::from(id[0] <= first);
        bytes[8 + 4 * usize::from(first)..][..4].copy_from_slice(&below.to_be_bytes());
    }
    bytes[8 + 1024..][..20].copy_from_slice(&id);
    fs::remove_file(&idx).unwrap();
    fs::write(&idx, bytes).unwrap();
    assert_eq!(audit.findings(), 1);
    assert_eq!(audit.findings(), 1, "and in the run after it");
}

#[test]
fn an_interrupted_run_claims_nothing() {
    let audit = packed();
    let detector = Detector::new(RuleSet::builtin(), Timestamp::UNIX_EPOCH);
    let settings = Settings { cache: Some(audit.cache.clone()), ..Settings::default() };
    let stop = Arc::new(AtomicBool::new(true));
    let progress = Told::default();
    let scanner =
        Scanner { detector: &detector, settings: &settings, progress: &progress, stop: &stop };
    assert!(scanner.history(audit.repo.root(), &[]).unwrap().interrupted);
    assert!(audit.files().is_empty());
}

#[test]
fn two_runs_at_once_leave_whole_files() {
    let audit = packed();
    let folder = audit.cache.folder.path().to_str().unwrap();
    let words = ["history", ".", "--format", "json", "--cache-dir", folder];
    let start = || cfleaks(audit.repo.root(), words).stdout(Stdio::piped()).spawn().unwrap();
    let runs: Vec<_> = (0..4).map(|_| start()).collect();
    for child in runs {
        assert_eq!(wait(child, "one of four").json()["findings"].as_array().unwrap().len(), 2);
    }
    let whole = audit.files();
    assert_eq!(whole.len(), 2, "and nothing that was under way");
    run(&mut cfleaks(audit.repo.root(), words));
    assert_eq!(audit.files(), whole);
}

#[test]
fn a_cache_in_the_repository_itself_is_refused() {
    let repo = Repo::with_commit();
    for inside in ["cache", ".git/cache"] {
        let folder = Arc::new(Folder::open(&repo.at(inside)).unwrap());
        let settings =
            Settings { cache: Some(Cache { folder, build: [7; 32] }), ..Settings::default() };
        let detector = Detector::new(RuleSet::builtin(), Timestamp::UNIX_EPOCH);
        let stop = Arc::new(AtomicBool::new(false));
        let progress = Told::default();
        let scanner =
            Scanner { detector: &detector, settings: &settings, progress: &progress, stop: &stop };
        let refused = scanner.history(repo.root(), &[]);
        assert!(matches!(refused, Err(Error::CacheInside(_))), "{inside}");
    }
}

/// The program's own report, without times.
fn said(folder: &Path, words: &str, home: &Path) -> (Option<i32>, serde_json::Value, String) {
    let words = words.split(' ').chain(["--format", "json"]);
    let done = run(cfleaks(folder, words).env("HOME", home));
    let mut report = done.json();
    for key in ["started", "finished"] {
        report.as_object_mut().unwrap().remove(key).unwrap();
    }
    report["stats"].as_object_mut().unwrap().remove("elapsed_ms").unwrap();
    (done.code, report, done.err)
}

#[test]
fn the_program_keeps_its_cache_in_the_users_folder_and_says_the_same_each_time() {
    let audit = packed();
    let (root, home) = (audit.repo.root(), audit.repo.beside("home"));
    for job in ["history .", "audit ."] {
        let plain = said(root, job, &home);
        assert!(!home.exists());
        let cached = format!("{job} --cache");
        assert_eq!(said(root, &cached, &home), plain);
        assert_eq!(said(root, &cached, &home), plain);
        assert_eq!(fs::read_dir(home.join(".cache/cfleaks")).unwrap().count(), 2);
        fs::remove_dir_all(&home).unwrap();
    }
}

/// One thing that becomes of a repository.
#[derive(Debug, Clone, Copy)]
enum Step {
    Commit(u8),
    SecretFile(u8),
    SecretMessage(u8),
    SecretName(u8),
    SecretTag(u8),
    Remove,
    Branch,
    Merge,
    DropBranch,
    Amend,
    Stash,
    Repack,
    RepackAll,
    RepackDuplicate,
    Collect,
    Prune,
    Fetch(u8),
    LoseLoose,
    Rules,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<u8>().prop_map(Step::Commit),
        3 => any::<u8>().prop_map(Step::SecretFile),
        1 => any::<u8>().prop_map(Step::SecretMessage),
        1 => any::<u8>().prop_map(Step::SecretName),
        1 => any::<u8>().prop_map(Step::SecretTag),
        1 => Just(Step::Remove),
        1 => Just(Step::Branch),
        1 => Just(Step::Merge),
        1 => Just(Step::DropBranch),
        1 => Just(Step::Amend),
        1 => Just(Step::Stash),
        3 => Just(Step::Repack),
        1 => Just(Step::RepackAll),
        1 => Just(Step::RepackDuplicate),
        2 => Just(Step::Collect),
        1 => Just(Step::Prune),
        2 => any::<u8>().prop_map(Step::Fetch),
        1 => Just(Step::LoseLoose),
        1 => Just(Step::Rules),
    ]
}

impl Step {
    fn take(self, audit: &mut Audit) {
        let repo = &audit.repo;
        // What makes no sense just now is not done.
        let try_to = |words: &str| {
            let _ = run(&mut repo.command(words.split(' ')));
        };
        match self {
            Step::Commit(n) => drop(repo.commit_file(format!("d{}/f{n}", n % 3), [n; 200])),
            Step::SecretFile(n) => {
                let text = format!("a\nTOKEN={}\n", token(&(n % 5).to_string()));
                repo.commit_file(format!("s{}", n % 4), text);
            }
            Step::SecretMessage(n) => drop(repo.commit(&token(&(n % 5).to_string()))),
            Step::SecretName(n) => {
                repo.commit_file(token(&(n % 5).to_string()), "x");
            }
            Step::SecretTag(n) => {
                let message = token(&(n % 5).to_string());
                let tag = format!("t{n}");
                repo.git(["tag", "--force", "--annotate", "--message", &message, &tag]);
            }
            Step::Remove => {
                try_to("rm --quiet -r --ignore-unmatch s0 s1 d1");
                repo.commit("Remove");
            }
            Step::Branch => try_to("checkout --quiet -b side"),
            Step::Merge => {
                try_to("checkout --quiet main");
                try_to("merge --quiet --strategy-option ours --message Merge side");
            }
            Step::DropBranch => {
                try_to("checkout --quiet main");
                try_to("branch --quiet -D side");
            }
            Step::Amend => try_to("commit --quiet --amend --allow-empty --message amended"),
            Step::Stash => {
                repo.write("README", token("stash"));
                try_to("stash --quiet");
            }
            Step::Repack => try_to("repack --quiet -d"),
            Step::RepackAll => try_to("repack --quiet -a -d"),
            Step::RepackDuplicate => try_to("repack --quiet -a"),
            Step::Collect => try_to("gc --quiet"),
            Step::Prune => {
                try_to("reflog expire --expire=now --all");
                try_to("gc --quiet --prune=now");
            }
            Step::Fetch(n) => {
                let other = Repo::with_commit();
                other.commit_file("there", format!("{n} {}", token(&(n % 5).to_string())));
                let url = other.root().to_str().unwrap().to_owned();
                let words = "-c fetch.unpackLimit=1 fetch --quiet";
                let words =
                    words.split(' ').chain([&url[..], "main:refs/remotes/o/main", "--force"]);
                let _ = run(&mut repo.command(words));
            }
            Step::LoseLoose => {
                let mut loose: Vec<_> = (0..=255_u8)
                    .filter_map(|byte| {
                        fs::read_dir(repo.at(format!(".git/objects/{byte:02x}"))).ok()
                    })
                    .flat_map(|entries| entries.map(|entry| entry.unwrap().path()))
                    .collect();
                loose.sort();
                if let Some(path) = loose.first() {
                    fs::remove_file(path).unwrap();
                }
            }
            Step::Rules => audit.cache.build[0] ^= 1,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_becomes_of_a_repository_the_reports_are_the_same(
        steps in prop::collection::vec((step(), any::<bool>()), 1..14),
    ) {
        let mut audit = Audit::of(Repo::with_commit());
        // A lost object makes git refuse things, which is fine, but commits must go on.
        let mut is_lost = false;
        for (step, look) in steps {
            if is_lost && !matches!(step, Step::Repack | Step::RepackAll | Step::Collect | Step::Rules) {
                continue;
            }
            is_lost |= matches!(step, Step::LoseLoose);
            step.take(&mut audit);
            if look {
                audit.searched();
            }
        }
        audit.searched();
        audit.searched();
    }
}
