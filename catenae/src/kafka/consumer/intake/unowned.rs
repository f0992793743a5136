//! Streams that were created again and that the group gives to nobody.
//!
//! librdkafka's leader of a group assigns what its metadata has at that moment, and joins again only when the
//! list of subscribed topics differs from the one of its last refresh. When a group rebalances in the moment in
//! which a stream is deleted, and it is there again at the next refresh, nobody gets it and nobody notices.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::notes::note_at;
use super::{ASK_WITHIN, Intake};
use crate::kafka::topics::partition_count;
use crate::stream::{StreamId, StreamName};

/// How long another instance may take to show that it reads the stream.
const SHOWN_WITHIN: Duration = Duration::from_secs(10);
/// How often the group is joined again for a stream.
const REJOINS: u32 = 3;

/// A stream that was created again when nothing of it was assigned here.
#[derive(Debug)]
pub(super) struct Unowned {
    stream: StreamName,
    id: StreamId,
    due: Instant,
    rejoins: u32,
}

impl Unowned {
    pub(super) fn new(stream: &StreamName, id: &StreamId) -> Self {
        Self {
            stream: stream.clone(),
            id: id.clone(),
            due: Instant::now() + SHOWN_WITHIN,
            rejoins: 0,
        }
    }

    pub(super) fn is_of(&self, stream: &StreamName) -> bool {
        self.stream == *stream
    }
}

/// Finds the streams for which a group has to be joined again.
pub(in crate::kafka::consumer) struct Rejoins<'c> {
    consumer: &'c BaseConsumer<Intake>,
}

impl<'c> Rejoins<'c> {
    pub(in crate::kafka::consumer) fn of(consumer: &'c BaseConsumer<Intake>) -> Self {
        Self { consumer }
    }

    fn intake(&self) -> &'c Intake {
        self.consumer.context()
    }

    /// The next stream that no one in the group seems to read: the group has to be joined again for it. Each is
    /// given again after a while, at most so often.
    pub(in crate::kafka) fn next_rejoin(&self) -> Option<StreamName> {
        let now = Instant::now();
        let mut due = {
            let mut all = self.intake().recreations.unowned();
            let index = all.iter().position(|unowned| unowned.due <= now)?;
            all.swap_remove(index)
        };
        let mine = self.intake().assigned.all();
        let is_open = self.intake().inputs.open().contains(&due.stream);
        let is_mine = mine.iter().any(|partition| partition.stream == due.stream);
        if is_mine || !is_open || due.rejoins >= REJOINS {
            return None;
        }
        let stream = due.stream.clone();
        let rejoins = match self.sign_of_a_reader(&due) {
            Sign::Found => return None,
            Sign::None => due.rejoins + 1,
            Sign::Unknown => due.rejoins,
        };
        let rejoin = (rejoins > due.rejoins).then_some(stream);
        due.rejoins = rejoins;
        due.due = now + SHOWN_WITHIN;
        self.intake().recreations.unowned().push(due);
        rejoin
    }

    /// Whether an offset of the stream was committed since it was created: then another instance reads it.
    fn sign_of_a_reader(&self, unowned: &Unowned) -> Sign {
        let name = unowned.stream.as_str();
        let Ok(count) = partition_count(self.consumer, &unowned.stream, ASK_WITHIN) else {
            return Sign::Unknown;
        };
        let mut list = TopicPartitionList::new();
        for partition in 0..count {
            list.add_partition(name, partition);
        }
        let Ok(committed) = self.consumer.committed_offsets(list, ASK_WITHIN) else {
            return Sign::Unknown;
        };
        let of = |index| note_at(&committed, index).and_then(StreamId::from_note);
        if (0..committed.count()).any(|index| of(index).as_ref() == Some(&unowned.id)) {
            return Sign::Found;
        }
        // Who has nothing to read may commit nothing.
        let has_some = (0..count).any(|partition| {
            let ends = self.consumer.fetch_watermarks(name, partition, ASK_WITHIN);
            ends.is_ok_and(|(low, high)| low < high)
        });
        match has_some {
            true => Sign::None,
            false => Sign::Unknown,
        }
    }
}

/// What shows that an instance reads a stream.
enum Sign {
    Found,
    None,
    /// Nobody could have left one, or nobody could be asked.
    Unknown,
}
