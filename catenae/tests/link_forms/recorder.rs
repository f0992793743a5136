//! An outlet that writes down what a link sends, and what drives a link into it.

use std::error::Error;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use catenae::__private::Wiring;
use catenae::__private::testing::{
    Codec, Emitter, HeaderSource, Limits, Outgoing, Outlet, Outputs, Record, Runner,
};
use catenae::{Context, Failure, FailureKind, Headers, Link, StreamName, Value};

/// A record to be read.
pub struct Message<'m> {
    value: Option<&'m str>,
    key: Option<&'m str>,
    stopping: bool,
}

impl<'m> From<Option<&'m str>> for Message<'m> {
    fn from(value: Option<&'m str>) -> Self {
        Self {
            value,
            key: None,
            stopping: false,
        }
    }
}

impl<'m> From<&'m str> for Message<'m> {
    fn from(value: &'m str) -> Self {
        Some(value).into()
    }
}

impl<'m> Message<'m> {
    pub fn with_key(self, key: &'m str) -> Self {
        Self {
            key: Some(key),
            ..self
        }
    }

    pub fn while_stopping(self) -> Self {
        Self {
            stopping: true,
            ..self
        }
    }
}

struct NoHeaders;

impl HeaderSource for NoHeaders {
    fn headers(&self) -> Result<Headers, String> {
        Ok(Headers::default())
    }
}

/// Writes down `stream key: value`, and says after so many that the micromodule stops.
struct Recorder {
    lines: Vec<String>,
    stop_after: usize,
}

impl Outlet for Recorder {
    fn send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Failure> {
        let key = outgoing.key.map(|key| format!(" {}", shown(key)));
        let value = outgoing.value.map_or("tombstone".to_owned(), shown);
        let key = key.unwrap_or_default();
        self.lines
            .push(format!("{}{key}: {value}", outgoing.stream));
        Ok(())
    }

    fn stopping(&self) -> bool {
        self.lines.len() >= self.stop_after
    }
}

/// Text in quotes, CBOR as JSON-like text, other bytes in hexadecimal.
fn shown(bytes: &[u8]) -> String {
    if bytes.starts_with(&[0xd9, 0xd9, 0xf7]) {
        let value: Value = Codec::Auto
            .decode(Some(bytes))
            .expect("it was just written");
        return plain(&value);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => format!("'{text}'"),
        Err(_) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("raw {digits}")
        }
    }
}

fn plain(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(",");
    match value {
        Value::Integer(number) => i128::from(*number).to_string(),
        Value::Text(text) => format!("'{text}'"),
        Value::Array(items) => format!("[{}]", list(items.iter().map(plain).collect())),
        Value::Map(entries) => {
            let entry = |(key, value): &(Value, Value)| format!("{}:{}", plain(key), plain(value));
            format!("{{{}}}", list(entries.iter().map(entry).collect()))
        }
        other => format!("{other:?}"),
    }
}

pub fn wiring<L: Link>() -> Wiring {
    L::wiring()
}

/// The texts of an error's sources, below the failure itself.
pub fn chain(failure: &Failure) -> String {
    let causes = std::iter::successors(failure.source(), |&cause| cause.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

fn drive(
    stop_after: usize,
    call: impl FnOnce(&mut Emitter<'_>) -> Result<(), Failure>,
) -> (Result<(), Failure>, Vec<String>) {
    let streams = ["out", "other"].map(|name| (StreamName::from(name), Codec::Auto));
    let outputs = Outputs::new(streams.into());
    let (mut recorder, mut buffer) = (
        Recorder {
            lines: Vec::new(),
            stop_after,
        },
        Vec::new(),
    );
    let result = call(&mut Emitter::new(&mut recorder, &outputs, &mut buffer));
    (result, recorder.lines)
}

/// Hands a running link one record.
pub fn step<'m>(
    runner: &mut dyn Runner,
    message: impl Into<Message<'m>>,
) -> Result<Vec<String>, Failure> {
    let message = message.into();
    let stream = StreamName::from("in");
    let record = Record {
        stream: &stream,
        input: Some(0),
        codec: Codec::Auto,
        partition: 2,
        offset: 7,
        timestamp: None,
        key: message.key.map(str::as_bytes),
        value: message.value.map(str::as_bytes),
        headers: &NoHeaders,
        limits: Limits::default(),
    };
    let stop_after = if message.stopping { 0 } else { usize::MAX };
    let (result, lines) = drive(stop_after, |emitter| runner.step(record, emitter));
    result.map(|()| lines)
}

/// What one call of a source sends before its context is asked to stop, and how it ends then.
///
/// The source says through `pending` that it waits for something that never comes.
///
/// # Panics
/// When it does not end within ten seconds.
pub fn stopped_while_pending<L: Link>(
    pending: &Receiver<()>,
) -> (Result<(), FailureKind>, Vec<String>) {
    const LIMIT: Duration = Duration::from_secs(10);
    let detached = Context::detached();
    let context = (*detached).clone();
    let (ended, end) = channel();
    let source = thread::spawn(move || {
        let mut runner = (wiring::<L>().open)(&detached).expect("the state is built");
        let (result, lines) = drive(usize::MAX, |emitter| runner.produce(emitter));
        let _ = ended.send((result.map_err(|failure| failure.kind()), lines));
    });
    pending.recv_timeout(LIMIT).expect("the source waits");
    context.stop("the test asks for it");
    let outcome = end.recv_timeout(LIMIT).expect("the source ends");
    source.join().expect("the source does not panic");
    outcome
}

fn open<L: Link>() -> Box<dyn Runner> {
    (wiring::<L>().open)(&Context::detached()).expect("the state is built")
}

/// What a link sends for one record.
pub fn check<'m, L: Link>(message: impl Into<Message<'m>>, expected: &[&str]) {
    let sent = step(&mut *open::<L>(), message).expect("the link works");
    assert_eq!(sent, expected, "{}", L::SPEC.class);
}

/// How a link fails on one record.
pub fn failure<'m, L: Link>(message: impl Into<Message<'m>>) -> Failure {
    step(&mut *open::<L>(), message).expect_err("the link fails")
}

/// How a link fails on one record, and with which causes.
pub fn check_failure<L: Link>(message: &str, kind: FailureKind, causes: &str) {
    let failure = failure::<L>(message);
    assert_eq!(failure.kind(), kind, "{}", L::SPEC.class);
    assert_eq!(chain(&failure), causes, "{}", L::SPEC.class);
}

/// What one call of a source sends, when the micromodule stops after so many electrons.
pub fn check_source<L: Link>(stop_after: usize, expected: Result<(), &str>, lines: &[&str]) {
    let (result, sent) = drive(stop_after, |emitter| open::<L>().produce(emitter));
    assert_eq!(sent, lines, "{}", L::SPEC.class);
    assert_eq!(
        result.map_err(|failure| chain(&failure)).err().as_deref(),
        expected.err()
    );
}
