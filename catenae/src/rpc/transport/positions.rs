//! Where a micromodule begins to read calls: at the ends of the streams, when it has heard who is there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::CallsShared;
use crate::kafka::calls::consumer::{Bounds, CallConsumer, Position};
use crate::kafka::client::error::ClientError;
use crate::mutant;
use crate::rpc::transport::heartbeat::age;
use crate::stream::StreamName;

/// One question to the broker, and one poll, waits no longer: between two of them a stop is noticed,
/// and calls that are over.
const SLICE: Duration = Duration::from_millis(500);
/// How long it looks before it says that it has found nothing, and begins again.
const WITHIN: Duration = Duration::from_secs(10);

/// Finds where to read: hears what instances have said of themselves, and stands at the ends of the
/// requests and of the one partition of replies that this micromodule reads. Calls wait for that;
/// nothing else does.
///
/// Calls `meanwhile` between two questions to the broker.
///
/// # Errors
/// The broker does not tell in time where the streams end, or the thread of calls is to end.
pub(super) fn find(
    consumer: &CallConsumer,
    shared: &CallsShared,
    meanwhile: &dyn Fn(),
) -> Result<(), ClientError> {
    let seeking = Seeking {
        consumer,
        shared,
        meanwhile,
        deadline: Instant::now() + WITHIN,
    };
    seeking.settle()
}

struct Seeking<'s> {
    consumer: &'s CallConsumer,
    shared: &'s CallsShared,
    meanwhile: &'s dyn Fn(),
    deadline: Instant,
}

impl Seeking<'_> {
    fn settle(&self) -> Result<(), ClientError> {
        let shared = self.shared;
        let streams = &shared.streams;
        // First the ends of requests and replies: what comes while the rest is read is not missed.
        let ends = self.all_bounds(&streams.requests)?.into_iter();
        let ends = ends.map(|(partition, (_, end))| (&streams.requests, partition, end));
        let mut all: Vec<Position<'_>> = ends.collect();
        let replies = self.partitions(&streams.replies)?;
        // With that mistake it must read what others are answered.
        let mine = if mutant::is("calls-anybody") {
            0
        } else {
            i32::try_from(fingerprint(&shared.me.uid) % u64::from(replies)).unwrap_or(0)
        };
        let (_, end) = self.bounds(&streams.replies, mine)?;
        all.push((&streams.replies, mine, end));
        self.hear_all()?;
        if shared.has_ended() {
            return Ok(());
        }
        self.consumer.assign_more(&all)?;
        // What waited for it is asked now, of everybody who is known.
        shared.with_pending(|pending, shared| {
            let instances = &pending.instances;
            pending
                .client
                .set_reply_partition(mine, instances, shared.now());
        });
        Ok(())
    }

    /// Asks again until there is an answer, or the deadline is over.
    fn ask<T>(&self, question: impl Fn() -> Result<T, ClientError>) -> Result<T, ClientError> {
        loop {
            let answer = question();
            (self.meanwhile)();
            if answer.is_ok() || self.is_over() {
                return answer;
            }
            self.shared
                .instance
                .bell()
                .wait(SLICE / 10, || self.shared.has_ended());
        }
    }

    fn is_over(&self) -> bool {
        self.shared.has_ended() || Instant::now() >= self.deadline
    }

    fn partitions(&self, stream: &StreamName) -> Result<u32, ClientError> {
        self.ask(|| self.consumer.partitions(stream, SLICE))
    }

    /// The first offset of a partition that is kept, and the one behind its last.
    fn bounds(&self, stream: &StreamName, partition: i32) -> Result<Bounds, ClientError> {
        self.ask(|| self.consumer.bounds(stream, partition, SLICE))
    }

    /// All partitions of a stream, each with its bounds.
    fn all_bounds(&self, stream: &StreamName) -> Result<Vec<(i32, Bounds)>, ClientError> {
        let partitions = 0..i32::try_from(self.partitions(stream)?).unwrap_or(0);
        partitions
            .map(|partition| Ok((partition, self.bounds(stream, partition)?)))
            .collect()
    }

    /// Reads everything that instances have said of themselves, up to where the stream ends now, and goes
    /// on from there.
    fn hear_all(&self) -> Result<(), ClientError> {
        let shared = self.shared;
        let stream = &shared.streams.instances;
        let mut start = Vec::new();
        // Those that hold something, with the offset behind the last of it.
        let mut open = BTreeMap::new();
        for (partition, (first, end)) in self.all_bounds(stream)? {
            start.push((stream, partition, first));
            if first < end {
                open.insert(partition, end);
            }
        }
        self.consumer.assign(&start)?;
        while !open.is_empty() && !self.is_over() {
            match self.consumer.poll(SLICE) {
                Some(Ok(message)) => {
                    shared.on_instance(&message, age(message.timestamp()));
                    let is_last = |end: &i64| message.offset() + 1 >= *end;
                    if open.get(&message.partition()).is_some_and(is_last) {
                        open.remove(&message.partition());
                    }
                }
                // An event of its own: the last records may be compacted away. It comes half a second
                // later, so it is not waited for where they are not.
                Some(Err(error)) => match error.end_of_partition() {
                    Some(partition) => {
                        open.remove(&partition);
                    }
                    None => tracing::debug!("kafka: calls: {error}"),
                },
                None => {}
            }
            (self.meanwhile)();
        }
        if !open.is_empty() && !shared.has_ended() {
            tracing::warn!(
                "some instances may not be known yet: `{stream}` could not be read to its end"
            );
        }
        Ok(())
    }
}

/// Spreads uids over the partitions: FNV-1a, 64 bits.
pub(super) fn fingerprint(uid: &str) -> u64 {
    uid.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
