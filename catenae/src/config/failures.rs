//! What is done about failures, as people write it: `--retry`, `--on-error`, `--give-up-cap`.

use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::outcome::{FailurePolicy, GiveUpCap, OnError, OnErrors, Retry, RetryWait};
use crate::spec::error::ConfigError;

/// The first and the longest pause between two attempts, unless somebody says otherwise.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));
const DAY: Duration = Duration::from_secs(86_400);
const RETRY: &str = "write `max=5` and optionally `backoff=100ms..10s`, `jitter` and either \
    `park` or `delayed`, separated by commas; or write `none`";
const ON_ERROR: &str = "write `fail`, `skip` or `dead_letter`, or for single kinds of failure \
                        `decode=dead_letter,handler=skip,panic=fail`";
const CAP: &str = "write `run=100`, `percent=10` or both, separated by a comma";

/// Reads what `--retry` takes.
///
/// # Errors
/// Says what is accepted.
pub(crate) fn retry(text: &str) -> Result<Option<Retry>, ConfigError> {
    if text.trim() == "none" {
        return Ok(None);
    }
    let (mut max, mut backoff, mut jitter, mut waiting) = (None, None, None, None);
    for part in parts(text) {
        let fresh = match part {
            ("max", Some(value)) => max.replace(number(value, 1..=1000)?).is_none(),
            ("backoff", Some(value)) => backoff.replace(span(value)?).is_none(),
            ("jitter", None) => jitter.replace(()).is_none(),
            ("park", None) => waiting.replace(RetryWait::Parked).is_none(),
            ("delayed", None) => waiting.replace(RetryWait::Delayed).is_none(),
            _ => false,
        };
        if !fresh {
            return Err(ConfigError::value(text, RETRY));
        }
    }
    let (first, longest) = backoff.unwrap_or(BACKOFF);
    let max = max.ok_or_else(|| ConfigError::value(text, RETRY))?;
    Ok(Some(Retry {
        max,
        first,
        longest,
        jitter: jitter.is_some(),
        waiting: waiting.unwrap_or_default(),
    }))
}

/// Reads what `--on-error` takes; a kind that is not named fails.
///
/// # Errors
/// Says what is accepted.
pub(crate) fn on_error(text: &str) -> Result<OnErrors, ConfigError> {
    let wrong = || ConfigError::value(text, ON_ERROR);
    if let Some(all) = one_on_error(text.trim()) {
        return Ok(OnErrors {
            decode: all,
            handler: all,
            panic: all,
        });
    }
    let (mut decode, mut handler, mut panic) = (None, None, None);
    for (kind, value) in parts(text) {
        let kind = match kind {
            "decode" => &mut decode,
            "handler" => &mut handler,
            "panic" => &mut panic,
            _ => return Err(wrong()),
        };
        let value = value.and_then(one_on_error).ok_or_else(wrong)?;
        if kind.replace(value).is_some() {
            return Err(wrong());
        }
    }
    Ok(OnErrors {
        decode: decode.unwrap_or_default(),
        handler: handler.unwrap_or_default(),
        panic: panic.unwrap_or_default(),
    })
}

fn one_on_error(text: &str) -> Option<OnError> {
    match text {
        "fail" => Some(OnError::Fail),
        "skip" => Some(OnError::Skip),
        "dead_letter" | "dead-letter" => Some(OnError::DeadLetter),
        _ => None,
    }
}

/// Reads what `--give-up-cap` takes; what is not named keeps its default.
///
/// # Errors
/// Says what is accepted.
pub(crate) fn cap(text: &str) -> Result<GiveUpCap, ConfigError> {
    let (mut run, mut percent) = (None, None);
    for part in parts(text) {
        let fresh = match part {
            ("run", Some(value)) => run.replace(number(value, 1..=1_000_000)?).is_none(),
            ("percent", Some(value)) => percent.replace(number(value, 1..=100)?).is_none(),
            _ => false,
        };
        if !fresh {
            return Err(ConfigError::value(text, CAP));
        }
    }
    let default = FailurePolicy::NONE.cap;
    Ok(GiveUpCap {
        run: run.unwrap_or(default.run),
        percent: percent.unwrap_or(default.percent),
    })
}

