//! A whole chain inside a test: `Topology::run` on an embedded broker.

use std::sync::atomic::{AtomicU64, Ordering};

use catenae::{ErrorKind, Topology};

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
    chain.run().expect("the chain ends by itself");
    assert_eq!(SUM.load(Ordering::SeqCst), 1001 * 1000);
}

#[test]
fn a_chain_ends_with_the_error_of_its_link() {
    let error = Topology::new("picky")
        .link::<numbers>()
        .link::<picky>()
        .run();
    let error = error.expect_err("a failing electron is never skipped");
    assert_eq!(error.kind(), ErrorKind::Electron);
    assert!(error.to_string().contains("`numbers`"), "{error}");
}
