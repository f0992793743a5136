//! When the consumer polls, and which inputs it pauses while their lanes are busy.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer as _;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::{DRAIN, Reader, STORE_EVERY, TICK};

/// A pause throws the read-ahead away, so a busy lane is waited for a little first.
const PATIENCE: Duration = Duration::from_secs(1);

impl Reader<'_, '_> {
    /// Whether to poll now. With one input a busy lane is waited for; past the patience, and with
    /// several inputs at once, the full inputs are paused and polling goes on for the others, for
    /// rebalances, and for the group's sake.
    pub(super) fn may_poll(&mut self, polled: Instant) -> bool {
        let intake = self.intake();
        let inputs = intake.inputs.open().len();
        // Twice, so that a record of a partition that comes while intake is paused has its place.
        let room = || intake.assigned.has_room(2 * DRAIN);
        // Settled electrons keep their slots until the watermark has passed them.
        let crowded = !room() && {
            self.relieve();
            !room()
        };
        let full = |input: usize| self.inboxes.iter().any(|inbox| inbox.is_full(input));
        let drained = |input: usize| self.inboxes.iter().all(|inbox| inbox.has_drained(input));
        let all = self.known_inputs();
        let blocked: BTreeSet<usize> = all.filter(|input| crowded || full(*input)).collect();
        if blocked.is_empty() && self.paused.is_empty() {
            return true;
        }
        let patient = self.paused.is_empty() && polled.elapsed() < PATIENCE;
        if patient && (inputs == 1 || crowded) {
            if crowded {
                intake
                    .instance
                    .bell()
                    .wait(STORE_EVERY, || room() || intake.instance.is_stopping());
            } else if let Some(inbox) = self
                .inboxes
                .iter()
                .find(|inbox| blocked.iter().any(|input| inbox.is_full(*input)))
            {
                inbox.wait_for_room(TICK);
            }
            return false;
        }
        let resumable: Vec<usize> = self
            .paused
            .iter()
            .copied()
            .filter(|input| !crowded && drained(*input))
            .collect();
        for input in resumable {
            self.paused.remove(&input);
            self.switch(input, false);
        }
        for input in blocked {
            if self.paused.insert(input) {
                self.switch(input, true);
            }
        }
        true
    }

    fn known_inputs(&self) -> std::ops::Range<usize> {
        0..self.intake().inputs.count()
    }

    pub(super) fn switch(&self, input: usize, pause: bool) {
        let list = self.partitions_of(Some(input));
        let switched = if pause {
            self.consumer.pause(&list)
        } else {
            self.consumer.resume(&list)
        };
        if let Err(error) = switched {
            tracing::warn!("kafka: intake could not be paused or resumed: {error}");
        }
    }

    pub(super) fn pause_all(&self) {
        let list = self.partitions_of(None);
        if list.count() > 0
            && let Err(error) = self.consumer.pause(&list)
        {
            tracing::debug!("kafka: intake could not be paused: {error}");
        }
    }

    fn partitions_of(&self, input: Option<usize>) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for partition in self.intake().assigned.all() {
            let index = self
                .intake()
                .inputs
                .get(partition.stream.as_str())
                .map(|(index, _)| index);
            if input.is_none() || index == input {
                list.add_partition(partition.stream.as_str(), partition.number);
            }
        }
        list
    }
}
