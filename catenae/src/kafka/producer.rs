//! The way out to Kafka: one producer per micromodule, bounded, settled by delivery reports.

mod abort_reason;
mod alone;
pub(crate) mod copies;
pub(crate) mod dead_letters;
mod flush;
mod forward;
mod guard;
mod habits;
mod hand_over;
pub(crate) mod holds;
mod judgement;
mod lane_outlet;
mod meaning;
mod refusals;
mod reports;
pub(crate) mod retries;
mod room;
mod staged;
mod unconfirmed;
mod unsent;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rdkafka::config::{ClientConfig, FromClientConfigAndContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};

use self::alone::SingleProducer;
pub(crate) use self::forward::{NotSent, WaitForRoom};
pub(crate) use self::hand_over::CompletedInput;
use self::hand_over::Transactional;
pub(crate) use self::lane_outlet::LaneOutlet;
pub(crate) use self::refusals::{Certainty, Refusals};
use self::reports::{DeliveryReports, Parts, ProducerShared, SendMode, Settles};
use self::unsent::{Unsent, no_producer, stopping};
use crate::config::Config;
use crate::context::{Receipt, SentBy};
use crate::emit::Outgoing;
use crate::error::Error;
use crate::kafka::Endpoint;
use crate::kafka::client::endpoint::misconfigured;
use crate::kafka::client::partitioner::{EmptyKeys, Keyless, Placement};
use crate::kafka::client::topic_handles::TopicHandles;
use crate::kafka::client::{headers, settings};
use crate::kafka::producer::abort_reason::AbortReason;
use crate::kafka::producer::guard::initialize;
pub(crate) use crate::kafka::producer::guard::{CommitGuard, trouble};
use crate::kafka::topics::limits::{StreamLimits, StreamTakes};
use crate::kafka::topics::side_streams::SideStreams;
use crate::liveness::Blocked;
use crate::mutant;
use crate::outcome::{Failure, FailureKind};
use crate::settle::tracker::{InFlightCounters, Slot};
use crate::shutdown::InstanceHandle;
use crate::spec::modes::Order;

/// The producer of a micromodule.
pub(crate) struct Outbox {
    mode: OutputMode,
    shared: Arc<ProducerShared>,
    limits: StreamLimits,
    placement: Placement,
    endpoint: Endpoint,
    /// How long a source waits for room before it says so; the watch says it for other links.
    patience: Option<Duration>,
}

/// How electrons leave.
enum OutputMode {
    /// A link without outputs: nothing of it can be sent.
    None,
    /// Each goes to Kafka at once.
    Direct(OutputProducer),
    /// Those of one input go into a transaction together, when its function has returned.
    Transactional(Box<Transactional>),
}

impl Outbox {
    /// Starts the producer; one with transactions makes itself known to Kafka, which may take a
    /// while and ends early when the micromodule is stopped. `known` is what the streams take, as far
    /// as that is known.
    pub(crate) fn start(
        endpoint: &Endpoint,
        config: &Config,
        known: BTreeMap<String, StreamTakes>,
        counters: Arc<InFlightCounters>,
        instance: Arc<InstanceHandle>,
    ) -> Result<Self, Error> {
        let mut client = endpoint.producer_config(config);
        let transactional = config.delivery.has_transactions() && !config.inputs.is_empty();
        let reporter = match transactional {
            // What fails in a transaction is told where that ends.
            true => endpoint.reporter(&client).discreet(),
            false => endpoint.reporter(&client),
        };
        let abort_reason = transactional.then(AbortReason::default);
        let limits = StreamLimits::new(&mut client, config, known);
        let side = SideStreams::of(config);
        let writes = !config.outputs.is_empty() || side.any();
        let shared = ProducerShared::new(Parts {
            reporter,
            counters,
            instance,
            abort_reason,
            alone: (!transactional).then(|| SingleProducer::new(&client)),
            side,
            batch_bytes: settings::batch_bytes(&client),
            delivery: config.delivery,
        });
        let placement = Placement {
            empty_keys: EmptyKeys::of(&client),
            keyless: match config.order {
                Order::Pipelined => Keyless::Spread,
                Order::Sequential | Order::Synchronous => Keyless::Together,
            },
        };
        let reports = DeliveryReports::new(&shared, SendMode::InBatches);
        let mode = if !writes {
            OutputMode::None
        } else if transactional {
            let producer = producer(&client, reports)?;
            initialize(&producer, config, &shared)?;
            OutputMode::Transactional(Box::new(Transactional::new(producer, client)))
        } else {
            OutputMode::Direct(producer(&client, reports)?)
        };
        Ok(Self {
            mode,
            shared,
            limits,
            placement,
            endpoint: endpoint.clone(),
            patience: config.inputs.is_empty().then_some(config.stall_timeout),
        })
    }

