//! A repository as its small files tell it: folders, refs, logs, index.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use bstr::BString;
use rustc_hash::FxHashSet;

use super::{
    Bundle, Environment, Error, Head, Index, Options, Ref, Reflog, SmallFiles, bundle,
    config::Config,
    discover as search,
    file::{self, FileError, SMALL},
    head,
    layout::Layout,
    objects, reflog,
    refs::{self, Refs},
    small_files, tables,
};
use crate::model::{Gap, GapReason, ObjectId};

/// Finds and opens the repository that `start` (a folder or file) lies in, looking upward; or the one
/// that `env` names. Nothing of its configuration acts, nothing outside of it is read.
///
/// # Errors
///
/// [`Error::is_unreadable`] tells a wrong path from a repository that cannot be read.
pub fn discover(
    start: &Path,
    env: Option<&Environment>,
    options: &Options,
) -> Result<Repository, Error> {
    let env = env.cloned().unwrap_or_default();
    if env.git_dir.is_none()
        && let Ok(file) = fs::canonicalize(start)
        && let Some(bundle) = bundle::read(&file)?
    {
        return Ok(Repository::of_bundle(bundle));
    }
    let layout = search::find(start, &env, options)?;
    Repository::open(layout, env, options)
}

/// A repository found and judged readable.
#[derive(Debug)]
pub struct Repository {
    layout: Layout,
    env: Environment,
    config: Config,
    objects: objects::Objects,
    head: Option<Head>,
    merge_heads: Vec<ObjectId>,
    gaps: Vec<Gap>,
    refs: OnceLock<Refs>,
    bundle: Option<Bundle>,
}

impl Repository {
    pub(super) fn open(
        mut layout: Layout,
        env: Environment,
        options: &Options,
    ) -> Result<Repository, Error> {
        let mut gaps = Vec::new();
        let config = read_config(&layout, &mut gaps);
        refuse_unknown_formats(&layout, &config, &mut gaps)?;
        layout.tables = config.ref_storage.as_deref() == Some("reftable");
        let in_git_dir = layout.git_dir.file_name().is_some_and(|name| name == ".git");
        if env.git_dir.is_some() && env.work_tree.is_none() && config.bare && !in_git_dir {
            // The current folder is no work tree of a bare repository named by the environment.
            layout.work_tree = None;
        }
        let mut objects = objects::find(&layout, &env, options);
        gaps.append(&mut objects.gaps);
        let head = head::read(&layout).map_err(|gap| gaps.push(gap)).ok();
        let (merge_heads, gap) = head::merge_heads(&layout);
        gaps.extend(gap);
        gaps.sort();
        gaps.dedup();
        Ok(Repository {
            layout,
            env,
            config,
            objects,
            head,
            merge_heads,
            gaps,
            refs: OnceLock::new(),
            bundle: None,
        })
    }

    /// A bundle as the repository that it would make: refs, and none of the other small files.
    fn of_bundle(bundle: Bundle) -> Repository {
        // Below a file there is nothing, so whatever is looked for there is not there.
        let folder = bundle.path.clone();
        let layout =
            Layout { git_dir: folder.clone(), common_dir: folder, work_tree: None, tables: false };
        let head = bundle.refs.iter().find(|each| each.name == "HEAD");
        let head = Head { branch: None, commit: head.map(|head| head.target) };
        let objects = objects::Objects { promisor: bundle.is_filtered, ..Default::default() };
        let file_name = bundle.path.file_name().unwrap_or_default();
        let texts = bundle.text.iter().map(|text| (file::bytes(file_name.as_ref()), text.clone()));
        let refs = Refs { all: bundle.refs.clone(), gaps: Vec::new(), texts: texts.collect() };
        Repository {
            layout,
            env: Environment::default(),
            config: Config::default(),
            objects,
            head: Some(head),
            merge_heads: Vec::new(),
            gaps: Vec::new(),
            refs: OnceLock::from(refs),
            bundle: Some(bundle),
        }
    }

    /// The bundle that stands for a repository, if it is one.
    pub fn bundle(&self) -> Option<&Bundle> {
        self.bundle.as_ref()
    }

    /// Makes sure that there is more than a bundle; `what` says what a bundle lacks.
    ///
    /// # Errors
    ///
    /// It is a bundle.
    pub fn more_than_a_bundle(&self, what: &'static str) -> Result<(), Error> {
        self.bundle.as_ref().map_or(Ok(()), |bundle| Err(bundle.refuse(what)))
    }

    /// Where its parts lie.
    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The folder that holds `.git`, absolute; `None` for a bare repository. The repository's
    /// `core.worktree` has no say in it.
    pub fn work_tree(&self) -> Option<&Path> {
        self.layout.work_tree.as_deref()
    }

    /// The folder with HEAD and index, absolute: `.git`, or `.git/worktrees/<name>` of a linked worktree.
    pub fn git_dir(&self) -> &Path {
        &self.layout.git_dir
    }

    /// The folder with objects and refs, absolute; the same as the git folder unless that is a linked
    /// worktree's.
    pub fn common_dir(&self) -> &Path {
        &self.layout.common_dir
    }

    /// Whether this is a linked worktree.
    pub fn is_linked_worktree(&self) -> bool {
        self.layout.is_linked()
    }

    /// A path as reports show it: relative to the work tree, with `.git/` before what lies in the git
    /// folders (nothing in a bare repository); absolute outside of the repository.
    pub fn shown(&self, path: &Path) -> BString {
        self.layout.shown(path)
    }

    /// The object folders that may be read, absolute, the repository's own first, then the
    /// environment's and alternates.
    pub fn object_dirs(&self) -> &[PathBuf] {
        &self.objects.dirs
    }

