//! What the log says more and more rarely, because it may come in numbers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts something, and says it the first time, the second, the fourth and so on.
#[derive(Debug, Default)]
pub(super) struct Rarely(AtomicU64);

impl Rarely {
    /// Counts it once more; `line` is given the count, when it is time to say it.
    pub(super) fn say(&self, line: impl FnOnce(u64)) {
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        if count.is_power_of_two() {
            line(count);
        }
    }
}

/// The warnings of one micromodule's calls.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    /// Reads that failed.
    pub(super) troubles: Rarely,
    /// Notifications that came to nothing.
    pub(super) unheard: Rarely,
    /// Requests whose caller wants no answer, and that went wrong.
    pub(super) unanswered: Rarely,
    /// Messages that were not delivered.
    pub(super) undelivered: Rarely,
    /// Requests that were read when nobody waited any more.
    pub(super) late: Rarely,
    /// Announcements of an incarnation that began before one that is known.
    pub(super) backwards: Rarely,
    /// Messages that were no requests, replies or announcements, by stream: a flood on one of them
    /// does not hide the first on another.
    garbage: Mutex<HashMap<String, u64>>,
}

impl Warnings {
    fn by_stream(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.garbage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a message that means nothing; `line` is given the count of its stream, when it is time to say it.
    pub(super) fn say_garbage(&self, stream: &str, line: impl FnOnce(u64)) {
        let count = {
            let mut garbage = self.by_stream();
            let count = garbage.entry(stream.to_owned()).or_default();
            *count += 1;
            *count
        };
        if count.is_power_of_two() {
            line(count);
        }
    }

    /// How many messages meant nothing, on all streams.
    pub(super) fn garbage(&self) -> u64 {
        self.by_stream().values().sum()
    }
}
