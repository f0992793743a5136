//! Fetches partitions again that the client has stopped fetching, see [`Silence`].

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::topic_partition_list::TopicPartitionList;

use crate::error::{Error, ErrorKind};
use crate::kafka::consumer::intake::{Intake, Positions};
use crate::liveness::{PartitionName, PartitionView, Revived, Silence};
use crate::mutant;

/// So often a partition of a stream that was created again is fetched again before this client is given up.
const TIMES: u32 = 1;

/// The partitions of one consumer that give nothing.
#[derive(Default)]
pub(super) struct SilentPartitions {
    silence: Silence,
}

impl SilentPartitions {
    /// Takes in what the broker has said, fetches again what it has more of, and asks for the next.
    pub(super) fn look(
        &mut self,
        consumer: &BaseConsumer<Intake>,
        now: Duration,
        views: &[PartitionView],
    ) {
        let intake = consumer.context();
        let (questions, revived) = self.silence.look(now, views);
        for one in revived {
            let Revived {
                partition: (stream, number),
                mark,
                after,
            } = one;
            let at = mark.map_or("its beginning".to_owned(), |mark| format!("offset {mark}"));
            tracing::warn!(
                "stream `{stream}`, partition {number}: the client had delivered nothing from {at} on for {} s, \
                 although the broker had more; fetching it again helped",
                after.as_secs()
            );
        }
        let mut again: Vec<PartitionName> = Vec::new();
        for (name, ends) in intake.sightings().take_ends() {
            let Some((mark, times)) = self.silence.answer(now, &name, ends) else {
                continue;
            };
            // The client keeps the leader epoch of the former stream, and ignores the leaders of the new one while
            // their epochs are lower (librdkafka 2.12.1). Only another client knows better.
            let is_new = intake.recreations.was_recreated(&name.0);
            if is_new && mark.is_none() && times > TIMES {
                intake
                    .instance
                    .fail(unreadable(intake.instance.who(), &name));
            }
            again.push(name);
        }
        if !again.is_empty() {
            fetch_again(consumer, &again);
        }
        intake.sightings().ask_ends(questions);
    }
}

/// What stops a micromodule whose client cannot read a stream that was created again.
fn unreadable(who: &str, (stream, number): &PartitionName) -> Error {
    let context = format!(
        "{who}: the client delivers nothing from the new stream `{stream}`, partition {number}, although the broker \
         has electrons there, and fetching it again has not helped: the client still knows the leaders of the former \
         stream. The next start reads the partition from its beginning"
    );
    Error::new(ErrorKind::Kafka, context)
}

fn fetch_again(consumer: &BaseConsumer<Intake>, again: &[PartitionName]) {
    let intake = consumer.context();
    // The next poll says so, and then nothing of it is read here any more.
    if consumer.assignment_lost() {
        return;
    }
    // Else something could be taken that is read again.
    let _closed = intake.queues.close();
    let positions = Positions::of(consumer);
    let mut list = TopicPartitionList::new();
    for partition in intake.assigned.all() {
        let name = (partition.stream.clone(), partition.number);
        // A stream that was created again begins elsewhere.
        if !again.contains(&name) || intake.recreations.has(&partition.stream) {
            continue;
        }
        let next = positions.next_offset(&partition);
        tracing::debug!(
            "kafka: the client gives nothing of `{}` {} from {next:?} on: fetching it again",
            name.0,
            name.1
        );
        // What cannot be added has no name or no offset of a stream.
        let _ = list.add_partition_offset(partition.stream.as_str(), partition.number, next);
    }
    if list.count() > 0
        && !mutant::is("silence-believed")
        && let Err(error) = positions.assign_again(&list)
    {
        tracing::warn!("kafka: fetching again did not begin: {error}");
    }
}

#[cfg(test)]
mod tests;
