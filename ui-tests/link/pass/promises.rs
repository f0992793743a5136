//! Every way to say what is promised and what becomes of failures.
#![allow(dead_code)]

use catenae::{DeliveryMode, Link, OnError, Order, RetryWait};
use std::time::Duration;

#[catenae::link(
    input = "a",
    output = "b",
    delivery = exactly_once,
    commit_interval = "250ms",
    order = seq,
    retry(max = 5, backoff = "100ms..10s", jitter),
    on_error(decode = dead_letter, handler = skip),
    cap(run = 7),
    kafka = ["linger.ms=50", "client.rack=a=b",],
    main = false
)]
fn all(line: String) -> String {
    line
}

#[catenae::link(input = "a", delivery = at_most_once, retry(max = 1), on_error = skip, main = false)]
fn leaf(_: &str) {}

#[catenae::link(input = "a", retry(park, max = 1000, backoff = "1s"), lanes = 4, main = false)]
fn parked(_: &str) {}

#[catenae::link(input = "a", order = sync, retry(max = 1, delayed), main = false)]
fn delayed(_: &str) {}

#[catenae::link(output = "a", order = seq, commit_interval = "1ms", kafka = "acks=all", main = false)]
fn source() -> u64 {
    1
}

const _: () = {
    let spec = all::SPEC;
    assert!(matches!(spec.delivery, DeliveryMode::ExactlyOnce));
    assert!(matches!(spec.order, Order::Sequential));
    assert!(matches!(spec.policy.on_error.decode, OnError::DeadLetter));
    assert!(matches!(spec.policy.on_error.panic, OnError::Fail));
    assert!(spec.policy.cap.run == 7 && spec.policy.cap.percent == 10);
    assert!(spec.kafka.len() == 2 && source::SPEC.kafka.len() == 1);
};

fn main() {
    let retry = all::SPEC.policy.retry.unwrap();
    assert_eq!((retry.max, retry.jitter), (5, true));
    assert_eq!(all::SPEC.commit_interval, Some(Duration::from_millis(250)));
    let retry = parked::SPEC.policy.retry.unwrap();
    assert_eq!(retry.waiting, RetryWait::Parked);
    assert_eq!((retry.first, retry.longest), (Duration::from_secs(1), Duration::from_secs(1)));
    assert_eq!(delayed::SPEC.policy.retry.unwrap().waiting, RetryWait::Delayed);
}
