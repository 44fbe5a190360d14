//! Hiding places in files: names and contents of what commits hold.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    Hiding,
    expect::{Place, place},
};
use crate::support::token;

/// Two lines, with the token made from `name` on the second at column 8.
pub(crate) fn lines(name: &str) -> String {
    format!("first\n  key: {}\n", token(name))
}

fn at_head(path: &str, commit: &str) -> Place {
    place("content", "at-head").path(path).at(2, 8).by(commit)
}

fn before(path: &str, commit: &str) -> Place {
    place("content", "history").path(path).at(2, 8).by(commit)
}

/// Hides tokens in all of them.
pub(crate) fn hide(hiding: &mut Hiding) {
    deleted_renamed_and_retyped(hiding);
    merges(hiding);
    names(hiding);
    encodings(hiding);
    sizes(hiding);
    replaced(hiding);
    beside_a_submodule(hiding);
}

fn deleted_renamed_and_retyped(hiding: &mut Hiding) {
    let repo = &hiding.repo;
    let deleted = repo.commit_file("folder/deleted.txt", lines("deleted"));
    fs::remove_file(repo.at("folder/deleted.txt")).unwrap();
    repo.commit("Delete");

    let many = (0..40).map(|line| format!("line {line}\n")).collect::<String>();
    let named = repo.commit_file("old name.txt", lines("renamed") + &many);
    repo.git(["mv", "old name.txt", "new name.txt"]);
    let also = format!("also {}\n", token("edited"));
    let renamed = repo.commit_file("new name.txt", lines("renamed") + &many + &also);

    let plain = repo.commit_file("typed", lines("before the link"));
    fs::remove_file(repo.at("typed")).unwrap();
    link(hiding, "/run/secrets/", "after the link", "typed");
    let repo = &hiding.repo;
    let retyped = repo.commit("Make it a link");
    link(hiding, "../", "link", "folder/link");
    let linked = hiding.repo.commit("A link");

    let target = |path: &str| place("symlink-target", "at-head").path(path);
    hiding.hide("deleted", vec![before("folder/deleted.txt", &deleted)]);
    hiding.hide("renamed", vec![before("old name.txt", &named), at_head("new name.txt", &renamed)]);
    hiding.hide(
        "edited",
        vec![place("content", "at-head").path("new name.txt").at(43, 6).by(&renamed)],
    );
    hiding.hide("before the link", vec![before("typed", &plain)]);
    hiding.hide("after the link", vec![target("typed").at(1, 14).by(&retyped)]);
    hiding.hide("link", vec![target("folder/link").at(1, 4).by(&linked)]);
}

