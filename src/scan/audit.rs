//! Auditing: work tree and history together, of one repository or of several in one report.

use std::path::{Path, PathBuf};

use bstr::{BString, ByteVec};

use super::{
    Error, Scanner, Stage,
    collect::{Collector, Group},
    files::Naming,
    finish::{Run, settle},
    named,
    repository::Opened,
};
use crate::{
    model::{Command, Report},
    walk::Root,
};

impl Scanner<'_> {
    /// Searches work tree and history of each repository. A secret that stands in several of them is
    /// one finding; with more than one, paths begin with the repository as it was named.
    ///
    /// # Errors
    /// One of them is no repository or cannot be read; then none is searched.
    pub fn audit(&self, repositories: &[PathBuf]) -> Result<Report, Error> {
        let run = Run::begin(Command::Audit, named(repositories));
        let opened: Vec<Opened> =
            repositories.iter().map(|path| self.open(path)).collect::<Result<_, _>>()?;
        let all = Collector::default();
        if let [only] = opened.as_slice() {
            let groups = self.search_both(only, &all)?;
            return Ok(run.report(self, &all, groups, Some(only)));
        }
        for (path, opened) in repositories.iter().zip(&opened) {
            let one = Collector::default();
            let mut groups = self.search_both(opened, &one)?;
            groups.iter_mut().for_each(|group| settle(group, Some(opened)));
            one.gaps(opened.gaps.iter().cloned());
            add_under(path, &all, one, groups);
        }
        Ok(run.report(self, &all, all.take_groups(), None))
    }

    fn search_both(&self, opened: &Opened, collector: &Collector) -> Result<Vec<Group>, Error> {
        if let Some(work_tree) = opened.git.work_tree() {
            let root = Root::new(work_tree)?;
            self.progress.begin(Stage::Files, None);
            self.search_files(&[root], Naming::BelowRoot, collector);
        }
        Ok(self.search_history(opened, collector))
    }
}

/// Adds what one repository holds, its paths below the path that names it.
fn add_under(path: &Path, all: &Collector, one: Collector, groups: Vec<Group>) {
    let below = |inner: &BString| -> BString {
        let mut path = Vec::from_path_lossy(path).into_owned();
        if !path.ends_with(b"/") {
            path.push(b'/');
        }
        path.extend_from_slice(inner);
        path.into()
    };
    for mut group in groups {
        for place in &mut group.places {
            place.path = place.path.as_ref().map(below);
        }
        all.add_group(group);
    }
    let mut gaps = one.take_gaps();
    for gap in &mut gaps {
        gap.path = gap.path.as_ref().map(below);
    }
    all.gaps(gaps);
    all.absorb(&one);
}
