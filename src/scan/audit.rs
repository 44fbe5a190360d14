//! Auditing: work tree and history together, of one repository or of several in one report.

use std::path::PathBuf;

use bstr::{BStr, BString, ByteSlice, ByteVec};

use super::{
    Error, Scanner, Stage,
    collect::{Collector, Group},
    files::Naming,
    finish::{Run, settle},
    named,
    repository::Opened,
    submodules::Submodule,
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
            repositories.iter().map(|path| self.open_history(path)).collect::<Result<_, _>>()?;
        let all = Collector::default();
        if let [only] = opened.as_slice() {
            let groups = self.search_repository(only, true, &all)?;
            return Ok(run.report(self, &all, groups, Some(only)));
        }
        for (path, opened) in repositories.iter().zip(&opened) {
            let one = Collector::default();
            let mut groups = self.search_repository(opened, true, &one)?;
            groups.iter_mut().for_each(|group| settle(group, Some(opened)));
            one.gaps(opened.gaps.iter().cloned());
            add_under(Vec::from_path_lossy(path).as_bstr(), &all, one, groups);
        }
        Ok(run.report(self, &all, all.take_groups(), None))
    }

    /// Searches the history of a repository, its files first if they are asked for, and its
    /// submodules' histories after it.
    pub(super) fn search_repository(
        &self,
        opened: &Opened,
        files: bool,
        collector: &Collector,
    ) -> Result<Vec<Group>, Error> {
        if let Some(work_tree) = opened.git.work_tree().filter(|_| files) {
            let root = Root::new(work_tree)?;
            self.progress.begin(Stage::Files, None);
            self.search_files(&[root], Naming::BelowRoot, collector);
        }
        let submodules = self.open_submodules(opened, collector);
        let mut groups = self.search_history(opened, &submodules, collector);
        if submodules.is_empty() {
            return Ok(groups);
        }
        groups.iter_mut().for_each(|group| settle(group, Some(opened)));
        groups.into_iter().for_each(|group| collector.add_group(group));
        for Submodule { name, opened } in &submodules {
            let one = Collector::default();
            let mut groups = self.search_history(opened, &submodules, &one);
            groups.iter_mut().for_each(|group| settle(group, Some(opened)));
            one.gaps(opened.gaps.iter().cloned());
            add_under(name.as_bstr(), collector, one, groups);
        }
        Ok(collector.take_groups())
    }
}

/// Adds what one repository holds, its paths below the name it goes by.
fn add_under(name: &BStr, all: &Collector, one: Collector, groups: Vec<Group>) {
    let below = |inner: &BString| -> BString {
        let mut path = name.to_vec();
        if !path.ends_with(b"/") {
            path.push(b'/');
        }
        path.extend_from_slice(inner);
        path.into()
    };
    let within = |inner: &Option<BString>| Some(inner.as_ref().map_or_else(|| name.into(), below));
    for mut group in groups {
        for place in &mut group.places {
            place.path = place.path.as_ref().map(below);
            place.repository = within(&place.repository);
        }
        for history in &mut group.history {
            history.repository = within(&history.repository);
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
