//! What is changed of a copy, in which order, and what its headers say then.

use super::*;
use crate::kafka::producer::dead_letters::name;

const CODES: [RDKafkaErrorCode; 6] = [
    RDKafkaErrorCode::InvalidTimestamp,
    RDKafkaErrorCode::InvalidRecord,
    RDKafkaErrorCode::MessageSizeTooLarge,
    RDKafkaErrorCode::MessageBatchTooLarge,
    RDKafkaErrorCode::PolicyViolation,
    RDKafkaErrorCode::UnsupportedForMessageFormat,
];

fn signed() -> OwnedHeaders {
    OwnedHeaders::new()
        .add("own", "header")
        .add(name::ERROR, &"é".repeat(1000))
        .add(name::STREAM, "in.put")
        .add(name::PARTITION, "3")
        .add(name::OFFSET, "17")
}

fn copy<'c>(stream: &'c StreamName, value: &'c [u8], purpose: Purpose) -> ForwardCopy<'c> {
    ForwardCopy {
        stream,
        key: None,
        value: Some(value),
        headers: signed(),
        timestamp: Some(5),
        purpose,
    }
}

fn header(copy: &ForwardCopy<'_>, name: &str) -> Option<String> {
    let value = headers::last(copy.headers.as_borrowed(), name)?;
    Some(String::from_utf8(value.to_vec()).expect("UTF-8"))
}

/// What is done until nothing would help any more.
fn remedies(mut copy: ForwardCopy<'_>, code: RDKafkaErrorCode) -> Vec<CopyChange> {
    let mut done = Vec::new();
    while let Some(change) = copy.remedy(code) {
        assert!(done.len() < 10, "{code:?}: it goes on and on: {done:?}");
        done.push(change);
        copy = copy.change(change);
        let listed = CopyChange::listed(HeadersRef(copy.headers.as_borrowed()));
        let mut sorted = done.clone();
        sorted.sort();
        assert_eq!(listed, sorted, "the header lists them");
    }
    done
}

#[test]
fn each_refusal_has_its_remedies_and_they_come_to_an_end() {
    let (stream, value) = (StreamName::from("x"), vec![b'v'; 5000]);
    let check = |code, purpose, expected: &[CopyChange]| {
        assert_eq!(
            remedies(copy(&stream, &value, purpose), code),
            expected,
            "{code:?}"
        );
    };
    use CopyChange::{Headers, Key, Timestamp, Value};
    use RDKafkaErrorCode as Code;
    check(Code::InvalidTimestamp, Purpose::DeadLetter, &[Timestamp]);
    check(Code::InvalidRecord, Purpose::DeadLetter, &[Key, Timestamp]);
    check(
        Code::MessageSizeTooLarge,
        Purpose::DeadLetter,
        &[Value, Headers],
    );
    check(
        Code::PolicyViolation,
        Purpose::DeadLetter,
        &[Timestamp, Key, Headers, Value],
    );
    check(Code::MessageSizeTooLarge, Purpose::Retry, &[]);
    check(Code::InvalidRecord, Purpose::Retry, &[Key, Timestamp]);
    let stream = StreamName::from("y".repeat(240));
    for code in CODES {
        let mut long = copy(&stream, &value, Purpose::DeadLetter);
        long.headers = long.headers.add(name::STREAM, stream.as_str());
        long.key = Some(Cow::Owned(vec![b'k'; 5000]));
        remedies(long, code);
    }
}

#[test]
fn a_changed_copy_tells_what_it_was() {
    let (stream, value) = (StreamName::from("x"), vec![b'v'; 5000]);
    let mut large = copy(&stream, &value, Purpose::DeadLetter);
    large.key = Some(Cow::Owned(vec![b'k'; 300]));
    let before = large.size();
    let large = large
        .change(CopyChange::Value)
        .change(CopyChange::Headers)
        .change(CopyChange::Key);
    assert_eq!(large.value.map(<[u8]>::len), Some(VALUE_KEPT));
    assert_eq!(header(&large, name::VALUE_LENGTH).as_deref(), Some("5000"));
    assert_eq!(large.key.as_deref(), Some(&b"in.put-3-17"[..]));
    assert_eq!(header(&large, name::KEY_LENGTH).as_deref(), Some("300"));
    assert_eq!(header(&large, "own"), None);
    assert_eq!(
        header(&large, name::CHANGED).as_deref(),
        Some("key value headers")
    );
    let reason = header(&large, name::ERROR).expect("a reason");
    assert!(
        reason.starts_with('é') && reason.len() <= REASON_KEPT + 2,
        "{reason}"
    );
    assert!(large.size() < before - 5000, "{} of {before}", large.size());
    let timed = copy(&stream, &value, Purpose::DeadLetter).change(CopyChange::Timestamp);
    assert_eq!((timed.timestamp, timed.value), (None, Some(&value[..])));
    assert_eq!(header(&timed, "own").as_deref(), Some("header"));
}

#[test]
fn an_electron_that_waits_under_another_key_keeps_its_own() {
    let stream = StreamName::from("x");
    for key in [None, Some(&b"\xff"[..])] {
        let mut waiting = copy(&stream, b"", Purpose::Retry);
        waiting.key = key.map(Cow::Borrowed);
        let waiting = waiting.change(CopyChange::Key);
        assert_eq!(waiting.key.as_deref(), Some(&b"in.put-3-17"[..]));
        assert_eq!(headers::last(waiting.headers.as_borrowed(), name::KEY), key);
    }
}
