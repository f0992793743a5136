//! The consumer of a micromodule: owns the assignment, fills the inboxes, stores settled offsets.

mod listed;
mod rebalance;
mod standing;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaRespErr;

pub(crate) use self::standing::Standing;
use crate::bell::Bell;
use crate::codec::Codec;
use crate::kafka::membership::{Kind, Owed, Parting};
use crate::kafka::partitions::Partition;
use crate::kafka::transactions::Transactions;
use crate::kafka::{Partitions, log};
use crate::mutant;
use crate::shutdown::Stopper;
use crate::stream::StreamName;
use crate::tracker::{PartitionId, Slot, Tracker, Watermark};

/// Told when electrons of a stream are settled, for whoever bounds the backlog.
pub(crate) type OnSettled = Box<dyn Fn(&StreamName, Watermark) + Send + Sync>;

/// How settled inputs get committed.
pub(crate) enum Settling {
    /// At least once: they are stored, and committed by the client every second.
    Stored,
    /// At most once: a lane has committed them before it handled them.
    Before,
    /// Exactly once: together with their outputs.
    Transactions(Box<Transactions>),
}

/// An input stream; its index never changes, removed ones stay as closed entries.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) stream: StreamName,
    pub(crate) codec: Codec,
    pub(crate) open: bool,
}

/// What the consumer's callbacks know. They run inside `poll`, on the consumer's own thread.
pub(crate) struct Intake {
    pub(crate) who: String,
    pub(crate) stopper: Arc<Stopper>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) partitions: Arc<Partitions>,
    pub(crate) cooperative: bool,
    pub(crate) kind: Kind,
    /// Where a group without a committed offset starts.
    pub(crate) beginning: Offset,
    /// How long a revocation waits for the electron in hand.
    pub(crate) drain: Duration,
    /// Whether headers count among the bytes that `on_settled` is told.
    pub(crate) counts_headers: bool,
    pub(crate) on_settled: OnSettled,
    pub(crate) settling: Settling,
    books: Mutex<Books>,
    parting: Parting,
    /// Counts rebalances, so that the loop knows when its caches are stale.
    epoch: AtomicU64,
    /// The last rebalance gave something, and took nothing.
    member: AtomicBool,
}

struct Books {
    tracker: Tracker,
    /// Where the present assignment of each partition began, if that is a number.
    began: HashMap<PartitionId, i64>,
    inputs: Vec<Input>,
}

/// Everything an intake is built from.
pub(crate) struct IntakeParts {
    pub(crate) who: String,
    pub(crate) stopper: Arc<Stopper>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) cooperative: bool,
    pub(crate) kind: Kind,
    pub(crate) beginning: Offset,
    pub(crate) drain: Duration,
    /// Whether headers count among the bytes that `on_settled` is told.
    pub(crate) counts_headers: bool,
    pub(crate) on_settled: OnSettled,
    pub(crate) settling: Settling,
    pub(crate) inputs: Vec<(StreamName, Codec)>,
    pub(crate) tracker: Tracker,
}

impl Intake {
    pub(crate) fn new(parts: IntakeParts) -> Self {
        let open = |(stream, codec)| Input {
            stream,
            codec,
            open: true,
        };
        let inputs = parts.inputs.into_iter().map(open).collect();
        Self {
            who: parts.who,
            stopper: parts.stopper,
            bell: parts.bell,
            partitions: Arc::new(Partitions::default()),
            cooperative: parts.cooperative,
            kind: parts.kind,
            beginning: parts.beginning,
            drain: parts.drain,
            counts_headers: parts.counts_headers,
            on_settled: parts.on_settled,
            settling: parts.settling,
            books: Mutex::new(Books {
                tracker: parts.tracker,
                began: HashMap::new(),
                inputs,
            }),
            parting: Parting::default(),
            epoch: AtomicU64::new(0),
            member: AtomicBool::new(false),
        }
    }

    /// How far the end of this consumer is.
    pub(crate) fn parting(&self) -> &Parting {
        &self.parting
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    pub(crate) fn has_room(&self, electrons: usize) -> bool {
        self.books().tracker.has_room(electrons)
    }

    /// Takes an electron into the books; `None` when its partition was revoked or there is no room.
    pub(crate) fn track(&self, partition: PartitionId, offset: i64, bytes: usize) -> Option<Slot> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.books().tracker.track(partition, offset, bytes)
    }

    /// The input stream of that name with its index. A closed one too: until its partitions are
    /// revoked its electrons are handled, or an input that is added again soon would miss some.
    pub(crate) fn input(&self, stream: &str) -> Option<(usize, Input)> {
        let books = self.books();
        let found = books.inputs.iter().enumerate();
        let mut found = found.filter(|(_, input)| input.stream.as_str() == stream);
        found.next().map(|(index, input)| (index, input.clone()))
    }

