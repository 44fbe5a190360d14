//! Hiding places outside of a branch's files: messages, names of people and refs, notes, stashes,
//! what no ref leads to, and the repository's own files.

use std::fs;

use super::{
    Hiding,
    expect::{Kept, Place, place},
    files::lines,
};
use crate::support::{repository::Repo, token};

fn in_history(path: &str, commit: &str) -> Place {
    place("content", "history").path(path).at(2, 8).by(commit)
}

/// Hides tokens in all of them.
pub(crate) fn hide(hiding: &mut Hiding) {
    messages(hiding);
    people(hiding);
    refs(hiding);
    stashes(hiding);
    unreachable(hiding);
    own_files(hiding);
}

/// A commit of one file on top of nothing, that no ref names yet.
fn lone_commit(repo: &Repo, variables: &[(&str, &str)], path: &str, text: &str) -> String {
    let blob = repo.feed("hash-object -w --stdin", text);
    let tree = repo.feed("mktree", format!("100644 blob {blob}\t{path}\n"));
    repo.run_with(variables, &format!("commit-tree -m Lone {tree}"))
}

fn messages(hiding: &mut Hiding) {
    let repo = &hiding.repo;
    let commit = repo.commit(&format!("Subject\n\nbody {}\n", token("message")));
    repo.commit("So that neither HEAD nor COMMIT_EDITMSG says it");
    let message = format!("Release\n\nwith {}", token("tag message"));
    repo.git(["tag", "--annotate", "v1", "--message", &message, "main~2"]);
    let tagged = repo.run("rev-parse main~2");
    let note = format!("note {}", token("note"));
    repo.git(["notes", "add", "--message", &note, &tagged]);
    let noted = repo.run("rev-parse refs/notes/commits");

    let said = |part: &str| place(part, "history");
    hiding.hide("message", vec![said("commit-message").at(3, 6).by(&commit)]);
    hiding.hide("tag message", vec![said("tag-message").at(3, 6).by(&tagged)]);
    hiding.hide("note", vec![said("content").path(&tagged).at(1, 6).by(&noted)]);
}

fn people(hiding: &mut Hiding) {
    let repo = &hiding.repo;
    // Not on a branch, whose reflog would name the committer, too.
    let author = token("author");
    let authored = lone_commit(repo, &[("GIT_AUTHOR_NAME", &author)], "a", "a\n");
    let email = format!("{}@example.org", token("committer"));
    let committed = lone_commit(repo, &[("GIT_COMMITTER_EMAIL", &email)], "b", "b\n");
    for (name, id) in [("refs/people/a", &authored), ("refs/people/b", &committed)] {
        repo.git(["update-ref", name, id]);
    }
    let tagger = token("tagger");
    repo.run_with(&[("GIT_COMMITTER_NAME", &tagger)], "tag --annotate v2 --message Two main~3");
    let tagged = repo.run("rev-parse main~3");

    let said = |part: &str, by: &str| vec![place(part, "history").by(by)];
    hiding.hide("author", said("commit-header", &authored));
    hiding.hide("committer", said("commit-header", &committed));
    hiding.hide("tagger", said("tag-header", &tagged));
}

fn refs(hiding: &mut Hiding) {
    let repo = &hiding.repo;
    let branch = format!("refs/heads/fix-{}", token("branch name"));
    repo.git(["update-ref", &branch, "main"]);
    let custom = lone_commit(repo, &[], "custom.txt", &lines("custom ref"));
    repo.git(["update-ref", "refs/custom/deep/x", &custom]);
    let orphan = lone_commit(repo, &[], "orphan.txt", &lines("orphan branch"));
    repo.git(["update-ref", "refs/heads/orphan", &orphan]);

    hiding.hide("branch name", vec![place("ref-name", "repository").path(&branch)]);
    hiding.hide("custom ref", vec![in_history("custom.txt", &custom)]);
    hiding.hide("orphan branch", vec![in_history("orphan.txt", &orphan)]);
}

/// Two stashes: the older is named by a reflog alone, the newer hides a file that was staged and
/// changed back since, and one that was not tracked.
fn stashes(hiding: &mut Hiding) {
    let repo = &hiding.repo;
    repo.write("README", lines("older stash"));
    repo.run("stash push --quiet");
    repo.write("README", lines("stashed index"));
    repo.run("add README");
    repo.write("README", "changed again\n");
    repo.write("untracked.txt", lines("stashed untracked"));
    repo.run("stash push --quiet --include-untracked");
    let older = repo.run("rev-parse stash@{1}");
    let index = repo.run("rev-parse stash^2");
    let untracked = repo.run("rev-parse stash^3");

    hiding.keep(Kept::AsObject, "older stash", vec![in_history("README", &older)]);
    hiding.hide("stashed index", vec![in_history("README", &index)]);
    hiding.hide("stashed untracked", vec![in_history("untracked.txt", &untracked)]);
}

fn unreachable(hiding: &mut Hiding) {
    let repo = &hiding.repo;
    let commit = lone_commit(repo, &[], "lost.txt", &lines("dangling commit"));
    repo.feed("hash-object -w --stdin", lines("dangling blob"));
    let linked = repo.beside("linked");
    let linked = linked.to_str().unwrap();
    repo.git(["worktree", "add", "--quiet", "--detach", linked, "main"]);
    fs::write(repo.beside("linked").join("elsewhere.txt"), lines("linked worktree")).unwrap();
    repo.git(["-C", linked, "add", "--all"]);
    repo.git(["-C", linked, "commit", "--quiet", "--message", "Elsewhere"]);
    let elsewhere = repo.git(["-C", linked, "rev-parse", "HEAD"]);

    let lost = |place: Place| vec![Place { standing: "unreachable".to_owned(), ..place }];
    hiding.keep(Kept::AsObject, "dangling commit", lost(in_history("lost.txt", &commit)));
    let blob = place("content", "unreachable").at(2, 8);
    hiding.keep(Kept::AsObject, "dangling blob", vec![blob]);
    let elsewhere = in_history("elsewhere.txt", &elsewhere);
    hiding.keep(Kept::AsObject, "linked worktree", vec![elsewhere]);
}

fn own_files(hiding: &mut Hiding) {
    let repo = &hiding.repo;
    let message = format!("moved {}", token("reflog"));
    repo.git(["update-ref", "--create-reflog", "-m", &message, "refs/heads/logged", "main"]);
    let log = fs::read_to_string(repo.at(".git/logs/refs/heads/logged")).unwrap();
    let column = log.find(&token("reflog")).unwrap() as u64 + 1;
    let url = format!("https://x:{}@example.org/x.git", token("remote"));
    repo.git(["config", "remote.backup.url", &url]);
    let config = fs::read_to_string(repo.at(".git/config")).unwrap();
    let line = config.lines().count() as u64;

    let own = |part: &str| place(part, "repository");
    let log = own("reflog").path("refs/heads/logged").at(1, column);
    hiding.keep(Kept::Here, "reflog", vec![log]);
    // A tab, `url = ` and the address up to the password.
    let config = own("config").path(".git/config").at(line, 18);
    hiding.keep(Kept::Here, "remote", vec![config]);
}