    /// Hands one electron to the producer as part of the settlement of its sender's; under
    /// exactly-once it is put aside for [`hand_over`](Self::hand_over).
    pub(crate) fn send(
        &self,
        outgoing: Outgoing<'_>,
        sender: SentBy,
        receipt: Option<&Arc<Receipt>>,
    ) -> Result<(), Failure> {
        let content = outgoing.value.map_or(0, <[u8]>::len) + outgoing.key.map_or(0, <[u8]>::len);
        let size = content + headers::size(outgoing.headers.iter());
        let stream = outgoing.stream.as_str();
        let fits = self.limits.check(stream, size, outgoing.key);
        fits.map_err(|misfit| misfit.into_failure(stream))?;
        // A `finish` that comes after the last flush: nobody would wait for what it sends.
        if sender == SentBy::Lane && self.shared.given_up.load(Ordering::Relaxed) {
            let text = "the shutdown's deadline left no time to deliver it: it is lost unless it is \
                        sent again at the next start; raise `--shutdown-timeout`";
            return Err(Failure::new(FailureKind::Stopping, text));
        }
        let producer = match &self.mode {
            OutputMode::None => return Err(no_producer()),
            OutputMode::Transactional(mode) => {
                return mode.put_aside(outgoing, size, sender, receipt);
            }
            OutputMode::Direct(producer) => producer,
        };
        self.shared.wait_for_room(self.patience)?;
        if !self.reserve(outgoing.stream.as_str(), size) {
            return Err(stopping());
        }
        let slot = sender.slot().filter(|_| !mutant::is("store-before-report"));
        let settles = match receipt {
            Some(receipt) => self.shared.open_receipt(slot, receipt),
            None => slot.map_or(Settles::Nothing, Settles::Slot),
        };
        let mut record = BaseRecord::with_opaque_to(outgoing.stream.as_str(), settles.to_opaque());
        record.payload = outgoing.value;
        record.key = outgoing.key;
        if !outgoing.headers.is_empty() {
            record.headers = Some(headers::to_kafka(&outgoing.headers));
        }
        if let Some(slot) = slot {
            self.shared.counters.add_output(slot);
        }
        self.push(producer, record, settles, content)
            .map_err(|unsent| self.unsent(unsent, outgoing.stream.as_str(), slot))
    }

    /// The client did not take an output: no report will settle it.
    fn unsent(&self, unsent: Unsent, stream: &str, slot: Option<Slot>) -> Failure {
        if let Some(slot) = slot {
            self.shared.counters.settle_one(slot);
        }
        unsent.into_failure(stream)
    }

