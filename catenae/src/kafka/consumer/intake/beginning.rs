//! Going to the beginning of a stream that was created again, and committing that.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::positions::Positions;
use super::rebalance::Rebalance;
use super::{Intake, say_uncommitted};
use crate::assignment::partitions::Partition;
use crate::error::{Error, ErrorKind};
use crate::spec::modes::OnRecreate;
use crate::stream::{Recreated, StreamName};

/// How long it may fail to begin again on a stream. The group may have to be joined again first.
const BEGIN_WITHIN: Duration = Duration::from_secs(60);
/// Between two attempts to commit over what is committed of a former stream.
const COMMIT_AGAIN: Duration = Duration::from_secs(1);

/// Partitions that are assigned, while the broker or the client still holds an offset of another stream for
/// committed.
#[derive(Debug, Default)]
pub(super) struct Void {
    partitions: Vec<(StreamName, i32)>,
    tried: Option<Instant>,
}

impl Void {
    pub(super) fn add(&mut self, stream: StreamName, number: i32) {
        self.partitions.push((stream, number));
    }

    /// Forgets what was known of the partitions of an assignment that begins.
    pub(super) fn forget(&mut self, list: &TopicPartitionList) {
        self.partitions
            .retain(|(stream, number)| list.find_partition(stream.as_str(), *number).is_none());
        self.tried = None;
    }

    fn has(&self, partition: &Partition) -> bool {
        let mut all = self.partitions.iter();
        all.any(|(stream, number)| (stream, *number) == (&partition.stream, partition.number))
    }
}

/// Begins again on streams that were created again.
pub(in crate::kafka::consumer) struct Beginnings<'c> {
    consumer: &'c BaseConsumer<Intake>,
}

impl<'c> Beginnings<'c> {
    pub(in crate::kafka::consumer) fn of(consumer: &'c BaseConsumer<Intake>) -> Self {
        Self { consumer }
    }

    fn intake(&self) -> &'c Intake {
        self.consumer.context()
    }

    /// Ends what is in flight of a stream as if it were given back, and goes to its beginning. Until that has
    /// worked nothing of the stream is handled.
    pub(super) fn begin_again(&self, recreated: &Recreated) -> KafkaResult<()> {
        let Recreated { stream, now, .. } = recreated;
        let _closed = self.intake().queues.close();
        let assigned = self.intake().assigned.all().into_iter();
        let of_stream = assigned.filter(|partition| partition.stream == *stream);
        let all = self.intake().recreations.pending();
        let is_placed = |partition: &Arc<Partition>| {
            let mut pending = all.iter();
            pending.any(|pending| pending.placed.contains(&partition.id))
        };
        let (placed, mut partitions): (Vec<_>, Vec<_>) = of_stream.partition(is_placed);
        drop(all);
        Rebalance::of(self.consumer).release(&partitions);
        if self.intake().recreations.identities().get(stream) != Some(now) {
            tracing::warn!("{recreated}: it is read from its beginning");
            self.intake()
                .recreations
                .identities()
                .accept(stream, now.clone());
        }
        let began = Positions::of(self.consumer).seek_to_beginning(stream, &mut partitions);
        // Also when that failed: a revocation has to find them.
        for partition in &partitions {
            self.intake().assigned.begin(partition.id);
            self.intake()
                .assigned
                .began(partition.id, self.intake().beginning);
        }
        began?;
        // The others of them have an offset of the new stream.
        let began = |partition: &Arc<Partition>| self.intake().assigned.has_begun(partition.id);
        let fresh = placed.into_iter().filter(|partition| !began(partition));
        partitions.extend(fresh);
        Positions::of(self.consumer).commit_position(&partitions)?;
        let assigned = self.intake().assigned.all();
        if !assigned.iter().any(|partition| partition.stream == *stream) {
            self.intake().recreations.note_unowned(stream, now);
        }
        let mut all = self.intake().recreations.pending();
        all.retain(|pending| pending.what != *recreated);
        self.intake().assigned.next_epoch();
        Ok(())
    }

    /// What was committed of some partitions was of another stream: commits where the work on this one stands.
    /// Until that has worked it is tried again, every second at most.
    pub(in crate::kafka) fn commit_over_void(&self) {
        let mut partitions = {
            let mut void = self.intake().recreations.void();
            let is_due = void
                .tried
                .is_none_or(|tried| tried.elapsed() >= COMMIT_AGAIN);
            if void.partitions.is_empty() || !is_due {
                return;
            }
            void.tried = Some(Instant::now());
            let mut assigned = self.intake().assigned.all();
            assigned.retain(|partition| void.has(partition));
            assigned
        };
        // What has not begun again yet would be committed under the former id.
        partitions.retain(|partition| !self.intake().recreations.has(&partition.stream));
        match Positions::of(self.consumer).commit_position(&partitions) {
            Ok(()) => {
                let mut void = self.intake().recreations.void();
                void.partitions
                    .retain(|(stream, _)| self.intake().recreations.has(stream));
            }
            Err(error) => say_uncommitted(&error),
        }
    }

    /// Looks at what was seen of the streams, and starts at the beginning of those that were created again,
    /// if that is the user's wish.
    pub(in crate::kafka) fn begin_recreated(&self) {
        for (stream, id) in self.intake().sightings.take_seen() {
            let is_read = |partition: &Arc<Partition>| partition.stream == stream;
            if self
                .intake()
                .recreations
                .identities()
                .get(&stream)
                .is_some()
                || self.intake().assigned.all().iter().any(is_read)
            {
                self.intake().see(&stream, id);
            }
        }
        if self.intake().on_recreate == OnRecreate::Fail {
            return;
        }
        let all: Vec<(Recreated, Instant)> = self
            .intake()
            .recreations
            .pending()
            .iter()
            .map(|pending| (pending.what.clone(), pending.since))
            .collect();
        for (recreated, since) in all {
            match self.begin_again(&recreated) {
                Ok(()) => {}
                // The group may be about to take the partitions away: that has to be heard first.
                Err(error) if since.elapsed() < BEGIN_WITHIN => {
                    tracing::debug!("kafka: {recreated}: tried again: {error}");
                }
                Err(error) => {
                    let context = format!(
                        "{}: {recreated}, and cannot be read",
                        self.intake().instance.who()
                    );
                    let error = Error::new(ErrorKind::Recreated, context).caused_by(error);
                    self.intake().instance.fail(error);
                }
            }
        }
    }
}

impl Intake {
    /// Notes which stream it is that an offset of this partition is stored of.
    pub(super) fn note_stored(&self, partition: &Partition) {
        if let Some(id) = self.recreations.identities().get(&partition.stream) {
            self.assigned.note_stored(partition.id, id);
        }
    }
}
