//! What it means that an electron was not delivered, code by code: the one table.
//!
//! [`meaning`] is asked about every delivery that failed, and the test reads this table row by row:
//!
//! | code | meaning |
//! |---|---|
//! | `InvalidRecord` | record |
//! | `InvalidTimestamp` | record |
//! | `MessageSizeTooLarge` | record |
//! | `MessageBatchTooLarge` | record |
//! | `InvalidMessageSize` | record |
//! | `InvalidMessage` | record |
//! | `PolicyViolation` | record |
//! | `UnsupportedForMessageFormat` | record |
//! | `UnsupportedCompressionType` | record |
//! | `InvalidArgument` | record |
//! | `InvalidDifferentRecord` | company |
//! | `TopicAuthorizationFailed` | stream |
//! | `InvalidTopic` | stream |
//! | `UnknownTopicOrPartition` | client |
//! | `UnknownTopic` | client |
//! | `UnknownPartition` | client |
//! | `ClusterAuthorizationFailed` | client |
//! | `TransactionalIdAuthorizationFailed` | client |
//! | `MessageTimedOut` | passes |
//! | `NotEnoughReplicas` | passes |
//! | `NotEnoughReplicasAfterAppend` | passes |
//! | `BrokerTransportFailure` | passes |
//! | `KafkaStorageError` | passes |
//! | `OutOfOrderSequenceNumber` | passes |
//! | `PurgeQueue` | passes |
//! | `PurgeInflight` | passes |
//!
//! *Record*: it is refused for what it is, and will be the next time. *Company*: another one of its batch
//! was. *Stream*: nothing from here gets there, whatever it is. *Client*: no electron has part in it, and
//! nothing of the kind can be sent: the micromodule stops. *Passes*: it may be taken the next time; so is
//! every code that is not in the table. librdkafka itself has tried again what it takes for passing.
//!
//! Kafka judges a batch as a whole. From 2.4 on it names the records that it finds invalid
//! (KIP-467), and the client gives all others `InvalidDifferentRecord`. Of every other reason, also of
//! timestamps (seen with 4.4), all of the batch have the code. The broker's own words come with the answer, but the client has
//! freed them when a report is read (`rd_kafka_message_produce_errstr` in librdkafka 2.12.1 points to the
//! `Produce_result` that `rd_kafka_handle_Produce` destroys): [`explain`] says what is known without them.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// What it means that an electron was not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeliveryMeaning {
    /// It is refused for what it is.
    Record,
    /// Another electron of its batch was refused.
    Company,
    /// Nothing from here gets into its stream.
    Stream,
    /// Nothing of the kind can be sent.
    Client,
    /// It may be taken the next time.
    Passes,
}

/// What a code means for the electron that it is the answer to.
pub(super) fn meaning(code: Option<RDKafkaErrorCode>) -> DeliveryMeaning {
    use RDKafkaErrorCode as Code;
    match code {
        Some(
            Code::InvalidRecord
            | Code::InvalidTimestamp
            | Code::MessageSizeTooLarge
            | Code::MessageBatchTooLarge
            | Code::InvalidMessageSize
            | Code::InvalidMessage
            | Code::PolicyViolation
            | Code::UnsupportedForMessageFormat
            | Code::UnsupportedCompressionType
            | Code::InvalidArgument,
        ) => DeliveryMeaning::Record,
        Some(Code::InvalidDifferentRecord) => DeliveryMeaning::Company,
        Some(Code::TopicAuthorizationFailed | Code::InvalidTopic) => DeliveryMeaning::Stream,
        Some(
            Code::UnknownTopicOrPartition
            | Code::UnknownTopic
            | Code::UnknownPartition
            | Code::ClusterAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed,
        ) => DeliveryMeaning::Client,
        _ => DeliveryMeaning::Passes,
    }
}

/// Whether an electron has a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    There,
    Missing,
}

impl Key {
    pub(crate) fn of(key: Option<&[u8]>) -> Self {
        key.map_or(Self::Missing, |_| Self::There)
    }
}

/// What is said of an electron without a key on a compacted stream.
pub(crate) const NEEDS_KEY: &str = "a compacted stream (`cleanup.policy=compact`) rejects electrons without \
     a key: send an `Electron` with `with_key`, or remove `compact` from `cleanup.policy`";

