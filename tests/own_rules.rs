//! Rules of one's own, through the command line: a folder adds, replaces and switches off, and every
//! mistake in it is told by file, line and column before anything is scanned.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use cfleaks::rules::template;

/// A rule that knows its kind by a pattern.
const SHOP: &str = r#"id = "shop-key"
title = "Shop key"
severity = "high"
confidence = "likely"
anchors = ["shop_"]
pattern = '(?-u)(?P<secret>shop_[a-z]{20})'
reach = { before = 1, after = 26 }
checks = ["boundary"]
help = "A shop."

[[examples]]
text = "k=shop_{{lower:20}}"

[[counter_examples]]
text = "shop_{{lower:9}}"
reason = "short"
"#;
/// One that knows it by an attribute, of a resource that the built-in rules do not know.
const TYPED: &str = r#"id = "list-item"
title = "List item"
severity = "low"
confidence = "likely"
help = "A list."

[terraform]
attributes = ["cloudflare_list_item.ip"]
shape = '[0-9.]+'

[[examples]]
text = '''{"type":"cloudflare_list_item","values":{"ip":"203.0.113.1"}}'''
confidence = "certain"

[[counter_examples]]
text = '''{"type":"cloudflare_list_item","values":{"ip":null}}'''
reason = "empty"
"#;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn cfleaks(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cfleaks"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(text).unwrap()
}

/// The ids of what a scan of `src` finds with the rules of `rules`.
fn found(folder: &Path) -> Vec<String> {
    let output = cfleaks(folder, &["scan", "src", "--rules", "rules", "-f", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

fn drawn(text: &str) -> String {
    String::from_utf8(template::expand(text, 1).unwrap()).unwrap()
}

#[test]
fn a_folder_adds_replaces_and_switches_off() {
    let token = drawn("T=cfut_{{alnum:40}}{{crc32}}\n");
    let shop = drawn("k=shop_{{lower:20}}\n");
    let item = r#"{"type":"cloudflare_list_item","values":{"ip":"203.0.113.1"}}"#;
    let folder = folder(&[
        ("src/token", &token),
        ("src/shop", &shop),
        ("src/item", item),
        ("rules/shop-key.toml", SHOP),
        ("rules/list-item.toml", TYPED),
        ("rules/README.md", "no rule"),
    ]);
    let mut ids = found(folder.path());
    ids.sort();
    assert_eq!(ids, ["cloudflare-user-api-token", "list-item", "shop-key"]);

    let off = "id = \"cloudflare-user-api-token\"\ndisabled = true\n";
    fs::write(folder.path().join("rules/cloudflare-user-api-token.toml"), off).unwrap();
    fs::remove_file(folder.path().join("rules/list-item.toml")).unwrap();
    assert_eq!(found(folder.path()), ["shop-key"]);

    // The same id with another pattern: the token is none of this kind any more.
    let other = SHOP.replace("shop-key", "cloudflare-user-api-token").replace("Shop key", "Mine");
    fs::write(folder.path().join("rules/cloudflare-user-api-token.toml"), &other).unwrap();
    fs::remove_file(folder.path().join("rules/shop-key.toml")).unwrap();
    assert_eq!(found(folder.path()), ["cloudflare-user-api-token"]);
    let shown =
        cfleaks(folder.path(), &["rules", "show", "cloudflare-user-api-token", "--rules", "rules"]);
    assert!(said(&shown).contains("\nMine\n"), "{}", said(&shown));
}

#[test]
fn rules_that_hold_are_said_to_hold() {
    let folder = folder(&[("rules/shop-key.toml", SHOP), ("rules/list-item.toml", TYPED)]);
    let output = cfleaks(folder.path(), &["rules", "check", "rules"]);
    assert_eq!(said(&output), "2 rules, 4 examples: all hold\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn every_mistake_has_its_file_line_and_column() {
    let folder = folder(&[
        ("rules/a.toml", "id = \"a\"\ntitle = "),
        ("rules/list-item.toml", &TYPED.replace("cloudflare_list_item.ip\"]", "list_item.ip\"]")),
        ("rules/shop-key.toml", &SHOP.replace("[a-z]{20}", "[a-z{20}").replace("help", "hlep")),
    ]);
    let output = cfleaks(folder.path(), &["rules", "check", "rules"]);
    let text = said(&output);
    let places: Vec<&str> =
        text.lines().filter_map(|line| line.split_once(": ")).map(|(place, _)| place).collect();
    assert_eq!(
        places,
        ["rules/a.toml:2:9", "rules/list-item.toml:8:15", "rules/shop-key.toml:9:1"],
        "{text}"
    );
    assert_eq!(output.status.code(), Some(2));
    // Nothing is scanned with rules that are wrong.
    let scan = cfleaks(folder.path(), &["scan", "--rules", "rules"]);
    assert_eq!(scan.status.code(), Some(2));
    assert!(scan.stdout.is_empty());
    assert!(said(&scan).contains("rules/list-item.toml:8:15"), "{}", said(&scan));
}

#[test]
fn an_example_that_does_not_hold_has_its_line_and_column() {
    let broken = SHOP.replace("shop_{{lower:9}}", "shop_{{lower:20}}");
    let folder = folder(&[("rules/shop-key.toml", &broken)]);
    let output = cfleaks(folder.path(), &["rules", "check", "rules"]);
    let text = said(&output);
    assert!(
        text.starts_with(
            "rules/shop-key.toml:15:8: counter-example 1 (short)\n    wanted  nothing"
        ),
        "{text}"
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_switches_off_nothing_is_a_mistake_that_check_tells() {
    let off = |id: &str| format!("id = \"{id}\"\ndisabled = true\n");
    let folder = folder(&[
        ("rules/cloudflare-tunel-token.toml", &off("cloudflare-tunel-token")),
        ("good/cloudflare-tunnel-token.toml", &off("cloudflare-tunnel-token")),
        ("quoted/shop-key.toml", &off("shop-key").replace("true", "\"true\"")),
    ]);
    let output = cfleaks(folder.path(), &["rules", "check", "rules"]);
    assert_eq!(
        said(&output),
        "rules/cloudflare-tunel-token.toml:1:1: there is no rule `cloudflare-tunel-token` to switch \
         off; `cloudflare-tunnel-token`?\n1 mistake\n"
    );
    assert_eq!(output.status.code(), Some(2));
    let output = cfleaks(folder.path(), &["rules", "check", "good"]);
    assert_eq!(said(&output), "0 rules, 0 examples: all hold; 1 rule switched off\n");
    let output = cfleaks(folder.path(), &["rules", "check", "quoted"]);
    assert!(said(&output).contains("shop-key.toml:2:12: `disabled` is `true` or `false`"));
}

#[test]
fn what_is_no_rule_file_is_told_once_and_never_waited_for() {
    for (name, why) in [("fifo", "it is no regular file"), ("large", "larger than 1 MiB")] {
        let folder = folder(&[("rules/README.md", "")]);
        let path = folder.path().join("rules/x.toml");
        match name {
            "fifo" => {
                assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            }
            _ => fs::File::create(&path).unwrap().set_len(3 << 30).unwrap(),
        }
        for arguments in [&["rules", "check", "rules"][..], &["scan", "--rules", "rules", "."]] {
            let output = cfleaks(folder.path(), arguments);
            let text = said(&output);
            assert_eq!(text.matches(why).count(), 1, "{text}");
            assert_eq!(output.status.code(), Some(2), "{text}");
        }
    }
}
