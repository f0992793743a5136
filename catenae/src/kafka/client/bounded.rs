//! A call to the client that may never return: on a thread of its own, and waited for only so long.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at whether a stop came.
const LOOK: Duration = Duration::from_millis(100);
/// How long a stop waits for a call that is under way.
const AT_STOP: Duration = Duration::from_secs(1);

/// Makes a call, and waits for it up to `limit`, or for a second once `stopping` holds. `None` when it
/// has not returned by then: its thread, and what it owns, are left to themselves.
///
/// # Errors
/// When there is no thread to be had.
pub(crate) fn bounded<T: Send + 'static>(
    limit: Duration,
    stopping: impl Fn() -> bool,
    call: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Option<T>> {
    let (answer, answered) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("kafka-call".to_owned())
        .spawn(move || {
            // Nobody may be waiting any more.
            let _ = answer.send(call());
        })?;
    let began = Instant::now();
    let mut stopping_since = None;
    loop {
        match answered.recv_timeout(LOOK.min(limit)) {
            Ok(answer) => return Ok(Some(answer)),
            // The call has panicked.
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if stopping_since.is_none() && stopping() {
            stopping_since = Some(Instant::now());
        }
        let too_late = |since: Instant| since.elapsed() >= AT_STOP;
        if began.elapsed() >= limit || stopping_since.is_some_and(too_late) {
            return Ok(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use super::bounded;

    #[test]
    fn a_call_that_returns_is_answered() {
        let answer = bounded(Duration::from_secs(60), || false, || 7);
        assert_eq!(answer.unwrap(), Some(7));
    }

    #[test]
    fn a_call_that_does_not_return_is_left_to_itself() {
        let (free, blocked) = mpsc::channel::<()>();
        let (done, is_done) = mpsc::channel();
        let call = move || {
            let _ = blocked.recv();
            let _ = done.send(());
        };
        let answer = bounded(Duration::from_millis(10), || false, call);
        assert_eq!(answer.unwrap(), None);
        // It goes on when it can.
        drop(free);
        let waited = is_done.recv_timeout(Duration::from_secs(60));
        waited.expect("the call ends");
    }

    #[test]
    fn a_stop_does_not_wait_for_long() {
        let (_free, blocked) = mpsc::channel::<()>();
        let began = Instant::now();
        let call = move || blocked.recv().is_ok();
        let answer = bounded(Duration::from_secs(60), || true, call);
        assert_eq!(answer.unwrap(), None);
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}
