//! The way out to Kafka: one producer per micromodule, bounded, settled by delivery reports.

mod advice;
mod halt;
mod hand_over;
mod reports;
mod stage;

use std::ffi::c_int;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::bindings::rd_kafka_flush;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};

use self::advice::explain;
use self::halt::initialize;
pub(crate) use self::halt::{Halt, trouble};
pub(crate) use self::hand_over::Ticket;
use self::hand_over::Transactional;
use self::reports::{Doom, Parts, Reports, Settles, Shared};
use self::stage::Parcel;
use crate::bell::Bell;
use crate::config::{Config, Delivery};
use crate::context::{Receipt, Sender};
use crate::error::Error;
use crate::kafka::endpoint::misconfigured;
use crate::kafka::{Endpoint, headers, settings};
use crate::link::{Outgoing, Outlet};
use crate::outcome::{Failure, FailureKind};
use crate::shutdown::Stopper;
use crate::tracker::{Ledger, Slot};

/// How long a flush waits between two looks for the last reports.
const REPORTED_WITHIN: Duration = Duration::from_millis(10);

/// The producer of a micromodule.
pub(crate) struct Outbox {
    way: Way,
    shared: Arc<Shared>,
    message_max_bytes: usize,
    endpoint: Endpoint,
}

/// How electrons leave.
enum Way {
    /// A link without outputs: nothing of it can be sent.
    None,
    /// Each goes to Kafka at once.
    Direct(ThreadedProducer<Reports>),
    /// Those of one input go into a transaction together, when its function has returned.
    Transactional(Transactional),
}

impl Outbox {
    /// Starts the producer; one with transactions makes itself known to Kafka, which may take a
    /// while and ends early when the micromodule is stopped.
    pub(crate) fn start(
        endpoint: &Endpoint,
        config: &Config,
        who: &str,
        ledger: Arc<Ledger>,
        bell: Arc<Bell>,
        stopper: Arc<Stopper>,
    ) -> Result<Self, Error> {
        let client = endpoint.producer_config(config);
        let transactional = config.delivery == Delivery::ExactlyOnce && !config.inputs.is_empty();
        let doom = transactional.then(Doom::default);
        let shared = Shared::new(Parts {
            who: who.to_owned(),
            ledger,
            bell,
            stopper,
            doom,
            delivery: config.delivery,
        });
        let message_max_bytes = settings::message_max_bytes(&client);
        let way = if config.outputs.is_empty() {
            Way::None
        } else if transactional {
            let producer = producer(&client, &shared)?;
            initialize(&producer, &shared)?;
            Way::Transactional(Transactional::new(producer, client))
        } else {
            Way::Direct(producer(&client, &shared)?)
        };
        Ok(Self {
            way,
            shared,
            message_max_bytes,
            endpoint: endpoint.clone(),
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
        if let Way::None = &self.way {
            return Err(Failure::new(
                FailureKind::Encode,
                "this link has no output stream",
            ));
        }
        let content = outgoing.value.map_or(0, <[u8]>::len) + outgoing.key.map_or(0, <[u8]>::len);
        let size = content + headers::size(outgoing.headers.iter());
        if size > self.message_max_bytes {
            let text = format!(
                "stream `{}`: the electron has {size} bytes, more than `message.max.bytes` \
                 ({}): send less, or raise it here with `--kafka message.max.bytes=…` and on the \
                 broker",
                outgoing.stream, self.message_max_bytes
            );
            return Err(Failure::new(FailureKind::Encode, text));
        }
        let producer = match &self.way {
            Way::None => unreachable!("asked above"),
            Way::Transactional(way) => return way.put_aside(outgoing, size, sender, receipt),
            Way::Direct(producer) => producer,
        };
        self.wait_for_room()?;
        let shared = &*self.shared;
        // Whoever would make room in this process stops at the same time.
        let stopping_too = || shared.stopper.is_stopping();
        if !self
            .endpoint
            .reserve(outgoing.stream.as_str(), size, &stopping_too)
        {
            return Err(stopping());
        }
        let slot = sender.slot();
        let settles = match receipt {
            Some(receipt) => self.open_receipt(slot, receipt),
            None => slot.map_or(Settles::Nothing, Settles::Slot),
        };
        if let Some(slot) = slot {
            shared.ledger.add_output(slot);
        }
        let parcel = Parcel {
            stream: outgoing.stream,
            key: outgoing.key,
            value: outgoing.value,
            headers: &outgoing.headers,
        };
        self.produce(producer, &parcel, settles)
            .map_err(|refused| refused.into_failure(outgoing.stream.as_str()))
    }

    /// Gives one electron to the client, which has room for it soon.
    fn produce(
        &self,
        producer: &ThreadedProducer<Reports>,
        parcel: &Parcel<'_>,
        settles: Settles,
    ) -> Result<(), Refused> {
        let shared = &*self.shared;
        let content = parcel.content();
        shared.electrons.fetch_add(1, Ordering::Relaxed);
        shared.bytes.fetch_add(content, Ordering::Relaxed);
        let mut record = BaseRecord::with_opaque_to(parcel.stream.as_str(), settles.to_opaque());
        record.payload = parcel.value;
        record.key = parcel.key;
        if !parcel.headers.is_empty() {
            record.headers = Some(headers::to_kafka(parcel.headers));
        }
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
                    return Err(Refused::Stopping);
                }
                Err((error, _)) => {
                    self.withdraw(settles, content);
                    return Err(Refused::Kafka(error));
                }
            }
        }
    }

    fn wait_for_room(&self) -> Result<(), Failure> {
        let shared = &*self.shared;
        if shared.has_room() {
            return Ok(());
        }
        let go_on = || shared.has_drained() || shared.given_up.load(Ordering::Relaxed);
        while !shared.room.wait(Duration::from_secs(60), go_on) {
            tracing::warn!(
                "{} electrons have been on their way to Kafka for a minute: intake waits",
                shared.electrons.load(Ordering::Relaxed)
            );
        }
        // Other lanes may have filled it again meanwhile; the bound need not be exact.
        if shared.given_up.load(Ordering::Relaxed) && !shared.has_room() {
            return Err(stopping());
        }
        Ok(())
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
    // SAFETY: the pointer is valid as long as `producer`, which outlives the call, and librdkafka
    // allows it from any thread.
    unsafe { rd_kafka_flush(producer.client().native_ptr(), left) };
}

/// Why the client did not take an electron.
enum Refused {
    Stopping,
    Kafka(KafkaError),
}

impl Refused {
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