    /// What was not read on opening: alternates not followed, a FIFO in the way, a damaged HEAD. What
    /// is read later brings its own.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// All refs of all worktrees, sorted by name. Read at the first call.
    pub fn refs(&self) -> &[Ref] {
        &self.read_refs().all
    }

    /// What was not read of the refs beyond [`Repository::gaps`].
    pub fn ref_gaps(&self) -> &[Gap] {
        &self.read_refs().gaps
    }

    fn read_refs(&self) -> &Refs {
        self.refs.get_or_init(|| {
            let mut refs = refs::all(&self.layout);
            self.without_known(&mut refs.gaps);
            refs
        })
    }

    /// Where HEAD of this worktree points; `None` if it cannot be read, which is a gap.
    pub fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// The commits that are being merged into HEAD.
    pub fn merge_heads(&self) -> &[ObjectId] {
        &self.merge_heads
    }

    /// Hands over every reflog of all worktrees; returns what was not read of them.
    pub fn reflogs(&self, mut visit: impl FnMut(Reflog)) -> Vec<Gap> {
        let mut gaps = reflog::each(&self.layout, &mut visit);
        self.without_known(&mut gaps);
        gaps
    }

    /// The commits at a shallow clone's boundary, sorted; their parents were left out.
    pub fn shallow(&self) -> &[ObjectId] {
        &self.objects.shallow
    }

    /// Commits whose parents `info/grafts` replaces, sorted.
    pub fn grafts(&self) -> &[(ObjectId, Vec<ObjectId>)] {
        &self.objects.grafts
    }

    /// Whether this is a partial clone, which leaves objects at its server.
    pub fn promisor(&self) -> bool {
        self.config.promisor || self.objects.promisor
    }

    /// The address of the remote `origin`, or of the only one, without user, password and query.
    pub fn remote_url(&self) -> Option<String> {
        self.config.remote_url()
    }

    /// The texts in the git folders that are worth searching, those of refs that say more than an
    /// object's name among them.
    pub fn small_files(&self) -> SmallFiles {
        let mut found = small_files::all(&self.layout);
        // FETCH_HEAD and the like are among them already.
        let known: FxHashSet<BString> = found.files.iter().map(|(name, _)| name.clone()).collect();
        let refs = self.read_refs().texts.iter();
        found.files.extend(refs.filter(|(name, _)| !known.contains(name)).cloned());
        self.without_known(&mut found.gaps);
        found
    }

    /// The index: what the next commit will hold. Empty if there is none yet.
    ///
    /// # Errors
    ///
    /// It cannot be read or is damaged.
    pub fn index(&self) -> Result<Index, Error> {
        Index::read(&self.index_path(), &self.layout.git_dir)
    }

    /// Where the index lies: `index` in the git folder, or where the environment says.
    pub fn index_path(&self) -> PathBuf {
        match (&self.env.index_file, &self.layout.work_tree) {
            (Some(named), Some(top)) => top.join(named),
            (Some(named), None) => named.clone(),
            (None, _) => self.layout.git_dir.join("index"),
        }
    }

    /// One ref by its full name.
    pub(super) fn find_ref(&self, name: &[u8]) -> Option<&Ref> {
        let all = self.refs();
        let at = all.partition_point(|known| known.name.as_slice() < name);
        all.get(at).filter(|known| known.name == name)
    }

    fn without_known(&self, gaps: &mut Vec<Gap>) {
        gaps.retain(|gap| self.gaps.binary_search(gap).is_err());
    }
}

fn read_config(layout: &Layout, gaps: &mut Vec<Gap>) -> Config {
    let mut config = Config::default();
    for path in [layout.common_dir.join("config"), layout.git_dir.join("config.worktree")] {
        match file::read(&path, SMALL).map(|bytes| config.add(&bytes)) {
            Ok(Ok(())) | Err(FileError::Missing) => {}
            Ok(Err(detail)) => {
                gaps.push(Gap::new(GapReason::Damaged, detail).at_path(layout.shown(&path)));
            }
            Err(error) => gaps.extend(error.gap(layout.shown(&path))),
        }
    }
    config
}

/// Makes sure that objects and refs are stored in a way that is understood here; otherwise a
/// repository would look empty, which is a silent pass.
fn refuse_unknown_formats(
    layout: &Layout,
    config: &Config,
    gaps: &mut Vec<Gap>,
) -> Result<(), Error> {
    let path = || layout.common_dir.clone();
    if config.version > 1 {
        return Err(Error::FormatVersion { path: path(), version: config.version });
    }
    if let Some(format) = config.object_format.as_ref().filter(|format| *format != "sha1") {
        return Err(Error::ObjectFormat { path: path(), format: format.clone() });
    }
    if let Some(format) = config
        .ref_storage
        .as_ref()
        .filter(|format| !matches!(format.as_str(), "files" | "reftable"))
    {
        return Err(Error::RefStorage { path: path(), format: format.clone() });
    }
    // The configuration may be unreadable, but this folder tells too.
    let has_tables =
        [&layout.common_dir, &layout.git_dir].into_iter().any(|dir| tables::are_in(dir));
    if has_tables && config.ref_storage.is_none() {
        let format = "reftable without saying so".to_owned();
        return Err(Error::RefStorage { path: path(), format });
    }
    for name in &config.unknown_extensions {
        let detail = format!(
            "the extension `{}` is unknown, so parts of the repository may be missed",
            name.escape_debug()
        );
        gaps.push(
            Gap::new(GapReason::Damaged, detail)
                .at_path(layout.shown(&layout.common_dir.join("config"))),
        );
    }
    Ok(())
}
