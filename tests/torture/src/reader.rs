//! Reads whole streams with a plain client that sees only what is committed.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::pace::pause;

/// How long a stream may take to be read.
const WITHIN: Duration = Duration::from_secs(180);

/// How long a transaction that nobody ends may stay open, and a partition without a leader: on a slow machine a broker
/// that was killed takes more than a minute to come back.
const CLOSED_WITHIN: Duration = Duration::from_secs(180);

/// Whether a reader sees what no transaction has committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// As the next link sees the stream.
    Committed,
    /// Everything that lies there.
    Uncommitted,
}

/// A client for questions and for reading.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn client(brokers: &str, isolation: Isolation) -> BaseConsumer {
    let level = match isolation {
        Isolation::Committed => "read_committed",
        Isolation::Uncommitted => "read_uncommitted",
    };
    ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "torture-reader")
        .set("isolation.level", level)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "error")
        .set("check.crcs", "true")
        .create()
        .expect("a client")
}

/// The end of every partition of a stream, as this client sees it.
///
/// # Errors
/// When a broker does not answer.
pub fn ends(client: &BaseConsumer, stream: &str, partitions: i32) -> Result<Vec<i64>, KafkaError> {
    let limit = Duration::from_secs(10);
    (0..partitions)
        .map(|partition| {
            let marks = client.fetch_watermarks(stream, partition, limit);
            marks.map(|(_, end)| end)
        })
        .collect()
}

/// Waits until no transaction is open on a stream: what lies behind one is not seen.
///
/// # Errors
/// When one stays open.
pub fn await_transactions(brokers: &str, stream: &str, partitions: i32) -> Result<(), String> {
    let all = client(brokers, Isolation::Uncommitted);
    let seen = client(brokers, Isolation::Committed);
    let began = Instant::now();
    loop {
        let ends = [&seen, &all].map(|client| ends(client, stream, partitions));
        match ends {
            [Ok(seen), Ok(all)] if seen == all => return Ok(()),
            ends if began.elapsed() > CLOSED_WITHIN => {
                return Err(format!(
                    "stream `{stream}` has an open transaction after {CLOSED_WITHIN:?}: {ends:?}"
                ));
            }
            _ => pause(Duration::from_millis(100)),
        }
    }
}

/// Calls `each` with every record of a stream, from the beginning to the present end; those of one
/// partition in their order.
///
/// # Errors
/// When it takes too long, or the client cannot go on.
pub fn read(
    brokers: &str,
    stream: &str,
    partitions: i32,
    mut each: impl FnMut(&BorrowedMessage<'_>),
) -> Result<(), String> {
    let client = client(brokers, Isolation::Committed);
    let mut list = TopicPartitionList::new();
    for partition in 0..partitions {
        list.add_partition_offset(stream, partition, Offset::Offset(0))
            .map_err(|error| error.to_string())?;
    }
    client.assign(&list).map_err(|error| error.to_string())?;
    let mut open: Vec<i32> = (0..partitions).collect();
    let began = Instant::now();
    while !open.is_empty() {
        if began.elapsed() > WITHIN {
            return Err(format!(
                "stream `{stream}`: partitions {open:?} were not read to their end within {WITHIN:?}"
            ));
        }
        match client.poll(Duration::from_millis(100)) {
            None => {}
            Some(Ok(message)) => each(&message),
            Some(Err(KafkaError::PartitionEOF(partition))) => open.retain(|one| *one != partition),
            // The rest passes, or the deadline does.
            Some(Err(error)) => eprintln!("reading `{stream}`: {error}"),
        }
    }
    Ok(())
}
