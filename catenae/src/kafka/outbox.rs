//! The way out to Kafka: one producer per micromodule, bounded, settled by delivery reports.

mod advice;
mod forward;
mod reports;

use std::cell::Cell;
use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::bindings::rd_kafka_flush;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, Producer as _, PurgeConfig, ThreadedProducer};

use self::advice::explain;
use self::reports::{Reports, Settles, Shared};
use crate::bell::Bell;
use crate::config::Config;
use crate::context::Receipt;
use crate::error::Error;
use crate::kafka::endpoint::misconfigured;
use crate::kafka::side_streams::SideStreams;
use crate::kafka::{Endpoint, headers, settings};
use crate::link::{Outgoing, Outlet};
use crate::liveness::Crowd;
use crate::mutant;
use crate::outcome::{Failure, FailureKind};
use crate::shutdown::Stopper;
use crate::tracker::{Ledger, Slot};

pub(crate) use forward::{Copy, Refused, Room};

/// How long a flush waits between two looks for the last reports.
const REPORTED_WITHIN: Duration = Duration::from_millis(10);

/// The producer of a micromodule.
pub(crate) struct Outbox {
    /// None for a link without outputs, whose failures go nowhere either: nothing of it can be sent.
    producer: Option<ThreadedProducer<Reports>>,
    shared: Arc<Shared>,
    message_max_bytes: usize,
    endpoint: Endpoint,
    /// How long a source waits for room before it says so; the watch says it for other links.
    patience: Option<Duration>,
}

impl Outbox {
    /// Starts the producer.
    pub(crate) fn start(
        endpoint: &Endpoint,
        config: &Config,
        who: &str,
        ledger: Arc<Ledger>,
        bell: Arc<Bell>,
        stopper: Arc<Stopper>,
    ) -> Result<Self, Error> {
        let client = endpoint.producer_config(config);
        let shared = Arc::new(Shared {
            who: who.to_owned(),
            ledger,
            bell,
            room: Bell::default(),
            stopper,
            electrons: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            receipts: Mutex::default(),
            given_up: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            held_back: AtomicUsize::new(0),
        });
        let producer = if config.outputs.is_empty() && !SideStreams::of(config).any() {
            None
        } else {
            let reports = Reports(Arc::clone(&shared));
            let producer = ThreadedProducer::from_config_and_context(&client, reports);
            Some(producer.map_err(|error| misconfigured("producer", error))?)
        };
        Ok(Self {
            producer,
            shared,
            message_max_bytes: settings::message_max_bytes(&client),
            endpoint: endpoint.clone(),
            patience: config.inputs.is_empty().then_some(config.stall_timeout),
        })
    }

    /// Hands one electron to the producer as part of the settlement of `slot`.
    pub(crate) fn send(
        &self,
        outgoing: Outgoing<'_>,
        slot: Option<Slot>,
        receipt: Option<&Arc<Receipt>>,
    ) -> Result<(), Failure> {
        let Some(producer) = &self.producer else {
            return Err(no_producer());
        };
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
        self.wait_for_room()?;
        let slot = slot.filter(|_| !mutant::is("store-before-report"));
        if !self.reserve(outgoing.stream.as_str(), size) {
            return Err(stopping());
        }
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
        self.push(producer, record, slot, settles, content)
    }

    /// Hands one record to the producer; there is room for it.
    fn push(
        &self,
        producer: &ThreadedProducer<Reports>,
        mut record: BaseRecord<'_, [u8], [u8], usize>,
        slot: Option<Slot>,
        settles: Settles,
        content: usize,
    ) -> Result<(), Failure> {
        let shared = &*self.shared;
        let stream = record.topic;
        if let Some(slot) = slot {
            shared.ledger.add_output(slot);
        }
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
                    return Err(stopping());
                }
                Err((error, _)) => {
                    self.withdraw(settles, content);
                    let text = format!("stream `{stream}`: {}", explain(&error));
                    return Err(Failure::new(FailureKind::Delivery, text));
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
    ///
    /// Not `Producer::flush`: that waits in slices of 100 ms, and what lingers goes on lingering
    /// between them.
    pub(crate) fn flush(&self, limit: Duration) -> usize {
        let electrons = || self.shared.electrons.load(Ordering::Acquire);
        let deadline = Instant::now() + limit;
        while electrons() > 0 && Instant::now() < deadline {
            if let Some(producer) = &self.producer {
                let left = deadline.saturating_duration_since(Instant::now());
                let left = c_int::try_from(left.as_millis()).unwrap_or(c_int::MAX);
                if mutant::is("flush-skipped") {
                    producer.purge(PurgeConfig::default().queue().inflight());
                }
                // SAFETY: the pointer is valid as long as `producer`, which outlives the call, and
                // librdkafka allows it from any thread.
                unsafe { rd_kafka_flush(producer.client().native_ptr(), left) };
            }
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

fn stopping() -> Failure {
    Failure::new(
        FailureKind::Stopping,
        "it stopped before there was room for an output",
    )
}

/// The outlet of one lane: every send belongs to the electron in hand.
pub(crate) struct LaneOutlet<'o> {
    outbox: &'o Outbox,
    slot: Option<Slot>,
}

impl<'o> LaneOutlet<'o> {
    pub(crate) fn new(outbox: &'o Outbox, slot: Option<Slot>) -> Self {
        Self { outbox, slot }
    }
}

impl Outlet for LaneOutlet<'_> {
    fn send(&mut self, outgoing: Outgoing<'_>) -> Result<(), Failure> {
        self.outbox.send(outgoing, self.slot, None)
    }

    fn stopping(&self) -> bool {
        self.outbox.is_stopping()
    }
}
