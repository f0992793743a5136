//! The way from the client's queues into the inboxes: lanes that run dry take a batch, and give the others their part.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::consumer::Consumer as _;
use rdkafka::error::KafkaError;

use crate::assignment::inbox::{Inbox, InboxRecord};
use crate::assignment::partitions::Partition;
use crate::error::{Error, ErrorKind};
use crate::kafka::client::headers;
use crate::kafka::client::queues::TakenMessage;
use crate::kafka::client::record::FetchedRecord;
use crate::kafka::consumer::intake::{Intake, Tracking};
use crate::kafka::consumer::membership::GroupMember;
use crate::kafka::consumer::watch::ends;
use crate::mutant;
use crate::settle::tracker::PartitionId;

/// So many messages are taken from the client at once.
const BATCH: usize = 512;

/// How long what the broker has of an input may take to come. Behind the last electron of a stream there may be offsets
/// that never come as one: marks of transactions.
const UNDER_WAY: Duration = Duration::from_millis(100);

/// What came of the wish for more of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// Whatever was there is in the inboxes.
    Done,
    /// Too many electrons are in flight: some have to be settled first.
    NoRoom,
}

/// Fills the inboxes of one consumer.
pub(crate) struct Feed<'f, 'c> {
    consumer: &'c GroupMember,
    inboxes: &'f [Inbox<'c>],
    state: Mutex<FeedState<'c>>,
    /// Errors of partitions, for the thread that reads.
    errors: Mutex<Vec<PartitionError>>,
}

/// What the client says of one partition in place of its messages.
pub(super) struct PartitionError {
    pub(super) error: KafkaError,
    pub(super) stream: String,
    pub(super) number: i32,
    /// `None` where the client does not say.
    pub(super) offset: Option<i64>,
}

impl fmt::Display for PartitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stream `{}`, partition {}", self.stream, self.number)?;
        match self.offset {
            Some(offset) => write!(f, ", offset {offset}"),
            None => Ok(()),
        }
    }
}

struct FeedState<'c> {
    batch: Vec<TakenMessage<'c>>,
    staged: Vec<Vec<(usize, InboxRecord<'c>)>>,
    known: Option<LastPartition>,
    epoch: u64,
}

/// The partition of the last record: the next one is usually of the same.
#[derive(Clone, Copy)]
struct LastPartition {
    topic: usize,
    number: i32,
    id: PartitionId,
    generation: u32,
    input: usize,
}

impl LastPartition {
    fn is_of(&self, message: &TakenMessage<'_>) -> bool {
        self.topic == message.topic_id() && self.number == message.partition()
    }
}

impl<'f, 'c> Feed<'f, 'c> {
    /// The messages of a consumer go to these inboxes from now on.
    pub(crate) fn new(consumer: &'c GroupMember, inboxes: &'f [Inbox<'c>]) -> Self {
        let bells = inboxes.iter().map(Inbox::bell).collect();
        let mut staged = Vec::new();
        staged.resize_with(inboxes.len(), Vec::new);
        let feed = Self {
            consumer,
            inboxes,
            state: Mutex::new(FeedState {
                batch: Vec::with_capacity(BATCH),
                staged,
                known: None,
                epoch: 0,
            }),
            errors: Mutex::default(),
        };
        let client = consumer.client().native_ptr();
        feed.intake().queues.open(client, bells);
        feed
    }

    fn intake(&self) -> &'c Intake {
        self.consumer.context()
    }

    /// How many inputs there are.
    pub(crate) fn inputs(&self) -> usize {
        self.intake().queues.count()
    }

    /// Counts how often something came where nothing was.
    pub(crate) fn arrivals(&self) -> u64 {
        self.intake().queues.arrivals()
    }

    /// Whether there is something of an input that lanes have room for.
    pub(crate) fn has(&self, input: usize) -> bool {
        self.intake().queues.has(input)
    }

    /// Whether something of an input lies with the client, taken or not.
    pub(crate) fn lies(&self, input: usize) -> bool {
        self.intake().queues.lies(input)
    }

    /// Whether more of an input is under way: it was flooded a moment ago, and the broker has more, as far as the client
    /// knows.
    pub(crate) fn comes(&self, input: usize) -> bool {
        let intake = self.intake();
        if !intake.queues.was_flooded_within(input, UNDER_WAY) {
            return false;
        }
        let of_input = |partition: &Arc<Partition>| {
            let found = intake.inputs.get(partition.stream.as_str());
            found.is_some_and(|(index, _)| index == input)
        };
        let partitions: Vec<Arc<Partition>> =
            intake.assigned.all().into_iter().filter(of_input).collect();
        // It counts the marks of transactions, which never come as electrons.
        let positions = ends::positions(self.consumer, partitions.iter().map(|one| &**one));
        partitions.iter().any(|partition| {
            let position = positions.get(&(partition.stream.clone(), partition.number));
            let next = intake.assigned.next_to_read(partition.id);
            let next = next.max(position.copied()).unwrap_or(0);
            // Nothing is known of one that was assigned a moment ago.
            next < ends::end(self.consumer, partition).unwrap_or(i64::MAX)
        })
    }

    /// Of which inputs more lies with the client than lanes have room for, since the last call.
    pub(super) fn held(&self) -> Vec<bool> {
        let queues = &self.intake().queues;
        (0..self.inputs())
            .map(|input| queues.is_held(input))
            .collect()
    }

