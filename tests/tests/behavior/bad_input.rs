//! What bad input gets: a clear error with its place, status 1, and nothing skipped.

use catenae_tests::{Child, DEADLINE, feed, length};

use crate::stage::{Stage, exits};

/// A kind of bad electron.
pub struct Bad {
    pub name: &'static str,
    pub probe: &'static str,
    /// An electron before it that the probe takes.
    pub good: Vec<u8>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub more: &'static [&'static str],
    pub expected: &'static str,
}

fn bad(
    name: &'static str,
    probe: &'static str,
    value: Option<&[u8]>,
    expected: &'static str,
) -> Bad {
    let good: &[u8] = match probe {
        "shapes" => br#"{"name":"dot","corners":0,"holes":null}"#,
        "plain" => b"{}",
        _ => b"good",
    };
    Bad {
        name,
        probe,
        good: good.to_vec(),
        key: None,
        value: value.map(<[u8]>::to_vec),
        more: &[],
        expected,
    }
}

/// Every kind of bad electron.
pub fn bad_electrons() -> Vec<Bad> {
    let mut deep = vec![0xd9, 0xd9, 0xf7, 0xa1, 0x61, b'a'];
    deep.extend([0x81; 5000]);
    deep.push(0);
    let long = vec![b'x'; 5000];
    let mut huge = vec![0xd9, 0xd9, 0xf7, 0xa1, 0x61, b'a', 0x9b];
    huge.extend([0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    vec![
        bad(
            "not UTF-8",
            "worker",
            Some(b"ab\xffcd"),
            "not UTF-8 from byte 2 on",
        ),
        bad(
            "truncated CBOR",
            "shapes",
            Some(b"\xd9\xd9\xf7\xa3\x64na"),
            "cannot be decoded",
        ),
        bad("deep CBOR", "plain", Some(&deep), "nest"),
        bad("huge CBOR", "plain", Some(&huge), "cannot be decoded"),
        bad(
            "JSON of another shape",
            "shapes",
            Some(br#"{"name":3}"#),
            "read as JSON",
        ),
        bad(
            "neither CBOR nor JSON",
            "shapes",
            Some(b"hello"),
            "read as JSON",
        ),
        bad(
            "bytes behind the value",
            "shapes",
            Some(br#"{"name":"a","corners":1,"holes":null}x"#),
            "JSON",
        ),
        bad("a tombstone", "worker", None, "found a tombstone"),
        bad(
            "nothing",
            "shapes",
            Some(b""),
            "only strings and bytes may be empty",
        ),
        Bad {
            key: Some(b"\xff\xfe".to_vec()),
            ..bad("a key of another type", "tombs", Some(b"text"), "key")
        },
        Bad {
            more: &["--kafka", "message.max.bytes=2000"],
            ..bad(
                "a large output",
                "worker",
                Some(&long),
                "more than `message.max.bytes`",
            )
        },
    ]
}

#[test]
fn bad_electrons_are_named_and_kept() {
    let mut running: Vec<(Bad, Stage, Child)> = Vec::new();
    for case in bad_electrons() {
        let stage = Stage::new(1);
        let rows = [
            (None, Some(&case.good[..])),
            (case.key.as_deref(), case.value.as_deref()),
            (None, Some(&case.good[..])),
        ];
        feed(&stage.broker, &stage.input, rows);
        let child = stage.start(case.probe, case.more);
        running.push((case, stage, child));
    }
    for (case, stage, child) in running {
        let name = case.name;
        exits(&child, 1);
        let error = child.line(&format!("error: {}/", case.probe), DEADLINE);
        let place = format!("stream `{}`, partition 0, offset 1", stage.input);
        assert!(error.contains(&place), "{name}: {error}");
        child.line(case.expected, DEADLINE);
        let panicked = child.lines().iter().any(|line| line.contains("panicked"));
        assert!(!panicked, "{name}: {:?}", child.lines());
        assert_eq!(stage.committed(), 1, "{name}");
        assert_eq!(length(&stage.broker, &stage.output), 1, "{name}");
    }
}

#[test]
#[ignore = "needs Apache Kafka"]
fn an_output_the_broker_refuses_stops_the_link() {
    use catenae_tests::TestBroker;
    let stage = Stage::bare(TestBroker::kafka());
    stage.broker.create(&stage.input, 1);
    stage
        .broker
        .create_with(&stage.output, 1, &[("max.message.bytes", "1000")]);
    let incompressible: String = (0_u32..5000)
        .map(|n| char::from(b'!' + u8::try_from(n.wrapping_mul(2_654_435_761) >> 26).unwrap()))
        .collect();
    stage.feed(["good", &incompressible]);
    // With a limit of the user's own that of the stream is not looked at: it may be compressed.
    let own = ["--quiet", "--sync", "--kafka", "message.max.bytes=1000000"];
    let worker = stage.start("worker", &own);
    exits(&worker, 1);
    let error = worker.line("error: worker/", DEADLINE);
    let place = format!("stream `{}`, partition 0, offset 1 ", stage.input);
    assert!(error.contains(&place), "{error}");
    worker.line("Kafka refused an output", DEADLINE);
    let cause = worker.line("larger than the broker takes", DEADLINE);
    assert!(
        cause.contains(&format!("stream `{}`", stage.output)),
        "{cause}"
    );
    assert_eq!(stage.committed(), 1);
}
