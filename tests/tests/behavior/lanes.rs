//! A link on four lanes: order per key, nothing lost, nothing ahead of its time.

use std::collections::HashMap;

use catenae_tests::{DEADLINE, Signal};

use crate::stage::{Stage, ends_in_order, same, text};

#[test]
fn lanes_run_at_once_and_keep_the_order_of_each_key() {
    let stage = Stage::new(2);
    let gate = stage.gate();
    let pairs: Vec<(String, String)> = (0..8000)
        .map(|n| (format!("k{}", n % 16), format!("{n:06}")))
        .collect();
    stage.feed_keyed(&pairs);
    let probe = stage.start("lanes", &["--hold", "000032", "--gate", &gate]);
    probe.line("holding 000032", DEADLINE);
    // Keys of other lanes go on; those of the held one wait.
    probe.line("did 001023", DEADLINE);
    let committed = stage.committed();
    assert!(committed < 8000, "{committed}");
    assert!(!probe.lines().iter().any(|line| line == "took 000048"));
    stage.open_gate();
    stage.await_committed(8000);
    let mut last: HashMap<Vec<u8>, String> = HashMap::new();
    let got = stage.read(8000);
    for received in &got {
        let (key, value) = (received.key.clone().expect("a key"), text(received));
        let before = last.insert(key, value.clone());
        assert!(before.is_none_or(|before| before < value), "{value}");
    }
    let mut values: Vec<String> = got.iter().map(text).collect();
    values.sort();
    let expected: Vec<String> = pairs.into_iter().map(|(_, value)| value).collect();
    same(&values, &expected);
}

#[test]
fn lanes_lose_nothing_over_a_kill_and_a_stop() {
    let stage = Stage::new(2);
    let gate = stage.gate();
    let pairs: Vec<(String, String)> = (0..6000)
        .map(|n| (format!("k{}", n % 16), format!("{n:06}")))
        .collect();
    stage.feed_keyed(&pairs);
    let orders = ["--hold", "002000", "--gate", &gate, "--quiet"];
    let probe = stage.start("lanes", &orders);
    probe.line("holding", DEADLINE);
    probe.signal(Signal::Kill);
    let _ = probe.end(DEADLINE);
    stage.open_gate();
    let before = stage.await_output(0);
    let probe = stage.start("lanes", &orders);
    stage.await_output(before + 500);
    ends_in_order(&probe);
    let _last = stage.start("lanes", &orders);
    stage.await_committed(6000);
    let mut got = stage.lines(6000);
    got.dedup();
    let expected: Vec<String> = pairs.into_iter().map(|(_, value)| value).collect();
    same(&got, &expected);
}
