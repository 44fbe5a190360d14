//! Ranges and revisions, with git itself as the judge where it can be.

use std::collections::BTreeSet;

use crate::{
    git::{
        Error, Selection,
        testing::{Sandbox, git},
    },
    model::ObjectId,
};

/// A history with a merge, two sides and tags:
/// `base - left1 - left2 (left) - merge (main)`, `base - right1 (right, v1) -` into merge, `base - side (side)`.
fn history() -> Sandbox {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("base");
    sandbox.git(&["branch", "base"]);
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.commit("side");
    sandbox.git(&["checkout", "-q", "-b", "right", "main"]);
    sandbox.commit("right1");
    sandbox.git(&["tag", "-a", "-m", "x", "v1"]);
    sandbox.git(&["tag", "-a", "-m", "x", "v1-again", "v1"]);
    sandbox.git(&["checkout", "-q", "-b", "left", "main"]);
    sandbox.commit("left1");
    sandbox.commit("left2");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["merge", "-q", "--no-ff", "-m", "merge", "left", "right"]);
    sandbox.git(&["update-ref", "refs/remotes/origin/topic", "side"]);
    sandbox.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/topic"]);
    sandbox
}

/// What a selection chooses, listed by git.
fn listed(sandbox: &Sandbox, selection: &Selection) -> BTreeSet<String> {
    let include = selection.include.iter().map(ToString::to_string);
    let args: Vec<String> =
        include.chain(selection.exclude.iter().map(|id| format!("^{id}"))).collect();
    rev_list(sandbox, &args.iter().map(String::as_str).collect::<Vec<_>>())
}

fn rev_list(sandbox: &Sandbox, specs: &[&str]) -> BTreeSet<String> {
    if specs.is_empty() {
        return BTreeSet::new();
    }
    sandbox.git(&[&["rev-list"], specs].concat()).lines().map(str::to_owned).collect()
}

#[test]
fn ranges_choose_what_git_chooses() {
    let sandbox = history();
    for packed in [false, true] {
        if packed {
            sandbox.git(&["gc", "-q"]);
        }
        let repository = sandbox.open();
        let abbreviated = &sandbox.git(&["rev-parse", "left"])[..9];
        let described = format!("anything-3-g{abbreviated}");
        for specs in [
            &["main"][..],
            &["base..main"],
            &["side..main"],
            &["main..side"],
            &["side...main"],
            &["left...right"],
            &["left...left"],
            &["..side"],
            &["side.."],
            &["@"],
            &["HEAD~1..HEAD"],
            &["HEAD^2"],
            &["HEAD^2~1^0"],
            &["HEAD^2~~..main^{commit}"],
            &["HEAD^!"],
            &["v1..main"],
            &["v1-again^{}"],
            &["v1^{commit}~1"],
            &["refs/heads/left", "^right"],
            &["heads/left"],
            &["tags/v1"],
            &["origin"],
            &["origin/topic..main"],
            &["left..right", "side", "^main~1"],
            &[abbreviated],
            &[described.as_str()],
        ] {
            let selection =
                repository.resolve(specs).unwrap_or_else(|error| panic!("{specs:?}: {error}"));
            assert_eq!(listed(&sandbox, &selection), rev_list(&sandbox, specs), "{specs:?}");
        }
    }
}

#[test]
fn criss_cross_merges_with_wrong_clocks_choose_what_git_chooses() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("base");
    let tree = sandbox.git(&["rev-parse", "HEAD^{tree}"]);
    let mut commits = vec![sandbox.git(&["rev-parse", "HEAD"])];
    let mut state = 12345u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12345);
        (state >> 8) as usize % below
    };
    for number in 0..40 {
        let mut args =
            vec!["commit-tree".to_owned(), tree.clone(), "-m".to_owned(), number.to_string()];
        let mut parents: Vec<_> = (0..1 + random(2))
            .map(|_| commits[commits.len() - 1 - random(commits.len().min(6))].clone())
            .collect();
        parents.dedup();
        args.extend(parents.into_iter().flat_map(|parent| ["-p".to_owned(), parent]));
        let date = format!("{} +0000", 1_700_000_000 + random(1000));
        let output = crate::git::testing::command(&sandbox.repo())
            .args(&args)
            .env("GIT_COMMITTER_DATE", date)
            .output()
            .unwrap();
        commits.push(String::from_utf8(output.stdout).unwrap().trim().to_owned());
    }
    let repository = sandbox.open();
    for _ in 0..60 {
        let spec =
            format!("{}...{}", commits[random(commits.len())], commits[random(commits.len())]);
        let selection = repository.resolve(&[&spec]).unwrap();
        assert_eq!(listed(&sandbox, &selection), rev_list(&sandbox, &[&spec]), "{spec}");
    }
}

#[test]
fn the_null_id_of_a_push_hook_stands_for_nothing() {
    let sandbox = history();
    let (null, main) = ("0".repeat(40), sandbox.git(&["rev-parse", "main"]));
    let repository = sandbox.open();
    let id: ObjectId = main.parse().unwrap();
    assert_eq!(
        repository.resolve(&[format!("{null}..{main}")]).unwrap(),
        Selection { include: vec![id], exclude: vec![] }
    );
    assert_eq!(
        repository.resolve(&[format!("{main}..{null}")]).unwrap(),
        Selection { include: vec![], exclude: vec![id] }
    );
}

