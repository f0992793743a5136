//! What lies on the streams: text, JSON, CBOR, keys, headers, tombstones, several outputs.

use catenae_tests::{DEADLINE, Foreign, feed, read, unique};

use crate::stage::{Stage, exits, text};

/// Key and value.
type Row<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// A test per foreign client.
macro_rules! with_each_client {
    ($case:ident: $pure:ident, $kcat:ident) => {
        #[test]
        fn $pure() {
            $case(Foreign::Rskafka);
        }

        #[test]
        #[ignore = "needs kcat"]
        fn $kcat() {
            $case(Foreign::Kcat);
        }
    };
}

with_each_client!(text_with_key_and_header:
    a_foreign_client_writes_text_and_reads_it_with_key_and_header,
    kcat_writes_text_and_reads_it_with_key_and_header);
with_each_client!(json:
    foreign_json_becomes_typed_values_and_json_again,
    json_from_kcat_becomes_typed_values_and_json_again);
with_each_client!(outputs:
    an_electron_goes_to_the_output_it_names,
    an_electron_from_kcat_goes_to_the_output_it_names);

fn text_with_key_and_header(foreign: Foreign) {
    let stage = Stage::new(1);
    let rows = [(Some("k1"), "größer"), (Some("k2"), "two: three")];
    let trace = [("trace", "7f")];
    foreign.write(&stage.broker, &stage.input, &trace, &rows);
    foreign.write(&stage.broker, &stage.input, &[], &[(None, "no key")]);
    let _worker = stage.start("worker", &[]);
    stage.await_output(3);
    assert_eq!(
        foreign.read(&stage.broker, &stage.output),
        ["k1|größer|trace=7f", "k2|two: three|trace=7f", "|no key|"]
    );
    assert_eq!(stage.read(3)[2].key, None);
}

fn json(foreign: Foreign) {
    let stage = Stage::new(1);
    let (typed, json) = (unique("typed"), unique("json"));
    stage.broker.create(&typed, 1);
    stage.broker.create(&json, 1);
    let row = r#"{"name":"heptagon","corners":7,"holes":[0.5],"unknown":true}"#;
    foreign.write(&stage.broker, &stage.input, &[], &[(None, row)]);
    // JSON to a struct, the struct between two links, and to JSON for others.
    let others = (unique("group"), unique("group"));
    let _first = stage.start("shapes", &["-o", &typed]);
    let _second = stage.start("shapes", &["-i", &typed, "-g", &others.0]);
    let _third = stage.start(
        "plain",
        &["-i", &stage.output, "-o", &json, "-g", &others.1],
    );
    let typed = read(&stage.broker, &typed, 1, DEADLINE);
    let value = typed[0].value.as_deref().expect("a value");
    assert!(value.starts_with(&[0xd9, 0xd9, 0xf7]), "{value:x?}");
    assert_eq!(read(&stage.broker, &json, 1, DEADLINE).len(), 1);
    assert_eq!(
        foreign.read(&stage.broker, &json),
        [r#"|{"corners":9,"holes":[0.5],"name":"heptagon"}|"#]
    );
}

#[test]
fn tombstones_come_and_go() {
    let stage = Stage::new(1);
    let rows: [Row<'_>; 3] = [
        (Some(b"a"), None),
        (Some(b"b"), Some(b"bury")),
        (Some(b"c"), Some(b"")),
    ];
    feed(&stage.broker, &stage.input, rows);
    let _tombs = stage.start("tombs", &[]);
    let got = stage.read(3);
    let values: Vec<Option<&[u8]>> = got.iter().map(|one| one.value.as_deref()).collect();
    assert_eq!(values, [Some(&b"gone"[..]), None, Some(b"")]);
    let keys: Vec<&[u8]> = got.iter().filter_map(|one| one.key.as_deref()).collect();
    assert_eq!(keys, [b"a", b"b", b"c"]);
}

fn outputs(foreign: Foreign) {
    let stage = Stage::new(1);
    let other = unique("other");
    stage.broker.create(&other, 1);
    let leaves = format!("{other} leaves");
    let rows = [
        (Some("k"), "stays"),
        (Some("l"), &leaves),
        (Some("m"), "stays-too"),
    ];
    foreign.write(&stage.broker, &stage.input, &[("trace", "7f")], &rows);
    let outputs = format!("{},{other}", stage.output);
    let router = stage.start("router", &["-o", &outputs]);
    let stayed: Vec<String> = stage.read(2).iter().map(text).collect();
    assert_eq!(stayed, ["stays", "stays-too"]);
    let left = read(&stage.broker, &other, 1, DEADLINE);
    assert_eq!(
        (left[0].text(), left[0].key.as_deref()),
        ("leaves", Some(&b"l"[..]))
    );
    let header = |name: &str, value: &[u8]| (name.to_owned(), Some(value.to_vec()));
    assert_eq!(
        left[0].headers,
        [header("trace", b"7f"), header("routed", b"yes")]
    );
    // An output that it does not have is a failed electron, not a lost one.
    stage.feed(["nowhere at all"]);
    exits(&router, 1);
    router.line("`nowhere` is not an output of this link", DEADLINE);
    stage.await_committed(3);
}

#[test]
fn an_async_link_sends_through_its_context() {
    let stage = Stage::new(1);
    stage.feed(["one", "two"]);
    let sender = stage.start("sender", &[]);
    sender.line("delivered two", DEADLINE);
    assert_eq!(
        stage.lines(6),
        [
            "one",
            "one-awaited",
            "one-sent",
            "two",
            "two-awaited",
            "two-sent"
        ]
    );
    let all = stage.read(6);
    let keyed = |received: &&catenae_tests::Received| received.key.is_some();
    let keys: Vec<&str> = all.iter().filter(keyed).map(|one| one.text()).collect();
    assert_eq!(keys, ["one-awaited", "two-awaited"]);
    stage.await_committed(2);
}
