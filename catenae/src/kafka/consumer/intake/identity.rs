//! Which stream the offsets of an assignment belong to: one that was created again starts at its beginning.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::beginning::Void;
use super::notes::note_at;
use super::unowned::Unowned;
use super::{ASK_WITHIN, Intake};
use crate::assignment::partitions::Partition;
use crate::error::{Error, ErrorKind};
use crate::kafka::topics::ids as stream_ids;
use crate::mutant;
use crate::settle::tracker::PartitionId;
use crate::spec::modes::OnRecreate;
use crate::stream::{Identities, Recreated, StreamId, StreamName};

/// How often that is asked.
const QUESTIONS: usize = 3;

/// An input that is another stream than the one that was assigned, and was not begun again yet.
#[derive(Debug)]
pub(super) struct PendingRecreation {
    pub(super) what: Recreated,
    pub(super) since: Instant,
    /// Partitions that were assigned since then: their offsets are of the new stream.
    pub(super) placed: BTreeSet<PartitionId>,
}

/// What is known of the streams that are read, and of those among them that were created again.
#[derive(Debug, Default)]
pub(crate) struct Recreations {
    identities: Mutex<Identities>,
    /// Inputs that are another stream than the one that was assigned.
    pending: Mutex<Vec<PendingRecreation>>,
    /// Partitions that are assigned while an offset of another stream is still committed of them.
    void: Mutex<Void>,
    /// Streams that were created again, of which nothing is assigned here.
    unowned: Mutex<Vec<Unowned>>,
}

impl Recreations {
    pub(super) fn identities(&self) -> MutexGuard<'_, Identities> {
        self.identities
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn pending(&self) -> MutexGuard<'_, Vec<PendingRecreation>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn unowned(&self) -> MutexGuard<'_, Vec<Unowned>> {
        self.unowned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn void(&self) -> MutexGuard<'_, Void> {
        self.void.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the next offset of a partition, with the id of its stream beside it.
    pub(crate) fn add_next(
        &self,
        list: &mut TopicPartitionList,
        partition: &Partition,
        next: i64,
    ) -> KafkaResult<()> {
        let stream = &partition.stream;
        let mut element = list.add_partition(stream.as_str(), partition.number);
        element.set_offset(Offset::Offset(next))?;
        if let Some(id) = self.identities().get(stream) {
            element.set_metadata(id.note());
        }
        Ok(())
    }

    /// Notes that a stream was created again; returns whether that is news.
    fn note(&self, recreated: &Recreated) -> bool {
        let mut all = self.pending();
        let known = all
            .iter_mut()
            .find(|pending| pending.what.stream == recreated.stream);
        match known {
            _ if mutant::is("no-stream-ids") => return false,
            Some(pending) if pending.what.now == recreated.now => return false,
            // Once more, before it was begun again.
            Some(pending) => {
                pending.what = recreated.clone();
                pending.placed.clear();
            }
            None => all.push(PendingRecreation {
                what: recreated.clone(),
                since: Instant::now(),
                placed: BTreeSet::new(),
            }),
        }
        true
    }

    /// Whether what is read of this stream is of another one than the offsets.
    pub(in crate::kafka::consumer) fn has(&self, stream: &StreamName) -> bool {
        let all = self.pending();
        all.iter().any(|pending| pending.what.stream == *stream)
    }

    /// Whether a name has stood for another stream since this consumer began.
    pub(in crate::kafka::consumer) fn was_recreated(&self, stream: &StreamName) -> bool {
        self.identities().was_recreated(stream)
    }

    /// From now on a name stands for this stream.
    #[cfg(test)]
    pub(in crate::kafka::consumer) fn accept(&self, stream: &StreamName, now: StreamId) {
        self.identities().accept(stream, now);
    }

    /// The stream that a name stands for now, as far as is known.
    pub(super) fn present(&self, stream: &StreamName) -> Option<StreamId> {
        let all = self.pending();
        let pending = all.iter().find(|pending| pending.what.stream == *stream);
        let now = pending.map(|pending| pending.what.now.clone());
        now.or_else(|| self.identities().get(stream).cloned())
    }

    /// Notes that nothing of a stream that was created again is assigned here.
    pub(super) fn note_unowned(&self, stream: &StreamName, id: &StreamId) {
        let mut all = self.unowned();
        all.retain(|other| !other.is_of(stream));
        all.push(Unowned::new(stream, id));
    }

    /// Forgets what was known of the partitions of an assignment that begins.
    pub(super) fn forget_void(&self, list: &TopicPartitionList) {
        self.void().forget(list);
    }
}

impl Intake {
    /// Asks which streams these are. One that has another id than before was created again.
    pub(super) fn identify(&self, list: &TopicPartitionList) {
        let elements = list.elements();
        let mut streams: Vec<StreamName> = elements
            .iter()
            .map(|element| element.topic().into())
            .collect();
        streams.sort();
        streams.dedup();
        self.ask(&streams);
    }

