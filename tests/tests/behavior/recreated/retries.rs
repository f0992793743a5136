//! A stream of retries that is deleted and created again: it is an input like the others.

use catenae_tests::{DEADLINE, committed, eventually, length};

use super::{ends_recreated, recreate_under_load};
use crate::stage::{Stage, ends_in_order, exits};

#[test]
#[ignore = "needs Apache Kafka"]
fn a_stream_of_retries_is_an_input() {
    let stage = Stage::kafka(1);
    let options = ["--retry", "max=1000,backoff=5ms..20ms,delayed"];
    stage.feed(["err 2 a", "err 2 b", "err 2 c"]);
    let flaky = stage.start("flaky", &options);
    stage.await_output(3);
    let retries = format!("{}.flaky.retry", stage.input);
    eventually("the retries are settled", DEADLINE, || {
        let settled: i64 = committed(&stage.broker, &stage.group, &retries)
            .values()
            .sum();
        (settled == length(&stage.broker, &retries)).then_some(())
    });
    let partitions = committed(&stage.broker, &stage.group, &retries).len();
    stage
        .broker
        .recreate(&retries, i32::try_from(partitions).expect("a count"));
    ends_recreated(&flaky, "input", &retries);
}

/// It is noticed by what reads it or by what writes to it, whichever comes first.
#[test]
#[ignore = "needs Apache Kafka"]
fn a_stream_of_retries_may_have_fewer_partitions_than_before() {
    let stage = Stage::kafka(1);
    let retries = format!("{}.flaky.retry", stage.input);
    stage.broker.create(&retries, 12);
    stage.feed(["err 2 a"]);
    let options = ["--retry", "max=1000,backoff=5ms..20ms,delayed"];
    let flaky = stage.start("flaky", &options);
    stage.await_output(1);
    recreate_under_load(&stage, &flaky, &retries, "err 2");
    exits(&flaky, 1);
    let told = format!("stream `{retries}` was deleted and created again (its id was ");
    let error = flaky.line("error: flaky/", DEADLINE);
    assert!(error.contains(&told), "{error}");
}

/// Two inputs with several partitions, two instances with lanes, one input created again.
#[test]
#[ignore = "needs Apache Kafka"]
fn a_stream_of_retries_is_read_from_its_beginning_when_told_so() {
    let stage = Stage::kafka(1);
    let options = [
        "--retry",
        "max=1000,backoff=5ms..20ms,delayed",
        "--on-recreate",
        "from-beginning",
        "--partitions",
        "1",
    ];
    stage.feed(["err 2 a"]);
    let flaky = stage.start("flaky", &options);
    stage.await_output(1);
    let retries = format!("{}.flaky.retry", stage.input);
    eventually("the retries are settled", DEADLINE, || {
        let settled = committed(&stage.broker, &stage.group, &retries);
        let settled: i64 = settled.values().sum();
        (settled > 0 && settled == length(&stage.broker, &retries)).then_some(())
    });
    stage.broker.recreate(&retries, 1);
    // Both are retried on the new one.
    stage.feed(["err 2 b", "err 3 c"]);
    stage.await_output(3);
    ends_in_order(&flaky);
}
