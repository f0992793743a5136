//! The link of the codec's cell: a struct comes in and goes out.

use catenae_benches::workload::Order;

/// Sends on what it gets.
#[catenae::link(input = "bench_input", output = "bench_output")]
fn orders(order: Order) -> Order {
    order
}
