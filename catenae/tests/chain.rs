//! A whole chain inside a test: `Topology::run` on an embedded broker.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use catenae::{Context, Electron, Ended, Error, ErrorKind, Topology};

/// Runs a chain in a thread of its own: one that stands still is a failure, not a wait for ever.
fn run(chain: Topology) -> Result<Ended, Error> {
    let (ended, end) = mpsc::channel();
    thread::spawn(move || ended.send(chain.run()));
    end.recv_timeout(Duration::from_secs(60))
        .expect("the chain ends within a minute")
}

static SUM: AtomicU64 = AtomicU64::new(0);

#[catenae::link(output = "numbers")]
fn numbers() -> impl Iterator<Item = u64> {
    1..=1000
}

#[catenae::link(input = "numbers", output = "doubled")]
fn double(number: u64) -> u64 {
    number * 2
}

#[catenae::link(input = "doubled")]
fn add(number: u64) {
    SUM.fetch_add(number, Ordering::SeqCst);
}

#[catenae::link(input = "numbers")]
fn picky(number: u64) -> Result<(), String> {
    if number == 13 {
        Err("thirteen is refused".to_owned())
    } else {
        Ok(())
    }
}

#[test]
fn a_chain_runs_until_everything_is_read() {
    let chain = Topology::new("sum")
        .link::<numbers>()
        .instances::<double>(2)
        .link::<add>();
    assert_eq!(
        run(chain).expect("the chain ends by itself"),
        Ended::Finished
    );
    assert_eq!(SUM.load(Ordering::SeqCst), 1001 * 1000);
}

#[test]
fn a_chain_ends_with_the_error_of_its_link() {
    let error = run(Topology::new("picky").link::<numbers>().link::<picky>());
    let error = error.expect_err("a failing electron is never skipped");
    assert_eq!(error.kind(), ErrorKind::Electron);
    assert!(error.to_string().contains("`numbers`"), "{error}");
}

static WITH_HEADERS: AtomicU64 = AtomicU64::new(0);

/// Ten times what the embedded broker may hold unread, nearly all of it headers.
#[catenae::link(output = "headed")]
fn headed() -> impl Iterator<Item = Electron<u64>> {
    (0..40_000).map(|n| Electron::new(n).with_header("padding", vec![b'x'; 1024]))
}

#[catenae::link(input = "headed")]
fn behead(_: Electron<u64>) {
    WITH_HEADERS.fetch_add(1, Ordering::SeqCst);
}

#[test]
fn headers_do_not_fill_the_embedded_broker_for_good() {
    let chain = Topology::new("headed").link::<headed>().link::<behead>();
    run(chain).expect("the chain ends by itself");
    assert_eq!(WITH_HEADERS.load(Ordering::SeqCst), 40_000);
}

#[derive(Default)]
struct Last(u64);

#[catenae::link(input = "numbers", finish = tell)]
fn keep(last: &mut Last, number: u64) {
    last.0 = number;
}

fn tell(last: Last, ctx: &Context) {
    ctx.send(last.0);
}

#[test]
fn a_send_of_finish_that_fails_is_an_error() {
    let error = run(Topology::new("tell").link::<numbers>().link::<keep>());
    let error = error.expect_err("the link has no output stream");
    assert_eq!(error.kind(), ErrorKind::Lifecycle, "{error}");
}
