//! rskafka: a client in Rust alone, with a record format, compression and connections of its own.

use std::time::{SystemTime, UNIX_EPOCH};

use rskafka::chrono::{DateTime, Utc};
use rskafka::client::ClientBuilder;
use rskafka::client::partition::{Compression, PartitionClient, UnknownTopicHandling};
use rskafka::record::Record;

use super::Row;
use crate::broker::{TestBroker, wait_for};
use crate::wait::DEADLINE;

#[track_caller]
pub(super) fn write(broker: &TestBroker, stream: &str, headers: &[(&str, &str)], rows: &[Row<'_>]) {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
    let record = |(key, value): &Row<'_>| Record {
        key: key.map(|key| key.as_bytes().to_vec()),
        value: Some(value.as_bytes().to_vec()),
        headers: headers.clone().collect(),
        timestamp: now(),
    };
    let records = rows.iter().map(record).collect();
    within_deadline(async {
        let client = partition(broker, stream).await;
        client
            .produce(records, Compression::NoCompression)
            .await
            .expect("the broker takes them")
    });
}

#[track_caller]
pub(super) fn read(broker: &TestBroker, stream: &str) -> Vec<String> {
    within_deadline(async {
        let client = partition(broker, stream).await;
        let (mut lines, mut next) = (Vec::new(), 0);
        loop {
            let fetched = client.fetch_records(next, 1..1 << 20, 100).await;
            let (records, end) = fetched.expect("the broker answers");
            next = records.last().map_or(next, |last| last.offset + 1);
            lines.extend(records.iter().map(|one| shown(&one.record)));
            if next >= end {
                break lines;
            }
        }
    })
}

async fn partition(broker: &TestBroker, stream: &str) -> PartitionClient {
    let client = ClientBuilder::new(vec![broker.address().to_owned()]).build();
    let client = client.await.expect("it connects");
    let unknown = UnknownTopicHandling::Retry;
    let partition = client.partition_client(stream, 0, unknown).await;
    partition.expect("the partition is known")
}

fn shown(record: &Record) -> String {
    let text = |bytes: Option<&[u8]>| str::from_utf8(bytes.unwrap_or_default()).map(str::to_owned);
    let key = text(record.key.as_deref()).expect("UTF-8");
    let value = text(record.value.as_deref()).expect("UTF-8");
    let header = |(name, value): (&String, &Vec<u8>)| {
        format!("{name}={}", text(Some(value)).expect("UTF-8"))
    };
    let headers: Vec<String> = record.headers.iter().map(header).collect();
    format!("{key}|{value}|{}", headers.join(","))
}

fn now() -> DateTime<Utc> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock");
    let seconds = i64::try_from(since.as_secs()).expect("a clock");
    DateTime::from_timestamp(seconds, since.subsec_nanos()).expect("a clock")
}

/// It tries again for as long as it takes; a test does not.
#[track_caller]
fn within_deadline<T>(work: impl Future<Output = T>) -> T {
    wait_for(async {
        let ended = tokio::time::timeout(DEADLINE, work).await;
        ended.expect("the broker answers within the deadline")
    })
}
