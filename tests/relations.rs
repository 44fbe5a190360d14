//! What a run says about secrets beyond where they are: which belong together, which are only samples,
//! and what several sightings of one come to.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

mod support;

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use cfleaks::rules::template;
use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use sha2::{Digest, Sha256};

use support::{
    program::{Run, cfleaks, report, run},
    repository::Repo,
    token,
};

fn made(text: &str, seed: u64) -> String {
    String::from_utf8(template::expand(text, seed).unwrap()).unwrap()
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The finding of a secret, if there is one.
fn finding(run: &Run, secret: &str) -> Option<Value> {
    let report = run.json();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["secret"] == secret).cloned()
}

/// What a finding says under a name.
fn fact(finding: &Value, name: &str) -> Option<String> {
    let facts = finding["facts"].as_array().unwrap();
    let fact = facts.iter().find(|fact| fact["name"] == name)?;
    fact["value"].as_str().map(str::to_owned)
}

/// A repository in whose history a token came and went, and in whose files stands an R2 secret.
fn with_pair(token: &str, secret: &str) -> Repo {
    let repo = Repo::new();
    repo.commit_file("old/deploy.env", format!("CF_API_TOKEN={token}\n"));
    repo.run("rm --quiet -r old");
    repo.commit("Gone");
    repo.write(
        "rclone.conf",
        format!("[r2]\nprovider = Cloudflare\nsecret_access_key = {secret}\n"),
    );
    repo
}

#[test]
fn an_r2_secret_is_told_from_which_token_it_is_made() {
    let mine = token("mine");
    let secret = sha256(&mine);
    let repo = with_pair(&mine, &secret);
    let both = report(repo.root(), "audit .");
    let of_token = finding(&both, &mine).unwrap();
    let of_secret = finding(&both, &secret).unwrap();
    // Each names the other by its fingerprint.
    assert_eq!(fact(&of_token, "r2-secret").as_deref(), of_secret["fingerprint"].as_str());
    assert_eq!(fact(&of_secret, "made-from-token").as_deref(), of_token["fingerprint"].as_str());

    // A person is told what that means, and sees neither.
    let told = run(&mut cfleaks(repo.root(), ["audit", "."]));
    let text = String::from_utf8_lossy(&told.out).into_owned();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let tail = |secret: &str| secret[secret.len() - 4..].to_owned();
    let pair =
        format!("rolling this token kills the R2 key pair …{} at rclone.conf:3:21", tail(&secret));
    assert!(line.contains(&pair), "{text}");
    let of_it = format!(
        "rolling the token cfut_…{} at old/deploy.env:1:14 kills this key pair",
        tail(&mine)
    );
    assert!(line.contains(&of_it), "{text}");
    assert!(!text.contains(&mine) && !text.contains(&secret), "{text}");

    // Alone it has no relation, and no hash of a token alone makes a finding.
    let alone = finding(&report(repo.root(), "scan ."), &secret).unwrap();
    assert_eq!(fact(&alone, "made-from-token"), None);
    assert!(finding(&report(repo.root(), "history ."), &secret).is_none());
}

#[test]
fn an_r2_secret_of_another_token_is_not_linked() {
    let (mine, other) = (token("mine"), sha256(&token("other")));
    let repo = with_pair(&mine, &other);
    let both = report(repo.root(), "audit .");
    assert_eq!(fact(&finding(&both, &mine).unwrap(), "r2-secret"), None);
    assert_eq!(fact(&finding(&both, &other).unwrap(), "made-from-token"), None);
}

