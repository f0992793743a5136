//! Calls under settings that somebody made for something else: small streams of calls, another group protocol.

use catenae_tests::calls::{REPLIES, requests_of};
use catenae_tests::{Child, DEADLINE, OwnBroker};

use super::Office;

fn count(child: &Child, text: &str) -> usize {
    let lines = child.lines().into_iter();
    lines.filter(|line| line.contains(text)).count()
}

/// An office on a Kafka of its own, where this stream takes no message of more than 20,000 bytes.
fn with_small(stream: &str, partitions: i32) -> (OwnBroker, Office) {
    let (own, office) = Office::of_its_own_kafka();
    let small = [("max.message.bytes", "20000")];
    office.broker().create_with(stream, partitions, &small);
    (own, office)
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_stream_of_replies_that_takes_no_large_answer() {
    let (_own, office) = with_small(REPLIES, 8);
    let desk = office.desk(&[]);
    let asker = office.asker("caller", &[]);
    let ask = |order: &str| asker.order(&format!("at:{} {order} timeout=600000", office.uid));
    assert!(ask("large 15000").starts_with("ok b\"\\x07"));
    let said = ask("large 100000");
    assert!(said.starts_with("TooLarge rpc `large`"), "{said}");
    assert!(said.contains(REPLIES), "it says which stream: {said}");
    assert_eq!(count(&desk, "is too large"), 1, "{:#?}", desk.lines());
    assert_eq!(ask("add word 1"), "ok 1");
    let said = asker.order("all:desk large 100000 timeout=600000");
    assert!(said.contains(&format!("{}:TooLarge", office.uid)), "{said}");
    assert_eq!(count(&desk, "is too large"), 2, "{:#?}", desk.lines());
    assert!(ask("large 15000").starts_with("ok b\"\\x07"));
    office.stage.feed(["a"]);
    office.stage.await_committed(1);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_stream_of_requests_that_takes_no_large_question() {
    let (_own, office) = with_small(&requests_of("desk"), 1);
    let _desk = office.desk(&[]);
    let asker = office.asker("caller", &[]);
    let ask = |order: &str| asker.order(&format!("at:{} {order} timeout=600000", office.uid));
    assert_eq!(ask("swallow 15000"), "ok 15000");
    let said = ask("swallow 100000");
    assert!(said.starts_with("TooLarge rpc `swallow`"), "{said}");
    assert_eq!(ask("swallow 15000"), "ok 15000");
}

#[test]
#[ignore = "needs Apache Kafka"]
fn many_small_answers_on_a_small_stream_of_replies() {
    let (_own, office) = with_small(REPLIES, 8);
    let desk = office.desk(&[]);
    let asker = office.asker("caller", &[]);
    let said = asker.order(&format!("flood:{} 2000 timeout=20000", office.uid));
    let mut log = desk.lines();
    log.truncate(12);
    assert_eq!(said.trim(), "right 2000 wrong 0 errors 0", "{log:#?}");
}

#[test]
#[ignore = "needs Apache Kafka"]
fn many_small_questions_on_a_small_stream_of_requests() {
    let (_own, office) = with_small(&requests_of("desk"), 1);
    let _desk = office.desk(&[]);
    let asker = office.asker("caller", &[]);
    let said = asker.order(&format!("flood:{} 2000 timeout=20000", office.uid));
    assert_eq!(said.trim(), "right 2000 wrong 0 errors 0");
}

/// The setting is for the group of the link; the clients of calls are in none.
#[test]
#[ignore = "needs Apache Kafka"]
fn a_group_of_the_new_protocol() {
    let office = Office::on_kafka();
    // Without the settings of a session, which are the broker's there.
    let address = office.broker().address().to_owned();
    let new = ["-k", &address, "--kafka", "group.protocol=consumer"];
    let desk = office.desk(&new);
    let asker = office.asker("caller", &new);
    desk.line("assigned: ", DEADLINE);
    let uid = &office.uid;
    assert_eq!(asker.order(&format!("at:{uid} number 1")), "ok 1");
    assert_eq!(asker.order(&format!("at:{uid} add word 2")), "ok 2");
    assert_eq!(
        asker.order(&format!("at:{uid} call_back please")),
        "ok Ok(())"
    );
    asker.child.line("called back: please", DEADLINE);
    let said = asker.order(&format!("flood:{uid} 500 timeout=60000"));
    assert_eq!(said.trim(), "right 500 wrong 0 errors 0");
    office.stage.feed(["a", "b"]);
    office.stage.await_committed(2);
    assert_eq!(asker.order(&format!("at:{uid} tally")), "ok (1, 2)");
    // Others are on the same Kafka, and not everybody writes what is right.
    let about_it = [
        "group.protocol",
        "onfiguration",
        "calls cannot",
        "calls wait",
    ];
    for child in [&desk, &asker.child] {
        let warned = |line: &String| line.contains("WARN") || line.contains("ERROR");
        let mut troubles = child.lines();
        troubles.retain(|line| warned(line) && about_it.iter().any(|word| line.contains(word)));
        assert!(troubles.is_empty(), "{troubles:#?}");
        assert_eq!(count(child, "revoked"), 0);
    }
}
