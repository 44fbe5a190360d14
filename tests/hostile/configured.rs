//! A repository whose every setting, hook and attribute would run a program or lead elsewhere.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::support::{
    fifo,
    program::{cfleaks, run},
    repository::Repo,
    token,
};

/// Settings under which git starts a program; `TRAP` is one that leaves a mark.
const TRAPS: &str = "
[core]
    fsmonitor = TRAP
    hooksPath = HOOKS
    pager = TRAP
    editor = TRAP
    sshCommand = TRAP
    askPass = TRAP
    gitProxy = TRAP
    alternateRefsCommand = TRAP
    attributesFile = ATTRIBUTES
[diff]
    external = TRAP
[diff \"trap\"]
    textconv = TRAP
    command = TRAP
[filter \"trap\"]
    clean = TRAP
    smudge = TRAP
    process = TRAP
    required = true
[merge \"trap\"]
    driver = TRAP
[alias]
    status = !TRAP
    staged = !TRAP
    history = !TRAP
[credential]
    helper = !TRAP
[gpg]
    program = TRAP
[log]
    showSignature = true
[uploadpack]
    packObjectsHook = TRAP
[remote \"origin\"]
    url = ext::TRAP
    promisor = true
    partialclonefilter = blob:none
[submodule \"sub\"]
    update = !TRAP
    url = ext::TRAP
[include]
    path = FIFO
[includeIf \"gitdir:/\"]
    path = FIFO
";

/// The repository, and where the trap leaves its mark.
fn trapped() -> (Repo, std::path::PathBuf) {
    let repo = Repo::with_commit();
    repo.write("file.txt", "text\n");
    repo.write(".gitattributes", "* diff=trap filter=trap merge=trap\n");
    repo.write(".gitmodules", "[submodule \"sub\"]\n\tpath = sub\n\turl = ext::sh\n");
    repo.commit("Files");
    repo.write("file.txt", "another\n");
    repo.run("add --all");
    repo.write("file.txt", "a third\n");

    let (mark, trap) = (repo.beside("mark"), repo.beside("trap"));
    let script = |path: &std::path::Path| {
        fs::write(path, format!("#!/bin/sh\ntouch '{}'\n", mark.display())).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    script(&trap);
    let hooks = repo.at(".git/hooks");
    let _ = fs::create_dir_all(&hooks);
    let names = ["pre-commit", "post-checkout", "post-index-change", "reference-transaction"];
    for name in names.into_iter().chain(["fsmonitor-watchman", "pre-auto-gc", "update"]) {
        script(&hooks.join(name));
    }
    fifo(&repo.beside("fifo"));
    let config = fs::read_to_string(repo.at(".git/config")).unwrap() + TRAPS;
    let named = |config: String, name: &str, path: &std::path::Path| {
        config.replace(name, path.to_str().unwrap())
    };
    let config = named(config, "TRAP", &trap);
    let config = named(config, "HOOKS", &hooks);
    let config = named(config, "ATTRIBUTES", &repo.beside("attributes"));
    fs::write(repo.at(".git/config"), named(config, "FIFO", &repo.beside("fifo"))).unwrap();
    (repo, mark)
}

#[test]
fn nothing_of_the_configuration_acts() {
    let (repo, mark) = trapped();
    // Programs that might be looked up on the PATH are traps as well.
    let path = repo.beside("bin");
    fs::create_dir(&path).unwrap();
    for name in ["git", "ssh", "sh", "less", "gpg", "git-lfs"] {
        fs::copy(repo.beside("trap"), path.join(name)).unwrap();
    }
    for words in [
        "scan",
        "scan --no-ignore",
        "staged",
        "history",
        "audit",
        "history --range HEAD~1..HEAD",
        "history --range main",
        "audit --follow-alternates",
        "scan --color always",
    ] {
        let found = run(cfleaks(repo.root(), words.split(' ')).env("PATH", &path));
        assert_eq!(found.code, Some(0), "{words}: {found}");
        assert!(!mark.exists(), "{words} ran a program");
    }
    // The trap is a trap: git itself falls into it once the includes, at which it would hang, are out.
    let config = fs::read_to_string(repo.at(".git/config")).unwrap();
    fs::write(repo.at(".git/config"), config.split("[include]").next().unwrap()).unwrap();
    let _ = repo.command(["diff"]).output().unwrap();
    assert!(mark.exists(), "git runs what the configuration says");
}

#[test]
fn the_work_tree_is_where_the_repository_is() {
    let repo = Repo::with_commit();
    fs::create_dir(repo.beside("elsewhere")).unwrap();
    fs::write(repo.beside("elsewhere").join("README"), token("elsewhere")).unwrap();
    repo.write("here.txt", token("here"));
    repo.run("config core.worktree ../../elsewhere");
    for (words, code) in [("audit", 1), ("scan", 1), ("staged", 0), ("history", 0)] {
        let words = words.split(' ').chain(["--format", "json", "--show-secrets"]);
        let found = run(&mut cfleaks(repo.root(), words));
        assert_eq!(found.code, Some(code), "{found}");
        let expected = if code == 1 { vec![token("here")] } else { Vec::new() };
        assert_eq!(found.secrets(), expected);
    }
}

#[test]
fn filters_and_attributes_do_not_change_what_is_read() {
    let repo = Repo::with_commit();
    repo.write("plain.txt", token("plain"));
    repo.write(".gitattributes", "* -text -diff export-ignore filter=none binary\n");
    repo.write(".git/info/attributes", "* -diff\n");
    repo.write(".git/info/exclude", "plain.txt\n");
    repo.run("add --all --force");
    for words in ["staged", "scan", "audit"] {
        let found = run(&mut cfleaks(repo.root(), [words]));
        assert_eq!(found.code, Some(1), "{words}: {found}");
    }
}
