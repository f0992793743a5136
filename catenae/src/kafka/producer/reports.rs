//! Delivery reports: what each of them settles, and how much is still under way.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::producer::{DeliveryResult, ProducerContext};

use super::alone::SingleProducer;
use super::habits::Habits;
use super::refusals::Refusals;
use super::room::UnderWay;
use super::unconfirmed::{PRESUMED, is_presumed, is_purged};
use crate::bell::Bell;
use crate::context::Receipt;
use crate::error::{Error, ErrorKind};
use crate::kafka::producer::abort_reason::AbortReason;
use crate::kafka::{Reporter, SideStreams};
use crate::mutant;
use crate::outcome::{Failure, FailureKind};
use crate::settle::tracker::{InFlightCounters, Slot};
use crate::shutdown::InstanceHandle;
use crate::spec::delivery::DeliveryMode;

/// How librdkafka marks the line about an error after which a client cannot go on.
const FATAL: &str = "FATAL";

/// What a delivery report finds by its integer: nothing, a slot, or an entry of `receipts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settles {
    Nothing,
    Slot(Slot),
    Receipt(u32),
    /// The copy of the electron in that slot.
    Copy(Slot),
}

impl Settles {
    pub(super) fn to_opaque(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Slot(slot) => (slot.index() as usize) << 2 | 1,
            Self::Receipt(key) => (key as usize) << 2 | 2,
            Self::Copy(slot) => (slot.index() as usize) << 2 | 3,
        }
    }

    fn from_opaque(opaque: usize) -> Self {
        let index = u32::try_from(opaque >> 2).unwrap_or(u32::MAX);
        match opaque & 3 {
            1 => Self::Slot(Slot::from_index(index)),
            2 => Self::Receipt(index),
            3 => Self::Copy(Slot::from_index(index)),
            _ => Self::Nothing,
        }
    }
}

/// The sends of contexts that await their delivery.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    pub(super) next: u32,
    pub(super) open: HashMap<u32, (Option<Slot>, Arc<Receipt>)>,
}

/// What the producer's reports change.
pub(super) struct ProducerShared {
    pub(super) reporter: Reporter,
    pub(super) counters: Arc<InFlightCounters>,
    /// For the lanes that wait for room, apart: it is not rung before there is some.
    pub(super) room: Bell,
    pub(super) instance: Arc<InstanceHandle>,
    /// What Kafka has not confirmed.
    pub(super) sent: UnderWay,
    pub(super) receipts: Mutex<Receipts>,
    /// The deadline of the shutdown passed: nobody waits for room any more.
    pub(super) given_up: AtomicBool,
    /// How many threads wait for room here, and how many for room on the embedded broker.
    pub(super) waiting: AtomicUsize,
    pub(super) held_back: AtomicUsize,
    /// With transactions: what ends the one under way.
    pub(super) abort_reason: Option<AbortReason>,
    /// Outputs that Kafka refused, by their electrons.
    pub(super) refusals: Refusals,
    /// What the streams of copies do not take.
    pub(super) habits: Habits,
    /// Sends again what was refused with its batch; not with transactions, which are repeated as a whole.
    pub(super) alone: Option<SingleProducer>,
    pub(super) side: SideStreams,
    /// `batch.size`
    pub(super) batch_bytes: usize,
    /// What it means that an output is not delivered.
    delivery: DeliveryMode,
}

/// What is shared from the start.
pub(super) struct Parts {
    pub(super) reporter: Reporter,
    pub(super) counters: Arc<InFlightCounters>,
    pub(super) instance: Arc<InstanceHandle>,
    pub(super) abort_reason: Option<AbortReason>,
    pub(super) alone: Option<SingleProducer>,
    pub(super) side: SideStreams,
    pub(super) batch_bytes: usize,
    pub(super) delivery: DeliveryMode,
}

/// How a producer sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SendMode {
    InBatches,
    Alone,
}

/// Receives delivery reports on the producer's own thread; never blocks.
pub(super) struct DeliveryReports {
    pub(super) shared: Arc<ProducerShared>,
    pub(super) sent: SendMode,
}

impl DeliveryReports {
    /// Those of a producer that sends so.
    pub(super) fn new(shared: &Arc<ProducerShared>, sent: SendMode) -> Self {
        let shared = Arc::clone(shared);
        Self { shared, sent }
    }
}

impl ClientContext for DeliveryReports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        // A fatal error comes with the code of its reason, like any other; this line tells it apart. With
        // transactions what follows is decided where they end.
        if facility == FATAL && self.shared.abort_reason.is_none() {
            self.shared.cannot_go_on(text);
        }
        // Told with the failure of whatever was sent there.
        if let Some(abort_reason) = &self.shared.abort_reason
            && abort_reason.learn_forbidden(facility, text)
        {
            return;
        }
        self.shared.reporter.log(level, facility, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        match (error.rdkafka_error_code(), &self.shared.abort_reason) {
            // What follows is decided where the transaction ends.
            (Some(RDKafkaErrorCode::Fatal), Some(abort_reason)) => {
                abort_reason.strike(reason.to_owned())
            }
            (Some(RDKafkaErrorCode::Fatal), None) => self.shared.cannot_go_on(reason),
            // One after which it cannot go on is told already.
            _ if self.shared.instance.has_failed() => tracing::debug!("kafka: {reason}"),
            _ => self.shared.reporter.error(&error, reason),
        }
    }
}

