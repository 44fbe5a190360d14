//! SARIF and JSON as they come out of the program, held against their schemas and against what code
//! scanning demands of them (`docs/sarif.md`): lines, columns, line hashes, places, gaps.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // This is how a test fails.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ffi::OsStr,
    fs,
    io::Write,
    os::unix::ffi::OsStrExt,
    path::Path,
    process::{Command, Stdio},
    sync::LazyLock,
};

use cfleaks::rules::template;
use serde_json::Value;

static SARIF: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    // Written in draft 4, which does not know `uri-reference`; draft 7 means the same by the rest.
    let mut schema = read_json("tests/schemas/sarif-schema-2.1.0.json");
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["$id"] = schema["id"].take();
    schema.as_object_mut().unwrap().remove("id");
    validator(&schema)
});
static JSON: LazyLock<jsonschema::Validator> =
    LazyLock::new(|| validator(&read_json("docs/report.schema.json")));

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap()
}

fn read_json(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn token(seed: u64) -> String {
    String::from_utf8(template::expand("cfut_{{alnum:40}}{{crc32}}", seed).unwrap()).unwrap()
}

/// What the program wrote and its exit code.
fn run(folder: &Path, arguments: &[&str], format: &str, input: &[u8]) -> (Vec<u8>, i32) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cfleaks"))
        .args(arguments)
        .args(["-f", format])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(input);
    let done = child.wait_with_output().unwrap();
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    (done.stdout, done.status.code().unwrap())
}

