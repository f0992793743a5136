//! How inputs are read, in every way.

use catenae::Link;

#[catenae::link(
    input = ["alarms", "orders"],
    input_mode = strict,
    reserve = 10%,
    partitions = 3,
    group = "each",
    consumer_timeout = "1m",
    main = false
)]
fn triage(_message: &str) {}

#[catenae::link(input = ["a", "b"], input_mode = exp, exp_window = "15m", main = false)]
fn shares(_message: &str) {}

#[catenae::link(input = ["a", "b"], input_mode = parity, exp_window = "1ms", main = false)]
fn equals(_message: &str) {}

fn main() {
    let spec = <triage as Link>::SPEC;
    assert_eq!((spec.reserve, spec.partitions), (10, Some(3)));
    assert_eq!(spec.group, Some("each"));
    assert_eq!(spec.consumer_timeout.map(|span| span.as_secs()), Some(60));
    let window = |spec: catenae::LinkSpec| spec.exp_window.map(|span| span.as_millis());
    assert_eq!(window(<shares as Link>::SPEC), Some(900_000));
    assert_eq!(window(<equals as Link>::SPEC), Some(1));
}
