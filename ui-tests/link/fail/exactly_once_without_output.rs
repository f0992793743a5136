//! Exactly once, outside Kafka.

#[catenae::link(input = "lines", delivery = exactly_once)]
fn leaf(_line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = leaf;
    let _ = <leaf as catenae::Link>::SPEC;
}
