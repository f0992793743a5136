//! What is read from the wire, whatever stands there; and that what is written stays the same.

use ciborium::Value;
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::codec::Limits;

fn request() -> Request {
    let mut caller = Caller::new("ab12", "asker");
    caller.incarnation = 1_700_000_000_000_000;
    Request {
        v: VERSION,
        id: 7,
        caller,
        to: Addressee::One("cd34".to_owned()),
        to_incarnation: Some(1_700_000_000_000_001),
        method: "count".to_owned(),
        deadline: 1_700_000_005_000,
        reply: Some(3),
        arguments: Bytes::from_static(&[0xd9, 0xd9, 0xf7, 0x81, 0x05]),
    }
}

fn reply(said: ReplyBody) -> Reply {
    Reply {
        v: VERSION,
        id: 7,
        to: "ab12".to_owned(),
        incarnation: 1_700_000_000_000_000,
        from: "cd34".to_owned(),
        said,
    }
}

fn value() -> ReplyBody {
    ReplyBody::Value {
        value: Bytes::from_static(&[0x81, 0x05]),
        is_err: true,
    }
}

fn refusal() -> ReplyBody {
    ReplyBody::Refusal {
        kind: "busy".to_owned(),
        detail: "256 are under way".to_owned(),
    }
}

fn announcement() -> Announcement {
    crate::rpc::core::instances::tests::announcement("cd34", "counter", 5, &["count", "reset"])
}