/// The parts between the commas, each with the value behind its `=`.
fn parts(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    text.split(',').map(|part| match part.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim())),
        None => (part.trim(), None),
    })
}

fn number(text: &str, range: RangeInclusive<u32>) -> Result<u32, ConfigError> {
    let wanted = || {
        let (least, most) = (range.start(), range.end());
        ConfigError::value(text, format!("write a whole number from {least} to {most}"))
    };
    let number = text.parse().map_err(|_| wanted())?;
    range.contains(&number).then_some(number).ok_or_else(wanted)
}

/// Two periods, the first pause and the longest, or one that is both.
fn span(text: &str) -> Result<(Duration, Duration), ConfigError> {
    let (first, longest) = text.split_once("..").unwrap_or((text, text));
    let (first, longest) = (period(first.trim())?, period(longest.trim())?);
    if first > longest {
        let wanted = "write the first pause, `..`, and the longest: `100ms..10s`";
        return Err(ConfigError::value(text, wanted));
    }
    Ok((first, longest))
}

/// A whole number and a unit.
fn period(text: &str) -> Result<Duration, ConfigError> {
    let wanted = || {
        let wanted = "write a whole number and a unit, `ms`, `s`, `m` or `h`, from `1ms` to `24h`";
        ConfigError::value(text, wanted)
    };
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit: u64 = match unit.trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wanted()),
    };
    let number: u64 = number.parse().map_err(|_| wanted())?;
    let period = number.checked_mul(unit).map(Duration::from_millis);
    period
        .filter(|period| !period.is_zero() && *period <= DAY)
        .ok_or_else(wanted)
}

/// A retry as `--retry` takes it.
pub(crate) fn retry_text(retry: &Retry) -> String {
    let (first, longest) = (period_text(retry.first), period_text(retry.longest));
    let mut text = format!("max={},backoff={first}", retry.max);
    if longest != first {
        text.push_str("..");
        text.push_str(&longest);
    }
    if retry.jitter {
        text.push_str(",jitter");
    }
    text.push_str(match retry.waiting {
        RetryWait::InPlace => "",
        RetryWait::Parked => ",park",
        RetryWait::Delayed => ",delayed",
    });
    text
}

fn period_text(period: Duration) -> String {
    match period.as_millis() {
        millis if millis % 3_600_000 == 0 => format!("{}h", millis / 3_600_000),
        millis if millis % 60_000 == 0 => format!("{}m", millis / 60_000),
        millis if millis % 1_000 == 0 => format!("{}s", millis / 1_000),
        millis => format!("{millis}ms"),
    }
}

/// What is done for each kind of failure as `--on-error` takes it.
pub(crate) fn on_error_text(giving: &OnErrors) -> String {
    let OnErrors {
        decode,
        handler,
        panic,
    } = giving;
    if decode == handler && handler == panic {
        return on_error_word(*decode).to_owned();
    }
    let mut text = String::new();
    for (kind, value) in [("decode", decode), ("handler", handler), ("panic", panic)] {
        if *value != OnError::Fail {
            let comma = if text.is_empty() { "" } else { "," };
            // A String takes any text.
            let _ = write!(text, "{comma}{kind}={}", on_error_word(*value));
        }
    }
    text
}

/// A cap as `--give-up-cap` takes it.
pub(crate) fn cap_text(cap: &GiveUpCap) -> String {
    format!("run={},percent={}", cap.run, cap.percent)
}

/// One choice as people write it.
pub(crate) fn on_error_word(value: OnError) -> &'static str {
    match value {
        OnError::Fail => "fail",
        OnError::Skip => "skip",
        OnError::DeadLetter => "dead_letter",
    }
}

#[cfg(test)]
mod tests;
