//! Where the workers of a traversal meet: what has not been begun, what one worker gives another,
//! and when all is done.
//!
//! Work starts as seeds, short runs of trees taken from a counter. A worker that finds no more
//! seeds waits here; a busy one sees that somebody is hungry (one relaxed load for each object) and
//! gives away part of its stack. The last worker to run dry ends it for all.

use std::sync::{
    Condvar, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

/// The board for seeds that are numbered and gifts of type `T`.
#[derive(Debug)]
pub(crate) struct Board<T> {
    seeds: usize,
    next_seed: AtomicUsize,
    state: Mutex<State<T>>,
    changed: Condvar,
    /// How many waiting workers have no gift to come.
    hungry: AtomicUsize,
    stopped: AtomicBool,
}

#[derive(Debug)]
struct State<T> {
    gifts: Vec<T>,
    working: usize,
    waiting: usize,
    done: bool,
}

/// What a worker does next.
#[derive(Debug)]
pub(crate) enum Next<T> {
    Seed(usize),
    Gift(T),
}

impl<T> Board<T> {
    pub(crate) fn new(seeds: usize) -> Self {
        Board {
            seeds,
            next_seed: AtomicUsize::new(0),
            state: Mutex::new(State { gifts: Vec::new(), working: 0, waiting: 0, done: false }),
            changed: Condvar::new(),
            hungry: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be called by each worker once, before all else. Its guard must live as long as it works:
    /// should a worker panic, the others do not wait for it.
    pub(crate) fn arrive(&self) -> Attendance<'_, T> {
        self.lock().working += 1;
        Attendance { board: self }
    }

    /// The next thing to do; waits for it. `None` when all is done or stopped.
    pub(crate) fn next(&self) -> Option<Next<T>> {
        if self.is_stopped() {
            return None;
        }
        let seed = self.next_seed.fetch_add(1, Relaxed);
        if seed < self.seeds {
            return Some(Next::Seed(seed));
        }
        // Kept from running over, however often it is asked.
        self.next_seed.store(self.seeds, Relaxed);
        let mut state = self.lock();
        loop {
            if state.done {
                return None;
            }
            if let Some(gift) = state.gifts.pop() {
                self.publish(&state);
                return Some(Next::Gift(gift));
            }
            state.working -= 1;
            if state.working == 0 {
                state.done = true;
                self.changed.notify_all();
                state.working += 1;
                return None;
            }
            state.waiting += 1;
            self.publish(&state);
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
            state.working += 1;
            self.publish(&state);
        }
    }

    /// Whether a worker waits for a gift.
    #[inline]
    pub(crate) fn is_hungry(&self) -> bool {
        self.hungry.load(Relaxed) > 0
    }

    /// Gives work to a waiting worker.
    pub(crate) fn give(&self, gift: T) {
        let mut state = self.lock();
        state.gifts.push(gift);
        self.publish(&state);
        drop(state);
        self.changed.notify_one();
    }

    /// Ends the traversal early.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Relaxed);
        self.lock().done = true;
        self.changed.notify_all();
    }

    /// Whether it was ended early.
    #[inline]
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }

    fn publish(&self, state: &State<T>) {
        self.hungry.store(state.waiting.saturating_sub(state.gifts.len()), Relaxed);
    }
}

/// A worker's presence at the board.
#[derive(Debug)]
pub(crate) struct Attendance<'a, T> {
    board: &'a Board<T>,
}

impl<T> Drop for Attendance<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.board.stop();
        }
        self.board.lock().working -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn every_seed_and_gift_is_done_once_and_all_workers_end() {
        let board = Board::new(100);
        let sum = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let _here = board.arrive();
                    while let Some(next) = board.next() {
                        match next {
                            Next::Seed(seed) => {
                                sum.fetch_add(1, Relaxed);
                                // Each seed gives two gifts, each of which is worth 1000.
                                (0..2).for_each(|_| board.give(seed));
                            }
                            Next::Gift(_) => _ = sum.fetch_add(1000, Relaxed),
                        }
                    }
                });
            }
        });
        assert_eq!(sum.into_inner(), 100 + 200 * 1000);
    }

    #[test]
    fn a_panicking_worker_does_not_leave_the_others_waiting() {
        let board = Board::<()>::new(1);
        std::thread::scope(|scope| {
            let first = scope.spawn(|| {
                let _here = board.arrive();
                assert!(matches!(board.next(), Some(Next::Seed(0))));
                panic!("on purpose");
            });
            assert!(first.join().is_err());
            let _here = board.arrive();
            assert!(board.next().is_none());
        });
    }
}
