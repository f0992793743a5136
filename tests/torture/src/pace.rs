//! Time between two looks: the harness waits often, and on purpose.

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Lets `time` pass.
pub(crate) fn pause(time: Duration) {
    let end = Instant::now() + time;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        if left.is_zero() {
            return;
        }
        thread::park_timeout(left);
    }
}

/// Milliseconds since the Unix epoch, as brokers on the same machine count them.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.expect("the clock is past 1970");
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
