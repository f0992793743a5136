//! The link of the comparison: what comes in goes out.

/// Sends on what it gets.
#[catenae::link(input = "bench_input", output = "bench_output")]
fn pipe(value: &[u8]) -> &[u8] {
    value
}
