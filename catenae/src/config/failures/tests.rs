//! What is read of retries, policies and caps, and what is refused.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

const fn times(max: u32) -> Retry {
    let (first, longest) = BACKOFF;
    Retry {
        max,
        first,
        longest,
        jitter: false,
        waiting: RetryWait::InPlace,
    }
}

#[test]
fn retries() {
    let check = |text: &str, expected: Option<Retry>| {
        assert_eq!(retry(text), Ok(expected), "{text}");
        let written = expected.map_or_else(|| "none".to_owned(), |retry| retry_text(&retry));
        assert_eq!(retry(&written), Ok(expected), "{written}");
    };
    check("none", None);
    check("max=5", Some(times(5)));
    let waiting = |waiting| Retry {
        waiting,
        ..times(1000)
    };
    check("max=1000,park", Some(waiting(RetryWait::Parked)));
    check("delayed, max=1000", Some(waiting(RetryWait::Delayed)));
    let all = Retry {
        first: SECOND,
        longest: 90 * SECOND,
        jitter: true,
        ..waiting(RetryWait::Parked)
    };
    check("max=1000,backoff=1s..90s,jitter,park", Some(all));
    let even = Retry {
        first: SECOND,
        longest: SECOND,
        ..times(2)
    };
    check("max=2,backoff=1s", Some(even));
    check("max = 2, backoff = 1000ms .. 1s", Some(even));
}

#[test]
fn bad_retries() {
    let check = |text: &str, part: &str, wanted: &str| {
        let expected = Err(ConfigError::value(part, wanted));
        assert_eq!(retry(text), expected, "{text}");
    };
    for text in ["", "jitter", "max", "max=5,park,delayed", "max=5,max=6"] {
        check(text, text, RETRY);
    }
    for text in ["max=5,jitter=true", "max=5,", "max=5,wait", "none,max=5"] {
        check(text, text, RETRY);
    }
    let number = "write a whole number from 1 to 1000";
    for bad in ["0", "1001", "-1", "x", "1.5"] {
        check(&format!("max={bad}"), bad, number);
    }
    let unit = "write a whole number and a unit, `ms`, `s`, `m` or `h`, from `1ms` to `24h`";
    for bad in ["5", "0s", "25h", "1d", "", "1.5s"] {
        check(&format!("max=1,backoff={bad}"), bad, unit);
        check(&format!("max=1,backoff=1ms..{bad}"), bad, unit);
    }
    let order = "write the first pause, `..`, and the longest: `100ms..10s`";
    check("max=1,backoff=2s..1s", "2s..1s", order);
}

#[test]
fn what_is_done_with_errors() {
    use OnError::{DeadLetter, Fail, Skip};
    let check = |text: &str, decode, handler, panic| {
        let expected = OnErrors {
            decode,
            handler,
            panic,
        };
        assert_eq!(on_error(text), Ok(expected), "{text}");
        assert_eq!(on_error(&on_error_text(&expected)), Ok(expected), "{text}");
    };
    check("fail", Fail, Fail, Fail);
    check(" skip ", Skip, Skip, Skip);
    check("dead_letter", DeadLetter, DeadLetter, DeadLetter);
    check("dead-letter", DeadLetter, DeadLetter, DeadLetter);
    check("decode=dead_letter", DeadLetter, Fail, Fail);
    check("panic=fail, handler=skip", Fail, Skip, Fail);
    check(
        "decode=skip,handler=skip,panic=dead_letter",
        Skip,
        Skip,
        DeadLetter,
    );
    for text in [
        "",
        "ignore",
        "decode",
        "decode=x",
        "decode=skip,decode=fail",
        "skip,fail",
    ] {
        let expected = Err(ConfigError::value(text, ON_ERROR));
        assert_eq!(on_error(text), expected, "{text}");
    }
}

#[test]
fn caps() {
    let check = |text: &str, run, percent| {
        assert_eq!(cap(text), Ok(GiveUpCap { run, percent }), "{text}");
    };
    check("run=7,percent=3", 7, 3);
    check("percent=100", 100, 100);
    check("run=1000000", 1_000_000, 10);
    for text in ["", "7", "run", "run=1,run=2", "share=3"] {
        let expected = Err(ConfigError::value(text, CAP));
        assert_eq!(cap(text), expected, "{text}");
    }
    let hundred = "write a whole number from 1 to 100";
    let expected = Err(ConfigError::value("101", hundred));
    assert_eq!(cap("percent=101"), expected);
    assert!(cap("run=0").is_err());
}
