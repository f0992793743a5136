//! Hears what all clients of this process say about their connections, and tells each trouble once.

use std::ffi::CStr;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::bindings as native;
use rdkafka::client::{Client, ClientContext};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::log;
use crate::connection::{self, Login, Report, ReportAction, ReportedConnections};

/// How librdkafka marks its lines about a connection that failed.
const FAILED: &str = "FAIL";
/// How it marks an error that it raises, where it cannot hand it over as one.
const RAISED: &str = "ERROR";

/// What the clients of one process have said about their connections.
pub(crate) struct Connections {
    book: Mutex<ReportedConnections>,
    began: Instant,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").finish_non_exhaustive()
    }
}

impl Connections {
    pub(crate) fn new() -> Self {
        Self {
            book: Mutex::default(),
            began: Instant::now(),
        }
    }

    fn book(&self) -> MutexGuard<'_, ReportedConnections> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a client with certain settings says what it has to say; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Reporter {
    connections: Arc<Connections>,
    login: Arc<Login>,
    /// What errors there are is told by who uses the client.
    discreet: bool,
}

impl Reporter {
    /// That of a client with the settings `client`.
    pub(crate) fn new(connections: &Arc<Connections>, client: &ClientConfig) -> Self {
        let setting = |name: &str| match name {
            // Both are names of the same setting.
            "sasl.mechanisms" => client.get(name).or_else(|| client.get("sasl.mechanism")),
            name => client.get(name),
        };
        Self {
            connections: Arc::clone(connections),
            login: Arc::new(Login::of(setting)),
            discreet: false,
        }
    }

    /// The same for a client whose errors are told by who uses it.
    pub(crate) fn discreet(&self) -> Self {
        Self {
            discreet: true,
            ..self.clone()
        }
    }

    /// That of a client that belongs to no program.
    #[cfg(test)]
    pub(crate) fn detached() -> Self {
        Self::new(&Arc::new(Connections::new()), &ClientConfig::new())
    }

    /// Takes a line of the client's log.
    pub(crate) fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        let is_report = facility == FAILED && !matches!(level, RDKafkaLogLevel::Debug);
        match Report::parse(text).filter(|_| is_report) {
            Some(report) => self.hear(report),
            // An error that nobody has polled for yet; those about connections are reports as well.
            None if facility == RAISED => tracing::debug!("kafka: {text}"),
            None => log::line(level, facility, text),
        }
    }

    /// Takes an error that the client raises. Those about connections stand in its log as well, where
    /// they say more.
    pub(crate) fn error(&self, error: &KafkaError, reason: &str) {
        let code = error.rdkafka_error_code();
        if code == Some(RDKafkaErrorCode::PartitionEOF) {
            // Asked for where it is of interest.
        } else if self.discreet
            || code.is_some_and(is_of_connections)
            || Report::parse(reason).is_some()
        {
            tracing::debug!("kafka: {reason}");
        } else {
            let now = self.now();
            match self.connections.book().hear_words(reason, now) {
                ReportAction::Fresh => tracing::warn!("kafka: {reason}"),
                ReportAction::Known => tracing::debug!("kafka: {reason}"),
            }
        }
    }

    fn hear(&self, report: Report) {
        let text = connection::told(&report, &self.login);
        let now = self.now();
        match self.connections.book().hear(report, now) {
            ReportAction::Fresh => tracing::warn!("kafka: {text}; the client keeps trying"),
            ReportAction::Known => tracing::debug!("kafka: {text}"),
        }
    }

    /// A broker has answered a question: from now on trouble is told when it comes.
    pub(crate) fn answered(&self) {
        self.connections.book().answer();
    }

    /// Who the client is, for a sentence.
    pub(crate) fn who(&self) -> String {
        self.login.who()
    }

    /// The time since some start, for [`explain`](Self::explain).
    pub(crate) fn now(&self) -> Duration {
        self.connections.began.elapsed()
    }

    /// What was said since `since`.
    pub(crate) fn since(&self, since: Duration) -> Vec<Report> {
        self.connections.book().since(since)
    }

    /// Why nobody answers at `address`, and what to do, if anything was said since `since`.
    pub(crate) fn explain(&self, address: &str, since: Duration) -> Option<Explained> {
        let reports = self.since(since);
        let text = connection::explain(address, &reports, &self.login)?;
        let words = reports.last().map(|report| report.words.clone());
        Some(Explained {
            text,
            words: words.unwrap_or_default(),
        })
    }
}

