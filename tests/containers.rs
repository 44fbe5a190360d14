//! Archives and compressed files: every kind alone and in every other, in files, on standard input,
//! staged and in history; and hostile ones, which take bounded memory and time and leave a gap.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

#[path = "containers/build.rs"]
mod build;
#[path = "containers/hostile.rs"]
mod hostile;
#[path = "containers/laws.rs"]
mod laws;
#[path = "containers/quine.rs"]
mod quine;
mod support;

use std::{fs, io::Write, process::Stdio};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use build::Wrap;
use support::{
    program::{Run, cfleaks, report, run, wait},
    repository::Repo,
    token,
};

/// A text with a token on its third line, ninth column.
fn text(name: &str) -> Vec<u8> {
    format!("A=1\nB=é\n  TOKEN={}\n", token(name)).into_bytes()
}

/// The token wrapped from the inside out, and what its place must say.
struct Packed {
    name: String,
    bytes: Vec<u8>,
    member: Option<String>,
    layers: Vec<&'static str>,
}

/// Wraps a text; the first wrapping is the outermost.
fn packed(name: &str, wraps: &[Wrap]) -> Packed {
    let mut bytes = text(name);
    let mut members = Vec::new();
    for (at, wrap) in wraps.iter().enumerate().rev() {
        let inner =
            if at + 1 == wraps.len() { "app/.env".to_owned() } else { format!("in{at}.bin") };
        bytes = wrap.pack(&inner, &bytes);
        members.extend(wrap.names().then_some(inner));
    }
    members.reverse();
    let member = (!members.is_empty()).then(|| members.join("!"));
    Packed {
        name: name.to_owned(),
        bytes,
        member,
        layers: wraps.iter().map(|wrap| wrap.layer()).collect(),
    }
}

/// All wrappings, and all of them in one another.
fn all_packed() -> Vec<Packed> {
    let mut all: Vec<Packed> =
        Wrap::ALL.iter().map(|&one| packed(&format!("{one:?}"), &[one])).collect();
    for outer in Wrap::ALL {
        for inner in Wrap::ALL {
            all.push(packed(&format!("{inner:?}-in-{outer:?}"), &[outer, inner]));
        }
    }
    // A container image as it is saved, with a jar in a jar, compressed once more.
    let image = [Wrap::Gzip, Wrap::Tar, Wrap::Gzip, Wrap::Tar, Wrap::Zip, Wrap::Zip, Wrap::Xz];
    all.push(packed("image", &image));
    all
}

/// The places of the finding of a token.
fn places(report: &Value, name: &str) -> Vec<Value> {
    let secret = token(name);
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().find(|found| found["secret"] == secret.as_str());
    found.unwrap_or_else(|| panic!("{name} was not found"))["places"].as_array().unwrap().clone()
}

fn check(run: &Run, packed: &Packed, path: &str) {
    assert_eq!(run.gap_reasons(), [""; 0]);
    let name = &packed.name;
    let places = places(&run.json(), name);
    assert_eq!(places.len(), 1, "{name}: {places:#?}");
    let place = &places[0];
    assert_eq!(place["path"], path, "{name}");
    assert_eq!(place["layers"], serde_json::json!(packed.layers), "{name}");
    assert_eq!(place["member"].as_str(), packed.member.as_deref(), "{name}");
    let region = &place["region"];
    assert_eq!((&region["start_line"], &region["start_column"]), (&3.into(), &9.into()), "{name}");
    assert!(place["line_hash"].is_string(), "{name}");
}

