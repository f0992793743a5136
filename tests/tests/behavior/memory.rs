//! Back-pressure: a handler that stands still holds intake back, not the memory.

use std::time::Duration;

use catenae_tests::{DEADLINE, feed};

use crate::stage::{Stage, holds_for, peak_memory};

/// In KiB: the process, librdkafka's read-ahead, and what the lanes hold.
const BOUND: u64 = 96 << 10;

#[test]
fn a_standing_handler_reads_no_backlog_into_memory() {
    let partitions = 12;
    let stage = Stage::new(partitions);
    // 48 MB that do not compress, spread over the partitions; each keeps 5 MiB on the embedded broker.
    let mut seed = 1_u64;
    let mut noise = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        char::from(b'!' + u8::try_from(seed % 90).unwrap())
    };
    let rows: Vec<(String, String)> = (0..4096)
        .map(|n| (n.to_string(), (0..12_000).map(|_| noise()).collect()))
        .collect();
    let rows = rows
        .iter()
        .map(|(key, value)| (Some(key.as_bytes()), Some(value.as_bytes())));
    feed(&stage.broker, &stage.input, rows);
    let gate = stage.gate();
    let worker = stage.start("worker", &["--quiet", "--hold", "*", "--gate", &gate]);
    worker.line("holding", DEADLINE);
    holds_for("the memory is bounded", Duration::from_secs(3), || {
        peak_memory(worker.pid()) < BOUND
    });
    stage.open_gate();
    stage.await_committed(4096);
    let peak = peak_memory(worker.pid());
    eprintln!("peak memory: {} MiB", peak >> 10);
    assert!(peak < BOUND, "{peak} KiB");
}
