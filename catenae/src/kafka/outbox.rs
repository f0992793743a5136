//! The way out to Kafka: one producer per micromodule, bounded, settled by delivery reports.

mod advice;
mod bounded;
mod forward;
mod halt;
mod hand_over;
mod reports;
mod stage;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::c_int;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::bindings::rd_kafka_flush;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, Producer as _, PurgeConfig, ThreadedProducer};

use self::advice::explain;
pub(crate) use self::forward::{Copy, Refused, Room};
use self::halt::initialize;
pub(crate) use self::halt::{Halt, trouble};
pub(crate) use self::hand_over::Ticket;
use self::hand_over::Transactional;
use self::reports::{Doom, Parts, Reports, Settles, Shared};
use crate::bell::Bell;
use crate::config::{Config, DeliveryMode};
use crate::context::{Receipt, Sender};
use crate::error::Error;
use crate::kafka::endpoint::misconfigured;
use crate::kafka::limits::SizeLimits;
use crate::kafka::side_streams::SideStreams;
use crate::kafka::{Endpoint, headers};
use crate::link::{Outgoing, Outlet};
use crate::liveness::Crowd;
use crate::mutant;
use crate::outcome::{Failure, FailureKind};
use crate::shutdown::Stopper;
use crate::tracker::{Ledger, Slot};

/// How long a flush waits between two looks for the last reports.
const REPORTED_WITHIN: Duration = Duration::from_millis(10);

/// The producer of a micromodule.
pub(crate) struct Outbox {
    way: Way,
    shared: Arc<Shared>,
    limits: SizeLimits,
    endpoint: Endpoint,
    /// How long a source waits for room before it says so; the watch says it for other links.
    patience: Option<Duration>,
}

/// How electrons leave.
enum Way {
    /// A link without outputs: nothing of it can be sent.
    None,
    /// Each goes to Kafka at once.
    Direct(ThreadedProducer<Reports>),
    /// Those of one input go into a transaction together, when its function has returned.
    Transactional(Box<Transactional>),
}

impl Outbox {
    /// Starts the producer; one with transactions makes itself known to Kafka, which may take a
    /// while and ends early when the micromodule is stopped. `limits` are the largest batches that
    /// the streams take, as far as that is known.
    pub(crate) fn start(
        endpoint: &Endpoint,
        config: &Config,
        limits: BTreeMap<String, usize>,
        who: &str,
        ledger: Arc<Ledger>,
        bell: Arc<Bell>,
        stopper: Arc<Stopper>,
    ) -> Result<Self, Error> {
        let mut client = endpoint.producer_config(config);
        let transactional =
            config.delivery == DeliveryMode::ExactlyOnce && !config.inputs.is_empty();
        let doom = transactional.then(Doom::default);
        let shared = Shared::new(Parts {
            who: who.to_owned(),
            ledger,
            bell,
            stopper,
            doom,
            delivery: config.delivery,
        });
        let limits = SizeLimits::new(&mut client, config, limits);
        let way = if config.outputs.is_empty() && !SideStreams::of(config).any() {
            Way::None
        } else if transactional {
            let producer = producer(&client, &shared)?;
            initialize(&producer, &shared)?;
            Way::Transactional(Box::new(Transactional::new(producer, client)))
        } else {
            Way::Direct(producer(&client, &shared)?)
        };
        Ok(Self {
            way,
            shared,
            limits,
            endpoint: endpoint.clone(),
            patience: config.inputs.is_empty().then_some(config.stall_timeout),
        })
    }

