//! Delivery reports: what each of them settles, and how much is still under way.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::producer::{DeliveryResult, ProducerContext};

use super::advice::{PRESUMED, explain, is_hopeless, is_presumed, is_purged};
use crate::bell::Bell;
use crate::config::DeliveryMode;
use crate::context::Receipt;
use crate::error::{Error, ErrorKind};
use crate::kafka::log;
use crate::liveness::{Patience, WaitsFor};
use crate::mutant;
use crate::outcome::{Failure, FailureKind};
use crate::shutdown::Stopper;
use crate::tracker::{Ledger, Slot};

/// How much may be under way before the lanes wait. Well below the client's own limits, so that its
/// "queue full" never occurs and the memory stays small.
const MAX_ELECTRONS: usize = 50_000;
const MAX_BYTES: usize = 16 << 20;

/// What a delivery report finds by its integer: nothing, a slot, or an entry of `receipts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settles {
    Nothing,
    Slot(Slot),
    Receipt(u32),
}

impl Settles {
    pub(super) fn to_opaque(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Slot(slot) => (slot.index() as usize) << 2 | 1,
            Self::Receipt(key) => (key as usize) << 2 | 2,
        }
    }

    fn from_opaque(opaque: usize) -> Self {
        let index = u32::try_from(opaque >> 2).unwrap_or(u32::MAX);
        match opaque & 3 {
            1 => Self::Slot(Slot::from_index(index)),
            2 => Self::Receipt(index),
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
pub(super) struct Shared {
    pub(super) who: String,
    pub(super) ledger: Arc<Ledger>,
    pub(super) bell: Arc<Bell>,
    /// For the lanes that wait for room, apart: it is not rung before there is some.
    pub(super) room: Bell,
    pub(super) stopper: Arc<Stopper>,
    pub(super) electrons: AtomicUsize,
    pub(super) bytes: AtomicUsize,
    pub(super) receipts: Mutex<Receipts>,
    /// The deadline of the shutdown passed: nobody waits for room any more.
    pub(super) given_up: AtomicBool,
    /// How many threads wait for room here, and how many for room on the embedded broker.
    pub(super) waiting: AtomicUsize,
    pub(super) held_back: AtomicUsize,
    /// With transactions: what ends the one under way.
    pub(super) doom: Option<Doom>,
    /// What it means that an output is not delivered.
    delivery: DeliveryMode,
}

/// What is shared from the start.
pub(super) struct Parts {
    pub(super) who: String,
    pub(super) ledger: Arc<Ledger>,
    pub(super) bell: Arc<Bell>,
    pub(super) stopper: Arc<Stopper>,
    pub(super) doom: Option<Doom>,
    pub(super) delivery: DeliveryMode,
}

/// Why a transaction can only be aborted: something of it is not in Kafka.
#[derive(Debug, Default)]
pub(super) struct Doom {
    doomed: AtomicBool,
    why: Mutex<Option<String>>,
}

impl Doom {
    fn strike(&self, why: String) {
        let mut first = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(why);
        self.doomed.store(true, Ordering::SeqCst);
    }

    /// A new transaction begins.
    pub(super) fn lift(&self) {
        let mut why = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        *why = None;
        self.doomed.store(false, Ordering::SeqCst);
    }

    pub(super) fn is_doomed(&self) -> bool {
        self.doomed.load(Ordering::SeqCst)
    }

    /// The first reason.
    pub(super) fn why(&self) -> Option<String> {
        let why = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        why.clone()
    }
}

/// Receives delivery reports on the producer's own thread; never blocks.
pub(super) struct Reports(pub(super) Arc<Shared>);

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        log::line(level, facility, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        match (error.rdkafka_error_code(), &self.0.doom) {
            // What follows is decided where the transaction ends.
            (Some(RDKafkaErrorCode::Fatal), Some(doom)) => doom.strike(reason.to_owned()),
            (Some(RDKafkaErrorCode::Fatal), None) => self.0.stopper.fail(
                Error::new(
                    ErrorKind::Kafka,
                    format!("{}: the producer cannot go on: {reason}", self.0.who),
                )
                .caused_by(error),
            ),
            _ => tracing::warn!("kafka: {reason}"),
        }
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, opaque: usize) {
        let shared = &*self.0;
        let message = match result {
            Ok(message) | Err((_, message)) => message,
        };
        let failure = match result {
            Ok(message) if is_presumed(message) => Some(PRESUMED.to_owned()),
            Ok(_) => None,
            Err((error, _)) => Some(explain(error)),
        };
        let failure = failure.map(|why| {
            let text = format!("stream `{}`: {why}", message.topic());
            Failure::new(FailureKind::Delivery, text)
        });
        let failure = failure.filter(|_| !(mutant::is("flush-skipped") && is_purged(result)));
        let (slot, receipt) = match Settles::from_opaque(opaque) {
            Settles::Nothing => (None, None),
            Settles::Slot(slot) => (Some(slot), None),
            Settles::Receipt(key) => {
                let mut receipts = shared
                    .receipts
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                match receipts.open.remove(&key) {
                    Some((slot, receipt)) => (slot, Some(receipt)),
                    None => (None, None),
                }
            }
        };
        match (&failure, slot) {
            (Some(failure), slot) if let Some(doom) = &shared.doom => {
                let code = result.as_ref().err().map(|(error, _)| error);
                let code = code.and_then(KafkaError::rdkafka_error_code);
                // Before the slot is settled: it never gets into a commit.
                doom.strike(failure.with_causes());
                if is_hopeless(code) {
                    shared.fail(failure.restate(), slot);
                }
                if let Some(slot) = slot {
                    shared.ledger.settle_one(slot);
                }
            }
            (None, Some(slot)) => {
                shared.ledger.settle_one(slot);
            }
            (None, None) => {}
            // Thrown away at the end, after the flush has counted it and said so.
            (Some(_), _) if is_purged(result) && shared.given_up.load(Ordering::Relaxed) => {}
            // The slot stays open: the watermark never passes an input whose output was lost.
            (Some(failure), slot) => shared.fail(failure.restate(), slot),
        }
        if let Some(receipt) = receipt {
            receipt.settle(failure.map_or(Ok(()), Err));
        }
        shared
            .bytes
            .fetch_sub(message.payload_len() + message.key_len(), Ordering::SeqCst);
        shared.electrons.fetch_sub(1, Ordering::SeqCst);
        shared.bell.ring_after_exchange();
        if shared.has_drained() {
            shared.room.ring_after_exchange();
        }
    }
}

impl Shared {
    pub(super) fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            who: parts.who,
            ledger: parts.ledger,
            bell: parts.bell,
            room: Bell::default(),
            stopper: parts.stopper,
            electrons: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            receipts: Mutex::default(),
            given_up: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            held_back: AtomicUsize::new(0),
            doom: parts.doom,
            delivery: parts.delivery,
        })
    }

    /// The transaction under way can only be aborted.
    pub(super) fn doom(&self, failure: &Failure) {
        if let Some(doom) = &self.doom {
            doom.strike(failure.with_causes());
        }
    }

    pub(super) fn fail(&self, failure: Failure, slot: Option<Slot>) {
        let consequence = if self.delivery == DeliveryMode::AtMostOnce && slot.is_some() {
            "its input was committed before, so the output is lost"
        } else if slot.is_some() {
            "its input was not committed and is read again at the next start"
        } else {
            "it came from no input, so nothing sends it again by itself"
        };
        let context = format!("{}: an output was not delivered; {consequence}", self.who);
        self.stopper
            .fail(Error::new(ErrorKind::Delivery, context).caused_by(failure));
    }

    /// Waits until `go_on` holds; says so after `limit`, at doubling times, and at the end.
    pub(super) fn wait_and_tell(&self, limit: Duration, go_on: impl Fn() -> bool) {
        let began = Instant::now();
        let mut patience = Patience::new(limit);
        while !self.room.wait(patience.left(began.elapsed()), &go_on) {
            if patience.is_over(began.elapsed()) {
                let outputs = self.electrons.load(Ordering::Relaxed) as u64;
                tracing::warn!(
                    "the source stands still for {} s and waits for {}",
                    began.elapsed().as_secs(),
                    WaitsFor::Delivery { outputs }
                );
            }
        }
        if patience.was_over() {
            tracing::info!("the source goes on after {} s", began.elapsed().as_secs());
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.electrons.load(Ordering::Acquire) < MAX_ELECTRONS
            && self.bytes.load(Ordering::Relaxed) < MAX_BYTES
    }

    /// Whether there is room enough to go on after a wait: waking a lane for one electron costs
    /// more than the electron.
    pub(super) fn has_drained(&self) -> bool {
        self.electrons.load(Ordering::Acquire) < MAX_ELECTRONS / 4 * 3
            && self.bytes.load(Ordering::Relaxed) < MAX_BYTES / 4 * 3
    }
}
