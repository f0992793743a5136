//! A bell that wakes threads waiting for a condition, and costs one atomic load when nobody waits.
//!
//! Nobody is missed: either the waiter sees the change, or the ringer sees the waiter. Both first
//! write and then look at what the other writes, and all four are put in one order: by fences, or
//! by sequentially consistent accesses.

use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Rung after every change that somebody may wait for.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    waiting: AtomicUsize,
    /// How often it was rung while somebody waited.
    rings: AtomicUsize,
    lock: Mutex<()>,
    rung: Condvar,
}

impl Bell {
    /// Wakes everybody who waits. Call it after the change was made.
    pub(crate) fn ring(&self) {
        // Orders the caller's change before the look at `waiting`; the waiter does the reverse.
        fence(Ordering::SeqCst);
        self.ring_after_exchange();
    }

    /// The same without a fence, where the change was a sequentially consistent read-modify-write:
    /// once per electron a fence would cost more than all else here.
    pub(crate) fn ring_after_exchange(&self) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.rings.fetch_add(1, Ordering::SeqCst);
            // Whoever has seen the former count waits by now; woken with the lock held, it would have to sleep once
            // more.
            drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
            self.rung.notify_all();
        }
    }

    /// Waits until `done` holds, at most `limit`. Returns whether it held.
    ///
    /// `done` is called without the lock: it may take locks under which others ring.
    pub(crate) fn wait(&self, limit: Duration, mut done: impl FnMut() -> bool) -> bool {
        if done() {
            return true;
        }
        let deadline = Instant::now() + limit;
        self.waiting.fetch_add(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        let held = loop {
            let before = self.rings.load(Ordering::SeqCst);
            if done() {
                break true;
            }
            if Instant::now() >= deadline {
                break false;
            }
            let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
            while self.rings.load(Ordering::SeqCst) == before {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                guard = self
                    .rung
                    .wait_timeout(guard, left)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
            }
        };
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        held
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn a_ring_wakes_a_waiter_and_a_wait_ends_at_its_limit() {
        let bell = Arc::new(Bell::default());
        let flag = Arc::new(AtomicBool::new(false));
        let waiter = {
            let (bell, flag) = (Arc::clone(&bell), Arc::clone(&flag));
            std::thread::spawn(move || {
                bell.wait(Duration::from_secs(60), || flag.load(Ordering::Relaxed))
            })
        };
        flag.store(true, Ordering::Relaxed);
        bell.ring();
        assert!(waiter.join().expect("the waiter does not panic"));
        assert!(!bell.wait(Duration::from_millis(1), || false));
    }
}
