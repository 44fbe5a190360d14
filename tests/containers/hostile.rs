//! Containers made to do harm, in a folder and in the history of a repository: bounded memory and time,
//! nothing outside is touched, and a gap says what was not opened.

use std::{
    fs,
    io::{Read, Write},
    path::Path,
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

use super::{build, build::Wrap, quine::quine, text};
use crate::support::{
    program::{Run, cfleaks, report, wait},
    repository::Repo,
    token,
};

/// The most memory that a run on any of these may take, in KiB.
const MOST_MEMORY: u64 = 400 << 10;

/// A gzip file of so many zeros, in streams of 16 MiB.
fn zeros(count: usize) -> Vec<u8> {
    const STREAM: usize = 16 << 20;
    Wrap::Gzip.pack("", &vec![0; STREAM]).repeat(count / STREAM)
}

fn folder_with(name: &str, bytes: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    folder
}

/// A run, and the most memory that it took, in KiB.
fn measured(folder: &Path, job: &str) -> (Run, u64) {
    let args = [job, ".", "--threads", "2", "--format", "json", "--show-secrets"];
    let mut command = cfleaks(folder, args);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let memory = std::thread::spawn(move || {
        let mut most = 0;
        while let Ok(text) = fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let Some(line) = line else { break };
            most = line.trim().trim_end_matches(" kB").parse().unwrap_or(most);
            std::thread::sleep(Duration::from_millis(5));
        }
        most
    });
    let run = wait(child, job);
    (run, memory.join().unwrap())
}

