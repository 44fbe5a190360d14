//! Secrets wherever git keeps bytes: each must be found once, with the right place, however the
//! objects are stored; and what is about to be committed, with nothing that was there before.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

#[path = "hiding_places/audit.rs"]
mod audit;
#[path = "hiding_places/expect.rs"]
mod expect;
#[path = "hiding_places/files.rs"]
mod files;
#[path = "hiding_places/inherit.rs"]
mod inherit;
#[path = "hiding_places/range.rs"]
mod range;
#[path = "hiding_places/rest.rs"]
mod rest;
#[path = "hiding_places/staged.rs"]
mod staged;
mod support;

use expect::{Hidden, Kept, Place, differences};
use support::{program, repository::Repo};

/// A repository and what was hidden in it.
struct Hiding {
    repo: Repo,
    hidden: Vec<Hidden>,
}

impl Hiding {
    /// Notes what was hidden where refs lead.
    fn hide(&mut self, name: &'static str, places: Vec<Place>) {
        self.keep(Kept::ByRefs, name, places);
    }

    /// Notes what was hidden elsewhere.
    fn keep(&mut self, kept: Kept, name: &'static str, places: Vec<Place>) {
        self.hidden.push(Hidden { name, kept, places });
    }

    /// What a clone keeps.
    fn cloned(&self, with_all_objects: bool) -> Vec<Hidden> {
        let mut hidden = self.hidden.clone();
        hidden.retain(|one| match one.kept {
            Kept::ByRefs => true,
            Kept::AsObject => with_all_objects,
            Kept::Here => false,
        });
        // The reflogs of the stash and the other worktree's HEAD are not cloned.
        for place in hidden
            .iter_mut()
            .filter(|one| one.kept == Kept::AsObject)
            .flat_map(|one| &mut one.places)
        {
            place.standing = "unreachable".to_owned();
        }
        hidden
    }
}

#[test]
fn every_hiding_place_is_found_however_it_is_stored() {
    let mut hiding = Hiding { repo: Repo::with_commit(), hidden: Vec::new() };
    files::hide(&mut hiding);
    rest::hide(&mut hiding);
    let repo = &hiding.repo;
    let mut said = Vec::new();
    let mut check = |stored: &str, folder: &str, hidden: &[Hidden]| {
        let run = program::report(repo.root(), &format!("history {folder}"));
        let report = run.json();
        said.extend(differences(&run, hidden).into_iter().map(|one| format!("{stored}: {one}")));
        // The one thing not read is the submodule, whose history is not here.
        if run.code != Some(1) || run.gap_reasons() != ["submodule"] {
            said.push(format!("{stored}: exit {:?}, gaps {:#}", run.code, report["gaps"]));
        }
    };
    check("loose", ".", &hiding.hidden);

    // Without hard links git copies the folder of objects, unreachable ones too.
    repo.run("clone --quiet --mirror --no-hardlinks . ../copy.git");
    check("copy", "../copy.git", &hiding.cloned(true));
    // As over a network: only what refs lead to. The older stash, the other worktree's HEAD, what
    // dangles, reflogs and configuration are lost.
    repo.run("clone --quiet --mirror --no-local . ../mirror.git");
    check("mirror", "../mirror.git", &hiding.cloned(false));

    // What nothing leads to stays loose; stashes and reflogs count as leading.
    repo.run("repack -a -d -f --quiet");
    repo.run("pack-refs --all");
    check("repacked", ".", &hiding.hidden);
    repo.run("repack -a -d --keep-unreachable --quiet");
    assert!(!repo.loose(&repo.run("rev-parse stash@{1}^{tree}")).exists());
    check("all in one pack", ".", &hiding.hidden);
    assert!(said.is_empty(), "{}", said.join("\n"));
}
