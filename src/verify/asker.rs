//! Asking with patience: in turn, no faster than the API allows, again where that makes sense, and
//! never beyond the time limit.
//!
//! A request that was refused for its number (429) has done nothing and is sent again when the
//! service says so. A reading request is sent again when the service failed or nothing could be
//! sent. What may have arrived is never repeated.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

use super::{
    clock::Clock,
    host::Host,
    request::{Method, Request, Response},
    transport::{Transport, TransportError},
};
use crate::model::Unknown;

/// The API takes 1,200 requests in five minutes from one user; some are left to its owner.
const MOST_IN_WINDOW: usize = 1_100;
const WINDOW: Duration = Duration::from_secs(300);
/// How often a request is sent at most, by what went wrong.
const TRIES_WHEN_LIMITED: u32 = 6;
const TRIES_WHEN_FAILING: u32 = 3;
const TRIES_WHEN_UNREACHABLE: u32 = 2;
/// The first pause where the service names none; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often it is looked whether the run is interrupted.
const GLANCE: Duration = Duration::from_millis(20);
/// A host that could not be asked so often in a row is not asked again.
const GIVE_UP_AFTER: u32 = 8;

/// Sends requests for all threads of a verification.
pub struct Asker<'a> {
    transport: &'a dyn Transport,
    clock: &'a dyn Clock,
    stop: &'a AtomicBool,
    limit: Duration,
    pace: Mutex<Pace>,
    sent: AtomicU64,
}

/// What is known of the hosts' patience.
#[derive(Default)]
struct Pace {
    /// When the last requests to the API were sent, oldest first.
    window: VecDeque<Duration>,
    hosts: BTreeMap<Host, Patience>,
}

#[derive(Default, Clone, Copy)]
struct Patience {
    /// Until when it wants to be left alone.
    paused_until: Duration,
    /// How often in a row it could not be asked, and why not.
    failures: u32,
    reason: Option<Unknown>,
}