fn check(name: &str, bytes: &[u8], reasons: &[&str], secrets: &[&str]) {
    let folder = folder_with(name, bytes);
    check_job(folder.path(), "scan", name, reasons, secrets);
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is written");
    let repo = Repo::new();
    repo.commit_file(name, bytes);
    fs::remove_file(repo.at(name)).unwrap();
    repo.commit("Gone");
    check_job(repo.root(), "history", name, reasons, secrets);
    let left: Vec<_> = fs::read_dir(repo.root()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is written");
}

fn check_job(folder: &Path, job: &str, name: &str, reasons: &[&str], secrets: &[&str]) {
    let begun = Instant::now();
    let (run, memory) = measured(folder, job);
    assert_eq!(run.gap_reasons(), reasons, "{job} {name}\n{run}");
    let mut expected: Vec<String> = secrets.iter().map(|name| token(name)).collect();
    expected.sort();
    assert_eq!(run.secrets(), expected, "{job} {name}");
    assert!(memory < MOST_MEMORY, "{job} {name}: {memory} KiB");
    // Seconds in a release build; this may be another, on a busy machine.
    assert!(begun.elapsed() < Duration::from_secs(90), "{job} {name}: {:?}", begun.elapsed());
}

#[test]
fn two_gib_of_zeros() {
    check("zeros.gz", &zeros(2 << 30), &["archive-limit"], &[]);
}

#[test]
fn what_came_before_a_bomb_is_found_and_a_file_after_it_in_the_same_folder() {
    let tar = build::tar(|tar| {
        build::tar_file(tar, "first", &text("before"));
        build::tar_file(tar, "bomb.gz", &zeros(600 << 20));
        build::tar_file(tar, "last", b"after a bomb nothing more of this file is opened");
    });
    let folder = folder_with("bomb.tar", &tar);
    fs::write(folder.path().join("other.gz"), Wrap::Gzip.pack("", &text("other"))).unwrap();
    let run = report(folder.path(), "scan .");
    assert_eq!(run.gap_reasons(), ["archive-limit"]);
    assert_eq!(run.secrets().len(), 2);
}

#[test]
fn a_bomb_of_bombs() {
    // Each level holds sixteen of the one below: ten levels of them would be 16 TiB.
    let mut bomb = zeros(16 << 20);
    for _ in 0..6 {
        bomb = build::zip(|zip| {
            for n in 0..16 {
                build::zip_file(zip, &format!("{n}.zip"), &bomb);
            }
        });
    }
    check("nested.zip", &bomb, &["archive-limit"], &[]);
}

#[test]
fn a_file_that_holds_itself() {
    check("q.gz", &quine(), &["archive-limit"], &[]);
    // What stands beside it is found.
    let tar = build::tar(|tar| {
        build::tar_file(tar, "q.gz", &quine());
        build::tar_file(tar, "last", &text("beside it"));
    });
    check("q.tar.gz", &Wrap::Gzip.pack("", &tar), &["archive-limit"], &["beside it"]);
}

#[test]
fn too_deep() {
    let mut deep = text("deep");
    for _ in 0..9 {
        deep = Wrap::Zip.pack("in.zip", &deep);
    }
    check("nine.gz", &Wrap::Gzip.pack("", &deep), &[], &["deep"]);
    for _ in 0..2000 {
        deep = Wrap::ZipStored.pack("in.zip", &deep);
    }
    // Stored all the way, it is seen in the raw bytes all the same, except that the innermost are
    // compressed.
    check("deep.zip", &deep, &["archive-limit"], &[]);
}

/// An archive whose directory lists one member again and again, as the overlapping bombs do.
#[test]
fn members_that_overlap_are_unpacked_once() {
    let mut bytes = Wrap::Zip.pack("kernel", &vec![0; 8 << 20]);
    let at = bytes.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    let end = bytes.windows(4).rposition(|four| four == b"PK\x05\x06").unwrap();
    let record = bytes[at..end].to_vec();
    let tail = bytes.split_off(end);
    for _ in 0..60_000 {
        bytes.extend_from_slice(&record);
    }
    bytes.extend_from_slice(&tail);
    check("overlap.zip", &bytes, &[], &[]);
}

#[test]
fn one_that_begins_again_and_again() {
    let one = Wrap::Gzip.pack("", &text("again"));
    let mut again = Vec::new();
    for _ in 0..5000 {
        again.extend_from_slice(&one);
    }
    let folder = folder_with("again.gz", &again);
    let run = report(folder.path(), "scan .");
    assert_eq!(run.secrets(), [token("again")]);
    assert_eq!(run.json()["findings"][0]["place_count"], 5000);
}

#[test]
fn a_tar_that_would_write_elsewhere() {
    let tar = build::tar(|tar| {
        let mut header = build::header(4, tar::EntryType::Regular);
        for name in ["../../escaped", "/tmp/cfleaks-escaped", "a\u{1b}[2J\nb", ".", ""] {
            let field = &mut header.as_old_mut().name;
            field.fill(0);
            field[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            tar.append(&header, &b"evil"[..]).unwrap();
        }
        build::tar_link(tar, "etc", "/etc");
        build::tar_file(tar, "etc/passwd", &text("through a link"));
        for kind in [
            tar::EntryType::Link,
            tar::EntryType::Char,
            tar::EntryType::Block,
            tar::EntryType::Fifo,
        ] {
            let mut header = build::header(0, kind);
            header.set_path("device").unwrap();
            header.set_link_name("/dev/zero").unwrap();
            header.set_device_major(1).unwrap();
            header.set_device_minor(5).unwrap();
            header.set_cksum();
            tar.append(&header, std::io::empty()).unwrap();
        }
        build::tar_file(tar, "after", &text("after devices"));
    });
    check("evil.tar", &tar, &[], &["through a link", "after devices"]);
    assert!(!Path::new("/tmp/cfleaks-escaped").exists());
}

#[test]
fn sizes_that_lie() {
    // A member that says it is longer than the archive.
    let mut tar = build::tar(|tar| build::tar_file(tar, "big", &text("big")));
    let mut header = build::header(0, tar::EntryType::Regular);
    header.set_size(7 << 40);
    header.set_path("big").unwrap();
    header.set_cksum();
    tar[..512].copy_from_slice(header.as_bytes());
    check("big.tar", &tar, &["archive-damaged"], &["big"]);
    // A name that says so.
    let mut header = build::header(0, tar::EntryType::GNULongName);
    header.set_size(7 << 40);
    header.set_path("name").unwrap();
    header.set_cksum();
    let mut gz = GzEncoder::new(Vec::new(), Compression::new(1));
    gz.write_all(header.as_bytes()).unwrap();
    std::io::copy(&mut std::io::repeat(b'x').take(300 << 20), &mut gz).unwrap();
    check("name.tar.gz", &gz.finish().unwrap(), &["archive-limit"], &[]);
    // A zip header that says that it is short, and one that says it is long.
    for size in [3_u32, u32::MAX - 1] {
        let mut zip = Wrap::Zip.pack("lies", &text("lies"));
        zip[18..22].copy_from_slice(&size.to_le_bytes());
        check("lies.zip", &zip, &[], &["lies"]);
    }
    // Memory: an xz stream and a zstd stream that ask for gigabytes.
    let mut options = liblzma::stream::LzmaOptions::new_preset(0).unwrap();
    options.dict_size(1 << 30);
    let mut filters = liblzma::stream::Filters::new();
    filters.lzma2(&options);
    let stream =
        liblzma::stream::Stream::new_stream_encoder(&filters, liblzma::stream::Check::Crc32);
    // An encoder of that size would take gigabytes itself on some machines.
    if let Ok(stream) = stream {
        let mut out = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
        out.write_all(&text("wide")).unwrap();
        // So short a text is stored as it is, and seen in the raw bytes.
        check("wide.xz", &out.finish().unwrap(), &["archive-limit"], &["wide"]);
    }
    // A frame header with a window of 2 GiB, a content size of 4 GiB, and a raw block.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x80, 0xa8, 0xff, 0xff, 0xff, 0xff, 0x09, 0, 0, b'x'];
    check("wide.zst", &frame, &["archive-damaged"], &[]);
}

#[test]
fn more_members_than_a_directory_can_count() {
    let zip = build::zip(|zip| {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        for n in 0..70_000 {
            zip.start_file(format!("{n}"), options).unwrap();
        }
        build::zip_file(zip, "last", &text("last"));
    });
    check("many.zip", &zip, &[], &["last"]);
}

#[test]
fn what_is_encrypted_or_packed_otherwise_is_named_and_the_rest_is_read() {
    let zip = |change: fn(&mut Vec<u8>)| {
        let mut zip = build::zip(|zip| {
            build::zip_file(zip, "shut", &text("shut"));
            build::zip_file(zip, "open", &text("open"));
        });
        change(&mut zip);
        zip
    };
    check("a.zip", &zip(|zip| zip[6] |= 1), &["archive-encrypted"], &["open"]);
    check("b.zip", &zip(|zip| zip[8] = 98), &["archive-unsupported"], &["open"]);
    check("c.zip", &zip(|zip| zip[40] ^= 0xff), &["archive-damaged"], &["open"]);
    check("d.7z", b"7z\xbc\xaf\x27\x1c\x00\x04", &["archive-unsupported"], &[]);
    let folder = folder_with("a.zip", &zip(|zip| zip[6] |= 1));
    let strict = report(folder.path(), "scan . --strict");
    assert!(String::from_utf8_lossy(&strict.out).contains("has a member 'shut' that is encrypted"));
    assert_eq!(strict.json()["complete"], false);
}