    /// Asks which streams are read. Whether one of them was created again.
    pub(in crate::kafka) fn look_again(&self) -> bool {
        self.ask(&self.inputs.open());
        !self.recreations.pending().is_empty()
    }

    fn ask(&self, streams: &[StreamName]) {
        let Some(client) = &self.asked else { return };
        for _ in 0..QUESTIONS {
            let ids = stream_ids::ids(client, streams, ASK_WITHIN).unwrap_or_default();
            for (stream, id) in ids {
                self.see(&stream, id);
            }
            let is_known =
                |stream: &StreamName| self.recreations.identities().get(stream).is_some();
            if streams.iter().all(is_known) || self.instance.is_stopping() {
                return;
            }
        }
        // The offsets are taken as they are, until somebody has said which streams these are.
        tracing::debug!("kafka: the ids of {streams:?} are not known");
    }

    /// Kafka says which stream this name stands for.
    pub(in crate::kafka) fn see(&self, stream: &StreamName, id: StreamId) {
        let recreated = self.recreations.identities().see(stream, id);
        if let Some(recreated) = recreated {
            self.on_recreated(recreated);
        }
    }

    /// The client says that it goes on with another stream of the same name. It says so before it reads from that, and
    /// lanes let the reader hear it before they take what comes behind it, so nothing of the new one is handled.
    pub(super) fn on_client_saw(&self, recreated: Recreated) {
        // Where nothing else is known, it was the former one that the offsets are of.
        let is_news = self.recreations.identities().is_news(&recreated);
        if is_news {
            self.on_recreated(recreated);
        }
    }

    fn on_recreated(&self, recreated: Recreated) {
        if !self.recreations.note(&recreated) {
            return;
        }
        self.assigned.next_epoch();
        if self.on_recreate == OnRecreate::Fail {
            self.instance
                .fail(input_recreated(self.instance.who(), &recreated));
        }
        self.instance.bell().ring();
    }

    /// Whether a stream that is deleted is waited for, because it may be created again.
    pub(in crate::kafka) fn outlives_deletion(&self) -> bool {
        self.on_recreate == OnRecreate::FromBeginning
    }

    /// A partition was assigned, and reads from an offset of the stream that there is now.
    pub(super) fn place(&self, partition: &Partition) {
        let now = self.recreations.present(&partition.stream);
        if now.is_some_and(|now| self.assigned.has_stored_of_another(partition.id, &now)) {
            self.recreations
                .void()
                .add(partition.stream.clone(), partition.number);
        }
        let mut all = self.recreations.pending();
        let mut of_stream = all.iter_mut();
        if let Some(pending) = of_stream.find(|pending| pending.what.stream == partition.stream) {
            pending.placed.insert(partition.id);
        }
    }

    /// Where reading begins, given what is committed: an offset of another stream of the same name says
    /// nothing about this one.
    pub(super) fn without_offsets_of_others(
        &self,
        committed: TopicPartitionList,
    ) -> KafkaResult<TopicPartitionList> {
        if mutant::is("no-stream-ids") {
            return Ok(committed);
        }
        let mut start = TopicPartitionList::new();
        let mut is_other = false;
        for (index, element) in committed.elements().iter().enumerate() {
            let (stream, number) = (element.topic(), element.partition());
            let of = note_at(&committed, index).and_then(StreamId::from_note);
            let known = self.recreations.present(&stream.into());
            let offset = match (of, known, element.offset()) {
                (Some(of), Some(known), Offset::Offset(offset)) if of != known => {
                    is_other = true;
                    self.recreations.void().add(stream.into(), number);
                    tracing::warn!(
                        "stream `{stream}`, partition {number}: offset {offset} was committed for an earlier \
                         stream of this name (id {of}, now {known}); it is read from its beginning"
                    );
                    self.beginning
                }
                (_, _, offset) => offset,
            };
            start.add_partition_offset(stream, number, offset)?;
        }
        // As a rule the list is the client's own: it has more to say than offsets.
        Ok(if is_other { start } else { committed })
    }
}

/// What stops a micromodule whose input is another stream.
pub(in crate::kafka) fn input_recreated(who: &str, recreated: &Recreated) -> Error {
    let context = format!(
        "{who}: input {recreated}. The committed offsets belong to the former stream, so nothing of the new \
         one is skipped: the next start reads it from its beginning. To continue automatically, start with \
         `--on-recreate from-beginning`"
    );
    Error::new(ErrorKind::Recreated, context)
}