/// The job's SARIF; it, the JSON and the JSON lines are as promised and agree with one another.
fn sarif(folder: &Path, arguments: &[&str], input: &[u8]) -> Value {
    let parse = |format: &str, schema: &jsonschema::Validator| {
        let (text, code) = run(folder, arguments, format, input);
        let document: Value = serde_json::from_slice(&text).unwrap();
        let complaints: Vec<_> =
            schema.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert_eq!(complaints, Vec::<String>::new(), "{arguments:?} in {format}");
        (document, code)
    };
    let (json, json_code) = parse("json", &JSON);
    let (sarif, code) = parse("sarif", &SARIF);
    assert_eq!((json["exit_code"].as_i64(), json_code), (Some(i64::from(code)), code));
    let run_of = &sarif["runs"][0];
    let invocation = &run_of["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], json["complete"]);
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(run_of["results"].as_array().unwrap().len(), findings.len());
    let notifications = invocation["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notifications.len(), json["gaps"].as_array().unwrap().len());

    let (lines, _) = run(folder, arguments, "jsonl", input);
    let lines: Vec<Value> = lines
        .split(|&b| b == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(lines.last().unwrap()["complete"], json["complete"]);
    as_code_scanning_takes_it(run_of);
    sarif
}

/// What makes GitHub refuse the whole file, and no schema knows.
fn as_code_scanning_takes_it(run: &Value) {
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: HashSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rules.len());
    for result in run["results"].as_array().unwrap() {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["partialFingerprints"]["cfleaks/v1"].is_string());
        let related = result["relatedLocations"].as_array().cloned().unwrap_or_default();
        let distinct: HashSet<String> = related.iter().map(Value::to_string).collect();
        assert_eq!(distinct.len(), related.len());
        for location in result["locations"].as_array().unwrap().iter().chain(&related) {
            let physical = &location["physicalLocation"];
            let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
            assert!(!uri.is_empty() && !uri.contains(' ') && uri.is_ascii(), "{uri}");
            let region = &physical["region"];
            for key in ["startLine", "startColumn", "endLine", "endColumn"] {
                assert!(region[key].as_u64().unwrap() >= 1);
            }
            assert!(region["snippet"].is_null() && physical["contextRegion"].is_null());
        }
    }
}

fn results(sarif: &Value) -> &Vec<Value> {
    sarif["runs"][0]["results"].as_array().unwrap()
}

fn physical(result: &Value) -> &Value {
    &result["locations"][0]["physicalLocation"]
}

fn uri(location: &Value) -> &str {
    location["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap()
}

fn line_hash(result: &Value) -> &str {
    result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap()
}

/// A repository whose files git adds as they are.
struct Folder {
    temp: tempfile::TempDir,
    git: git2::Repository,
}

impl Folder {
    fn new() -> Folder {
        let temp = tempfile::tempdir().unwrap();
        let mut options = git2::RepositoryInitOptions::new();
        options.external_template(false).initial_head("main");
        let git = git2::Repository::init_opts(temp.path(), &options).unwrap();
        Folder { temp, git }
    }

    fn path(&self) -> &Path {
        self.temp.path()
    }

    fn write(&self, name: &[u8], text: &[u8]) {
        let path = self.path().join(OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn add_all(&self) {
        let mut index = self.git.index().unwrap();
        index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).unwrap();
        index.update_all(["*"], None).unwrap();
        index.write().unwrap();
    }

    fn commit(&self, message: &str) -> String {
        self.add_all();
        let tree = self.git.index().unwrap().write_tree().unwrap();
        let tree = self.git.find_tree(tree).unwrap();
        let time = git2::Time::new(1_700_000_000, 60);
        let who = git2::Signature::new("Ann", "ann@example.com", &time).unwrap();
        let parent = self.git.head().ok().map(|head| head.peel_to_commit().unwrap());
        let parents: Vec<_> = parent.iter().collect();
        self.git.commit(Some("HEAD"), &who, &who, message, &tree, &parents).unwrap().to_string()
    }
}

#[test]
fn the_column_table_holds_for_every_source() {
    let text =
        format!("é \"{}\"\n日本 😀 {} x\n\t{}\r\nlast {}", token(1), token(2), token(3), token(4));
    let table = |sarif: &Value| {
        let mut rows: Vec<[u64; 4]> = results(sarif)
            .iter()
            .map(|result| {
                let region = &physical(result)["region"];
                ["startLine", "startColumn", "endLine", "endColumn"]
                    .map(|key| region[key].as_u64().unwrap())
            })
            .collect();
        rows.sort_unstable();
        rows
    };
    let length = token(1).len() as u64;
    let expected = [(1, 4), (2, 7), (3, 2), (4, 6)]
        .map(|(line, column)| [line, column, line, column + length]);
    let folder = Folder::new();
    folder.write(b"README", b"nothing");
    folder.commit("first");
    assert_eq!(table(&sarif(folder.path(), &["scan", "-"], text.as_bytes())), expected);
    folder.write(b"table.txt", text.as_bytes());
    assert_eq!(table(&sarif(folder.path(), &["scan"], b"")), expected);
    folder.add_all();
    assert_eq!(table(&sarif(folder.path(), &["staged"], b"")), expected);
    folder.commit("second");
    for job in [&["history"][..], &["audit"], &["history", "--range", "HEAD"]] {
        assert_eq!(table(&sarif(folder.path(), job, b"")), expected, "{job:?}");
    }
}

/// GitHub's hash of every line, straight from its definition: the polynomial in 37 of the hundred
/// characters from the start of the line on, blanks left out, every line end a line feed, the end of
/// the file 65535, and how often the file had that hash so far.
fn hashes_by_definition(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace([' ', '\t'], "");
    let mut units: Vec<u16> = text.encode_utf16().collect();
    units.push(65535);
    let mut starts = vec![0];
    starts.extend((1..units.len()).filter(|&at| units[at - 1] == u16::from(b'\n')));
    let mut seen: HashMap<u64, u32> = HashMap::new();
    let name = |start: &usize| {
        let hash = (0..100).fold(0u64, |hash, at| {
            let unit = units.get(start + at).copied().unwrap_or(0);
            hash.wrapping_mul(37).wrapping_add(u64::from(unit))
        });
        let count = seen.entry(hash).or_default();
        *count += 1;
        format!("{hash:x}:{count}")
    };
    starts.iter().map(name).collect()
}

#[test]
fn line_hashes_are_githubs_in_the_work_tree_and_in_history() {
    let repeated = format!("k = {}", token(7));
    let mut lines = vec!["# é 😀".to_owned(), String::new()];
    for seed in 10..40 {
        lines.push(format!("  a{seed}\t= {}", token(seed)));
        lines.push("same".to_owned());
        // One secret on equal lines: the first place counts.
        lines.extend((seed % 10 == 0).then(|| repeated.clone()));
        lines.extend((seed % 7 == 0).then(String::new));
    }
    for (end, tail) in [("\n", "\n"), ("\r\n", ""), ("\r", "\r"), ("\n", "")] {
        let text = lines.join(end) + tail;
        let expected = hashes_by_definition(&text);
        let folder = Folder::new();
        folder.write(b"f", text.as_bytes());
        let check = |job: &[&str]| -> BTreeMap<String, String> {
            let sarif = sarif(folder.path(), job, b"");
            assert_eq!(results(&sarif).len(), 31);
            let of = |result: &Value| {
                let line = physical(result)["region"]["startLine"].as_u64().unwrap() as usize;
                let hash = line_hash(result);
                assert_eq!(hash, expected[line - 1], "{job:?}, line {line}, {end:?} {tail:?}");
                (result["partialFingerprints"]["cfleaks/v1"].to_string(), hash.to_owned())
            };
            results(&sarif).iter().map(of).collect()
        };
        let on_disk = check(&["scan"]);
        folder.add_all();
        assert_eq!(check(&["staged"]), on_disk);
        folder.commit("add");
        fs::remove_file(folder.path().join("f")).unwrap();
        folder.commit("remove");
        assert_eq!(check(&["history"]), on_disk);
        assert_eq!(check(&["audit"]), on_disk);
        assert_eq!(check(&["history", "--range", "HEAD~1"]), on_disk);
    }
}

#[test]
fn further_places_name_their_commits() {
    let folder = Folder::new();
    let secret = token(50);
    folder.write(b"one", secret.as_bytes());
    let first = folder.commit("one");
    fs::remove_file(folder.path().join("one")).unwrap();
    folder.write(b"two", format!("moved\n {secret}").as_bytes());
    let second = folder.commit(&format!("two\n\n{secret}"));
    let sarif = sarif(folder.path(), &["audit"], b"");
    let [result] = results(&sarif).as_slice() else { panic!("one secret, one result") };
    assert_eq!(uri(&result["locations"][0]), "two");
    assert_eq!(result["properties"]["commit"], second.as_str());
    assert_eq!(result["properties"]["placeCount"], 3);
    let mut further: Vec<(String, String)> = result["relatedLocations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|location| {
            let message = location["message"]["text"].as_str().unwrap();
            (uri(location).to_owned(), message.to_owned())
        })
        .collect();
    further.sort();
    let object = format!(".git/objects/{}/{}", &second[..2], &second[2..]);
    assert_eq!([&further[0].0, &further[1].0], [&object, "one"]);
    assert!(further[0].1.contains(&second), "{further:?}");
    assert!(further[1].1.contains(&first) && further[1].1.contains("2023-11-14"), "{further:?}");
    let provenance = &sarif["runs"][0]["versionControlProvenance"];
    assert!(provenance.is_null(), "there is no remote: {provenance}");
    folder.git.remote("origin", &format!("https://u:{}@example.com/o/r.git", token(51))).unwrap();
    let sarif = self::sarif(folder.path(), &["history"], b"");
    let provenance = &sarif["runs"][0]["versionControlProvenance"][0];
    assert_eq!(provenance["repositoryUri"], "https://example.com/o/r.git");
    assert_eq!(provenance["revisionId"], second.as_str());
    assert_eq!(provenance["branch"], "main");
}

#[test]
fn odd_paths_are_uris() {
    let folder = Folder::new();
    let names: [(&[u8], &str); 6] = [
        (b"caf\xe9/\xff.env", "caf%E9/%FF.env"),
        ("日 本".as_bytes(), "%E6%97%A5%20%E6%9C%AC"),
        (b"a:b/c:d", "a%3Ab/c:d"),
        (b"x#y%z?w", "x%23y%25z%3Fw"),
        (b"\x1b[31m\n", "%1B%5B31m%0A"),
        (b"-dash", "-dash"),
    ];
    for ((name, _), seed) in names.iter().zip(60..) {
        folder.write(name, token(seed).as_bytes());
    }
    folder.commit("add");
    for job in [&["scan"][..], &["history"], &["audit"], &["history", "--range", "HEAD"]] {
        let sarif = sarif(folder.path(), job, b"");
        let found: HashSet<&str> =
            results(&sarif).iter().map(|result| uri(&result["locations"][0])).collect();
        assert_eq!(found, names.map(|(_, uri)| uri).into(), "{job:?}");
    }
    let sarif = sarif(folder.path(), &["scan", folder.path().to_str().unwrap()], b"");
    assert!(results(&sarif).iter().all(|r| uri(&r["locations"][0]).starts_with("file:///")));
}

#[test]
fn what_was_not_read_is_notified() {
    let folder = Folder::new();
    folder.write(b"f", token(70).as_bytes());
    folder.commit("add");
    let made = Command::new("mkfifo").arg(folder.path().join("fifo")).status().unwrap();
    assert!(made.success());
    fs::write(folder.path().join(".git/refs/heads/broken"), "no id\n").unwrap();
    let notified = |arguments: &[&str]| -> (Value, Vec<[String; 3]>) {
        let sarif = sarif(folder.path(), arguments, b"");
        let run = &sarif["runs"][0];
        let descriptors = run["tool"]["driver"]["notifications"].as_array().unwrap();
        let list = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
        let words = |notification: &Value| {
            let descriptor = &notification["descriptor"];
            let index = descriptor["index"].as_u64().unwrap() as usize;
            assert_eq!(descriptors[index]["id"], descriptor["id"]);
            let word = |value: &Value| value.as_str().unwrap().to_owned();
            let uri = uri(&notification["locations"][0]).to_owned();
            [word(&descriptor["id"]), word(&notification["level"]), uri]
        };
        (run["invocations"][0].clone(), list.iter().map(words).collect())
    };
    let row = |words: [&str; 3]| words.map(str::to_owned);
    let damaged = |level| row(["damaged", level, ".git/refs/heads/broken"]);
    let fifo = |level| row(["not-a-file", level, "fifo"]);

    let (invocation, list) = notified(&["audit"]);
    assert_eq!(list, [fifo("warning"), damaged("error")]);
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["exitCode"], 1);

    let (invocation, list) = notified(&["audit", "--accept-gap", "damaged"]);
    assert_eq!(list, [fifo("warning"), damaged("note")]);
    assert_eq!(invocation["executionSuccessful"], true);

    let (invocation, list) = notified(&["scan", "--strict"]);
    assert_eq!(list, [fifo("error")]);
    assert_eq!(invocation["executionSuccessful"], false);

    folder.write(b"f", b"nothing");
    let (invocation, _) = notified(&["scan", "--strict"]);
    assert_eq!(invocation["exitCode"], 3);
    let (invocation, _) = notified(&["scan"]);
    assert_eq!(
        (&invocation["exitCode"], &invocation["executionSuccessful"]),
        (&0.into(), &true.into())
    );
}
