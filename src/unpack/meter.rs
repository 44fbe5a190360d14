//! How much may come out of a container: in proportion to what goes in, over all levels.

use std::{
    cell::Cell,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::Trouble;
use crate::model::GapReason;

/// How many bytes may come out of one file in any case, all levels together.
const ALWAYS: u64 = 256 << 20;
/// How many times its size may come out of a greater one. Text packs to a tenth, logs to a fiftieth;
/// a thousandth is zeros.
const MOST_TIMES: u64 = 100;
/// How much may come out of one file at all: more than any image of a machine.
const MOST_BYTES: u64 = 256 << 30;
/// How many members one file may have, all levels together.
const MOST_MEMBERS: u64 = 1_000_000;
/// What costs nothing of a run's allowance: so many times the size, and this much in any case.
const FREE_TIMES: u64 = 20;
const ALWAYS_FREE: u64 = 4 << 20;
/// What is taken of a run's allowance at once.
const STEP: u64 = 1 << 20;

/// What a run may spend on files that unfold to more than twenty times their size, so that ten
/// thousand bombs cost little more than one.
#[derive(Debug)]
pub struct Allowance {
    left: AtomicU64,
}

impl Default for Allowance {
    fn default() -> Self {
        Allowance::new(8 << 30)
    }
}

impl Allowance {
    /// So many bytes.
    pub fn new(bytes: u64) -> Self {
        Allowance { left: AtomicU64::new(bytes) }
    }

    fn take(&self, bytes: u64) -> bool {
        let less = |left: u64| left.checked_sub(bytes);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

/// Counts what comes out of one file, all levels together.
#[derive(Debug)]
pub struct Meter<'r> {
    run: &'r Allowance,
    stop: &'r AtomicBool,
    /// What has gone in, in bytes of the outermost file.
    fed: Cell<u64>,
    /// What has come out.
    given: Cell<u64>,
    /// How much of that the run's allowance has paid.
    paid: Cell<u64>,
    members: Cell<u64>,
    over: Cell<Option<&'static str>>,
}

impl<'r> Meter<'r> {
    /// For one file; where `stop` is set, it gives no more.
    pub fn new(run: &'r Allowance, stop: &'r AtomicBool) -> Self {
        Meter {
            run,
            stop,
            fed: Cell::new(0),
            given: Cell::new(0),
            paid: Cell::new(0),
            members: Cell::new(0),
            over: Cell::new(None),
        }
    }

    /// Notes that so many more bytes of the outermost file were read.
    pub fn feed(&self, bytes: u64) {
        self.fed.set(self.fed.get().saturating_add(bytes));
    }

    /// What ended the reading, if a limit did.
    pub fn trouble(&self) -> Option<Trouble> {
        self.over.get().map(|what| Trouble::new(GapReason::ArchiveLimit, what))
    }

    /// Whether nothing more may come.
    pub(super) fn is_over(&self) -> bool {
        self.over.get().is_some() || self.stop.load(Ordering::Relaxed)
    }

    /// One more member; whether it may be read.
    pub(super) fn member(&self) -> bool {
        self.members.set(self.members.get() + 1);
        if self.members.get() > MOST_MEMBERS {
            self.end("has more than a million members; the rest was not opened");
        }
        !self.is_over()
    }

    /// So many more bytes have come out.
    pub(super) fn give(&self, bytes: u64) {
        let given = self.given.get().saturating_add(bytes);
        self.given.set(given);
        let fed = self.fed.get();
        if given > fed.saturating_mul(MOST_TIMES).max(ALWAYS) {
            self.end("unfolds to more than a hundred times its size; the rest was not opened");
        } else if given > MOST_BYTES {
            self.end("unfolds to more than 256 GiB; the rest was not opened");
        }
        while given
            > fed.saturating_mul(FREE_TIMES).max(ALWAYS_FREE).saturating_add(self.paid.get())
        {
            if !self.run.take(STEP) {
                self.end("unfolds too far after others that did, too; the rest was not opened");
                break;
            }
            self.paid.set(self.paid.get() + STEP);
        }
    }

    fn end(&self, why: &'static str) {
        if self.over.get().is_none() {
            self.over.set(Some(why));
        }
    }
}
