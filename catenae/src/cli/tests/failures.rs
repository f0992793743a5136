//! The flags of what becomes of failures: retries, policies, the cap.

use std::time::Duration;

use crate::outcome::{GiveUpCap, OnError, OnErrors, Retry, RetryWait};

use super::*;

#[test]
fn retry() {
    let retry = Retry {
        max: 5,
        first: Duration::from_millis(100),
        longest: Duration::from_secs(10),
        jitter: false,
        waiting: RetryWait::InPlace,
    };
    let whole = Retry {
        first: Duration::from_secs(1),
        longest: Duration::from_secs(60),
        jitter: true,
        waiting: RetryWait::Parked,
        ..retry
    };
    check(
        "--retry",
        "CATENAE_RETRY",
        |config, _| config.policy.retry,
        None,
        &[
            ("max=5", Some(retry)),
            ("none", None),
            ("max=5,backoff=1s..1m,jitter,park", Some(whole)),
        ],
        &[
            (
                "5",
                "`5` is not accepted: write `max=5` and optionally `backoff=",
            ),
            (
                "max=0",
                "`0` is not accepted: write a whole number from 1 to 1000",
            ),
        ],
    );
    let declared = SINGLE.retry(3, 100, 10_000).retry_jitter();
    let kept = run(&declared, "").ok().unwrap().policy.retry;
    assert_eq!(
        kept,
        Some(Retry {
            max: 3,
            jitter: true,
            ..retry
        })
    );
    let none = run(&declared, "--retry none").ok().unwrap().policy.retry;
    assert_eq!(none, None);
}

#[test]
fn on_error() {
    check(
        "--on-error",
        "CATENAE_ON_ERROR",
        |config, _| config.policy.on_error,
        OnErrors::default(),
        &[
            ("skip", every(OnError::Skip)),
            ("fail", OnErrors::default()),
            (
                "decode=dead_letter,panic=skip",
                OnErrors {
                    decode: OnError::DeadLetter,
                    handler: OnError::Fail,
                    panic: OnError::Skip,
                },
            ),
        ],
        &[(
            "ignore",
            "`ignore` is not accepted: write `fail`, `skip` or `dead_letter`",
        )],
    );
}

#[test]
fn give_up_cap() {
    let spec = SINGLE.on_decode(OnError::Skip).cap(7, 3);
    let cap = |line: &str| run(&spec, line).ok().unwrap().policy.cap;
    assert_eq!(cap(""), GiveUpCap { run: 7, percent: 3 });
    assert_eq!(
        cap("--give-up-cap run=1"),
        GiveUpCap {
            run: 1,
            percent: 10
        }
    );
    // The attribute's cap has nothing to count then, which nobody has to be told.
    assert_eq!(cap("--on-error fail"), GiveUpCap { run: 7, percent: 3 });
    let line = "--on-error skip --give-up-cap percent=0";
    refused(
        mapper(line, &[]),
        "`--give-up-cap`: `0` is not accepted: write a whole number",
    );
    refused(
        mapper("--give-up-cap run=5", &[]),
        "`Mapper`: `--give-up-cap run=5` is not possible here: no electron is given up while",
    );
}
