//! The streams of calls are deleted and created again: what is asked and answered on the new ones is not missed.

use catenae_tests::calls::{REPLIES, requests_of};
use catenae_tests::{Child, DEADLINE, Signal, eventually, length};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::Office;

/// Halts `reader`, lets `stream` be created again with `first` as the first of it and much behind that, so that
/// the old position lies in the middle of the new stream.
fn recreate_under(
    reader: &Child,
    office: &Office,
    stream: &str,
    partitions: i32,
    first: impl FnOnce(),
) {
    let broker = office.broker();
    reader.signal(Signal::Stop);
    broker.recreate(stream, partitions);
    first();
    eventually("the first is there", DEADLINE, || {
        (length(broker, stream) > 0).then_some(())
    });
    let producer: BaseProducer = broker.client().create().expect("a producer");
    for partition in (0..partitions).flat_map(|partition| [partition; 80]) {
        let record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(stream).partition(partition);
        let sent = producer.send(record.payload(b"garbage"));
        assert!(sent.is_ok(), "the producer takes it");
    }
    producer.flush(DEADLINE).expect("delivered");
    reader.signal(Signal::Continue);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn what_is_asked_and_answered_on_new_streams_is_not_missed() {
    let (_own, office) = Office::of_its_own_kafka();
    let desk = office.desk(&[]);
    let asker = office.asker("caller", &[]);
    let uid = &office.uid;
    let said = asker.order(&format!("series:{uid} 50 timeout=60000"));
    assert!(said.starts_with("right 50 errors 0,"), "{said}");

    let mut asked = String::new();
    recreate_under(&desk, &office, &requests_of("desk"), 1, || {
        asked = asker.begin(&format!("at:{uid} number 7 timeout=60000"));
    });
    assert_eq!(asker.outcome(&asked), "ok 7");
    desk.line("was deleted and created again", DEADLINE);

    let gate = office.stage.file("gate");
    let asked = asker.begin(&format!("at:{uid} wait_for {gate} timeout=60000"));
    desk.line("waiting beside the lane", DEADLINE);
    recreate_under(&asker.child, &office, REPLIES, 8, || {
        std::fs::write(&gate, "").expect("a file");
    });
    assert!(asker.outcome(&asked).starts_with("ok"));
}
