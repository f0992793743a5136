//! What lies on an input stream, as a plain reader sees it.

use std::time::{Duration, Instant};

use rdkafka::message::Message as _;

use crate::pace::pause;
use crate::reader::{Isolation, await_transactions, client, ends, read};

/// Everything on a stream.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The records, those of one partition in their order.
    pub records: Vec<Record>,
    /// The end of each partition, behind the marks of transactions.
    pub ends: Vec<i64>,
}

/// A record of an input stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// What it holds.
    pub payload: Vec<u8>,
}

/// How long the ends of a stream may take to be known; a broker may be gone meanwhile.
const WITHIN: Duration = Duration::from_secs(180);

impl Snapshot {
    /// Reads a stream to which nobody writes any more.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(brokers: &str, stream: &str, partitions: i32) -> Result<Self, String> {
        await_transactions(brokers, stream, partitions)?;
        let mut records = Vec::new();
        read(brokers, stream, partitions, |message| {
            records.push(Record {
                partition: message.partition(),
                offset: message.offset(),
                payload: message.payload().unwrap_or_default().to_vec(),
            });
        })?;
        let asking = client(brokers, Isolation::Uncommitted);
        let began = Instant::now();
        loop {
            match ends(&asking, stream, partitions) {
                Ok(ends) => return Ok(Self { records, ends }),
                Err(error) if began.elapsed() > WITHIN => return Err(error.to_string()),
                Err(_) => pause(Duration::from_millis(100)),
            }
        }
    }

    /// The offset behind the last record of a partition: who has handled all of it has committed that, or
    /// more.
    #[must_use]
    pub fn due(&self, partition: i32) -> i64 {
        let mut records = self.records.iter();
        let last = records.rfind(|record| record.partition == partition);
        last.map_or(0, |last| last.offset + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Record, Snapshot};

    #[test]
    fn what_is_due_is_behind_the_last_record_not_behind_what_was_aborted() {
        let record = |partition, offset| Record {
            partition,
            offset,
            payload: Vec::new(),
        };
        let snapshot = Snapshot {
            records: vec![record(0, 0), record(1, 4), record(0, 7), record(1, 5)],
            ends: vec![12, 7, 3],
        };
        assert_eq!(
            [0, 1, 2].map(|partition| snapshot.due(partition)),
            [8, 6, 0]
        );
    }
}