#[test]
fn samples_are_silent_in_files_and_in_history_until_they_are_asked_for() {
    let sample = made("cfut_{{repeat:x:40}}{{hex:8}}", 1);
    let repo = Repo::new();
    repo.commit_file("README", format!("CLOUDFLARE_API_TOKEN={sample}\n"));
    repo.run("rm --quiet README");
    repo.commit("Gone");
    repo.write("guide.md", format!("CLOUDFLARE_API_TOKEN={sample}\n"));
    for job in ["scan .", "history .", "audit ."] {
        for confidence in ["", " --min-confidence possible"] {
            let silent = report(repo.root(), &format!("{job}{confidence}"));
            assert!(finding(&silent, &sample).is_none(), "{job}{confidence}\n{silent}");
            assert_eq!(silent.code, Some(0), "{job}{confidence}");
            assert_eq!(silent.json()["stats"]["below_confidence"], 1, "{job}{confidence}");
        }
        let asked = report(repo.root(), &format!("{job} --include-placeholders"));
        let found = finding(&asked, &sample).unwrap_or_else(|| panic!("{job}\n{asked}"));
        assert_eq!(found["confidence"], "possible", "{job}");
        assert_eq!(fact(&found, "placeholder").as_deref(), Some("repetition"), "{job}");
    }
}

/// A password that looks made up where a person typed it is still one when Terraform has set it.
#[test]
fn what_looks_made_up_in_one_file_hides_nothing_in_another() {
    let folder = tempfile::tempdir().unwrap();
    let secret = "correct-horse";
    let block =
        format!("resource \"cloudflare_ipsec_tunnel\" \"x\" {{\n  psk = \"{secret}\"\n}}\n");
    let state = format!(
        r#"{{"version":4,"terraform_version":"1.9.5","resources":[{{"mode":"managed","type":"cloudflare_ipsec_tunnel","name":"x","instances":[{{"attributes":{{"psk":"{secret}"}}}}]}}]}}"#
    );
    std::fs::write(folder.path().join("main.tf"), block).unwrap();
    assert!(finding(&report(folder.path(), "scan ."), secret).is_none());
    std::fs::write(folder.path().join("terraform.tfstate"), state).unwrap();
    let both = finding(&report(folder.path(), "scan ."), secret).unwrap();
    assert_eq!(both["confidence"], "likely");
    assert_eq!(fact(&both, "placeholder"), None);
    assert_eq!(both["place_count"], 2);
}

/// A destination of Logpush holds a key pair of R2, with the id beside the secret.
#[test]
fn a_logpush_destination_is_a_key_pair() {
    let folder = tempfile::tempdir().unwrap();
    let (account, id) = (made("{{hex:32}}", 11), made("{{hex:32}}", 12));
    let secret = made("{{hex:64}}", 13);
    let parts = [
        format!("account-id={account}"),
        format!("access-key-id={id}"),
        format!("secret-access-key={secret}"),
    ];
    let carriers = [
        ("plain", format!("r2://logs/{{DATE}}?{}\n", parts.join("&"))),
        (
            "turned round",
            format!("DEST='r2://logs/{{DATE}}?{1}&{0}&{2}'\n", parts[0], parts[2], parts[1]),
        ),
        ("JSON", format!("{{\"destination_conf\":\"r2://logs?{}\"}}\n", parts.join("\\u0026"))),
        ("XML", format!("<dest>r2://logs/x?{}</dest>\n", parts.join("&amp;"))),
        (
            "percent",
            format!("/jobs?conf=r2%3A%2F%2Flogs%3F{}\n", parts.join("%26").replace('=', "%3D")),
        ),
    ];
    for (carrier, text) in carriers {
        std::fs::write(folder.path().join("destination"), text).unwrap();
        let run = report(folder.path(), "scan .");
        let found = finding(&run, &secret).unwrap_or_else(|| panic!("{carrier}\n{run}"));
        assert_eq!(found["rule"], "cloudflare-r2-access-key", "{carrier}");
        let partners = found["partners"].as_array().unwrap();
        let value = |role: &str| {
            let partner = partners.iter().find(|partner| partner["role"] == role);
            partner.map(|partner| partner["value"].as_str().unwrap().to_owned())
        };
        assert_eq!(value("access-key-id").as_ref(), Some(&id), "{carrier}");
        assert_eq!(value("account-id").as_ref(), Some(&account), "{carrier}");
    }
}