    /// The streams read at present.
    pub(crate) fn open_inputs(&self) -> Vec<StreamName> {
        let books = self.books();
        books
            .inputs
            .iter()
            .filter(|input| input.open)
            .map(|input| input.stream.clone())
            .collect()
    }

    /// Whether nothing is in flight.
    pub(crate) fn is_idle(&self) -> bool {
        self.books().tracker.is_idle()
    }

    /// How many inputs there ever were.
    pub(crate) fn input_count(&self) -> usize {
        self.books().inputs.len()
    }

    /// Opens or closes an input; returns whether anything changed.
    pub(crate) fn set_input(&self, stream: &StreamName, open: bool) -> bool {
        let mut books = self.books();
        match books
            .inputs
            .iter_mut()
            .find(|input| input.stream == *stream)
        {
            Some(input) => std::mem::replace(&mut input.open, open) != open,
            None if open => {
                let stream = stream.clone();
                books.inputs.push(Input {
                    stream,
                    codec: Codec::Auto,
                    open,
                });
                true
            }
            None => false,
        }
    }

    /// The assigned partitions.
    pub(crate) fn assigned(&self) -> Vec<Arc<Partition>> {
        let ids = self.books().tracker.partitions();
        ids.into_iter()
            .filter_map(|id| self.partitions.get(id))
            .collect()
    }

    /// The oldest offset of a partition that is not settled, or else where its assignment began.
    pub(crate) fn oldest_unsettled(&self, partition: PartitionId) -> Option<i64> {
        let books = self.books();
        let unsettled = books.tracker.oldest_unsettled(partition);
        unsettled.or_else(|| books.began.get(&partition).copied())
    }

    /// Moves the watermark of a partition.
    pub(crate) fn advance(&self, partition: &Partition) -> Option<Watermark> {
        self.books().tracker.advance(partition.id)
    }

    /// Forgets what is in flight of an assigned partition, which begins again elsewhere.
    pub(crate) fn restart_tracking(&self, partition: PartitionId) {
        self.books().tracker.assign(partition);
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }

    /// Moves the watermarks of `partitions` and stores them for the next commit; returns those that
    /// moved. With transactions their end does that.
    pub(crate) fn store(
        &self,
        consumer: &BaseConsumer<Self>,
        partitions: &[Arc<Partition>],
    ) -> TopicPartitionList {
        let mut moved = TopicPartitionList::new();
        if let Settling::Transactions(_) = self.settling {
            return moved;
        }
        for partition in partitions {
            let Some(watermark) = self.advance(partition) else {
                continue;
            };
            let next = watermark.next_offset + i64::from(mutant::is("plus-one-twice"));
            let next = Offset::Offset(next);
            // Not `store_offset`: that one takes the last offset, this one the next.
            if let Err(error) =
                moved.add_partition_offset(partition.stream.as_str(), partition.number, next)
            {
                tracing::error!("kafka: an offset cannot be stored: {error}");
            }
            (self.on_settled)(&partition.stream, watermark);
        }
        if let Settling::Stored = self.settling
            && moved.count() > 0
            && !mutant::is("auto-store")
            && let Err(error) = consumer.store_offsets(&moved)
        {
            tracing::warn!("kafka: offsets could not be stored: {error}");
        }
        moved
    }
}

impl ClientContext for Intake {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        log::line(level, facility, text);
    }
}

impl ConsumerContext for Intake {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        code: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        let gives = code == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        match self.parting.owes() {
            Owed::TheEvent if gives => self.on_assign(consumer, list),
            Owed::TheEvent => self.on_revoke(consumer, list),
            owed @ (Owed::Release | Owed::Nothing) => self.on_closing(consumer, owed),
        }
        self.member.store(gives, Ordering::Relaxed);
        self.epoch.fetch_add(1, Ordering::SeqCst);
        // A lane that waits because its lot is full looks whether what is in it is still its own.
        self.bell.ring();
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        let Err(error) = result else { return };
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::NoOffset) => {}
            // The group changes: what was stored is committed by the revocation or the next commit.
            Some(
                RDKafkaErrorCode::RebalanceInProgress
                | RDKafkaErrorCode::IllegalGeneration
                | RDKafkaErrorCode::UnknownMemberId,
            ) => tracing::debug!("kafka: a commit met a rebalance and is repeated: {error}"),
            _ => tracing::warn!("kafka: a commit failed and is repeated: {error}"),
        }
    }
}