impl<'a> Asker<'a> {
    /// An asker that begins no request when `limit` has passed on the clock or `stop` is set.
    pub fn new(
        transport: &'a dyn Transport,
        clock: &'a dyn Clock,
        stop: &'a AtomicBool,
        limit: Duration,
    ) -> Self {
        let pace = Mutex::new(Pace::default());
        Asker { transport, clock, stop, limit, pace, sent: AtomicU64::new(0) }
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How many requests were sent, repeated ones counted each time.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Sends a request and waits for its answer, of whatever status but 429 and, for reading
    /// requests, 5xx.
    ///
    /// # Errors
    /// Why there is none.
    pub fn ask(&self, request: &Request) -> Result<Response, Unknown> {
        let mut tries = 0;
        loop {
            self.wait_for_turn(&request.host)?;
            tries += 1;
            self.sent.fetch_add(1, Ordering::Relaxed);
            let answer = self.transport.send(request);
            if answer.is_err() && self.stop.load(Ordering::Relaxed) {
                return Err(Unknown::Interrupted);
            }
            let failure = match self.note(&request.host, answer)? {
                Heard::Answer(response) => return Ok(response),
                Heard::Failure(failure) => failure,
            };
            let is_last = tries >= failure.most_tries(request);
            let pause = failure.wish(&self.now()).unwrap_or(doubled(tries - 1));
            let until = self.clock.elapsed().saturating_add(pause);
            if is_last || until >= self.limit {
                return match failure {
                    // What reads the answer says what it makes of it.
                    Failure::OfServer(response) => Ok(response),
                    Failure::Limited(_) => Err(Unknown::RateLimited),
                    Failure::Unreachable => Err(Unknown::Network),
                };
            }
            self.pause(&request.host, until);
        }
    }

    /// Waits until `is_done` is set and, if the run is interrupted before, ends what is under way: an
    /// answer may take half a minute, and nobody waits that long after Ctrl-C.
    pub(super) fn watch(&self, is_done: &AtomicBool) {
        while !is_done.load(Ordering::Relaxed) {
            if self.stop.load(Ordering::Relaxed) {
                return self.transport.hang_up();
            }
            thread::sleep(GLANCE);
        }
    }

    fn wait_for_turn(&self, host: &Host) -> Result<(), Unknown> {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Unknown::Interrupted);
            }
            let now = self.clock.elapsed();
            if now >= self.limit {
                return Err(Unknown::TimeLimit);
            }
            match self.pace().turn(host, now)? {
                None => return Ok(()),
                Some(moment) if moment >= self.limit => return Err(Unknown::TimeLimit),
                Some(moment) => self.clock.wait_until(moment, self.stop),
            }
        }
    }

    /// Keeps the count of failures and sorts the answer.
    fn note(
        &self,
        host: &Host,
        answer: Result<Response, TransportError>,
    ) -> Result<Heard, Unknown> {
        let mut pace = self.pace();
        let patience = pace.hosts.entry(host.clone()).or_default();
        let response = match answer {
            Ok(response) => response,
            Err(error) => {
                if error.is_of_the_host() {
                    patience.failures += 1;
                    patience.reason = Some(error.verdict());
                }
                return match error {
                    TransportError::Unreachable => Ok(Heard::Failure(Failure::Unreachable)),
                    _ => Err(error.verdict()),
                };
            }
        };
        patience.failures = 0;
        Ok(match response.status {
            429 => Heard::Failure(Failure::Limited(response)),
            500..=599 => Heard::Failure(Failure::OfServer(response)),
            _ => Heard::Answer(response),
        })
    }

    /// A limit concerns everyone who asks this host, a failure only the one request; but who asks it
    /// next has to wait all the same, which spares a service in trouble.
    fn pause(&self, host: &Host, until: Duration) {
        let mut pace = self.pace();
        let patience = pace.hosts.entry(host.clone()).or_default();
        patience.paused_until = patience.paused_until.max(until);
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What came of sending once.
enum Heard {
    Answer(Response),
    Failure(Failure),
}

/// What may be worth another try.
enum Failure {
    Limited(Response),
    OfServer(Response),
    Unreachable,
}

impl Failure {
    fn most_tries(&self, request: &Request) -> u32 {
        match self {
            Failure::Limited(_) => TRIES_WHEN_LIMITED,
            // Nothing was sent.
            Failure::Unreachable => TRIES_WHEN_UNREACHABLE,
            Failure::OfServer(_) if request.method == Method::Get => TRIES_WHEN_FAILING,
            Failure::OfServer(_) => 1,
        }
    }

    /// How long the service wants us to wait: `Retry-After`, in seconds or as a date (RFC 9110).
    fn wish(&self, now: &Timestamp) -> Option<Duration> {
        let (Failure::Limited(response) | Failure::OfServer(response)) = self else { return None };
        let text = response.header("retry-after").next()?.trim();
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(Duration::from_secs(seconds));
        }
        let moment = DateTimeParser::new().parse_timestamp(text).ok()?;
        Some(Duration::try_from(moment.duration_since(*now)).unwrap_or_default())
    }
}

fn doubled(times: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << times.min(10)).min(LONGEST_PAUSE)
}

impl Pace {
    /// `None` where it is one's turn now, which is then counted; else the moment to ask again.
    fn turn(&mut self, host: &Host, now: Duration) -> Result<Option<Duration>, Unknown> {
        let patience = self.hosts.get(host).copied().unwrap_or_default();
        if let Some(reason) = patience.reason.filter(|_| patience.failures >= GIVE_UP_AFTER) {
            return Err(reason);
        }
        if patience.paused_until > now {
            return Ok(Some(patience.paused_until));
        }
        if host.is_api() {
            while self.window.front().is_some_and(|sent| now.saturating_sub(*sent) >= WINDOW) {
                self.window.pop_front();
            }
            if let Some(oldest) =
                self.window.front().filter(|_| self.window.len() >= MOST_IN_WINDOW)
            {
                return Ok(Some(*oldest + WINDOW));
            }
            self.window.push_back(now);
        }
        Ok(None)
    }
}