/// Of a presigned address only the signature is secret: host, bucket and key id are told beside it.
#[test]
fn a_presigned_address_is_told_without_its_signature() {
    let folder = tempfile::tempdir().unwrap();
    let (account, id) = (made("{{hex:32}}", 21), made("{{hex:32}}", 22));
    let signature = made("{{hex:64}}", 23);
    let address = |date: &str| {
        format!(
            "https://{account}.r2.cloudflarestorage.com/photos/a.jpg?X-Amz-Credential={id}%2F20990101%2Fauto%2Fs3%2Faws4_request&X-Amz-Date={date}&X-Amz-Expires=60&X-Amz-Signature={signature}\n"
        )
    };
    std::fs::write(folder.path().join("log"), address("20990101T000000Z")).unwrap();
    let run = report(folder.path(), "scan .");
    assert_eq!(run.code, Some(1), "{run}");
    let found = finding(&run, &signature).unwrap();
    assert_eq!(fact(&found, "bucket").as_deref(), Some("photos"));
    let said = run.json().to_string();
    assert!(said.contains(&account) && said.contains(&id), "{said}");
    let text = run_masked(folder.path());
    assert!(!text.contains(&signature[..8]) && !text.contains(&signature[50..]), "{text}");

    // One whose time is over is a note and no alarm.
    std::fs::write(folder.path().join("log"), address("20200101T000000Z")).unwrap();
    let run = report(folder.path(), "scan .");
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(finding(&run, &signature).unwrap()["severity"], "note");
}

fn run_masked(folder: &std::path::Path) -> String {
    let formats = ["text", "json", "sarif"];
    let said = formats.map(|format| run(&mut cfleaks(folder, ["scan", ".", "-f", format])).out);
    String::from_utf8_lossy(&said.concat()).into_owned()
}

/// A place in a file that is encoded in another says where in that file it stands, in files and in
/// history alike, in every format.
#[test]
fn a_place_in_an_encoded_file_has_the_line_of_that_file() {
    let repo = Repo::new();
    let (plain, packed) = (token("plain"), token("packed"));
    let encoded = STANDARD.encode(format!("A=1\nCF_API_TOKEN={plain}\nB=2\n"));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(format!("# one\n# two\nCF_API_TOKEN={packed}\n").as_bytes()).unwrap();
    let gzip = STANDARD.encode(gzip.finish().unwrap());
    repo.commit_file("secret.yaml", format!("data:\n  .env: {encoded}\n  packed: {gzip}\n"));
    for job in ["scan .", "history .", "audit .", "history . --range HEAD"] {
        let run = report(repo.root(), job);
        for (secret, outer, inner) in [(&plain, 2, (2, 14)), (&packed, 3, (3, 14))] {
            let found = finding(&run, secret).unwrap_or_else(|| panic!("{job}\n{run}"));
            let place = &found["places"][0];
            assert_eq!(place["region"]["start_line"], outer, "{job}\n{run}");
            let start = &place["inner_region"];
            assert_eq!(
                (&start["start_line"], &start["start_column"]),
                (&inner.0.into(), &inner.1.into()),
                "{job}\n{run}"
            );
        }
    }
    for format in ["text", "sarif"] {
        let told = run(&mut cfleaks(repo.root(), ["scan", ".", "-f", format]));
        let told = String::from_utf8_lossy(&told.out).into_owned();
        for at in [
            "through base64, line 2 column 14 of the decoded text",
            "through base64, gzip, line 3 column 14 of",
        ] {
            assert!(told.contains(at), "{told}");
        }
    }
    // As it stands, a text is its own innermost one.
    repo.write("secret.yaml", format!("x:\n  CF_API_TOKEN: {plain}\n"));
    let run = report(repo.root(), "scan .");
    assert!(finding(&run, &plain).unwrap()["places"][0]["inner_region"].is_null(), "{run}");
}
