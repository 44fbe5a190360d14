//! Time, so that tests can make hours pass.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use jiff::Timestamp;

/// Tells the time and waits for it.
pub trait Clock: Sync {
    /// How long the verification has run.
    fn elapsed(&self) -> Duration;

    /// The time of day, for signatures and expiries.
    fn now(&self) -> Timestamp;

    /// Returns when [`Clock::elapsed`] has reached `moment`, or soon after `stop` is set.
    fn wait_until(&self, moment: Duration, stop: &AtomicBool);
}

/// The system's clock.
#[derive(Debug)]
pub struct SystemClock(Instant);

impl SystemClock {
    /// A clock that starts now.
    pub fn start() -> Self {
        SystemClock(Instant::now())
    }
}

/// How long a wait may take no notice of the wish to stop.
const DOZE: Duration = Duration::from_millis(50);

impl Clock for SystemClock {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn wait_until(&self, moment: Duration, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            match moment.checked_sub(self.elapsed()) {
                None | Some(Duration::ZERO) => return,
                Some(rest) => thread::sleep(rest.min(DOZE)),
            }
        }
    }
}
