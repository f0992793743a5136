//! Delayed retries: what the headers of an electron on a stream of retries say.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rdkafka::message::OwnedHeaders;

use crate::kafka::client::headers;
use crate::kafka::client::record::{HeadersRef, RawHeaders};
use crate::kafka::producer::dead_letters::{Add as _, FailureReport, Signature, name};

/// What an electron on a stream of retries says about itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RetryHeaders {
    /// Milliseconds since the Unix epoch.
    pub(crate) due: u64,
    /// Attempts that failed.
    pub(crate) attempt: u32,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) timestamp: Option<i64>,
}

impl RetryHeaders {
    /// Reads those of an electron that waits for `input`.
    ///
    /// # Errors
    /// Says which header is missing or wrong: it was written by somebody else.
    pub(crate) fn read(headers: Option<HeadersRef<'_>>, input: &str) -> Result<Self, String> {
        let text = |name: &str| match headers.and_then(|headers| headers.last(name)) {
            None => Err(foreign(&format!("its header `{name}` is missing"))),
            Some(value) => std::str::from_utf8(value)
                .map_err(|_| foreign(&format!("its header `{name}` is not UTF-8"))),
        };
        let stream = text(name::STREAM)?;
        if stream != input {
            let why = format!(
                "its header `{}` says `{stream}`, not `{input}`",
                name::STREAM
            );
            return Err(foreign(&why));
        }
        Ok(Self {
            due: number(name::DUE, text(name::DUE)?)?,
            attempt: number(name::ATTEMPT, text(name::ATTEMPT)?)?,
            partition: number(name::PARTITION, text(name::PARTITION)?)?,
            offset: number(name::OFFSET, text(name::OFFSET)?)?,
            timestamp: match text(name::TIMESTAMP) {
                Ok(timestamp) => Some(number(name::TIMESTAMP, timestamp)?),
                Err(_) => None,
            },
        })
    }

    /// How long it still waits; never longer than the longest pause, whatever the header says.
    pub(crate) fn left(&self, longest: Duration) -> Duration {
        let now = since_epoch();
        Duration::from_millis(self.due)
            .saturating_sub(now)
            .min(longest)
    }
}

/// The headers of the copy of an electron that is tried again `after` now.
pub(crate) fn retry_headers(
    own: RawHeaders,
    signature: &Signature,
    report: &FailureReport<'_>,
    after: Duration,
) -> OwnedHeaders {
    let due = since_epoch().saturating_add(after).as_millis();
    signature
        .sign(stripped(own), report)
        .add(name::DUE, &due.to_string())
}

/// An electron's headers without those that a copy of it carries.
pub(crate) fn stripped(headers: RawHeaders) -> RawHeaders {
    RawHeaders(headers::without(headers.0, &name::ALL))
}

/// The time, since the Unix epoch.
fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

fn number<N: std::str::FromStr>(name: &str, text: &str) -> Result<N, String> {
    text.parse()
        .map_err(|_| foreign(&format!("its header `{name}` is `{}`", text.escape_debug())))
}

fn foreign(why: &str) -> String {
    format!("it is on a stream of retries, but no retry wrote it there: {why}")
}
