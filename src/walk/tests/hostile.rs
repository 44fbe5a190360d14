//! Trees that nobody vouches for: nothing hangs, and what was not read is said.

use std::{
    env,
    os::unix::{fs::PermissionsExt, net::UnixListener},
    process::Command,
};

use super::*;
use crate::model::{GapLevel, GapReason};

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn special_files_are_listed_not_opened() {
    let folder = folder_of(&["file"]);
    fifo(&folder.path().join("pipe"));
    fifo(&folder.path().join(".gitignore"));
    let _socket = UnixListener::bind(folder.path().join("socket")).unwrap();
    let (kept, _) = plain(folder.path());
    assert_eq!(kept.paths(folder.path()), ["file"]);
    let gaps = kept.gaps();
    assert_eq!(gaps.len(), 3);
    assert!(
        gaps.iter()
            .all(|gap| gap.reason == GapReason::NotAFile && gap.level == GapLevel::Undecoded)
    );
    assert_eq!(gaps[2].detail, "is a socket, which was not read");
}

#[test]
fn a_special_file_that_the_user_names_is_unread() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    fifo(&pipe);
    for path in [pipe.as_path(), Path::new("/dev/null")] {
        let (kept, counts) = plain(path);
        assert_eq!(counts.files, 0);
        let [gap] = &kept.gaps()[..] else { panic!("not one gap") };
        assert_eq!((gap.reason, gap.level), (GapReason::NotAFile, GapLevel::Unread));
    }
}

#[test]
fn a_missing_path_is_an_error_not_a_clean_walk() {
    let folder = folder_of(&["file"]);
    for name in ["missing", "file/below", ""] {
        let path = if name.is_empty() { "".into() } else { folder.path().join(name) };
        assert!(matches!(Root::new(path), Err(Error::Missing { .. })), "{name}");
    }
    let long = "x".repeat(300);
    assert!(matches!(Root::new(folder.path().join(long)), Err(Error::Unusable { .. })));
}

#[test]
fn what_is_gone_when_its_turn_comes_is_no_gap_unless_it_was_named() {
    let folder = folder_of(&["a"]);
    let root = Root::new(folder.path().join("a")).unwrap();
    fs::remove_file(folder.path().join("a")).unwrap();
    let kept = Kept::default();
    walk(&[root], &NothingTracked, &Options::default(), &kept);
    assert_eq!(kept.gaps()[0].reason, GapReason::Changed);

    /// Removes what is beside the first file it sees.
    struct Removes(PathBuf, Kept);
    impl Sink for Removes {
        type Local = usize;
        fn local(&self) -> usize {
            0
        }
        fn file(&self, local: &mut usize, path: TreePath<'_>, content: Content<'_>) {
            self.1.file(local, path, content);
            let other = if path.relative == "one" { "two" } else { "one" };
            let _ = fs::remove_file(self.0.join(other));
        }
        fn gap(&self, gap: Gap) {
            self.1.gap(gap);
        }
    }
    let folder = folder_of(&["one", "two"]);
    let sink = Removes(folder.path().to_owned(), Kept::default());
    let options = Options { threads: 1, ..Options::default() };
    let root = Root::new(folder.path()).unwrap();
    assert_eq!(walk(&[root], &NothingTracked, &options, &sink).files, 1);
    assert!(sink.1.gaps().is_empty());
}

#[test]
#[cfg(target_os = "linux")]
fn an_error_while_reading_is_a_gap() {
    // A regular file whose first byte cannot be read, whoever asks.
    let (kept, _) = plain(Path::new("/proc/self/mem"));
    assert_eq!(kept.gaps()[0].reason, GapReason::ReadError);
}

#[test]
fn a_tree_too_deep_is_a_gap_and_no_overflow() {
    let folder = tempfile::tempdir().unwrap();
    // Short steps from within, since one path of that length cannot be named.
    let script = "i=0; while [ $i -lt 40 ]; do d=$(printf 'd/%.0s' $(seq 60)); \
                  mkdir -p $d && cd -P $d || exit 1; i=$((i+1)); done";
    let made = Command::new("sh").args(["-c", script]).current_dir(folder.path()).status();
    assert!(made.unwrap().success());
    let (kept, _) = plain(folder.path());
    let [gap] = &kept.gaps()[..] else { panic!("not one gap") };
    assert_eq!((gap.reason, gap.level), (GapReason::LimitHit, GapLevel::Unread));
    // The temporary folder's own removal is by path too, and fails on it.
    Command::new("rm").arg("-rf").arg(folder.path()).status().unwrap();
}

/// Root may read everything, so as root this test runs itself again as nobody.
#[test]
fn files_and_folders_without_permission_are_gaps() {
    const NAME: &str = "walk::tests::hostile::files_and_folders_without_permission_are_gaps";
    let folder = folder_of(&["open", "shut", "locked/inside", "ignored/inside"]);
    write(folder.path(), ".gitignore", "/ignored/\n");
    for (path, mode) in [("shut", 0o000), ("locked", 0o000), ("ignored", 0o000)] {
        fs::set_permissions(folder.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    let gaps;
    if fs::read(folder.path().join("shut")).is_err() {
        let (kept, _) = plain(folder.path());
        assert_eq!(kept.paths(folder.path()), [".gitignore", "open"]);
        gaps = kept.gaps();
        let named = Root::new(folder.path().join("locked/inside")).unwrap();
        let kept = Kept::default();
        walk(&[named], &NothingTracked, &Options::default(), &kept);
        assert_eq!(kept.gaps()[0].reason, GapReason::PermissionDenied);
    } else if env::var_os("CFLEAKS_TEST_AGAIN").is_none() {
        let again = Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
            .arg(env::current_exe().unwrap())
            .args(["--exact", NAME])
            .env("CFLEAKS_TEST_AGAIN", "1")
            .current_dir("/")
            .output();
        match again {
            Ok(output)
                if output.status.code() == Some(127) || output.status.code() == Some(126) =>
            {
                eprintln!("not tested: nobody may not run {:?}", env::current_exe());
            }
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stdout);
                assert!(output.status.success() && said.contains("1 passed"), "{output:?}");
            }
            Err(error) => eprintln!("not tested: root reads everything and setpriv: {error}"),
        }
        return;
    } else {
        panic!("started again as nobody, and may still read everything");
    }
    for path in ["locked", "ignored"] {
        let path = folder.path().join(path);
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
    }
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    assert!(
        gaps.iter()
            .all(|gap| gap.reason == GapReason::PermissionDenied && gap.level == GapLevel::Unread)
    );
}