/// An envelope as a program of another version might write it.
fn changed<T: Serialize>(envelope: &T, change: impl FnOnce(&mut Vec<(Value, Value)>)) -> Vec<u8> {
    let mut value = Value::serialized(envelope).expect("an envelope is a value");
    change(value.as_map_mut().expect("an envelope is a map"));
    write(&value).expect("a value can be written")
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[track_caller]
fn comes_back<T: Serialize + Envelope + PartialEq + std::fmt::Debug>(envelope: &T) {
    let bytes = write(envelope).expect("it can be written");
    assert_eq!(read::<T>(Some(&bytes)).as_ref(), Ok(envelope));
    // What nobody knows is ignored, wherever it stands and whatever it is.
    let unknown = Value::Map(vec![(text("deep"), Value::Array(vec![Value::Null; 3]))]);
    for at_front in [0, 1] {
        let bytes = changed(envelope, |fields| {
            let place = fields.len() * at_front;
            fields.insert(place, (text("of a later version"), unknown.clone()));
        });
        assert_eq!(read::<T>(Some(&bytes)).as_ref(), Ok(envelope));
    }
    // Every beginning of it is an error, and so is every byte that is turned around, or nothing comes
    // of it that panics.
    for end in 0..bytes.len() {
        assert!(read::<T>(Some(&bytes[..end])).is_err_and(|error| !error.is_empty()));
        let mut turned = bytes.clone();
        turned[end] ^= 0xff;
        let _ = read::<T>(Some(&turned));
    }
}

#[test]
fn what_is_written_comes_back_also_with_fields_of_a_later_version() {
    comes_back(&request());
    for to in [Addressee::All, Addressee::Others] {
        comes_back(&Request {
            to,
            to_incarnation: None,
            reply: None,
            ..request()
        });
    }
    comes_back(&reply(value()));
    comes_back(&reply(refusal()));
    comes_back(&announcement());
}

#[test]
fn fields_that_came_later_may_be_missing() {
    let bytes = changed(&request(), |fields| {
        fields.retain(|(name, _)| *name != text("reply") && *name != text("to_incarnation"));
    });
    let expected = Request {
        reply: None,
        to_incarnation: None,
        ..request()
    };
    assert_eq!(read(Some(&bytes)), Ok(expected));
}

#[track_caller]
fn refused(bytes: Option<&[u8]>, expected: &str) {
    let errors = [
        read::<Request>(bytes).expect_err("it is no request"),
        read::<Reply>(bytes).expect_err("it is no reply"),
        read::<Announcement>(bytes).expect_err("it is no announcement"),
    ];
    for error in errors {
        assert!(error.contains(expected), "{error}");
        assert!(error.len() < 1000, "{error}");
    }
}

#[test]
fn what_is_no_envelope_is_an_error_that_says_what_it_is() {
    refused(None, "tombstone");
    refused(Some(b""), "");
    refused(Some(b"{\"v\":2,\"id\":7}"), "");
    refused(Some(b"hello"), "");
    refused(Some(&[0xff; 64]), "");
    // A map, a list, a text that would be longer than there are bytes.
    for head in [0xbb, 0x9b, 0x7b, 0x5b] {
        let huge = [&[head][..], &[0xff; 8], &[0x61, 0x76, 0x01]].concat();
        refused(Some(&huge), "");
    }
    let without = changed(&request(), |fields| {
        fields.retain(|(name, _)| *name != text("v"))
    });
    refused(Some(&without), "missing field `v`");
    for version in [0_u64, 1, 3, u64::from(u32::MAX)] {
        let other = changed(&request(), |fields| fields[0].1 = version.into());
        let expected = format!("it has version {version}, and this program reads version 2");
        refused(Some(&other), &expected);
    }
    for version in [
        text("2"),
        Value::Null,
        Value::from(-1),
        Value::from(u64::MAX),
    ] {
        let other = changed(&request(), |fields| fields[0].1 = version);
        refused(Some(&other), "");
    }
    let only_a_version = changed(&request(), |fields| fields.truncate(1));
    refused(Some(&only_a_version), "missing field");
}

#[test]
fn a_field_of_another_type_is_an_error() {
    let check = |name: &str, value: Value| {
        let bytes = changed(&request(), |fields| {
            let field = fields.iter_mut().find(|(field, _)| *field == text(name));
            field.expect("it is a field").1 = value;
        });
        let error = read::<Request>(Some(&bytes)).expect_err(name);
        assert!(error.contains("expected `Request`"), "{name}: {error}");
    };
    check("id", text("seven"));
    check("id", Value::from(-1));
    check("caller", Value::Null);
    check("to", text("nobody"));
    check("method", Value::from(5));
    check("deadline", Value::from(1.5));
    check("reply", Value::from(1_u64 << 40));
    check("arguments", Value::from(5));
}

#[test]
fn what_is_deep_or_large_is_an_error() {
    // Written by hand, since nobody could write it: a list in a list in a list.
    let mut bytes = vec![0xa2, 0x61, b'v', 0x01, 0x61, b'x'];
    bytes.extend(std::iter::repeat_n(0x81, 100_000));
    bytes.push(0xf6);
    refused(Some(&bytes), "");
    let large = Request {
        arguments: vec![0; Limits::PAYLOAD].into(),
        ..request()
    };
    let bytes = write(&large).expect("it can be written");
    assert!(read::<Request>(Some(&bytes)).is_err_and(|error| error.contains("16777216")));
    assert!(is_readable(&bytes).is_err_and(|error| error.contains("16777216")));
}

/// They are kept, whoever wrote them.
#[test]
fn long_names_and_long_announcements_are_errors() {
    let check = |bytes: Vec<u8>, word: &str| {
        let read = read::<Request>(Some(&bytes));
        assert!(read.is_err_and(|error| error.contains(word)), "{word}");
    };
    let longest = "n".repeat(LONGEST_NAME);
    let mut fits = request();
    fits.method.clone_from(&longest);
    comes_back(&fits);
    let mut long = request();
    long.caller.uid = format!("{longest}n");
    check(
        write(&long).expect("it can be written"),
        "name of 513 bytes",
    );
    let mut long = announcement();
    long.inputs = vec![longest; 128];
    let bytes = write(&long).expect("it can be written");
    let read = read::<Announcement>(Some(&bytes));
    assert!(read.is_err_and(|error| error.contains("at most 65536 are read")));
}

proptest! {
    #[test]
    fn any_bytes_are_an_error_or_an_envelope(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let _ = read::<Request>(Some(&bytes));
        let _ = read::<Reply>(Some(&bytes));
        let _ = read::<Announcement>(Some(&bytes));
        let written = [
            write(&request()).expect("can be written"),
            write(&reply(value())).expect("can be written"),
            write(&announcement()).expect("can be written"),
        ];
        for mut bytes in written {
            for (place, byte) in &damage {
                let place = place.index(bytes.len());
                bytes[place] = *byte;
            }
            let _ = read::<Request>(Some(&bytes));
            let _ = read::<Reply>(Some(&bytes));
            let _ = read::<Announcement>(Some(&bytes));
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of today. Programs that were built before read them: a change here is one of the wire.
#[test]
fn the_wire_does_not_change_unnoticed() {
    let check = |bytes: Result<Vec<u8>, String>, expected: Expect| {
        expected.assert_eq(&hex(&bytes.expect("can be written")));
    };
    check(
        write(&request()),
        expect![
            "d9d9f7a9617602626964076663616c6c6572a363756964646162313265636c6173736561736b65726b696e6361726e6174696f6e1b00060a24181e400062746fa1636f6e6564636433346e746f5f696e6361726e6174696f6e1b00060a24181e4001666d6574686f6465636f756e7468646561646c696e651b0000018bcfe57b88657265706c790369617267756d656e747345d9d9f78105"
        ],
    );
    let to_all = Request {
        to: Addressee::All,
        to_incarnation: None,
        reply: None,
        ..request()
    };
    check(
        write(&to_all),
        expect![
            "d9d9f7a9617602626964076663616c6c6572a363756964646162313265636c6173736561736b65726b696e6361726e6174696f6e1b00060a24181e400062746f63616c6c6e746f5f696e6361726e6174696f6ef6666d6574686f6465636f756e7468646561646c696e651b0000018bcfe57b88657265706c79f669617267756d656e747345d9d9f78105"
        ],
    );
    check(
        write(&reply(value())),
        expect![
            "d9d9f7a66176026269640762746f64616231326b696e6361726e6174696f6e1b00060a24181e40006466726f6d64636433346473616964a16576616c7565a26576616c75654281056669735f657272f5"
        ],
    );
    check(
        write(&reply(refusal())),
        expect![
            "d9d9f7a66176026269640762746f64616231326b696e6361726e6174696f6e1b00060a24181e40006466726f6d64636433346473616964a1677265667573616ca2646b696e6464627573796664657461696c713235362061726520756e64657220776179"
        ],
    );
    check(
        write(&announcement()),
        expect![
            "d9d9f7ac61760263756964646364333465636c61737367636f756e7465726567726f757067636f756e74657264686f737464686572656b696e6361726e6174696f6e056865766572795f6d731903e86776657273696f6e65312e322e3367636174656e616565302e312e3066696e707574738165776f726473676f75747075747380676d6574686f647382a5646e616d6565636f756e7469617267756d656e7473806872657475726e6564637536346b74616b65735f7374617465f46a6964656d706f74656e74f4a5646e616d6565726573657469617267756d656e7473806872657475726e6564637536346b74616b65735f7374617465f46a6964656d706f74656e74f4"
        ],
    );
}
