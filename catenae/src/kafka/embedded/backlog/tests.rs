//! Senders that wait, readers that let them go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

use super::*;
use crate::kafka::embedded::EmbeddedBroker;

const DEADLINE: Duration = Duration::from_secs(20);
/// Room for two electrons of 400 bytes, not for three.
const SMALL: u64 = 1000;

fn never() -> bool {
    false
}

/// A gauge whose stream `s` is full for group `slow`.
fn full() -> Arc<Backlog> {
    let backlog = Backlog::with_bound(SMALL);
    backlog.register_reader("s", "slow");
    backlog.register_reader("s", "fast");
    for _ in 0..2 {
        let reservation = backlog.reserve("s", 400, &never);
        assert_eq!(reservation, Reservation::Granted);
    }
    backlog.settled("s", "fast", 2, 800);
    Arc::new(backlog)
}

/// Reserves in another thread, which reports how it ended.
fn reserve(backlog: &Arc<Backlog>, stop: Arc<AtomicBool>) -> Receiver<Reservation> {
    let (report, outcome) = mpsc::channel();
    let backlog = Arc::clone(backlog);
    thread::spawn(move || {
        let reservation = backlog.reserve("s", 400, &|| stop.load(Ordering::SeqCst));
        let _ = report.send(reservation);
    });
    outcome
}

#[test]
fn a_sender_waits_for_the_slowest_group() {
    let backlog = full();
    let outcome = reserve(&backlog, Arc::default());
    let early = outcome.recv_timeout(STOP_CHECK * 3);
    assert_eq!(early, Err(RecvTimeoutError::Timeout));
    backlog.settled("s", "slow", 1, 400);
    assert_eq!(outcome.recv_timeout(DEADLINE), Ok(Reservation::Granted));
}

#[test]
fn a_waiting_sender_stops_when_asked() {
    let backlog = full();
    let stop = Arc::new(AtomicBool::new(false));
    let outcome = reserve(&backlog, Arc::clone(&stop));
    stop.store(true, Ordering::SeqCst);
    assert_eq!(outcome.recv_timeout(DEADLINE), Ok(Reservation::Stopped));
}

#[test]
fn a_stream_without_a_reader_holds_nobody_back() {
    let backlog = full();
    for _ in 0..100 {
        let reservation = backlog.reserve("unread", 400, &never);
        assert_eq!(reservation, Reservation::Granted);
    }
}

#[test]
fn an_electron_larger_than_the_bound_passes_alone() {
    let backlog = Backlog::with_bound(SMALL);
    backlog.register_reader("s", "g");
    let large = SMALL as usize * 2;
    assert_eq!(backlog.reserve("s", large, &never), Reservation::Granted);
    assert_eq!(backlog.reserve("s", 1, &|| true), Reservation::Stopped);
}

#[test]
fn many_senders_all_come_through() {
    const EACH: u64 = 200;
    let backlog = Arc::new(Backlog::with_bound(SMALL));
    backlog.register_reader("s", "g");
    let (sent, arrived) = mpsc::channel();
    for _ in 0..4 {
        let (backlog, sent) = (Arc::clone(&backlog), sent.clone());
        thread::spawn(move || {
            for _ in 0..EACH {
                let reservation = backlog.reserve("s", 400, &never);
                assert_eq!(reservation, Reservation::Granted);
                sent.send(()).unwrap();
            }
        });
    }
    drop(sent);
    let mut received = 0;
    while let Ok(()) = arrived.recv_timeout(DEADLINE) {
        received += 1;
        backlog.settled("s", "g", 1, 400);
    }
    assert_eq!(received, 4 * EACH);
}

/// Fills a partition to the bound again and again, reading half in between, and looks whether the
/// embedded broker still has what is unread.
#[track_caller]
fn check_nothing_unread_is_dropped(size: usize, linger_ms: &str) {
    let broker = EmbeddedBroker::start().unwrap();
    broker.create_stream("s", 1).unwrap();
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", broker.address())
        .set("linger.ms", linger_ms)
        .create()
        .unwrap();
    let backlog = Backlog::new();
    backlog.register_reader("s", "g");
    let (value, mut sent, mut read) = (vec![b'x'; size], 0, 0);
    for _ in 0..4 {
        while backlog.reserve("s", size, &|| true) == Reservation::Granted {
            let record: BaseRecord<'_, (), [u8]> = BaseRecord::to("s").payload(&value);
            producer.send(record).map_err(|(error, _)| error).unwrap();
            sent += 1;
        }
        producer.flush(DEADLINE).unwrap();
        let (low, high) = producer
            .client()
            .fetch_watermarks("s", 0, DEADLINE)
            .unwrap();
        assert_eq!(high, sent, "{size} bytes, linger {linger_ms}");
        assert!(
            low <= read,
            "{size} bytes, linger {linger_ms}: {read} is unread, {low} is kept"
        );
        let half = (sent - read) / 2;
        read += half;
        backlog.settled("s", "g", half as u64, half as u64 * size as u64);
    }
}

#[test]
fn the_embedded_broker_keeps_what_is_unread() {
    for size in [0, 10, 1_000, 100_000] {
        for linger_ms in ["0", "50"] {
            check_nothing_unread_is_dropped(size, linger_ms);
        }
    }
}
