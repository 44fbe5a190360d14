//! What is left out, and that it is counted.

use super::*;

#[test]
fn what_gitignore_matches_is_counted_exactly_and_not_read() {
    let folder = folder_of(&[
        "a.txt",
        "a.log",
        "node_modules/x/1.js",
        "node_modules/x/y/2.js",
        "node_modules/3.js",
        "sub/b.log",
        "sub/c.txt",
    ]);
    write(folder.path(), ".gitignore", "*.log\nnode_modules/\n");
    let (kept, counts) = plain(folder.path());
    assert_eq!(kept.paths(folder.path()), [".gitignore", "a.txt", "sub/c.txt"]);
    assert_eq!(counts.ignored, 5);
    assert!(kept.gaps().is_empty());
    let names: Vec<String> = kept.names.lock().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(names, [".gitignore", "a.txt", "sub", "sub/c.txt"]);
}

#[test]
fn tracked_files_are_read_whatever_gitignore_says() {
    let folder = folder_of(&["a.log", "b.log", "out/x/keep.txt", "out/x/drop.txt", "out/y/z"]);
    write(folder.path(), ".gitignore", "*.log\nout\n");
    let tracked = Listed(&["a.log", "out/x/keep.txt", "not/there"]);
    let (kept, counts) = walked(folder.path(), &tracked, &Options::default());
    assert_eq!(kept.paths(folder.path()), [".gitignore", "a.log", "out/x/keep.txt"]);
    assert_eq!(counts.ignored, 3);
    assert!(kept.names.lock().unwrap().contains(BStr::new("out/x")));
    assert!(!kept.names.lock().unwrap().contains(BStr::new("out/y")));
}

#[test]
fn a_nested_gitignore_may_take_back_but_not_below_an_ignored_folder() {
    let folder = folder_of(&["a/x.log", "a/y.log", "gone/x.log", "x.log"]);
    write(folder.path(), ".gitignore", "*.log\n/gone/\n");
    write(folder.path(), "a/.gitignore", "!x.log\n");
    write(folder.path(), "gone/.gitignore", "!*\n");
    let (kept, counts) = plain(folder.path());
    assert_eq!(kept.paths(folder.path()), [".gitignore", "a/.gitignore", "a/x.log"]);
    assert_eq!(counts.ignored, 4);
}

#[test]
fn no_ignore_reads_everything() {
    let folder = folder_of(&["a.log", "b/c.log"]);
    write(folder.path(), ".gitignore", "*\n");
    let options = Options { no_ignore: true, ..Options::default() };
    let (kept, counts) = walked(folder.path(), &NothingTracked, &options);
    assert_eq!(kept.paths(folder.path()), [".gitignore", "a.log", "b/c.log"]);
    assert_eq!(counts.ignored, 0);
}

#[test]
fn only_gitignore_files_inside_the_root_are_obeyed() {
    let folder = folder_of(&["top/sub/a", "top/sub/b"]);
    write(folder.path(), "top/.gitignore", "a\n");
    for other in [".ignore", ".rgignore", ".git/info/exclude"] {
        write(folder.path(), &format!("top/sub/{other}"), "*\n");
    }
    let sub = folder.path().join("top/sub");
    let (kept, counts) = plain(&sub);
    assert_eq!(kept.paths(&sub), [".ignore", ".rgignore", "a", "b"]);
    assert_eq!(counts.ignored, 0);
    let (_, counts) = plain(&folder.path().join("top"));
    assert_eq!(counts.ignored, 1);
}

#[test]
fn what_the_user_names_is_read_even_if_ignored() {
    let folder = folder_of(&["a.log", "out/b"]);
    write(folder.path(), ".gitignore", "*\n");
    let roots = ["a.log", "out"].map(|name| Root::new(folder.path().join(name)).unwrap());
    let kept = Kept::default();
    let counts = walk(&roots, &NothingTracked, &Options::default(), &kept);
    assert_eq!(kept.paths(folder.path()), ["a.log", "out/b"]);
    assert_eq!(counts.ignored, 0);
}

#[test]
fn git_folders_and_files_are_not_walked_but_nested_work_trees_are() {
    let folder = folder_of(&[".git/config", "vendor/.git/HEAD", "vendor/a", "linked/b", ".hidden"]);
    write(folder.path(), "linked/.git", "gitdir: elsewhere\n");
    let (kept, counts) = plain(folder.path());
    assert_eq!(kept.paths(folder.path()), [".hidden", "linked/b", "vendor/a"]);
    assert_eq!(counts.ignored, 0);
}

#[test]
fn agrees_with_git_on_a_thicket_of_patterns() {
    let folder = folder_of(&[
        "a/b/c.o",
        "a/b/d.c",
        "a/keep/x.o",
        "build/x",
        "src/build/y",
        "doc/a.txt",
        "doc/b/a.txt",
        "#odd",
        "!odd",
        "with space ",
        "tail ",
        "x.tmp",
        "sub/x.tmp",
        "deep/er/and/deeper/f.log",
        "foo/bar/baz",
        "foo/zip/bar/baz",
        "a[1]",
        "star*",
        "{x,y}",
        "x,y",
        "UPPER.TXT",
        "upper.txt",
    ]);
    write(
        folder.path(),
        ".gitignore",
        "*.o\n!a/keep/*.o\n/build\ndoc/*.txt\n\\#odd\n\\!odd\ntail\\ \n*.tmp\n!/x.tmp\n\
         deep/**/*.log\nfoo/**/baz\na[[]1]\nstar\\*\nupper.*\n{x,y}\n",
    );
    write(folder.path(), "sub/.gitignore", "!x.tmp\n");
    let git = |args: &[&str]| {
        let output = std::process::Command::new("git")
            .args(args)
            .current_dir(folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    git(&["init", "--quiet"]);
    let listing = git(&["ls-files", "-z", "--others", "--exclude-standard"]);
    let mut expected: Vec<&str> = listing.split_terminator('\0').collect();
    expected.sort_unstable();
    assert!(expected.len() > 8, "{expected:?}");
    let (kept, counts) = plain(folder.path());
    assert_eq!(kept.paths(folder.path()), expected);
    assert_eq!(counts.files + counts.ignored, 24);
}
