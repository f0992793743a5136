//! Electrons in and out: what is read from a record, and what goes on from there.

use super::*;
use crate::codec::{Codec, Limits};
use crate::emit::{Emitter, Outgoing, Outlet, Outputs};
use crate::message::Message;
use crate::outcome::{Failure, FailureKind};
use crate::record::{HeaderSource, Record};

impl HeaderSource for Headers {
    fn headers(&self) -> Result<Headers, String> {
        Ok(self.clone())
    }
}

struct Unreadable;

impl HeaderSource for Unreadable {
    fn headers(&self) -> Result<Headers, String> {
        Err("header 0 has a name that is not UTF-8".to_owned())
    }
}

/// Reads a record of `value` and `key` as `M`, and gives it to `then`.
fn read<M, T>(
    value: Option<&'static [u8]>,
    key: Option<&'static [u8]>,
    headers: &'static dyn HeaderSource,
    then: impl FnOnce(Result<M, Failure>) -> T,
) -> T
where
    M: for<'r> Message<'r>,
{
    let stream = StreamName::from("in");
    then(M::from_record(&Record {
        stream: &stream,
        input: Some(1),
        codec: Codec::Auto,
        partition: 3,
        offset: 41,
        timestamp: Some(1_600_000_000_000),
        key,
        value,
        headers,
        limits: Limits::default(),
    }))
}

fn headers(of: &[(&str, &'static str)]) -> Headers {
    of.iter().copied().collect()
}

/// What an outlet was given, as text.
#[derive(Default)]
struct Sent(Vec<String>);

impl Outlet for Sent {
    fn send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Failure> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.0.push(format!(
            "{}: {:?} = {:?} {:?}",
            outgoing.stream,
            outgoing.key.map(text),
            outgoing.value.map(text),
            outgoing
                .headers
                .iter()
                .map(|(name, value)| (name, value.map(text)))
                .collect::<Vec<_>>(),
        ));
        Ok(())
    }

    fn stopping(&self) -> bool {
        false
    }
}

fn send<V: serde::Serialize, K: serde::Serialize>(electron: Electron<V, K>) -> String {
    let outputs = ["out", "other"].map(|name| (StreamName::from(name), Codec::Auto));
    let (mut sent, mut buffer, outputs) = (Sent::default(), vec![], Outputs::new(outputs.into()));
    let emitted = Emitter::new(&mut sent, &outputs, &mut buffer).electron(electron);
    emitted.expect("it can be sent");
    sent.0.concat()
}

#[test]
fn what_was_received_goes_on_with_key_and_headers() {
    type Step = fn(Electron<String>) -> String;

    let source = Box::leak(Box::new(headers(&[("a", "1"), ("b", "2"), ("a", "3")])));
    let read = |then: Step| {
        read(Some(b"v"), Some(b"k"), source, |read| {
            then(read.expect("it is text"))
        })
    };
    let cases: [(Step, &str); 6] = [
        (
            send,
            r#"out: Some("k") = Some("v") [("a", Some("1")), ("b", Some("2")), ("a", Some("3"))]"#,
        ),
        (
            |e| send(e.to("other").map(|v| v + "w").with_header("a", "9")),
            r#"other: Some("k") = Some("vw") [("a", Some("9")), ("b", Some("2"))]"#,
        ),
        (
            |e| send(e.with_key("l").with_headers(Headers::default())),
            r#"out: Some("l") = Some("v") []"#,
        ),
        (
            |e| {
                send(
                    e.without_key()
                        .map(|_| None::<u8>)
                        .with_headers(Headers::default()),
                )
            },
            r#"out: None = None []"#,
        ),
        (
            |e| send(e.with_key(None::<u8>).with_headers(headers(&[("c", "")]))),
            r#"out: None = Some("v") [("c", Some(""))]"#,
        ),
        (
            |e| send(e.map_key(|k| k + "!").with_headers(Headers::default())),
            r#"out: Some("k!") = Some("v") []"#,
        ),
    ];
    for (step, expected) in cases {
        assert_eq!(read(step), expected);
    }
}

#[test]
fn what_is_received() {
    static NONE: std::sync::LazyLock<Headers> = std::sync::LazyLock::new(Headers::default);

    read::<Electron<(u8, bool), u64>, _>(Some(b"[1, true]"), Some(b"7"), &*NONE, |read| {
        let electron = read.expect("both are JSON");
        assert_eq!((electron.value, electron.key()), ((1, true), Some(&7)));
        assert_eq!(electron.target(), None);
        let origin = electron.origin().expect("it was read");
        assert_eq!(
            (origin.stream.as_str(), origin.partition, origin.offset),
            ("in", 3, 41)
        );
        assert_eq!(origin.timestamp, Some(1_600_000_000_000));
    });
    read::<Electron<Option<String>>, _>(None, None, &*NONE, |read| {
        let electron = read.expect("a tombstone");
        assert_eq!((&electron.value, electron.key()), (&None, None));
    });
    read::<Electron<Bytes, Bytes>, _>(Some(b"\xff"), Some(b"\xfe"), &*NONE, |read| {
        let electron = read.expect("bytes");
        assert_eq!(electron.key().expect("it has one").as_ref(), b"\xfe");
    });
}

#[test]
fn what_is_refused() {
    static NONE: std::sync::LazyLock<Headers> = std::sync::LazyLock::new(Headers::default);
    let failed = |failure: Failure, expected: &str| {
        assert_eq!(failure.kind(), FailureKind::Decode);
        let source = std::error::Error::source(&failure).expect("it has a cause");
        assert_eq!(source.to_string(), expected);
    };
    read::<Electron<String>, _>(Some(b"v"), Some(b"\xff"), &*NONE, |read| {
        failed(
            read.expect_err("a key that is no text"),
            "the key: expected `String`, found binary that is not UTF-8: not UTF-8 from byte 0 on; \
             `Electron<V, Bytes>` takes any key; the payload is ff",
        );
    });
    read::<Electron<String, u64>, _>(Some(b"v"), Some(b"k"), &*NONE, |read| {
        failed(
            read.expect_err("a key that is no number"),
            "the key: expected `u64`, found text: read as JSON: expected value at line 1 column 1; \
             `Electron<V, Bytes>` takes any key; the payload is \"k\"",
        );
    });
    read::<Electron<String>, _>(Some(b"v"), None, &Unreadable, |read| {
        let failure = read.expect_err("headers that cannot be read");
        failed(failure, "header 0 has a name that is not UTF-8");
    });
    read::<String, _>(None, None, &*NONE, |read| {
        assert_eq!(read.expect_err("a tombstone").kind(), FailureKind::Decode);
    });
}

#[test]
fn headers_by_name() {
    let mut headers = headers(&[("a", "1"), ("b", "2"), ("a", "3")]);
    headers.push("null", None);
    headers.push("raw", Some(Bytes::from_static(b"\xff")));
    assert_eq!(headers.get_str("a"), Some("3"), "the last one counts");
    assert_eq!(
        (headers.get("null"), headers.contains("null")),
        (None, true)
    );
    assert_eq!(
        (headers.get("raw"), headers.get_str("raw")),
        (Some(b"\xff".as_slice()), None)
    );
    assert_eq!((headers.get("c"), headers.contains("c")), (None, false));
    headers.set("a", "4");
    headers.set("c", "5");
    let names: Vec<&str> = headers.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "b", "null", "raw", "c"]);
    assert_eq!(headers.get_str("a"), Some("4"));
    assert!(headers.remove("b") && !headers.remove("b"));
    assert_eq!(headers.len(), 4);
}