    /// Whether a batch more may be in flight.
    pub(crate) fn has_room(&self) -> bool {
        self.intake().assigned.has_room(BATCH)
    }

    /// A lane has taken so much of a full inbox that there is room in it.
    pub(crate) fn made_room(&self, input: usize) {
        self.intake().queues.release(input);
    }

    /// What was wrong with partitions since the last call.
    pub(super) fn take_errors(&self) -> Vec<PartitionError> {
        std::mem::take(&mut self.errors.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Fills the inboxes with what there is of an input, a batch at most.
    pub(crate) fn fill(&self, input: usize) -> Filled {
        let queues = &self.intake().queues;
        // One after the other, so that the room that is seen is still there when it is used.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = || self.inboxes.iter().any(|inbox| inbox.is_full(input));
        if is_full() {
            queues.hold(input, is_full);
            return Filled::Done;
        }
        if !self.has_room() {
            return Filled::NoRoom;
        }
        let FeedState {
            batch,
            staged,
            known,
            epoch,
        } = &mut *state;
        queues.take(input, batch, |batch| {
            let now = self.intake().assigned.epoch();
            if now != *epoch {
                (*epoch, *known) = (now, None);
            }
            let mut tracking = None;
            for message in batch.drain(..) {
                self.accept(message, known, &mut tracking, staged);
            }
            drop(tracking);
            for (inbox, staged) in self.inboxes.iter().zip(&mut *staged) {
                inbox.put(staged);
            }
        });
        Filled::Done
    }

    fn accept(
        &self,
        message: TakenMessage<'c>,
        last: &mut Option<LastPartition>,
        held: &mut Option<Tracking<'c>>,
        staged: &mut [Vec<(usize, InboxRecord<'c>)>],
    ) {
        if let Some(code) = message.error() {
            let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
            return errors.push(PartitionError {
                error: KafkaError::MessageConsumption(code),
                stream: message.topic().to_owned(),
                number: message.partition(),
                offset: Some(message.offset()).filter(|offset| *offset >= 0),
            });
        }
        if !last.is_some_and(|last| last.is_of(&message)) {
            // What is asked then has locks of its own, which are not taken under this one.
            *held = None;
        }
        let Some(known) = self.partition_of(&message, last) else {
            return;
        };
        let (value, key) = (message.value(), message.key());
        let mut bytes = value.map_or(0, <[u8]>::len) + key.map_or(0, <[u8]>::len);
        if self.intake().counts_headers {
            bytes += message.headers().map_or(0, headers::native_size);
        }
        let offset = message.offset();
        let tracking = held.get_or_insert_with(|| self.intake().assigned.tracking());
        // The client may give a batch again when it stops for a rebalance in the moment in which the batch is taken.
        if tracking.is_taken(known.id, offset) {
            return;
        }
        let Some(slot) = tracking.track(known.id, offset, bytes) else {
            // A record of a partition that has just been revoked is the next owner's. One without a
            // place would be skipped by those behind it.
            if !tracking.has_room() {
                *held = None;
                let context = format!(
                    "{}: too many electrons in flight",
                    self.intake().instance.who()
                );
                let error = Error::new(ErrorKind::Kafka, context);
                self.intake().instance.fail(error);
            }
            return;
        };
        if mutant::is("auto-store") {
            let (stream, number) = (message.topic(), message.partition());
            let _ = self.consumer.store_offset(stream, number, offset);
        }
        let lane = match staged {
            [_] => 0,
            _ => lane_of(key, (message.partition(), offset), staged.len()),
        };
        let (partition, generation) = (known.id, known.generation);
        staged[lane].push((
            known.input,
            InboxRecord {
                record: FetchedRecord::taken(message),
                slot,
                partition,
                generation,
                bytes,
            },
        ));
    }

    fn partition_of(
        &self,
        message: &TakenMessage<'_>,
        last: &mut Option<LastPartition>,
    ) -> Option<LastPartition> {
        if let Some(known) = *last
            && known.is_of(message)
        {
            return Some(known);
        }
        let (topic, number) = (message.topic_id(), message.partition());
        let intake = self.intake();
        let (input, entry) = intake.inputs.get(message.topic())?;
        // It is read again, from its beginning, by this instance or by the next start.
        if intake.recreations.has(&entry.stream) {
            return None;
        }
        let partition =
            intake
                .assigned
                .partitions()
                .named(&entry.stream, entry.declared, entry.codec, number);
        let (id, generation) = (partition.id, partition.generation());
        let known = LastPartition {
            topic,
            number,
            id,
            generation,
            input,
        };
        *last = Some(known);
        Some(known)
    }
}

/// Equal keys go to the same lane; electrons without a key stay in the order of their partition.
pub(crate) fn lane_of(key: Option<&[u8]>, (partition, offset): (i32, i64), lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    match key {
        Some(_) if mutant::is("any-lane") => offset.hash(&mut hasher),
        Some(key) => key.hash(&mut hasher),
        None => partition.hash(&mut hasher),
    }
    let lanes = u64::try_from(lanes).unwrap_or(1);
    usize::try_from(hasher.finish() % lanes).unwrap_or(0)
}