#[test]
fn every_container_and_every_pair_is_opened_in_files_and_in_history() {
    let repo = Repo::new();
    let all = all_packed();
    for packed in &all {
        repo.write(&packed.name, &packed.bytes);
    }
    repo.run("add --all");
    for job in ["scan .", "staged"] {
        let run = report(repo.root(), job);
        assert_eq!(run.json()["findings"].as_array().unwrap().len(), all.len(), "{job}");
        all.iter().for_each(|packed| check(&run, packed, &packed.name));
    }
    repo.commit("Archives");
    repo.run("rm --quiet -r .");
    repo.commit("Gone");
    for job in ["history", "history --no-inherit", "history --range HEAD~1"] {
        let run = report(repo.root(), job);
        assert_eq!(run.json()["findings"].as_array().unwrap().len(), all.len(), "{job}");
        all.iter().for_each(|packed| check(&run, packed, &packed.name));
    }
}

#[test]
fn standard_input_is_opened_too() {
    let folder = tempfile::tempdir().unwrap();
    for packed in [
        packed("one", &[Wrap::Gzip, Wrap::Tar]),
        packed("two", &[Wrap::Zip]),
        packed("three", &[Wrap::Zstd]),
    ] {
        let mut command =
            cfleaks(folder.path(), ["scan", "-", "--format", "json", "--show-secrets"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(&packed.bytes).unwrap();
        check(&wait(child, "scan -"), &packed, "stdin");
    }
}

#[test]
fn a_person_reads_where_in_the_archive_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("backup.zip"), packed("zip", &[Wrap::Zip]).bytes).unwrap();
    let run = run(&mut cfleaks(folder.path(), ["scan", "."]));
    let out = String::from_utf8_lossy(&run.out).into_owned();
    assert!(out.contains("backup.zip!app/.env:3:9  (through zip)"), "{out}");
    assert!(!out.contains(&token("zip")));
}

#[test]
fn archives_can_be_left_shut() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("shut.gz"), packed("shut", &[Wrap::Gzip]).bytes).unwrap();
    fs::write(folder.path().join("plain.tar"), packed("plain", &[Wrap::Tar]).bytes).unwrap();
    let run = report(folder.path(), "scan . --no-archives");
    assert_eq!(run.secrets(), [token("plain")], "what lies open is still seen");
    assert_eq!(places(&run.json(), "plain")[0].get("member"), None);
}

#[test]
fn names_and_links_in_archives_are_searched_and_masked() {
    let folder = tempfile::tempdir().unwrap();
    let tar = build::tar(|tar| {
        build::tar_file(tar, &format!("keys/{}", token("name")), b"nothing");
        build::tar_link(tar, "link", &format!("/run/{}", token("link")));
    });
    fs::write(folder.path().join("x.tar"), tar).unwrap();
    let run = report(folder.path(), "scan .");
    let json = run.json();
    assert_eq!(places(&json, "name")[0]["part"], "file-name");
    assert_eq!(places(&json, "link")[0]["part"], "symlink-target");
    let plain = support::program::run(&mut cfleaks(folder.path(), ["scan", ".", "-f", "json"]));
    let out = String::from_utf8_lossy(&plain.out).into_owned();
    assert!(!out.contains(&token("name")) && !out.contains(&token("link")), "{out}");
}

#[test]
fn only_what_an_archive_newly_holds_is_staged() {
    let repo = Repo::new();
    let zip = |names: &[&str]| {
        build::zip(|zip| {
            for name in names {
                build::zip_file(zip, &format!("{name}.env"), &text(name));
            }
        })
    };
    repo.commit_file("x.zip", zip(&["old"]));
    repo.write("x.zip", zip(&["old", "new"]));
    repo.run("add --all");
    let run = report(repo.root(), "staged");
    assert_eq!(run.secrets(), [token("new")]);
    assert_eq!(places(&run.json(), "new")[0]["member"], "new.env");
}

