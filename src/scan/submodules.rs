//! Submodules: their repositories opened beside the one that has them, and those told that are not
//! here.

use bstr::BString;

use super::{Scanner, collect::Collector, repository::Opened};
use crate::{
    git, history,
    model::{Gap, GapReason, ObjectId},
};

/// A submodule's repository, opened.
pub(super) struct Submodule {
    /// As places in it begin.
    pub(super) name: BString,
    pub(super) opened: Opened,
}

impl Scanner<'_> {
    /// The repositories of all submodules of a repository, if they are asked for.
    pub(super) fn open_submodules(&self, opened: &Opened, collector: &Collector) -> Vec<Submodule> {
        if !self.settings.submodules {
            return Vec::new();
        }
        let paths: Vec<BString> = at_head(opened).into_iter().map(|(path, _)| path).collect();
        let (found, gaps) = opened.git.submodules(&paths, &self.git_options());
        collector.gaps(gaps);
        let mut submodules = Vec::new();
        for git::Submodule { name, repository } in found {
            match self.open_named(repository) {
                Ok(opened) => submodules.push(Submodule { name, opened }),
                Err(error) => {
                    let gap = Gap::new(GapReason::MissingObject, error.to_string());
                    collector.gap(gap.at_path(name));
                }
            }
        }
        submodules
    }

    /// A submodule's history is in a repository of its own: not asked for, or not here.
    pub(super) fn note_submodules(
        &self,
        opened: &Opened,
        submodules: &[Submodule],
        collector: &Collector,
    ) {
        for (path, commit) in at_head(opened) {
            // Whatever a submodule is called, its repository is the one that has the commit.
            if submodules.iter().any(|submodule| submodule.opened.store.contains(&commit)) {
                continue;
            }
            let detail = match self.settings.submodules {
                true => "no repository in here has the commit that this submodule is at",
                false => {
                    "a submodule's history is in another repository; --submodules searches those in here"
                }
            };
            collector.gap(Gap::new(GapReason::Submodule, detail).at_path(path));
        }
    }
}

/// Paths and commits of the submodules at HEAD.
fn at_head(opened: &Opened) -> Vec<(BString, ObjectId)> {
    let head = opened.git.head().and_then(|head| head.commit);
    head.map_or_else(Vec::new, |head| history::submodules(&opened.store, &head))
}
