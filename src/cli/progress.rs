//! The progress bar on standard error.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::scan::{Progress, Stage};

/// Short runs show nothing: a bar that only flashes is noise.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar for long work: how much is done, how many bytes were searched, how fast.
pub(super) struct Bar {
    bar: ProgressBar,
    bytes: AtomicU64,
    state: Mutex<State>,
}

struct State {
    began: Instant,
    shown: bool,
}

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let state = State { began: Instant::now(), shown: false };
        Bar { bar, bytes: AtomicU64::new(0), state: Mutex::new(state) }
    }

    /// Shows the bar once it is worth it. How long the stage has lasted, if the bar is shown; whoever
    /// finds the lock taken leaves the words to its holder.
    fn show_in_time(&self) -> Option<Duration> {
        let mut state = self.state.try_lock().ok()?;
        let elapsed = state.began.elapsed();
        if !state.shown && elapsed > PATIENCE {
            state.shown = true;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        state.shown.then_some(elapsed)
    }
}

/// Each fits a line of 80 columns.
fn style(stage: Stage, total: Option<u64>) -> ProgressStyle {
    let template = match (stage, total) {
        (Stage::Provenance, _) => "{prefix} {spinner}",
        (_, Some(_)) => "{prefix} {bar:20} {human_pos}/{human_len} {msg} {eta}",
        (_, None) => "{prefix} {spinner} {human_pos} {msg}",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Progress for Bar {
    fn begin(&self, stage: Stage, total: Option<u64>) {
        if let Ok(mut state) = self.state.lock() {
            state.began = Instant::now();
        }
        self.bytes.store(0, Ordering::Relaxed);
        self.bar.set_message("");
        self.bar.set_position(0);
        self.bar.set_style(style(stage, total));
        self.bar.set_prefix(match stage {
            Stage::Files => "files",
            Stage::Objects => "objects",
            Stage::Provenance => "finding the commits",
        });
        if let Some(total) = total {
            self.bar.set_length(total);
        }
    }

    fn advance(&self, items: u64, bytes: u64) {
        self.bar.inc(items);
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if let Some(elapsed) = self.show_in_time() {
            let rate = (bytes as f64 / elapsed.as_secs_f64().max(0.001)) as u64;
            let done = HumanBytes(bytes);
            self.bar.set_message(format!("{done} ({}/s)", HumanBytes(rate)));
        }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// The same bar, for credentials instead of files.
#[cfg(feature = "verify")]
impl crate::verify::Progress for Bar {
    fn begin(&self, total: u64) {
        if let Ok(mut state) = self.state.lock() {
            state.began = Instant::now();
        }
        let template = "{prefix} {bar:20} {human_pos}/{human_len} {eta}";
        let style = ProgressStyle::with_template(template);
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar.set_prefix("verifying");
        self.bar.set_length(total);
    }

    fn advance(&self) {
        self.bar.inc(1);
        self.show_in_time();
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}