/// Says what to do about the errors a user can do something about.
pub(super) fn explain(error: &KafkaError, key: Key) -> String {
    use RDKafkaErrorCode as Code;
    let advice = match error.rdkafka_error_code() {
        Some(Code::MessageSizeTooLarge) => {
            "the electron is larger than the broker takes: raise `max.message.bytes` on the stream \
             and `--kafka message.max.bytes=…` here, or send less"
        }
        Some(Code::MessageBatchTooLarge) => {
            "the electron is larger than a segment of the stream (`segment.bytes`): raise that, or send less"
        }
        Some(Code::MessageTimedOut) => {
            "no broker took it in time: is Kafka reachable, and is its disk full?"
        }
        Some(Code::UnknownTopicOrPartition | Code::UnknownTopic) => "the stream no longer exists",
        Some(Code::TopicAuthorizationFailed) => {
            "this user may not write to it: allow WRITE on the topic"
        }
        Some(Code::InvalidTimestamp) => {
            "its timestamp is too old or too far ahead for the stream (`message.timestamp.before.max.ms`, \
             `message.timestamp.after.max.ms`); if it is the time of writing, look at the clock of this machine"
        }
        Some(Code::InvalidRecord) if key == Key::Missing => NEEDS_KEY,
        Some(Code::InvalidRecord) => {
            "the broker rejects it as invalid, for example because of its timestamp"
        }
        Some(Code::PolicyViolation) => "a policy of the broker forbids it",
        _ => return error.to_string(),
    };
    format!("{advice} ({error})")
}

#[cfg(test)]
mod tests {
    use rdkafka::types::RDKafkaRespErr;

    use super::*;

    const CODES: std::ops::RangeInclusive<i32> = -200..=200;

    /// All codes that the client knows, with their names.
    fn codes() -> Vec<(String, RDKafkaErrorCode)> {
        let known = CODES.filter_map(|code| RDKafkaRespErr::try_from(code).ok());
        let known = known.map(RDKafkaErrorCode::from);
        known.map(|code| (format!("{code:?}"), code)).collect()
    }

    #[test]
    fn the_table_is_what_is_meant_and_all_else_passes() {
        let rows = include_str!("meaning.rs").lines();
        let rows: Vec<(&str, DeliveryMeaning)> = rows
            .filter_map(|line| line.strip_prefix("//! | `"))
            .map(|row| {
                let cells: Vec<&str> = row
                    .split('|')
                    .map(|cell| cell.trim_matches([' ', '`']))
                    .collect();
                let [code, meaning, ""] = cells[..] else {
                    panic!("not a row of two cells: {row}");
                };
                let meaning = match meaning {
                    "record" => DeliveryMeaning::Record,
                    "company" => DeliveryMeaning::Company,
                    "stream" => DeliveryMeaning::Stream,
                    "client" => DeliveryMeaning::Client,
                    "passes" => DeliveryMeaning::Passes,
                    _ => panic!("unknown: {meaning}"),
                };
                (code, meaning)
            })
            .collect();
        assert!(rows.len() > 20, "the table is read");
        let codes = codes();
        for (name, _) in &rows {
            assert!(
                codes.iter().any(|(known, _)| known == name),
                "no code is named `{name}`"
            );
        }
        for (name, code) in codes {
            let row = rows.iter().find(|(row, _)| *row == name);
            let expected = row.map_or(DeliveryMeaning::Passes, |(_, meaning)| *meaning);
            assert_eq!(meaning(Some(code)), expected, "{name}");
        }
        assert_eq!(meaning(None), DeliveryMeaning::Passes);
    }

    #[test]
    fn an_explanation_has_the_words_of_the_client_and_what_to_do() {
        let check = |code, key, expected: &str| {
            let said = explain(&KafkaError::MessageProduction(code), key);
            assert!(said.contains(expected), "{said}");
            assert!(said.contains(&format!("{code:?}")), "{said}");
        };
        check(
            RDKafkaErrorCode::InvalidRecord,
            Key::Missing,
            "rejects electrons without a key",
        );
        check(
            RDKafkaErrorCode::InvalidRecord,
            Key::There,
            "rejects it as invalid",
        );
        check(
            RDKafkaErrorCode::InvalidTimestamp,
            Key::There,
            "message.timestamp.before.max.ms",
        );
        check(
            RDKafkaErrorCode::TopicAuthorizationFailed,
            Key::There,
            "may not write",
        );
        check(
            RDKafkaErrorCode::MessageSizeTooLarge,
            Key::There,
            "max.message.bytes",
        );
        check(
            RDKafkaErrorCode::NotEnoughReplicas,
            Key::There,
            "NotEnoughReplicas",
        );
    }
}
