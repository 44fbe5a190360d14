//! A limit on how many bytes of great objects are in memory at once, over all workers.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Objects up to this size are free: they are a matter of recycled buffers.
const FREE: u64 = 32 << 20;
/// Great objects that are decoded or visited at one moment have no more than this in all, unless a
/// single one has more.
const MOST: u64 = 512 << 20;

/// The limit.
#[derive(Debug, Default)]
pub(crate) struct Quota {
    used: Mutex<u64>,
    freed: Condvar,
}

impl Quota {
    /// Waits until an object of this size may be held, for as long as the guard lives. A worker must
    /// not ask again while it holds one. Small objects are free.
    #[inline]
    pub(crate) fn hold(&self, size: u64) -> Option<Held<'_>> {
        (size > FREE).then(|| self.wait(size))
    }

    #[cold]
    fn wait(&self, size: u64) -> Held<'_> {
        let mut used = self.lock();
        while *used > 0 && used.saturating_add(size) > MOST {
            used = self.freed.wait(used).unwrap_or_else(PoisonError::into_inner);
        }
        *used = used.saturating_add(size);
        Held { quota: self, size }
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to hold a great object.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    quota: &'a Quota,
    size: u64,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut used = self.quota.lock();
        *used = used.saturating_sub(self.size);
        drop(used);
        self.quota.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

    #[test]
    fn small_objects_are_free_and_great_ones_wait_for_each_other() {
        let quota = Quota::default();
        assert!(quota.hold(FREE).is_none());
        let now = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for size in [MOST / 2, MOST / 2, MOST / 2, MOST / 4, MOST * 3, MOST * 3, MOST] {
                let (quota, now) = (&quota, &now);
                scope.spawn(move || {
                    let _held = quota.hold(size).unwrap();
                    let sum = now.fetch_add(size, SeqCst) + size;
                    assert!(sum <= MOST || sum == size, "{sum}");
                    std::thread::sleep(std::time::Duration::from_millis(5));
                    now.fetch_sub(size, SeqCst);
                });
            }
        });
        assert_eq!(*quota.lock(), 0);
    }
}
