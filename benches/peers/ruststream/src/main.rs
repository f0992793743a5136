//! The pipe in RustStream: a batch of records in, the same records out, and the batch is
//! settled when Kafka has acknowledged every output of it.

use std::env;

use futures::future::try_join_all;
use ruststream::codec::{Codec, CodecError};
use ruststream_rdkafka::prelude::*;
use serde::de::DeserializeOwned;
use serde::de::value::{BytesDeserializer, Error};
use serde::{Deserialize, Serialize};

/// The bytes of a record, in and out.
#[derive(Deserialize, Outgoing, Serialized)]
#[serde(transparent)]
struct Record(#[serde(with = "serde_bytes")] Vec<u8>);

/// Hands bytes over as they are: a batch handler with an output takes no raw type.
#[derive(Clone, Copy, Default)]
struct AsTheyAre;

impl Codec for AsTheyAre {
    fn encode<T: Serialize>(&self, _: &T) -> Result<BytesMut, CodecError> {
        Err(CodecError::Encode("outputs are bytes already".into()))
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, CodecError> {
        let bytes = BytesDeserializer::<Error>::new(bytes);
        T::deserialize(bytes).map_err(|error| CodecError::Decode(Box::new(error)))
    }
}

#[subscriber(
    KafkaTopic::new(setting("INPUT"))
        .group(setting("GROUP"))
        .start(StartOffset::Earliest)
        .commit(Commit::Tracked)
        .config("auto.commit.interval.ms", "1000")
)]
async fn pipe(records: &[Record], Out(outputs): Out<impl Publisher>) -> HandlerOutcome {
    let topic = setting("OUTPUT");
    let sent = records
        .iter()
        .map(|record| outputs.message(record).to(&topic).publish());
    match try_join_all(sent).await {
        Ok(_) => HandlerOutcome::ack(),
        Err(_) => HandlerOutcome::retry(),
    }
}

#[ruststream::app]
fn app() -> impl App {
    let broker = KafkaBroker::new([setting("BROKER")])
        .producer_config("enable.idempotence", "true")
        .producer_config("compression.type", "lz4")
        .producer_config("linger.ms", "1")
        .producer_config("queue.buffering.max.messages", "200000");
    RustStream::new(AppInfo::new("pipe", "0.0.0")).with_broker_codec(broker, AsTheyAre, |b| {
        b.include(pipe.batch(nonzero!(10_000)))
            .out(DefaultSlot, Publish::default())
            .build();
    })
}

fn setting(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}
