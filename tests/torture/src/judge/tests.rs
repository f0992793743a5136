//! What each mode allows after which faults.

use std::time::Duration;

use super::{FROM_BEGINNING, Lag, is_allowed, judge};
use crate::checker::{Findings, Kind as Found};
use crate::fleet::{Cause, End};
use crate::mode::Mode;
use crate::schedule::Kind as Fault;

#[test]
fn what_a_mode_allows() {
    let table = [
        (Found::Lost, Mode::Default, Fault::Kill, false),
        (Found::Lost, Mode::ExactlyOnce, Fault::Kill, false),
        (Found::Lost, Mode::AtMostOnce, Fault::Kill, true),
        (Found::Repeated, Mode::Default, Fault::Kill, true),
        (Found::Repeated, Mode::Default, Fault::Term, false),
        (Found::Repeated, Mode::Sync, Fault::Scale, false),
        (Found::Repeated, Mode::ExactlyOnce, Fault::Kill, false),
        (Found::Repeated, Mode::AtMostOnce, Fault::Kill, false),
        (Found::DeadLetterRepeated, Mode::Seq, Fault::Kill, true),
        (Found::DeadLetterRepeated, Mode::Seq, Fault::Term, false),
        (Found::RepeatedBehind, Mode::Default, Fault::Term, true),
        (Found::RepeatedBehind, Mode::Default, Fault::Poison, false),
        (Found::RepeatedBehind, Mode::ExactlyOnce, Fault::Kill, false),
        (Found::RepeatedBehind, Mode::AtMostOnce, Fault::Kill, false),
        (Found::Overtaken, Mode::Default, Fault::Kill, false),
        (Found::Overtaken, Mode::Default, Fault::Stop, true),
        (Found::Overtaken, Mode::ExactlyOnce, Fault::Stop, false),
        (Found::OutOfOrder, Mode::Default, Fault::Stop, false),
        (Found::OutOfOrder, Mode::Default, Fault::Limits, true),
        (Found::OutOfOrder, Mode::ExactlyOnce, Fault::Limits, false),
        (Found::WrittenTwice, Mode::Default, Fault::Kill, false),
        (Found::WrittenTwice, Mode::AtMostOnce, Fault::Broker, true),
        (Found::WrittenTwice, Mode::ExactlyOnce, Fault::Broker, false),
        (Found::Premature, Mode::Default, Fault::Net, false),
        (Found::Unfinished, Mode::Default, Fault::Net, false),
        (Found::Phantom, Mode::AtMostOnce, Fault::Net, false),
    ];
    for (found, mode, fault, expected) in table {
        let allowed = is_allowed(found, mode, &[fault]);
        assert_eq!(allowed, expected, "{found}, {mode}, {fault:?}");
    }
}

fn end(cause: Cause) -> End {
    End {
        process: "relay-0-1".to_owned(),
        cause,
        code: Some(1),
        took: Some(Duration::from_secs(11)),
        last_error: Some("the end".to_owned()),
        arguments: Vec::new(),
    }
}

#[test]
fn an_end_has_its_time_and_its_reason() {
    let none = Findings::default();
    let broken = |cause, fault| judge(Mode::Default, &[fault], &none, &[], &[end(cause)]);
    assert!(broken(Cause::Killed, Fault::Kill).is_empty());
    assert!(broken(Cause::Asked, Fault::Term).is_empty());
    assert!(broken(Cause::Itself, Fault::Panic).is_empty());
    assert!(broken(Cause::Itself, Fault::Kill)[0].contains("ended by itself"));
    assert!(broken(Cause::Overdue, Fault::Net)[0].contains("within 10 s"));
}

#[test]
fn a_partition_left_behind_is_named() {
    let lag = Lag {
        flow: "relay".to_owned(),
        stream: "a".to_owned(),
        partition: 2,
        committed: Some(5),
        end: 9,
    };
    let broken = judge(Mode::Default, &[], &Findings::default(), &[lag], &[]);
    assert_eq!(broken, ["relay is not done with a[2]: 5 committed of 9"]);
}

#[test]
fn a_stream_that_was_created_again_ends_who_was_not_told_to_go_on() {
    const RECREATED: &str =
        "input stream `c` was deleted and created again (its id was x, and is y now)";
    const GONE: &str = "an input stream no longer exists: create it";
    const VANISHED: &str = "electrons vanished before they were read (stream `c`)";
    let (recreate, net) = (&[Fault::Recreate], &[Fault::Net]);
    let table = [
        (RECREATED, false, recreate, true),
        (RECREATED, true, recreate, false),
        (RECREATED, true, net, false),
        (RECREATED, false, &[Fault::Kill], false),
        (GONE, true, recreate, true),
        (VANISHED, false, recreate, false),
        (VANISHED, false, net, false),
        ("ordered to fail", false, recreate, false),
    ];
    for (why, told, faults, expected) in table {
        let end = End {
            last_error: Some(why.to_owned()),
            arguments: FROM_BEGINNING[usize::from(!told) * 2..]
                .iter()
                .map(|&word| word.to_owned())
                .collect(),
            ..end(Cause::Itself)
        };
        let broken = judge(Mode::Default, faults, &Findings::default(), &[], &[end]);
        assert_eq!(broken.is_empty(), expected, "{why}, {told}, {faults:?}");
    }
}
