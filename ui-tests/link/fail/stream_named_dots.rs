//! A name that Kafka keeps for itself.

#[catenae::link(input = "..")]
fn mapper(_line: &str) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
