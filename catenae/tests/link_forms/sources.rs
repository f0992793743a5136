//! Sources: what they send, and how they end when the micromodule stops.

use std::pin::Pin;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context as Task, Poll};

use catenae::Context;
use futures_core::Stream;

use crate::recorder::{check_source, stopped_while_pending};
use crate::{Count, Countdown};

#[catenae::link(output = "out")]
fn count_up(state: &mut Count) -> impl Iterator<Item = u64> {
    let numbers = std::iter::repeat_with(|| {
        state.0 += 1;
        state.0
    });
    numbers.take(1_000)
}

#[catenae::link(output = "out")]
fn may_fail() -> impl Iterator<Item = Result<u64, String>> {
    [Ok(1), Err("the feed broke".to_owned()), Ok(2)].into_iter()
}

#[catenae::link(output = "out", every = "2s")]
pub async fn polled(_: &Context) -> Option<u64> {
    Some(1)
}

#[catenae::link(output = "out")]
async fn long() -> impl Stream<Item = u64> {
    Countdown {
        left: 1_000,
        ready: false,
    }
}

#[test]
fn a_source_sends_until_it_ends_or_is_asked_to_stop() {
    check_source::<count_up>(3, Ok(()), &["out: 1", "out: 2", "out: 3"]);
    check_source::<polled>(3, Ok(()), &["out: 1"]);
    check_source::<may_fail>(3, Err("the feed broke"), &["out: 1"]);
    check_source::<long>(2, Ok(()), &["out: 1000", "out: 999"]);
}

/// Yields what is left, and then says on the channel that it waits for ever.
struct Waiting {
    left: Option<u64>,
    waits: Sender<()>,
}

impl Stream for Waiting {
    type Item = u64;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Task<'_>) -> Poll<Option<u64>> {
        let item = self.left.take();
        if item.is_none() {
            self.waits.send(()).expect("the test listens");
        }
        item.map_or(Poll::Pending, |item| Poll::Ready(Some(item)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let runtime = tokio::runtime::Handle::try_current();
        let what_was_dropped = if runtime.is_ok() { "in order" } else { "late" };
        DROPPED
            .lock()
            .expect("nobody panicked")
            .push(what_was_dropped);
    }
}

static DROPPED: Mutex<Vec<&str>> = Mutex::new(Vec::new());
static WAITS: Mutex<Option<Sender<()>>> = Mutex::new(None);

fn waiting(left: Option<u64>) -> Waiting {
    let waits = WAITS.lock().expect("nobody panicked").clone();
    Waiting {
        left,
        waits: waits.expect("the test listens"),
    }
}

#[catenae::link(output = "out")]
fn feed() -> Result<Waiting, String> {
    Ok(waiting(Some(1)))
}

#[catenae::link(output = "out", every = "1s")]
async fn request() -> Result<Option<u64>, String> {
    let mut answer = std::pin::pin!(waiting(None));
    std::future::poll_fn(|task| answer.as_mut().poll_next(task)).await;
    Err("nobody waits for this".to_owned())
}

#[test]
fn a_source_that_waits_notices_a_stop() {
    fn check<L: catenae::Link>(expected: &[&str]) {
        let (waits, pending) = channel();
        *WAITS.lock().expect("nobody panicked") = Some(waits);
        let (result, lines) = stopped_while_pending::<L>(&pending);
        assert_eq!(result, Ok(()), "{}", L::SPEC.class);
        assert_eq!(lines, expected, "{}", L::SPEC.class);
    }
    check::<feed>(&["out: 1"]);
    check::<request>(&[]);
    let dropped = DROPPED.lock().expect("nobody panicked");
    assert_eq!(*dropped, ["in order"; 2]);
}
