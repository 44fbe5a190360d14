//! Runs of the program: with a time limit, in an empty environment, and what came of them.

use std::{
    ffi::OsStr,
    fmt,
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::repository::isolate;

/// Whatever takes longer hangs. A run takes a fraction of a second, but the machine may be busy.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// What came of a run.
pub(crate) struct Run {
    /// The exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: Vec<u8>,
    /// Standard error.
    pub(crate) err: String,
}

/// The program with arguments, run in a folder.
pub(crate) fn cfleaks<S: AsRef<OsStr>>(
    folder: &Path,
    args: impl IntoIterator<Item = S>,
) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cfleaks"));
    isolate(&mut command);
    command.args(args).current_dir(folder);
    command
}

/// A run in a folder with words split at spaces, and `--format json --show-secrets`.
pub(crate) fn report(folder: &Path, words: &str) -> Run {
    let words = words.split(' ').filter(|word| !word.is_empty());
    run(&mut cfleaks(folder, words.chain(["--format", "json", "--show-secrets"])))
}

/// Runs a command to its end, and fails if that does not come.
pub(crate) fn run(command: &mut Command) -> Run {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    wait(command.spawn().unwrap(), &format!("{command:?}"))
}

/// Waits for the end of a process and gathers what it said.
pub(crate) fn wait(mut child: Child, what: &str) -> Run {
    let out = child.stdout.take().map(gather);
    let err = child.stderr.take().map(gather);
    let end = Instant::now() + LIMIT;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > end {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("hangs: {what}");
        }
        thread::sleep(Duration::from_millis(2));
    };
    let said = |from: Option<thread::JoinHandle<Vec<u8>>>| {
        from.map(|thread| thread.join().unwrap()).unwrap_or_default()
    };
    let err = String::from_utf8_lossy(&said(err)).into_owned();
    let run = Run { code: status.code(), out: said(out), err };
    assert!(!run.err.contains("panicked"), "{what}\n{run}");
    run
}

fn gather(mut from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut said = Vec::new();
        from.read_to_end(&mut said).unwrap();
        said
    })
}

impl Run {
    /// The JSON report.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.out).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }

    /// The reasons of the report's gaps, each once.
    pub(crate) fn gap_reasons(&self) -> Vec<String> {
        let report = self.json();
        let gaps = report["gaps"].as_array().unwrap();
        let mut reasons: Vec<String> =
            gaps.iter().map(|gap| gap["reason"].as_str().unwrap().to_owned()).collect();
        reasons.sort();
        reasons.dedup();
        reasons
    }

    /// The findings' plaintexts, sorted.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let report = self.json();
        let findings = report["findings"].as_array().unwrap();
        let mut secrets: Vec<String> =
            findings.iter().map(|one| one["secret"].as_str().unwrap().to_owned()).collect();
        secrets.sort();
        secrets
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let out = String::from_utf8_lossy(&self.out);
        write!(f, "exit {:?}\nstandard output: {out}\nstandard error: {}", self.code, self.err)
    }
}
