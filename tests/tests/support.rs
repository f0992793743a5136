//! What the behavior tests stand on stands itself.

use std::time::Duration;

use catenae_tests::{
    Child, DEADLINE, Foreign, Signal, TestBroker, by_hand, committed, eventually, feed, length,
    probe_path, read, unique,
};

/// Key and value.
type Row = (Option<&'static [u8]>, Option<&'static [u8]>);

#[test]
fn what_is_fed_can_be_read() {
    let broker = TestBroker::start();
    let stream = unique("lines");
    broker.create(&stream, 2);
    let rows: [Row; 3] = [
        (Some(b"k"), Some(b"one")),
        (Some(b"k"), None),
        (None, Some(b"")),
    ];
    feed(&broker, &stream, rows);
    assert_eq!(length(&broker, &stream), 3);
    let received = read(&broker, &stream, 3, DEADLINE);
    for (key, value) in rows {
        let same =
            |r: &&catenae_tests::Received| (r.key.as_deref(), r.value.as_deref()) == (key, value);
        assert_eq!(received.iter().filter(same).count(), 1, "{received:?}");
    }
    assert!(committed(&broker, &unique("group"), &stream).is_empty());
}

fn reads_and_writes(foreign: Foreign) {
    let broker = TestBroker::start();
    let stream = unique("lines");
    broker.create(&stream, 1);
    let header = [("trace", "7f")];
    foreign.write(&broker, &stream, &header, &[(Some("key"), "from there")]);
    let received = read(&broker, &stream, 1, DEADLINE);
    assert_eq!(received[0].text(), "from there");
    assert_eq!(received[0].key.as_deref(), Some(&b"key"[..]));
    assert_eq!(received[0].header("trace"), "7f");
    feed(&broker, &stream, [(None, Some(&b"to there"[..]))]);
    let expected = ["key|from there|trace=7f", "|to there|"];
    assert_eq!(foreign.read(&broker, &stream), expected);
}

#[test]
fn a_foreign_client_reads_and_writes() {
    reads_and_writes(Foreign::Rskafka);
}

#[test]
#[ignore = "needs kcat"]
fn kcat_reads_and_writes() {
    reads_and_writes(Foreign::Kcat);
}

#[test]
fn what_is_written_by_hand_is_a_record_to_a_client() {
    let broker = TestBroker::start();
    let stream = unique("lines");
    broker.create(&stream, 1);
    by_hand::put(&broker, &stream, 0, (b"name", b"value"), b"one");
    by_hand::put(&broker, &stream, 0, (b"odd \xff", &[7; 200]), &[b'x'; 300]);
    let received = read(&broker, &stream, 1, DEADLINE);
    assert_eq!(received[0].text(), "one");
    assert_eq!(
        (&received[0].key, received[0].header("name")),
        (&None, "value")
    );
    let expected = [
        vec![(b"name".to_vec(), b"value".to_vec())],
        vec![(b"odd \xff".to_vec(), vec![7; 200])],
    ];
    assert_eq!(by_hand::headers(&broker, &stream, 0), expected);
}

#[test]
fn a_micromodule_runs_on_the_broker() {
    let broker = TestBroker::start();
    let (lines, words) = (unique("lines"), unique("words"));
    broker.create(&lines, 1);
    broker.create(&words, 1);
    feed(&broker, &lines, [(None, Some(&b"so long"[..]))]);
    let mut options = broker.options();
    options.extend(["-i", &lines, "-o", &words, "-g", &unique("group")].map(str::to_owned));
    let worker = Child::start(probe_path(env!("CARGO_BIN_EXE_probes"), "worker"), options);
    assert_eq!(read(&broker, &words, 1, DEADLINE)[0].text(), "so long");
    worker.signal(Signal::Terminate);
    assert!(worker.end(DEADLINE).success());
}

#[test]
fn a_child_prints_is_asked_to_stop_and_ends() {
    let script = "trap 'echo asked; exit 3' TERM; echo ready >&2; while :; do :; done";
    let child = Child::start("sh", ["-c", script]);
    assert_eq!(child.line("ready", DEADLINE), "ready");
    child.signal(Signal::Terminate);
    assert_eq!(child.end(DEADLINE).code(), Some(3));
    assert_eq!(child.lines().last().unwrap(), "asked");
}

#[test]
fn a_dropped_child_is_gone() {
    let child = Child::start("tail", ["-f", "/dev/null"]);
    let process = format!("/proc/{}", child.pid());
    drop(child);
    assert!(!std::path::Path::new(&process).exists());
}

#[test]
#[should_panic(expected = "did not give a line with `never`")]
fn a_child_that_ends_without_the_line_is_not_waited_for() {
    Child::start("echo", ["other"]).line("never", DEADLINE);
}

#[test]
#[should_panic(expected = "not within 10ms: the moon")]
fn waiting_has_an_end() {
    eventually("the moon", Duration::from_millis(10), || None::<()>);
}