    /// Hands one electron to the producer as part of the settlement of its sender's; under
    /// exactly-once it is put aside for [`hand_over`](Self::hand_over).
    pub(crate) fn send(
        &self,
        outgoing: Outgoing<'_>,
        sender: Sender,
        receipt: Option<&Arc<Receipt>>,
    ) -> Result<(), Failure> {
        let content = outgoing.value.map_or(0, <[u8]>::len) + outgoing.key.map_or(0, <[u8]>::len);
        let size = content + headers::size(outgoing.headers.iter());
        let stream = outgoing.stream.as_str();
        let fits = self.limits.check(stream, size);
        fits.map_err(|text| Failure::new(FailureKind::Encode, text))?;
        // A `finish` that comes after the last flush: nobody would wait for what it sends.
        if sender == Sender::Lane && self.shared.given_up.load(Ordering::Relaxed) {
            let text = "the shutdown's deadline left no time to deliver it: it is lost unless it is \
                        sent again at the next start; raise `--shutdown-timeout`";
            return Err(Failure::new(FailureKind::Stopping, text));
        }
        let producer = match &self.way {
            Way::None => return Err(no_producer()),
            Way::Transactional(way) => return way.put_aside(outgoing, size, sender, receipt),
            Way::Direct(producer) => producer,
        };
        self.wait_for_room()?;
        if !self.reserve(outgoing.stream.as_str(), size) {
            return Err(stopping());
        }
        let slot = sender.slot().filter(|_| !mutant::is("store-before-report"));
        let settles = match receipt {
            Some(receipt) => self.open_receipt(slot, receipt),
            None => slot.map_or(Settles::Nothing, Settles::Slot),
        };
        let mut record = BaseRecord::with_opaque_to(outgoing.stream.as_str(), settles.to_opaque());
        record.payload = outgoing.value;
        record.key = outgoing.key;
        if !outgoing.headers.is_empty() {
            record.headers = Some(headers::to_kafka(&outgoing.headers));
        }
        if let Some(slot) = slot {
            self.shared.ledger.add_output(slot);
        }
        self.push(producer, record, settles, content)
            .map_err(|unsent| self.unsent(unsent, outgoing.stream.as_str(), slot))
    }

    /// The client did not take an output: no report will settle it.
    fn unsent(&self, unsent: Unsent, stream: &str, slot: Option<Slot>) -> Failure {
        if let Some(slot) = slot {
            self.shared.ledger.settle_one(slot);
        }
        unsent.into_failure(stream)
    }

    /// Hands one record to the producer; there is room for it.
    fn push(
        &self,
        producer: &ThreadedProducer<Reports>,
        mut record: BaseRecord<'_, [u8], [u8], usize>,
        settles: Settles,
        content: usize,
    ) -> Result<(), Unsent> {
        let shared = &*self.shared;
        shared.electrons.fetch_add(1, Ordering::Relaxed);
        shared.bytes.fetch_add(content, Ordering::Relaxed);
        loop {
            match producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                    record = again;
                    let before = shared.electrons.load(Ordering::Acquire);
                    shared.bell.wait(Duration::from_millis(100), || {
                        shared.electrons.load(Ordering::Acquire) < before
                    });
                    if !shared.given_up.load(Ordering::Relaxed) {
                        continue;
                    }
                    self.withdraw(settles, content);
                    return Err(Unsent::Stopping);
                }
                Err((error, _)) => {
                    self.withdraw(settles, content);
                    return Err(Unsent::Kafka(error));
                }
            }
        }
    }

    fn wait_for_room(&self) -> Result<(), Failure> {
        let shared = &*self.shared;
        if shared.has_room() {
            return Ok(());
        }
        shared.waiting.fetch_add(1, Ordering::Relaxed);
        let go_on = || shared.has_drained() || shared.given_up.load(Ordering::Relaxed);
        match &self.patience {
            // The watch tells what a partition waits for.
            None => while !shared.room.wait(Duration::from_secs(60), go_on) {},
            Some(limit) => shared.wait_and_tell(*limit, go_on),
        }
        shared.waiting.fetch_sub(1, Ordering::Relaxed);
        // Other lanes may have filled it again meanwhile; the bound need not be exact.
        if shared.given_up.load(Ordering::Relaxed) && !shared.has_room() {
            return Err(stopping());
        }
        Ok(())
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
            shared.stopper.is_stopping()
        };
        let granted = self.endpoint.reserve(stream, size, &stopping_too);
        if waits.get() {
            shared.held_back.fetch_sub(1, Ordering::Relaxed);
        }
        granted
    }

    /// How many outputs Kafka has not confirmed.
    pub(crate) fn under_way(&self) -> u64 {
        self.shared.electrons.load(Ordering::Relaxed) as u64
    }

    /// What the lanes wait for that have an output and no room for it.
    pub(crate) fn crowd(&self) -> Option<Crowd> {
        let shared = &*self.shared;
        let under_way = shared.electrons.load(Ordering::Relaxed);
        if shared.held_back.load(Ordering::Relaxed) > 0 {
            Some(Crowd::Unread)
        } else if shared.waiting.load(Ordering::Relaxed) > 0 {
            Some(Crowd::Undelivered(under_way as u64))
        } else {
            None
        }
    }

    fn open_receipt(&self, slot: Option<Slot>, receipt: &Arc<Receipt>) -> Settles {
        let mut receipts = self
            .shared
            .receipts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // 30 bits fit beside the tag also where `usize` has 32.
        let key = receipts.next & 0x3fff_ffff;
        receipts.next = receipts.next.wrapping_add(1);
        receipts.open.insert(key, (slot, Arc::clone(receipt)));
        Settles::Receipt(key)
    }

    /// The producer did not take it: there will be no report. The slot stays open, the input fails.
    fn withdraw(&self, settles: Settles, size: usize) {
        if let Settles::Receipt(key) = settles {
            let mut receipts = self
                .shared
                .receipts
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            receipts.open.remove(&key);
        }
        self.shared.electrons.fetch_sub(1, Ordering::AcqRel);
        self.shared.bytes.fetch_sub(size, Ordering::Relaxed);
    }

    /// Sends what lingers and waits until every report is in, at most `limit`. Returns how many are
    /// missing.
    pub(crate) fn flush(&self, limit: Duration) -> usize {
        match &self.way {
            Way::None => 0,
            Way::Direct(producer) => self.flush_producer(producer, limit),
            Way::Transactional(way) => self.flush_producer(&way.producer(), limit),
        }
    }

    /// Not `Producer::flush`: that waits in slices of 100 ms, and what lingers goes on lingering
    /// between them.
    fn flush_producer(&self, producer: &ThreadedProducer<Reports>, limit: Duration) -> usize {
        let electrons = || self.shared.electrons.load(Ordering::Acquire);
        let deadline = Instant::now() + limit;
        while electrons() > 0 && Instant::now() < deadline {
            flush_client(producer, deadline);
            // The last report has left the client's queue and not yet been counted here.
            self.shared.bell.wait(REPORTED_WITHIN, || electrons() == 0);
        }
        electrons()
    }

    /// The deadline of the shutdown passed: whoever waits for room gets an error.
    pub(crate) fn give_up(&self) {
        self.shared.given_up.store(true, Ordering::SeqCst);
        self.shared.bell.ring();
        self.shared.room.ring();
    }

    /// Whether the micromodule is stopping.
    pub(crate) fn is_stopping(&self) -> bool {
        self.shared.stopper.is_stopping()
    }
}