#[test]
fn members_that_are_long_are_searched_to_their_end() {
    let folder = tempfile::tempdir().unwrap();
    // Longer than a member may be to be searched whole, and not to be packed to nothing.
    let noise: String =
        (0..700_000_u64).map(|n| format!("{:x}\n", n.wrapping_mul(0x9e37_79b9))).collect();
    let mut long = noise.clone().into_bytes();
    long.extend_from_slice(&text("middle"));
    long.extend_from_slice(noise.as_bytes());
    long.extend_from_slice(&text("end"));
    let lines = long.iter().filter(|&&b| b == b'\n').count();
    let tar = build::tar(|tar| build::tar_file(tar, "long.log", &long));
    fs::write(folder.path().join("x.tar.gz"), Wrap::Gzip.pack("", &tar)).unwrap();
    let run = report(folder.path(), "scan .");
    assert_eq!(run.secrets().len(), 2);
    let place = &places(&run.json(), "end")[0];
    assert_eq!(
        (&place["member"], &place["region"]["start_line"]),
        (&"long.log".into(), &lines.into())
    );
    assert_eq!(place["layers"], serde_json::json!(["gzip", "tar"]));
}

#[test]
fn a_container_in_base64_is_opened_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let encode = |bytes: &[u8]| STANDARD.encode(bytes);
    // As Helm stores a release in a Secret.
    let helm = encode(encode(&Wrap::Gzip.pack("", &text("helm"))).as_bytes());
    fs::write(folder.path().join("helm.yaml"), format!("data:\n  release: {helm}\n")).unwrap();
    // An archive in a file of JSON, and one wrapped as mail does.
    let zip = encode(&Wrap::Zip.pack("app/.env", &text("json")));
    fs::write(folder.path().join("f.json"), format!("{{\"zip\":\n \"{zip}\"}}\n")).unwrap();
    let xz = encode(&Wrap::Xz.pack("", &text("mail")));
    let lines: Vec<&str> =
        xz.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let mail = format!("Subject: x\n\n{}\n", lines.join("\r\n"));
    // And that in an archive again.
    fs::write(folder.path().join("m.zip"), Wrap::Zip.pack("mail.eml", mail.as_bytes())).unwrap();
    // What only begins like one is none.
    fs::write(folder.path().join("word.txt"), "H4sInothing and UEsDBnothing\n").unwrap();
    let run = report(folder.path(), "scan .");
    assert_eq!(run.gap_reasons(), [""; 0], "{run}");
    let json = run.json();
    for (name, line, layers, member) in [
        ("helm", 2, serde_json::json!(["base64", "base64", "gzip"]), None),
        ("json", 2, serde_json::json!(["base64", "zip"]), Some("app/.env")),
        ("mail", 3, serde_json::json!(["zip", "base64", "xz"]), Some("mail.eml")),
    ] {
        let place = &places(&json, name)[0];
        assert_eq!(place["layers"], layers, "{name}");
        assert_eq!(place["region"]["start_line"], line, "{name}");
        assert_eq!(place["member"].as_str(), member, "{name}");
    }
}

#[test]
fn utf32_is_read_in_both_orders_with_and_without_a_mark() {
    let repo = Repo::new();
    let orders: [fn(u32) -> [u8; 4]; 2] = [u32::to_le_bytes, u32::to_be_bytes];
    for (order, layer) in orders.into_iter().zip(["utf-32le", "utf-32be"]) {
        for mark in ["", "\u{feff}"] {
            let name = format!("{layer}{}", mark.len());
            let text = format!("{mark}# what this file is for\r\né TOKEN={}\r\n", token(&name));
            let wide: Vec<u8> = text.chars().flat_map(|c| order(u32::from(c))).collect();
            repo.write(&name, wide);
        }
    }
    repo.commit("Wide");
    for job in ["scan .", "history"] {
        let run = report(repo.root(), job);
        assert_eq!(run.secrets().len(), 4, "{job}\n{run}");
        let json = run.json();
        let place = &places(&json, "utf-32be3")[0];
        assert_eq!(place["layers"], serde_json::json!(["utf-32be"]));
        let start = (&place["region"]["start_line"], &place["region"]["start_column"]);
        assert_eq!(start, (&2.into(), &9.into()));
    }
}
