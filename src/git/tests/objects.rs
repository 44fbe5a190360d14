//! Object folders, alternates, shallow and partial clones.

use std::{fs, os::unix::fs::symlink};

use super::gaps;
use crate::{
    git::{
        Options, discover,
        testing::{Sandbox, git},
    },
    model::GapReason,
};

const FOLLOW: Options = Options { follow_alternates: true };

#[test]
fn alternates_outside_are_followed_only_when_allowed() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("one");
    git(&sandbox.path(""), &["clone", "-q", "--shared", "repo", "second"]);
    git(&sandbox.path(""), &["clone", "-q", "--shared", "second", "third"]);
    // Nested and relative, with a comment and quotes.
    sandbox.write(
        "third/.git/objects/info/alternates",
        "# comment\n\"../../../seco\\156d/.git/objects\"\n",
    );

    let own = sandbox.path("third/.git/objects");
    let repository = sandbox.discover("third").unwrap();
    assert_eq!(repository.object_dirs(), std::slice::from_ref(&own));
    let outside = sandbox.path("second/.git/objects");
    assert_eq!(
        gaps(&repository),
        [(GapReason::OutsideRepository, outside.to_str().unwrap().to_owned())]
    );

    let repository = discover(&sandbox.path("third"), None, &FOLLOW).unwrap();
    assert_eq!(repository.object_dirs(), [own, outside, sandbox.path("repo/.git/objects")]);
    assert_eq!(gaps(&repository), []);
}

#[test]
fn alternates_inside_the_repository_are_its_own_and_circles_end() {
    let sandbox = Sandbox::with_repo();
    fs::create_dir_all(sandbox.path("repo/.git/more/objects/info")).unwrap();
    sandbox.write("repo/.git/objects/info/alternates", "../more/objects\n../objects\n");
    sandbox.write("repo/.git/more/objects/info/alternates", "../../objects\n../../nowhere\n");
    let repository = sandbox.open();
    assert_eq!(
        repository.object_dirs(),
        ["objects", "more/objects"].map(|name| sandbox.path("repo/.git").join(name))
    );
    assert_eq!(
        gaps(&repository),
        [(GapReason::MissingObject, ".git/more/objects/../../nowhere".to_owned())]
    );
}

#[test]
fn alternates_too_deep_are_a_gap() {
    let sandbox = Sandbox::with_repo();
    sandbox.write("repo/.git/objects/info/alternates", "../o1\n");
    for level in 1..9 {
        sandbox
            .write(&format!("repo/.git/o{level}/info/alternates"), format!("../o{}\n", level + 1));
    }
    let repository = sandbox.open();
    assert_eq!(repository.object_dirs().len(), 6);
    assert_eq!(gaps(&repository), [(GapReason::LimitHit, ".git/o5/../o6".to_owned())]);
}

#[test]
fn links_out_of_the_objects_folder_are_not_followed() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("one");
    for name in ["objects", "objects/pack"] {
        git(&sandbox.path(""), &["init", "-q", name]);
        let objects = sandbox.path(&format!("{name}/.git/{name}"));
        fs::remove_dir_all(&objects).unwrap();
        symlink(sandbox.path("repo/.git").join(name), &objects).unwrap();
        let repository = sandbox.discover(name).unwrap();
        assert!(repository.object_dirs().is_empty());
        assert_eq!(gaps(&repository).len(), 1);
        assert_eq!(gaps(&repository)[0].0, GapReason::OutsideRepository);
        assert_eq!(discover(&sandbox.path(name), None, &FOLLOW).unwrap().object_dirs().len(), 1);
    }
}

#[test]
fn a_shallow_clone_knows_its_boundary() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("one");
    let two = sandbox.commit("two");
    let url = format!("file://{}", sandbox.repo().display());
    git(&sandbox.path(""), &["clone", "-q", "--depth=1", &url, "shallow"]);
    let repository = sandbox.discover("shallow").unwrap();
    assert_eq!(repository.shallow().iter().map(ToString::to_string).collect::<Vec<_>>(), [two]);
    assert_eq!(gaps(&repository), []);
    assert_eq!(repository.remote_url(), Some(url));
    assert!(!repository.promisor());

    sandbox.write("shallow/.git/shallow", "rubbish\n");
    let repository = sandbox.discover("shallow").unwrap();
    assert_eq!(gaps(&repository), [(GapReason::Damaged, ".git/shallow".to_owned())]);
}

#[test]
fn a_partial_clone_is_known_by_its_packs_even_without_config() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("one");
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.repo().display());
    git(&sandbox.path(""), &["clone", "-q", "--bare", "--filter=blob:none", &url, "partial"]);
    assert!(sandbox.discover("partial").unwrap().promisor());
    fs::remove_file(sandbox.path("partial/config")).unwrap();
    assert!(sandbox.discover("partial").unwrap().promisor());
}

#[test]
fn grafts_are_read() {
    let sandbox = Sandbox::with_repo();
    let one = sandbox.commit("one");
    let two = sandbox.commit("two");
    sandbox
        .write("repo/.git/info/grafts", format!("# comment\n{two}\n{one} {two} {two}\nrubbish\n"));
    let repository = sandbox.open();
    assert_eq!(repository.grafts().len(), 2);
    let graft = repository.grafts().iter().find(|graft| graft.0.to_string() == one).unwrap();
    assert_eq!(graft.1.len(), 2);
    assert_eq!(gaps(&repository), [(GapReason::Damaged, ".git/info/grafts".to_owned())]);
}
