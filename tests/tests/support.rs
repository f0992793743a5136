//! What the behavior tests stand on stands itself.

use std::time::Duration;

use catenae_tests::{
    Child, DEADLINE, Signal, TestBroker, binary, committed, eventually, feed, kcat, length, read,
    unique,
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

#[test]
fn kcat_reads_and_writes() {
    let broker = TestBroker::start();
    let stream = unique("lines");
    broker.create(&stream, 1);
    let _ = kcat(&broker, &["-P", "-t", &stream, "-K:"], "key:from kcat\n");
    let received = read(&broker, &stream, 1, DEADLINE);
    assert_eq!(received[0].text(), "from kcat");
    assert_eq!(received[0].key.as_deref(), Some(&b"key"[..]));
    feed(&broker, &stream, [(Some(&b"k"[..]), Some(&b"to kcat"[..]))]);
    let printed = kcat(
        &broker,
        &["-C", "-t", &stream, "-e", "-o", "beginning", "-K:", "-q"],
        "",
    );
    assert_eq!(printed, "key:from kcat\nk:to kcat\n");
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
    let mapper = Child::start(binary("mapper"), options);
    assert_eq!(read(&broker, &words, 2, DEADLINE).len(), 2);
    mapper.signal(Signal::Terminate);
    assert!(mapper.end(DEADLINE).success());
}

#[test]
fn a_child_prints_is_asked_to_stop_and_ends() {
    let script = "trap 'echo asked; exit 3' TERM; echo ready >&2; while :; do :; done";
    let child = Child::start("bash", ["-c", script]);
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
