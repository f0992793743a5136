//! The truth table read from its documentation, pauses, and caps against a naive model.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// Different in every column, so that no column can be taken for another.
const GIVING: OnErrors = OnErrors {
    decode: OnError::Skip,
    handler: OnError::DeadLetter,
    panic: OnError::Fail,
};

const RETRY: Retry = Retry {
    max: 2,
    first: Duration::from_millis(100),
    longest: Duration::from_millis(300),
    jitter: false,
    waiting: RetryWait::Parked,
};

fn kind(name: &str) -> FailureKind {
    match name {
        "Decode" => FailureKind::Decode,
        "Handler" => FailureKind::Handler,
        "Panic" => FailureKind::Panic,
        "Encode" => FailureKind::Encode,
        "Delivery" => FailureKind::Delivery,
        "Refused" => FailureKind::Refused,
        "Held" => FailureKind::Held,
        "Lifecycle" => FailureKind::Lifecycle,
        "Stopping" => FailureKind::Stopping,
        _ => panic!("the table has an unknown kind `{name}`"),
    }
}

#[test]
fn the_table_is_what_is_decided() {
    let policy = FailurePolicy {
        retry: Some(RETRY),
        on_error: GIVING,
        ..FailurePolicy::NONE
    };
    let source = include_str!("policy.rs");
    let rows = source
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `"));
    let mut seen = 0;
    for row in rows {
        let cells: Vec<&str> = row
            .split('|')
            .map(|cell| cell.trim_matches([' ', '`']))
            .collect();
        let [failure, retried, then, ""] = cells[..] else {
            panic!("not a row of three cells: {row}");
        };
        seen += 1;
        let then = match then {
            "decode" => Verdict::Skip,
            "handler" => Verdict::DeadLetter,
            "panic" | "fail" => Verdict::Fail,
            "leave" => Verdict::Leave,
            _ => panic!("unknown: {then}"),
        };
        let first = if retried == "yes" {
            Verdict::Retry {
                after: RETRY.first,
                waiting: RetryWait::Parked,
            }
        } else {
            then
        };
        assert_eq!(policy.decide(kind(failure), 1, 0), first, "{failure}");
        let last = matches!(policy.decide(kind(failure), 2, 0), Verdict::Retry { .. });
        assert_eq!(
            last,
            retried == "yes",
            "{failure}: `max` retries after the first attempt"
        );
        assert_eq!(policy.decide(kind(failure), 3, 0), then, "{failure}");
        let at_once = FailurePolicy {
            retry: None,
            ..policy
        };
        assert_eq!(at_once.decide(kind(failure), 1, 0), then, "{failure}");
    }
    assert_eq!(seen, 9, "every kind has a row");
}

#[test]
fn pauses_double_up_to_the_longest() {
    let check = |retry: Retry, failed: u32, draw: u64, millis: u64| {
        let after = retry.pause(failed, draw);
        assert_eq!(after, Duration::from_millis(millis), "{failed}, {draw}");
    };
    check(RETRY, 1, 7, 100);
    check(RETRY, 2, 7, 200);
    check(RETRY, 3, 7, 300);
    check(RETRY, u32::MAX, 7, 300);
    let jitter = Retry {
        jitter: true,
        ..RETRY
    };
    check(jitter, 1, 0, 50);
    check(jitter, 1, 50_000_000, 100);
    check(jitter, 1, 50_000_001, 50);
    let never = Retry {
        first: Duration::MAX,
        longest: Duration::MAX,
        ..jitter
    };
    assert!(never.pause(40, u64::MAX) >= Duration::MAX / 2);
}

proptest! {
    #[test]
    fn a_pause_is_between_half_and_whole(failed: u32, draw: u64, first in 0..10_000_u64, longest in 0..10_000_u64) {
        let retry = Retry {
            first: Duration::from_millis(first),
            longest: Duration::from_millis(longest),
            ..RETRY
        };
        let whole = retry.pause(failed, 0);
        prop_assert!(whole <= retry.longest);
        let drawn = Retry { jitter: true, ..retry }.pause(failed, draw);
        prop_assert!(whole / 2 <= drawn && drawn <= whole, "{drawn:?} of {whole:?}");
    }

    #[test]
    fn caps_are_those_of_a_list(
        run in 0..30_u32,
        percent in 0..=100_u32,
        bad in prop::collection::vec(prop::bool::weighted(0.2), 0..2500),
    ) {
        let mut meter = CapMeter::new(GiveUpCap { run, percent });
        let mut over: Vec<bool> = Vec::new();
        for bad in bad {
            if !bad {
                meter.handled();
                over.push(false);
                continue;
            }
            let in_a_row = 1 + over.iter().rev().take_while(|given_up| **given_up).count();
            let window = &over[over.len().saturating_sub(999)..];
            let given_up = 1 + window.iter().filter(|given_up| **given_up).count();
            let share = over.len() + 1 >= 100 && given_up * 100 > percent as usize * (window.len() + 1);
            let allowed = in_a_row <= run as usize && !share;
            let said = meter.give_up();
            prop_assert_eq!(said.is_ok(), allowed, "{:?} after {}", said, over.len());
            if allowed {
                over.push(true);
            } else {
                // The micromodule stops; here it goes on as if it had been handled.
                meter.handled();
                over.push(false);
            }
        }
    }
}
