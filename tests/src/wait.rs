//! Waiting for a condition, with a deadline.

use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for a loaded machine, short enough to be noticed.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Calls `attempt` again and again until it gives a value.
///
/// # Panics
/// When it gave none before the deadline; the message names `what`.
#[track_caller]
pub fn eventually<T>(what: &str, deadline: Duration, mut attempt: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(
            start.elapsed() < deadline,
            "not within {deadline:?}: {what}"
        );
        // Lets others run between two looks, where `attempt` itself does not wait.
        thread::park_timeout(Duration::from_millis(5));
    }
}

/// A name that no other test and no other run has: a stream or a group of its own.
#[must_use]
pub fn unique(name: &str) -> String {
    // A `RandomState` is seeded by the operating system.
    format!("{name}-{:016x}", RandomState::new().hash_one(name))
}
