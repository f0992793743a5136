//! Bytes that mean nothing, or too much: each is counted or refused, and the micromodule lives on.

use catenae_tests::calls::{
    Hand, INSTANCES, NONE, REPLIES, Said, To, announced, cbor, map, partitions_of, requests_of,
};
use catenae_tests::{DEADLINE, eventually, feed};
use ciborium::Value;

use super::Office;
use crate::stage::peak_memory;

/// So many levels of lists, one in the other.
fn deep(levels: usize) -> Vec<u8> {
    let mut bytes = vec![0x81; levels];
    bytes.push(0);
    bytes
}

/// Bytes that are no envelope of any kind.
fn nonsense(hand: &Hand<'_>, uid: &str) -> Vec<(&'static str, Option<Vec<u8>>)> {
    let good = cbor(&map(&hand.request(1, To::One(uid), "number", &[1])));
    let mut nested = vec![0xd9, 0xd9, 0xf7, 0xa2, 0x61, b'v', 1, 0x61, b'x'];
    nested.extend(deep(10_000));
    let mut deep_id = vec![0xd9, 0xd9, 0xf7, 0xa2, 0x61, b'v', 1, 0x62, b'i', b'd'];
    deep_id.extend(deep(10_000));
    let mut huge = vec![0xd9, 0xd9, 0xf7, 0xa1, 0x61, b'a', 0x9b];
    huge.extend([0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    vec![
        ("nothing", Some(Vec::new())),
        ("text", Some(b"hello".to_vec())),
        ("JSON", Some(br#"{"v":2,"id":1}"#.to_vec())),
        ("bytes", Some(vec![0xff; 300])),
        ("truncated", Some(good[..good.len() / 2].to_vec())),
        ("more behind it", Some([&good[..], b"x"].concat())),
        ("levels", Some(nested)),
        ("levels in a field", Some(deep_id)),
        ("an endless list", Some(huge)),
        (
            "a later version",
            Some(cbor(&map(&[("v", 3.into()), ("id", 1.into())]))),
        ),
        ("no version", Some(cbor(&map(&[("id", 1.into())])))),
        (
            "other types",
            Some(cbor(&map(&[
                ("v", 2.into()),
                ("id", "one".into()),
                ("to", 3.into()),
            ]))),
        ),
        ("a list", Some(cbor(&[1, 2, 3]))),
        ("large", Some(vec![b'x'; 900_000])),
    ]
}

#[test]
fn nonsense_is_counted_and_named() {
    let office = Office::new();
    let desk = office.desk(&[]);
    let (hand, uid) = (office.hand(), &*office.uid);
    announced(office.broker(), uid, 0);
    let requests = requests_of("desk");
    for stream in [&*requests, REPLIES, INSTANCES] {
        let before = hand.count("desk", uid, "garbage");
        // What is written to other partitions of the replies others read.
        let all_partitions = match stream {
            REPLIES => partitions_of(office.broker(), REPLIES),
            _ => 0..1,
        };
        for ((name, value), expected) in nonsense(&hand, uid).into_iter().zip(before + 1..) {
            for partition in all_partitions.clone() {
                hand.put(stream, Some(partition), uid, value.as_deref());
            }
            eventually(&format!("{name} on {stream} is counted"), DEADLINE, || {
                (hand.count("desk", uid, "garbage") >= expected).then_some(())
            });
        }
        desk.line(&format!("stream `{stream}`, partition "), DEADLINE);
        if stream != INSTANCES {
            // A tombstone says nothing here; on the stream of instances it is a goodbye.
            hand.put(stream, Some(0), "x", None);
        }
        assert_eq!(
            hand.ask("desk", uid, "number", &[7]).number(),
            7,
            "{stream}"
        );
    }
    let said = desk.lines();
    let place = format!("stream `{requests}`, partition 0, offset ");
    let first = said.iter().find(|line| line.contains(&place));
    let first = first.expect("a line");
    assert!(first.contains("is ignored (1 so far): "), "{first}");
    // It was not talked into being gone, and the group goes on.
    office.stage.feed(["a"]);
    office.stage.await_committed(1);
    let asker = office.asker("caller", &[]);
    assert_eq!(asker.order(&format!("at:{uid} number 8")), "ok 8");
}

/// What is right but for its arguments is answered.
#[test]
fn arguments_of_another_kind_are_refused() {
    let office = Office::new();
    let desk = office.desk(&[]);
    let (hand, uid) = (office.hand(), &*office.uid);
    let ask = |method: &str, arguments: Value| hand.ask("desk", uid, method, &arguments);
    let list = |values: &[Value]| Value::Array(values.to_vec());
    let refused = |method: &str, arguments: Value, expected: &str| {
        let said = ask(method, arguments);
        assert_eq!(said.kind(), "arguments", "{method}");
        let Said::Refusal(_, detail) = said else {
            return;
        };
        assert!(detail.contains(expected), "{detail}");
    };
    refused(
        "add",
        list(&[]),
        "`add` takes 2 arguments, `(alloc::string::String, u64)`",
    );
    refused("add", list(&["x".into()]), "`add` takes 2 arguments");
    refused(
        "add",
        list(&["x".into(), 1.into(), 2.into()]),
        "`add` takes 2 arguments",
    );
    refused(
        "add",
        list(&[1.into(), "x".into()]),
        "`add` takes 2 arguments",
    );
    refused(
        "add",
        list(&["x".into(), (-1).into()]),
        "`add` takes 2 arguments",
    );
    refused("add", "x".into(), "`add` takes 2 arguments");
    refused("add", Value::Null, "`add` takes 2 arguments");
    refused(
        "number",
        list(&[Value::Null]),
        "`number` takes one argument, `u64`",
    );
    refused("tally", list(&[1.into()]), "`tally` takes no arguments");
    let raw = |bytes: Vec<u8>| {
        let id = hand.next_id();
        let mut request = hand.request(id, To::One(uid), "echo", &NONE);
        request.last_mut().expect("arguments").1 = Value::Bytes(bytes);
        hand.send("desk", &request);
        assert_eq!(hand.answer(id).kind(), "arguments");
    };
    raw(Vec::new());
    raw(b"hello".to_vec());
    raw(deep(10_000));
    raw([&[0xd9, 0xd9, 0xf7][..], &deep(10_000)].concat());
    raw(vec![0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    assert_eq!(
        hand.ask("desk", uid, "add", &("x", 1)).number(),
        1,
        "none of them ran"
    );
    let panicked = desk.lines().iter().any(|line| line.contains("panicked"));
    assert!(!panicked, "{:?}", desk.lines());
    // Fields of a later version are passed over.
    let id = hand.next_id();
    let mut newer = hand.request(id, To::One(uid), "number", &[5]);
    newer.push(("since a later version", list(&[1.into()])));
    hand.send("desk", &newer);
    assert_eq!(hand.answer(id).number(), 5);
    let mut without = hand.request(hand.next_id(), To::One(uid), "print", &["no reply wanted"]);
    without.retain(|(name, _)| *name != "reply" && *name != "to_incarnation");
    hand.send("desk", &without);
    desk.line("no reply wanted", DEADLINE);
}

/// Somebody writes to all streams of calls as fast as he can. Every other micromodule of that broker reads it, too.
#[test]
fn a_foreign_producer_at_speed() {
    let (_own, office) = Office::of_its_own();
    let desk = office.desk(&[]);
    let (hand, uid) = (office.hand(), &*office.uid);
    let asker = office.asker("caller", &[]);
    assert_eq!(asker.order(&format!("at:{uid} number 1")), "ok 1");
    let request = cbor(&map(&hand.request(1, To::One("somebody"), "number", &[1])));
    let before = hand.count("desk", uid, "garbage");
    for stream in [&*requests_of("desk"), REPLIES, INSTANCES] {
        let garbage = vec![0xfe; 200];
        let rows = (0..20_000_u32).map(|n| {
            let value = if n % 2 == 0 { &garbage } else { &request };
            (Some(&b"foreign"[..]), Some(&value[..]))
        });
        feed(office.broker(), stream, rows);
        assert_eq!(
            asker.order(&format!("at:{uid} number 2")),
            "ok 2",
            "{stream}"
        );
        assert_eq!(hand.ask("desk", uid, "add", &(stream, 1)).number(), 1);
    }
    let after = hand.count("desk", uid, "garbage") - before;
    assert!(after >= 20_000, "{after}");
    let said = desk.lines();
    let lines = said
        .iter()
        .filter(|line| line.contains("is not a message between micromodules"));
    let lines = lines.count();
    assert!((1..=50).contains(&lines), "{lines} lines of a flood");
    let peak = peak_memory(desk.pid());
    eprintln!("peak memory: {} MiB", peak >> 10);
    assert!(peak < 96 << 10, "{peak} KiB");
}

#[test]
fn what_the_broker_does_not_take_is_an_error_of_that_call() {
    let office = Office::new();
    let _desk = office.desk(&[]);
    let asker = office.asker("caller", &[]);
    let ask = |order: &str| asker.order(&format!("at:{} {order} timeout=60000", office.uid));
    let (answer, question) = (ask("large 3000000"), ask("swallow 3000000"));
    assert!(answer.starts_with("TooLarge rpc `large`"), "{answer}");
    assert!(question.starts_with("TooLarge rpc `swallow`"), "{question}");
    assert_eq!(ask("swallow 500000"), "ok 500000");
    assert!(ask("large 500000").starts_with("ok b\"\\x07"));
    assert_eq!(ask("number 1"), "ok 1");
    let said = asker.order("all:desk swallow 3000000 timeout=60000");
    assert!(said.contains(&format!("{}:TooLarge", office.uid)), "{said}");
    let said = asker.order(&format!("at:{} swallow 3000000 notify", office.uid));
    // Nobody will answer it, so it is told at once.
    assert!(said.starts_with("TooLarge rpc `swallow`"), "{said}");
}
