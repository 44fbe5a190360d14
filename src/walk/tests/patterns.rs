//! Compares our reading of `.gitignore` lines with git's own, on patterns nobody would write.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use proptest::prelude::*;

use super::{
    pattern::{Pattern, Steps},
    *,
};

/// What git says of each path under these lines.
fn git_says(folder: &Path, lines: &[String], paths: &[String]) -> Vec<bool> {
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.args(args).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command.spawn().unwrap()
    };
    if !folder.join(".git").exists() {
        assert!(git(&["init", "--quiet"]).wait().unwrap().success());
    }
    fs::write(folder.join(".gitignore"), lines.join("\n")).unwrap();
    let mut child = git(&["check-ignore", "--stdin", "-z", "-v", "-n"]);
    child.stdin.take().unwrap().write_all((paths.join("\0") + "\0").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let fields: Vec<&str> = said.split_terminator('\0').collect();
    assert_eq!(fields.len(), paths.len() * 4, "{said:?}");
    let ignores = |pattern: &str| !pattern.is_empty() && !pattern.starts_with('!');
    fields.chunks(4).map(|record| ignores(record[2])).collect()
}

fn we_say(lines: &[String], path: &str) -> bool {
    let patterns: Vec<Pattern> =
        lines.iter().filter_map(|line| Pattern::new(line.as_bytes())).collect();
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    for end in ends {
        let is_folder = end < path.len();
        let last = patterns.iter().rev().find(|pattern| {
            let steps = &mut Steps::for_one_path();
            pattern.matches(&path.as_bytes()[..end], is_folder, steps).unwrap()
        });
        if last.is_some_and(|pattern| !pattern.takes_back) {
            return true;
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn agrees_with_git(
        lines in prop::collection::vec("!?/?(a|b|\\*|\\?|\\*\\*|/|\\*\\*/|/\\*\\*/|\\[a-b\\]|\\[!a\\]|\\[\\^b-\\]|\\[\\]a\\]|\\[\\[:alpha:\\]\\]|\\[a|\\\\a|\\\\\\*|\\\\| |-|#|!|\\{|\\}|\\.){1,6}/?[ \r]?", 1..5),
        paths in prop::collection::vec("[ab](/?[ab.\\-\\[*\\]{!# ]){0,6}", 40),
    ) {
        // A path must be one that git takes: no step of dots alone.
        let paths: Vec<String> = paths
            .into_iter()
            .map(|path| path.replace("/.", "/a").trim_end_matches('/').to_owned())
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let expected = git_says(folder.path(), &lines, &paths);
        for (path, expected) in paths.iter().zip(expected) {
            prop_assert_eq!(we_say(&lines, path), expected, "{:?} under {:?}", path, lines);
        }
    }
}