impl ProducerContext for DeliveryReports {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, opaque: usize) {
        let shared = &*self.shared;
        let settles = Settles::from_opaque(opaque);
        let error = shared.error(result);
        let (message, outcome) = match result {
            Ok(message) if is_presumed(message) => {
                let text = format!("stream `{}`: {PRESUMED}", message.topic());
                let failure = Failure::new(FailureKind::Delivery, text);
                (message, Outcome::Failed(failure))
            }
            Ok(message) => (message, Outcome::Delivered),
            Err((_, message)) => {
                let outcome = error
                    .as_ref()
                    .map(|error| self.judge(error, message, settles));
                (message, outcome.unwrap_or(Outcome::Delivered))
            }
        };
        let code = error.as_ref().and_then(KafkaError::rdkafka_error_code);
        let failure = match outcome {
            Outcome::Delivered => None,
            Outcome::UnderWay => return,
            Outcome::Failed(failure) => Some(failure),
        };
        let mistaken = |failure: &Failure| {
            let refused = failure.kind() == FailureKind::Refused;
            mutant::is("flush-skipped") && is_purged(result)
                || mutant::is("refused-as-taken") && refused
        };
        let failure = failure.filter(|failure| !mistaken(failure));
        let (slot, receipt) = match settles {
            Settles::Nothing => (None, None),
            Settles::Slot(slot) | Settles::Copy(slot) => (Some(slot), None),
            Settles::Receipt(key) => shared.close_receipt(key),
        };
        match (&failure, slot) {
            (Some(failure), slot) if let Some(abort_reason) = &shared.abort_reason => {
                // Before the slot is settled: it never gets into a commit.
                abort_reason.strike(failure.with_causes());
                shared.failed_in_transaction(failure, slot, message, settles, code);
                if let Some(slot) = slot {
                    shared.counters.settle_one(slot);
                }
            }
            (None, Some(slot)) => {
                shared.counters.settle_one(slot);
            }
            (None, None) => {}
            // Thrown away at the end, after the flush has counted it and said so; or because the client
            // cannot go on, which was said as well.
            (Some(_), _) if is_purged(result) && shared.expects_purge() => {}
            // Its slot stays open until it is decided what becomes of its electron.
            (Some(failure), Some(slot)) if shared.is_for_its_electron(failure, settles, code) => {
                shared
                    .refusals
                    .note(slot, failure.restate(), &shared.counters);
            }
            // The slot stays open: the watermark never passes an input whose output was lost.
            (Some(failure), slot) => shared.fail(failure.restate(), slot),
        }
        if let Some(receipt) = receipt {
            receipt.settle(failure.map_or(Ok(()), Err));
        }
        shared
            .sent
            .remove(message.payload_len() + message.key_len());
        shared.instance.bell().ring_after_exchange();
        if shared.has_drained() {
            shared.room.ring_after_exchange();
        }
    }
}

/// What a report comes to.
pub(super) enum Outcome {
    Delivered,
    /// It was sent again.
    UnderWay,
    Failed(Failure),
}

impl ProducerShared {
    /// Why something was not delivered.
    fn error(&self, result: &DeliveryResult<'_>) -> Option<KafkaError> {
        let (error, message) = result.as_ref().err()?;
        let forbids = |abort_reason: &AbortReason| abort_reason.forbids(message.topic());
        if is_purged(result) && self.abort_reason.as_ref().is_some_and(forbids) {
            let code = RDKafkaErrorCode::TopicAuthorizationFailed;
            return Some(KafkaError::MessageProduction(code));
        }
        Some(error.clone())
    }

    pub(super) fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            reporter: parts.reporter,
            counters: parts.counters,
            room: Bell::default(),
            instance: parts.instance,
            sent: UnderWay::default(),
            receipts: Mutex::default(),
            given_up: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            held_back: AtomicUsize::new(0),
            abort_reason: parts.abort_reason,
            refusals: Refusals::default(),
            habits: Habits::default(),
            alone: parts.alone,
            side: parts.side,
            batch_bytes: parts.batch_bytes,
            delivery: parts.delivery,
        })
    }

    /// What the report of a send that is awaited settles.
    fn close_receipt(&self, key: u32) -> (Option<Slot>, Option<Arc<Receipt>>) {
        let mut receipts = self.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        match receipts.open.remove(&key) {
            Some((slot, receipt)) => (slot, Some(receipt)),
            None => (None, None),
        }
    }

    /// The transaction under way can only be aborted.
    pub(super) fn strike_transaction(&self, failure: &Failure) {
        if let Some(abort_reason) = &self.abort_reason {
            abort_reason.strike(failure.with_causes());
        }
    }

    /// Whether what the client throws away is no news.
    fn expects_purge(&self) -> bool {
        self.given_up.load(Ordering::Relaxed) || self.instance.has_failed()
    }

    /// The client has met an error after which it sends nothing any more.
    fn cannot_go_on(&self, reason: &str) {
        let context = match reason.contains("Cluster authorization failed") {
            // Who may write to no stream at all gets no id for a producer.
            true => format!(
                "{} may not write to the output streams: allow WRITE and DESCRIBE on their topics",
                self.reporter.who()
            ),
            false => format!("{}: the producer cannot go on", self.instance.who()),
        };
        let reason = match reason.split_once("Fatal error: ") {
            Some((_, reason)) => reason,
            None => reason,
        };
        self.instance
            .fail(Error::new(ErrorKind::Kafka, context).caused_by(reason.to_owned()));
    }

    pub(super) fn fail(&self, failure: Failure, slot: Option<Slot>) {
        let consequence = match slot {
            Some(_) => self.delivery.fate_of_input(),
            None => "it came from no input, so nothing sends it again by itself",
        };
        let context = format!(
            "{}: an output was not delivered; {consequence}",
            self.instance.who()
        );
        self.instance
            .fail(Error::new(ErrorKind::Delivery, context).caused_by(failure));
    }
}