fn link(hiding: &Hiding, folder: &str, name: &str, path: &str) {
    let path = hiding.repo.at(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(format!("{folder}{}", token(name)), path).unwrap();
}

/// What a merge adds that none of its parents has.
fn merges(hiding: &mut Hiding) {
    let repo = &hiding.repo;
    for (branch, path) in [("side", "side.txt"), ("one", "one.txt"), ("two", "two.txt")] {
        repo.git(["checkout", "--quiet", "-b", branch, "main"]);
        let name = if branch == "side" { "on the side" } else { branch };
        repo.commit_file(path, lines(name));
    }
    repo.run("checkout --quiet main");
    repo.commit_file("main.txt", "on main\n");
    repo.run("merge --quiet --no-commit side");
    repo.write("main.txt", "on main\n".to_owned() + &lines("evil merge"));
    let evil = repo.commit("Merge side");
    repo.run("merge --quiet --no-commit -s octopus one two");
    repo.write("octopus.txt", lines("octopus"));
    let octopus = repo.commit("Merge one and two");

    let [side, one, two] =
        ["side", "one", "two"].map(|branch| repo.run(&format!("rev-parse {branch}")));
    hiding.hide("on the side", vec![at_head("side.txt", &side)]);
    hiding.hide("one", vec![at_head("one.txt", &one)]);
    hiding.hide("two", vec![at_head("two.txt", &two)]);
    let evil = place("content", "at-head").path("main.txt").at(3, 8).by(&evil);
    hiding.hide("evil merge", vec![evil]);
    hiding.hide("octopus", vec![at_head("octopus.txt", &octopus)]);
}

/// Paths that are hard to show, and paths that are secrets themselves.
fn names(hiding: &mut Hiding) {
    let repo = &hiding.repo;
    let latin = Path::new(OsStr::from_bytes(b"caf\xe9/\xff.txt"));
    let latin_by = repo.commit_file(latin, lines("no UTF-8"));
    let wild = "\u{1b}[31m'\"\n\\ \t%41.txt";
    let wild_by = repo.commit_file(wild, lines("wild name"));
    let file = format!("folder/{}.txt", token("file name"));
    let file_by = repo.commit_file(&file, "nothing\n");
    let folder = format!("key-{}", token("folder name"));
    let folder_by = repo.commit_file(folder.clone() + "/file", "nothing in it\n");

    hiding.hide("no UTF-8", vec![at_head("caf%E9/%FF.txt", &latin_by)]);
    hiding.hide("wild name", vec![at_head(wild, &wild_by)]);
    let name = |path: &str, by: &str| vec![place("file-name", "at-head").path(path).by(by)];
    hiding.hide("file name", name(&file, &file_by));
    hiding.hide("folder name", name(&folder, &folder_by));
}

/// Contents that a line-wise look at text would miss.
fn encodings(hiding: &mut Hiding) {
    let repo = &hiding.repo;
    let wide = |name: &str, bytes: fn(u16) -> [u8; 2]| {
        let text = format!("\u{feff}é first\r\n  key: {}\r\n", token(name));
        text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
    };
    let little = repo.commit_file("utf-16le.txt", wide("little", u16::to_le_bytes));
    let big = repo.commit_file("utf-16be.txt", wide("big", u16::to_be_bytes));
    repo.write(".gitattributes", "*.lock -diff\n");
    let undiffed = repo.commit_file("some.lock", lines("not diffed"));
    // LF and CR each end a line; 242 bytes and `\0key=` stand before it on the third.
    let mut binary: Vec<u8> = (0..=255).collect();
    binary.extend_from_slice(format!("\0key={}\0", token("binary")).as_bytes());
    let binary = repo.commit_file("binary", binary);
    let encoded = STANDARD.encode(token("base64") + "\n");
    let yaml = format!("kind: Secret\ndata:\n  token: {encoded}\n");
    let secret = repo.commit_file("secret.yaml", yaml);

    let through = |place: Place, layer: &str| vec![place.through(layer)];
    hiding.hide("little", through(at_head("utf-16le.txt", &little), "utf-16le"));
    hiding.hide("big", through(at_head("utf-16be.txt", &big), "utf-16be"));
    hiding.hide("not diffed", vec![at_head("some.lock", &undiffed)]);
    let in_file = |path: &str, by: &str| place("content", "at-head").path(path).by(by);
    hiding.hide("binary", vec![in_file("binary", &binary).at(3, 248)]);
    // 53 bytes take 71 of the encoding's characters.
    let outer = in_file("secret.yaml", &secret).region([3, 10, 3, 81]);
    hiding.hide("base64", through(outer, "base64"));
}

fn sizes(hiding: &mut Hiding) {
    let repo = &hiding.repo;
    let mut long: String = (0..60_000).map(|n| format!("line {n:>8} of a long file\n")).collect();
    long += &lines("6 MB");
    long.extend((0..160_000).map(|n| format!("line {n:>8} of a long file\n")));
    assert!(long.len() > 6 << 20);
    let long = repo.commit_file("long.txt", long);
    let wide = format!("{}key={}{}\n", "a ".repeat(350_000), token("1 MB"), " b".repeat(150_000));
    let wide = repo.commit_file("wide.txt", wide);

    let in_file = |path: &str, by: &str| place("content", "at-head").path(path).by(by);
    hiding.hide("6 MB", vec![in_file("long.txt", &long).at(60_002, 8)]);
    hiding.hide("1 MB", vec![in_file("wide.txt", &wide).at(1, 700_005)]);
}

/// `git replace` hides the original from git's own eyes; both are there.
fn replaced(hiding: &mut Hiding) {
    let repo = &hiding.repo;
    let original = repo.commit_file("replaced.txt", lines("original"));
    let blob = repo.run("rev-parse HEAD:replaced.txt");
    let instead = repo.feed("hash-object -w --stdin", lines("replacement"));
    repo.git(["replace", &blob, &instead]);
    hiding.hide("original", vec![at_head("replaced.txt", &original)]);
    hiding.hide("replacement", vec![place("content", "history").at(2, 8)]);
}

fn beside_a_submodule(hiding: &mut Hiding) {
    let repo = &hiding.repo;
    // Git takes an empty folder for a submodule that was not fetched.
    fs::create_dir_all(repo.at("modules/sub")).unwrap();
    let elsewhere = format!("160000,{},modules/sub", "5".repeat(40));
    repo.git(["update-index", "--add", "--cacheinfo", &elsewhere]);
    let beside = repo.commit_file("modules/beside.txt", lines("beside a submodule"));
    hiding.hide("beside a submodule", vec![at_head("modules/beside.txt", &beside)]);
}