#[test]
fn what_is_unknown_or_no_commit_is_named() {
    let sandbox = history();
    let repository = sandbox.open();
    let error = |spec: &str| repository.resolve(&[spec]).unwrap_err();
    for spec in [
        "nowhere",
        "nowhere..main",
        "main...nowhere",
        "HEAD~99",
        "HEAD^4",
        "",
        "zzzz",
        "abc",
        "..\u{e9}",
        &"a".repeat(40),
        "-v",
        "^",
    ] {
        let error = error(spec);
        assert!(
            matches!(&error, Error::UnknownRevision { spec: named } if named == spec),
            "{spec}: {error}"
        );
        assert!(!error.is_unreadable());
        assert!(error.to_string().contains("git fetch"));
    }
    for spec in [
        "..",
        "main@{1}",
        "@{u}",
        "main:file",
        ":/text",
        "main^{tree}",
        "main^{/x}",
        "main^{}x",
        "main~x",
        "main^@",
        "main^-",
    ] {
        assert!(
            matches!(error(spec), Error::UnsupportedRevision { .. }),
            "{spec}: {}",
            error(spec)
        );
    }
    let tree = sandbox.git(&["rev-parse", "main^{tree}"]);
    assert!(matches!(error(&tree), Error::NotACommit { .. }));
    assert!(matches!(error(&format!("main..{tree}")), Error::NotACommit { .. }));
}

#[test]
fn an_abbreviation_that_several_objects_share_is_ambiguous() {
    let sandbox = Sandbox::with_repo();
    sandbox.commit("one");
    let tree = sandbox.git(&["rev-parse", "HEAD^{tree}"]);
    // Commits until two share four digits: sure to happen among a few hundred.
    let mut ids: Vec<String> = Vec::new();
    let shared = loop {
        let message = ids.len().to_string();
        let id = sandbox.git(&["commit-tree", &tree, "-m", &message]);
        if let Some(other) = ids.iter().find(|other| other[..4] == id[..4]) {
            break other[..4].to_owned();
        }
        ids.push(id);
    };
    let error = sandbox.open().resolve(&[&shared]).unwrap_err();
    assert!(matches!(error, Error::AmbiguousRevision { count: 2.., .. }), "{error}");
}

#[test]
fn a_blob_that_shares_the_digits_of_a_commit_does_not_disturb() {
    let sandbox = Sandbox::with_repo();
    let one = sandbox.commit("one");
    let blob = sandbox.git(&["hash-object", "-w", "one"]);
    let at = |id: &str| format!("repo/.git/objects/{}/{}", &id[..2], &id[2..]);
    // A name made up, since nobody compares it with the content.
    let neighbour = format!("{}{}", &one[..4], "0".repeat(36));
    sandbox.write(&at(&neighbour), std::fs::read(sandbox.path(&at(&blob))).unwrap());
    let selection = sandbox.open().resolve(&[&one[..4]]).unwrap();
    assert_eq!(selection.include, [one.parse().unwrap()]);
}

#[test]
fn a_shallow_clone_ends_where_it_was_cut() {
    let sandbox = history();
    let url = format!("file://{}", sandbox.repo().display());
    git(&sandbox.path(""), &["clone", "-q", "--depth=2", &url, "shallow"]);
    let repository = sandbox.discover("shallow").unwrap();
    assert_eq!(repository.resolve(&["HEAD~1..HEAD"]).unwrap().exclude.len(), 1);
    assert!(matches!(repository.resolve(&["HEAD~2..HEAD"]), Err(Error::UnknownRevision { .. })));
    // No common ancestor is left, and that is no error.
    assert_eq!(repository.resolve(&["HEAD^1...HEAD^2"]).unwrap().exclude, []);
}

#[test]
fn a_linked_worktree_has_its_own_head() {
    let sandbox = history();
    sandbox.git(&["worktree", "add", "-q", "--detach", "../linked", "side"]);
    let side: ObjectId = sandbox.git(&["rev-parse", "side"]).parse().unwrap();
    assert_eq!(sandbox.discover("linked").unwrap().resolve(&["HEAD"]).unwrap().include, [side]);
}

#[test]
fn alternates_that_are_not_followed_lend_no_commit() {
    let sandbox = history();
    git(&sandbox.path(""), &["clone", "-q", "--shared", "repo", "second"]);
    let error = sandbox.discover("second").unwrap().resolve(&["HEAD"]).unwrap_err();
    // The ref is there, so it is the object that cannot be had.
    assert!(matches!(error, Error::Object { .. }) && error.is_unreadable(), "{error}");
    let follow = crate::git::Options { follow_alternates: true };
    let repository = crate::git::discover(&sandbox.path("second"), None, &follow).unwrap();
    assert_eq!(repository.resolve(&["HEAD"]).unwrap().include.len(), 1);
}