    /// Hands one record to the producer; there is room for it.
    fn push(
        &self,
        producer: &OutputProducer,
        mut record: BaseRecord<'_, [u8], [u8], usize>,
        settles: Settles,
        content: usize,
    ) -> Result<(), Unsent> {
        let shared = &*self.shared;
        record.partition = self.placement.partition_of(record.key);
        shared.sent.add(content);
        loop {
            match producer.give(&mut record) {
                Ok(()) => return Ok(()),
                Err(KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)) => {
                    let before = shared.sent.electrons();
                    shared.instance.bell().wait(Duration::from_millis(100), || {
                        shared.sent.electrons() < before
                    });
                    if !shared.given_up.load(Ordering::Relaxed) {
                        continue;
                    }
                    shared.withdraw(settles, content);
                    return Err(Unsent::Stopping);
                }
                Err(error) => {
                    shared.withdraw(settles, content);
                    return Err(Unsent::Kafka(error));
                }
            }
        }
    }

    /// Waits for room on the embedded broker. Whoever would make some in this process stops at the
    /// same time as this.
    fn reserve(&self, stream: &str, size: usize) -> bool {
        let shared = &*self.shared;
        let waits = Cell::new(false);
        // Asked while there is no room, and only then.
        let stopping_too = || {
            if !waits.replace(true) {
                shared.held_back.fetch_add(1, Ordering::Relaxed);
            }
            shared.instance.is_stopping()
        };
        let granted = self.endpoint.reserve(stream, size, &stopping_too);
        if waits.get() {
            shared.held_back.fetch_sub(1, Ordering::Relaxed);
        }
        granted
    }

    /// The electrons of which Kafka refused outputs.
    pub(crate) fn refusals(&self) -> &Refusals {
        &self.shared.refusals
    }

    /// How many outputs Kafka has not confirmed.
    pub(crate) fn under_way(&self) -> u64 {
        self.shared.sent.electrons() as u64
    }

    /// What the lanes wait for that have an output and no room for it.
    pub(crate) fn crowd(&self) -> Option<Blocked> {
        let shared = &*self.shared;
        let under_way = shared.sent.electrons();
        if shared.held_back.load(Ordering::Relaxed) > 0 {
            Some(Blocked::Unread)
        } else if shared.waiting.load(Ordering::Relaxed) > 0 {
            Some(Blocked::Undelivered(under_way as u64))
        } else {
            None
        }
    }

    /// Sends what lingers and waits until every report is in, at most `limit`. Returns how many are
    /// missing.
    pub(crate) fn flush(&self, limit: Duration) -> usize {
        match &self.mode {
            OutputMode::None => 0,
            OutputMode::Direct(producer) => self.shared.flush(producer, limit),
            OutputMode::Transactional(mode) => self.shared.flush(&mode.producer(), limit),
        }
    }

    /// The deadline of the shutdown passed: whoever waits for room gets an error.
    pub(crate) fn give_up(&self) {
        self.shared.given_up.store(true, Ordering::SeqCst);
        self.shared.instance.bell().ring();
        self.shared.room.ring();
    }

    /// Whether the micromodule is stopping.
    pub(crate) fn is_stopping(&self) -> bool {
        self.shared.instance.is_stopping()
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        if let Some(alone) = &self.shared.alone {
            alone.end();
        }
    }
}

/// A producer of the client library with the handles of its topics, which are dropped first.
struct OutputProducer {
    topics: TopicHandles,
    producer: ThreadedProducer<DeliveryReports>,
}

impl OutputProducer {
    /// Hands a record over; its headers are gone when that has worked.
    fn give(&self, record: &mut BaseRecord<'_, [u8], [u8], usize>) -> KafkaResult<()> {
        self.topics.send(self.client().native_ptr(), record)
    }
}

impl Deref for OutputProducer {
    type Target = ThreadedProducer<DeliveryReports>;

    fn deref(&self) -> &Self::Target {
        &self.producer
    }
}

/// A producer whose delivery reports go to `reports`.
fn producer(client: &ClientConfig, reports: DeliveryReports) -> Result<OutputProducer, Error> {
    ThreadedProducer::from_config_and_context(client, reports)
        .map(|producer| OutputProducer {
            topics: TopicHandles::default(),
            producer,
        })
        .map_err(|error| misconfigured("producer", error))
}

#[cfg(test)]
mod tests;
