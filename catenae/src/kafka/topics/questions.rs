//! Questions to a broker that a stop does not wait for, and what it means when nobody answers.

use std::collections::BTreeMap;
use std::mem;
use std::sync::mpsc::{self, TryRecvError};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::admin::AdminClient;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::runtime::Handle;

use super::created::cannot_create;
use super::{ANSWER_WITHIN, PlannedStream, StreamAdmin};
use crate::connection::Peer;
use crate::error::{Error, ErrorKind};
use crate::kafka::Reporter;
use crate::kafka::client::connections::{is_of_connections, listen};
use crate::shutdown::InstanceHandle;

/// How long a created stream may take to be known.
const KNOWN_WITHIN: Duration = Duration::from_secs(15);
/// How long a cluster that answers may list no broker.
const REGISTERED_WITHIN: Duration = Duration::from_secs(15);
/// How long until the same question is asked again.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(50);
/// How often a client that only asks is let say what it has to say.
const LISTEN_EVERY: Duration = Duration::from_secs(5);

/// What a broker says is there.
pub(super) struct There {
    /// The number of partitions of every stream.
    pub(super) streams: BTreeMap<String, usize>,
    /// The brokers as they are advertised, `host:port`.
    brokers: Vec<String>,
}

impl StreamAdmin {
    /// Asks what is there. Once `instance` stops, an error comes at once. It is explained by what the client
    /// has said since `since`.
    ///
    /// A Kafka that has just started, or stood still for longer than its controller waits for it, answers
    /// before it has registered: it lists no broker, and no partition has a leader. That passes.
    pub(super) fn all_there(
        &self,
        instance: &Arc<InstanceHandle>,
        since: Duration,
    ) -> Result<There, Error> {
        let deadline = Instant::now() + REGISTERED_WITHIN;
        let mut is_told = false;
        loop {
            match self.ask(instance, all_there) {
                Ok(there) if !there.brokers.is_empty() => return Ok(there),
                // What the client says of a broker that lists no stream either.
                Ok(_) | Err(KafkaError::MetadataFetch(RDKafkaErrorCode::Partial)) => {}
                Err(error) => return Err(self.unreachable(&error, since)),
            }
            if Instant::now() > deadline || instance.is_stopping() {
                return Err(self.none_registered());
            }
            if !mem::replace(&mut is_told, true) {
                let address = self.endpoint.address();
                tracing::info!("the Kafka at `{address}` lists no broker yet: waiting for it");
            }
            instance.wait(ASK_AGAIN_AFTER);
        }
    }

    fn none_registered(&self) -> Error {
        let context = format!(
            "the Kafka at `{}` answers, but has listed no broker that is ready for {} s: is the \
             broker still starting, or has its controller lost it? Its own log says which",
            self.endpoint.address(),
            REGISTERED_WITHIN.as_secs()
        );
        Error::new(ErrorKind::Unreachable, context)
    }

    /// Checks that not only the broker that was asked can be reached, but also the addresses that it
    /// advertises (`advertised.listeners`). Where no stream is there to be asked for, creating one shows it.
    pub(super) fn check_advertised(
        &self,
        streams: &[PlannedStream],
        there: &There,
        instance: &Arc<InstanceHandle>,
        since: Duration,
    ) -> Result<(), Error> {
        let ours = streams.iter().map(|stream| stream.name.as_str());
        let any = there.streams.keys().map(String::as_str);
        let mut known = ours
            .chain(any)
            .filter(|name| there.streams.contains_key(*name));
        let name = match known.next() {
            Some(name) if self.endpoint.embedded().is_none() => name.to_owned(),
            _ => return Ok(()),
        };
        let asked = self.ask(instance, move |admin| {
            admin.inner().fetch_watermarks(&name, 0, ANSWER_WITHIN)
        });
        let Err(error) = asked else { return Ok(()) };
        let reports = self.reporter.since(since);
        let is_lost = |broker: &String| {
            let server = Peer::Advertised(broker.clone());
            reports.iter().any(|report| report.server == server)
        };
        // When only some are away the rest goes on, and the log says which.
        match there.brokers.iter().all(is_lost) {
            true => Err(self.unreachable(&error, since)),
            false => Ok(()),
        }
    }