fn no_producer() -> Failure {
    Failure::new(FailureKind::Encode, "this link has no output stream")
}

/// Makes a producer whose reports go to `shared`.
fn producer(
    client: &ClientConfig,
    shared: &Arc<Shared>,
) -> Result<ThreadedProducer<Reports>, Error> {
    let reports = Reports(Arc::clone(shared));
    ThreadedProducer::from_config_and_context(client, reports)
        .map_err(|error| misconfigured("producer", error))
}

/// Sends what lingers and waits until the client has nothing any more, at most until `deadline`.
fn flush_client(producer: &ThreadedProducer<Reports>, deadline: Instant) {
    let left = deadline.saturating_duration_since(Instant::now());
    let left = c_int::try_from(left.as_millis()).unwrap_or(c_int::MAX);
    if mutant::is("flush-skipped") {
        producer.purge(PurgeConfig::default().queue().inflight());
    }
    // SAFETY: the pointer is valid as long as `producer`, which outlives the call, and librdkafka
    // allows it from any thread.
    unsafe { rd_kafka_flush(producer.client().native_ptr(), left) };
}

/// Why the client did not take an electron.
enum Unsent {
    Stopping,
    Kafka(KafkaError),
}

impl Unsent {
    fn into_failure(self, stream: &str) -> Failure {
        match self {
            Self::Stopping => stopping(),
            Self::Kafka(error) => {
                let text = format!("stream `{stream}`: {}", explain(&error));
                Failure::new(FailureKind::Delivery, text)
            }
        }
    }
}

fn stopping() -> Failure {
    Failure::new(
        FailureKind::Stopping,
        "it stopped before there was room for an output",
    )
}

/// The outlet of one lane: every send belongs to the electron in hand.
pub(crate) struct LaneOutlet<'o> {
    outbox: &'o Outbox,
    sender: Sender,
}

impl<'o> LaneOutlet<'o> {
    pub(crate) fn new(outbox: &'o Outbox, slot: Option<Slot>) -> Self {
        let sender = slot.map_or(Sender::Lane, Sender::Electron);
        Self { outbox, sender }
    }
}

impl Outlet for LaneOutlet<'_> {
    fn send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Failure> {
        self.outbox.send(outgoing, self.sender, None)
    }

    fn stopping(&self) -> bool {
        self.outbox.is_stopping()
    }
}

#[cfg(test)]
mod tests;