/// Why there is no connection.
pub(crate) struct Explained {
    /// The reason and what to do.
    pub(crate) text: String,
    /// The last words of the client.
    pub(crate) words: String,
}

impl ClientContext for Reporter {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        Reporter::log(self, level, facility, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        Reporter::error(self, &error, reason);
    }
}

impl ConsumerContext for Reporter {}

/// Whether an error of the client is about a connection.
pub(crate) fn is_of_connections(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::AllBrokersDown
            | RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::Resolve
            | RDKafkaErrorCode::Authentication
            | RDKafkaErrorCode::SSL
            | RDKafkaErrorCode::SaslAuthenticationFailed
            | RDKafkaErrorCode::UnsupportedSASLMechanism
            | RDKafkaErrorCode::IllegalSASLState
    )
}

/// Lets a client say what it has to say that nobody polls: one that only asks. rdkafka has no call for
/// that, and without it the client keeps all of it.
pub(crate) fn listen<C: ClientContext>(client: &Client<C>) {
    // SAFETY: the client lives as long as the borrow. The queue is one more reference to its main queue, and is
    // given back below.
    let queue = unsafe { native::rd_kafka_queue_get_main(client.native_ptr()) };
    if queue.is_null() {
        return;
    }
    loop {
        // SAFETY: the queue is valid until it is given back below; 0 does not wait.
        let event = unsafe { native::rd_kafka_queue_poll(queue, 0) };
        if event.is_null() {
            break;
        }
        say(client, event);
        // SAFETY: the event is ours, and nothing that was borrowed from it is left.
        unsafe { native::rd_kafka_event_destroy(event) };
    }
    // SAFETY: got above, and not used any more.
    unsafe { native::rd_kafka_queue_destroy(queue) };
}

/// Hands an event to the context of its client, as rdkafka does where it polls itself.
fn say<C: ClientContext>(client: &Client<C>, event: *mut native::rd_kafka_event_t) {
    let (mut facility, mut text, mut level) = (std::ptr::null(), std::ptr::null(), 0);
    // SAFETY: the event is valid. The texts live as long as it does and end with a zero byte; what is no
    // log line, and no error, leaves the pointers as they are or gives none.
    unsafe {
        match native::rd_kafka_event_type(event) {
            native::RD_KAFKA_EVENT_LOG => {
                let of_log =
                    native::rd_kafka_event_log(event, &mut facility, &mut text, &mut level);
                if of_log == 0 && !facility.is_null() && !text.is_null() {
                    let facility = CStr::from_ptr(facility).to_string_lossy();
                    let text = CStr::from_ptr(text).to_string_lossy();
                    let level = match level {
                        ..=3 => RDKafkaLogLevel::Error,
                        4 => RDKafkaLogLevel::Warning,
                        5 => RDKafkaLogLevel::Notice,
                        6 => RDKafkaLogLevel::Info,
                        _ => RDKafkaLogLevel::Debug,
                    };
                    client.context().log(level, facility.trim(), text.trim());
                }
            }
            native::RD_KAFKA_EVENT_ERROR => {
                let code = native::rd_kafka_event_error(event);
                text = native::rd_kafka_event_error_string(event);
                if !text.is_null() {
                    let text = CStr::from_ptr(text).to_string_lossy();
                    let error = KafkaError::Global(code.into());
                    client.context().error(error, text.trim());
                }
            }
            _ => {}
        }
    }
}
