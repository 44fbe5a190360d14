//! Files whose name says what the one value in them is, as secrets are mounted into containers: in
//! files, in what is staged, in a range of commits and in archives.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

mod support;

use cfleaks::rules::template;
use support::{program::report, repository::Repo};

/// A token of the older form, which nothing but a name tells.
fn token(seed: u64) -> String {
    String::from_utf8(template::expand("{{alnum:39}}4", seed).unwrap()).unwrap()
}

#[test]
fn a_file_of_one_value_is_known_by_its_name() {
    let token = token(3);
    let repo = Repo::new();
    repo.commit_file("README", "nothing\n");
    repo.write("secrets/cf_dns_api_token.txt", format!("{token}\n"));
    repo.write("secrets/other_api_token.txt", format!("{token}4\n"));
    repo.run("add .");
    for job in ["scan .", "staged ."] {
        let run = report(repo.root(), job);
        assert_eq!(run.code, Some(1), "{job}\n{run}");
        let all = run.json();
        let [finding] = &all["findings"].as_array().unwrap()[..] else { panic!("{job}\n{run}") };
        assert_eq!(finding["rule"], "cloudflare-api-token-legacy", "{job}");
        assert_eq!(finding["secret"], *token, "{job}");
        let place = &finding["places"][0];
        assert_eq!(place["path"], "secrets/cf_dns_api_token.txt", "{job}");
        assert_eq!(
            (&place["region"]["start_line"], &place["region"]["start_column"]),
            (&1.into(), &1.into())
        );
        assert_eq!(place["region"]["end_column"], 41, "{job}");
    }
    repo.commit("Secrets");
    let range = report(repo.root(), "history . --range HEAD~1..HEAD");
    assert_eq!(range.json()["findings"][0]["secret"], *token, "{range}");
}

#[test]
fn and_so_is_a_member_of_an_archive() {
    let token = token(4);
    let mut archive = tar::Builder::new(Vec::new());
    for (path, text) in [("run/secrets/cf_api_token", &token), ("run/secrets/x_api_token", &token)]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o600);
        header.set_cksum();
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("backup.tar"), archive.into_inner().unwrap()).unwrap();
    let run = report(folder.path(), "scan .");
    let all = run.json();
    let [finding] = &all["findings"].as_array().unwrap()[..] else { panic!("{run}") };
    assert_eq!(finding["places"][0]["member"], "run/secrets/cf_api_token", "{run}");
    assert_eq!(finding["place_count"], 1, "{run}");
}