    /// Asks on a thread of its own.
    fn ask<T: Send + 'static>(
        &self,
        instance: &Arc<InstanceHandle>,
        question: impl FnOnce(&AdminClient<Reporter>) -> Result<T, KafkaError> + Send + 'static,
    ) -> Result<T, KafkaError> {
        let (answer, answered) = mpsc::channel();
        let (admin, bell) = (Arc::clone(&self.admin), Arc::clone(instance.bell()));
        thread::spawn(move || {
            // Nobody waits for it any more after a stop.
            let _ = answer.send(question(&admin));
            bell.ring();
        });
        let mut got = Err(TryRecvError::Empty);
        let mut done = || {
            got = answered.try_recv();
            !matches!(got, Err(TryRecvError::Empty)) || instance.is_stopping()
        };
        instance.bell().wait(ANSWER_WITHIN * 2, &mut done);
        listen(self.admin.inner());
        got.unwrap_or(Err(KafkaError::Canceled))
    }

    pub(super) fn wait_until_known(
        &self,
        streams: &[&PlannedStream],
        instance: &Arc<InstanceHandle>,
    ) -> Result<(), Error> {
        let deadline = Instant::now() + KNOWN_WITHIN;
        loop {
            let known = self.all_there(instance, self.reporter.now())?.streams;
            let is_known = |stream: &&PlannedStream| known.contains_key(stream.name.as_str());
            if streams.iter().all(is_known) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(cannot_create(
                    streams,
                    "the broker accepted it but does not list it",
                ));
            }
            instance.wait(ASK_AGAIN_AFTER);
        }
    }

    /// Why a question got no answer; `since` is when it was asked.
    pub(super) fn unreachable(&self, error: &KafkaError, since: Duration) -> Error {
        listen(self.admin.inner());
        let address = self.endpoint.address();
        let Some(explained) = self.reporter.explain(address, since) else {
            let context = format!(
                "no Kafka broker answers at `{address}` within {} s: is the address right? \
                 `-k host:port` gives another",
                ANSWER_WITHIN.as_secs()
            );
            return Error::new(ErrorKind::Unreachable, context).caused_by(error.clone());
        };
        let told = explained.text.contains(&explained.words);
        let unreachable = Error::new(ErrorKind::Unreachable, explained.text);
        match told {
            true => unreachable,
            false => unreachable.caused_by(explained.words),
        }
    }

    /// The same for a question of which it is not certain that a connection was the trouble.
    pub(super) fn lost(&self, error: &KafkaError, since: Duration) -> Option<Error> {
        listen(self.admin.inner());
        let code = match error {
            // rdkafka gives no code of these.
            KafkaError::AdminOp(code) => Some(*code),
            error => error.rdkafka_error_code(),
        };
        let timed_out = |code| {
            is_of_connections(code)
                || matches!(
                    code,
                    RDKafkaErrorCode::OperationTimedOut | RDKafkaErrorCode::RequestTimedOut
                )
        };
        let heard = !self.reporter.since(since).is_empty();
        (heard && code.is_some_and(timed_out)).then(|| self.unreachable(error, since))
    }
}

/// Lets a client that only asks say what it has to say, as long as there is one.
pub(super) fn keep_listening(admin: &Arc<AdminClient<Reporter>>, runtime: &Handle) {
    let admin: Weak<AdminClient<Reporter>> = Arc::downgrade(admin);
    runtime.spawn(async move {
        loop {
            tokio::time::sleep(LISTEN_EVERY).await;
            match admin.upgrade() {
                Some(admin) => listen(admin.inner()),
                None => break,
            }
        }
    });
}

/// The streams and brokers that the answering broker lists.
pub(super) fn all_there(admin: &AdminClient<Reporter>) -> Result<There, KafkaError> {
    // All topics: asking for one by name would let some brokers create it with their own number of
    // partitions.
    let metadata = admin.inner().fetch_metadata(None, ANSWER_WITHIN)?;
    let streams = metadata
        .topics()
        .iter()
        .filter(|topic| topic.error().is_none() && !topic.partitions().is_empty())
        .map(|topic| (topic.name().to_owned(), topic.partitions().len()))
        .collect();
    let brokers = metadata.brokers().iter();
    let brokers = brokers.map(|broker| format!("{}:{}", broker.host(), broker.port()));
    Ok(There {
        streams,
        brokers: brokers.collect(),
    })
}
